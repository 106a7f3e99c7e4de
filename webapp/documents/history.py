"""Every text that ever stood at a prompt: who, when, what changed, and bringing one back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..access import Opened
from ..clock import now
from ..forms.kinds import Prompt, Rows
from . import answers
from .differences import Piece, both, by_words
from .keeping import Kept, keeper


@dataclass(frozen=True)
class Entry:
    """One revision as a page shows it. `aside`: it met another text, and waits (or waited) to be compared.

    `number` counts within this history: the rows' own ids would tell how much is written elsewhere.
    """

    number: int
    at: datetime
    by: str
    by_id: int
    value: Any
    words: str
    pieces: list[Piece]
    aside: bool
    waiting: bool
    restored: bool


def of_prompt(opened: Opened, prompt: Prompt, row: str = "") -> list[Entry]:
    """The history of one prompt (or one row of a list), newest first, for those who may see it."""
    entries: list[Entry] = []
    before = ""
    for number, past in enumerate(keeper(opened).revisions(prompt.name, row), start=1):
        words = _words(prompt, past.value)
        entries.append(
            Entry(
                number=number,
                at=past.at,
                by=past.by,
                by_id=past.by_id,
                value=past.value,
                words=words,
                pieces=by_words(before, words),
                aside=past.aside,
                waiting=past.waiting,
                restored=past.restored,
            )
        )
        if not past.aside:
            before = words
    return entries[::-1]


def _words(prompt: Prompt, value: Any) -> str:
    if value is None:
        return ""
    return prompt.row_words(value) if isinstance(prompt, Rows) else prompt.words(value)


def restore(opened: Opened, prompt: Prompt, number: int, row: str = "") -> bool:
    """Bring an earlier text (its number in the history) back, as a new revision. False if there is no such text here."""
    revisions = keeper(opened).revisions(prompt.name, row)
    if not 1 <= number <= len(revisions):
        return False
    past = revisions[number - 1]
    base = answers.version_of(opened, prompt.name, row)
    answers.save(opened, [answers.Typed(prompt.name, past.value, base, row)], restored_from=past.id)
    return True


def undo(opened: Opened, prompt: Prompt, version: int, row: str = "") -> bool:
    """Let stand again what stood before this version; False if that is not the newest one any more."""
    if answers.version_of(opened, prompt.name, row) != version:
        return False
    before = keeper(opened).since(prompt.name, row, version - 1)[0]
    answers.save(opened, [answers.Typed(prompt.name, before.value, version, row)])
    return True


def mine_waiting(opened: Opened, prompt: Prompt, row: str) -> Any:
    """The text set aside here that the reader is shown to compare; what stands here now if none waits."""
    aside = _waiting(of_prompt(opened, prompt, row), opened.reader_id)
    return aside.value if aside else answers.value_now(opened, prompt.name, row)


def _waiting(entries: list[Entry], reader_id: int) -> Entry | None:
    """The newest text that waits to be compared, the reader's own first."""
    found = [entry for entry in entries if entry.waiting]
    return next((entry for entry in found if entry.by_id == reader_id), found[0] if found else None)


@dataclass(frozen=True)
class Meeting:
    """Two texts that met at one prompt: theirs stands, mine is kept aside, `suggestion` holds both to edit.

    `by` and `mine_by` name who wrote them; "" is the reader.
    """

    name: str
    row: str
    version: int
    by: str
    mine_by: str
    at: datetime
    theirs: list[Piece]
    mine: list[Piece]
    suggestion: str
    is_text: bool

    @property
    def writers(self) -> str:
        """Who wrote here, as a sentence begins: You and Tom Becker."""
        names = sorted({self.by or "you", self.mine_by or "you"}, key=lambda name: name != "you")
        said = " and ".join(names)
        return said[0].upper() + said[1:]

    @property
    def key(self) -> str:
        """The name the prompt or row has in ids."""
        return f"{self.name}-{self.row}" if self.row else self.name

    @property
    def field(self) -> str:
        """The name the prompt or row has in the form."""
        return f"{self.name}.{self.row}" if self.row else self.name


def waiting(opened: Opened, prompt: Prompt, row: str = "", *, typed: Any = None) -> Meeting | None:
    """The newest text set aside here that waits, beside the one that stands; None if nothing waits."""
    entries = of_prompt(opened, prompt, row)
    aside = _waiting(entries, opened.reader_id)
    if aside is None:
        return None
    names = {entry.by_id: "" if entry.by_id == opened.reader_id else entry.by for entry in entries}
    last = next((entry for entry in entries if not entry.aside), aside)
    found = _meeting(prompt, row, answers.kept_now(opened, prompt.name, row), aside.value, None)
    found = replace(found, by=names[last.by_id], mine_by=names[aside.by_id])
    return replace(found, suggestion=str(typed)) if typed and found.is_text else found


def _meeting(prompt: Prompt, row: str, theirs: Kept, mine: Any, base: Any) -> Meeting:
    here, there, before = _words(prompt, mine), _words(prompt, theirs.value), _words(prompt, base)
    is_text = prompt.is_typed
    return Meeting(
        name=prompt.name,
        row=row,
        version=theirs.version,
        by=theirs.changed_by,
        mine_by="",
        at=theirs.changed_at or now(),
        theirs=by_words(before, there),
        mine=by_words(before, here),
        suggestion=both(before, there, here) if is_text else "",
        is_text=is_text,
    )
