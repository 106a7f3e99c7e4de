"""The answers of a document: reading those a person may read, saving what was typed, losing nothing.

A save names the version it was typed against. If somebody else saved in between, a text is moved past theirs
(text_saves), rows and ticks are merged (merging), and of two choices the last one stands, with the other in the history.
"""

import secrets
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from typing import Any

from ..access import Opened
from ..clock import now
from ..forms.kinds import Prompt
from . import text_saves
from .keeping import Keeper, Kept, Key, Newer, Text, keeper
from .merging import merged
from .text_operations import OTHER_TEXT, OtherText
from .text_saves import Ground, Judged, Request, Step
from .two_texts import BothChanged

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
    """What somebody typed at a prompt, and the version that stood there when they began.

    `requests`: the same as operations on a text, which then count; the value is only what they make of it.
    """

    prompt: str
    value: Any
    base: int
    row: str = ""
    requests: tuple[Request, ...] | None = None


class CannotBeKept(ValueError):
    """What a page sent for one prompt cannot be kept, in words for the person; nothing was saved."""


@dataclass(frozen=True)
class Saved:
    """What became of it. `over`: what somebody else had chosen meanwhile and what this replaced.

    `met`: where both replaced the same words; both stand. `begun`: the text that the page began with and what others did
    to it since, `steps`: what this save did to it.
    """

    prompt: str
    row: str
    version: int
    value: Any
    at: datetime
    changed: bool = False
    over: Kept | None = None
    met: list[BothChanged] = field(default_factory=list)
    met_by: str = ""
    steps: list[Step] = field(default_factory=list)
    begun: Ground = field(default_factory=lambda: Ground(""))


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
            for revision in _revisions(text, change.steps):
                keeps.revise(revision)
        keeps.settle(part)
    return outcomes


def _revisions(text: Text, steps: list[Step]) -> Iterable[Text]:
    """The text as it comes into the history; one that was typed, in its steps."""
    if not steps:
        yield text
    for version, step in enumerate(steps, start=text.version - len(steps) + 1):
        typing = step.typing
        made = replace(text, value=step.text or None, version=version, key=step.key)
        yield replace(made, operation=typing.operation, goes_on=typing.goes_on)


def _position(keeps: Keeper, change: Saved, known: Kept) -> int:
    return known.position or (keeps.last_position(change.prompt) + 1 if change.row else 0)


@dataclass
class _Judging:
    """What becomes of each thing typed: nothing new, or a change that keeps what others did meanwhile."""

    opened: Opened
    keeps: Keeper
    current: dict[Key, Kept]
    page: str
    _: KW_ONLY
    whole_page: bool

    def of(self, one: Typed) -> Saved:
        """The judgement on one."""
        current = self.current.get((one.prompt, one.row), NOTHING)
        prompt = self.opened.form.prompt(one.prompt)[2]
        if prompt.is_typed:
            return self._text(one, prompt, current)
        value = one.value if one.row else one.value or None
        if value == current.value:
            return self._nothing_new(one, current)
        if one.base == current.version:
            return self._change(one, current, value)
        since = self.keeps.since(one.prompt, one.row, one.base)
        if self._all_ours(since, one.base):
            return self._change(one, current, value)
        base = next((past.value for past in since if past.version == one.base), None)
        if self.whole_page and value == base:
            return self._nothing_new(one, current)
        return self._after_theirs(replace(one, value=value), prompt, current, base)

    def _after_theirs(self, one: Typed, prompt: Prompt, current: Kept, base: Any) -> Saved:
        value, met = merged(prompt, base, one.value, current.value)
        if value == current.value:
            return self._nothing_new(one, current)
        over = current if value == one.value else None
        return replace(self._change(one, current, value), over=over, met=met, met_by=current.changed_by)

    def _text(self, one: Typed, prompt: Prompt, current: Kept) -> Saved:
        """A text that people type: what this save does to it comes after what others did."""
        keys = {request.key for request in one.requests or ()}
        since = self.keeps.since(one.prompt, one.row, one.base, keys) if keys or one.base != current.version else []
        begun = Ground(current.value or "") if one.base == current.version else text_saves.ground(since, one.base)
        judged = self._judged(one, prompt, begun, since)
        judged = text_saves.with_versions_apart(judged, begun or Ground(""), prompt, current.version)
        if not judged.steps:
            return replace(self._nothing_new(one, current), begun=begun or Ground(""))
        found = self._change(one, current, judged.steps[-1].text or None, by=len(judged.steps))
        found = replace(found, met=judged.met, met_by=current.changed_by, steps=judged.steps)
        return replace(found, begun=begun or Ground(""))

    def _judged(self, one: Typed, prompt: Prompt, begun: Ground | None, since: list[Newer]) -> Judged:
        if one.requests is not None:
            known = {past.key for past in since if past.key and past.by_id == self.opened.reader_id}
            try:
                if begun is None:
                    raise OtherText(OTHER_TEXT)
                return text_saves.requested(begun, one.requests, prompt, by_id=self.opened.reader_id, known=known)
            except ValueError as error:
                if not self.whole_page:
                    raise CannotBeKept(str(error)) from None
        if begun is None:  # a version that never was: nothing was read there
            since = self.keeps.since(one.prompt, one.row, 0)
            begun = text_saves.ground(since, 0) or Ground("")
        return text_saves.whole(begun, one.value or "", our_own=self._all_ours(since, one.base))

    def _nothing_new(self, one: Typed, current: Kept) -> Saved:
        return Saved(one.prompt, one.row, current.version, current.value, current.changed_at or now())

    def _change(self, one: Typed, current: Kept, value: Any, *, by: int = 1) -> Saved:
        return Saved(one.prompt, one.row, current.version + by, value, now(), changed=True)

    def _all_ours(self, since: list[Newer], base: int) -> bool:
        """Whether everything since the base came from this same page: its answer got lost on the way."""
        newer = [past for past in since if past.version > base]
        return bool(self.page and newer) and all(
            past.by_id == self.opened.reader_id and past.page == self.page for past in newer
        )


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
    keeps.stir(part)
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
