"""What the members are told of what came of a page of progress. Nobody outside of its circle has any of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from ..access import VIEWER
from ..clock import now
from ..confidential import run, wall
from ..database import session
from ..people.models import Person
from . import circles
from .models import CircleNews, ConfidentialRecord
from .records import OpenRecord

SAID_NO, OUT, BACK, THROWN = "said no", "released", "taken back", "thrown away"
SAID = {  # kind of news → in which state of the page it is still news, and in words
    SAID_NO: ("asked", "{name} did not agree to show your page of progress"),
    OUT: ("released", "All of you have agreed: your page of progress can be read"),
    BACK: ("withdrawn", "{name} took your page of progress back"),
    THROWN: ("thrown away", "{name} threw the draft of your page of progress away"),
}
_UNSEEN = (
    select(CircleNews.kind, CircleNews.at, Person.name, ConfidentialRecord.public_id, ConfidentialRecord.state)
    .join(Person, Person.id == CircleNews.about_id)
    .join(ConfidentialRecord, ConfidentialRecord.circle_id == CircleNews.circle_id)
    .where(CircleNews.person_id == VIEWER, CircleNews.seen_at.is_(None), CircleNews.kind.in_(SAID))
    .where(ConfidentialRecord.kind == "release", wall(ConfidentialRecord), wall(CircleNews))
    .order_by(CircleNews.id)
)


@dataclass(frozen=True)
class Outcome:
    """What came of one page of progress, in words, and where it is."""

    words: str
    address: str
    at: datetime


def tell(opened: OpenRecord, kind: str) -> None:
    """Tell the other members what the reader did. Call within a write transaction."""
    circles.tell(session(), opened.circle_id, kind, opened.reader_id)


def forget(opened: OpenRecord, kind: str) -> None:
    """The reader thought again: what was told of it is over."""
    here = CircleNews.circle_id == opened.circle_id, CircleNews.about_id == opened.reader_id
    session().execute(delete(CircleNews).where(*here, CircleNews.kind == kind))


def of_reader() -> list[Outcome]:
    """What the viewer has not seen yet, newest first, each page once; nothing for a sealed account."""
    db = session()
    if circles.is_sealed(db):
        return []
    found = {
        row.public_id: Outcome(SAID[row.kind][1].format(name=row.name), f"/releases/{row.public_id}", row.at)
        for row in run(db, _UNSEEN)
        if row.state == SAID[row.kind][0]
    }
    return list(found.values())[::-1]


def seen(opened: OpenRecord) -> None:
    """The reader has the page before them. Call within a write transaction."""
    db = session()
    here = CircleNews.circle_id == opened.circle_id, CircleNews.person_id == opened.reader_id
    for one in db.scalars(select(CircleNews).where(*here, CircleNews.seen_at.is_(None), CircleNews.kind.in_(SAID))):
        one.seen_at = now()
