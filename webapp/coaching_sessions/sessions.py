"""Coaching sessions: starting one, who attends it, private notes on it, and deleting it for good.

What changes something is called within a write transaction, by a member of the session's circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select

from ..access import Opened
from ..confidential import SealedAccount, run, trusted, wall
from ..database import ViewersSession, session
from ..documents import agreements, answers, participants, seen_by
from ..documents.participants import Taking
from ..people import directory
from . import access_log, circles, records
from .models import (
    Circle,
    CircleMember,
    CircleNews,
    Consent,
    SealedAnswer,
    SealedComment,
    SealedRevision,
    SessionNotice,
)
from .records import OpenRecord


class CannotStart(ValueError):
    """These people cannot meet in a session; the message says why, in words for whoever asked."""


@dataclass(frozen=True)
class Partner:
    """Somebody of the plan with whom the reader could meet: why not (yet), and where their agreement is."""

    who: Taking
    why_not: str = ""
    agreement: str = ""  # its address, if the reader is one of the two


# ---------------------------------------------------------------- who can meet


def circle_of(plan: Opened) -> list[Taking]:
    """The confirmed members of the plan's circle who have an account, coaches first."""
    here = [one for one in participants.taking_part(plan) if one.in_circle and one.person_id and not one.asked]
    return sorted(here, key=lambda one: not plan.form.roles[one.role].leads)


def partners(plan: Opened) -> list[Partner]:
    """With whom the reader could meet: every teacher for the coach, the coach for a teacher.

    Whether two others have signed an agreement is theirs to know, so only the coach brings several teachers together.
    """
    pairs = {pair.person_id: pair for pair in agreements.of_plan(plan)}
    found = []
    for one in circle_of(plan):
        if one.person_id in pairs and one.person_id != plan.reader_id:
            agreement = pairs[one.person_id].agreement
            address = agreement.address if agreement else f"{plan.address}#coaching-agreement"
            found.append(Partner(one, why_not(plan, [me(plan), one]), address))
    return found


def me(plan: Opened) -> Taking:
    """The reader as the plan names them."""
    return next(one for one in circle_of(plan) if one.person_id == plan.reader_id)


def why_not(plan: Opened, attending: Sequence[Taking]) -> str:
    """Why these people cannot meet, in words; "" if they can."""
    coaches = [one for one in attending if plan.form.roles[one.role].leads]
    teachers = [one for one in attending if one not in coaches]
    if not any(one.person_id == plan.reader_id for one in attending):
        return "You have to take part yourself."
    if not coaches or not teachers:
        return "A coaching session needs the coach and at least one teacher."
    return (
        _why_one_cannot(plan, attending)
        or _evaluation(attending)
        or next((said for one in teachers for coach in coaches if (said := _unsigned(plan, coach, one))), "")
        or unconfirmed(attending)
    )


def _why_one_cannot(plan: Opened, attending: Sequence[Taking]) -> str:
    """The plan's own policy says who is in its circle, evaluations of the past included."""
    for one in attending:
        seen = seen_by.opened_as(plan.public_id, one.person_id or 0)
        if seen is None or "circle" not in seen.facts:
            return f"{one.name} is not in the circle of this plan any more. {_evaluation(attending)}".strip()
    return ""


def _evaluation(attending: Sequence[Taking]) -> str:
    ids = [one.person_id for one in attending if one.person_id]
    for one in ids:
        for other in ids:
            if reason := directory.evaluation_reason(one, other):
                return f"{reason} People who evaluate each other cannot be in a coaching session together."
    return ""


def _unsigned(plan: Opened, coach: Taking, teacher: Taking) -> str:
    assert coach.person_id is not None
    assert teacher.person_id is not None
    if agreements.in_force(session(), plan.id, coach.person_id, teacher.person_id):
        return ""
    names = [_first(one, plan) for one in (coach, teacher)]
    names.sort(key=lambda name: name != "You")
    whose = "your" if "You" in names else "their"
    return f"{names[0]} and {names[1]} have not both signed {whose} coaching agreement yet."


def _first(one: Taking, plan: Opened) -> str:
    return "You" if one.person_id == plan.reader_id else one.name


def unconfirmed(attending: Sequence[Taking]) -> str:
    """Whom of these somebody has to confirm in person first, in words; "" if nobody."""
    waiting = {person_id for person_id, _ in circles.sealed_colleagues(session()).values()}
    names = [one.name for one in attending if one.person_id in waiting]
    if not names:
        return ""
    return f"{names[0]} has a new password, made with a link. Speak with {names[0]} in person first, then confirm it."


# ---------------------------------------------------------------- starting


def start(plan: Opened, attendee_public_ids: Sequence[str], kind: str, on: date) -> OpenRecord:
    """Start a session between the reader and these people (public ids in the plan). Raises CannotStart."""
    db = session()
    if circles.who_can_confirm(db):
        raise SealedAccount
    chosen = [one for one in circle_of(plan) if one.public_id in attendee_public_ids]
    if len(chosen) != len(set(attendee_public_ids)):
        raise CannotStart("Please choose only people who take part in this plan.")
    attending = [one for one in circle_of(plan) if one in chosen or one.person_id == plan.reader_id]
    if "leads" not in plan.facts and len(attending) > 2:
        raise CannotStart("Only the coach can bring several teachers together. Ask the coach to start this session.")
    if said := why_not(plan, attending):
        raise CannotStart(said)
    circle = circles.begin(db, [one.person_id for one in attending if one.person_id])
    begun = records.begin(db, "session", plan_id=plan.id, circle_id=circle.id)
    known = [answers.Typed("session_kind", kind, 0), answers.Typed("session_date", on.isoformat(), 0)]
    answers.save(begun, known)
    return begun


# ---------------------------------------------------------------- people


def could_join(opened: OpenRecord) -> list[Partner]:
    """Whom the coach could take into the session: the plan's teachers who are not in it."""
    plan = seen_by.opened_as(opened.plan_public_id, opened.reader_id)
    if plan is None or "leads" not in plan.facts:
        return []
    here = {one.person_id for one in opened.members() if one.is_in}
    shut = {one.person_id for one in opened.members() if one.closed}
    return [
        Partner(one.who, _why_not_join(plan, opened, one), one.agreement)
        for one in partners(plan)
        if one.who.person_id not in here | shut
    ]


def _why_not_join(plan: Opened, opened: OpenRecord, one: Partner) -> str:
    inside = {member.person_id for member in opened.members() if member.is_in}
    together = [taking for taking in circle_of(plan) if taking.person_id in inside] + [one.who]
    return one.why_not or _evaluation(together)


def add(opened: OpenRecord, participant: str) -> str | None:
    """Take somebody of the plan into the session: they can read all of it. Gives their name; None if there is nobody
    of that id to take in. Raises CannotStart."""
    one = next((found for found in could_join(opened) if found.who.public_id == participant), None)
    if one is None or one.who.person_id is None:
        return None
    if one.why_not:
        raise CannotStart(one.why_not)
    db, person_id = session(), one.who.person_id
    circles.add(db, opened.circle_id, person_id)
    access_log.append(db, opened.id, opened.circle_id, "added", about_id=person_id)
    circles.tell(db, opened.circle_id, "added", person_id, but=[opened.reader_id])
    return one.who.name


def may_leave(opened: OpenRecord) -> bool:
    """Whether somebody else stays: the last one cannot leave, but may delete."""
    return sum(one.is_in for one in opened.members()) > 1


def leave(opened: OpenRecord) -> bool:
    """The reader leaves the session; False for the last member."""
    if not may_leave(opened):
        return False
    db = session()
    access_log.append(db, opened.id, opened.circle_id, "left")
    circles.tell(db, opened.circle_id, "left", opened.reader_id)
    db.flush()
    circles.leave(db, opened.circle_id, opened.reader_id)
    return True


def may_be_taken_out(opened: OpenRecord) -> list[circles.Member]:
    """Those who have not opened the session yet: added by mistake, they have seen nothing of it."""
    others = [one for one in opened.members() if one.is_in and one.person_id != opened.reader_id]
    return [one for one in others if not one.opened]


def take_out(opened: OpenRecord, person: str) -> str | None:
    """Take out somebody (public id) who has not opened the session yet; gives their name, None if there is no such."""
    db = session()
    db.execute(select(Circle.id).where(Circle.id == opened.circle_id).with_for_update())
    one = next((found for found in may_be_taken_out(opened) if found.public_id == person), None)
    if one is None:
        return None
    access_log.append(db, opened.id, opened.circle_id, "taken out", about_id=one.person_id)
    db.flush()
    circles.leave(db, opened.circle_id, one.person_id)
    return one.name


# ---------------------------------------------------------------- private notes


def private_notes(opened: OpenRecord) -> OpenRecord:
    """The reader's own notes on a session, begun if there are none yet."""
    known = records.about("private_notes", opened.id, opened.reader_id)
    if known is not None:
        return known
    db = session()
    circle = circles.begin(db, [opened.reader_id], inside=opened.circle_id)
    return records.begin(db, "private_notes", plan_id=opened.plan_id, circle_id=circle.id, about_id=opened.id)


# ---------------------------------------------------------------- deleting for good


_SAID_TO_DELETE = select(Consent.person_id).where(
    Consent.record_id == bindparam("record_id"),
    Consent.kind == "delete",
    Consent.about == bindparam("about"),
    Consent.agrees.is_(True),
    wall(Consent),
)


def said_to_delete(opened: OpenRecord) -> set[int]:
    """The members who want the session deleted for good."""
    return set(run(session(), _SAID_TO_DELETE, record_id=opened.id, about=opened.public_id).scalars())


def ask_to_delete(opened: OpenRecord, *, agrees: bool) -> bool:
    """The reader wants the session deleted, or not (any more); True once everyone in it does and it is gone."""
    db = session()
    db.execute(select(Circle.id).where(Circle.id == opened.circle_id).with_for_update())
    _note_consent(db, opened, agrees=agrees)
    inside = {one.person_id for one in opened.members() if one.is_in}
    if not agrees or not inside <= said_to_delete(opened):
        return False
    _delete(db, opened)
    return True


def _note_consent(db: ViewersSession, opened: OpenRecord, *, agrees: bool) -> None:
    mine = {"record_id": opened.id, "person_id": opened.reader_id, "kind": "delete", "about": opened.public_id}
    said = db.scalar(select(Consent).filter_by(**mine))
    if said is not None and said.agrees == agrees:
        return
    if said is None:
        db.add(Consent(circle_id=opened.circle_id, agrees=agrees, **mine))
    else:
        said.agrees = agrees
    access_log.append(db, opened.id, opened.circle_id, "wants to delete" if agrees else "wants to keep")
    db.flush()


def _delete(db: ViewersSession, opened: OpenRecord) -> None:
    """Rows, then keys: the walls let the reader do the first, and after the second nobody reads anything."""
    access_log.append(db, opened.id, opened.circle_id, "deleted")
    db.flush()
    _delete_inside(db, opened.circle_id)
    for walled in (SealedAnswer, SealedRevision, SealedComment, Consent, CircleNews):
        db.execute(delete(walled).where(walled.circle_id == opened.circle_id))
    db.execute(delete(SessionNotice).where(SessionNotice.record_id == opened.id))
    for member in db.scalars(select(CircleMember).where(CircleMember.circle_id == opened.circle_id)):
        member.wrap = member.put_away = member.witness = None
    db.flush()
    db.info.get("data_keys", {}).pop(opened.circle_id, None)


def _delete_inside(db: ViewersSession, circle_id: int) -> None:
    """The private notes of those who wanted it go with the session, and those that an evaluation closed; whoever has
    left keeps theirs. Their circles are their authors' alone, hence `trusted`."""
    with trusted(db, "a record is deleted for good"):
        left = select(CircleMember.person_id).where(
            CircleMember.circle_id == circle_id, CircleMember.left_at.is_not(None), CircleMember.closed_at.is_(None)
        )
        notes = select(CircleMember.circle_id).join(Circle, Circle.id == CircleMember.circle_id)
        inside = db.scalars(notes.where(Circle.inside_id == circle_id, CircleMember.person_id.not_in(left))).all()
        for walled in (SealedAnswer, SealedRevision, SealedComment, Consent, CircleNews):
            db.execute(delete(walled).where(walled.circle_id.in_(inside)))
        for member in db.scalars(select(CircleMember).where(CircleMember.circle_id.in_(inside))):
            member.wrap = member.put_away = member.witness = None
        for circle in db.scalars(select(Circle).where(Circle.inside_id == circle_id)):
            circle.recovery = None
