"""Whom a circle can show its progress: the heads of the plan's school, and the coach champions who support it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select

from ..access import among, in_force
from ..clock import today
from ..database import execute
from ..people.models import Membership, Person, Role, School

_ROLES = (Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL, Role.CHAMPION)
_SCHOOL = bindparam("school_id", type_=School.id.type)
_AROUND = (
    select(Person.id, Person.public_id, Person.name, Membership.role)
    .join(Membership, Membership.person_id == Person.id)
    .join(School, School.district_id == Membership.district_id)
    .where(
        School.id == _SCHOOL,
        Person.deactivated_at.is_(None),
        in_force(Membership),
        or_(
            and_(among(Membership.role, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL), Membership.school_id == _SCHOOL),
            and_(
                Membership.role == Role.CHAMPION, or_(Membership.school_id.is_(None), Membership.school_id == _SCHOOL)
            ),
        ),
    )
    .order_by(Person.name, Person.id)
)


@dataclass(frozen=True)
class Reader:
    """Somebody who can be shown progress, and what they are."""

    id: int
    public_id: str
    name: str
    role: Role

    @property
    def words(self) -> str:
        """Paul Okafor, principal."""
        return f"{self.name}, {self.role.label.lower()}"

    @property
    def kept(self) -> str:
        """As an answer keeps them."""
        return " ".join(f"{self.public_id} {self.words}".split())


def around(school_id: int, *, but: Iterable[int] = ()) -> list[Reader]:
    """The heads of a school and its champions today, principals first; not those of the circle itself."""
    rows = execute(_AROUND, {"school_id": school_id, "today": today()})
    found = [Reader(row.id, row.public_id, row.name, Role(row.role)) for row in rows if row.id not in set(but)]
    found.sort(key=lambda one: _ROLES.index(one.role))
    return list({one.id: one for one in reversed(found)}.values())[::-1]
