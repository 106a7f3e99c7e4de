"""The dates of the coaching programme: Session 1, 2, … of a school year, set by the district's coach champions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, bindparam, delete, select

from ..access import in_force
from ..clock import school_year, school_year_name, today
from ..database import execute, session, writing
from ..people.models import District, Membership, Role, School
from ..people.refusal import Refused
from .models import TrainingDate

MOST = 20


@dataclass(frozen=True)
class DistrictDates:
    """The dates of one district in one school year."""

    district: District
    school_year: int
    dates: list[TrainingDate]

    @property
    def next_number(self) -> int:
        """The number of the session that has no date yet."""
        taken = {training.number for training in self.dates}
        return next((number for number in range(1, MOST + 1) if number not in taken), MOST)


_SESSION_2 = (
    select(TrainingDate.held_on)
    .join(School, School.district_id == TrainingDate.district_id)
    .where(School.id == bindparam("school"), TrainingDate.school_year == bindparam("year"), TrainingDate.number == 2)
)


def session_2_date(school_id: int, school_year: int) -> date | None:
    """When Session 2 takes place for this school; None while no date is set."""
    return execute(_SESSION_2, {"school": school_id, "year": school_year}).scalar()


def districts_of_champion(person_id: int) -> list[District]:
    """The districts where someone is a coach champion today."""
    return list(
        session().scalars(
            select(District)
            .where(
                District.id.in_(
                    select(Membership.district_id).where(
                        Membership.person_id == person_id, Membership.role == Role.CHAMPION, in_force(Membership)
                    )
                )
            )
            .order_by(District.name),
            {"today": today()},
        )
    )


def dates_of(district: District, school_year: int) -> DistrictDates:
    """The dates of a district in a school year, Session 1 first."""
    found = session().scalars(
        select(TrainingDate)
        .where(TrainingDate.district_id == district.id, TrainingDate.school_year == school_year)
        .order_by(TrainingDate.number)
    )
    return DistrictDates(district, school_year, list(found))


def set_date(district: District, *, year: int, number: int, held_on: date) -> None:
    """Say when a session takes place; an earlier date for it is replaced. Refused outside of its school year."""
    if school_year(held_on) != year:
        raise Refused(
            f"This day is not in the school year {school_year_name(year)}, which runs from July to June.",
            field="held_on",
        )
    with writing() as db:
        db.execute(select(District.id).where(District.id == district.id).with_for_update())  # one champion at a time
        known = db.scalar(_one(district, year, number))
        if known:
            known.held_on = held_on
        else:
            db.add(TrainingDate(district_id=district.id, school_year=year, number=number, held_on=held_on))


def remove_date(district: District, *, year: int, number: int) -> bool:
    """Take a date out; False if there was none."""
    with writing() as db:
        removed = db.execute(
            delete(TrainingDate)
            .where(
                TrainingDate.district_id == district.id, TrainingDate.school_year == year, TrainingDate.number == number
            )
            .returning(TrainingDate.id)
        )
        return removed.first() is not None


def _one(district: District, year: int, number: int) -> Select[TrainingDate]:
    return select(TrainingDate).where(
        TrainingDate.district_id == district.id, TrainingDate.school_year == year, TrainingDate.number == number
    )
