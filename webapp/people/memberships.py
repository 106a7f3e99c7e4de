"""Roles at a school or in the district, and who evaluates whom by assignment. All of them have dates."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from ..access import in_force
from ..clock import now, today
from ..database import session, writing
from . import signals
from .models import District, EvaluatorAssignment, Membership, Person, Role, School
from .refusal import Refused

AT_A_SCHOOL = frozenset({Role.TEACHER, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL})
DISTRICT_WIDE = frozenset({Role.ADMINISTRATOR})


def of_person(person_id: int) -> list[Membership]:
    """Everything someone is or was, the present first, what was entered by mistake last."""
    found = session().scalars(
        select(Membership)
        .where(Membership.person_id == person_id)
        .options(joinedload(Membership.school), joinedload(Membership.district))
    )
    day = today()
    return sorted(
        found,
        key=lambda held: (
            held.voided_at is not None,
            held.ends is not None and held.ends < day,
            -held.starts.toordinal(),
            held.id,
        ),
    )


def today_of(person_id: int) -> list[Membership]:
    """What someone is today."""
    day = today()
    return [
        held
        for held in of_person(person_id)
        if held.voided_at is None and held.starts <= day and (held.ends is None or held.ends >= day)
    ]


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
        _tell(person_id)
    return held


def end(public_id: str, *, person_id: int, last_day: date) -> None:
    """Say which day is the last of this role. Refused for the last administrator's role."""
    with writing():
        held = _held(public_id, person_id)
        _end(held, last_day)
        _tell(person_id)


def void(public_id: str, *, person_id: int, by: int) -> None:
    """Say that this role was entered by mistake: it counts as never entered. Refused for the last administrator's."""
    with writing():
        held = _held(public_id, person_id)
        _void(held, by)
        _tell(person_id)


def _held(public_id: str, person_id: int) -> Membership:
    """The role to change; Refused if it cannot be, or is the one that lets people in."""
    held = session().scalar(
        select(Membership)
        .where(Membership.public_id == public_id, Membership.person_id == person_id, Membership.voided_at.is_(None))
        .with_for_update()
    )
    if held is None:
        raise Refused("This role is not there any longer, or it was entered by mistake. Nothing was changed.")
    if held.role == Role.ADMINISTRATOR:
        demand_another_administrator(person_id)
    return held


def demand_another_administrator(person_id: int) -> None:
    """Refuse if this person is an administrator and no other one could still sign in and let people in."""
    administrators = select(Membership.person_id, Membership.ends).where(
        Membership.role == Role.ADMINISTRATOR, in_force(Membership)
    )
    held = session().execute(administrators.with_for_update(), {"today": today()}).all()
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
            .order_by(
                EvaluatorAssignment.voided_at.is_not(None), EvaluatorAssignment.starts.desc(), EvaluatorAssignment.id
            )
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
        _tell(evaluator.id, person_id)
    return assignment


def end_assignment(public_id: str, *, person_id: int, last_day: date) -> None:
    """Say which day is the last on which this evaluator evaluates this person."""
    with writing():
        assignment = _assigned(public_id, person_id)
        _end(assignment, last_day)
        _tell(assignment.evaluator_id, person_id)


def void_assignment(public_id: str, *, person_id: int, by: int) -> None:
    """Say that this assignment was entered by mistake: it counts as never entered."""
    with writing():
        assignment = _assigned(public_id, person_id)
        _void(assignment, by)
        _tell(assignment.evaluator_id, person_id)


def _assigned(public_id: str, person_id: int) -> EvaluatorAssignment:
    assignment = session().scalar(
        select(EvaluatorAssignment)
        .where(
            EvaluatorAssignment.public_id == public_id,
            EvaluatorAssignment.evaluated_id == person_id,
            EvaluatorAssignment.voided_at.is_(None),
        )
        .with_for_update()
    )
    if assignment is None:
        raise Refused("This assignment is not there any longer, or it was entered by mistake. Nothing was changed.")
    return assignment


# ---------------------------------------------------------------- what both have in common


def _tell(*person_ids: int) -> None:
    session().flush()
    signals.evaluation_changed.send(person_ids=frozenset(person_ids))


def _end(dated: Membership | EvaluatorAssignment, last_day: date) -> None:
    if last_day < dated.starts:
        raise Refused("The last day cannot be before the first day.", field="last_day")
    counted = _counted_until(dated)
    dated.ends = last_day
    dated.counted_until = counted if counted and counted > last_day else None  # a day set back opens nothing again


def _void(dated: Membership | EvaluatorAssignment, by: int) -> None:
    dated.counted_until = _counted_until(dated) or dated.starts - timedelta(days=1)
    dated.voided_at, dated.voided_by_id = now(), by


def _counted_until(dated: Membership | EvaluatorAssignment) -> date | None:
    """The last day so far on which this counted; None if it has not begun."""
    if dated.starts > today():
        return None
    return min(today(), dated.counted_until or dated.ends or today())


def _demand_order(starts: date, ends: date | None) -> None:
    if ends is not None and ends < starts:
        raise Refused("The last day cannot be before the first day.", field="ends")


def _overlaps(dated: type[Membership | EvaluatorAssignment], starts: date, ends: date | None) -> ColumnElement[bool]:
    lasts = and_(dated.voided_at.is_(None), or_(dated.ends.is_(None), dated.ends >= starts))
    return lasts if ends is None else and_(dated.starts <= ends, lasts)
