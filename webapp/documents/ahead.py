"""What many open pages ask at the same moment, answered ahead of the rest of the site: to make a request of Flask's takes
longer than to answer it. Nothing is told here but what a company knows of its members; all else goes the long way.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData
from werkzeug.http import parse_cookie
from werkzeug.sansio.utils import host_is_trusted

from .. import web
from . import company

AT_ONCE = "accord.at_once"  # in a request: its company.Moment; it is answered NOT_YET if something has to be looked up
NOT_YET: Iterable[bytes] = ()
HTML = "text/html; charset=utf-8"
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
        told = self._told(environ, asked[1]) if asked and self._is_ours(environ) else None
        if told is not None:
            return _said(*told, environ, start_response)
        return NOT_YET if AT_ONCE in environ else self._further(environ, start_response)

    def _is_ours(self, environ: dict[str, Any]) -> bool:
        """Whether it is asked at an address of this site; if not, Flask says so."""
        trusted = self._app.config["TRUSTED_HOSTS"]
        return not trusted or host_is_trusted(environ.get("HTTP_HOST", ""), trusted)

    def _told(self, environ: dict[str, Any], public_id: str) -> tuple[str, int] | None:
        try:
            cookie = parse_cookie(environ).get(self._app.config["SESSION_COOKIE_NAME"], "")
            asked = parse_qs(environ["QUERY_STRING"])
            if "outline" in asked:
                return None
            since = asked.get("since", [""])[0]
            with self._app.app_context():
                return company.answer(public_id, _sign_in(self._app, cookie), since, environ.get(AT_ONCE))
        except Exception as error:
            self._app.logger.warning("A page goes the long way\n%s", web.without_words(error))
            return None


def _said(words: str, status: int, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The same as of a view: built here, because nothing is asked as often."""
    body = words.encode()
    headers = [*web.headers(is_secure=environ["wsgi.url_scheme"] == "https").items(), ("Content-Type", HTML)]
    length = [("Content-Length", str(len(body)))] if status == HTTPStatus.OK else []
    start_response(f"{status} {HTTPStatus(status).phrase}", headers + length)
    return [body]
