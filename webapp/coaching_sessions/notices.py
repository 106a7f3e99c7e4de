"""What the coaching agreements let principal and champion know of sessions: that they take place, their dates, their focus.

Nothing by default. One notice stands for one session and holds no more than every agreement among its people allows for
something of the moment at which it began. Taking something back cuts the notices at once; allowing it again later does
not bring earlier sessions back.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from ..access import Opened
from ..confidential import trusted
from ..database import ViewersSession, execute, session
from ..documents import agreements
from .models import CircleMember, ConfidentialRecord, SessionNotice
from .sealed_keeper import SealedKeeper
from .signals import record_changed

FOCUS_LENGTH = 300
TOLD = ("session_date", "focus")  # the prompts that a notice may tell of


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True)
class Told:
    """What one reader outside of the circle may know. `focus_areas`: of sessions whose dates they may not know."""

    dated: list[tuple[date, str]]
    focus_areas: list[str]


_OF_PLAN = select(SessionNotice.held_on, SessionNotice.focus).where(SessionNotice.plan_id == bindparam("plan_id"))


def of_plan(plan: Opened) -> Told | None:
    """What the reader of a plan may know of its sessions; None: nothing, which is also what there is without any.

    Sessions without a date are neither counted nor in an order that would tell anything.
    """
    if not plan.may("hear_of_sessions"):
        return None
    rows = execute(_OF_PLAN, {"plan_id": plan.id}).all()
    if not rows:
        return None
    dated = sorted(((row.held_on, row.focus) for row in rows if row.held_on), reverse=True)
    return Told(dated, sorted({row.focus for row in rows if row.focus and not row.held_on}))


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
    notice.held_on = held_on if "dates" in allowed else None
    notice.focus = focus if "focus" in allowed else ""
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

    Also those of sessions that whoever took it back is not in any more, hence `trusted`; no text is opened.
    """
    with trusted(db, "an agreement is tightened"):
        for notice, (began, people) in _notices(db, plan_id):
            allowed = agreements.allowed(plan_id, people, at=began)
            notice.held_on = notice.held_on if "dates" in allowed else None
            notice.focus = notice.focus if "focus" in allowed else ""
            if "take_place" not in allowed:
                db.delete(notice)


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
