"""The answers of a document: reading those a person may read, saving what was typed, losing nothing.

A save names the version it was typed against. If somebody else saved in between, the text is set
aside as a revision of its own and both are shown: neither is lost.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from ..access import Opened, allowed_parts, bind, row_agreed_by_all
from ..clock import now
from ..database import Statement, execute, session
from ..forms.declaration import DocumentForm, Level
from ..once import once
from ..people.models import Person
from . import standing
from .models import Answer, Revision


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


NOTHING = Kept()


@dataclass
class Answers:
    """The answers of one document that one person may read."""

    single: dict[str, Kept] = field(default_factory=dict)
    lists: dict[str, list[Kept]] = field(default_factory=dict)

    def of(self, prompt: str) -> Kept:
        """What stands at a prompt."""
        return self.single.get(prompt, NOTHING)

    def rows(self, prompt: str) -> list[Kept]:
        """The rows of a list, in order, without those taken out."""
        return [kept for kept in self.lists.get(prompt, []) if kept.value is not None]

    def value(self, prompt: str) -> Any:
        """The value at a prompt; for a list, the values of the rows that say something."""
        if prompt in self.lists:
            return [kept.value for kept in self.rows(prompt) if any(kept.value.values())]
        return self.of(prompt).value

    def values(self) -> dict[str, Any]:
        """Every prompt's value."""
        return {prompt: self.value(prompt) for prompt in [*self.single, *self.lists]}


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
        select(
            Answer.prompt,
            Answer.row,
            Answer.position,
            Answer.value,
            Answer.version,
            waiting.label("aside"),
        )
        .join(may, and_(may.c.document_id == Answer.document_id, may.c.part == Answer.part))
        .where(or_(and_(*(Answer.part != norm for norm in norms)), may.c.circle, row_agreed_by_all(Answer)))
        .order_by(Answer.position, Answer.row)
    )


def readable(opened: Opened) -> Answers:
    """The answers that the reader may read: the right and the data in one statement."""
    parameters = {"document_id": opened.id, **bind(opened.reader_id)}
    found = Answers()
    for prompt, row, position, value, version, aside in execute(_readable(opened.form), parameters):
        kept = Kept(value, version, row, position, aside=bool(aside))
        if row:
            found.lists.setdefault(prompt, []).append(kept)
        else:
            found.single[prompt] = kept
    return found


# ---------------------------------------------------------------- saving


@dataclass(frozen=True)
class Typed:
    """What somebody typed at a prompt, and the version that stood there when they began."""

    prompt: str
    value: Any
    base: int
    row: str = ""


@dataclass(frozen=True)
class Saved:
    """What became of it. `theirs` is set where it met somebody else's text: both are kept, neither won."""

    prompt: str
    row: str
    version: int
    value: Any
    at: datetime
    changed: bool = False
    theirs: Kept | None = None
    base_value: Any = None


_CURRENT = (
    select(Answer.prompt, Answer.row, Answer.value, Answer.version, Answer.position, Answer.changed_at, Person.name)
    .join(Person, Person.id == Answer.changed_by_id)
    .where(Answer.document_id == bindparam("document_id"), Answer.prompt.in_(bindparam("prompts", expanding=True)))
)

_SINCE = select(Revision.by_id, Revision.page, Revision.version, Revision.value).where(
    Revision.document_id == bindparam("document_id"),
    Revision.prompt == bindparam("prompt"),
    Revision.row == bindparam("row"),
    Revision.version >= bindparam("base"),
    Revision.aside.is_(False),
)


_CHANGE = update(Answer).where(
    Answer.document_id == bindparam("in_document"),
    Answer.prompt == bindparam("at_prompt"),
    Answer.row == bindparam("at_row"),
)


def save(
    opened: Opened,
    typed: Iterable[Typed],
    *,
    page: str = "",
    whole_page: bool = False,
    restored_from: int | None = None,
) -> list[Saved]:
    """Save what was typed. Call within a write transaction whose reader may write in these prompts' parts.

    `whole_page`: the page sent everything on it, so an answer that reads as it did there was not typed at all.
    """
    everything = list(typed)
    current = _current(opened, {one.prompt for one in everything})
    outcomes = [
        _judge(opened, one, current.get((one.prompt, one.row), NOTHING), page, whole_page=whole_page)
        for one in everything
    ]
    changes = [outcome for outcome in outcomes if outcome.changed]
    for part in {opened.form.prompt(change.prompt)[0].key for change in changes}:
        mine = [change for change in changes if opened.form.prompt(change.prompt)[0].key == part]
        part_version = standing.bump(opened, part)
        for change in mine:
            known = current.get((change.prompt, change.row), NOTHING)
            _store(opened, part, part_version, change, known, page=page, restored_from=restored_from)
        standing.settle(opened, part)
    return outcomes


def _current(opened: Opened, prompts: set[str]) -> dict[tuple[str, str], Kept]:
    rows = execute(_CURRENT, {"document_id": opened.id, "prompts": list(prompts)})
    return {
        (row.prompt, row.row): Kept(row.value, row.version, row.row, row.position, row.changed_at, row.name)
        for row in rows
    }


def _judge(opened: Opened, one: Typed, current: Kept, page: str, *, whole_page: bool) -> Saved:
    value = one.value if one.row else one.value or None
    if value == current.value:
        return Saved(one.prompt, one.row, current.version, value, current.changed_at or now())
    if one.base == current.version or (base := _met(opened, one, current, page)) is None:
        return Saved(one.prompt, one.row, current.version + 1, value, now(), changed=True)
    if whole_page and value == base[0]:
        return Saved(one.prompt, one.row, current.version, current.value, current.changed_at or now())
    _set_aside(opened, one, value, page)
    return Saved(one.prompt, one.row, current.version, value, now(), theirs=current, base_value=base[0])


def _met(opened: Opened, one: Typed, current: Kept, page: str) -> tuple[Any] | None:
    """None if everything since the base came from this same page (its answer got lost on the way); else the base's value."""
    asked = {"document_id": opened.id, "prompt": one.prompt, "row": one.row, "base": one.base}
    since = execute(_SINCE, asked).all()
    newer = [row for row in since if row.version > one.base]
    if page and newer and all(row.by_id == opened.reader_id and row.page == page for row in newer):
        return None
    return (next((row.value for row in since if row.version == one.base), None),)


def _set_aside(opened: Opened, one: Typed, value: Any, page: str) -> None:
    part = opened.form.prompt(one.prompt)[0].key
    same = and_(
        Revision.document_id == opened.id,
        Revision.prompt == one.prompt,
        Revision.row == one.row,
        Revision.by_id == opened.reader_id,
        Revision.version == one.base,
        Revision.page == page,
        Revision.aside.is_(True),
        Revision.compared_at.is_(None),
    )
    grown = session().execute(update(Revision).where(same).values(value=value, at=now()))
    if not grown.rowcount:  # type: ignore[attr-defined]
        _revise(opened, part, opened.parts[part].version, one.prompt, one.row, value, one.base, page=page, aside=True)


def _store(
    opened: Opened, part: str, part_version: int, change: Saved, known: Kept, *, page: str, restored_from: int | None
) -> None:
    position = known.position or (_last_position(opened, change.prompt) + 1 if change.row else 0)
    values = {
        "value": change.value,
        "version": change.version,
        "position": position,
        "changed_at": change.at,
        "changed_by_id": opened.reader_id,
    }
    if known.version:
        at = {"in_document": opened.id, "at_prompt": change.prompt, "at_row": change.row}
        execute(_CHANGE, at | values)
    else:
        key = {"document_id": opened.id, "part": part, "prompt": change.prompt, "row": change.row}
        execute(insert(Answer), key | values)
    _revise(
        opened,
        part,
        part_version,
        change.prompt,
        change.row,
        change.value,
        change.version,
        page=page,
        position=position,
        restored_from=restored_from,
    )


def _revise(
    opened: Opened, part: str, part_version: int, prompt: str, row: str, value: Any, version: int, **more: Any
) -> None:
    execute(
        insert(Revision),
        {
            "document_id": opened.id,
            "part": part,
            "part_version": part_version,
            "prompt": prompt,
            "row": row,
            "value": value,
            "version": version,
            "by_id": opened.reader_id,
            "at": now(),
            **more,
        },
    )


def _last_position(opened: Opened, prompt: str) -> int:
    highest = select(func.max(Answer.position)).where(Answer.document_id == opened.id, Answer.prompt == prompt)
    return session().scalar(highest) or 0


def compared(opened: Opened, prompt: str, row: str) -> None:
    """The texts set aside at this prompt have been compared: they stay in the history and wait no longer."""
    session().execute(
        update(Revision)
        .where(Revision.document_id == opened.id, Revision.prompt == prompt, Revision.row == row, Revision.aside)
        .values(compared_at=now())
    )


# ---------------------------------------------------------------- rows of a list


def add_row(opened: Opened, prompt: str, value: dict[str, Any], *, page: str = "") -> str:
    """Put a row at the end of a list; gives its key."""
    row = secrets.token_hex(4)
    save(opened, [Typed(prompt, value, 0, row)], page=page)
    return row


def take_out_row(opened: Opened, prompt: str, row: str, *, page: str = "") -> None:
    """Take a row out of its list; its words stay in the history."""
    known = _current(opened, {prompt}).get((prompt, row), NOTHING)
    if known.version:
        save(opened, [Typed(prompt, None, known.version, row)], page=page)


def move_row(opened: Opened, prompt: str, row: str, by: int) -> None:
    """Move a row up (-1) or down (1) by changing places with its neighbour. It stays agreed: it says the same."""
    rows = [kept for kept in _current(opened, {prompt}).values() if kept.row and kept.value is not None]
    rows.sort(key=lambda kept: (kept.position, kept.row))
    here = next((index for index, kept in enumerate(rows) if kept.row == row), None)
    if here is None or not 0 <= here + by < len(rows):
        return
    rows[here], rows[here + by] = rows[here + by], rows[here]
    for position, kept in enumerate(rows, start=1):
        session().execute(
            update(Answer)
            .where(Answer.document_id == opened.id, Answer.prompt == prompt, Answer.row == kept.row)
            .values(position=position)
        )
    part = opened.form.prompt(prompt)[0].key
    standing.bump(opened, part)
    standing.settle(opened, part)


def row_keys(opened: Opened) -> set[tuple[str, str]]:
    """(list, row) of every row that the document has or had."""
    rows = session().execute(select(Answer.prompt, Answer.row).where(Answer.document_id == opened.id, Answer.row != ""))
    return {(row.prompt, row.row) for row in rows}


def kept_now(opened: Opened, prompt: str, row: str = "") -> Kept:
    """What stands at a prompt now, for changes the site makes itself."""
    return _current(opened, {prompt}).get((prompt, row), NOTHING)


def version_of(opened: Opened, prompt: str, row: str = "") -> int:
    """The version that stands at a prompt now."""
    return kept_now(opened, prompt, row).version


def value_now(opened: Opened, prompt: str, row: str = "") -> Any:
    """The value that stands at a prompt now."""
    return kept_now(opened, prompt, row).value
