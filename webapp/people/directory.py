"""Looking people up: for the people picker, for the pages of the administrator, and who evaluates whom in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from .. import access
from ..clock import local, today
from ..database import Statement, session
from .models import Membership, Person, Role, School

PAGE = 50


@dataclass
class Found:
    """Someone in the directory: enough to tell people of the same name apart."""

    id: int
    public_id: str
    name: str
    email: str
    teaching_assignment: str
    schools: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Head:
    """Who heads a school today, as principal or assistant principal."""

    id: int
    public_id: str
    name: str
    email: str
    role: Role


def search(text: str, *, school_ids: Sequence[int], limit: int = 10) -> list[Found]:
    """People at work today in the district(s) of these schools whose name or e-mail has all these words.

    Those at the same schools come first.
    """
    return _colleagues(_has_words(text), school_ids, limit)


def colleague(public_id: str, *, school_ids: Sequence[int]) -> Found | None:
    """The person with this id, if `search` could find them; None otherwise."""
    found = _colleagues(Person.public_id == public_id, school_ids, 1)
    return found[0] if found else None


def _colleagues(which: ColumnElement[bool], school_ids: Sequence[int], limit: int) -> list[Found]:
    district_ids = select(School.district_id).where(School.id.in_(school_ids))
    works = and_(Membership.person_id == Person.id, Membership.school_id == School.id, access.in_force(Membership))
    nearby = exists().where(works, School.district_id.in_(district_ids))
    here = exists().where(works, School.id.in_(school_ids))
    found = session().execute(
        select(Person.id, Person.public_id, Person.name, Person.email, Person.teaching_assignment)
        .where(Person.deactivated_at.is_(None), nearby, which)
        .order_by(here.desc(), func.lower(Person.name), Person.id)
        .limit(limit),
        {"today": today()},
    )
    people = {row.id: Found(*row) for row in found}
    _add_schools(people)
    return list(people.values())


def _add_schools(people: dict[int, Found]) -> None:
    rows = session().execute(
        select(Membership.person_id, School.name)
        .join(School, School.id == Membership.school_id)
        .where(Membership.person_id.in_(people), access.in_force(Membership))
        .order_by(School.name)
        .distinct(),
        {"today": today()},
    )
    for person_id, school in rows:
        people[person_id].schools.append(school)


def _has_words(text: str) -> ColumnElement[bool]:
    words = text.split()[:6]
    return and_(
        True,
        *(
            or_(Person.name.icontains(word, autoescape=True), Person.email.icontains(word, autoescape=True))
            for word in words
        ),
    )


def heads(school_id: int) -> list[Head]:
    """The principals of a school today, then its assistant principals."""
    rows = session().execute(
        select(Person.id, Person.public_id, Person.name, Person.email, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.school_id == school_id,
            Membership.role.in_([Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL]),
            access.in_force(Membership),
            Person.deactivated_at.is_(None),
        )
        .order_by((Membership.role == Role.PRINCIPAL).desc(), Person.name, Person.id),
        {"today": today()},
    )
    return [Head(row.id, row.public_id, row.name, row.email, Role(row.role)) for row in rows]


# ---------------------------------------------------------------- who evaluates whom, in words

_evaluator, _evaluated = aliased(Person), aliased(Person)
_NAMES = select(_evaluator.name, _evaluated.name).where(
    _evaluator.id == bindparam("evaluator"), _evaluated.id == bindparam("evaluated")
)
_EVALUATES = _NAMES.where(access.evaluates(_evaluator.id, _evaluated.id))
_HAS_EVALUATED = _NAMES.where(access.has_evaluated(_evaluator.id, _evaluated.id, since=bindparam("since")))
_DOES = {
    Role.TEACHER: "teaches",
    Role.COACH: "is a coach",
    Role.ASSISTANT_PRINCIPAL: "is assistant principal",
}


def evaluation_reason(evaluator_id: int, evaluated_id: int) -> str | None:
    """Why one person evaluates another today, as a sentence; None if they do not."""
    asked = {"evaluator": evaluator_id, "evaluated": evaluated_id, "today": today()}
    names = session().execute(_EVALUATES, asked).first()
    if names is None:
        return None
    who, whom = names
    if reason := _by_role(evaluator_id, evaluated_id):
        school, head_role, staff_role = reason
        return f"{who} is {Role(head_role).label.lower()} at {school}, where {whom} {_DOES[Role(staff_role)]}."
    return f"{who} evaluates {whom}: the district has arranged it that way."


def evaluated_since(evaluator_id: int, evaluated_id: int, moment: datetime) -> str | None:
    """That one person has evaluated another since that day, as a sentence, if it is over now; None otherwise."""
    asked = {"evaluator": evaluator_id, "evaluated": evaluated_id, "since": local(moment).date(), "today": today()}
    names = session().execute(_HAS_EVALUATED, asked).first()
    return f"{names[0]} has evaluated {names[1]} since this plan was begun." if names else None


def _by_role(evaluator_id: int, evaluated_id: int) -> Any:
    head, staff = aliased(Membership), aliased(Membership)
    return (
        session()
        .execute(
            select(School.name, head.role, staff.role)
            .join(head, head.school_id == School.id)
            .join(staff, staff.school_id == School.id)
            .where(
                head.person_id == evaluator_id,
                head.role.in_([Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL]),
                access.in_force(head),
                staff.person_id == evaluated_id,
                staff.role.in_(_DOES),
                or_(staff.role != Role.ASSISTANT_PRINCIPAL, head.role == Role.PRINCIPAL),
                access.in_force(staff),
            )
            .order_by((head.role == Role.PRINCIPAL).desc(), (staff.role == Role.TEACHER).desc(), School.name),
            {"today": today()},
        )
        .first()
    )


# ---------------------------------------------------------------- the administrator's list


def by_public_id(public_id: str) -> Person | None:
    """The person with this id."""
    return session().scalar(select(Person).where(Person.public_id == public_id))


@dataclass(frozen=True)
class PeoplePage:
    """One page of the list of people. `number` counts from 1."""

    people: list[Person]
    roles: dict[int, list[str]]
    number: int
    more: bool


def people_page(text: str, *, number: int = 1) -> PeoplePage:
    """Fifty people, by name, whose name or e-mail has all these words; deactivated ones too."""
    matching: Statement = select(Person).where(_has_words(text))
    found = list(
        session().scalars(
            matching.order_by(func.lower(Person.name), Person.id).offset((number - 1) * PAGE).limit(PAGE + 1)
        )
    )
    people = found[:PAGE]
    return PeoplePage(people, _roles_today([person.id for person in people]), number, len(found) > PAGE)


def _roles_today(person_ids: list[int]) -> dict[int, list[str]]:
    rows = session().execute(
        select(Membership.person_id, Membership.role, School.name)
        .outerjoin(School, School.id == Membership.school_id)
        .where(Membership.person_id.in_(person_ids), access.in_force(Membership))
        .order_by(School.name, Membership.id),
        {"today": today()},
    )
    roles: dict[int, list[str]] = {person_id: [] for person_id in person_ids}
    for person_id, role, school in rows:
        roles[person_id].append(f"{Role(role).label}, {school}" if school else Role(role).label)
    return roles


def evaluators_today(person_id: int) -> list[str]:
    """The names of everyone who evaluates someone today, whatever the reason."""
    return list(
        session().scalars(
            select(Person.name).where(access.evaluates(Person.id, person_id)).order_by(Person.name),
            {"today": today()},
        )
    )
