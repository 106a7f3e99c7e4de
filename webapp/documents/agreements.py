"""Coaching Agreements: each between the coach and one teacher of a plan, and nobody else's to know of.

One is in force once both have signed the same text of it, until one of them ends it. A change that still waits for
signatures leaves the last text that both signed in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, exists, not_, select
from sqlalchemy.orm import Session, aliased

from ..access import VIEWER, Opened, open_documents
from ..clock import today
from ..database import execute, session
from ..people import directory
from ..people.models import Person
from . import participants, progress, signoff, standing
from .disclosure import allowed, tightened
from .models import Document, DocumentPart, Participant, PartState, Standing
from .participants import CannotTakePart, Taking

FORM, PART = "coaching_agreement", "agreement"


@dataclass(frozen=True)
class Pair:
    """The reader and one other person of a plan, with their agreement, those that ended, and where to start one."""

    name: str
    person_id: int
    teacher: str = ""  # public id in the plan; "" where one of the two takes part no longer
    agreement: Opened | None = None
    ended: list[Opened] = field(default_factory=list)

    @property
    def stands_at(self) -> tuple[str, str]:
        """Where it stands, in words and tone."""
        if self.agreement is None:
            return ("Ended", "todo") if self.ended else ("Not started", "todo")
        return progress.stands_at(self.agreement, self.agreement.form.part(PART))


def of_plan(plan: Opened) -> list[Pair]:
    """The reader's pairs in this plan: every teacher for the coach, the coach for a teacher."""
    if not plan.may("start_agreement"):
        return []
    mine = _mine(plan)
    found = [_pair(person.name, person.person_id, teacher, mine) for person, teacher in _others(plan)]
    known = {pair.person_id for pair in found}
    before = {person_id: name for person_id, name, _ in mine if person_id not in known}
    return found + [_pair(name, person_id, "", mine) for person_id, name in before.items()]


def _pair(name: str, person_id: int | None, teacher: str, mine: list[tuple[int, str, Opened]]) -> Pair:
    ours = [agreement for other, _, agreement in mine if other == person_id]
    running = [agreement for agreement in ours if not _has_ended(agreement)]
    return Pair(name, person_id or 0, teacher, next(iter(running), None), [one for one in ours if _has_ended(one)])


def _has_ended(agreement: Opened) -> bool:
    return agreement.parts[PART].state == PartState.ENDED


def _others(plan: Opened) -> Iterator[tuple[Taking, str]]:
    """Whom the reader can make an agreement with, each with the teacher of the two (public id in the plan)."""
    here = [one for one in participants.taking_part(plan) if one.in_circle and not one.asked and one.person_id]
    coaches = [one for one in here if plan.form.roles[one.role].leads]
    teachers = [one for one in here if one not in coaches]
    for coach in coaches:
        for teacher in teachers:
            if coach.person_id == plan.reader_id:
                yield teacher, teacher.public_id
            elif teacher.person_id == plan.reader_id:
                yield coach, teacher.public_id


_teacher, _me, _other = aliased(Participant), aliased(Participant), aliased(Participant)
_HAVE_ONE = (
    exists()
    .where(Document.form == FORM, Document.plan_id == _teacher.document_id)
    .where(_me.document_id == Document.id, _me.person_id == VIEWER)
    .where(_other.document_id == Document.id, _other.person_id == _teacher.person_id)
    .correlate(_teacher)
)
_WITHOUT = (
    select(_teacher.name)
    .where(_teacher.document_id == bindparam("plan_id"), _teacher.in_circle, not_(_teacher.leads))
    .where(_teacher.standing == Standing.CONFIRMED, _teacher.person_id.is_not(None), not_(_HAVE_ONE))
    .order_by(_teacher.id)
)


def without(plan: Opened) -> list[str]:
    """The names of the teachers with whom the coach who reads this plan never began an agreement."""
    if not plan.may("start_agreement"):
        return []
    return list(execute(_WITHOUT, {"plan_id": plan.id, "viewer": plan.reader_id}).scalars())


def _mine(plan: Opened) -> list[tuple[int, str, Opened]]:
    """The reader's agreements of this plan, newest first, each with the other person's id and name."""
    me, other = aliased(Participant), aliased(Participant)
    rows = session().execute(
        select(Document.id, other.person_id, other.name)
        .join(me, me.document_id == Document.id)
        .join(other, other.document_id == Document.id)
        .where(
            Document.form == FORM,
            Document.plan_id == plan.id,
            me.person_id == plan.reader_id,
            other.person_id != plan.reader_id,
        )
        .order_by(Document.id.desc())
    )
    others = {row.id: (row.person_id, row.name) for row in rows}
    return [(*others[opened.id], opened) for opened in open_documents(list(others), plan.reader_id)]


# ---------------------------------------------------------------- starting


def start(plan: Opened, teacher_public_id: str) -> str | None:
    """Start the agreement of the coach and this teacher (public id in the plan), or find the one they have.

    Gives its public id; None if the reader has no such agreement to start. Call within a write transaction. Raises
    CannotTakePart where one of them evaluates the other.
    """
    other = next((one for one, teacher in _others(plan) if teacher == teacher_public_id), None)
    if other is None or other.person_id is None:
        return None
    pair = _pair(other.name, other.person_id, teacher_public_id, _mine(plan))
    if pair.agreement is not None:
        return pair.agreement.public_id
    _demand_no_evaluation(plan.reader_id, other.person_id)
    return _begin(plan, other).public_id


def _demand_no_evaluation(one: int, other: int) -> None:
    if reason := directory.evaluation_reason(one, other) or directory.evaluation_reason(other, one):
        raise CannotTakePart(f"{reason} People who evaluate each other cannot have a coaching agreement.")


def _begin(plan: Opened, other: Taking) -> Document:
    db = session()
    pair = [db.get_one(Person, plan.reader_id), db.get_one(Person, other.person_id)]
    coach, teacher = pair if "leads" in plan.facts else reversed(pair)
    document = Document(
        form=FORM,
        school_id=plan.school_id,
        school_year=plan.school_year,
        created_by_id=plan.reader_id,
        plan_id=plan.id,
    )
    known = {
        "today": today().isoformat(),
        "coach.name": coach.name,
        "teacher.name": teacher.name,
        "school.name": plan.school_name,
    }
    return participants.begin(document, {"coach": coach, "teacher": teacher}, known, {})


# ---------------------------------------------------------------- what holds


def in_force(db: Session, plan_id: int, coach_id: int, teacher_id: int) -> bool:
    """Whether this coach and this teacher of a plan have both signed some text, and neither has ended it."""
    coach, teacher = aliased(Participant), aliased(Participant)
    signed = (
        select(Document.id)
        .join(DocumentPart, DocumentPart.document_id == Document.id)
        .join(coach, coach.document_id == Document.id)
        .join(teacher, teacher.document_id == Document.id)
        .where(
            Document.plan_id == plan_id,
            Document.form == FORM,
            DocumentPart.part == PART,
            DocumentPart.state == PartState.SIGNED,
            coach.person_id == coach_id,
            coach.leads,
            coach.standing == Standing.CONFIRMED,
            teacher.person_id == teacher_id,
            ~teacher.leads,
            teacher.standing == Standing.CONFIRMED,
        )
    )
    return db.scalars(signed.limit(1)).first() is not None


@dataclass(frozen=True)
class InForce:
    """The last text that both signed: its version, since when, and what it says."""

    version: int
    since: datetime
    said: standing.Content


def text_in_force(opened: Opened, decisions: list[signoff.Decided]) -> InForce | None:
    """The text of this agreement that is in force, from what was decided about it (newest first)."""
    if opened.parts[PART].state != PartState.SIGNED:
        return None
    members = set(standing.member_ids(opened.id))
    signed = [one for one in decisions if one.kind == "signed"]
    for one in signed:
        alike = [other for other in signed if other.part_version == one.part_version]
        if members <= {other.person_id for other in alike}:
            said = standing.content_at(opened.id, opened.form.part(PART), one.part_version)
            return InForce(one.part_version, one.at, said)
    return None


def plan_of(opened: Opened) -> Opened | None:
    """The plan that an agreement belongs to, if its reader may still know of it."""
    plan_id = session().scalar(select(Document.plan_id).where(Document.id == opened.id))
    return next(iter(open_documents([plan_id], opened.reader_id)), None) if plan_id else None


__all__ = [
    "FORM",
    "PART",
    "CannotTakePart",
    "InForce",
    "Pair",
    "allowed",
    "in_force",
    "of_plan",
    "plan_of",
    "start",
    "text_in_force",
    "tightened",
]
