"""Every text that ever stood somewhere: who, when, what changed by words, and bringing one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..access import Opened
from ..forms.declaration import Part
from ..forms.kinds import Prompt, RowOf, Rows, Ticks
from . import answers, named_versions, steps
from .differences import Piece, by_turns, by_words, near_changes
from .keeping import keeper
from .named_versions import Named
from .past import Past
from .steps import Step

MOST_READ = 5000  # revisions looked through for one page
MOST_STEPS = 20  # shown on one page
OUT = "(taken out since)"


@dataclass(frozen=True)
class Entry:
    """One step as a page shows it. `aside`: it met another text, and waits (or waited) to be compared.

    `number` is that of its newest revision, `version` what stood then, `base` the version before the step.
    """

    number: int
    part: type[Part]
    prompt: Prompt
    row: str
    began: datetime
    at: datetime
    by: str
    by_ids: list[int]
    changes: int
    value: Any
    words: str
    pieces: list[Piece]
    version: int
    base: int
    aside: bool
    waiting: bool
    restored: bool

    @property
    def near(self) -> list[Piece]:
        """The pieces, with long stretches that stayed the same cut short."""
        return near_changes(self.pieces)

    @property
    def is_first(self) -> bool:
        """Whether nothing stood here before, and nothing was taken out again."""
        return not (self.base or self.aside or any(piece.kind == "removed" for piece in self.pieces))


@dataclass(frozen=True)
class Stretch:
    """Some of a history, newest first. `older`: the number below which the next page goes on; 0: there is no more.

    `named`: the versions with a name that fall into it.
    """

    entries: list[Entry]
    named: list[Named]
    older: int

    @property
    def in_order(self) -> list[Entry | Named]:
        """Both together, newest first."""
        both: list[Entry | Named] = [*self.named, *self.entries]
        return sorted(both, key=lambda one: one.at, reverse=True)  # what was decided stands above what it was about

    @property
    def joins_steps(self) -> bool:
        """Whether some step was saved more than once."""
        return any(entry.changes > 1 for entry in self.entries)


def of_prompt(opened: Opened, prompt: Prompt, row: str = "", *, below: int = 0, every: bool = False) -> Stretch:
    """The history of one prompt (or one row of a list), for those who may see it. `every`: each change for itself."""
    part = opened.form.prompt(prompt.name)[0]
    return _stretch(opened, [part], prompt.name, row, below=below, every=every)


def of_all(opened: Opened, *, below: int = 0) -> Stretch:
    """The history of everything, in the parts whose history the reader may see."""
    return _stretch(opened, opened.parts_i_may("history"), "", "", below=below, every=False)


def _stretch(opened: Opened, parts: Sequence[type[Part]], prompt: str, row: str, *, below: int, every: bool) -> Stretch:
    named = named_versions.of(opened, parts)
    read = keeper(opened).newest(prompt, row, below=below + 1 if below else 0, most=MOST_READ + 1)
    newer = read.pop(0) if below and read and read[0].number == below else None
    read = read[:MOST_READ]
    known = [past for past in read if _is_of(opened, past.prompt)]
    all_read = not read or read[-1].number == 1
    found = steps.window(known, MOST_STEPS, all_read=all_read, cuts=_cuts(opened, named), every=every)
    whole = all_read and sum(map(len, found)) == len(known)
    older = 0 if whole else min((step[0].number for step in found), default=read[-1].number if read else 0)
    shown = [one for one in named if _falls_into(one, found, newer, is_last=not older)]
    return Stretch(_entries(opened, found), shown, older)


def _is_of(opened: Opened, prompt: str) -> bool:
    """Whether the form asks this: what is only marked beside it is no text with a history."""
    try:
        opened.form.prompt(prompt)
    except KeyError:
        return False
    return True


def _cuts(opened: Opened, named: Sequence[Named]) -> steps.Cuts:
    """No step goes over a decision about its part: what was sent is one version, what came after another."""
    return lambda past: sorted(one.at for one in named if one.part is opened.form.prompt(past.prompt)[0])


def _falls_into(one: Named, found: list[Step], newer: Past | None, *, is_last: bool) -> bool:
    oldest = min((step[0].at for step in found), default=None)
    after = is_last or oldest is None or one.at >= oldest
    return after and (newer is None or one.at < newer.at)


# ---------------------------------------------------------------- what the steps say


def _entries(opened: Opened, found: list[Step]) -> list[Entry]:
    keeps, words = keeper(opened), Words(opened)
    said = keeps.texts([past.id for step in found for past in steps.turns(step)])
    return [_entry(opened, step, said, keeps.before(step[0]), words) for step in found]


def _entry(opened: Opened, step: Step, said: Mapping[int, Any], before: Any, words: "Words") -> Entry:
    last, turns = step[-1], steps.turns(step)
    part, _, prompt = opened.form.prompt(last.prompt)
    value, then = said[last.id], words.of(prompt, before)
    now = words.of(prompt, value)
    alone = len(turns) == 1
    writers = dict.fromkeys(past.by for past in step)
    return Entry(
        number=last.number,
        part=part,
        prompt=prompt,
        row=last.row,
        began=step[0].at,
        at=last.at,
        by=" and ".join(writers),
        by_ids=list({past.by_id for past in step}),
        changes=len(step),
        value=value,
        words=now,
        pieces=by_words(then, now)
        if alone
        else by_turns(then, ((past.by_id, words.of(prompt, said[past.id])) for past in turns)),
        version=last.version,
        base=step[0].version - 1,
        aside=last.aside,
        waiting=last.waiting,
        restored=last.restored,
    )


class Words:
    """What values say, with the words of the rows that they point at."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    def of(self, prompt: Prompt, value: Any) -> str:
        """A value in words; '' for none."""
        if value is None:
            return ""
        if not isinstance(prompt, Rows):
            return prompt.words(value)
        pointing = {column.name: column.of for column in prompt.columns if isinstance(column, RowOf)}
        named = {name: self._row(of, value.get(name)) for name, of in pointing.items()}
        return prompt.row_words({**value, **named})

    def _row(self, of: str, key: str | None) -> str:
        return self._rows.get((of, key), OUT) if key else ""

    @cached_property
    def _rows(self) -> Mapping[tuple[str, str], str]:
        readable, found = answers.readable(self.opened), {}
        for name, rows in readable.lists.items():
            for kept in rows:
                if kept.value is not None and _is_of(self.opened, name):
                    first = self.opened.form.prompt(name)[2].columns[0]  # type: ignore[attr-defined]
                    found[name, kept.row] = first.words(kept.value[first.name])
        return found


# ---------------------------------------------------------------- bringing back


def restore(opened: Opened, prompt: Prompt, number: int, row: str = "") -> bool:
    """Bring an earlier text (its number in the history) back, as a new revision. False if there is no such text here."""
    keeps = keeper(opened)
    found = keeps.newest(prompt.name, row, below=number + 1, most=1) if 0 < number < 10**9 else []
    if not found or found[0].number != number:
        return False
    (value,) = keeps.texts([found[0].id]).values()
    base = answers.version_of(opened, prompt.name, row)
    answers.save(opened, [answers.Typed(prompt.name, value, base, row)], restored_from=found[0].id)
    return True


def undo(opened: Opened, prompt: Prompt, version: int, row: str = "", *, since: int | None = None) -> bool:
    """Take back what led from the version `since` (the one before, if not said) to this one.

    What others did to a text, to a row or to ticks afterwards stays. A choice or a day that somebody has changed
    again stays as it is now: then, and where there were no such versions, False.
    """
    base = version - 1 if since is None else since
    standing = answers.version_of(opened, prompt.name, row)
    merges = prompt.is_typed or isinstance(prompt, Rows | Ticks)
    if not 0 <= base < version <= standing or (version != standing and not merges):
        return False
    past = {one.version: one.value for one in keeper(opened).since(prompt.name, row, base)}
    if version not in past or (base and base not in past):
        return False
    answers.save(opened, [answers.Typed(prompt.name, past.get(base), version, row)])
    return True
