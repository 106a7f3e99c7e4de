"""From one person's save to the others' screens: the bell rings, their pages ask, and the answer holds the words.

Every page does what static/together.js does: it listens while it is looked at, asks once at a time, and once more if it
rang meanwhile; it says every twenty seconds where its caret is.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from random import Random
from secrets import token_hex

from tests.bench.crowd import Gathering
from tests.bench.server import Server
from tests.bench.timing import Times, summed_up
from tests.bench.wire import Answer, Line

WRITERS = 6  # of those in one plan
BEAT = 20.0
SETTLES = 3.0  # after everybody has come
REST = 10.0  # for what is still on its way at the end
SINCE = re.compile(r'data-since="([^"]+)"')
TOKEN = re.compile(r'X-CSRFToken": "([^"]+)"')
MARK = re.compile(r"@(\d+)@")


@dataclass
class Saves:
    """What was saved, when, and who has it on their screen."""

    began: dict[int, float] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    awaited: dict[int, int] = field(default_factory=dict)  # mark → how many others are still without it
    failed: list[str] = field(default_factory=list)
    asked: int = 0


@dataclass(frozen=True)
class Together:
    """What one measurement gave."""

    shown: Times
    saves: Times
    saved: int
    missing: int
    asked: int
    failed: list[str]
    memory: float  # of a process, in MB, with all these streams open


class Page:
    """One open page of one person."""

    def __init__(self, port: int, path: str, cookie: str, saves: Saves) -> None:
        self.path, self.saves, self.mark = path, saves, token_hex(8)
        self.headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "HX-Request": "true"}
        self.asks, self.writes, self.hears, self.says = (Line(port, self.headers) for _ in range(4))
        self.since, self.seen = "", set[int]()
        self._asking = self._again = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open the page, listen, and say that one is here."""
        await self._begin()
        self._must(await self.hears.listen(f"{self.path}/bell", self._heard), 200)
        self.go_on(self._be_here())

    async def _begin(self) -> None:
        page = await self.asks.ask("GET", f"{self.path}/write")
        self._must(page, 200)
        self.since = _found(SINCE, page.text)
        self.headers["X-CSRFToken"] = _found(TOKEN, page.text)

    def close(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        for line in (self.asks, self.writes, self.hears, self.says):
            line.hang_up()

    def go_on(self, work: "Awaitable[None]") -> None:
        """Do this beside everything else."""
        task = asyncio.ensure_future(self._or_fail(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _or_fail(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            self.saves.failed.append(f"{type(error).__name__} {error}")

    def _heard(self, piece: bytes) -> None:
        if b"ring" in piece or b"here" in piece:
            self.ask()

    async def _be_here(self, at: str = "") -> None:
        while True:
            self._must(await self.says.ask("POST", f"{self.path}/here", {"page": self.mark, "at": at}), 204)
            await asyncio.sleep(BEAT)

    def ask(self) -> None:
        """Ask what has changed, now or after the answer that is on its way."""
        if self._asking:
            self._again = True
        else:
            self._asking = True
            self.go_on(self._ask())

    async def _ask(self) -> None:
        try:
            while True:
                self._again = False
                answer = await self.asks.ask("GET", f"{self.path}/changes?since={self.since}")
                self.saves.asked += 1
                self._look_at(answer)
                if not self._again:
                    return
        finally:
            self._asking = False

    def _look_at(self, answer: Answer) -> None:
        if answer.status == 204:
            return
        self._must(answer, 200)
        said = answer.text
        self.since = _found(SINCE, said)
        for mark in {int(one) for one in MARK.findall(said)} - self.seen:
            self.seen.add(mark)
            if mark in self.saves.awaited:
                self.saves.shown.append(answer.at - self.saves.began[mark])
                self.saves.awaited[mark] -= 1

    def _must(self, answer: Answer, status: int) -> None:
        assert answer.status == status, f"{self.path} answered {answer.status}"


class Writer:
    """Types a new mark at one prompt, in the place of the one before."""

    def __init__(self, page: Page, prompt: str, version: int, length: int, others: int) -> None:
        self.page, self.prompt, self.version, self.length, self.others = page, prompt, version, length, others
        self.before, self.busy = 0, False

    async def save(self, mark: int) -> None:
        """Save one change, as the page does."""
        saves, said = self.page.saves, f"@{mark}@"
        self.page.seen.add(mark)
        operation = [part for part in (self.length, said, -self.before) if part]
        sent = f'[{{"key": "{token_hex(8)}", "operation": {operation}, "goes_on": null}}]'.replace("'", '"')
        path = f"{self.page.path}/answers/{self.prompt}"
        form = {f"v.{self.prompt}": self.version, f"ops.{self.prompt}": sent, "page": self.page.mark}
        saves.awaited[mark], saves.began[mark] = self.others, time.perf_counter()
        try:
            answer = await self.page.writes.ask("POST", path, dict(form))
            self.page._must(answer, 200)
            saves.taken.append(answer.at - saves.began[mark])
            self.version = int(_found(re.compile(rf'name="v\.{self.prompt}" value="(\d+)"'), answer.text))
            self.before = len(said)
        finally:
            self.busy = False


def _found(what: re.Pattern[str], said: str) -> str:
    found = what.search(said)
    assert found, f"no {what.pattern}"
    return found[1]


def together(server: Server, gatherings: list[Gathering], *, seconds: float, a_second: int = 17) -> Together:
    """Let everybody open their page and some of them write: so many saves a second by all of them together."""
    return asyncio.run(_together(server, gatherings, seconds, a_second))


async def _together(server: Server, gatherings: list[Gathering], seconds: float, a_second: int) -> Together:
    saves = Saves()
    pages, writers = list[Page](), list[Writer]()
    for one in gatherings:
        here = [Page(server.port, one.path, cookie, saves) for cookie in one.cookies]
        pages += here
        writers += _writers(one, here, 1 if len(gatherings) > 1 else WRITERS)
    try:
        for page in pages:
            await page.open()
        await asyncio.sleep(SETTLES)
        saves.asked = 0
        await _write(saves, writers, seconds, a_second)
        asked, memory = saves.asked, server.memory()
        until = time.perf_counter() + REST
        while any(saves.awaited.values()) and time.perf_counter() < until:
            await asyncio.sleep(0.05)
    finally:
        for page in pages:
            page.close()
    if len(saves.shown) < 2:
        raise RuntimeError(f"Nothing came through: {saves.failed[:3]}")
    missing = sum(saves.awaited.values())
    return Together(
        summed_up(saves.shown), summed_up(saves.taken), len(saves.taken), missing, asked, saves.failed, memory
    )


def _writers(one: Gathering, pages: list[Page], most: int) -> Iterator[Writer]:
    for page, (prompt, (version, length)) in zip(pages[:most], one.texts.items(), strict=False):
        yield Writer(page, prompt, version, length, len(pages) - 1)


async def _write(saves: Saves, writers: list[Writer], seconds: float, a_second: int) -> None:
    """One save after the other, each by somebody whose last one is answered."""
    chance, begun, mark = Random(17), time.perf_counter(), 0
    due = begun
    while (now := time.perf_counter()) < begun + seconds:
        if now < due:
            await asyncio.sleep(due - now)
        due += 2 * chance.random() / a_second
        if idle := [one for one in writers if not one.busy]:
            mark += 1
            writer = chance.choice(idle)
            writer.busy = True
            writer.page.go_on(writer.save(mark))
