"""A browser reduced to what a measurement needs: one connection that is kept open, cookies, and a clock."""

import gzip
import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Self
from urllib.parse import urlencode

from webapp import demo

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Got:
    """One answer. `on_the_wire`: bytes received, headers included; `seconds`: from the first byte sent to the last received."""

    status: int
    body: bytes
    on_the_wire: int
    seconds: float
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The body, unpacked."""
        zipped = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if zipped else self.body).decode()


class Visitor:
    """One person with one connection to the server."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.used_at = 0.0

    def ask(self, method: str, path: str, form: dict[str, object] | None = None, *, refused: bool = False) -> Got:
        """One request, answered or RuntimeError; `refused`: an answer that refuses is one, too."""
        headers = {
            "Accept-Encoding": "gzip",
            "Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()),
        }
        if form is not None:
            headers |= FORM | {"X-CSRFToken": self.token, "HX-Request": "true"}
        body = urlencode(form).encode() if form is not None else None
        self._connect()
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.used_at = time.perf_counter()
        seconds = self.used_at - began
        received = answer.getheaders()
        for name, value in received:
            if name.lower() == "set-cookie":
                key, _, kept = value.split(";")[0].partition("=")
                self.cookies[key] = kept
        size = len(content) + sum(len(name) + len(value) + 4 for name, value in received) + 17
        got = Got(answer.status, content, size, seconds, dict(received))
        if got.status >= 400 and not refused:
            raise RuntimeError(f"{method} {path} answered {got.status}: {got.text[:300]}")
        return got

    def get(self, path: str) -> Got:
        """A page."""
        return self.ask("GET", path)

    def post(self, path: str, **form: object) -> Got:
        """A form, sent as htmx does."""
        return self.ask("POST", path, form)

    def sign_in(self, email: str) -> Self:
        """Sign in as someone whose password is that of the demo school."""
        self._take_token(self.get("/sign-in"))
        self.post("/sign-in", email=email, password=demo.PASSWORD, next="", kept="")
        self._take_token(self.get("/"))
        return self

    def again(self) -> "Visitor":
        """The same person with another connection."""
        other = Visitor(self.connection.port)
        other.cookies, other.token = dict(self.cookies), self.token
        return other

    def _connect(self) -> None:
        """The server closes a connection that is not used for two seconds; a new one is not what is measured."""
        if time.perf_counter() - self.used_at > 1:
            self.connection.close()
            self.connection.connect()

    def _take_token(self, page: Got) -> None:
        found = re.search(r'X-CSRFToken": "([^"]+)"', page.text)
        assert found is not None
        self.token = found[1]


def version_of(page: str, prompt: str) -> int:
    """The version a page has of one prompt."""
    found = re.search(rf'name="v\.{prompt}" value="(\d+)"', page)
    assert found is not None, prompt
    return int(found[1])
