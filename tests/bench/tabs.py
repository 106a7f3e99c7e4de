"""Three hundred open tabs of 150 people: what they cost everybody else, and how they find a server that starts anew.

The tabs follow the rules of static/together.js: the one that is looked at listens, the other asks now and then; when the
stream breaks, they try again later and later, and not all at once.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from threading import Thread

from tests.bench.crowd import Gathering
from tests.bench.live import Page, Saves
from tests.bench.server import Server

RETRY = 1.0, 8.0
NO_STREAM = 60.0
POLL = 3.0, 15.0
POLL_BESIDE_A_STREAM = 30.0
MOST_RETRIES = 3


class Tab(Page):
    """One tab. `visible`: it is looked at."""

    def __init__(self, port: int, path: str, cookie: str, saves: Saves, *, visible: bool) -> None:
        super().__init__(port, path, cookie, saves)
        self.visible, self.live_at, self.tried = visible, 0.0, list[float]()
        self.chance, self.tries = Random(self.mark), 0

    async def open(self) -> None:
        """Open the page."""
        await self._begin()
        if self.visible:
            self.go_on(self._stay())
            self.go_on(self._be_here())
        self.go_on(self._poll())

    def _jitter(self, seconds: float) -> float:
        return seconds * (0.5 + self.chance.random() / 2)

    def _back_off(self, between: tuple[float, float], times: float) -> float:
        return self._jitter(min(between[1], between[0] * 2**times))

    async def _stay(self) -> None:
        """Listen, and again whenever the stream ends."""
        while True:
            await asyncio.sleep(self._jitter(await self._hear()))

    async def _hear(self) -> float:
        """Listen until it ends; gives how long to wait then."""
        self.tried.append(time.monotonic())
        try:
            heard = asyncio.Queue[bytes]()
            answer = await self.hears.listen(f"{self.path}/bell", heard.put_nowait)
        except (OSError, TimeoutError):
            self.tries += 1
            return self._back_off(RETRY, self.tries - 1)
        if answer.status != 200:
            self.tries += 1
            return NO_STREAM if self.tries > MOST_RETRIES else self._back_off(RETRY, self.tries - 1)
        self.tries, self.live_at, last = 0, time.monotonic(), b""
        while piece := await heard.get():
            last = piece
            if b"event: ring" in piece or b"event: here" in piece:
                self.ask()
        self.live_at = 0.0
        if b"event: over" in last:
            return 1.0
        self.tries += 1
        return self._back_off(RETRY, self.tries - 1)

    async def _poll(self) -> None:
        quiet = 0
        while True:
            await asyncio.sleep(
                self._jitter(POLL_BESIDE_A_STREAM)
                if self.live_at or not self.visible
                else self._back_off(POLL, quiet / 2)
            )
            quiet += 1
            self.tried.append(time.monotonic())
            self.ask()

    async def _be_here(self, at: str = "") -> None:
        while True:
            try:
                await super()._be_here(at)
            except (OSError, TimeoutError, AssertionError):
                await asyncio.sleep(20)

    async def _ask(self) -> None:
        with suppress(OSError, TimeoutError, AssertionError):
            await super()._ask()


@dataclass(frozen=True)
class Found:
    """How the tabs found the server again: seconds after it answered, and the most requests in a tenth of a second."""

    away: float
    all_live: float
    half_live: float
    missing: int
    busiest: int


class Tabs:
    """The tabs, in a loop of their own beside the measurement."""

    def __init__(self, server: Server, gatherings: list[Gathering]) -> None:
        self.loop = asyncio.new_event_loop()
        self.saves = Saves()
        self.tabs = [
            Tab(server.port, one.path, cookie, self.saves, visible=visible)
            for one in gatherings
            for cookie in one.cookies
            for visible in (True, False)
        ]

    @property
    def visible(self) -> list[Tab]:
        """Those that are looked at."""
        return [tab for tab in self.tabs if tab.visible]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While all of them are open."""
        thread = Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(timeout=120)
            wait_until(lambda: all(tab.live_at for tab in self.visible), 30)
            yield
        finally:
            self.loop.call_soon_threadsafe(self._close)
            time.sleep(0.2)
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join(timeout=10)

    async def _open(self) -> None:
        for tab in self.tabs:
            await tab.open()

    def _close(self) -> None:
        for tab in self.tabs:
            tab.close()

    def find_again(self, killed: float, answers: float) -> Found:
        """What came of a server that was killed and answers again."""
        wait_until(lambda: all(tab.live_at > killed for tab in self.visible), 40)
        live = sorted(tab.live_at for tab in self.visible if tab.live_at > killed)
        tried = Counter(int(at * 10) for tab in self.tabs for at in tab.tried if at > answers)
        missing = len(self.visible) - len(live)
        return Found(
            answers - killed,
            live[-1] - answers,
            live[len(live) // 2] - answers,
            missing,
            max(tried.values(), default=0),
        )


def kill(server: Server, how: int = signal.SIGKILL) -> float:
    """End the server and its worker; gives when."""
    for pid in [server.pid, *server.workers()]:
        os.kill(pid, how)
    return time.monotonic()


def wait_until(what: Callable[[], bool], seconds: float) -> None:
    """Wait until it is so, at most so long."""
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
