"""Hearing of what is written in the database, by whatever process: a mark to ask for, and what PostgreSQL notifies.

Each of these has a connection of its own, past the pool and past SQLAlchemy: it is asked so often.
"""

import math
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from itertools import count
from selectors import EVENT_READ, DefaultSelector
from threading import Lock
from typing import Any

from sqlalchemy import Engine

Watched = AbstractContextManager[Callable[[float], Hashable]]  # while it lasts: whether anybody has written


@contextmanager
def writes_of_others(engine: Engine) -> Iterator[Callable[..., Hashable]]:
    """On SQLite: a mark to ask for, which is another one after every write by anybody else."""
    opening = next(_OPENINGS)  # each connection counts anew
    with _outside_the_pool(engine) as driver:
        yield lambda *_within: (opening, int(driver.execute("PRAGMA data_version").fetchone()[0]))


_OPENINGS = count()
ENDED = b"SELECT pg_current_snapshot()"


@contextmanager
def ended_transactions(engine: Engine) -> Iterator[Callable[[float], Hashable]]:
    """On PostgreSQL: such a mark, to be had within so many seconds."""
    with _outside_the_pool(engine) as driver, DefaultSelector() as answered:
        driver.rollback()
        answered.register(driver.pgconn.socket, EVENT_READ)
        yield partial(_ended, driver.pgconn, answered)


def _ended(link: Any, answered: DefaultSelector, within: float) -> Hashable:
    until = time.monotonic() + within
    link.send_query(ENDED)
    while link.is_busy():
        if not answered.select(until - time.monotonic()):
            raise TimeoutError("The database does not answer.")
        link.consume_input()
    said: bytes | None = link.get_result().get_value(0, 0)
    while link.get_result():
        pass
    if said is None:
        raise ConnectionError("The database has closed the connection.")
    return said


class Watch:
    """A connection that is kept to ask whether anybody has written.

    `within`: seconds in which that is answered. `rests`: seconds for which nobody asks again when it was not.
    """

    def __init__(self, engine: Engine, how: Callable[[Engine], Watched], *, within: float, rests: float = 0.0) -> None:
        self._engine, self._how, self._within, self._rests = engine, how, within, rests
        self._using, self._opening = Lock(), Lock()
        self._connected = ExitStack()
        self._written: Callable[[float], Hashable] | None = None
        self._from = -math.inf

    def open(self, *, wait: bool = True) -> None:
        """Connect, unless that was done or it rests. It may take its time, in which nobody who asks waits; nor does whoever
        finds somebody else at it and is not to `wait`."""
        if self._written is None and time.monotonic() >= self._from and self._opening.acquire(blocking=wait):
            try:
                if self._written is None:
                    self._connect()
            finally:
                self._opening.release()

    def _connect(self) -> None:
        connected = ExitStack()
        try:
            written = connected.enter_context(self._how(self._engine))
        except Exception:
            self._from = time.monotonic() + self._rests
            raise
        with self._using:
            self._connected, self._written = connected, written

    def mark(self) -> Hashable:
        """The mark; TimeoutError if it is not to be had in time, another OSError or the driver's
        OperationalError if the database is away."""
        if not self._using.acquire(timeout=self._within):
            raise TimeoutError
        try:
            if self._written is None:
                raise TimeoutError("Nobody has connected to the database.")
            return self._asked(self._written)
        finally:
            self._using.release()

    def _asked(self, written: Callable[[float], Hashable]) -> Hashable:
        try:
            return written(self._within)
        except Exception:
            self._from = time.monotonic() + self._rests
            self._let_go()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        with self._using:
            self._let_go()

    def _let_go(self) -> None:
        self._written = None
        self._connected.close()


@contextmanager
def notified(engine: Engine) -> Iterator[Callable[[float], Iterator[str]]]:
    """On PostgreSQL: what the doorbell is told within so many seconds."""
    with _outside_the_pool(engine) as driver:
        driver.rollback()
        driver.autocommit = True
        driver.execute("LISTEN doorbell")
        yield lambda seconds: (said.payload for said in driver.notifies(timeout=seconds))


@contextmanager
def _outside_the_pool(engine: Engine) -> Iterator[Any]:
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    connection.detach()
    try:
        yield driver
    finally:
        driver.close()  # without a rollback before, which nobody may be there to answer
