"""Who takes part: starting a plan, asking teachers, confirming and declining, and the firewall around the circle.

The firewall rule: nobody who evaluates a member of a circle may be in it (docs/promise.md).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from .. import forms
from ..access import Opened, evaluates_circle, in_force, named_now, open_documents
from ..clock import now, this_school_year, today
from ..database import execute, session
from ..forms.declaration import DocumentForm
from ..forms.kinds import People
from ..people import directory, mail
from ..people.models import Membership, Person, Role, School
from . import answers, standing
from .models import Answer, Document, DocumentPart, Participant, Revision, Standing


class CannotTakePart(ValueError):
    """This person cannot be in this circle; the message says why, in words for whoever asked."""


@dataclass(frozen=True)
class Taking:
    """One participant as a page shows them."""

    public_id: str
    person_id: int | None
    name: str
    email: str
    role: str
    in_circle: bool
    standing: str

    @property
    def asked(self) -> bool:
        """Whether an answer is still awaited."""
        return self.standing == Standing.INVITED


_TAKING_PART = (
    select(
        Participant.public_id,
        Participant.person_id,
        Participant.name,
        Person.email,
        Participant.role,
        Participant.in_circle,
        Participant.standing,
    )
    .outerjoin(Person, Person.id == Participant.person_id)
    .where(Participant.document_id == bindparam("document_id"), named_now(Participant))
    .order_by(Participant.id)
)


def taking_part(opened: Opened) -> list[Taking]:
    """Everyone named in the document now; whoever may know of the document may know who is in it."""
    rows = execute(_TAKING_PART, {"document_id": opened.id})
    return [Taking(row.public_id, row.person_id, row.name, row.email or "", *row[4:]) for row in rows]


_CLOSED_OUT = (
    select(Participant.name)
    .join(Document, Document.id == Participant.document_id)
    .where(
        Document.id == bindparam("document_id"),
        Participant.in_circle,
        named_now(Participant),
        evaluates_circle(Participant.person_id),
    )
    .order_by(Participant.id)
)


def closed_out(opened: Opened) -> list[str]:
    """Who stands in the circle and can no longer open the document, because they evaluate somebody in it.

    Told to the circle only: nobody else learns who evaluates whom.
    """
    if "circle" not in opened.facts:
        return []
    return list(execute(_CLOSED_OUT, {"document_id": opened.id, "today": today()}).scalars())


# ---------------------------------------------------------------- starting


def schools_to_coach_at(person_id: int) -> list[School]:
    """The schools where this person is a coach today, by name."""
    return list(
        session().scalars(
            select(School)
            .join(Membership, Membership.school_id == School.id)
            .where(Membership.person_id == person_id, Membership.role == Role.COACH, in_force(Membership))
            .order_by(School.name)
            .distinct(),
            {"today": today()},
        )
    )


def earlier_plans(person_id: int, form: str) -> list[Document]:
    """Documents this person led in other school years, newest first: a new one may begin with their Part 1.

    Those that have been closed to them since are not among them.
    """
    led = (
        session()
        .scalars(
            select(Document)
            .join(Participant, Participant.document_id == Document.id)
            .where(
                Participant.person_id == person_id,
                Participant.leads,
                Participant.standing == Standing.CONFIRMED,
                Document.form == form,
                Document.school_year < this_school_year(),
            )
            .order_by(Document.school_year.desc(), Document.id.desc())
        )
        .all()
    )
    open_to_them = {opened.id for opened in open_documents([document.id for document in led], person_id)}
    return [document for document in led if document.id in open_to_them]


def start_plan(
    *,
    by: int,
    school: School,
    principal_id: int,
    start_from: Document | None = None,
    form_key: str = "peer_coaching_plan",
) -> Document:
    """Start a plan for this school year, its header filled in. Call within a write transaction.

    Raises CannotTakePart where the coach does not coach there, or the principal does not head that school or is
    evaluated by the coach.
    """
    db = session()
    here = next((found for found in schools_to_coach_at(by) if found.id == school.id), None)
    if here is None:
        raise CannotTakePart(f"You are not a coach at {school.name} today. Your administrator can change that.")
    heads = {person.id: person for person in directory.heads(school.id)}
    if principal_id not in heads or principal_id == by:
        raise CannotTakePart(f"Please choose a principal of {school.name}.")
    _demand_independent(by, principal_id)
    coach = db.get_one(Person, by)
    form = forms.latest(form_key)
    return begin(
        Document(form=form.key, school_id=school.id, school_year=this_school_year(), created_by_id=by),
        {"coach": coach, "principal": heads[principal_id]},
        _facts(coach, heads[principal_id], here),
        _carried(form, by, start_from) if start_from else {},
    )


def begin(
    document: Document, people: dict[str, Person | directory.Head], known: dict[str, str], carried: dict[str, Any]
) -> Document:
    """Begin a document with these people in their roles, filled in with what is known and what is carried over."""
    db, by = session(), document.created_by_id
    form = forms.latest(document.form)
    document.form_version = form.version
    db.add(document)
    db.flush()
    for part in form.parts:
        db.add(DocumentPart(document_id=document.id, part=part.key, version=1, changed_by_id=by))
    for role, person in people.items():
        _name(document.id, form, person, role, Standing.CONFIRMED)
    db.flush()
    _fill_in(document, form, by, known, carried)
    return document


def _name(
    document_id: int,
    form: type[DocumentForm],
    person: Person | directory.Head | directory.Found,
    role: str,
    state: Standing,
) -> None:
    session().add(
        Participant(
            document_id=document_id,
            person_id=person.id,
            name=person.name,
            role=role,
            leads=form.roles[role].leads,
            in_circle=form.roles[role].in_circle,
            standing=state,
        )
    )


def _facts(coach: Person, principal: directory.Head, school: School) -> dict[str, str]:
    """What the accounts know for the header of a plan."""
    return {
        "today": today().isoformat(),
        "coach.name": coach.name,
        "coach.email": coach.email,
        "coach.teaching_assignment": coach.teaching_assignment,
        "principal.name": principal.name,
        "principal.email": principal.email,
        "school.name": school.name,
        "district.name": school.district.name,
    }


def _carried(form: type[DocumentForm], by: int, start_from: Document) -> dict[str, Any]:
    """Part 1 of an earlier plan that this person led. Part 2 was written with other people and stays with them."""
    if start_from.id not in {document.id for document in earlier_plans(by, form.key)}:
        raise CannotTakePart("You can only start from a plan of your own.")
    part = form.parts[0]
    said = standing.content(start_from.id, part)
    return {
        prompt.name: said[prompt.name]
        for prompt in part.prompts()
        if prompt.carry and prompt.name in said and prompt.kind not in ("people", "rows")
    }


def _fill_in(
    document: Document, form: type[DocumentForm], by: int, known: dict[str, str], carried: dict[str, Any]
) -> None:
    for part in form.parts:
        for prompt in part.prompts():
            value = known.get(prompt.prefill) if prompt.prefill else carried.get(prompt.name)
            if value:
                _write(document.id, part.key, prompt.name, value, by)


def _write(document_id: int, part: str, prompt: str, value: Any, by: int) -> None:
    here = {"document_id": document_id, "prompt": prompt, "part": part, "row": "", "value": value, "version": 1}
    session().execute(insert(Answer).values(**here, changed_at=now(), changed_by_id=by))
    session().execute(insert(Revision).values(**here, part_version=1, by_id=by, at=now()))


# ---------------------------------------------------------------- the circle


def why_not(opened: Opened, person: directory.Found) -> str | None:
    """Why this person cannot join the circle, in plain words; None if they can."""
    for taking in taking_part(opened):
        if taking.person_id == person.id:
            return f"{person.name} already takes part in this plan."
    for member_id in _circle_ids(opened):
        reason = directory.evaluation_reason(person.id, member_id) or directory.evaluation_reason(member_id, person.id)
        if reason:
            return f"{reason} People who evaluate each other cannot be in one coaching circle."
        was = directory.evaluated_since(person.id, member_id, opened.created_at)
        if was or (was := directory.evaluated_since(member_id, person.id, opened.created_at)):
            return (
                f"{was} Even though that is over, what was written meanwhile stays closed. A new plan is open to both."
            )
    return None


def _circle_ids(opened: Opened) -> list[int]:
    return [taking.person_id for taking in taking_part(opened) if taking.in_circle and taking.person_id is not None]


def invite(opened: Opened, person: directory.Found, *, role: str = "teacher") -> None:
    """Ask someone into the circle; they confirm or decline. Raises CannotTakePart with the reason."""
    if reason := why_not(opened, person):
        raise CannotTakePart(reason)
    _name(opened.id, opened.form, person, role, Standing.INVITED)
    session().flush()
    mail.enqueue(person.id, "notice", path=f"/plans/{opened.public_id}")
    _write_names(opened, role)


def add_by_name(opened: Opened, name: str, *, role: str = "teacher") -> None:
    """Note down someone who has no account."""
    if len([taking for taking in taking_part(opened) if taking.role == role]) >= 40:
        raise CannotTakePart("There are already 40 people in this plan.")
    session().add(
        Participant(
            document_id=opened.id,
            name=name,
            role=role,
            in_circle=opened.form.roles[role].in_circle,
            standing=Standing.CONFIRMED,
        )
    )
    session().flush()
    _write_names(opened, role)


def remove(opened: Opened, public_id: str) -> bool:
    """Take someone who was asked, or noted down, out of the plan. False if there is no such person."""
    taking = next((one for one in taking_part(opened) if one.public_id == public_id), None)
    if taking is None or not opened.form.roles[taking.role].many:
        return False
    _stand(opened, Participant.public_id == public_id, Standing.REMOVED)
    _write_names(opened, taking.role)
    return True


def confirm(opened: Opened) -> None:
    """The reader, who was asked, takes part. Raises CannotTakePart if an evaluation relation has come up since."""
    for member_id in _circle_ids(opened):
        if member_id != opened.reader_id:
            reason = directory.evaluation_reason(member_id, opened.reader_id)
            if reason:
                raise CannotTakePart(f"{reason} People who evaluate each other cannot be in one coaching circle.")
    _stand(opened, Participant.person_id == opened.reader_id, Standing.CONFIRMED)
    _settle(opened)


def decline(opened: Opened) -> None:
    """The reader, who was asked, does not take part; the plan no longer names them."""
    role = next(one.role for one in taking_part(opened) if one.person_id == opened.reader_id)
    _stand(opened, Participant.person_id == opened.reader_id, Standing.DECLINED)
    _write_names(opened, role)


def _stand(opened: Opened, who: Any, state: Standing) -> None:
    session().execute(
        update(Participant)
        .where(
            Participant.document_id == opened.id,
            named_now(Participant),
            who,
        )
        .values(standing=state, answered_at=now())
    )
    session().expire_all()


def _write_names(opened: Opened, role: str) -> None:
    """The people prompt of the form says who is named, so that an approval covers that too."""
    names = [{"key": one.public_id, "name": one.name} for one in taking_part(opened) if one.role == role]
    for part in opened.form.parts:
        for prompt in part.prompts():
            if isinstance(prompt, People) and prompt.role == role:
                base = answers.version_of(opened, prompt.name)
                answers.save(opened, [answers.Typed(prompt.name, names, base)])
    _settle(opened)


def _settle(opened: Opened) -> None:
    for part in opened.form.parts:
        standing.settle(opened, part.key)


# ---------------------------------------------------------------- the principal


def _demand_independent(coach_id: int, principal_id: int) -> None:
    """Nobody approves the plan of a coach who evaluates them."""
    if reason := directory.evaluation_reason(coach_id, principal_id):
        raise CannotTakePart(f"{reason} Please choose somebody else to approve the plan.")


def change_principal(opened: Opened, principal: str) -> None:
    """Name another head of the school (by public id) as this plan's principal. Raises CannotTakePart for anyone else."""
    head = next((person for person in directory.heads(opened.school_id) if person.public_id == principal), None)
    if head is None or head.id in _circle_ids(opened):
        raise CannotTakePart(f"Please choose a principal of {opened.school_name}.")
    _demand_independent(opened.reader_id, head.id)
    _stand(opened, Participant.role == "principal", Standing.REMOVED)
    _name(opened.id, opened.form, head, "principal", Standing.CONFIRMED)
    session().flush()
    said = {"principal.name": head.name, "principal.email": head.email}
    typed = [
        answers.Typed(prompt.name, said[prompt.prefill], answers.version_of(opened, prompt.name))
        for part in opened.form.parts
        for prompt in part.prompts()
        if prompt.prefill in said
    ]
    answers.save(opened, typed)
