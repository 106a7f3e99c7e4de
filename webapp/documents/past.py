"""What stood in a plan before: which revisions there are, in bounded portions, what they say, and how it all once read.

Each statement brings its own right: of a part whose history is not the reader's there is no row, name, date or count.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select

from ..access import Opened, allowed_parts, bind
from ..database import Statement, execute
from ..forms.declaration import DocumentForm
from ..once import once
from ..people.models import Person
from .models import Revision


@dataclass(frozen=True)
class Past:
    """One value that stood at a prompt, or met another there (`aside`, and `waiting` until they are compared).

    `number` counts from the oldest one that its reader may know of in this history: the rows' own ids would tell how
    much is written elsewhere. The value itself is read only where it is shown.
    """

    number: int
    id: int
    prompt: str
    row: str
    version: int
    at: datetime
    by: str
    by_id: int
    aside: bool
    waiting: bool
    restored: bool
    emptied: bool


@dataclass(frozen=True)
class Stood:
    """What stood at one prompt, or in one row of a list, at some time."""

    prompt: str
    row: str
    position: int
    value: Any
    version: int


def numbered(rows: Iterable[Any], newest: int) -> list[Past]:
    """Revisions, newest first, with their numbers in this history; `newest` is the number of the first."""
    return [Past(newest - index, *row) for index, row in enumerate(rows)]


def skipped(total: int, below: int) -> int:
    """How many of the newest revisions stand before those with a number below this one; 0 is no limit."""
    return max(total - below + 1, 0) if below else 0


WAITING = and_(Revision.aside, Revision.compared_at.is_(None))


def _mine(form: type[DocumentForm], *columns: Any) -> Statement:
    """The revisions of one document whose history is the reader's."""
    may = allowed_parts(form, "history")
    return (
        select(*columns)
        .join(may, and_(may.c.document_id == Revision.document_id, may.c.part == Revision.part))
        .where(Revision.document_id == bindparam("document_id"))
    )


def _headers(form: type[DocumentForm]) -> Statement:
    columns = (Revision.id, Revision.prompt, Revision.row, Revision.version, Revision.at, Person.name, Revision.by_id)
    states = (Revision.aside, WAITING, Revision.restored_from.is_not(None), Revision.value.is_(None))
    return _mine(form, *columns, *states).join(Person, Person.id == Revision.by_id).order_by(Revision.id.desc())


def _here(*, everywhere: bool) -> tuple[ColumnElement[bool], ...]:
    here = (Revision.prompt == bindparam("prompt"), Revision.row == bindparam("row"))
    return () if everywhere else here


@once
def _newest(form: type[DocumentForm], everywhere: bool) -> Statement:
    found = _headers(form).where(*_here(everywhere=everywhere))
    return found.limit(bindparam("most")).offset(bindparam("skipped"))


@once
def _count(form: type[DocumentForm], everywhere: bool) -> Statement:
    return _mine(form, func.count(Revision.id)).where(*_here(everywhere=everywhere))


@once
def _waiting(form: type[DocumentForm]) -> Statement:
    return _headers(form).where(*_here(everywhere=False), WAITING)


@once
def _texts(form: type[DocumentForm]) -> Statement:
    return _mine(form, Revision.id, Revision.value).where(Revision.id.in_(bindparam("ids", expanding=True)))


@once
def _before(form: type[DocumentForm]) -> Statement:
    here = (*_here(everywhere=False), Revision.aside.is_(False), Revision.id < bindparam("id"))
    return _mine(form, Revision.value).where(*here).order_by(Revision.id.desc()).limit(1)


@once
def _stood(form: type[DocumentForm], by_version: bool) -> Statement:
    at_version = (Revision.part == bindparam("part"), Revision.part_version <= bindparam("version"))
    then = at_version if by_version else (Revision.at < bindparam("until", type_=Revision.at.type),)
    newest = _mine(form, func.max(Revision.id)).where(Revision.aside.is_(False), *then)
    columns = (Revision.prompt, Revision.row, Revision.position, Revision.value, Revision.version)
    return (
        select(*columns)
        .where(Revision.id.in_(newest.group_by(Revision.prompt, Revision.row).correlate(None)))
        .order_by(Revision.position, Revision.row)
    )


def newest(opened: Opened, prompt: str, row: str, *, below: int, most: int) -> list[Past]:
    """The newest revisions at one prompt (or everywhere, where `prompt` is ''), newest first."""
    asked = _asked(opened) | {"prompt": prompt, "row": row}
    total = execute(_count(opened.form, not prompt), asked).scalar_one()
    begin = skipped(total, below)
    rows = execute(_newest(opened.form, not prompt), asked | {"most": most, "skipped": begin})
    return numbered(rows, total - begin)


def waiting(opened: Opened, prompt: str, row: str) -> list[Past]:
    """The revisions set aside here that wait to be compared, newest first; not numbered."""
    return [
        Past(0, *found) for found in execute(_waiting(opened.form), _asked(opened) | {"prompt": prompt, "row": row})
    ]


def texts(opened: Opened, ids: Collection[int]) -> dict[int, Any]:
    """What these revisions say."""
    found = execute(_texts(opened.form), _asked(opened) | {"ids": list(ids)})
    return {row.id: row.value for row in found}


def before(opened: Opened, one: Past) -> Any:
    """What stood at its place before this revision."""
    asked = {"prompt": one.prompt, "row": one.row, "id": one.id}
    return execute(_before(opened.form), _asked(opened) | asked).scalar()


def stood(opened: Opened, until: datetime) -> list[Stood]:
    """Everything that stood just before this moment, in the order of the rows."""
    return [Stood(*row) for row in execute(_stood(opened.form, False), _asked(opened) | {"until": until})]


def stood_at(opened: Opened, part: str, version: int) -> list[Stood]:
    """What stood in one part at this version of it."""
    asked = {"part": part, "version": version}
    return [Stood(*row) for row in execute(_stood(opened.form, True), _asked(opened) | asked)]


def _asked(opened: Opened) -> dict[str, Any]:
    return {"document_id": opened.id} | bind(opened.reader_id)
