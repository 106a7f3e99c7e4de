"""What changed between two texts, word by word, and between two versions of a part, prompt by prompt."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from merge3 import Merge3

from ..forms.declaration import Part, Section
from ..forms.kinds import Prompt
from .standing import Content

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
LONGEST_COMPARED = 6000  # words; beyond that, whole texts are shown


@dataclass(frozen=True)
class Piece:
    """A stretch of text: kind is same, added or removed."""

    kind: str
    text: str


def by_words(old: str, new: str) -> list[Piece]:
    """The way from the old text to the new one, in pieces."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > LONGEST_COMPARED:
        return [piece for piece in (Piece("removed", old), Piece("added", new)) if piece.text]
    pieces: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        if i < j:
            pieces.append(Piece("removed", "".join(before[i:j])))
        if k < m:
            pieces.append(Piece("added", "".join(after[k:m])))
    return pieces


def both(base: str, theirs: str, mine: str) -> str:
    """One text with what both wrote, as a suggestion to edit. Where they replaced the same words, both stand."""
    lines = [_WORDS.findall(text) for text in (base, theirs, mine)]
    merged: list[str] = []
    for group in Merge3(*lines).merge_groups():
        if group[0] == "conflict":
            merged += [*group[2], *([" "] if group[2] and group[3] else []), *group[3]]
        else:
            merged += group[1]
    return "".join(merged)


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
