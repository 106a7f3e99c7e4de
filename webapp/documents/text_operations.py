"""Changes of a text by several people at once (plain-text operational transformation), counted in code points.

An operation goes through the whole text it changes: a number above 0 keeps so many characters, one below 0 takes so
many out, a string is put in. What is put in stands before what is taken out there. static/text_operations.js does the same.
"""

import json
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from os.path import commonprefix
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
    """What somebody did to a text. `goes_on`: right where they had typed just before, without moving the caret."""

    operation: Operation
    goes_on: bool = False

    def goes_before(self, theirs: "Typing") -> bool:
        """Whether this, arriving later, is put before what they put in at the same place.

        The later goes first, so that the next letter of a word stays with those already there; but nobody is interrupted.
        """
        return self.goes_on or not theirs.goes_on


def normal(parts: Iterable[Part]) -> Operation:
    """The one way to write an operation: nothing empty, neighbours joined, what is put in before what is taken out."""
    operation: Operation = []
    for part in parts:
        _add(operation, part)
    return operation


def _add(operation: Operation, part: Part) -> None:
    if not part:
        return
    last = operation[-1] if operation else 0
    if isinstance(part, str) and isinstance(last, int) and last < 0:
        operation.pop()
        _add(operation, part)
        operation.append(last)
    elif isinstance(part, str):
        operation[-1:] = [last + part] if isinstance(last, str) else [*operation[-1:], part]
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
            _add(back, -len(part))
        else:
            _add(back, part if part > 0 else text[here : here - part])
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
    one, two, both = _Walk(first), _Walk(then), list[Part]()
    while one.part or two.part:
        if isinstance(one.part, int) and one.part < 0:
            _add(both, one.take(-one.part))
        elif isinstance(two.part, str):
            _add(both, two.take(len(two.part)))
        else:
            size = min(one.size(), two.size())
            if not size:
                raise OtherText(OTHER_TEXT)
            made, kept = one.take(size), two.take(size)
            if isinstance(kept, int) and kept > 0:
                _add(both, made)
            elif isinstance(made, int):
                _add(both, -size)
    return both


def transform(mine: Operation, theirs: Operation, *, mine_first: bool = True) -> tuple[Operation, Operation]:
    """Two operations made in the same text, each as it is after the other: (mine after theirs, theirs after mine).

    `theirs` is what the server has already, `mine` what arrives, on the server as in the page. `mine_first`: where both
    put something in at one place, mine goes before theirs (`Typing.goes_before`).
    """
    my, their, my_after, their_after = _Walk(mine), _Walk(theirs), list[Part](), list[Part]()
    while my.part or their.part:
        if isinstance(my.part, str) and (mine_first or not isinstance(their.part, str)):
            _add(their_after, len(my.part))
            _add(my_after, my.take(len(my.part)))
        elif isinstance(their.part, str):
            _add(my_after, len(their.part))
            _add(their_after, their.take(len(their.part)))
        else:
            size = min(my.size(), their.size())
            if not size:
                raise OtherText(OTHER_TEXT)
            one, two = my.take(size), their.take(size)
            if two == size:
                _add(my_after, one)
            if one == size:
                _add(their_after, two)
    return my_after, their_after


def move_past(mine: Typing, others: Iterable[Typing]) -> Operation:
    """An arriving operation moved past those that it has not seen, oldest first."""
    operation = mine.operation
    for theirs in others:
        operation, _theirs = transform(operation, theirs.operation, mine_first=mine.goes_before(theirs))
    return operation


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


# ---------------------------------------------------------------- from two whole texts

_SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*\s*|[.!?\n]+\s*")
_WORDS = re.compile(r"\s+|\w+|[^\s\w]")
_DEEPEST = 20  # how often to look for landmarks between landmarks
STAYS = 0.5  # where less stays of what was said, it is said anew: word by word would only mix two sentences
SAME_WORD = 0.66  # a word of which more stays is the same word, corrected


def difference(old: str, new: str) -> Operation:
    """The operation that makes one text of the other: by sentences, then by words, then within a corrected word."""
    return normal(_between(_SENTENCES.findall(old), _SENTENCES.findall(new), _other_sentences, 0))


Replace = Callable[[str, str], Iterable[Part]]


def _between(old: list[str], new: list[str], replace: Replace, depth: int) -> Iterator[Part]:
    head = _in_common(old, new)
    tail = _in_common(old[head:][::-1], new[head:][::-1])
    yield sum(map(len, old[:head]))
    yield from _apart(old[head : len(old) - tail], new[head : len(new) - tail], replace, depth)
    yield sum(map(len, old[len(old) - tail :]))


def _in_common(old: list[str], new: list[str]) -> int:
    """How many units are the same from the beginning on."""
    return next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )


def _apart(old: list[str], new: list[str], replace: Replace, depth: int) -> Iterator[Part]:
    marks = _landmarks(old, new) if depth < _DEEPEST else []
    if not marks:
        yield from replace("".join(old), "".join(new))
        return
    here = there = 0
    for mark, same_mark in [*marks, (len(old), len(new))]:
        yield from _between(old[here:mark], new[there:same_mark], replace, depth + 1)
        here, there = mark, same_mark


def _landmarks(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Where the same unit stands, of those that are there once in both: as many as are in the same order."""
    often_old, often_new, places = Counter(old), Counter(new), {unit: at for at, unit in enumerate(new)}
    tops: list[int] = []
    ways: list[Way] = []
    for here, unit in enumerate(old):
        if often_new.get(unit) == often_old[unit] == 1 and not unit.isspace():
            there = places[unit]
            pile = bisect_left(tops, there)
            tops[pile : pile + 1] = [there]
            ways[pile : pile + 1] = [(ways[pile - 1] if pile else None, here, there)]
    return _steps(ways[-1] if ways else None)


Way = tuple[Any, int, int]  # the way before it, then one step: where it stands here and there


def _steps(way: Way | None) -> list[tuple[int, int]]:
    steps = []
    while way:
        way, here, there = way
        steps.append((here, there))
    return steps[::-1]


def _other_sentences(old: str, new: str) -> Iterable[Part]:
    if not old or not new:
        return new, -len(old)
    parts = normal(_between(_WORDS.findall(old), _WORDS.findall(new), _other_words, 0))
    stays = sum(part for part in parts if isinstance(part, int) and part > 0)
    return parts if stays > STAYS * min(len(old), len(new)) else (new, -len(old))


def _other_words(old: str, new: str) -> Iterable[Part]:
    head = len(commonprefix([old, new]))
    tail = len(commonprefix([old[head:][::-1], new[head:][::-1]]))
    if head + tail <= SAME_WORD * max(len(old), len(new)) and head + tail < min(len(old), len(new)):
        return new, -len(old)
    return head, new[head : len(new) - tail], head + tail - len(old), tail


# ---------------------------------------------------------------- where two people met


@dataclass(frozen=True)
class BothChanged:
    """The same words, replaced by two people at once. `start`, `end`: where both versions stand, one after the other."""

    was: str
    mine: str
    theirs: str
    start: int
    end: int


def both_replaced(mine: Operation, theirs: Operation, text: str, *, mine_first: bool = True) -> list[BothChanged]:
    """The places where two operations, both made in `text`, took out the same characters and both put something in."""
    places = _joined(
        (_word_start(text, min(one[0], other[0])), _word_end(text, max(one[1], other[1])))
        for one in _replaced(mine)
        for other in _replaced(theirs)
        if one[0] < other[1] and other[0] < one[1]
    )
    if not places:
        return []
    together = compose(theirs, transform(mine, theirs, mine_first=mine_first)[0])
    found = []
    for start, end in places:
        here, there = (move_caret(together, at, typing=True) for at in (start, end))
        said = [_version(operation, text, start, end) for operation in (mine, theirs)]
        found.append(BothChanged(text[start:end], *said, here, there))
    return found


def _replaced(operation: Operation) -> list[tuple[int, int]]:
    """From where to where it takes something out and puts something in."""
    found, here = [], 0
    for before, part in pairwise([0, *operation]):
        if isinstance(part, int):
            if part < 0 and isinstance(before, str):
                found.append((here, here - part))
            here += abs(part)
    return found


def _word_start(text: str, at: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at += 1
    return at


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that touch are one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _version(operation: Operation, text: str, start: int, end: int) -> str:
    """What an operation makes of one place in the text."""
    here, there = (move_caret(operation, at, typing=True) for at in (start, end))
    return apply(operation, text)[here:there]


# ---------------------------------------------------------------- what a browser sends


def read(raw: str, length: int, *, longest: int = TEXT_LENGTH) -> Operation:
    """The operation that a page sent for a text of that length; ValueError, in words for the person, if it cannot be kept."""
    try:
        parts = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError(UNREADABLE) from None
    if not isinstance(parts, list) or not all(type(part) in (int, str) for part in parts):
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
