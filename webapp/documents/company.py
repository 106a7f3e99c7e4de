"""Those who hear the bell of one plan in this process: what they may know is looked up together, and is true until somebody
writes. So it does not cost a hundred times as much to tell a hundred people of a save as to tell one.
"""

import math
import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from weakref import WeakSet, WeakValueDictionary, ref

from flask import Flask, current_app, g, has_app_context

from .. import access
from ..access import Opened
from ..database import Database, look_as
from ..forms.declaration import Part
from ..people import sign_in
from . import changes, doorbell, presence
from .keeping import Changed, keeper
from .listening import Find, Listener

MOST_KNOWN, KNOWN_FOR = 200, 10.0  # changes of a part; seconds, since people may get another name
NOWHERE: frozenset[str] = frozenset()
ASKS_WITHIN = 0.05  # seconds, after it rang
TOGETHER = 0.01  # seconds in which one mark serves all for whom it rings, and all who ask at once
LASTS = 1.0  # seconds: sign-ins run out and days end without anybody writing anything
LATELY = 0.7  # seconds: what need not be told may be that old: not every write anywhere is a look for everybody


@dataclass
class Sight:
    """What one look showed.

    `stands`: where the parts stand in which each sign-in may look back. `looks_back`: who of all who are here may do so, and
    in which parts. `told`: who is here, as all are told who may know the same. `written`: what was typed in a part since it
    was in some version.
    """

    mark: Hashable
    at: float
    room: presence.Room
    members: dict[str, "ref[OneOfMany]"]
    stands: dict[str, changes.Since]
    looks_back: dict[int, frozenset[str]]
    told: dict[frozenset[str], list[presence.Told]] = field(default_factory=dict)
    written: dict[tuple[str, int], "Written | None"] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What was typed in one part, and by whom."""

    part: type[Part]
    changed: list[Changed]
    texts: list[changes.TextNews]
    authors: set[int]

    def as_read_by(self, person_id: int) -> list[changes.TextNews]:
        """The same for all but its authors, who know some of it."""
        own = person_id in self.authors
        return changes.texts(self.part, self.changed, person_id) or [] if own else self.texts


class Later(Exception):
    """This is not known yet, and whoever asks does not wait."""


@dataclass
class Moment:
    """One moment at which many ask and nobody waits for anything to be looked up: only whether somebody has written, and
    that once for all of them."""

    _taken: float = -math.inf
    _mark: Hashable = None

    def mark(self, database: Database) -> Hashable:
        """The mark of the last write, ten milliseconds old at most; Later if it is not to be had."""
        if time.monotonic() > self._taken + TOGETHER:
            self._taken, self._mark = time.monotonic(), None
            with suppress(Exception):  # whoever waits for it finds out
                self._mark = database.glance()
        if self._mark is None:
            raise Later
        return self._mark


def _moment() -> Moment | None:
    return g.get("moment") if has_app_context() else None


def _looks_up() -> None:
    """What is looked up takes its time."""
    if _moment():
        raise Later


class OneOfMany(Listener):
    """One of those who hear the bell of a plan. It does not ring again for a page that has yet to ask why it rang.

    `hears`: through this process; of two pages of one sign-in the one that does is asked.
    """

    hears = True

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        super().__init__(app, find, opened, token)
        self._told_at = self._rang_at = -math.inf
        self._missed = False
        self._given = "", changes.Known({}, []), presence.NOTHING
        self._company = _founded(app, opened)
        self._company.add(self)

    def rings_at(self) -> float:
        """Not while its page is about to ask. A page may ask another process, which this one does not hear of."""
        self._rang_at, self._missed = time.monotonic(), True
        return self._told_at + ASKS_WITHIN

    def is_told(self, rang: bool) -> bool | None:
        """Whether something that is theirs to know has changed when it rang; None: they may not hear any more."""
        missed, self._missed = self._missed or rang, False  # first: what happens from here on is missed again
        since = max(self._rang_at, time.monotonic() - TOGETHER)
        sight = self._company.sight(since) if missed else self._company.lately()
        stands = sight.stands.get(self.token)
        if stands is None:
            return None
        stood = self._stood
        told = missed and self._has_changed(stands, sight.room.moves)
        if told:
            self._company.read(self, sight, stood, stands)  # for all of them: they are about to ask
        self._told_at = time.monotonic() if told else self._told_at
        return told

    def asks(self, since: str) -> tuple[changes.Known, presence.Stamp] | None:
        """Its page asks, with what it was given last: read once more only if it is another page of this sign-in."""
        self._told_at = -math.inf
        given, knows, saw = self._given
        if since == given and since:
            return knows, saw
        read = changes.read(self.opened, since)
        return (read, presence.stamped(self.opened, read.stamp)) if read else None

    def gives(self, knows: changes.Known, saw: presence.Stamp) -> str:
        """What its page is to know from now on, for it to keep."""
        token = changes.token(self.opened, knows)
        self._given = token, knows, saw
        return token

    def _look(self) -> presence.Look | None:
        return self._company.seen(self._company.sight(), self.opened.reader_id)


@dataclass
class Looking:
    """One look that is under way, for all who wait for it."""

    mark: Hashable
    done: Event = field(default_factory=Event)
    sight: Sight | None = None


class Company:
    """Those who hear the bell of one plan. One of them looks for all."""

    def __init__(self, app: Flask, opened: Opened) -> None:
        self._app, self._opened = app, opened
        self._members: WeakSet[OneOfMany] = WeakSet()
        self._lock, self._reading = Lock(), Lock()
        self._sight: Sight | None = None
        self._looking: Looking | None = None
        self._known: dict[str, tuple[float, int, list[Changed]]] = {}

    def add(self, one: OneOfMany) -> None:
        """One more, for whom nobody has looked yet."""
        with self._lock:
            self._members.add(one)
            self._sight = self._looking = None

    def lately(self) -> Sight:
        """What could be known a moment ago: whether somebody may still listen, before nothing is said to them."""
        sight = self._sight
        return sight if sight and time.monotonic() < sight.at + LATELY else self.sight()

    def sight(self, since: float = math.inf) -> Sight:
        """What may be known at this moment, or could be `since` then (time.monotonic)."""
        while True:
            mark, sight = self._mark(since), self._sight
            if sight and sight.mark == mark and time.monotonic() < sight.at + LASTS:
                return sight
            _looks_up()
            looking, mine = self._join(mark)
            if mine:
                return self._look_for_all(looking)
            looking.done.wait()
            if looking.sight:
                return looking.sight

    def _mark(self, since: float) -> Hashable:
        database: Database = self._app.extensions["database"]
        moment = _moment()
        if moment:
            return moment.mark(database)
        database.will_glance()
        return database.last_write(since)

    def _join(self, mark: Hashable) -> tuple[Looking, bool]:
        """The look that is under way since nobody has written; whether it is for the one who asks to look."""
        with self._lock:
            if self._looking and self._looking.mark == mark:
                return self._looking, False
            self._looking = Looking(mark)
            return self._looking, True

    def _look_for_all(self, looking: Looking) -> Sight:
        try:
            with self._app.app_context():  # what it asks for is done with when it ends: others wait for a connection
                sight = looking.sight = self._look(looking.mark)
        finally:
            with self._lock:
                if self._looking is looking:
                    self._looking, self._sight = None, looking.sight
            looking.done.set()
        return sight

    def _look(self, mark: Hashable) -> Sight:
        at = time.monotonic()
        with self._lock:
            here = sorted(self._members, key=lambda one: one.hears)
        members = {one.token: one.opened.reader_id for one in here}
        room = self._room()
        good = sign_in.those_that_hold(members)
        allowed = access.who_may("history", self._opened, {*members.values(), *room.people})
        looks_back = {one: frozenset(parts) for one, parts in allowed.items()}
        rows = {key: row for parts in allowed.values() for key, row in parts.items()}  # the same for all
        stood = {parts: changes.stands({key: rows[key] for key in parts}) for parts in {*looks_back.values()}}
        stands = {
            token: stood[looks_back[reader_id]]
            for token, reader_id in members.items()
            if token in good and reader_id in looks_back
        }
        return Sight(mark, at, room, {one.token: ref(one) for one in here}, stands, looks_back)

    def _room(self) -> presence.Room:
        """Who is there; opened anew only when somebody has moved."""
        room = self._sight.room if self._sight else None
        if room and presence.still(room, doorbell.moves(self._opened.address)):
            return room
        return presence.enter(self._opened)

    def seen(self, sight: Sight, reader_id: int) -> presence.Look | None:
        """Who else is here, as this reader may know it."""
        mine = sight.looks_back.get(reader_id)
        if mine is None:
            return None
        everybody = sight.told.get(mine)
        if everybody is None:
            everybody = self._told(sight, mine)
        return presence.seen(sight.room, everybody, reader_id)

    def _told(self, sight: Sight, mine: frozenset[str]) -> list[presence.Told]:
        _looks_up()
        with self._reading:
            if mine not in sight.told:
                with self._app.app_context():
                    looking = presence.called({one: sight.looks_back.get(one, NOWHERE) for one in sight.room.people})
                sight.told[mine] = presence.told(self._opened.form, sight.room, looking, mine)
            return sight.told[mine]

    def answer(self, token: str, since: str) -> tuple[str, int] | None:
        """What a page of one of them is told; None if it has to be worked out for this page alone."""
        one = self.who(token)
        if one is None:
            return None
        asked = one.asks(since)  # first: it rings again for what happens from here on
        sight = self.sight()
        stands = sight.stands.get(token)
        if stands is None or asked is None:
            return None
        knows, saw = asked
        here, stamp, sees = self._here(one, sight, knows, saw)
        if knows.stands == stands and here is None:
            return "", 204
        texts = self._texts(one, sight, knows, stands)
        if texts is None:
            return None
        known = one.gives(replace(knows, stands=stands, stamp=stamp), sees)
        return changes.drawn(one.opened.form, changes.News(texts, here=here), known), 200

    def who(self, token: str) -> OneOfMany | None:
        """One of them, by their sign-in."""
        if sight := self._sight:
            return sight.members.get(token, _nobody)()
        with self._lock:
            return next((one for one in self._members if one.token == token), None)

    def _here(
        self, one: Listener, sight: Sight, knows: changes.Known, saw: presence.Stamp
    ) -> tuple[list[presence.Here] | None, str, presence.Stamp]:
        """Who else is here, if the page does not know that, and what it is to keep of it, closed and open."""
        if presence.still(saw, sight.room.moves):
            return None, knows.stamp, saw
        seen = self.seen(sight, one.opened.reader_id)
        if seen is None:
            return None, knows.stamp, saw
        sees = presence.Stamp(presence.mark(seen.here), seen.moves, seen.until)
        return seen.here if sees.mark != saw.mark else None, presence.stamp(one.opened, seen), sees

    def _texts(
        self, one: OneOfMany, sight: Sight, knows: changes.Known, stands: changes.Since
    ) -> list[changes.TextNews] | None:
        """What was typed since; None if something else has changed, too."""
        found: list[changes.TextNews] = []
        for part, (version, *rest) in stands.items():
            before, *other = knows.stands.get(part, [0])
            if (before, other) == (version, rest):
                continue
            if other != rest or part not in knows.writes:
                return None
            news = self._written(one, sight, part, before, version)
            if news is None:
                return None
            found += news.as_read_by(one.opened.reader_id)
        return found

    def read(self, one: OneOfMany, sight: Sight, stood: changes.Since, stands: changes.Since) -> None:
        """Read what was typed where nothing else has changed."""
        for part, (version, *rest) in stands.items():
            before, *other = stood.get(part, [version, *rest])
            if before != version and other == rest:
                self._written(one, sight, part, before, version)

    def _written(self, one: OneOfMany, sight: Sight, part: str, before: int, version: int) -> "Written | None":
        """The same for all who have seen a part in the same version; None if something else was changed."""
        key = part, before
        if key in sight.written:
            return sight.written[key]
        _looks_up()
        with self._reading:
            if key not in sight.written:
                changed, asked = self._changed(one, part, before, version), self._opened.form.part(part)
                texts = changes.texts(asked, changed) if changed else None
                authors = {done.by_id for done in changed}
                sight.written[key] = None if texts is None else Written(asked, changed, texts, authors)
            return sight.written[key]

    def _changed(self, one: OneOfMany, part: str, before: int, version: int) -> list[Changed]:
        """What was changed after one version of a part up to another. What was read for somebody else is not read again."""
        until, since, known = self._known.get(part, (0.0, version, []))
        if before < since or time.monotonic() > until:
            until, since, known = time.monotonic() + KNOWN_FOR, before, []
        upto = known[-1].part_version if known else since
        if upto < version:
            with self._app.app_context():
                look_as(one.opened.reader_id)
                opened = one.find(one.opened.public_id, one.opened.reader_id)
                known = [*known, *(keeper(opened).changed(part, upto) if opened else [])][-MOST_KNOWN:]
            since = max(since, known[0].part_version) if len(known) == MOST_KNOWN else since
            self._known[part] = until, since, known
        return [done for done in known if before < done.part_version <= version] if before >= since else []


def _nobody() -> None:
    return None


_companies: WeakValueDictionary[Hashable, Company] = WeakValueDictionary()
_founding = Lock()


def _founded(app: Flask, opened: Opened) -> Company:
    with _founding:
        return _companies.setdefault((id(app), opened.public_id), Company(app, opened))


def knows(app: Flask, public_id: str, token: str) -> bool:
    """Whether this sign-in is told together with others of this plan."""
    company = _companies.get((id(app), public_id))
    return company is not None and company.who(token) is not None


def answer(public_id: str, token: str, since: str, moment: Moment | None = None) -> tuple[str, int] | None:
    """What a page that hears the bell of this plan is told; None where it has to be opened for that. With a `moment`: or
    where something has to be looked up first."""
    g.moment = moment
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    company = _companies.get((id(app), public_id))
    if company is None:
        return None
    try:
        return company.answer(token, since)
    except Later:
        return None
