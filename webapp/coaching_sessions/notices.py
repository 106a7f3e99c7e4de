"""What the coaching agreements let principal and champion know of sessions: that they take place, their dates, their focus.

Nothing by default. One notice stands for one session and holds no more than every agreement among its people allows for
something of the moment at which it began. Taking something back cuts the notices at once; allowing it again later does
not bring earlier sessions back.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from .. import keys
from ..access import Opened
from ..confidential import trusted
from ..database import ViewersSession, execute, session
from ..documents import agreements
from .models import CircleMember, ConfidentialRecord, SessionNotice
from .sealed_keeper import SealedKeeper
from .signals import record_changed

FOCUS_LENGTH = 300
USE = "notice"  # of the master key, and the first word of the place that a notice is sealed to
TOLD = ("session_date", "focus")  # the prompts that a notice may tell of


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True)
class Told:
    """What one reader outside of the circle may know. `focus_areas`: of sessions whose dates they may not know."""

    dated: list[tuple[date, str]]
    focus_areas: list[str]


_OF_PLAN = select(SessionNotice.record_id, SessionNotice.plan_id, SessionNotice.master_key, SessionNotice.sealed).where(
    SessionNotice.plan_id == bindparam("plan_id")
)


def of_plan(plan: Opened) -> Told | None:
    """What the reader of a plan may know of its sessions; None: nothing, which is also what there is without any.

    Sessions without a date are neither counted nor in an order that would tell anything.
    """
    if not plan.may("hear_of_sessions"):
        return None
    rows = execute(_OF_PLAN, {"plan_id": plan.id}).all()
    told = [said for row in rows if (said := unsealed(row)) is not None]
    if not told:
        return None
    dated = sorted(((held_on, focus) for held_on, focus in told if held_on), reverse=True)
    return Told(dated, sorted({focus for held_on, focus in told if focus and not held_on}))


# ---------------------------------------------------------------- sealed


def unsealed(notice: SessionNotice | Row[Any]) -> tuple[date | None, str] | None:
    """The date and the focus that a notice tells; None if it was not written here, or was changed or copied."""
    try:
        key = keys.ring().for_use(notice.master_key, USE)
        on, focus = json.loads(keys.unseal(key, notice.sealed, USE, notice.record_id, notice.plan_id))
    except keys.Unreadable:
        return None
    return date.fromisoformat(on) if on else None, focus


def seal(notice: SessionNotice, held_on: date | None, focus: str) -> None:
    """Let a notice tell this."""
    ring, said = keys.ring(), json.dumps([held_on.isoformat() if held_on else None, focus]).encode()
    notice.master_key = ring.current
    notice.sealed = keys.seal(ring.for_use(ring.current, USE), said, USE, notice.record_id, notice.plan_id)


# ---------------------------------------------------------------- keeping it true


def refresh(db: ViewersSession, circle_id: int) -> None:
    """Let the notice of the session of one of the viewer's circles say what it may say now; of notes there is none."""
    begun = db.scalar(
        select(ConfidentialRecord).where(
            ConfidentialRecord.circle_id == circle_id, ConfidentialRecord.kind == "session"
        )
    )
    if begun is None:
        return
    # whoever ever was in it counts: that somebody leaves must not tell more than they allowed
    people = db.scalars(select(CircleMember.person_id).where(CircleMember.circle_id == circle_id)).all()
    allowed = agreements.allowed(begun.plan_id, people, at=begun.created_at)
    notice = db.get(SessionNotice, begun.id)
    if "take_place" not in allowed:
        _away(db, notice)
        return
    notice = notice or SessionNotice(record_id=begun.id, plan_id=begun.plan_id)
    held_on, focus = _said(begun)
    seal(notice, held_on if "dates" in allowed else None, focus if "focus" in allowed else "")
    db.add(notice)
    db.flush()


def _away(db: ViewersSession, notice: SessionNotice | None) -> None:
    if notice is not None:
        db.delete(notice)
        db.flush()


def _said(begun: ConfidentialRecord) -> tuple[date | None, str]:
    current = SealedKeeper(begun.id, begun.circle_id).current(TOLD)
    said = {prompt: kept.value for (prompt, _), kept in current.items()}
    on, focus = said.get("session_date"), " ".join((said.get("focus") or "").split())
    return date.fromisoformat(on) if on else None, _shortened(focus)


def _shortened(focus: str) -> str:
    if len(focus) <= FOCUS_LENGTH:
        return focus
    return focus[: FOCUS_LENGTH - 2].rstrip() + " …"


def cut_back(db: ViewersSession, plan_id: int) -> None:
    """Something was taken back in a plan's agreements: its notices lose what is not allowed any more, and gain nothing.

    Also those of sessions that whoever took it back is not in any more, hence `trusted`; no text of a session is opened.
    """
    with trusted(db, "an agreement is tightened"):
        for notice, (began, people) in _notices(db, plan_id):
            allowed = agreements.allowed(plan_id, people, at=began)
            told = unsealed(notice)
            if told is None or "take_place" not in allowed:
                db.delete(notice)
            else:
                seal(notice, told[0] if "dates" in allowed else None, told[1] if "focus" in allowed else "")


def _notices(db: ViewersSession, plan_id: int) -> list[tuple[SessionNotice, tuple[datetime, set[int]]]]:
    """Each notice of a plan with the moment its session began and everybody who ever was in it."""
    rows = db.execute(
        select(SessionNotice, ConfidentialRecord.created_at, CircleMember.person_id)
        .join(ConfidentialRecord, ConfidentialRecord.id == SessionNotice.record_id)
        .join(CircleMember, CircleMember.circle_id == ConfidentialRecord.circle_id)
        .where(SessionNotice.plan_id == plan_id)
    )
    found: dict[SessionNotice, tuple[datetime, set[int]]] = {}
    for notice, began, person_id in rows:
        found.setdefault(notice, (began, set()))[1].add(person_id)
    return list(found.items())


# ---------------------------------------------------------------- what the rest of the site tells


def _record_changed(_sender: object, *, circle_id: int, what: str) -> None:
    if what in ("begun", "members", *TOLD):
        refresh(session(), circle_id)


def _tightened(_sender: object, *, plan_id: int, keys: frozenset[str]) -> None:
    cut_back(session(), plan_id)


def listen() -> None:
    """Hear of sessions and agreements, within the transaction that changes them."""
    record_changed.connect(_record_changed)
    agreements.tightened.connect(_tightened)
