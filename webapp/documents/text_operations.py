"""Changes of a text by several people at once (plain-text operational transformation), counted in code points.

An operation goes through the whole text it changes: a number above 0 keeps so many characters, one below 0 takes so
many out, a string is put in. What is put in stands before what is taken out there. static/text_operations.js does the same.
"""

import json
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..forms.kinds import TEXT_LENGTH
from ..text import tidy

Part = int | str
Operation = list[Part]

UNREADABLE = "The site could not read this change. Your words are still in the box: copy them, then reload the page."
OTHER_TEXT = "This change was made in another text. Your words are still in the box: copy them, then reload the page."
NO_LINE_END = (
    "There is an unusual line end in this text. It often comes with pasted text: please paste it again as plain text."
)


class OtherText(ValueError):
    """The operation does not belong to this text."""


class Typing(NamedTuple):
    """What somebody did to a text. `goes_on`: where in it they went on right behind what they had typed just before.

    Where two put something in at the same place, whoever goes on there goes first: a word is not torn apart. Otherwise
    what arrives later goes first: then the next letters of both, which arrive later still, each stay with their word.
    """

    operation: Operation
    goes_on: int | None = None


def normal(parts: Iterable[Part]) -> Operation:
    """The one way to write an operation: nothing empty, neighbours joined, what is put in before what is taken out."""
    operation: Operation = []
    for part in parts:
        add(operation, part)
    return operation


def add(operation: Operation, part: Part) -> None:
    """Put one more part at the end of an operation in normal form; it stays in normal form."""
    if not part:
        return
    last = operation[-1] if operation else 0
    if isinstance(part, str):
        if isinstance(last, str):
            operation[-1] = last + part
        elif last < 0 and len(operation) > 1 and isinstance(before := operation[-2], str):
            operation[-2] = before + part
        elif last < 0:
            operation.insert(-1, part)
        else:
            operation.append(part)
    elif isinstance(last, int) and last * part > 0:
        operation[-1] = last + part
    else:
        operation.append(part)


def length_before(operation: Operation) -> int:
    """How long the text is that it changes."""
    return sum(abs(part) for part in operation if isinstance(part, int))


def length_after(operation: Operation) -> int:
    """How long the text is afterwards."""
    return sum(len(part) if isinstance(part, str) else max(part, 0) for part in operation)


def apply(operation: Operation, text: str) -> str:
    """The text after it."""
    if length_before(operation) != len(text):
        raise OtherText(OTHER_TEXT)
    said, here = [], 0
    for part in operation:
        if isinstance(part, str):
            said.append(part)
            continue
        if part > 0:
            said.append(text[here : here + part])
        here += abs(part)
    return "".join(said)


def invert(operation: Operation, text: str) -> Operation:
    """What undoes it; `text` is the one before it."""
    if length_before(operation) != len(text):
        raise OtherText(OTHER_TEXT)
    back: Operation = []
    here = 0
    for part in operation:
        if isinstance(part, str):
            add(back, -len(part))
        else:
            add(back, part if part > 0 else text[here : here - part])
            here += abs(part)
    return back


class _Walk:
    """Goes through an operation; `part` is what is left of the part at hand, 0 at the end."""

    __slots__ = ("_parts", "part")

    def __init__(self, operation: Operation) -> None:
        self._parts = iter(operation)
        self.part: Part = next(self._parts, 0)

    def size(self) -> int:
        """How many characters the part at hand speaks of."""
        return len(self.part) if isinstance(self.part, str) else abs(self.part)

    def take(self, size: int) -> Part:
        """Go on by so many characters of the part at hand."""
        taken: Part
        if isinstance(self.part, str):
            taken, self.part = self.part[:size], self.part[size:]
        else:
            taken = size if self.part > 0 else -size
            self.part -= taken
        if not self.part:
            self.part = next(self._parts, 0)
        return taken


def compose(first: Operation, then: Operation) -> Operation:
    """Both, one after the other, as one operation."""
    one, two, both = _Walk(first), _Walk(then), Operation()
    while one.part or two.part:
        if isinstance(one.part, int) and one.part < 0:
            add(both, one.take(-one.part))
        elif isinstance(two.part, str):
            add(both, two.take(len(two.part)))
        else:
            size = min(one.size(), two.size())
            if not size:
                raise OtherText(OTHER_TEXT)
            made, kept = one.take(size), two.take(size)
            if isinstance(kept, int) and kept > 0:
                add(both, made)
            elif isinstance(made, int):
                add(both, -size)
    return both


def compose_all(operations: Iterable[Operation]) -> Operation:
    """Many, one after the other, as one operation: neighbours first, because what is composed grows long."""
    left = list(operations)
    while len(left) > 1:
        pairs = (left[at : at + 2] for at in range(0, len(left), 2))
        left = [compose(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return left[0]


def transform(mine: Typing, theirs: Typing) -> tuple[Typing, Typing]:
    """What two did in the same text, each as it is after the other: (mine after theirs, theirs after mine).

    `theirs` is what the server has already, `mine` what arrives, on the server as in the page.
    """
    my, their, my_after, their_after = _Walk(mine.operation), _Walk(theirs.operation), Operation(), Operation()
    they_first, here = _goes_first(theirs, mine), 0
    while my.part or their.part:
        they_go_on = here == they_first and isinstance(their.part, str)
        if isinstance(my.part, str) and not they_go_on:
            add(their_after, len(my.part))
            add(my_after, my.take(len(my.part)))
        elif isinstance(their.part, str):
            add(my_after, len(their.part))
            add(their_after, their.take(len(their.part)))
        else:
            size = min(my.size(), their.size())
            if not size:
                raise OtherText(OTHER_TEXT)
            one, two = my.take(size), their.take(size)
            here += size
            if two == size:
                add(my_after, one)
            if one == size:
                add(their_after, two)
    return (
        Typing(my_after, _moved(mine.goes_on, theirs.operation)),
        Typing(their_after, _moved(theirs.goes_on, mine.operation)),
    )


def _goes_first(theirs: Typing, mine: Typing) -> int | None:
    """Where theirs goes before mine because they go on there. Who took out there what they had typed, and types anew,
    stood behind it: they go after somebody who has always gone on there."""
    there, here = (None if one.goes_on is None else begins(one.operation, one.goes_on) for one in (theirs, mine))
    mine_first = here == there and (mine.goes_on == here or theirs.goes_on != there)
    return None if mine_first else there


def _moved(goes_on: int | None, operation: Operation) -> int | None:
    return None if goes_on is None else move_caret(operation, goes_on, typing=True)


def begins(operation: Operation, goes_on: int) -> int:
    """Where it puts in what goes on there: further to the front, if something was taken out backwards from there first."""
    here = 0
    for part in operation:
        if isinstance(part, int):
            if part < 0 and here <= goes_on <= here - part:
                return here
            here += abs(part)
    return goes_on


def move_caret(operation: Operation, position: int, *, typing: bool = False) -> int:
    """Where a caret stands afterwards. What others put in right there pushes it on, unless its owner is `typing` there."""
    here, moved = 0, position
    for part in operation:
        if here > position:
            break
        if isinstance(part, str):
            moved += len(part) if here < position or not typing else 0
        else:
            moved -= min(-part, position - here) if part < 0 else 0
            here += abs(part)
    return moved


# ---------------------------------------------------------------- what a browser sends


def read(raw: str, length: int, *, longest: int = TEXT_LENGTH) -> Operation:
    """The operation that a page sent for a text of that length; ValueError, in words for the person, if it cannot be kept."""
    try:
        parts = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError(UNREADABLE) from None
    return checked(parts, length, longest=longest)


def is_operation(parts: Any) -> bool:
    """Whether this could be an operation on some text."""
    return isinstance(parts, list) and all(type(part) in (int, str) for part in parts)


def checked(parts: Any, length: int, *, longest: int = TEXT_LENGTH) -> Operation:
    """The same for an operation that was read from JSON already."""
    if not is_operation(parts):
        raise ValueError(UNREADABLE)
    if length_before(parts) != length:
        raise OtherText(OTHER_TEXT)
    if (becomes := length_after(parts)) > max(longest, length):
        raise ValueError(f"This text has {becomes:,} characters and there is room for {longest:,}. Please shorten it.")
    for part in parts:
        if isinstance(part, str):
            _check(part)
    return normal(parts)


def _check(put_in: str) -> None:
    """Refuse what cannot be kept (UnusableText says why), and line ends that tidying would change under our feet."""
    fenced = f".{put_in}."
    if tidy(fenced) != unicodedata.normalize("NFC", fenced):
        raise ValueError(NO_LINE_END)
