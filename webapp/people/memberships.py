"""Roles at a school or in the district, and who evaluates whom by assignment. All of them have dates."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from ..clock import today
from ..database import session, writing
from .models import District, EvaluatorAssignment, Membership, Person, Role, School
from .refusal import Refused

AT_A_SCHOOL = frozenset({Role.TEACHER, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL})
DISTRICT_WIDE = frozenset({Role.ADMINISTRATOR})


def of_person(person_id: int) -> list[Membership]:
    """Everything someone is or was, the present first."""
    found = session().scalars(
        select(Membership)
        .where(Membership.person_id == person_id)
        .options(joinedload(Membership.school), joinedload(Membership.district))
    )
    day = today()
    return sorted(
        found, key=lambda held: (held.ends is not None and held.ends < day, -held.starts.toordinal(), held.id)
    )


def today_of(person_id: int) -> list[Membership]:
    """What someone is today."""
    day = today()
    return [held for held in of_person(person_id) if held.starts <= day and (held.ends is None or held.ends >= day)]


def add(
    person_id: int,
    *,
    role: Role,
    district: District,
    school: School | None = None,
    starts: date,
    ends: date | None = None,
) -> Membership:
    """Give someone a role. Refused at the wrong kind of place, with turned dates, or if they have it already."""
    if role in AT_A_SCHOOL and school is None:
        raise Refused(f"{role.label} is a role at a school. Please choose the school.", field="place")
    if role in DISTRICT_WIDE and school is not None:
        raise Refused(f"{role.label} is a role in the whole district. Please choose the district.", field="place")
    _demand_order(starts, ends)
    with writing() as db:
        same = select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.role == role,
            Membership.district_id == district.id,
            Membership.school_id == school.id if school else Membership.school_id.is_(None),
            _overlaps(Membership, starts, ends),
        )
        if db.scalars(same).first() is not None:
            raise Refused("This person already has this role there at that time.", field="role")
        held = Membership(
            person_id=person_id,
            role=role,
            district_id=district.id,
            school_id=school.id if school else None,
            starts=starts,
            ends=ends,
        )
        db.add(held)
    return held


def end(public_id: str, *, person_id: int, last_day: date) -> None:
    """Say which day is the last of this role. Refused for the last administrator's role."""
    with writing() as db:
        held = db.scalar(select(Membership).where(Membership.public_id == public_id, Membership.person_id == person_id))
        if held is None:
            raise Refused("This role is not there any longer.")
        if held.role == Role.ADMINISTRATOR:
            demand_another_administrator(person_id)
        _end(held, last_day)


def demand_another_administrator(person_id: int) -> None:
    """Refuse if this person is an administrator and no other one could still sign in and let people in."""
    administers = and_(
        Membership.role == Role.ADMINISTRATOR,
        Membership.starts <= today(),
        or_(Membership.ends.is_(None), Membership.ends >= today()),
    )
    held = session().execute(select(Membership.person_id, Membership.ends).where(administers).with_for_update()).all()
    if person_id not in {row.person_id for row in held}:
        return
    lasting = [row.person_id for row in held if row.ends is None and row.person_id != person_id]
    another = exists().where(Person.id.in_(lasting), Person.deactivated_at.is_(None), Person.password_hash.is_not(None))
    if not session().scalar(select(another)):
        raise Refused(
            "This is the last administrator. Nobody could let people in after that. "
            "Please make somebody else an administrator first; they need to have taken up their invitation."
        )


# ---------------------------------------------------------------- who evaluates whom


def evaluators_of(person_id: int) -> list[EvaluatorAssignment]:
    """Who evaluates someone by assignment, now or at another time."""
    return _assignments(EvaluatorAssignment.evaluated_id == person_id)


def evaluated_by(person_id: int) -> list[EvaluatorAssignment]:
    """Whom someone evaluates by assignment, now or at another time."""
    return _assignments(EvaluatorAssignment.evaluator_id == person_id)


def _assignments(which: ColumnElement[bool]) -> list[EvaluatorAssignment]:
    return list(
        session().scalars(
            select(EvaluatorAssignment)
            .where(which)
            .options(joinedload(EvaluatorAssignment.evaluator), joinedload(EvaluatorAssignment.evaluated))
            .order_by(EvaluatorAssignment.starts.desc(), EvaluatorAssignment.id)
        )
    )


def assign_evaluator(
    person_id: int, *, evaluator_email: str, starts: date, ends: date | None = None
) -> EvaluatorAssignment:
    """Say that someone is evaluated by the person with this address. Refused for oneself and for what is already so."""
    _demand_order(starts, ends)
    with writing() as db:
        evaluator = db.scalar(select(Person).where(Person.email == evaluator_email))
        if evaluator is None:
            raise Refused(
                "Nobody here has this e-mail address. Please look it up in the list of people.", field="email"
            )
        if evaluator.id == person_id:
            raise Refused("Nobody can evaluate themselves. Please write somebody else's address.", field="email")
        same = select(EvaluatorAssignment.id).where(
            EvaluatorAssignment.evaluator_id == evaluator.id,
            EvaluatorAssignment.evaluated_id == person_id,
            _overlaps(EvaluatorAssignment, starts, ends),
        )
        if db.scalars(same).first() is not None:
            raise Refused(f"{evaluator.name} already evaluates this person at that time.", field="email")
        assignment = EvaluatorAssignment(evaluator_id=evaluator.id, evaluated_id=person_id, starts=starts, ends=ends)
        db.add(assignment)
    return assignment


def end_assignment(public_id: str, *, person_id: int, last_day: date) -> None:
    """Say which day is the last on which this evaluator evaluates this person."""
    with writing() as db:
        assignment = db.scalar(
            select(EvaluatorAssignment).where(
                EvaluatorAssignment.public_id == public_id, EvaluatorAssignment.evaluated_id == person_id
            )
        )
        if assignment is None:
            raise Refused("This assignment is not there any longer.")
        _end(assignment, last_day)


def _end(dated: Membership | EvaluatorAssignment, last_day: date) -> None:
    if last_day < dated.starts:
        raise Refused("The last day cannot be before the first day.", field="last_day")
    dated.ends = last_day


def _demand_order(starts: date, ends: date | None) -> None:
    if ends is not None and ends < starts:
        raise Refused("The last day cannot be before the first day.", field="ends")


def _overlaps(dated: type[Membership | EvaluatorAssignment], starts: date, ends: date | None) -> ColumnElement[bool]:
    lasts = or_(dated.ends.is_(None), dated.ends >= starts)
    return lasts if ends is None else and_(dated.starts <= ends, lasts)
