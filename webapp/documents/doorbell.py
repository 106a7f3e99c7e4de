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
from threading import Condition, Thread

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
        self.heard = Condition()
        self.rings: dict[str, int] = {}
        self._listening: Counter[str] = Counter()
        self._people: Counter[int] = Counter()  # how often each of them listens
        self._watching = False
        self.closed = False

    def close(self) -> None:
        """This process is about to end: so does every stream, at once."""
        with self.heard:
            self.closed = True
            self.heard.notify_all()

    @property
    def streams(self) -> int:
        """How many listen now."""
        return self._listening.total()

    def has_room(self, person_id: int, *, at_most: int) -> bool:
        """Whether one more page may listen: nobody takes all the room."""
        return not self.closed and self.streams < at_most and self._people[person_id] < max(at_most // SHARE, FEW)

    def rang(self, place: str, number: int) -> None:
        """Wake those who listen there, unless they know."""
        with self.heard:
            if place in self._listening and number > self.rings.get(place, 0):
                self.rings[place] = number
                self.heard.notify_all()

    @contextmanager
    def listening(self, place: str, person_id: int, *, at_most: int) -> Iterator["Ear | None"]:
        """One page of somebody listens at a place; None if too many listen already."""
        with self.heard:
            if room := self.has_room(person_id, at_most=at_most):
                self._listening[place] += 1
                self._people[person_id] += 1
                self._watch()
        if not room:
            yield None
            return
        try:
            yield Ear(self, place)
        finally:
            with self.heard:
                self._goes(place, person_id)

    def _goes(self, place: str, person_id: int) -> None:
        self._listening -= Counter([place])
        self._people -= Counter([person_id])
        if place not in self._listening:
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
        with self.heard:
            self._watching = bool(self._listening)
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
        with self.heard:
            places = list(self._listening)
        with engine.connect() as connection:
            for place, number in connection.execute(_OF_PLACES, {"places": places}).all():
                self.rang(place, number)


class Ear:
    """Somebody who listens at one place."""

    def __init__(self, bells: Bells, place: str) -> None:
        self._bells, self._place = bells, place
        self._known = self._number()

    def rang(self, seconds: float) -> bool:
        """Whether it rings within this time."""
        with self._bells.heard:
            self._bells.heard.wait_for(lambda: self._bells.closed or self._number() > self._known, seconds)
            before, self._known = self._known, self._number()
            return self._known > before

    def _number(self) -> int:
        return self._bells.rings.get(self._place, 0)


IsTold = Callable[[bool], bool | None]


def events(bells: Bells, place: str, person_id: int, is_told: IsTold, *, at_most: int) -> Iterator[str]:
    """The server-sent events of one page: it begins, it rings, it is over. They carry nothing but that.

    `is_told(rang)`: whether the bell rings for this page, after it rang or at the beginning; None: it may not hear it.
    """
    with bells.listening(place, person_id, at_most=at_most) as ear:
        if ear is None:
            yield f"event: {'over' if bells.closed else 'full'}\ndata:\n\n"
            return
        if is_told(True) is not None:
            yield "retry: 2000\nevent: here\ndata:\n\n"
            yield from _rings(bells, ear, is_told)
        yield "event: over\ndata:\n\n"


def _rings(bells: Bells, ear: Ear, is_told: IsTold) -> Iterator[str]:
    """Its rings, and between them a sign of life at even times: that there was a ring for others shows in nothing."""
    beat = time.monotonic()
    until = beat + LONGEST
    while beat < until:
        beat += CHECK_EVERY * (1 + max(time.monotonic() - beat, 0) // CHECK_EVERY)  # a late one moves no other
        while (left := beat - time.monotonic()) > 0:
            told = is_told(ear.rang(left))
            if told is None or bells.closed:
                return
            if told:
                yield "event: ring\ndata:\n\n"
        yield ":\n\n"
