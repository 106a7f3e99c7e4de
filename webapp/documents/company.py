"""Those who hear the bell of one plan in this process: what they may know is looked up together, and is true until somebody
writes. So it does not cost a hundred times as much to tell a hundred people of a save as to tell one.
"""

import json
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakSet, WeakValueDictionary

from flask import Flask, current_app

from .. import access
from ..access import Opened
from ..database import database, look_as
from ..people import sign_in
from . import changes, doorbell, presence
from .listening import Find, Listener

NOWHERE: frozenset[str] = frozenset()
LASTS = 1.0  # seconds: sign-ins run out and days end without anybody writing anything


@dataclass
class Sight:
    """What one look showed.

    `stands`: where the parts stand in which each sign-in may look back. `looks_back`: who of all who are here may do so, and
    in which parts. `told` and `news`: what all are told who may know the same.
    """

    mark: Hashable
    until: float
    room: presence.Room
    stands: dict[str, changes.Since]
    looks_back: dict[int, frozenset[str]]
    told: dict[frozenset[str], list[presence.Told]] = field(default_factory=dict)
    news: dict[str, changes.News] = field(default_factory=dict)


class OneOfMany(Listener):
    """One of those who hear the bell of a plan."""

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        super().__init__(app, find, opened, token)
        self._company = _founded(app, opened)
        self._company.add(self)

    def _stands(self) -> changes.Since:
        return self._company.sight().stands.get(self.token, {})

    def moves(self) -> int:
        """How often people came, went or moved there."""
        return self._company.sight().room.moves

    def look(self) -> presence.Look | None:
        """Who else is here; None: they may not know."""
        return self._company.seen(self._company.sight(), self.opened.reader_id)


class Company:
    """Those who hear the bell of one plan. One of them looks for all."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._members: WeakSet[Listener] = WeakSet()
        self._adding, self._looking, self._reading = Lock(), Lock(), Lock()
        self._sight: Sight | None = None

    def add(self, one: Listener) -> None:
        """One more, for whom nobody has looked yet."""
        with self._adding:
            self._members.add(one)
        with self._looking:
            if self._sight is not None:
                self._sight.mark = None

    def sight(self) -> Sight:
        """What may be known at this moment."""
        with self._looking:
            mark = database().last_write()
            if self._sight is None or self._sight.mark != mark or self._sight.until < time.monotonic():
                self._sight = self._look(mark)
            return self._sight

    def _look(self, mark: Hashable) -> Sight:
        until = time.monotonic() + LASTS
        with self._adding:
            members = {one.token: one.opened.reader_id for one in self._members}
        room = self._room()
        good = sign_in.those_that_hold(members)
        allowed = access.who_may("history", self._opened, {*members.values(), *room.people})
        stands = {
            token: changes.stands(allowed[reader_id])
            for token, reader_id in members.items()
            if token in good and reader_id in allowed
        }
        return Sight(mark, until, room, stands, {one: frozenset(parts) for one, parts in allowed.items()})

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
        with self._reading:
            everybody = sight.told.get(mine)
            if everybody is None:
                looking = presence.called({one: sight.looks_back.get(one, NOWHERE) for one in sight.room.people})
                everybody = sight.told[mine] = presence.told(self._opened.form, sight.room, looking, mine)
        return presence.seen(sight.room, everybody, reader_id)

    def answer(self, token: str, since: str) -> tuple[str, int] | None:
        """What a page of one of them is told; None if it has to be worked out for this page alone."""
        with self._adding:
            one = next((one for one in self._members if one.token == token), None)
        sight = self.sight()
        stands = sight.stands.get(token)
        knows = changes.read(one.opened, since) if one and stands else None
        if one is None or stands is None or knows is None:
            return None
        here, stamp = self._here(one, sight, knows)
        if knows.stands == stands and here is None:
            return "", 204
        news = self._news(one, sight, knows, stands)
        if not news.is_light or one.opened.reader_id in news.authors or database().last_write() != sight.mark:
            return None  # the last: somebody has written since that look, perhaps that this reader may know no more
        known = changes.token(one.opened, replace(knows, stands=stands, stamp=stamp))
        return changes.drawn(one.opened.form, replace(news, here=here), known), 200

    def _here(self, one: Listener, sight: Sight, knows: changes.Known) -> tuple[list[presence.Here] | None, str]:
        """Who else is here, if the page does not know that, and what it is to keep of it."""
        saw = presence.stamped(one.opened, knows.stamp)
        if presence.still(saw, sight.room.moves):
            return None, knows.stamp
        seen = self.seen(sight, one.opened.reader_id)
        if seen is None:
            return None, knows.stamp
        moved = presence.mark(seen.here) != saw.mark
        return seen.here if moved else None, presence.stamp(one.opened, seen)

    def _news(self, one: Listener, sight: Sight, knows: changes.Known, stands: changes.Since) -> changes.News:
        """The same for all who may know the same, stood at the same point and write in the same parts."""
        if knows.stands == stands:
            return changes.News()
        key = json.dumps([knows.stands, stands, knows.writes])
        with self._reading:
            news = sight.news.get(key)
            if news is None:
                look_as(one.opened.reader_id)
                opened = one.find(one.opened.public_id, one.opened.reader_id)
                news = (
                    changes.since(opened, knows.stands) if opened else changes.News(around=list(one.opened.form.parts))
                )
                if one.opened.reader_id not in news.authors:
                    sight.news[key] = news
        return news


_companies: WeakValueDictionary[Hashable, Company] = WeakValueDictionary()
_founding = Lock()


def _founded(app: Flask, opened: Opened) -> Company:
    with _founding:
        return _companies.setdefault((id(app), opened.public_id), Company(opened))


def answer(public_id: str, token: str, since: str) -> tuple[str, int] | None:
    """What a page that hears the bell of this plan is told; None where it has to be opened for that."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    company = _companies.get((id(app), public_id))
    return company.answer(token, since) if company else None
