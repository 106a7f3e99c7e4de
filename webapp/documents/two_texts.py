"""From whole texts to operations: what a save from a page without live changes did, and where two people met."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from .text_operations import Operation, Typing, add, apply, compose, transform

# ---------------------------------------------------------------- from two whole texts

_SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*\s*|[.!?\n]+\s*")
_WORDS = re.compile(r"\s+|\w+|[^\s\w]")
_DEEPEST = 20  # how often to look for landmarks between landmarks
STAYS = 0.5  # where less stays of what was said, it is said anew: word by word would only mix two sentences
SAME_WORD = 0.66  # a word of which more stays is the same word, corrected


def difference(old: str, new: str) -> Operation:
    """The operation that makes one text of the other: by sentences, then by words, then within a corrected word."""
    operation: Operation = []
    _between(operation, _SENTENCES.findall(old), _SENTENCES.findall(new), _other_sentences, 0)
    return operation


Replace = Callable[[Operation, str, str], None]


def _between(operation: Operation, old: list[str], new: list[str], replace: Replace, depth: int) -> None:
    """Put what makes `new` of `old` at the end of the operation; `replace` does so for what has nothing in common."""
    head = _in_common(old, new)
    add(operation, len("".join(old[:head])))
    if head == len(old) == len(new):
        return
    tail = _in_common(old[head:][::-1], new[head:][::-1])
    _apart(operation, old[head : len(old) - tail], new[head : len(new) - tail], replace, depth)
    add(operation, len("".join(old[len(old) - tail :])))


def _in_common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many units are the same from the beginning on."""
    alike = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        alike += 1
    return alike


def _alike(old: str, new: str) -> tuple[int, int]:
    """How much of a text stays at its beginning and at its end."""
    head = _in_common(old, new)
    return head, _in_common(old[head:][::-1], new[head:][::-1])


def _apart(operation: Operation, old: list[str], new: list[str], replace: Replace, depth: int) -> None:
    marks = _landmarks(old, new) if old and new and depth < _DEEPEST else []
    if not marks:
        replace(operation, "".join(old), "".join(new))
        return
    here = there = 0
    for mark, same_mark in [*marks, (len(old), len(new))]:
        _between(operation, old[here:mark], new[there:same_mark], replace, depth + 1)
        here, there = mark, same_mark


def _landmarks(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Where the same unit stands, of those that are there once in both: as many as are in the same order."""
    places_old, places_new = _once(old), _once(new)
    tops: list[int] = []
    ways: list[Way] = []
    for unit, here in places_old.items():
        there = places_new.get(unit, -1)
        if here < 0 or there < 0 or unit.isspace():
            continue
        pile = bisect_left(tops, there)
        tops[pile : pile + 1] = [there]
        ways[pile : pile + 1] = [(ways[pile - 1] if pile else None, here, there)]
    return _steps(ways[-1] if ways else None)


def _once(units: list[str]) -> dict[str, int]:
    """Where each unit stands that is there once, in order; -1 for the others."""
    places: dict[str, int] = {}
    for at, unit in enumerate(units):
        places[unit] = -1 if unit in places else at
    return places


Way = tuple[Any, int, int]  # the way before it, then one step: where it stands here and there


def _steps(way: Way | None) -> list[tuple[int, int]]:
    steps = []
    while way:
        way, here, there = way
        steps.append((here, there))
    return steps[::-1]


def _other_sentences(operation: Operation, old: str, new: str) -> None:
    parts: Operation = []
    if old and new:
        _between(parts, _WORDS.findall(old), _WORDS.findall(new), _other_words, 0)
    stays = sum(part for part in parts if isinstance(part, int) and part > 0)
    for part in parts if stays > STAYS * min(len(old), len(new)) else (new, -len(old)):
        add(operation, part)


def _other_words(operation: Operation, old: str, new: str) -> None:
    head, tail = _alike(old, new)
    if head + tail <= SAME_WORD * max(len(old), len(new)) and head + tail < min(len(old), len(new)):
        head = tail = 0
    _replace(operation, old, new, head, tail)


def _replace(operation: Operation, old: str, new: str, head: int, tail: int) -> None:
    for part in (head, new[head : len(new) - tail], head + tail - len(old), tail):
        add(operation, part)


# ---------------------------------------------------------------- where two people met


@dataclass(frozen=True)
class BothChanged:
    """The same words, replaced by two people at once. `start`, `end`: where both versions stand, one after the other."""

    was: str
    mine: str
    theirs: str
    start: int
    end: int


def both_replaced(mine: Operation, theirs: Operation, text: str) -> list[BothChanged]:
    """The places where two operations, both made in `text`, took out the same characters and both put something in."""
    met = list(_met(_taken_out(mine, and_put_in=True), _taken_out(theirs, and_put_in=True)))
    if not met:
        return []
    together = compose(theirs, transform(Typing(mine), Typing(theirs))[0].operation)
    places = _places(text, list(_taken_out(together)), met)
    versions = zip(places, _made_of(mine, text, places), _made_of(theirs, text, places), strict=True)
    return [
        BothChanged(text[start:end], one, other, *where)
        for ((start, end), one, other), where in zip(versions, _moved(together, places), strict=True)
    ]


def set_apart(text: str, met: Iterable[BothChanged], *, in_lines: bool) -> Operation:
    """What puts a space between the two versions of each place; `in_lines`: a line end, where they fill their lines."""
    operation, here = Operation(), 0
    for place in met:
        stands = text[place.start : place.end]
        fills = text[: place.start][-1:] in ("", "\n") and text[place.end :][:1] in ("", "\n")
        between = "\n" if in_lines and fills else " "
        add(operation, place.start - here)
        apart = max(_in_turn(place, between), key=lambda apart: sum(_alike(stands, apart)))
        _replace(operation, stands, apart, *_alike(stands, apart))
        here = place.end
    add(operation, len(text) - here)
    return operation


def _in_turn(place: BothChanged, between: str) -> Iterator[str]:
    for one, other in ((place.mine, place.theirs), (place.theirs, place.mine)):
        yield one + ("" if one[-1:].isspace() or other[:1].isspace() else between) + other


def beside_each_other(text: str, whose: list[int], mine: int, others: set[int]) -> Iterator[tuple[int, BothChanged]]:
    """Who else of these typed right beside what is mine, and both versions, in whole words."""
    runs, here = list[tuple[int, int, int]](), 0
    for by, run in groupby(whose):
        start, here = here, here + len(list(run))
        runs.append((by, start, here))
    for one, other in pairwise(runs):
        if mine in (one[0], other[0]) and others & ({one[0], other[0]} - {mine}):
            start, end = _word_border(text, one[1], -1), _word_border(text, other[2], 1)
            versions = text[start : one[2]], text[other[1] : end]
            by, ours, theirs = (other[0], *versions) if one[0] == mine else (one[0], *versions[::-1])
            yield by, BothChanged("", ours, theirs, start, end)


def typed_by(operations: Iterable[tuple[int, Operation]], length: int) -> list[int]:
    """Of each character, who put it in: the last of several operations, each by somebody; 0 if it was there before."""
    whose = [0] * length
    for by, operation in operations:
        before, whose, here = whose, [], 0
        for part in operation:
            if isinstance(part, str):
                whose += [by] * len(part)
                continue
            whose += before[here : here + max(part, 0)]
            here += abs(part)
    return whose


def replaces(operation: Operation) -> bool:
    """Whether it puts something in place of what it takes out: most typing does not."""
    return any(_taken_out(operation, and_put_in=True))


Place = tuple[int, int]  # from where to where


def _taken_out(operation: Operation, *, and_put_in: bool = False) -> Iterator[Place]:
    """Where it takes something out, or replaces it."""
    here = 0
    for before, part in pairwise([0, *operation]):
        if isinstance(part, int):
            if part < 0 and (isinstance(before, str) or not and_put_in):
                yield here, here - part
            here += abs(part)


def _met(mine: Iterator[Place], theirs: Iterator[Place]) -> Iterator[int]:
    """Where places overlap."""
    one, other = next(mine, None), next(theirs, None)
    while one and other:
        if one[0] < other[1] and other[0] < one[1]:
            yield max(one[0], other[0])
        if one[1] < other[1]:
            one = next(mine, None)
        else:
            other = next(theirs, None)


def _places(text: str, gone: list[Place], met: list[int]) -> list[Place]:
    """All that is gone around where they met, in whole words; places that touch are one."""
    places: list[Place] = []
    for at in sorted({bisect_right(gone, (here, len(text))) - 1 for here in met}):
        if places and gone[at][1] <= places[-1][1]:
            continue
        start, end = _word_border(text, gone[at][0], -1), _word_border(text, gone[at][1], 1)
        before, after = at - 1, at + 1
        while before >= 0 and gone[before][1] >= start:
            start, before = min(start, gone[before][0]), before - 1
        while after < len(gone) and gone[after][0] < end:
            end, after = max(end, gone[after][1]), after + 1
        while places and start <= places[-1][1]:
            last = places.pop()
            start, end = min(start, last[0]), max(end, last[1])
        places.append((start, end))
    return places


def _word_border(text: str, at: int, step: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at += step
    return at


def _moved(operation: Operation, places: list[Place]) -> Iterator[Place]:
    """Where the places are afterwards, with what was put in there."""
    borders = iter([border for place in places for border in place])
    border, here, there, found = next(borders, None), 0, 0, list[int]()
    for part in [0, *operation]:
        if isinstance(part, str):
            there += len(part)
            continue
        while border is not None and border <= here + abs(part):
            found.append(there + (border - here if part > 0 else 0))
            border = next(borders, None)
        here, there = here + abs(part), there + max(part, 0)
    return zip(found[::2], found[1::2], strict=True)


def _made_of(operation: Operation, text: str, places: list[Place]) -> Iterator[str]:
    """What an operation makes of these places of the text."""
    made = apply(operation, text)
    return (made[start:end] for start, end in _moved(operation, places))
