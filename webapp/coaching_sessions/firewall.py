"""The firewall in time: an evaluation that appears takes the evaluator's keys at once; a mistake can be made good.

The rule itself is in the wall (webapp/confidential.py) and holds at every moment. Here the keys are taken for good, the
others in the circle are told, and after a mistaken entry every one of them can let the person in again.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from .. import keys
from ..access import has_evaluated
from ..clock import now, today
from ..confidential import SealedAccount, key_of, run, trusted, wall
from ..database import ViewersSession, database, session
from ..documents.signals import about_to_sign
from ..people import mail
from ..people.models import Person
from ..people.signals import about_to_send, evaluation_changed, password_changed
from . import access_log, circles
from .models import Circle, CircleMember, ConfidentialRecord, Consent, LogEntry

_me, _circle, _other = aliased(CircleMember), aliased(Circle), aliased(CircleMember)


def _came_after(relation: Any) -> Any:
    """A mistake that was known as one before the member joined, or was let in again."""
    came = or_(_me.readmitted_at >= relation.voided_at, _me.joined_at >= relation.voided_at)
    return and_(relation.voided_at.is_not(None), came)


def _evaluates_another(unless: Any, *walls: Any) -> Any:
    others = or_(_other.circle_id == _me.circle_id, _other.circle_id == _circle.inside_id)
    rule = has_evaluated(_me.person_id, _other.person_id, since=_circle.since, unless=unless)
    return exists().where(others, _other.person_id != _me.person_id, rule, *walls).correlate(_me, _circle)


def _is_voided(relation: Any) -> Any:
    return relation.voided_at.is_not(None)


# Built once: building these takes longer than running them.
_EVALUATES_ANOTHER = _evaluates_another(_came_after)
_IN_MY_CIRCLE = (
    select(_me.person_id)
    .join(_circle, _circle.id == _me.circle_id)
    .where(_me.circle_id == bindparam("circle_id"), wall(_me), wall(_circle))
)
_CLOSED_HERE = select(LogEntry.about_id).where(
    LogEntry.circle_id == bindparam("circle_id"), LogEntry.act == "closed", wall(LogEntry)
)
_SHUT_OUT = _IN_MY_CIRCLE.where(_evaluates_another(_came_after, wall(_other)))
_MISTAKEN = _IN_MY_CIRCLE.where(
    _me.closed_at.is_not(None), ~_evaluates_another(_is_voided, wall(_other)), _me.person_id.in_(_CLOSED_HERE)
)
_OPENS_FOR = (
    select(_me.person_id, Person.name, Person.password_hash, _me.bound_to)
    .join(Person, Person.id == _me.person_id)
    .join(_circle, _circle.id == _me.circle_id)
    .where(
        _me.circle_id == bindparam("circle_id"),
        _me.person_id.in_(bindparam("people", expanding=True)),
        _me.wrap.is_not(None),
        _me.left_at.is_(None),
        Person.deactivated_at.is_(None),
        ~_EVALUATES_ANOTHER,
    )
)


# ---------------------------------------------------------------- closing


def close(db: ViewersSession, person_ids: Iterable[int] | None = None) -> None:
    """Take the keys of everybody who evaluates a member of their circle; only around these people, or all of them."""
    with trusted(db, "an evaluation closes circles"):
        for member, inside_id in _to_close(db, person_ids):
            if inside_id is None and _still_in(db, member.circle_id) == [member.person_id]:
                circles.put_away(member)  # nobody else could let them in again after a mistaken entry
            member.wrap, member.closed_at = None, now()
            if inside_id is None:
                _tell(db, member.circle_id, member.person_id)


def _to_close(db: ViewersSession, person_ids: Iterable[int] | None) -> list[tuple[CircleMember, int | None]]:
    holds_key = (
        select(_me, _circle.inside_id)
        .join(_circle, _circle.id == _me.circle_id)
        .where(_me.wrap.is_not(None), _EVALUATES_ANOTHER)
    )
    if person_ids is not None:
        around = select(CircleMember.circle_id).where(CircleMember.person_id.in_(list(person_ids)))
        holds_key = holds_key.where(or_(_me.circle_id.in_(around), _circle.inside_id.in_(around)))
        with_notes = or_(Circle.id.in_(around), Circle.inside_id.in_(around))
        locked = select(Circle.id).where(with_notes).order_by(Circle.id).with_for_update()
        db.execute(locked, {"today": today()})
    return [(row[0], row[1]) for row in db.execute(holds_key, {"today": today()}).all()]


def _tell(db: ViewersSession, circle_id: int, person_id: int) -> None:
    """The others hear of it, in the circle and by a neutral mail; the log says so. The administrator sees nothing."""
    circles.tell(db, circle_id, "closed", person_id)
    for record_id in _records(db, circle_id):
        access_log.append_by_site(db, record_id, circle_id, "closed", about_id=person_id)
    for one in _still_in(db, circle_id):
        mail.enqueue(one, "notice", path="/")


def _records(db: ViewersSession, circle_id: int) -> list[int]:
    return list(db.scalars(select(ConfidentialRecord.id).where(ConfidentialRecord.circle_id == circle_id)))


def _still_in(db: ViewersSession, circle_id: int) -> list[int]:
    inside = CircleMember.circle_id == circle_id, CircleMember.wrap.is_not(None), CircleMember.left_at.is_(None)
    return list(db.scalars(select(CircleMember.person_id).where(*inside)))


def shut_out(db: ViewersSession, circle_id: int) -> set[int]:
    """The members of a circle of the viewer whom the rule keeps out today, whether their key is taken already or not."""
    return {row.person_id for row in run(db, _SHUT_OUT, circle_id=circle_id)}


def opens_for(db: ViewersSession, circle_id: int, people: Iterable[int]) -> dict[int, str]:
    """Those of these people, with their names, for whom the circle's key opens today; nobody where the viewer is not in it."""
    rows = db.execute(_OPENS_FOR, {"circle_id": circle_id, "people": list(people), "today": today()})
    return {row.person_id: row.name for row in rows if row.bound_to == keys.credential(row.password_hash)}


# ---------------------------------------------------------------- a mistaken entry


def mistaken(db: ViewersSession, circle_id: int) -> list[int]:
    """The people whom only entries closed out that an administrator has called mistaken since."""
    return [row.person_id for row in run(db, _MISTAKEN, circle_id=circle_id)]


def let_in_again(db: ViewersSession, record_id: int, circle_id: int, person_id: int) -> bool:
    """The viewer agrees that this person comes back after a mistaken entry; True once every other member has.

    False also where there is nothing to agree to: the caller shows what stands then.
    """
    if person_id not in mistaken(db, circle_id) or db.viewer is None:
        return False
    member = db.get_one(CircleMember, (circle_id, person_id))
    assert member.closed_at is not None
    about = f"{person_id} {member.closed_at:%Y-%m-%d %H:%M:%S.%f}"
    said = _agreed(db, circle_id, about)
    if db.viewer not in said:
        db.add(
            Consent(
                circle_id=circle_id, record_id=record_id, person_id=db.viewer, kind="readmit", about=about, agrees=True
            )
        )
        db.flush()
        access_log.append(db, record_id, circle_id, "agreed to let in", about_id=person_id)
    if not set(_still_in(db, circle_id)) <= said | {db.viewer}:
        return False
    member.readmitted_at = now()
    db.flush()
    circles.add(db, circle_id, person_id)
    circles.recover_inside(db, circle_id, person_id, key_of(db, circle_id), closed=True)
    circles.tell(db, circle_id, "readmitted", person_id)
    access_log.append(db, record_id, circle_id, "let in again", about_id=person_id)
    return True


def let_in_the_last(db: ViewersSession, person_ids: Iterable[int]) -> None:
    """Where the entry was a mistake that took a circle's last key, nobody is left who could agree: they are in again."""
    with trusted(db, "an evaluation closes circles"):
        around = select(CircleMember.circle_id).where(CircleMember.person_id.in_(list(person_ids)))
        last = (
            select(_me.circle_id, _me.person_id)
            .join(_circle, _circle.id == _me.circle_id)
            .where(_me.put_away.is_not(None), _me.circle_id.in_(around), ~_evaluates_another(_is_voided))
        )
        waiting = db.execute(last, {"today": today()}).all()
    for circle_id, person_id in waiting:
        _give_back(db, circle_id, person_id)


def _give_back(db: ViewersSession, circle_id: int, person_id: int) -> None:
    with trusted(db, "an evaluation closes circles"):
        if _still_in(db, circle_id):
            return
        member = db.get_one(CircleMember, (circle_id, person_id))
        data_key = circles.take_back(member)
        member.closed_at, member.readmitted_at = None, now()
        for record_id in _records(db, circle_id):
            access_log.append_by_site(db, record_id, circle_id, "let in again", about_id=person_id)
    circles.recover_inside(db, circle_id, person_id, data_key, closed=True)


def _agreed(db: ViewersSession, circle_id: int, about: str) -> set[int]:
    return set(
        db.scalars(
            select(Consent.person_id).where(
                Consent.circle_id == circle_id, Consent.kind == "readmit", Consent.about == about, Consent.agrees
            )
        )
    )


# ---------------------------------------------------------------- sealed accounts


def confirm_in_person(db: ViewersSession, person_id: int) -> bool:
    """The viewer has spoken with a colleague whose account is sealed: their keys open again in the circles of both.

    False if nobody of that id waits.
    """
    waiting = {one_id for one_id, _ in circles.sealed_colleagues(db).values()}
    if person_id not in waiting:
        return False
    confirmed = circles.confirm(db, person_id)
    for circle_id in confirmed:
        for record_id in _records(db, circle_id):
            access_log.append(db, record_id, circle_id, "confirmed", about_id=person_id)
    return bool(confirmed)


# ---------------------------------------------------------------- what the rest of the site tells


def _evaluation_changed(_sender: Any, *, person_ids: frozenset[int]) -> None:
    db = session()
    db.flush()
    close(db, person_ids)
    let_in_the_last(db, person_ids)


def _password_changed(_sender: Any, *, person_id: int, before: str | None, after: str, proven: bool) -> None:
    db = session()
    if proven:
        circles.rebind(db, person_id, before=before, after=after)
        return
    with trusted(db, "a password was set"):
        held = CircleMember.person_id == person_id, CircleMember.wrap.is_not(None)
        for circle_id in db.scalars(select(CircleMember.circle_id).where(*held).order_by(CircleMember.circle_id)).all():
            for record_id in _records(db, circle_id):
                access_log.append_by_site(db, record_id, circle_id, "sealed", about_id=person_id)


def _about_to_sign(_sender: Any, *, person_id: int) -> None:
    """An account that nobody has confirmed yet signs nothing in its owner's name."""
    with ViewersSession(database().reader_engine, viewer=person_id) as theirs:
        if circles.who_can_confirm(theirs):
            raise SealedAccount


def _about_to_send(_sender: Any) -> None:
    """An evaluation that was entered for a later day begins without anybody doing anything."""
    close(session())


def listen() -> None:
    """Hear of evaluations and passwords, within the transaction that changes them, and of each run of the mail."""
    about_to_send.connect(_about_to_send)
    about_to_sign.connect(_about_to_sign)
    evaluation_changed.connect(_evaluation_changed)
    password_changed.connect(_password_changed)
