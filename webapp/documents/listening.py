"""Who hears the bell: a page whose sign-in still holds, and only when something has changed that is theirs to know."""

from collections.abc import Callable

from flask import Flask
from werkzeug.exceptions import HTTPException

from ..access import Opened
from ..database import look_as
from ..people import sign_in
from . import changes, doorbell, presence

Find = Callable[[str, int], Opened | None]


class Listener:
    """One page that hears the bell, as long as its sign-in holds and gives the right to look back there.

    It rings only for whom something has changed: who may not look back in what somebody writes hears nothing of it.
    """

    def __init__(self, app: Flask, find: Find, opened: Opened, token: str) -> None:
        self.app, self.find, self.opened, self.token = app, find, opened, token
        self._stood: changes.Since = {}
        self._saw: presence.Look | None = None

    def rings_at(self) -> float:
        """At once."""
        return float("-inf")

    def is_told(self, rang: bool) -> bool | None:
        """Whether something that is theirs to know has changed when it rang; None: they may not hear any more."""
        with self.app.app_context():
            look_as(self.opened.reader_id)
            found = self._found()
            stands = changes.stand(found) if found and sign_in.load(self.token) else {}
            if not stands:
                return None
            return rang and self._has_changed(stands, doorbell.moves(self.opened.address))

    def _found(self) -> Opened | None:
        try:
            return self.find(self.opened.public_id, self.opened.reader_id)
        except HTTPException:
            return None

    def _has_changed(self, stands: changes.Since, moves: int) -> bool:
        stood, self._stood = self._stood, stands
        return self._has_moved(moves) or stands != stood

    def _has_moved(self, moves: int) -> bool:
        """Whether others came, went or moved, as far as they are shown."""
        saw = self._saw
        if saw and presence.still(saw, moves):
            return False
        self._saw = self._look()
        return saw is not None and self._saw is not None and saw.here != self._saw.here

    def _look(self) -> presence.Look | None:
        """Who else is here; None: they may not know."""
        found = self._found()
        return presence.look(found) if found else None
