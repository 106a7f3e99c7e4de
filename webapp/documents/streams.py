"""The streams that pages hear the bell through. One thread of each process sees to all of them, so that a stream which waits
costs a connection and no thread.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from logging import Logger
from queue import SimpleQueue
from socket import socket
from threading import Condition, Thread
from typing import Protocol

from ..web import without_words

CHECK_EVERY = 2.0  # seconds; the right to hear the bell is asked for again at least this often
LONGEST = 600.0
HERE, RING, OVER, FULL = (f"event: {one}\ndata:\n\n" for one in ("here", "ring", "over", "full"))
BEGINS = f"retry: 2000\n{HERE}"
ALIVE = ":\n\n"


class HandedOver(BaseException):
    """The server is to leave this connection alone from here on: it is seen to by somebody else."""


class Line(Protocol):
    """Where a page is told."""

    def say(self, what: str) -> bool:
        """Say it; False: nobody is there any more."""

    def is_open(self) -> bool:
        """Whether somebody is there."""

    def hang_up(self) -> None:
        """Nothing more will be said."""


class Listens(Protocol):
    """A page that hears the bell."""

    def rings_at(self) -> float:
        """It has rung: from when on (time.monotonic) that is news to it."""

    def is_told(self, rang: bool) -> bool | None:
        """Whether the bell rings for it, after it rang or at the beginning; None: it may not hear it."""


class Awaited:
    """A thread of the server waits for what is said: on a server that hands nothing over."""

    def __init__(self) -> None:
        self._said: SimpleQueue[str] = SimpleQueue()

    def say(self, what: str) -> bool:
        """Say it."""
        self._said.put(what)
        return True

    def is_open(self) -> bool:
        """As far as is known: the thread finds out when it passes on what was said."""
        return True

    def hang_up(self) -> None:
        """Nothing more will be said."""
        self._said.put("")

    def __iter__(self) -> Iterator[str]:
        return iter(self._said.get, "")


class Direct:
    """The connection itself, which the server has handed over after the head of its answer."""

    def __init__(self, connection: socket, *, in_chunks: bool) -> None:
        self._connection, self._in_chunks = connection, in_chunks
        connection.setblocking(False)

    def say(self, what: str) -> bool:
        """Say it; who does not read what was said before is gone, and comes again."""
        said = what.encode()
        if self._in_chunks:
            said = b"%x\r\n%s\r\n" % (len(said), said)
        try:
            return self._connection.send(said) == len(said)
        except OSError:
            return False

    def is_open(self) -> bool:
        """Whether its other end is."""
        try:
            self._connection.recv(1)  # nothing is to come from there but its end
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def hang_up(self) -> None:
        """Nothing more will be said."""
        with suppress(OSError):
            self._connection.send(b"0\r\n\r\n" if self._in_chunks else b"")
        self._connection.close()


class Stream:
    """The stream of one page. `left`: what is to be done when it has ended."""

    def __init__(self, page: Listens, line: Line, left: Callable[["Stream"], None]) -> None:
        self.page, self.line, self.left = page, line, left
        self.beat = time.monotonic()
        self.until = self.beat + LONGEST
        self.due = float("inf")  # when it rings next

    def begins(self) -> bool:
        """Its first turn. What each turn says: whether the stream goes on."""
        may_hear = self.page.is_told(True) is not None
        return may_hear and self.line.say(BEGINS) and self._next_beat()

    def rings(self) -> bool:
        """Its turn after it rang."""
        self.due = float("inf")  # first: what happens from here on rings again
        told = self.page.is_told(True)
        return self.line.say(RING) if told else told is not None

    def beats(self) -> bool:
        """Its turn at even times: that there was a ring for others shows in nothing."""
        told = self.page.is_told(False)
        said = [RING, ALIVE] if told else [ALIVE]
        return told is not None and self.line.is_open() and all(map(self.line.say, said)) and self._next_beat()

    def _next_beat(self) -> bool:
        """A late one moves no other."""
        is_last = self.beat >= self.until
        self.beat += CHECK_EVERY * (1 + max(time.monotonic() - self.beat, 0) // CHECK_EVERY)
        return not is_last

    def ends(self) -> None:
        """It is over."""
        self.line.say(OVER)
        self.line.hang_up()


Turn = Callable[[Stream], bool]


class Streams:
    """All the streams of one process, each of which has its turn when it rings for it and at even times."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._changed = Condition()
        self._open: set[Stream] = set()
        self._turns: list[tuple[float, int, Stream, Turn]] = []  # the next one first
        self._number = count()
        self._thread: Thread | None = None
        self._closed = False

    def open(self, stream: Stream) -> None:
        """One more."""
        with self._changed:
            self._open.add(stream)
            self._turn(time.monotonic(), stream, Stream.begins)
            if self._thread is None:
                self._thread = Thread(target=self._go_on, name="streams", daemon=True)
                self._thread.start()

    def ring(self, stream: Stream, when: float) -> None:
        """It rings for this one, now or then."""
        with self._changed:
            if when < stream.due:
                stream.due = when
                self._turn(when, stream, Stream.rings)

    def leave(self, stream: Stream) -> None:
        """This one is over, or its page is closed."""
        with self._changed:
            was_open = stream in self._open
            self._open.discard(stream)
        if was_open:
            stream.left(stream)
            stream.ends()

    def close(self) -> None:
        """All are over."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Until all have ended."""
        if thread := self._thread:
            thread.join(seconds)

    def _turn(self, when: float, stream: Stream, turn: Turn) -> None:
        heappush(self._turns, (when, next(self._number), stream, turn))
        self._changed.notify()

    def _go_on(self) -> None:
        while due := self._next():
            stream, turn = due
            try:
                goes_on = turn(stream)
            except Exception as error:
                self._logger.warning("A page that listens was not told\n%s", without_words(error))
                goes_on = False
            if not goes_on:
                self._end(stream)
            elif turn is not Stream.rings:
                with self._changed:
                    self._turn(stream.beat, stream, Stream.beats)

    def _end(self, stream: Stream) -> None:
        try:
            self.leave(stream)
        except Exception as error:  # the others go on
            self._logger.warning("A stream did not end well\n%s", without_words(error))

    def _next(self) -> tuple[Stream, Turn] | None:
        """Whose turn it is, when it comes; None when there is nobody any more."""
        with self._changed:
            while self._open:
                if self._closed:
                    return self._open_one(), _is_over
                left = self._turns[0][0] - time.monotonic() if self._turns else None
                if left is not None and left <= 0:
                    _, _, stream, turn = heappop(self._turns)
                    if stream in self._open:
                        return stream, turn
                else:
                    self._changed.wait(left)
            self._turns.clear()
            self._thread = None
            return None

    def _open_one(self) -> Stream:
        return next(iter(self._open))


def _is_over(_stream: Stream) -> bool:
    return False
