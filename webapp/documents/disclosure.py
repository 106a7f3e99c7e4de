"""What may be said to others about a pair's coaching: the ticks of their agreement, as settings with a beginning and an end.

Allowing something takes both signatures and counts from then on. Taking it back takes one of the two, and counts at once.
"""

from collections.abc import Iterable, Set
from datetime import datetime

from blinker import Signal
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import aliased

from ..clock import now
from ..database import execute, session
from .models import AgreementSetting, Document, Participant, Standing

tightened = Signal()  # sent with `plan_id` and `keys`, within the transaction in which something was taken back

_OPEN = select(AgreementSetting.key, AgreementSetting.since).where(
    AgreementSetting.document_id == bindparam("document"), AgreementSetting.until.is_(None)
)


def open_now(document_id: int) -> dict[str, datetime]:
    """What this agreement allows to be said now, each with the moment since when."""
    return {row.key: row.since for row in execute(_OPEN, {"document": document_id})}


def allow(document_id: int, keys: Iterable[str]) -> None:
    """Everyone has signed these ticks: they count from now, those that counted already from when they did."""
    for key in sorted(set(keys) - open_now(document_id).keys()):
        session().execute(insert(AgreementSetting).values(document_id=document_id, key=key, since=now()))


def keep_only(document_id: int, ticked: Set[str], *, ended: bool = False) -> None:
    """What is no longer ticked counts no longer, from this moment."""
    gone = frozenset(open_now(document_id).keys() - ticked)
    if gone:
        session().execute(
            update(AgreementSetting)
            .where(
                AgreementSetting.document_id == document_id,
                AgreementSetting.key.in_(gone),
                AgreementSetting.until.is_(None),
            )
            .values(until=now())
        )
    if gone or ended:
        plan_id = session().scalar(select(Document.plan_id).where(Document.id == document_id))
        tightened.send(plan_id=plan_id, keys=gone)


def allowed(plan_id: int, person_ids: Iterable[int], at: datetime) -> frozenset[str]:
    """What every pair of coach and teacher among these people allows now to be said about something of that moment.

    Without a pair among them nothing is allowed.
    """
    coach, teacher = aliased(Participant), aliased(Participant)
    rows = session().execute(
        select(coach.person_id, teacher.person_id, AgreementSetting.key)
        .join(Document, Document.id == AgreementSetting.document_id)
        .join(coach, (coach.document_id == Document.id) & coach.leads)
        .join(teacher, (teacher.document_id == Document.id) & ~teacher.leads)
        .where(
            Document.plan_id == plan_id,
            AgreementSetting.since <= at,
            AgreementSetting.until.is_(None),
            coach.standing == Standing.CONFIRMED,
            teacher.standing == Standing.CONFIRMED,
        )
    )
    said: dict[tuple[int | None, int | None], set[str]] = {}
    for one, other, key in rows:
        said.setdefault((one, other), set()).add(key)
    people = frozenset(person_ids)
    coaches = _coaches(plan_id) & people
    pairs = [(one, other) for one in coaches for other in people - coaches]
    return frozenset.intersection(*(frozenset(said.get(pair, ())) for pair in pairs)) if pairs else frozenset()


def _coaches(plan_id: int) -> frozenset[int | None]:
    led = select(Participant.person_id).where(Participant.document_id == plan_id, Participant.leads)
    return frozenset(session().scalars(led))
