"""The doorbell: it tells open pages at once that something has changed, and nothing else. What, each page asks for itself.

A place is the address of something opened, made unreadable with a key of the ring: the database does not tell where people
write together. Its rings are counted in the database, in the transaction of the change, so that every process hears of them:
PostgreSQL notifies; on SQLite one thread in each process looks every 50 ms whether anybody wrote.
"""

import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from hmac import digest
from threading import Lock, Thread

from flask import Flask, current_app
from sqlalchemy import Engine, bindparam, text

from .. import keys
from ..database import after_commit, database, execute
from ..watching import notified, writes_of_others
from .streams import FULL, OVER, Awaited, HandedOver, Line, Listens, Stream, Streams

CONNECTION = "accord.connection"  # in a request: makes its connection a line, where the server can hand it over
LOOK_EVERY = 0.05  # seconds
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
        self._streams = Streams(app.logger)
        self._at_the_door = Lock()
        self.rings: dict[str, int] = {}
        self._listen: dict[str, set[Stream]] = {}
        self._people: Counter[int] = Counter()  # how often each of them listens
        self._watching = False
        self.closed = False

    def close(self) -> None:
        """This process is about to end: so does every stream, at once."""
        self.closed = True
        self._streams.close()

    def wait(self, seconds: float) -> None:
        """Until every stream has ended."""
        self._streams.wait(seconds)

    @property
    def streams(self) -> int:
        """How many listen now."""
        return sum(map(len, self._listen.values()))

    def has_room(self, person_id: int, *, at_most: int) -> bool:
        """Whether one more page may listen: nobody takes all the room."""
        return not self.closed and self.streams < at_most and self._people[person_id] < max(at_most // SHARE, FEW)

    def rang(self, place: str, number: int) -> None:
        """Tell those who listen there, unless they know."""
        with self._at_the_door:
            if place in self._listen and number > self.rings.get(place, 0):
                self.rings[place] = number
                for stream in self._listen[place]:
                    self._streams.ring(stream, max(stream.page.rings_at(), time.monotonic()))

    def listen(self, place: str, person_id: int, page: Listens, line: Line, *, at_most: int) -> Stream | None:
        """One page of somebody listens at a place from now on; None if too many listen already."""
        stream = Stream(page, line, partial(self._goes, place, person_id))
        with self._at_the_door:
            if not self.has_room(person_id, at_most=at_most):
                line.say(OVER if self.closed else FULL)
                line.hang_up()
                return None
            self._listen.setdefault(place, set()).add(stream)
            self._people[person_id] += 1
            self._streams.open(stream)
            self._watch()
        return stream

    def leave(self, stream: Stream) -> None:
        """Its page is closed."""
        self._streams.leave(stream)

    def _goes(self, place: str, person_id: int, stream: Stream) -> None:
        with self._at_the_door:
            self._people -= Counter([person_id])
            self._listen[place].discard(stream)
            if not self._listen[place]:
                del self._listen[place]
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
            self._watching = bool(self._listen)
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
            places = list(self._listen)
        with engine.connect() as connection:
            for place, number in connection.execute(_OF_PLACES, {"places": places}).all():
                self.rang(place, number)


Listen = Callable[[Line], Stream | None]  # on this line, from now on


def awaited(bells: Bells, listen: Listen) -> Iterator[str]:
    """What one page is told, for a thread of the server that waits for it."""
    line = Awaited()
    if (stream := listen(line)) is None:
        yield from line
        return
    try:
        yield from line
    finally:
        bells.leave(stream)


def handed_over(take_over: Callable[[], Line], listen: Listen) -> Iterator[str]:
    """Nothing but the head of the answer: from then on the server leaves the connection alone."""
    yield ""
    listen(take_over())
    raise HandedOver
