"""Who hears the bell: a page whose sign-in still holds, and only when something has changed that is theirs to know."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from weakref import WeakSet, WeakValueDictionary

from flask import Flask
from werkzeug.exceptions import HTTPException

from .. import access
from ..access import Opened
from ..database import look_as
from ..people import sign_in
from . import changes, presence

Find = Callable[[str, int], Opened | None]


class Listener:
    """One page that hears the bell, as long as its sign-in holds and gives the right to look back there.

    It rings only for whom something has changed: who may not look back in what somebody writes hears nothing of it.
    """

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        self.app, self.find, self.opened, self.token = app, find, opened, token
        self._stood: changes.Since = {}
        self._saw: presence.Look | None = None

    def is_told(self, rang: bool) -> bool | None:
        """Whether something that is theirs to know has changed when it rang; None: they may not hear any more."""
        with self.app.app_context():
            look_as(self.opened.reader_id)
            stands = self._stands()
            if not stands:
                return None
            return rang and self._has_changed(stands)

    def _stands(self) -> changes.Since:
        found = self._found()
        return changes.stand(found) if found and sign_in.load(self.token) else {}

    def _found(self) -> Opened | None:
        try:
            return self.find(self.opened.public_id, self.opened.reader_id)
        except HTTPException:
            return None

    def _has_changed(self, stands: changes.Since) -> bool:
        stood, self._stood = self._stood, stands
        return self._has_moved() or stands != stood

    def _has_moved(self) -> bool:
        """Whether others came, went or moved, as far as they are shown."""
        saw = self._saw
        if saw and presence.still(self.opened, saw.moves, saw.until):
            return False
        found = self._found()
        if found is None:
            return False
        self._saw = presence.look(found)
        return saw is not None and saw.here != self._saw.here


class OneOfMany(Listener):
    """One of those who hear the bell of a document in this process: they are looked up together."""

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        super().__init__(app, find, opened, token)
        self._company = _company(app, opened)
        self._company.add(self)

    def _stands(self) -> changes.Since:
        return self._company.stands(self)


class Company:
    """Those who hear the bell of one document. One of them looks for all who wait: what somebody is told is never older
    than their question."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._members: WeakSet[Listener] = WeakSet()
        self._adding, self._looking = Lock(), Lock()
        self._looked_at = float("-inf")
        self._found: dict[tuple[int, str], changes.Since] = {}

    def add(self, one: Listener) -> None:
        """One more."""
        with self._adding:
            self._members.add(one)

    def stands(self, one: Listener) -> changes.Since:
        """Where the parts stand in which they may look back; none: they may not, or their sign-in is over."""
        asked_at = time.monotonic()
        with self._looking:
            if self._looked_at < asked_at:
                self._looked_at = time.monotonic()
                self._found = self._look()
            return self._found.get((one.opened.reader_id, one.token), {})

    def _look(self) -> dict[tuple[int, str], changes.Since]:
        with self._adding:
            members = {(one.opened.reader_id, one.token) for one in self._members}
        good = sign_in.those_that_hold(token for _, token in members)
        allowed = access.who_may("history", self._opened, {reader_id for reader_id, _ in members})
        return {
            (reader_id, token): changes.stands(allowed[reader_id])
            for reader_id, token in members
            if token in good and reader_id in allowed
        }


_companies: WeakValueDictionary[Hashable, Company] = WeakValueDictionary()
_founding = Lock()


def _company(app: Flask, opened: Opened) -> Company:
    with _founding:
        return _companies.setdefault((id(app), opened.id), Company(opened))
