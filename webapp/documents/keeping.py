"""Where the answers of something opened are kept. Writing, comparing and looking back work the same over any keeper.

A plan's answers are kept by `PlainKeeper`; what is kept elsewhere (encrypted, in other tables) brings its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from ..access import Opened, allowed_parts, allowed_people, bind, row_agreed_by_all
from ..clock import now, today
from ..database import Statement, execute
from ..forms.declaration import DocumentForm, Level
from ..once import once
from ..people.models import Person
from . import past, standing
from .models import Answer, Revision
from .past import Past, Stood
from .talk import Talk
from .text_operations import Operation, Typing, is_operation

Key = tuple[str, str]  # prompt, row


@dataclass(frozen=True)
class Kept:
    """One answer as it is kept. Version 0: nothing was ever written here."""

    value: Any = None
    version: int = 0
    row: str = ""
    position: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
    aside: bool = False  # a text that met this one waits to be compared


@dataclass(frozen=True)
class Text:
    """One value at one prompt, to be written down. `page`: the open page it came from.

    Of a text that people type: `operation` and `goes_on` say what made it of the one before, `key` with which request.
    """

    part: str
    prompt: str
    row: str
    value: Any
    version: int
    at: datetime
    part_version: int = 0
    position: int = 0
    page: str = ""
    restored_from: int | None = None
    operation: Operation | None = None
    goes_on: int | None = None
    key: str | None = None


@dataclass(frozen=True)
class Newer:
    """One value that came to stand at a prompt since somebody began to type there."""

    by_id: int
    page: str
    version: int
    value: Any
    typing: Typing | None = None
    key: str | None = None


@dataclass(frozen=True)
class Changed:
    """That something was written at a prompt, by whom and, of a text, what; not the words that stand there."""

    prompt: str
    row: str
    version: int
    by_id: int
    by: str
    at: datetime
    typing: Typing | None
    key: str | None
    page: str
    part_version: int


@dataclass(frozen=True)
class Looking:
    """Somebody who may look back here today, and in which parts."""

    name: str
    parts: frozenset[str]


class Keeper(Protocol):
    """What keeps the answers of one thing opened by one reader. Values are plain JSON values; None is emptied.

    What changes something is called within a write transaction, after the right to write was asked for.
    """

    def readable(self) -> Iterable[tuple[str, Kept]]:
        """(prompt, answer) of everything that the reader may read, in the order of the rows.

        The right and the data in one statement; `aside` only for those who may see the history.
        """

    def current(self, prompts: Iterable[str]) -> dict[Key, Kept]:
        """What stands at these prompts, with the name of who wrote it, rows taken out included (value None)."""

    def since(self, prompt: str, row: str, base: int, keys: Iterable[str] = ()) -> list[Newer]:
        """The values that stood here from version `base` on, oldest first, without those set aside.

        With them those that the reader's own requests with these keys made, however old.
        """

    def put(self, text: Text, *, new: bool) -> None:
        """Let this value stand, as the reader's. `new`: nothing was ever written here."""

    def revise(self, text: Text) -> None:
        """Write this value into the history, as the reader's."""

    def compared(self, prompt: str, row: str) -> None:
        """The texts set aside here wait no longer."""

    def bump(self, part: str) -> int:
        """Count one change of this part; gives its new version."""

    def stir(self, part: str) -> None:
        """Count that something beside the words of this part has changed: the order of its rows."""

    def changed(self, part: str, since: int) -> list[Changed]:
        """Everything that was written in this part after that version of it, oldest first, for those who may see the
        history."""

    def settle(self, part: str) -> None:
        """After a change: what earlier decisions about this part still say."""

    def last_position(self, prompt: str) -> int:
        """The highest position of a row of this list; 0 if it has none."""

    def place(self, prompt: str, row: str, position: int) -> None:
        """Put a row at a position of its list."""

    def row_keys(self) -> set[Key]:
        """(list, row) of every row that there is or was."""

    def newest(self, prompt: str, row: str, *, below: int, most: int) -> list[Past]:
        """The newest revisions at one prompt, or everywhere where `prompt` is '', newest first, for those who may see
        the history. `below`: only those with a lower number; 0 is no limit."""

    def waiting(self, prompt: str, row: str) -> list[Past]:
        """The revisions set aside here that wait to be compared, newest first, for those who may see the history."""

    def texts(self, ids: Collection[int]) -> dict[int, Any]:
        """What these revisions say, for those who may see the history."""

    def before(self, one: Past) -> Any:
        """What stood at its place before this revision; None if nothing did."""

    def stood(self, until: datetime) -> list[Stood]:
        """Everything that stood just before this moment, in the order of the rows, for those who may see the history."""

    def stood_at(self, part: str, version: int) -> list[Stood]:
        """What stood in one part at this version of it; the same."""

    def looking(self, people: Iterable[int], parts: frozenset[str]) -> dict[int, Looking]:
        """Those of these people, and the reader, who may look back in any of these parts today; nobody where the reader may
        not.

        Everybody's right and their names in one statement.
        """

    def secret(self) -> bytes:
        """What the key to words that wait in a browser is made of, beside the sign-in there. It refuses as reading does."""


class KeptElsewhere(Opened, ABC):
    """Something opened whose answers are not in the tables of the plans: it brings its keeper."""

    @property
    @abstractmethod
    def keeper(self) -> Keeper:
        """What keeps its answers."""

    @property
    @abstractmethod
    def talk(self) -> Talk:
        """What keeps its comments, where there are any."""

    def shown(self) -> None:
        """An answer to a save holds words of others: for whoever writes down who has seen it."""


def keeper(opened: Opened) -> Keeper:
    """What keeps the answers of this."""
    return opened.keeper if isinstance(opened, KeptElsewhere) else PlainKeeper(opened)


# ---------------------------------------------------------------- plans: statements built once


@once
def _readable(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "read")
    norms = [part.key for part in form.parts if part.level is Level.NORMS]
    newer = aliased(Revision)
    waiting = exists().where(
        newer.document_id == Answer.document_id,
        newer.prompt == Answer.prompt,
        newer.row == Answer.row,
        newer.aside.is_(True),
        newer.compared_at.is_(None),
        may.c.history,
    )
    return (
        select(Answer.prompt, Answer.row, Answer.position, Answer.value, Answer.version, waiting.label("aside"))
        .join(may, and_(may.c.document_id == Answer.document_id, may.c.part == Answer.part))
        .where(or_(and_(True, *(Answer.part != norm for norm in norms)), may.c.circle, row_agreed_by_all(Answer)))
        .order_by(Answer.position, Answer.row)
    )


@once
def _changed(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "history")
    return (
        select(
            Revision.prompt,
            Revision.row,
            Revision.version,
            Revision.by_id,
            Person.name,
            Revision.at,
            Revision.operation,
            Revision.goes_on,
            Revision.key,
            Revision.page,
            Revision.part_version,
        )
        .join(may, and_(may.c.document_id == Revision.document_id, may.c.part == Revision.part))
        .join(Person, Person.id == Revision.by_id)
        .where(
            Revision.document_id == bindparam("document_id"),
            Revision.part == bindparam("part"),
            Revision.part_version > bindparam("since"),
            Revision.aside.is_(False),
        )
        .order_by(Revision.id)
    )


_CURRENT = (
    select(Answer.prompt, Answer.row, Answer.value, Answer.version, Answer.position, Answer.changed_at, Person.name)
    .join(Person, Person.id == Answer.changed_by_id)
    .where(Answer.document_id == bindparam("document_id"), Answer.prompt.in_(bindparam("prompts", expanding=True)))
)
_SINCE = (
    select(
        Revision.by_id,
        Revision.page,
        Revision.version,
        Revision.value,
        Revision.operation,
        Revision.goes_on,
        Revision.key,
    )
    .where(
        Revision.document_id == bindparam("document_id"),
        Revision.prompt == bindparam("prompt"),
        Revision.row == bindparam("row"),
        or_(
            Revision.version >= bindparam("base"),
            and_(Revision.key.in_(bindparam("keys", expanding=True)), Revision.by_id == bindparam("by")),
        ),
        Revision.aside.is_(False),
    )
    .order_by(Revision.version)
)
_ADD, _REVISE = insert(Answer), insert(Revision)
_CHANGE = update(Answer).where(
    Answer.document_id == bindparam("in_document"),
    Answer.prompt == bindparam("at_prompt"),
    Answer.row == bindparam("at_row"),
)
_ASIDE = update(Revision).where(
    Revision.document_id == bindparam("in_document"),
    Revision.prompt == bindparam("at_prompt"),
    Revision.row == bindparam("at_row"),
    Revision.aside.is_(True),
)
_LAST_POSITION = select(func.max(Answer.position)).where(
    Answer.document_id == bindparam("document_id"), Answer.prompt == bindparam("prompt")
)
_ROW_KEYS = select(Answer.prompt, Answer.row).where(Answer.document_id == bindparam("document_id"), Answer.row != "")


class PlainKeeper:
    """The answers of a plan, in the tables of the plans."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._document = {"document_id": opened.id}

    def secret(self) -> bytes:
        """Nothing: a plan's words are kept in plain here as well."""
        return b""

    def readable(self) -> Iterable[tuple[str, Kept]]:
        """The answers that the reader may read: the right and the data in one statement."""
        rows = execute(_readable(self.opened.form), self._document | bind(self.opened.reader_id))
        for prompt, row, position, value, version, aside in rows:
            yield prompt, Kept(value, version, row, position, aside=bool(aside))

    def current(self, prompts: Iterable[str]) -> dict[Key, Kept]:
        """What stands at these prompts, with the name of who wrote it."""
        rows = execute(_CURRENT, self._document | {"prompts": list(prompts)})
        return {
            (row.prompt, row.row): Kept(row.value, row.version, row.row, row.position, row.changed_at, row.name)
            for row in rows
        }

    def since(self, prompt: str, row: str, base: int, keys: Iterable[str] = ()) -> list[Newer]:
        """The values that stood here from version `base` on."""
        asked = {"prompt": prompt, "row": row, "base": base, "keys": list(keys), "by": self.opened.reader_id}
        return [
            Newer(by_id, page, version, value, _typing(operation, goes_on), key)
            for by_id, page, version, value, operation, goes_on, key in execute(_SINCE, self._document | asked)
        ]

    def put(self, text: Text, *, new: bool) -> None:
        """Let this value stand."""
        values = {
            "value": text.value,
            "version": text.version,
            "position": text.position,
            "changed_at": text.at,
            "changed_by_id": self.opened.reader_id,
        }
        if new:
            execute(_ADD, self._document | {"part": text.part, "prompt": text.prompt, "row": text.row} | values)
        else:
            execute(_CHANGE, self._at(text.prompt, text.row) | values)

    def revise(self, text: Text) -> None:
        """Write this value into the history."""
        values = {name: getattr(text, name) for name in _TEXT}
        execute(_REVISE, self._document | {"by_id": self.opened.reader_id} | values)

    def compared(self, prompt: str, row: str) -> None:
        """The texts set aside here wait no longer."""
        execute(_ASIDE, self._at(prompt, row) | {"compared_at": now()})

    def bump(self, part: str) -> int:
        """Count one change of this part."""
        return standing.bump(self.opened, part)

    def stir(self, part: str) -> None:
        """Count that the order of rows has changed."""
        standing.stir(self.opened, part)

    def changed(self, part: str, since: int) -> list[Changed]:
        """Everything that was written in this part after that version."""
        asked = self._document | {"part": part, "since": since} | bind(self.opened.reader_id)
        return [
            Changed(prompt, row, version, by_id, by, at, _typing(operation, goes_on), *rest)
            for prompt, row, version, by_id, by, at, operation, goes_on, *rest in execute(
                _changed(self.opened.form), asked
            )
        ]

    def settle(self, part: str) -> None:
        """Whether the approval, the review, each agreement still speak of this text."""
        standing.settle(self.opened, part)

    def last_position(self, prompt: str) -> int:
        """The highest position of a row of this list."""
        return execute(_LAST_POSITION, self._document | {"prompt": prompt}).scalar() or 0

    def place(self, prompt: str, row: str, position: int) -> None:
        """Put a row at a position of its list."""
        execute(_CHANGE, self._at(prompt, row) | {"position": position})

    def row_keys(self) -> set[Key]:
        """(list, row) of every row that the plan has or had."""
        return {(found.prompt, found.row) for found in execute(_ROW_KEYS, self._document)}

    def newest(self, prompt: str, row: str, *, below: int, most: int) -> list[Past]:
        """The newest revisions."""
        return past.newest(self.opened, prompt, row, below=below, most=most)

    def waiting(self, prompt: str, row: str) -> list[Past]:
        """The revisions that wait to be compared."""
        return past.waiting(self.opened, prompt, row)

    def texts(self, ids: Collection[int]) -> dict[int, Any]:
        """What these revisions say."""
        return past.texts(self.opened, ids)

    def before(self, one: Past) -> Any:
        """What stood before this revision."""
        return past.before(self.opened, one)

    def stood(self, until: datetime) -> list[Stood]:
        """Everything that stood just before this moment."""
        return past.stood(self.opened, until)

    def stood_at(self, part: str, version: int) -> list[Stood]:
        """What stood in one part at this version of it."""
        return past.stood_at(self.opened, part, version)

    def looking(self, people: Iterable[int], parts: frozenset[str]) -> dict[int, Looking]:
        """Those of these people, and the reader, who may look back in any of these parts today."""
        reader_id = self.opened.reader_id
        asked = self._document | {"people": [reader_id, *people], "today": today()}
        found: dict[int, Looking] = {}
        for row in execute(allowed_people(self.opened.form, "history"), asked):
            known = found.get(row.person_id, Looking(row.called, frozenset()))
            found[row.person_id] = Looking(row.called, known.parts | ({row.part} & parts))
        return found if reader_id in found else {}

    def _at(self, prompt: str, row: str) -> dict[str, Any]:
        return {"in_document": self.opened.id, "at_prompt": prompt, "at_row": row}


def _typing(operation: Any, goes_on: int | None) -> Typing | None:
    """None, too, for what somebody put into the database that is no operation."""
    return Typing(operation, goes_on) if is_operation(operation) else None


_TEXT = [one.name for one in fields(Text)]
