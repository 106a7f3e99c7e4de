"""Circles: who a confidential record is between, each member's key, and how members come, go and are confirmed.

The walls (webapp/confidential.py) decide who is in; here the keys are given and taken.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from .. import keys
from ..access import VIEWER
from ..clock import now
from ..confidential import key_of, keys_of, run, trusted, wall
from ..database import ViewersSession
from ..people.models import Person
from .models import Circle, CircleMember, CircleNews, KeyProof
from .signals import record_changed


@dataclass(frozen=True)
class Member:
    """One member of a circle as the others know them."""

    person_id: int
    public_id: str
    name: str
    joined_at: datetime
    opened: bool
    left: bool
    closed: bool
    sealed: bool

    @property
    def is_in(self) -> bool:
        """Whether they can read what is in the circle (a sealed account cannot until it is confirmed)."""
        return not (self.left or self.closed)


# ---------------------------------------------------------------- beginning


def begin(db: ViewersSession, member_ids: Iterable[int], *, inside: int | None = None) -> Circle:
    """A new circle of these people with a data key of its own. The firewall is asked before (pairing.why_not)."""
    people, data_key = list(member_ids), keys.new_data_key()
    circle = Circle(inside_id=inside)
    around = key_of(db, inside) if inside else b""
    with trusted(db, "a circle begins"):
        db.add(circle)
        db.flush()
        if inside:
            circle.recovery = keys.seal(around, data_key, "recovery", circle.id, inside, *people)
        for person_id in people:
            db.add(_with_key(db, circle.id, person_id, data_key))
        circle_id = circle.id
    db.info.setdefault("data_keys", {})[circle_id] = data_key
    return db.get_one(Circle, circle_id)


def _with_key(db: ViewersSession, circle_id: int, person_id: int, data_key: bytes) -> CircleMember:
    assert db.viewer is not None
    member = CircleMember(circle_id=circle_id, person_id=person_id, added_by_id=db.viewer)
    _give_key(db, member, data_key)
    return member


def _give_key(db: ViewersSession, member: CircleMember, data_key: bytes) -> None:
    """Wrap the circle's key for this member as their credentials are now."""
    kept = db.scalar(select(Person.password_hash).where(Person.id == member.person_id))
    bound_to = keys.credential(kept)
    member.master_key, member.wrap = keys.wrap(
        data_key, circle_id=member.circle_id, person_id=member.person_id, bound_to=bound_to
    )
    member.bound_to, member.put_away = bound_to, None
    note_proof(db, member.master_key)


def note_proof(db: ViewersSession, name: str) -> None:
    """Keep in the database by what this master key is recognized."""
    if db.get(KeyProof, name) is None:
        db.add(KeyProof(master_key=name, proof=keys.proof(name)))


# ---------------------------------------------------------------- members


_MEMBERS = (
    select(*CircleMember.__table__.columns, Person.public_id, Person.name, Person.password_hash)
    .join(Person, Person.id == CircleMember.person_id)
    .where(CircleMember.circle_id.in_(bindparam("circle_ids", expanding=True)), wall(CircleMember))
    .order_by(CircleMember.joined_at, Person.name)
)
_BINDINGS = (
    select(CircleMember.circle_id, CircleMember.bound_to, Person.password_hash)
    .join(Person, Person.id == CircleMember.person_id)
    .where(CircleMember.person_id == VIEWER, CircleMember.wrap.is_not(None), wall(CircleMember))
)


def members(db: ViewersSession, circle_id: int) -> list[Member]:
    """Everybody who is or was in one of the viewer's circles, in the order in which they came."""
    return members_of(db, [circle_id]).get(circle_id, [])


def members_of(db: ViewersSession, circle_ids: Iterable[int]) -> dict[int, list[Member]]:
    """The members of several circles of the viewer."""
    wanted = list(circle_ids)
    if not wanted:
        return {}
    found: dict[int, list[Member]] = {}
    for row in run(db, _MEMBERS, circle_ids=wanted):
        found.setdefault(row.circle_id, []).append(_as_known(row))
    return found


def _as_known(row: Any) -> Member:
    return Member(
        person_id=row.person_id,
        public_id=row.public_id,
        name=row.name,
        joined_at=row.joined_at,
        opened=row.opened_at is not None,
        left=row.left_at is not None,
        closed=row.closed_at is not None,
        sealed=row.wrap is not None and row.bound_to != keys.credential(row.password_hash),
    )


def add(db: ViewersSession, circle_id: int, person_id: int) -> None:
    """Take somebody into a circle of the viewer: they can read all of it. The firewall is asked before."""
    member = db.get(CircleMember, (circle_id, person_id))
    if member is None:
        member = CircleMember(circle_id=circle_id, person_id=person_id, added_by_id=db.viewer or 0)
        db.add(member)
    elif member.left_at and not member.closed_at:
        member.joined_at = now()  # anew: only what is entered from here on counts against them
    member.left_at = member.closed_at = None
    _give_key(db, member, key_of(db, circle_id))
    db.flush()
    record_changed.send(circle_id=circle_id, what="members")


def leave(db: ViewersSession, circle_id: int, person_id: int) -> None:
    """Take the key from a member who goes; what is written stays with the others."""
    member = db.get_one(CircleMember, (circle_id, person_id))
    member.wrap, member.left_at = None, now()
    db.flush()
    db.info.get("data_keys", {}).pop(circle_id, None)


# ---------------------------------------------------------------- credentials


def rebind(db: ViewersSession, person_id: int, *, before: str | None, after: str) -> None:
    """Somebody changed their password, having proved the old one: their keys are bound to the new one."""
    old, new = keys.credential(before), keys.credential(after)
    with trusted(db, "a password was set"):
        mine = db.scalars(
            select(CircleMember).where(CircleMember.person_id == person_id, HOLDS, CircleMember.bound_to == old)
        )
        for member in mine:
            wrap_anew(member, new)


def wrap_anew(member: CircleMember, bound_to: str) -> None:
    """Wrap a member's key with the current master key, bound to these credentials; one that is put away stays that.

    keys.Unreadable if it was changed.
    """
    was_put_away = member.wrap is None
    if was_put_away:
        take_back(member)
    place = {"circle_id": member.circle_id, "person_id": member.person_id}
    data_key = keys.unwrap(member.master_key, member.wrap or b"", bound_to=member.bound_to, **place)
    member.master_key, member.wrap = keys.wrap(data_key, bound_to=bound_to, **place)
    member.bound_to = bound_to
    if was_put_away:
        put_away(member)


# ---------------------------------------------------------------- keys that an evaluation took

HOLDS = or_(CircleMember.wrap.is_not(None), CircleMember.put_away.is_not(None))


def put_away(member: CircleMember) -> None:
    """Take the last key of a circle from its member, closed so that it opens nothing until it is taken back."""
    place = member.circle_id, member.person_id, member.bound_to
    if (data_key := _held(member)) is not None:
        member.put_away = keys.seal(keys.ring().key(member.master_key), data_key, "put away", *place)
    member.wrap = None


def take_back(member: CircleMember) -> bytes:
    """The key that was put away is the member's again, bound to the credentials they had. keys.Unreadable if it was
    changed. Gives the key."""
    place = member.circle_id, member.person_id, member.bound_to
    data_key = keys.unseal(keys.ring().key(member.master_key), member.put_away or b"", "put away", *place)
    member.master_key, member.wrap = keys.wrap(
        data_key, circle_id=member.circle_id, person_id=member.person_id, bound_to=member.bound_to
    )
    member.put_away = None
    return data_key


def is_sealed(db: ViewersSession) -> bool:
    """Whether the viewer's own password was set anew without the old one and somebody has yet to confirm them."""
    return bool(sealed_circles(db))


def sealed_circles(db: ViewersSession) -> set[int]:
    """The circles whose key is bound to other credentials than the viewer's present ones."""
    assert db.viewer is not None
    return {circle_id for circle_id, bound_to, kept in run(db, _BINDINGS) if bound_to != keys.credential(kept)}


def who_can_confirm(db: ViewersSession) -> list[str]:
    """The names of those who can confirm the viewer: the others in the circles that are sealed to them."""
    found = members_of(db, sealed_circles(db))
    names = {
        one.name: None
        for members_here in found.values()
        for one in members_here
        if one.is_in and not one.sealed and one.person_id != db.viewer
    }
    return list(names)


def sealed_colleagues(db: ViewersSession) -> dict[str, tuple[int, str]]:
    """Members of the viewer's circles who wait to be confirmed: public id → (id, name)."""
    found = members_of(db, [circle_id for circle_id, _, _ in run(db, _BINDINGS)])
    return {
        one.public_id: (one.person_id, one.name)
        for members_here in found.values()
        for one in members_here
        if one.sealed and one.is_in and one.person_id != db.viewer
    }


def confirm(db: ViewersSession, person_id: int) -> list[int]:
    """The viewer has seen this colleague in person: in every circle of both, the key is bound to their new credentials,
    with the private circles inside. Gives the circles. SealedAccount if the viewer is sealed too."""
    both = select(CircleMember.circle_id).where(
        CircleMember.person_id == person_id, CircleMember.wrap.is_not(None), CircleMember.left_at.is_(None)
    )
    circle_ids = list(db.scalars(both))
    confirmed = []
    for circle_id, data_key in sorted(keys_of(db, circle_ids).items()):
        member = db.get_one(CircleMember, (circle_id, person_id))
        if _held(member) == data_key:
            _give_key(db, member, data_key)
            recover_inside(db, circle_id, person_id, data_key)
            confirmed.append(circle_id)
    db.flush()
    return confirmed


def _held(member: CircleMember) -> bytes | None:
    """The key that this member was given, whatever their password is now; None if somebody only wrote them in."""
    place = {"circle_id": member.circle_id, "person_id": member.person_id}
    try:
        return keys.unwrap(member.master_key, member.wrap or b"", bound_to=member.bound_to, **place)
    except keys.Unreadable:
        return None


def recover_inside(
    db: ViewersSession, circle_id: int, person_id: int, data_key: bytes, *, closed: bool = False
) -> None:
    """The private notes of this person on a record: nobody else is in their circle, but their key is kept inside ours.

    `closed`: also those whose key an evaluation took.
    """
    with trusted(db, "a password was set"):
        inside = (
            select(Circle, CircleMember)
            .join(CircleMember, CircleMember.circle_id == Circle.id)
            .where(Circle.inside_id == circle_id, CircleMember.person_id == person_id)
        )
        for circle, member in db.execute(inside).all():
            if circle.recovery and (member.wrap or (closed and member.closed_at)):
                member.closed_at, member.readmitted_at = None, now() if closed else member.readmitted_at
                with suppress(keys.Unreadable):  # somebody wrote this person into the notes of another: no key for them
                    _give_key(db, member, _recovered(circle, circle_id, person_id, data_key))


def _recovered(circle: Circle, around_id: int, person_id: int, data_key: bytes) -> bytes:
    """The key of private notes, kept with the key of the circle around them for their author and nobody else."""
    assert circle.recovery is not None
    return keys.unseal(data_key, circle.recovery, "recovery", circle.id, around_id, person_id)


# ---------------------------------------------------------------- news


def tell(db: ViewersSession, circle_id: int, kind: str, about_id: int, *, but: Iterable[int] = ()) -> None:
    """Tell the members of a circle that something happened around one of them."""
    inside = select(CircleMember.person_id).where(
        CircleMember.circle_id == circle_id, CircleMember.wrap.is_not(None), CircleMember.left_at.is_(None)
    )
    for person_id in db.scalars(inside):
        if person_id not in {about_id, *but}:
            db.add(CircleNews(circle_id=circle_id, person_id=person_id, kind=kind, about_id=about_id))
