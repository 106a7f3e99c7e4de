"""Who hears the bell: a page whose sign-in still holds, and only when something has changed that is theirs to know."""

from collections.abc import Callable

from flask import Flask
from werkzeug.exceptions import HTTPException

from ..access import Opened
from ..database import look_as
from ..people import sign_in
from . import changes, presence


class Listener:
    """One page that hears the bell, as long as its sign-in holds and gives the right to look back there.

    It rings only for whom something has changed: who may not look back in what somebody writes hears nothing of it.
    """

    def __init__(self, app: Flask, find: Callable[[str, int], Opened | None], opened: Opened, token: str) -> None:
        self._app, self._find, self._opened, self._token = app, find, opened, token
        self._stood: changes.Since = {}
        self._saw: str | None = None  # presence.mark; None: not known

    def is_told(self, rang: bool) -> bool | None:
        """Whether something that is theirs to know has changed when it rang; None: they may not hear any more."""
        with self._app.app_context():
            look_as(self._opened.reader_id)
            try:
                found = self._find(self._opened.public_id, self._opened.reader_id)
            except HTTPException:
                return None
            if not (found and changes.stand(found)) or sign_in.load(self._token) is None:
                return None
            return rang and self._has_changed(found)

    def _has_changed(self, found: Opened) -> bool:
        stands = changes.stand(found)
        changed, self._stood = stands != self._stood, stands
        if changed and self._saw:
            self._saw = None  # the page asks anyway; next time, too
            return True
        saw, self._saw = self._saw, presence.mark(presence.others(found))
        return changed or saw != self._saw
