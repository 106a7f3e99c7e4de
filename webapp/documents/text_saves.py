"""What a save makes of a text in which several people type: moved past what it has not seen, and stored.

A page sends operations (`Request`), each under a random key, so that one that comes twice is stored once. What comes as a
whole text, from a page without JavaScript, is the difference to the text that the page began with.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..forms.kinds import Prompt
from ..text import tidy
from .keeping import Newer
from .text_operations import (
    NO_LINE_END,
    OTHER_TEXT,
    UNREADABLE,
    Operation,
    OtherText,
    Typing,
    apply,
    checked,
    compose_all,
    length_after,
    length_before,
    transform,
)
from .two_texts import BothChanged, both_replaced, difference, replaces, set_apart

MOST_REQUESTS = 2  # one whose answer did not come, and what was typed since
MOST_WORK = 500_000  # parts of operations gone through for one save: about a second, in which others wait
TOO_MUCH = (
    "So much was written here since that your words cannot be put in their place any more. "
    "Your words are still in the box: copy them, then reload the page."
)
_KEY = re.compile(r"[0-9a-f]{8,32}")


class TooMuch(OtherText):
    """Moving past all that was written since would keep everybody else waiting."""


@dataclass(frozen=True)
class Request:
    """One change of a text as its page sent it; `parts` is an operation that nobody has checked."""

    key: str
    parts: Any
    goes_on: int | None


@dataclass(frozen=True)
class Step:
    """One change as it is stored, and the text after it."""

    typing: Typing
    text: str
    key: str | None = None


@dataclass(frozen=True)
class Ground:
    """The text that somebody began with, and what others did to it since, oldest first."""

    text: str
    since: list[tuple[Newer, Typing]] = field(default_factory=list)
    version: int = 0

    @property
    def now(self) -> str:
        """The text as it stands."""
        return str(self.since[-1][0].value or "") if self.since else self.text


@dataclass(frozen=True)
class Judged:
    """What is to be stored, and where two people replaced the same words."""

    steps: list[Step] = field(default_factory=list)
    met: list[BothChanged] = field(default_factory=list)


def read_requests(raw: str) -> tuple[Request, ...]:
    """The requests that a page sent, each made in the text after the one before; ValueError if they are none."""
    try:
        sent = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError(UNREADABLE) from None
    if not isinstance(sent, list) or len(sent) > MOST_REQUESTS:
        raise ValueError(UNREADABLE)
    requests = tuple(map(_request, sent))
    if len({one.key for one in requests}) < len(requests):
        raise ValueError(UNREADABLE)  # two under one key: the second could never be told from the first
    return requests


def _request(sent: Any) -> Request:
    if not isinstance(sent, dict) or sent.keys() != {"key", "operation", "goes_on"}:
        raise ValueError(UNREADABLE)
    key, goes_on = sent["key"], sent["goes_on"]
    if not isinstance(key, str) or not _KEY.fullmatch(key) or not (goes_on is None or type(goes_on) is int):
        raise ValueError(UNREADABLE)
    return Request(key, sent["operation"], goes_on)


def ground(newer: Iterable[Newer], base: int) -> Ground | None:
    """What somebody began with who has seen version `base`; None if there never was such a version.

    An operation that does not lead to the text that is kept (somebody changed it past the site) is found anew.
    """
    past = [one for one in newer if one.version >= base]
    begun = "" if not base else next((one.value or "" for one in past if one.version == base), None)
    if begun is None:
        return None
    found, text = Ground(begun, version=base), begun
    for one in past:
        if one.version > base:
            value = one.value or ""
            typing = one.typing if one.typing and _leads(one.typing.operation, text, value) else None
            found.since.append((one, typing or Typing(difference(text, value))))
            text = value
    return found


def _leads(operation: Operation, text: str, value: str) -> bool:
    return length_before(operation) == len(text) and apply(operation, text) == value


def whole(begun: Ground, value: str, *, our_own: bool) -> Judged:
    """A whole text. `our_own`: all that is newer came from the page that sends this, so it is in this text already."""
    if value == tidy(begun.now):
        return Judged()
    if our_own:
        mine = Typing(_by_hand(begun.now, value))
        return Judged([Step(mine, apply(mine.operation, begun.now))])
    if value == tidy(begun.text):
        return Judged()
    mine = Typing(_by_hand(begun.text, value))
    try:
        (moved,) = _moved([mine], (typing for _, typing in begun.since), _Work())
    except TooMuch:
        moved, _theirs = transform(mine, Typing(difference(begun.text, begun.now)))
    return Judged([Step(moved, apply(moved.operation, begun.now))], _met(begun, [mine]))


def _by_hand(old: str, new: str) -> list[int | str]:
    """The difference, without what a form takes away at both ends of a text while somebody is typing there."""
    core = old.strip()
    if not core or not new:
        return difference(old, new)
    head = old[: len(old) - len(old.lstrip())]
    return difference(old, head + new + old[len(head) + len(core) :])


def requested(begun: Ground, requests: Sequence[Request], prompt: Prompt, *, by_id: int, known: set[str]) -> Judged:
    """Operations, one after the other. `known`: those of their keys that are stored; ValueError if one cannot be kept."""
    mine = list(_checked(requests, len(begun.text), prompt))
    keys = [one.key for one in requests]
    met, work = [] if known.intersection(keys) else _met(begun, mine), _Work()
    for past, theirs in begun.since:
        if keys and past.by_id == by_id and past.key == keys[0]:
            del mine[0], keys[0]
        else:
            mine = _moved(mine, [theirs], work)
    if known.intersection(keys):
        raise OtherText(OTHER_TEXT)  # stored before the version that the page says it was made in
    steps, text = [], begun.now
    for key, typing in zip(keys, mine, strict=True):
        text = apply(typing.operation, text)
        steps.append(Step(typing, text, key))
    return Judged(steps, met)


MET = "met"  # so begins the key of the change that puts two versions apart; then the version that both began with


def with_versions_apart(judged: Judged, begun: Ground, prompt: Prompt, version: int) -> Judged:
    """The same, and where two people replaced the same words, one more change: it puts the two versions apart, and tells
    the pages of both that they met. `version`: the one that stands before."""
    if not judged.met:
        return judged
    text = judged.steps[-1].text
    apart = set_apart(text, judged.met, in_lines=prompt.kind == "text")
    key = f"{MET} {begun.version} {version + len(judged.steps) + 1}"
    return Judged([*judged.steps, Step(Typing(apart), apply(apart, text), key)], judged.met)


def met_since(key: str | None) -> int | None:
    """The version that two people began with whose versions this change put apart; None for any other change."""
    return int(key.split()[1]) if key and key.startswith(MET) else None


class _Work:
    """What moving and joining operations takes, counted in their parts; TooMuch where it would take too long."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def take(self, *operations: Operation) -> None:
        """Go through these."""
        self.left -= sum(map(len, operations))
        if self.left < 0:
            raise TooMuch(TOO_MUCH)


def _moved(mine: list[Typing], since: Iterable[Typing], work: _Work) -> list[Typing]:
    """One change after the other, moved past what others did before the first, oldest first."""
    for theirs in since:
        work.take(theirs.operation, *(one.operation for one in mine))
        mine = _past(mine, theirs)
    return mine


def _past(mine: list[Typing], theirs: Typing) -> list[Typing]:
    moved = []
    for typing in mine:
        after, theirs = transform(typing, theirs)
        moved.append(after)
    return moved


def _checked(requests: Sequence[Request], length: int, prompt: Prompt) -> Iterator[Typing]:
    for one in requests:
        operation = checked(one.parts, length, longest=prompt.longest)
        if prompt.kind == "line" and any(isinstance(part, str) and "\n" in part for part in operation):
            raise ValueError(NO_LINE_END)
        if one.goes_on is not None and not 0 <= one.goes_on <= length:
            raise ValueError(UNREADABLE)
        yield Typing(operation, one.goes_on)
        length = length_after(operation)


def _met(begun: Ground, mine: list[Typing]) -> list[BothChanged]:
    if not mine or not begun.since:
        return []
    here = compose_all(one.operation for one in mine)
    return both_replaced(here, _together(begun), begun.text) if replaces(here) else []


def _together(begun: Ground) -> Operation:
    """All that others did, as one operation."""
    work, theirs = _Work(), [typing.operation for _, typing in begun.since]
    try:
        for _ in range(len(theirs).bit_length()):  # neighbours are joined first, so each is gone through so often
            work.take(*theirs)
    except TooMuch:
        return difference(begun.text, begun.now)
    return compose_all(theirs)


# ---------------------------------------------------------------- what a page is told

Change = dict[str, Any]  # revision, operation, goes_on; key: only to whoever made it


def change(revision: int, typing: Typing, key: str) -> Change:
    """One change of a text as a page reads it."""
    return {"revision": revision, "operation": typing.operation, "goes_on": typing.goes_on, "key": key}


def changes(begun: Ground, reader_id: int, steps: Sequence[Step] = (), version: int = 0) -> list[Change]:
    """What was done to a text since its reader began, and the steps of their own save up to this version."""
    past = [
        change(past.version, typing, (past.key or "") if past.by_id == reader_id else "")
        for past, typing in begun.since
    ]
    first = version - len(steps) + 1
    return past + [change(number, step.typing, step.key or "") for number, step in enumerate(steps, start=first)]
