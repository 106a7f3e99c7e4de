"""The doorbell: it tells open pages at once that something has changed, and nothing else. What, each page asks for itself.

A place is the address of something opened, made unreadable with a key of the ring: the database does not tell where people
write together. Its rings are counted in the database, in the transaction of the change, so that every process hears of them:
PostgreSQL notifies; on SQLite one thread in each process looks every 50 ms whether anybody wrote.
"""

import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hmac import digest
from itertools import chain
from threading import Event, Lock, Thread
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy import Engine, bindparam, text

from .. import keys
from ..database import after_commit, database, execute, notified, writes_of_others

LOOK_EVERY = 0.05  # seconds
CHECK_EVERY = 2.0  # the right to hear it is asked for again at least this often
LONGEST = 600.0
SHARE = 4  # nobody has more than one of so many streams, nor fewer than the few windows that one looks at
FEW = 3
_RING = text(
    "INSERT INTO doorbells (place, rings, moves) VALUES (:place, 1, :moved)"
    " ON CONFLICT (place) DO UPDATE SET rings = doorbells.rings + 1, moves = doorbells.moves + :moved RETURNING rings"
)
_MOVES = text("SELECT moves FROM doorbells WHERE place = :place")
_OF_PLACES = text("SELECT place, rings FROM doorbells WHERE place IN :places").bindparams(
    bindparam("places", expanding=True)
)
_NOTIFY = text("SELECT pg_notify('doorbell', :said)")


def place_of(address: str) -> str:
    """What an address is called in the database."""
    ring_of_keys = keys.ring()
    marked = digest(ring_of_keys.for_use(ring_of_keys.current, "place"), address.encode(), "sha256")
    return urlsafe_b64encode(marked).decode()


def ring(address: str, *, moved: bool = False) -> None:
    """Something changes there: whoever has it open hears of it when the transaction has landed. `moved`: who is where."""
    place = place_of(address)
    number = int(execute(_RING, {"place": place, "moved": int(moved)}).scalar_one())
    if database().engine.dialect.name == "postgresql":
        execute(_NOTIFY, {"said": f"{number} {place}"})
    bells: Bells = current_app.extensions["doorbell"]
    after_commit(lambda: bells.rang(place, number))


def moves(address: str) -> int:
    """How often people came, went or moved there."""
    return int(execute(_MOVES, {"place": place_of(address)}).scalar() or 0)


def init_app(app: Flask) -> None:
    """Hang up the bells of this process."""
    app.extensions["doorbell"] = Bells(app)


class Bells:
    """The bells of one process: who listens where, and the last ring of each place."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._at_the_door = Lock()
        self.rings: dict[str, int] = {}
        self._ears: dict[str, set[Ear]] = {}
        self._people: Counter[int] = Counter()  # how often each of them listens
        self._watching = False
        self.closed = False

    def close(self) -> None:
        """This process is about to end: so does every stream, at once."""
        with self._at_the_door:
            self.closed = True
            for ear in chain(*self._ears.values()):
                ear.wake()

    @property
    def streams(self) -> int:
        """How many listen now."""
        return sum(map(len, self._ears.values()))

    def has_room(self, person_id: int, *, at_most: int) -> bool:
        """Whether one more page may listen: nobody takes all the room."""
        return not self.closed and self.streams < at_most and self._people[person_id] < max(at_most // SHARE, FEW)

    def rang(self, place: str, number: int) -> None:
        """Wake those who listen there, unless they know."""
        with self._at_the_door:
            if place in self._ears and number > self.rings.get(place, 0):
                self.rings[place] = number
                for ear in self._ears[place]:
                    if ear.is_waiting():
                        ear.wake()

    @contextmanager
    def listening(
        self, place: str, person_id: int, is_waiting: Callable[[], bool], *, at_most: int
    ) -> Iterator["Ear | None"]:
        """One page of somebody listens at a place; None if too many listen already."""
        ear = Ear(is_waiting)
        with self._at_the_door:
            if room := self.has_room(person_id, at_most=at_most):
                self._ears.setdefault(place, set()).add(ear)
                self._people[person_id] += 1
                self._watch()
        if not room:
            yield None
            return
        try:
            yield ear
        finally:
            with self._at_the_door:
                self._goes(place, person_id, ear)

    def _goes(self, place: str, person_id: int, ear: "Ear") -> None:
        self._people -= Counter([person_id])
        self._ears[place].discard(ear)
        if not self._ears[place]:
            del self._ears[place]
            self.rings.pop(place, None)

    # ------------------------------------------------------------ what other processes do

    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            Thread(target=self._keep_watching, name="doorbell", daemon=True).start()

    def _keep_watching(self) -> None:
        """Until nobody listens any more. A database that is away for a moment ends nothing: pages ask by themselves too."""
        while self._goes_on():
            try:
                self._look_out(self._app.extensions["database"].engine)
            except Exception:
                self._app.logger.warning("the doorbell lost the database", exc_info=True)
                time.sleep(1)

    def _goes_on(self) -> bool:
        with self._at_the_door:
            self._watching = bool(self._ears)
            return self._watching

    def _look_out(self, engine: Engine) -> None:
        (self._when_notified if engine.dialect.name == "postgresql" else self._when_written)(engine)

    def _when_notified(self, engine: Engine) -> None:
        with notified(engine) as said:
            while self._goes_on():
                for one in said(1.0):
                    number, _, place = one.partition(" ")
                    self.rang(place, int(number))

    def _when_written(self, engine: Engine) -> None:
        version = None
        with writes_of_others(engine) as written:
            while self._goes_on():
                if (now := written()) != version:
                    version = now
                    self._read(engine)
                time.sleep(LOOK_EVERY)

    def _read(self, engine: Engine) -> None:
        with self._at_the_door:
            places = list(self._ears)
        with engine.connect() as connection:
            for place, number in connection.execute(_OF_PLACES, {"places": places}).all():
                self.rang(place, number)


class Ear:
    """Somebody who listens at one place."""

    def __init__(self, is_waiting: Callable[[], bool]) -> None:
        self._rang, self.is_waiting = Event(), is_waiting

    def wake(self) -> None:
        """It rings, or it is over."""
        self._rang.set()

    def rang(self, seconds: float) -> bool:
        """Whether it rings within this time."""
        if not self._rang.wait(seconds):
            return False
        self._rang.clear()  # first: what happens from here on rings again
        return True


class Listens(Protocol):
    """A page that hears the bell."""

    def is_waiting(self) -> bool:
        """Whether a ring would be news to it."""

    def is_told(self, rang: bool) -> bool | None:
        """Whether the bell rings for it, after it rang or at the beginning; None: it may not hear it."""


def events(bells: Bells, place: str, person_id: int, page: Listens, *, at_most: int) -> Iterator[str]:
    """The server-sent events of one page: it begins, it rings, it is over. They carry nothing but that."""
    with bells.listening(place, person_id, page.is_waiting, at_most=at_most) as ear:
        if ear is None:
            yield f"event: {'over' if bells.closed else 'full'}\ndata:\n\n"
            return
        if page.is_told(True) is not None:
            yield "retry: 2000\nevent: here\ndata:\n\n"
            yield from _rings(bells, ear, page)
        yield "event: over\ndata:\n\n"


def _rings(bells: Bells, ear: Ear, page: Listens) -> Iterator[str]:
    """Its rings, and between them a sign of life at even times: that there was a ring for others shows in nothing."""
    beat = time.monotonic()
    until = beat + LONGEST
    while beat < until:
        beat += CHECK_EVERY * (1 + max(time.monotonic() - beat, 0) // CHECK_EVERY)  # a late one moves no other
        while (left := beat - time.monotonic()) > 0:
            told = page.is_told(ear.rang(left))
            if told is None or bells.closed:
                return
            if told:
                yield "event: ring\ndata:\n\n"
        yield ":\n\n"
