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

LASTS = 1.0  # seconds: sign-ins run out and days end without anybody writing anything


@dataclass
class Sight:
    """What one look showed. `stands`: where the parts stand in which each sign-in may look back."""

    mark: Hashable
    until: float
    stands: dict[str, changes.Since]
    moves: int
    texts: dict[str, changes.News] = field(default_factory=dict)


class OneOfMany(Listener):
    """One of those who hear the bell of a plan."""

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        super().__init__(app, find, opened, token)
        self._company = _founded(app, opened)
        self._company.add(self)

    def _stands(self) -> changes.Since:
        return self._company.sight().stands.get(self.token, {})

    def is_still(self, saw: presence.Look) -> bool:
        """Whether others are where they were at that look."""
        return presence.still(saw, self._company.sight().moves)


class Company:
    """Those who hear the bell of one plan. One of them looks for all."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._members: WeakSet[Listener] = WeakSet()
        self._adding, self._looking = Lock(), Lock()
        self._sight: Sight | None = None

    def add(self, one: Listener) -> None:
        """One more, for whom nobody has looked yet."""
        with self._adding:
            self._members.add(one)
        with self._looking:
            self._sight = None

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
        good = sign_in.those_that_hold(members)
        looks_back = access.who_may("history", self._opened, {*members.values()})
        stands = {
            token: changes.stands(looks_back[reader_id])
            for token, reader_id in members.items()
            if token in good and reader_id in looks_back
        }
        moves = doorbell.moves(self._opened.address)
        return Sight(mark, until, stands, moves)

    def answer(self, token: str, since: str) -> tuple[str, int] | None:
        """What a page of one of them is told; None if it has to be worked out for this page alone."""
        with self._adding:
            one = next((one for one in self._members if one.token == token), None)
        sight = self.sight()
        stands = sight.stands.get(token)
        known = changes.read(one.opened, since) if one and stands else None
        if one is None or stands is None or known is None:
            return None
        if not presence.still(presence.stamped(one.opened, known.stamp), sight.moves):
            return None
        if known.stands == stands:
            return "", 204
        news = self._news(one, sight, known, stands)
        if not news.is_typing or one.opened.reader_id in news.authors:
            return None
        return changes.drawn(news, changes.token(one.opened, replace(known, stands=stands))), 200

    def _news(self, one: Listener, sight: Sight, known: changes.Known, stands: changes.Since) -> changes.News:
        """The same for all who may know the same, stood at the same point and write in the same parts."""
        key = json.dumps([known.stands, stands, known.writes])
        news = sight.texts.get(key)
        if news is None:
            look_as(one.opened.reader_id)
            opened = one.find(one.opened.public_id, one.opened.reader_id)
            news = changes.since(opened, known.stands) if opened else changes.News(here=[])
            if one.opened.reader_id not in news.authors:
                sight.texts[key] = news
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
