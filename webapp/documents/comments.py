"""Comments on a section. One written while a part is not shared stays within the circle, also afterwards."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from ..access import Opened, allowed_parts, bind
from ..clock import now
from ..database import Statement, execute, session
from ..forms.declaration import DocumentForm, Level, Part
from ..once import once
from ..people.models import Person
from . import standing
from .models import Comment, PartState


@dataclass(frozen=True)
class Remark:
    """One comment as a page shows it."""

    public_id: str
    section: str
    body: str
    by: str
    by_id: int
    at: datetime
    circle_only: bool
    resolved: bool


@once
def _readable(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "comment")
    return (
        select(
            Comment.public_id,
            Comment.section,
            Comment.body,
            Person.name,
            Comment.by_id,
            Comment.at,
            Comment.circle_only,
            Comment.resolved_at.is_not(None),
        )
        .join(may, and_(may.c.document_id == Comment.document_id, may.c.part == Comment.part))
        .join(Person, Person.id == Comment.by_id)
        .where(or_(Comment.circle_only.is_(False), may.c.circle))
        .order_by(Comment.id)
    )


def readable(opened: Opened) -> dict[str, list[Remark]]:
    """The comments that the reader may read, by section, oldest first."""
    rows = execute(_readable(opened.form), {"document_id": opened.id, **bind(opened.reader_id)})
    found: dict[str, list[Remark]] = {}
    for row in rows:
        found.setdefault(row.section, []).append(Remark(*row))
    return found


def beyond_the_circle(opened: Opened, part: type[Part]) -> bool:
    """Whether a comment on this part now is read by the principal too."""
    return part.level is Level.WITH_PRINCIPAL or opened.parts[part.key].state == PartState.SHARED


def add(opened: Opened, section: str, body: str, *, knowing: bool) -> None:
    """Leave a comment on a section of a part that the reader may comment on.

    `knowing`: the page on which it was typed said that the principal reads it too. If the part was shared
    only while somebody in the circle typed, the comment stays within the circle.
    """
    part, _ = opened.form.section(section)
    knew = knowing or part.level is Level.WITH_PRINCIPAL or "circle" not in opened.facts
    for_everyone = knew and beyond_the_circle(opened, part)
    session().add(
        Comment(
            document_id=opened.id,
            part=part.key,
            section=section,
            circle_only=not for_everyone,
            body=body,
            by_id=opened.reader_id,
        )
    )
    standing.stir(opened, part.key)


def resolve(opened: Opened, section: str, public_id: str, *, resolved: bool = True) -> bool:
    """Mark a comment as done, or open it again. False if the reader can see no such comment."""
    if not any(remark.public_id == public_id for remark in readable(opened).get(section, [])):
        return False
    session().execute(
        update(Comment)
        .where(Comment.document_id == opened.id, Comment.public_id == public_id)
        .values(resolved_at=now() if resolved else None, resolved_by_id=opened.reader_id if resolved else None)
    )
    standing.stir(opened, opened.form.section(section)[0].key)
    return True
