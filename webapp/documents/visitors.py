"""Pages that ask this process and hear the bell through another, or not at all: for a while they are told together with
those who hear it here.
"""

import time
from threading import Lock

from flask import Flask, current_app

from ..access import Opened
from . import changes, company, presence
from .listening import Find
from .streams import LONGEST

STAYS = 60.0  # seconds after it asked last
MOST = 1000


class Visitor(company.OneOfMany):
    """One of them."""

    hears = False

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        super().__init__(app, find, opened, token)
        self._at_most = time.monotonic() + LONGEST
        self.until = time.monotonic() + STAYS

    def asks(self, since: str) -> tuple[changes.Known, presence.Stamp] | None:
        """And stays for some time more."""
        self.until = min(time.monotonic() + STAYS, self._at_most)
        return super().asks(since)


class Visitors:
    """Those of this process."""

    def __init__(self) -> None:
        self._coming = Lock()
        self._here: dict[tuple[str, str], Visitor] = {}

    def come(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        """A page of this sign-in was told what has changed: it is told together with the others from now on."""
        with self._coming:
            at, key = time.monotonic(), (opened.public_id, token)
            self._here = {which: one for which, one in self._here.items() if one.until > at}
            if len(self._here) < MOST and not company.knows(app, *key):
                self._here[key] = Visitor(app, find, opened, token)


def init_app(app: Flask) -> None:
    """Let them come."""
    app.extensions["visitors"] = Visitors()


def come(find: Find, opened: Opened, token: str) -> None:
    """The same in this process."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    visitors: Visitors = app.extensions["visitors"]
    visitors.come(app, find, opened, token)
