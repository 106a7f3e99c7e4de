"""The answers of a document: reading those a person may read, saving what was typed, losing nothing.

A save names the version it was typed against. If somebody else saved in between, the text is set
aside as a revision of its own and both are shown: neither is lost.
"""

import secrets
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from typing import Any

from ..access import Opened
from ..clock import now
from .keeping import Keeper, Kept, Key, Newer, Text, keeper

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


def readable(opened: Opened) -> Answers:
    """The answers that the reader may read."""
    found = Answers()
    for prompt, kept in keeper(opened).readable():
        if kept.row:
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
    everything, keeps = list(typed), keeper(opened)
    current = keeps.current({one.prompt for one in everything})
    judging = _Judging(opened, keeps, current, page, whole_page=whole_page)
    outcomes = [judging.of(one) for one in everything]
    by_part: dict[str, list[Saved]] = {}
    for outcome in outcomes:
        if outcome.changed:
            by_part.setdefault(opened.form.prompt(outcome.prompt)[0].key, []).append(outcome)
    for part, changes in by_part.items():
        part_version = keeps.bump(part)
        for change in changes:
            known = current.get((change.prompt, change.row), NOTHING)
            text = Text(part, change.prompt, change.row, change.value, change.version, change.at, part_version)
            text = replace(text, position=_position(keeps, change, known), page=page, restored_from=restored_from)
            keeps.put(text, new=not known.version)
            keeps.revise(text)
        keeps.settle(part)
    return outcomes


def _position(keeps: Keeper, change: Saved, known: Kept) -> int:
    return known.position or (keeps.last_position(change.prompt) + 1 if change.row else 0)


@dataclass
class _Judging:
    """What becomes of each thing typed: nothing new, a change, or set aside because it met somebody else's text."""

    opened: Opened
    keeps: Keeper
    current: dict[Key, Kept]
    page: str
    _: KW_ONLY
    whole_page: bool

    def of(self, one: Typed) -> Saved:
        """The judgement on one."""
        current = self.current.get((one.prompt, one.row), NOTHING)
        value = one.value if one.row else one.value or None
        if value == current.value:
            return Saved(one.prompt, one.row, current.version, value, current.changed_at or now())
        if one.base == current.version or (base := self._met(one)) is None:
            return Saved(one.prompt, one.row, current.version + 1, value, now(), changed=True)
        if self.whole_page and value == base[0]:
            return Saved(one.prompt, one.row, current.version, current.value, current.changed_at or now())
        self._set_aside(one, value)
        return Saved(one.prompt, one.row, current.version, value, now(), theirs=current, base_value=base[0])

    def _met(self, one: Typed) -> tuple[Any] | None:
        """None if everything since the base came from this same page (its answer got lost on the way); else the base's value."""
        since = self.keeps.since(one.prompt, one.row, one.base)
        newer = [past for past in since if past.version > one.base]
        if self.page and newer and all(self._is_ours(past) for past in newer):
            return None
        return (next((past.value for past in since if past.version == one.base), None),)

    def _is_ours(self, past: Newer) -> bool:
        return past.by_id == self.opened.reader_id and past.page == self.page

    def _set_aside(self, one: Typed, value: Any) -> None:
        part = self.opened.form.prompt(one.prompt)[0].key
        part_version = self.opened.parts[part].version
        text = Text(part, one.prompt, one.row, value, one.base, now(), part_version, page=self.page, aside=True)
        if not self.keeps.grow_aside(text):
            self.keeps.revise(text)


def compared(opened: Opened, prompt: str, row: str) -> None:
    """The texts set aside at this prompt have been compared: they stay in the history and wait no longer."""
    keeper(opened).compared(prompt, row)


# ---------------------------------------------------------------- rows of a list


def add_row(opened: Opened, prompt: str, value: dict[str, Any], *, page: str = "") -> str:
    """Put a row at the end of a list; gives its key."""
    row = secrets.token_hex(4)
    save(opened, [Typed(prompt, value, 0, row)], page=page)
    return row


def take_out_row(opened: Opened, prompt: str, row: str, *, page: str = "") -> None:
    """Take a row out of its list; its words stay in the history."""
    known = kept_now(opened, prompt, row)
    if known.version:
        save(opened, [Typed(prompt, None, known.version, row)], page=page)


def move_row(opened: Opened, prompt: str, row: str, by: int) -> None:
    """Move a row up (-1) or down (1) by changing places with its neighbour. It stays agreed: it says the same."""
    keeps = keeper(opened)
    rows = [kept for kept in keeps.current({prompt}).values() if kept.row and kept.value is not None]
    rows.sort(key=lambda kept: (kept.position, kept.row))
    here = next((index for index, kept in enumerate(rows) if kept.row == row), None)
    if here is None or not 0 <= here + by < len(rows):
        return
    rows[here], rows[here + by] = rows[here + by], rows[here]
    for position, kept in enumerate(rows, start=1):
        keeps.place(prompt, kept.row, position)
    part = opened.form.prompt(prompt)[0].key
    keeps.bump(part)
    keeps.settle(part)


def row_keys(opened: Opened) -> set[Key]:
    """(list, row) of every row that the document has or had."""
    return keeper(opened).row_keys()


def kept_now(opened: Opened, prompt: str, row: str = "") -> Kept:
    """What stands at a prompt now, for changes the site makes itself."""
    return keeper(opened).current({prompt}).get((prompt, row), NOTHING)


def version_of(opened: Opened, prompt: str, row: str = "") -> int:
    """The version that stands at a prompt now."""
    return kept_now(opened, prompt, row).version


def value_now(opened: Opened, prompt: str, row: str = "") -> Any:
    """The value that stands at a prompt now."""
    return kept_now(opened, prompt, row).value
