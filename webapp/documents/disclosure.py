"""What may be said to others about a pair's coaching: the ticks of their agreement, as settings with a beginning and an end.

Allowing something takes both signatures and counts from then on. Taking it back takes one of the two, and counts at once.
Each setting has a mark, an HMAC-SHA-256 over it and its two people, made with a key from the key ring: a row without
the right mark was not written here and allows nothing.
"""

import json
from collections.abc import Iterable, Set
from datetime import datetime
from hmac import digest
from typing import Any

from blinker import Signal
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from .. import keys
from ..clock import now
from ..database import execute, session
from .models import AgreementSetting, Document, Participant, Standing

USE = "settings"  # of the master key
tightened = Signal()  # sent with `plan_id` and `keys`, within the transaction in which something was taken back

_coach, _teacher = aliased(Participant), aliased(Participant)
_PAIRS = (
    select(Document.id.label("document_id"), _coach.person_id.label("coach_id"), _teacher.person_id.label("teacher_id"))
    .join(_coach, (_coach.document_id == Document.id) & _coach.leads)
    .join(_teacher, (_teacher.document_id == Document.id) & ~_teacher.leads)
)
_PAIR = _PAIRS.where(Document.id == bindparam("document"))
_OPEN = _PAIRS.add_columns(
    AgreementSetting.id,
    AgreementSetting.key,
    AgreementSetting.since,
    AgreementSetting.master_key,
    AgreementSetting.mark,
).join(AgreementSetting, (AgreementSetting.document_id == Document.id) & AgreementSetting.until.is_(None))
_OPEN_HERE = _OPEN.where(Document.id == bindparam("document"))


def open_now(document_id: int) -> dict[str, datetime]:
    """What this agreement allows to be said now, each with the moment since when."""
    return {row.key: row.since for row in _open(document_id)}


def _open(document_id: int) -> list[Row[Any]]:
    return [row for row in execute(_OPEN_HERE, {"document": document_id}) if _is_ours(row)]


def allow(document_id: int, ticked: Iterable[str]) -> None:
    """Everyone has signed these ticks: they count from now, those that counted already from when they did."""
    db, name, since = session(), keys.ring().current, now()
    missing = sorted(set(ticked) - open_now(document_id).keys())
    pairs = execute(_PAIR, {"document": document_id}).all()
    if len(pairs) != 1:
        return  # not an agreement between two
    (pair,) = pairs
    for key in missing:
        mark = _mark(name, pair, key, since)
        row = {"document_id": document_id, "key": key, "since": since, "master_key": name, "mark": mark}
        db.execute(insert(AgreementSetting).values(row))


def keep_only(document_id: int, ticked: Set[str], *, ended: bool = False) -> None:
    """What is no longer ticked counts no longer, from this moment; nor does what was not written here."""
    stay = [row.id for row in _open(document_id) if row.key in ticked]
    closed = session().scalars(
        update(AgreementSetting)
        .where(
            AgreementSetting.document_id == document_id,
            AgreementSetting.until.is_(None),
            AgreementSetting.id.not_in(stay),
        )
        .values(until=now(), mark=b"")
        .returning(AgreementSetting.key),
        execution_options={"synchronize_session": False},
    )
    gone = frozenset(closed)
    if gone or ended:
        plan_id = session().scalar(select(Document.plan_id).where(Document.id == document_id))
        tightened.send(plan_id=plan_id, keys=gone)


def allowed(plan_id: int, person_ids: Iterable[int], at: datetime) -> frozenset[str]:
    """What every pair of coach and teacher among these people allows now to be said about something of that moment.

    Without a pair among them nothing is allowed.
    """
    rows = session().execute(
        _OPEN.where(
            Document.plan_id == plan_id,
            AgreementSetting.since <= at,
            _coach.standing == Standing.CONFIRMED,
            _teacher.standing == Standing.CONFIRMED,
        )
    )
    said: dict[tuple[int | None, int | None], set[str]] = {}
    for row in rows:
        if _is_ours(row):
            said.setdefault((row.coach_id, row.teacher_id), set()).add(row.key)
    people = frozenset(person_ids)
    coaches = _coaches(plan_id) & people
    pairs = [(one, other) for one in coaches for other in people - coaches]
    return frozenset.intersection(*(frozenset(said.get(pair, ())) for pair in pairs)) if pairs else frozenset()


def _coaches(plan_id: int) -> frozenset[int | None]:
    led = select(Participant.person_id).where(Participant.document_id == plan_id, Participant.leads)
    return frozenset(session().scalars(led))


def _mark(name: str, pair: Row[Any], key: str, since: datetime) -> bytes:
    said = [pair.document_id, pair.coach_id, pair.teacher_id, key, since.isoformat()]
    return digest(keys.ring().for_use(name, USE), json.dumps(said).encode(), "sha256")


def _is_ours(row: Row[Any]) -> bool:
    try:
        return keys.same(row.mark, _mark(row.master_key, row, row.key, row.since))
    except keys.Unreadable:
        return False
