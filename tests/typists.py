"""People who type in one box at once, over a slow network that loses requests and answers, and the server between them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, Protocol

from webapp.documents import text_operations
from webapp.documents.text_operations import (
    Operation,
    Typing,
    apply,
    compose,
    move_caret,
    normal,
    read,
    transform,
)

Change = dict[str, Any]  # revision, operation, goes_on; key: only to whoever made it
Request = dict[str, Any]  # key, revision, operation, goes_on
BASE = " ".join(f"base{number}" for number in range(30)) + "."


def move_past(mine: Typing, others: Iterable[Typing]) -> Typing:
    """What arrives, moved past what it has not seen, oldest first."""
    for theirs in others:
        mine, _theirs = text_operations.transform(mine, theirs)
    return mine


class Judge:
    """What the server does: every change gets its number; what arrives is moved past what it has not seen."""

    def __init__(self, text: str) -> None:
        self.texts = [text]
        self.log: list[tuple[int, Request]] = []  # by whom, and what became of the request

    @property
    def revision(self) -> int:
        return len(self.log)

    def save(self, person: int, request: Request) -> list[Change]:
        """Store a request, if it is not stored yet; answers what the page lacks."""
        if (person, request["key"]) not in {(by, kept["key"]) for by, kept in self.log}:
            base = request["revision"]
            operation = read(json.dumps(request["operation"]), len(self.texts[base]))
            others = [Typing(kept["operation"], kept["goes_on"]) for _by, kept in self.log[base:]]
            moved = move_past(Typing(operation, request["goes_on"]), others)
            self.texts.append(apply(moved.operation, self.texts[-1]))
            self.log.append((person, {**request, **moved._asdict()}))
        return self.since(person, request["revision"])

    def since(self, person: int, revision: int) -> list[Change]:
        """The changes after a revision."""
        return [
            {
                "revision": number,
                "operation": kept["operation"],
                "goes_on": kept["goes_on"],
                "key": kept["key"] if by == person else "",
            }
            for number, (by, kept) in enumerate(self.log[revision:], start=revision + 1)
        ]


class Look(NamedTuple):
    """One box, as its owner and the network see it."""

    text: str
    caret: int
    revision: int
    saved: bool


class Box(Protocol):
    """One box of one person, here or in a browser."""

    def look(self) -> Look:
        """What it shows."""

    def go(self, caret: int) -> Look:
        """Move the caret."""

    def put(self, character: str) -> Look:
        """Type at the caret; "" takes out the character before it."""

    def sent(self) -> Request | None:
        """What goes to the server now."""

    def failed(self) -> None:
        """No answer came."""

    def hear(self, changes: list[Change], *, answer: bool) -> Look:
        """Changes came from the server."""


class PlainBox:
    """The same states as `Pending` in static/text_operations.js."""

    def __init__(self, text: str, keys: Random) -> None:
        self.text, self.revision, self.caret, self.own = text, 0, 0, 0
        self.pending = Typing(normal([len(text)]))
        self.request: Request | None = None
        self.in_flight = False
        self.keys = keys

    def look(self) -> Look:
        saved = self.request is None and not self._changes()
        return Look(self.text, self.caret, self.revision, saved)

    def go(self, caret: int) -> Look:
        if caret != self.caret:
            self.caret, self.own = caret, 0
        return self.look()

    def put(self, character: str) -> Look:
        before = self.caret if character else self.caret - 1
        change = normal([before, character, before - self.caret, len(self.text) - self.caret])
        goes_on = self.pending.goes_on
        if not self._changes():
            goes_on = self.caret if self.own else None
        operation = compose(self.pending.operation, change)
        self.pending = Typing(operation, goes_on)
        self.text = apply(change, self.text)
        self.caret, self.own = before + len(character), self.own + 1 if character else max(0, self.own - 1)
        return self.look()

    def sent(self) -> Request | None:
        if self.in_flight:
            return None
        if self.request is None and self._changes():
            key = f"{self.keys.getrandbits(64):x}"
            self.request = {"key": key, "revision": self.revision, **self.pending._asdict()}
            self.pending = Typing(normal([len(self.text)]))
        self.in_flight = self.request is not None
        return self.request and {**self.request}

    def failed(self) -> None:
        self.in_flight = False

    def hear(self, changes: list[Change], *, answer: bool) -> Look:
        for change in changes:
            if change["revision"] <= self.revision:
                continue
            if change["revision"] > self.revision + 1:
                break
            self.revision = change["revision"]
            if self.request and change["key"] == self.request["key"]:
                self.request, self.in_flight = None, False
            else:
                self._theirs(Typing(change["operation"], change["goes_on"]))
        if answer:
            self.in_flight = False
        return self.look()

    def _theirs(self, theirs: Typing) -> None:
        if self.request:
            sent, theirs = transform(Typing(self.request["operation"], self.request["goes_on"]), theirs)
            self.request |= {**sent._asdict(), "revision": self.revision}
        self.pending, theirs = transform(self.pending, theirs)
        self.text = apply(theirs.operation, self.text)
        self.caret = move_caret(theirs.operation, self.caret, typing=self.own > 0)

    def _changes(self) -> bool:
        return any(isinstance(part, str) or part < 0 for part in self.pending.operation)


@dataclass
class Typist:
    """Someone who types words of their own here and there, mistypes, pauses, and looks elsewhere."""

    name: str
    box: Box
    words: int
    chance: Random
    only_at_the_end: bool = False
    keys: list[str] = field(default_factory=list)  # to be pressed; "" takes out the character before
    typed: list[str] = field(default_factory=list)

    def press(self) -> None:
        """Press one key, or begin another word."""
        if not self.keys:
            self._begin()
        self.box.put(self.keys.pop(0))

    def _begin(self) -> None:
        text = self.box.look().text
        if self.chance.random() < 0.3:
            spaces = [] if self.only_at_the_end else [at + 1 for at, sign in enumerate(text) if sign == " "]
            self.box.go(self.chance.choice([len(text), *spaces]))
        word = f"{self.name}{len(self.typed)}x{self.chance.randint(100, 999)}{self.chance.choice(['', '😀', 'é'])}"
        self.keys = list(f" {word} ")  # whoever types beside it has a space of their own
        self.typed.append(word)
        if self.chance.random() < 0.3:  # a slip, put right at once
            at = self.chance.randrange(len(self.keys))
            self.keys[at:at] = ["q", ""]

    @property
    def done(self) -> bool:
        return not self.keys and len(self.typed) >= self.words


@dataclass
class Outcome:
    """What stands at the end."""

    text: str
    shown: list[str]
    typed: list[str]
    rounds: int

    @property
    def wrong(self) -> list[str]:
        """What is not as it must be."""
        wrong = [f"box {number} shows {shown!r}" for number, shown in enumerate(self.shown) if shown != self.text]
        found = self.text.replace(".", " ").split()
        must = [*BASE.removesuffix(".").split(), *self.typed]
        return [*wrong, *(f"{word} is there {found.count(word)} times" for word in must if found.count(word) != 1)]


@dataclass
class _Line:
    """The network of one person: what is under way, and when it arrives."""

    asked: tuple[int, Request] | None = None
    answer: tuple[int, list[Change] | None] | None = None
    news: list[tuple[int, list[Change]]] = field(default_factory=list)
    late: list[tuple[int, Request]] = field(default_factory=list)  # requests that arrive a second time


def simulate(typists: list[Typist], judge: Judge, chance: Random, *, loss: float = 0.0, slow: int = 8) -> Outcome:
    """Let them type until everyone has everything. `loss`: how many requests, and answers, are lost. `slow`: in rounds."""
    lines = [_Line() for _ in typists]
    for rounds in range(20_000):
        for person, (typist, line) in enumerate(zip(typists, lines, strict=True)):
            if not typist.done and chance.random() < 0.7:
                typist.press()
            _network(person, typist.box, line, judge, chance, rounds, loss, slow)
        quiet = all(typist.done for typist in typists)
        if quiet and all(look.saved and look.revision == judge.revision for look in _looks(typists)):
            break
    shown = [look.text for look in _looks(typists)]
    return Outcome(judge.texts[-1], shown, [word for typist in typists for word in typist.typed], rounds)


def _looks(typists: list[Typist]) -> list[Look]:
    return [typist.box.look() for typist in typists]


def _network(
    person: int, box: Box, line: _Line, judge: Judge, chance: Random, now: int, loss: float, slow: int
) -> None:
    if chance.random() < 0.2 and (request := box.sent()):
        line.asked = now + chance.randint(1, slow), request
        if chance.random() < loss:
            line.late.append((now + chance.randint(1, 10 * slow), request))
    for one in [one for one in line.late if one[0] <= now]:
        line.late.remove(one)
        judge.save(person, one[1])
    if line.asked and line.asked[0] <= now:
        lost, answer_lost = chance.random() < loss, chance.random() < loss
        answer = None if lost else judge.save(person, line.asked[1])
        line.asked, line.answer = None, (now + chance.randint(1, slow), None if answer_lost else answer)
    if line.answer and line.answer[0] <= now:
        due, line.answer = line.answer, None
        if due[1] is None:
            box.failed()
        else:
            box.hear(due[1], answer=True)
    look = box.look()
    if look.revision < judge.revision and chance.random() < 0.3:
        line.news.append((now + chance.randint(1, slow), judge.since(person, look.revision)))
    for news in [one for one in line.news if one[0] <= now]:
        line.news.remove(news)
        box.hear(news[1], answer=False)


def run(seed: int, people: int, *, words: int = 8, loss: float = 0.0, only_at_the_end: bool = False) -> Outcome:
    """One such afternoon with boxes of this process."""
    boxes = [PlainBox(BASE, Random(seed * 10 + number)) for number in range(people)]
    return simulate(
        [
            Typist("ABCDE"[number], box, words, Random(seed * 100 + number), only_at_the_end)
            for number, box in enumerate(boxes)
        ],
        Judge(BASE),
        Random(seed),
        loss=loss,
    )


def operation_on(chance: Random, text: str, signs: str) -> Operation:
    """Some operation on a text."""
    parts: list[int | str] = []
    left = len(text)
    while left > 0 or chance.random() < 0.3:
        kind = chance.randrange(3)
        size = min(left, chance.randint(1, 5))
        parts.append(
            "".join(chance.choices(signs, k=chance.randint(1, 4))) if kind == 0 else size if kind == 1 else -size
        )
        left -= size if kind else 0
    return normal(parts)
