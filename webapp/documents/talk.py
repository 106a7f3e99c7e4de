"""Comments as they are kept: threads of remarks on a section, or on some words in it.

A plan's comments are kept by `PlainTalk`; what is kept elsewhere (encrypted, in other tables) brings its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import aliased

from ..access import Opened, allowed_participants, allowed_parts, bind
from ..clock import now, today
from ..database import Statement, execute, session
from ..forms.declaration import DocumentForm
from ..once import once
from ..people import mail
from ..people.models import Person
from . import standing
from .models import Comment, Mention


@dataclass(frozen=True)
class Quote:
    """Some words of an answer, which stood this many code points into the text at a prompt (and row)."""

    prompt: str
    row: str
    at: int
    words: str


@dataclass(frozen=True)
class Remark:
    """One comment: who said what, when, and to whom."""

    by: str
    by_id: int
    at: datetime
    body: str
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thread:
    """A comment with the answers to it, as a page shows it."""

    public_id: str
    section: str
    circle_only: bool
    quote: Quote | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def resolved(self) -> bool:
        """Whether somebody has said that it is done."""
        return self.resolved_at is not None


@dataclass(frozen=True)
class Colleague:
    """Somebody else who may read the comments on a part today, and so may be told of one."""

    person_id: int
    public_id: str
    name: str
    in_circle: bool


@dataclass(frozen=True)
class New:
    """A comment to be kept: with `thread` (its public id) an answer. `reopens`: somebody had said that this one is done."""

    part: str
    section: str
    body: str
    thread: str = ""
    circle_only: bool = False
    quote: Quote | None = None
    told: tuple[Colleague, ...] = ()
    reopens: bool = False


class Talk(Protocol):
    """What keeps the comments on one thing opened by one reader.

    What changes something is called within a write transaction, after the right to comment was asked for.
    """

    def threads(self) -> dict[str, list[Thread]]:
        """The threads that the reader may read, by section, oldest first. The right and the data in one statement."""

    def colleagues(self) -> dict[str, list[Colleague]]:
        """Part → everybody else who may read comments there today: who that is, and their names, in one statement."""

    def keep(self, new: New) -> None:
        """Keep a comment of the reader's, and tell those to whom it speaks. An answer opens a resolved thread again."""

    def resolve(self, thread: Thread, *, resolved: bool) -> None:
        """The reader says that a thread is done, or opens it again."""


# ---------------------------------------------------------------- plans

_by, _settled = aliased(Person), aliased(Person)


@once
def _readable(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "comment")
    return (
        select(
            Comment.id,
            Comment.thread_id,
            Comment.public_id,
            Comment.section,
            Comment.circle_only,
            Comment.prompt,
            Comment.row,
            Comment.quote_at,
            Comment.quote,
            Comment.body,
            _by.name,
            Comment.by_id,
            Comment.at,
            Comment.resolved_at,
            _settled.name.label("resolved_by"),
        )
        .join(may, and_(may.c.document_id == Comment.document_id, may.c.part == Comment.part))
        .join(_by, _by.id == Comment.by_id)
        .outerjoin(_settled, _settled.id == Comment.resolved_by_id)
        .where(or_(Comment.circle_only.is_(False), may.c.circle))
        .order_by(Comment.id)
    )


@once
def _told(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "comment")
    return (
        select(Mention.comment_id, Person.name)
        .join(Comment, Comment.id == Mention.comment_id)
        .join(may, and_(may.c.document_id == Comment.document_id, may.c.part == Comment.part))
        .join(Person, Person.id == Mention.person_id)
        .where(or_(Comment.circle_only.is_(False), may.c.circle))
        .order_by(Person.name)
    )


_THREAD = (Comment.document_id == bindparam("document"), Comment.public_id == bindparam("thread"))
_ID = select(Comment.id).where(*_THREAD, Comment.thread_id.is_(None))
_RESOLVE = (
    update(Comment).where(*_THREAD).values(resolved_at=bindparam("settled_at"), resolved_by_id=bindparam("settled_by"))
)


def join(rows: Iterable[Any], told: dict[int, list[str]]) -> dict[str, list[Thread]]:
    """Comments, oldest first, as threads by section."""
    known: dict[int, Thread] = {}
    found: dict[str, list[Thread]] = {}
    for row in rows:
        if row.thread_id is None:
            quote = Quote(row.prompt, row.row, row.quote_at, row.quote) if row.quote else None
            settled = row.resolved_at, row.resolved_by or ""
            known[row.id] = Thread(row.public_id, row.section, row.circle_only, quote, *settled)
            found.setdefault(row.section, []).append(known[row.id])
        remark = Remark(row.name, row.by_id, row.at, row.body, tuple(told.get(row.id, ())))
        known[row.thread_id or row.id].remarks.append(remark)
    return found


class PlainTalk:
    """The comments on one document, as its reader may read and write them."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._here = {"document_id": opened.id, **bind(opened.reader_id)}

    def threads(self) -> dict[str, list[Thread]]:
        """The threads that the reader may read, by section, oldest first."""
        rows = execute(_readable(self.opened.form), self._here).all()
        told: dict[int, list[str]] = {}
        for comment_id, name in execute(_told(self.opened.form), self._here) if rows else ():
            told.setdefault(comment_id, []).append(name)
        return join(rows, told)

    def colleagues(self) -> dict[str, list[Colleague]]:
        """Part → everybody else who may read comments there today."""
        found: dict[str, list[Colleague]] = {}
        asked = {"document_id": self.opened.id, "today": today()}
        for row in execute(allowed_participants(self.opened.form, "comment"), asked):
            if row.person_id != self.opened.reader_id:
                one = Colleague(row.person_id, row.person, row.called, bool(row.circle))
                found.setdefault(row.part, []).append(one)
        return found

    def keep(self, new: New) -> None:
        """Keep a comment of the reader's, and tell those to whom it speaks."""
        db, quote = session(), new.quote or Quote("", "", 0, "")
        comment = Comment(
            document_id=self.opened.id,
            part=new.part,
            section=new.section,
            thread_id=execute(_ID, self._thread(new.thread)).scalar_one() if new.thread else None,
            circle_only=new.circle_only,
            body=new.body,
            prompt=quote.prompt,
            row=quote.row,
            quote=quote.words,
            quote_at=quote.at,
            by_id=self.opened.reader_id,
        )
        db.add(comment)
        db.flush()
        if new.thread:
            self._settle(new.thread, resolved=False)
        for one in new.told:
            db.add(Mention(comment_id=comment.id, person_id=one.person_id))
            mail.enqueue(one.person_id, "notice", path=self.opened.address)
        standing.stir(self.opened, new.part)

    def resolve(self, thread: Thread, *, resolved: bool) -> None:
        """The reader says that a thread is done, or opens it again."""
        self._settle(thread.public_id, resolved=resolved)
        standing.stir(self.opened, self.opened.form.section(thread.section)[0].key)

    def _settle(self, thread: str, *, resolved: bool) -> None:
        settled = {
            "settled_at": now() if resolved else None,
            "settled_by": self.opened.reader_id if resolved else None,
        }
        execute(_RESOLVE, self._thread(thread) | settled)

    def _thread(self, thread: str) -> dict[str, Any]:
        return {"document": self.opened.id, "thread": thread}
