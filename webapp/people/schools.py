"""Districts and their schools."""

from dataclasses import dataclass

from sqlalchemy import func, not_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ..access import between_members
from ..clock import this_school_year
from ..database import session, writing
from ..documents.models import Document
from .models import District, School
from .refusal import Refused


@dataclass(frozen=True)
class SchoolLine:
    """A school in the administrator's list; of its plans only how many there are this school year."""

    public_id: str
    name: str
    title_one: bool
    district_id: int
    plans: int


def districts() -> list[District]:
    """All districts, by name."""
    return list(session().scalars(select(District).order_by(District.name)))


def all_schools() -> list[School]:
    """All schools with their districts, by name."""
    return list(session().scalars(select(School).options(joinedload(School.district)).order_by(School.name, School.id)))


def lines() -> list[SchoolLine]:
    """All schools with the number of this year's plans."""
    plans = (
        select(func.count())
        .select_from(Document)
        .where(Document.school_id == School.id, Document.school_year == this_school_year(), not_(between_members()))
        .scalar_subquery()
    )
    rows = session().execute(
        select(School.public_id, School.name, School.title_one, School.district_id, plans).order_by(
            School.name, School.id
        )
    )
    return [SchoolLine(*row) for row in rows]


def district(public_id: str) -> District | None:
    """The district with this id."""
    return session().scalar(select(District).where(District.public_id == public_id))


def school(public_id: str) -> School | None:
    """The school with this id, with its district."""
    return session().scalar(select(School).options(joinedload(School.district)).where(School.public_id == public_id))


def add_district(*, name: str) -> District:
    """A new district. Refused if there is one of that name."""
    with writing() as db:
        _demand_new_district(name)
        new = District(name=name)
        db.add(new)
        _flush_district()
    return new


def rename_district(public_id: str, *, name: str) -> None:
    """Another name for a district. Refused if there is one of that name."""
    with writing():
        known = district(public_id)
        if known and known.name != name:
            _demand_new_district(name)
            known.name = name
            _flush_district()


def add_school(*, district: District, name: str, title_one: bool) -> School:
    """A new school. Refused if its district has one of that name."""
    with writing() as db:
        _demand_new_school(district.id, name)
        new = School(district_id=district.id, name=name, title_one=title_one)
        db.add(new)
    return new


def change_school(public_id: str, *, name: str, title_one: bool) -> None:
    """Another name or Title I mark. Refused if its district has another one of that name."""
    with writing():
        known = school(public_id)
        if known is None:
            return
        if known.name != name:
            _demand_new_school(known.district_id, name)
        known.name, known.title_one = name, title_one


def _demand_new_district(name: str) -> None:
    if session().scalar(select(District.id).where(District.name == name)) is not None:
        raise Refused("There is already a district with this name.", field="name")


def _flush_district() -> None:
    try:
        session().flush()
    except IntegrityError as error:
        raise Refused("There is already a district with this name.", field="name") from error


def _demand_new_school(district_id: int, name: str) -> None:
    if session().scalars(select(School.id).where(School.district_id == district_id, School.name == name)).first():
        raise Refused("This district already has a school with this name.", field="name")
