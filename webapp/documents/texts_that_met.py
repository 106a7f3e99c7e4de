"""Two texts that met at one prompt: the one that stands and one set aside, to be compared."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..access import Opened
from ..clock import now
from ..forms.kinds import Prompt
from . import answers, text_saves
from .differences import Piece, both, by_words
from .history import Words
from .keeping import Changed, Kept, keeper
from .past import Past
from .two_texts import BothChanged, beside_each_other, typed_by

LOOKED_THROUGH = 200  # to find who wrote what stands


def mine_waiting(opened: Opened, prompt: Prompt, row: str) -> Any:
    """The text set aside here that the reader is shown to compare; what stands here now if none waits."""
    aside = _aside(opened, prompt, row)
    return _value(opened, aside) if aside else answers.value_now(opened, prompt.name, row)


def _aside(opened: Opened, prompt: Prompt, row: str) -> Past | None:
    """The newest text that waits to be compared, the reader's own first."""
    found = keeper(opened).waiting(prompt.name, row)
    return next((past for past in found if past.by_id == opened.reader_id), found[0] if found else None)


def _value(opened: Opened, past: Past) -> Any:
    return keeper(opened).texts([past.id])[past.id]


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
    aside = _aside(opened, prompt, row)
    if aside is None:
        return None
    newest = keeper(opened).newest(prompt.name, row, below=0, most=LOOKED_THROUGH)
    last = next((past for past in newest if not past.aside), aside)
    found = _meeting(opened, prompt, row, answers.kept_now(opened, prompt.name, row), _value(opened, aside))
    found = replace(found, by=_name(opened, last), mine_by=_name(opened, aside))
    return replace(found, suggestion=str(typed)) if typed and found.is_text else found


def _name(opened: Opened, past: Past) -> str:
    return "" if past.by_id == opened.reader_id else past.by


def _meeting(opened: Opened, prompt: Prompt, row: str, theirs: Kept, mine: Any) -> Meeting:
    words = Words(opened)
    here, there = words.of(prompt, mine), words.of(prompt, theirs.value)
    is_text = prompt.is_typed
    return Meeting(
        name=prompt.name,
        row=row,
        version=theirs.version,
        by=theirs.changed_by,
        mine_by="",
        at=theirs.changed_at or now(),
        theirs=by_words("", there),
        mine=by_words("", here),
        suggestion=both("", there, here) if is_text else "",
        is_text=is_text,
    )


@dataclass(frozen=True)
class BothWrote:
    """Where the reader and somebody else replaced the same words: what each made of them."""

    prompt: str
    met: list[BothChanged]
    met_by: str
    row: str = ""


def told(opened: Opened, prompt: Prompt, changed: list[Changed]) -> BothWrote | None:
    """What one of these changes put apart, if one of the two versions is the reader's."""
    found = [(one, base) for one in changed if (base := text_saves.met_since(one.key)) is not None]
    if not found:
        return None
    apart, base = found[-1]
    past = [one for one in keeper(opened).since(prompt.name, "", base) if one.version < apart.version]
    begun = text_saves.ground(past, base)
    if begun is None:
        return None
    whose = typed_by(((one.by_id, typing.operation) for one, typing in begun.since), len(begun.text))
    wanted = {by for by in whose if by} if apart.by_id == opened.reader_id else {apart.by_id}
    places = list(beside_each_other(begun.now, whose, opened.reader_id, wanted))
    if not places:
        return None
    names = {past.by_id: past.by for past in keeper(opened).newest(prompt.name, "", below=0, most=LOOKED_THROUGH)}
    return BothWrote(prompt.name, [place for _, place in places], names.get(places[0][0], ""))
