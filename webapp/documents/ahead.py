"""What many open pages ask at the same moment, answered ahead of the rest of the site: to make a request of Flask's takes
longer than to answer it. Nothing is told here but what a company knows of its members; all else goes the long way.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData
from werkzeug.exceptions import SecurityError

from .. import web
from . import company

AT_ONCE = (
    "accord.at_once"  # in a request: whoever asks does not wait for anything to be looked up, and is answered NOT_YET
)
NOT_YET: Iterable[bytes] = ()
_ASKED = re.compile(r"/plans/([A-Za-z0-9_-]{1,40})/changes", re.ASCII)


@lru_cache(2000)
def _sign_in(app: Flask, cookie: str) -> str:
    """The sign-in that a cookie of ours holds; whether it has ended is asked each time, in the database."""
    reader = SecureCookieSessionInterface().get_signing_serializer(app)
    try:
        return str(reader.loads(cookie)["_user_id"]) if reader else ""
    except (BadData, KeyError):
        return ""


class Ahead:
    """Stands before the site (a WSGI application) and behind what a proxy in front of it says."""

    def __init__(self, app: Flask) -> None:
        self._app, self._further = app, app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        asked = _ASKED.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "GET" else None
        told = self._told(environ, asked[1]) if asked else None
        if told is None and environ.get(AT_ONCE):
            return NOT_YET
        return (told or self._further)(environ, start_response)

    def _told(self, environ: dict[str, Any], public_id: str) -> Response | None:
        request = self._app.request_class(environ)
        request.trusted_hosts = self._app.config["TRUSTED_HOSTS"]
        try:
            is_secure = bool(request.host) and request.is_secure
            token = _sign_in(self._app, request.cookies.get(self._app.config["SESSION_COOKIE_NAME"], ""))
            with self._app.app_context():
                told = company.answer(public_id, token, request.args.get("since", ""), at_once=AT_ONCE in environ)
        except SecurityError:
            return None
        except Exception as error:
            self._app.logger.warning("A page goes the long way\n%s", web.without_words(error))
            return None
        if told is None:
            return None
        return web.with_headers(Response(*told), is_secure=is_secure)
