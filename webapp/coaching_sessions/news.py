"""What members are told about their circles: a new session, who can open it no longer, came back, left, or waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..clock import now, this_school_year
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
}
MISTAKEN = (
    "An administrator says that the entry that closed your coaching sessions to {name} was a mistake. "
    "If all of you agree, {name} can come back."
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
    here = ConfidentialRecord.circle_id == opened.circle_id
    return _once(_mistaken(db, _closed().where(here)) + _told(db, _unseen(db).where(here)))


def of_reader() -> list[Piece]:
    """All the news for the viewer, once for each person and kind; nothing for a sealed account."""
    db = session()
    if circles.is_sealed(db):
        return []
    return _once(_mistaken(db, _closed()) + _told(db, _unseen(db)))


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
    rows = {row.id: row for row in db.execute(_not_opened(db))}
    if not rows or circles.is_sealed(db):
        return []
    assert db.viewer is not None
    mine = records.all_of_mine("session", db.viewer, since_year=this_school_year() - 1)
    new = [one for one in mine if one.id in rows]
    said = glance.at(new, "session_kind", "session_date")
    return [Unopened(one, rows[one.id].name, rows[one.id].joined_at, _called(one, said[one.id])) for one in new]


def _called(opened: OpenRecord, said: Answers) -> str:
    return timeline.called(timeline.kind_of(opened, said), timeline.date_of(said))


def _not_opened(db: ViewersSession) -> Any:
    return (
        select(ConfidentialRecord.id, CircleMember.joined_at, Person.name)
        .join(CircleMember, CircleMember.circle_id == ConfidentialRecord.circle_id)
        .join(Person, Person.id == CircleMember.added_by_id)
        .where(
            ConfidentialRecord.kind == "session",
            CircleMember.person_id == db.viewer,
            CircleMember.added_by_id != db.viewer,
            CircleMember.opened_at.is_(None),
            CircleMember.left_at.is_(None),
        )
    )


def _once(found: list[Piece]) -> list[Piece]:
    return list({(piece.kind, piece.person): piece for piece in reversed(found)}.values())[::-1]


def _unseen(db: ViewersSession) -> Any:
    return (
        select(CircleNews.kind, ConfidentialRecord.public_id, Person.public_id, Person.name)
        .join(Person, Person.id == CircleNews.about_id)
        .join(ConfidentialRecord, ConfidentialRecord.circle_id == CircleNews.circle_id)
        .where(
            CircleNews.person_id == db.viewer,
            CircleNews.seen_at.is_(None),
            CircleNews.kind.in_(SAID),
            ConfidentialRecord.kind == "session",
        )
        .order_by(CircleNews.id.desc())
    )


def _told(db: ViewersSession, unseen: Any) -> list[Piece]:
    return [
        Piece(kind, SAID[kind].format(name=name), name, person, record)
        for kind, record, person, name in db.execute(unseen)
    ]


# ---------------------------------------------------------------- closed by mistake


def _closed() -> Any:
    """Who was closed out of the viewer's sessions."""
    return (
        select(ConfidentialRecord.id, ConfidentialRecord.circle_id, ConfidentialRecord.public_id, Person)
        .join(CircleMember, CircleMember.circle_id == ConfidentialRecord.circle_id)
        .join(Person, Person.id == CircleMember.person_id)
        .where(ConfidentialRecord.kind == "session", CircleMember.closed_at.is_not(None))
        .order_by(ConfidentialRecord.id.desc())
    )


def _mistaken(db: ViewersSession, closed: Any) -> list[Piece]:
    rows = db.execute(closed).all()
    back = {circle_id: set(firewall.mistaken(db, circle_id)) for circle_id in {row.circle_id for row in rows}}
    return [
        Piece("mistaken", MISTAKEN.format(name=who.name), who.name, who.public_id, public_id)
        for _, circle_id, public_id, who in rows
        if who.id in back[circle_id]
    ]


def let_in(opened: OpenRecord, person: str) -> tuple[str, bool] | None:
    """The reader agrees that somebody (public id) comes back after a mistaken entry, in all their sessions of this
    plan. Gives the name and whether everybody in this session agrees; None if nobody of that id may come back."""
    db = session()
    rows = db.execute(_closed().where(Person.public_id == person, ConfidentialRecord.plan_id == opened.plan_id)).all()
    if not any(row.id == opened.id and row.Person.id in firewall.mistaken(db, row.circle_id) for row in rows):
        return None
    back = {row.id: firewall.let_in_again(db, row.id, row.circle_id, row.Person.id) for row in rows}
    return rows[0].Person.name, back[opened.id]


# ---------------------------------------------------------------- read


def seen(kind: str, person: str) -> bool:
    """The viewer has read this news; False if there is none. Call within a write transaction."""
    db = session()
    rows = db.scalars(
        select(CircleNews)
        .join(Person, Person.id == CircleNews.about_id)
        .where(
            CircleNews.person_id == db.viewer,
            CircleNews.seen_at.is_(None),
            CircleNews.kind == kind,
            Person.public_id == person,
        )
    ).all()
    for row in rows:
        row.seen_at = now()
    return bool(rows)
