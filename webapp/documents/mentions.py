"""Comments that speak to somebody and wait for them: until they answer, or the thread is resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from ..access import VIEWER, Opened, allowed_parts, bind
from ..database import Statement, execute
from ..forms.declaration import DocumentForm
from ..once import once
from ..people.models import Person
from .models import Comment, Mention


@dataclass(frozen=True)
class Asked:
    """That somebody speaks to the reader in a comment on this section, and since when."""

    section: str
    by: str
    since: datetime


_first, _later = aliased(Comment), aliased(Comment)
_ANSWERED = exists().where(
    func.coalesce(_later.thread_id, _later.id) == _first.id, _later.by_id == VIEWER, _later.id > Comment.id
)
_TO_ME = (
    select(Comment)
    .join(Mention, and_(Mention.comment_id == Comment.id, Mention.person_id == VIEWER))
    .join(_first, _first.id == func.coalesce(Comment.thread_id, Comment.id))
    .where(_first.resolved_at.is_(None), ~_ANSWERED)
)
_WHERE = _TO_ME.with_only_columns(Comment.document_id).where(
    Comment.document_id.in_(bindparam("documents", expanding=True))
)


@once
def _waiting(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "comment")
    return (
        _TO_ME.with_only_columns(Comment.section, Person.name, func.min(Comment.at).label("since"))
        .join(may, and_(may.c.document_id == Comment.document_id, may.c.part == Comment.part))
        .join(Person, Person.id == Comment.by_id)
        .where(or_(Comment.circle_only.is_(False), may.c.circle))
        .group_by(Comment.section, Person.name)
        .order_by(func.min(Comment.id))
    )


def waiting(opened: Sequence[Opened]) -> dict[int, list[Asked]]:
    """Document → who speaks to its reader in comments that they may read; of those, once for each section."""
    if not opened:
        return {}
    asked = {"documents": [one.id for one in opened], **bind(opened[0].reader_id)}
    there = set(execute(_WHERE, asked).scalars())
    return {one.id: _in(one) for one in opened if one.id in there}


def _in(opened: Opened) -> list[Asked]:
    here = {"document_id": opened.id, **bind(opened.reader_id)}
    return [Asked(row.section, row.name, row.since) for row in execute(_waiting(opened.form), here)]
