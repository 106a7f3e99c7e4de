"""What members are told about their circles: a new session, who can open it no longer, came back, left, or waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from ..access import VIEWER
from ..clock import now, this_school_year
from ..confidential import run, wall
from ..database import ViewersSession, session
from ..documents.answers import Answers
from ..people.models import Person
from . import circles, firewall, glance, records, timeline
from .models import CircleMember, CircleNews, ConfidentialRecord
from .records import OpenRecord

SAID = {
    "closed": (
        "{name} can no longer open your coaching sessions together, because of evaluating somebody in them. "
        "What is written stays with you."
    ),
    "readmitted": "{name} can open your coaching sessions together again. All of you agreed to that.",
    "left": "{name} has left a coaching session. What was written in it stays with you.",
    "added": "{name} was added to a coaching session and can read all of it.",
    "asked": "{name} asks you something in a comment on a coaching session.",
}
MISTAKEN = (
    "An administrator says that the entry that closed your coaching sessions to {name} was a mistake. "
    "If all of you agree, {name} can come back."
)

# Statements of the home page and of every session page: built once, because building one takes longer than running it.
_HERE = ConfidentialRecord.circle_id == bindparam("circle_id")
_CLOSED = (  # who was closed out of the viewer's sessions
    select(
        ConfidentialRecord.id,
        ConfidentialRecord.circle_id,
        ConfidentialRecord.public_id,
        Person.id.label("person_id"),
        Person.public_id.label("person"),
        Person.name,
    )
    .join(CircleMember, CircleMember.circle_id == ConfidentialRecord.circle_id)
    .join(Person, Person.id == CircleMember.person_id)
    .where(ConfidentialRecord.kind == "session", CircleMember.closed_at.is_not(None))
    .where(wall(ConfidentialRecord), wall(CircleMember))
    .order_by(ConfidentialRecord.id.desc())
)
_CLOSED_HERE = _CLOSED.where(_HERE)
_CLOSED_IN_PLAN = _CLOSED.where(
    Person.public_id == bindparam("person"), ConfidentialRecord.plan_id == bindparam("plan_id")
)
_UNSEEN = (
    select(CircleNews.kind, ConfidentialRecord.public_id, Person.public_id.label("person"), Person.name)
    .join(Person, Person.id == CircleNews.about_id)
    .join(ConfidentialRecord, ConfidentialRecord.circle_id == CircleNews.circle_id)
    .where(CircleNews.person_id == VIEWER, CircleNews.seen_at.is_(None), CircleNews.kind.in_(SAID))
    .where(ConfidentialRecord.kind == "session", wall(ConfidentialRecord), wall(CircleNews))
    .order_by(CircleNews.id.desc())
)
_UNSEEN_HERE = _UNSEEN.where(_HERE)
_NOT_OPENED = (
    select(ConfidentialRecord.id, CircleMember.joined_at, Person.name)
    .join(CircleMember, CircleMember.circle_id == ConfidentialRecord.circle_id)
    .join(Person, Person.id == CircleMember.added_by_id)
    .where(CircleMember.person_id == VIEWER, CircleMember.added_by_id != VIEWER)
    .where(CircleMember.opened_at.is_(None), CircleMember.left_at.is_(None))
    .where(ConfidentialRecord.kind == "session", wall(ConfidentialRecord), wall(CircleMember))
)


@dataclass(frozen=True)
class Piece:
    """One piece of news for one reader: of which kind, about whom, in words."""

    kind: str
    words: str
    name: str
    person: str  # public id of whom it is about
    session: str  # public id of the session


@dataclass(frozen=True)
class Waiting:
    """A colleague for whom a new password was made with a link, and who waits to be confirmed."""

    name: str
    person: str


@dataclass(frozen=True)
class Unopened:
    """A session that somebody began with the viewer, or took them into, and that they have not opened yet."""

    opened: OpenRecord
    by: str
    since: datetime
    called: str


def of_session(opened: OpenRecord) -> list[Piece]:
    """The news of one session for its reader."""
    db = session()
    here: dict[str, Any] = {"circle_id": opened.circle_id}
    return _once(_mistaken(db, run(db, _CLOSED_HERE, **here)) + _told(run(db, _UNSEEN_HERE, **here)))


def of_reader() -> list[Piece]:
    """All the news for the viewer, once for each person and kind; nothing for a sealed account."""
    db = session()
    if circles.is_sealed(db):
        return []
    return _once(_mistaken(db, run(db, _CLOSED)) + _told(run(db, _UNSEEN)))


def waiting() -> list[Waiting]:
    """The colleagues whom the viewer can confirm; nobody for a sealed account."""
    db = session()
    if circles.is_sealed(db):
        return []
    return [Waiting(name, public_id) for public_id, (_, name) in circles.sealed_colleagues(db).items()]


def closed_to_me() -> str:
    """What a sealed account is told, and nothing of the sessions; "" where there is nobody to ask."""
    names = circles.who_can_confirm(session())
    if not names:
        return ""
    whom = "one of them" if len(names) > 1 else names[0]
    return (
        f"Your coaching sessions are closed until {' or '.join(names)} confirms that it is you. Ask {whom} in person."
    )


def unopened() -> list[Unopened]:
    """The sessions that the viewer does not know of yet, newest first; none for a sealed account."""
    db = session()
    rows = {row.id: row for row in run(db, _NOT_OPENED)}
    if not rows or circles.is_sealed(db):
        return []
    assert db.viewer is not None
    mine = records.all_of_mine("session", db.viewer, since_year=this_school_year() - 1)
    new = [one for one in mine if one.id in rows]
    said = glance.at(new, "session_kind", "session_date")
    return [Unopened(one, rows[one.id].name, rows[one.id].joined_at, _called(one, said[one.id])) for one in new]


def _called(opened: OpenRecord, said: Answers) -> str:
    return timeline.called(timeline.kind_of(opened, said), timeline.date_of(said))


def _once(found: list[Piece]) -> list[Piece]:
    told = {(one.kind, one.person, one.session if one.kind == "asked" else ""): one for one in reversed(found)}
    return list(told.values())[::-1]


def _told(unseen: Any) -> list[Piece]:
    return [Piece(kind, SAID[kind].format(name=name), name, person, record) for kind, record, person, name in unseen]


# ---------------------------------------------------------------- closed by mistake


def _mistaken(db: ViewersSession, closed: Any) -> list[Piece]:
    rows = closed.all()
    back = {circle_id: set(firewall.mistaken(db, circle_id)) for circle_id in {row.circle_id for row in rows}}
    return [
        Piece("mistaken", MISTAKEN.format(name=row.name), row.name, row.person, row.public_id)
        for row in rows
        if row.person_id in back[row.circle_id]
    ]


def let_in(opened: OpenRecord, person: str) -> tuple[str, bool] | None:
    """The reader agrees that somebody (public id) comes back after a mistaken entry, in all their sessions of this
    plan. Gives the name and whether everybody in this session agrees; None if nobody of that id may come back."""
    db = session()
    rows = run(db, _CLOSED_IN_PLAN, person=person, plan_id=opened.plan_id).all()
    if not any(row.id == opened.id and row.person_id in firewall.mistaken(db, row.circle_id) for row in rows):
        return None
    back = {row.id: firewall.let_in_again(db, row.id, row.circle_id, row.person_id) for row in rows}
    return rows[0].name, back[opened.id]


# ---------------------------------------------------------------- read


def seen(kind: str, person: str, record: str = "") -> bool:
    """The viewer has read this news, of one session (public id) or of all; False if there is none. Call within a write
    transaction."""
    db = session()
    unread = (
        select(CircleNews)
        .join(Person, Person.id == CircleNews.about_id)
        .where(CircleNews.person_id == db.viewer, CircleNews.seen_at.is_(None))
        .where(CircleNews.kind == kind, Person.public_id == person)
    )
    if record:
        here = select(ConfidentialRecord.circle_id).where(ConfidentialRecord.public_id == record)
        unread = unread.where(CircleNews.circle_id.in_(here))
    rows = db.scalars(unread).all()
    for row in rows:
        row.seen_at = now()
    return bool(rows)
