"""What others have shown somebody: a release of progress, for those it names, while it is theirs to read.

The right and the sealed page come from one statement. Each reading is written into the log of the circle's record, so
that its members can see what was read before they took it back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from ..access import TODAY, VIEWER, bind, heads_or_supports_the_school
from ..confidential import trusted
from ..database import ViewersSession, execute, session
from ..documents.models import Document
from . import access_log
from .models import Circle, ConfidentialRecord, Release, ReleaseRecipient
from .releases import Page, unsealed


@dataclass(frozen=True)
class Received:
    """One release as somebody it was given to reads it."""

    public_id: str
    record_id: int
    plan_public_id: str
    released_at: datetime
    page: Page

    @property
    def address(self) -> str:
        """Where it can be read."""
        return f"/released/{self.public_id}"


_READABLE = (
    select(
        Release.public_id,
        Release.record_id,
        Release.plan_id,
        Release.master_key,
        Release.sealed,
        Release.content_hash,
        Release.released_at,
        Document.public_id.label("plan_public_id"),
    )
    .join(ReleaseRecipient, ReleaseRecipient.release_id == Release.id)
    .join(Document, Document.id == Release.plan_id)
    .where(
        ReleaseRecipient.person_id == VIEWER,
        Release.withdrawn_at.is_(None),
        Release.ends_on >= TODAY,
        heads_or_supports_the_school(),
    )
    .order_by(Release.released_at.desc(), Release.id.desc())
)
_ONE = _READABLE.where(Release.public_id == bindparam("public_id"))
_OF_PLAN = _READABLE.where(Release.plan_id == bindparam("plan_id"))


def find(public_id: str, reader_id: int) -> Received | None:
    """The release at this address, if this person may read it today; None for everybody else and where there is none."""
    row = execute(_ONE, {"public_id": public_id, **bind(reader_id)}).first()
    return _opened(row, reader_id) if row else None


def of_plan(plan_id: int, reader_id: int) -> list[Received]:
    """What this person may read of one plan's releases today, newest first."""
    return _all(execute(_OF_PLAN, {"plan_id": plan_id, **bind(reader_id)}), reader_id)


def everything(reader_id: int) -> list[Received]:
    """What this person may read of all releases today, newest first."""
    return _all(execute(_READABLE, bind(reader_id)), reader_id)


def _all(rows: Any, reader_id: int) -> list[Received]:
    return [found for row in rows if (found := _opened(row, reader_id)) is not None]


def _opened(row: Row[Any], reader_id: int) -> Received | None:
    page = unsealed(row, reader_id)
    return Received(row.public_id, row.record_id, row.plan_public_id, row.released_at, page) if page else None


def read(public_id: str, reader_id: int, act: str) -> Received | None:
    """The release, its reading written down; or None, the try written down. Call within a write transaction."""
    db = session()
    found = find(public_id, reader_id)
    if found is None:
        access_log.refuse(db, public_id, reader_id)
    else:
        _note(db, found.record_id, act, reader_id)
    return found


def _note(db: ViewersSession, record_id: int, act: str, reader_id: int) -> None:
    with trusted(db, "a release is read"):
        circle_id = db.scalars(
            select(Circle.id)
            .join(ConfidentialRecord, ConfidentialRecord.circle_id == Circle.id)
            .where(ConfidentialRecord.id == record_id)
            .with_for_update(of=Circle)  # two readings at once take turns
        ).one()
        access_log.append(db, record_id, circle_id, act, by=reader_id)
