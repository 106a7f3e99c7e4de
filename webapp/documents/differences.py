"""What changed between two texts, word by word, and between two versions of a part, prompt by prompt."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from merge3 import Merge3

from ..forms.declaration import Part, Section
from ..forms.kinds import Prompt
from .standing import Content

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
_MANY_WORDS = re.compile(r"(?:\s*\S{1,40}){0,12}\s*")
_SENTENCES = re.compile(r"\s+|(?=\S)(?:[^\s.!?]++|[.!?]++(?=\S)|[^\S\n]++(?=\S))*+[.!?]*+")
LONGEST_COMPARED = 6000  # words of all texts together; beyond that, whole texts are shown
MOST_CHANGES = 600  # words taken out or put in; the same
ALIKE = 0.5  # less in common than this: word by word would only confuse
MERGEABLE = 0.7  # more is left of a sentence than this: it was changed, not written anew


@dataclass(frozen=True)
class Piece:
    """A stretch of text: kind is same, added or removed."""

    kind: str
    text: str


def by_words(old: str, new: str) -> list[Piece]:
    """The way from the old text to the new one, in pieces; where little stayed the same, the whole texts."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > LONGEST_COMPARED:
        return _whole(old, new)
    most = min(MOST_CHANGES, int((len(before) + len(after)) * (1 - ALIKE)))
    kept = _kept_words(before, after, most)
    if kept is None:
        return _whole(old, new)
    pieces: list[Piece] = []
    here = there = 0
    for start, there_start, length in [*kept, (len(before), len(after), 0)]:
        pieces += _whole("".join(before[here:start]), "".join(after[there:there_start]))
        here, there = start + length, there_start + length
        if length:
            pieces.append(Piece("same", "".join(before[start:here])))
    return pieces


def by_turns(old: str, turns: Iterable[tuple[int, str]]) -> list[Piece]:
    """The way from the old text through what several people made of it in turn: who, and the text after it.

    What somebody put in and somebody else took out again is shown as taken out; second thoughts of one's own are not.
    """
    stretches, before = [_Stretch(old, "same", 0)], old
    for by, text in turns:
        stretches = list(_after_turn(stretches, by_words(before, text), by))
        before = text
    return [
        Piece(kind, "".join(one.text for one in alike)) for kind, alike in groupby(stretches, key=lambda one: one.kind)
    ]


class _Stretch(NamedTuple):
    text: str
    kind: str
    by: int  # who put it in


def _after_turn(stretches: Iterable[_Stretch], pieces: Iterable[Piece], by: int) -> Iterator[_Stretch]:
    """What one turn makes of what stands, and of what was taken out before."""
    left = deque(one for one in stretches if one.text)
    for piece in pieces:
        if piece.kind == "added":
            yield _Stretch(piece.text, "added", by)
            continue
        length = len(piece.text)
        while length:
            one = left.popleft()
            if one.kind == "removed":
                yield one
                continue
            if len(one.text) > length:
                left.appendleft(one._replace(text=one.text[length:]))
                one = one._replace(text=one.text[:length])
            length -= len(one.text)
            if piece.kind == "same":
                yield one
            elif (one.kind, one.by) != ("added", by):
                yield one._replace(kind="removed")
    yield from left


Path = tuple[Any, int, int, int]  # the path before it, then one run: where it begins here and there, its length


def _kept_words(before: list[str], after: list[str], most: int) -> list[tuple[int, int, int]] | None:
    """The runs of words that stay on the shortest way from one text to the other; None if it takes more changes than that.

    The way is Myers' (1986): its time grows with the number of changes, whatever the words are.
    """
    reached: dict[int, tuple[int, Path | None]] = {1: (0, None)}  # lane (words taken out - put in) → how far, and how
    for changes in range(most + 1):
        for lane in range(-changes, changes + 1, 2):
            puts_in = lane == -changes or (lane != changes and reached[lane - 1][0] < reached[lane + 1][0])
            start, path = reached[lane + 1] if puts_in else (reached[lane - 1][0] + 1, reached[lane - 1][1])
            end = start
            while end < len(before) and end - lane < len(after) and before[end] == after[end - lane]:
                end += 1
            if end > start:
                path = (path, start, start - lane, end - start)
            if end >= len(before) and end - lane >= len(after):
                return _runs(path)
            reached[lane] = end, path
    return None


def _runs(path: Path | None) -> list[tuple[int, int, int]]:
    runs = []
    while path:
        path, *run = path
        runs.append((run[0], run[1], run[2]))
    return runs[::-1]


def near_changes(pieces: list[Piece]) -> list[Piece]:
    """The same way, of which long stretches that stayed the same are shown only near to what changed."""
    last = len(pieces) - 1
    return [
        Piece("same", _cut(piece.text, at_start=not at, at_end=at == last)) if piece.kind == "same" else piece
        for at, piece in enumerate(pieces)
    ]


def _cut(text: str, *, at_start: bool, at_end: bool) -> str:
    """A stretch that stayed the same, without its middle, or without what is far from the only change beside it."""
    begins = "" if at_start else _MANY_WORDS.match(text)[0]  # type: ignore[index]
    ends = "" if at_end else _MANY_WORDS.match(text[::-1])[0][::-1]  # type: ignore[index]
    return text if len(begins) + len(ends) >= len(text) else f"{begins}…{ends}"


def _whole(old: str, new: str) -> list[Piece]:
    return [piece for piece in (Piece("removed", old), Piece("added", new)) if piece.text]


def both(base: str, theirs: str, mine: str) -> str:
    """One text with what both wrote, as a suggestion to edit. Where both rewrote a sentence, both sentences stand."""
    return "".join(_merged(_SENTENCES, base, theirs, mine, where_they_met=_one_after_the_other))


def _merged(
    units: re.Pattern[str], base: str, theirs: str, mine: str, *, where_they_met: Callable[[str, str, str], str]
) -> Iterator[str]:
    before, there, here = (units.findall(text) for text in (base, theirs, mine))
    if len(before) + len(there) + len(here) > LONGEST_COMPARED:
        yield where_they_met(base, theirs, mine)
        return
    for group in Merge3(before, there, here).merge_groups():
        if group[0] == "conflict":
            yield where_they_met(*("".join(said) for said in group[1:]))
        else:
            yield from group[1]


def _one_after_the_other(base: str, theirs: str, mine: str) -> str:
    """Changes to a sentence that leave most of it are merged by words, if in different places; otherwise both stand."""
    if _kept(base, theirs) > MERGEABLE and _kept(base, mine) > MERGEABLE:
        try:
            return "".join(_merged(_WORDS, base, theirs, mine, where_they_met=_refuse))
        except _Met:
            pass
    between = "" if not theirs or theirs[-1:].isspace() or mine[:1].isspace() else " "
    return f"{theirs}{between}{mine}" if mine.strip() else theirs


def _kept(base: str, text: str) -> float:
    """How much of a text another one still has, from 0 to 1."""
    before, after = Counter(base.split()), Counter(text.split())
    return (before & after).total() / (before.total() or 1)


class _Met(Exception):
    """Two changes are in the same place."""


def _refuse(*_texts: str) -> str:
    raise _Met


@dataclass(frozen=True)
class Changed:
    """One prompt that reads otherwise than it did."""

    section: type[Section]
    prompt: Prompt
    pieces: list[Piece]


def between(part: type[Part], old: Content, new: Content) -> list[Changed]:
    """The prompts of a part that changed, with the difference by words."""
    found = []
    for section in part.sections:
        for prompt in section.prompts():
            before, after = _words(prompt, old), _words(prompt, new)
            if before != after:
                found.append(Changed(section, prompt, by_words(before, after)))
    return found


def _words(prompt: Prompt, said: dict[str, Any]) -> str:
    return prompt.words(said.get(prompt.name))
