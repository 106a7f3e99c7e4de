"""A question that needs no looking up is answered by the server without a thread, and any other is left for one, untouched."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from tests.plans import Plan
from tests.test_company import listens, opened, plan
from tests.test_together import SIZE, Desk, Window, request
from webapp.documents.company import Moment, OneOfMany, _companies
from webapp.gunicorn_worker import MOST_ASKED, Worker

pytestmark = pytest.mark.on_sqlite
__all__ = ["listens", "opened", "plan"]


class Kept:
    """A connection that a browser keeps open, and the worker at its other end."""

    def __init__(self, app: Flask, window: Window) -> None:
        self.window = window
        self.browser, self.client = socket.socketpair()
        self.client.setblocking(False)
        self.browser.settimeout(5)
        self.conn = SimpleNamespace(client=("127.0.0.1", 1), server=("127.0.0.1", 2), set_timeout=list, close=list)
        self.worker = Worker.__new__(Worker)
        config = Config()
        self.worker.__dict__.update(
            cfg=config, log=Logger(config), alive=True, nr_conns=1, keepalived_conns=[self.conn], _site=app
        )
        cookie = window.client.http.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        self.lines = ["Host: localhost", f"Cookie: {cookie.key}={cookie.value}", "HX-Request: true"]
        self.path = f"{window.path}/changes?since={window.since}"

    def asks(self, *also: str, line: str = "", then: str = "") -> bytes:
        """What a browser says when it asks what has changed."""
        said = [line or f"GET {self.path} HTTP/1.1", *self.lines, *also, "", then]
        self.browser.sendall("\r\n".join(said).encode())
        return "\r\n".join(said).encode()

    def is_answered(self) -> bool:
        """Whether the worker answers at once."""
        self.worker._moment = Moment()
        return self.worker._is_answered(self.conn, self.client)

    @property
    def left(self) -> bytes:
        """What is still there for a thread to read."""
        try:
            return self.client.recv(2 * MOST_ASKED, socket.MSG_PEEK)
        except BlockingIOError:
            return b""


@pytest.fixture
def kept(app: Flask, listens: Any, plan: Plan) -> Iterator[Kept]:
    """The connection of a teacher's page, for which everything has been looked up."""
    connection = Kept(app, listens("teacher"))
    _look(app, plan)
    yield connection
    connection.browser.close()
    connection.client.close()


def _look(app: Flask, plan: Plan) -> None:
    with app.app_context():
        _companies[id(app), plan.public_id].sight()


def test_a_quiet_page_is_answered_at_once_again_and_again(kept: Kept) -> None:
    for _ in range(3):
        kept.asks()
        assert kept.is_answered() and kept.left == b""
        said = kept.browser.recv(2000)
        assert said.startswith(b"HTTP/1.1 204") and b"\r\nCache-Control: no-store\r\n" in said
    assert kept.worker.keepalived_conns == [kept.conn] and kept.worker.nr_conns == 1


@pytest.mark.on_both
def test_it_is_asked_once_for_all_who_ask_whether_somebody_has_written(
    app: Flask, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, asked = app.extensions["database"], list[Any]()
    glance = database.glance

    def counted() -> Any:
        asked.append(glance())
        return asked[-1]

    monkeypatch.setattr(database, "glance", counted)
    moments = [Moment(), Moment()]
    monkeypatch.setattr("tests.test_asked_at_once.Moment", lambda: moments[0])
    for _ in range(3):
        kept.asks()
        assert kept.is_answered()
    moments.pop(0)
    kept.asks()
    assert kept.is_answered() and len(asked) == 2


@pytest.mark.on_both
def test_a_database_that_is_away_is_left_for_a_thread(app: Flask, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_away() -> None:
        raise TimeoutError

    monkeypatch.setattr(app.extensions["database"], "glance", is_away)
    said = kept.asks()
    assert not kept.is_answered() and kept.left == said


def test_what_has_to_be_looked_up_is_left_for_a_thread(
    app: Flask, kept: Kept, as_: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneOfMany, "is_told", lambda *_asked: False)  # the bell looks for nobody
    Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    said = kept.asks()
    assert not kept.is_answered() and kept.left == said, "nobody has looked since somebody wrote"
    _look(app, plan)
    assert not kept.is_answered() and kept.left == said, "what was written was not read yet"


def test_what_was_looked_up_for_one_is_told_the_next_at_once(kept: Kept, listens: Any, as_: Any, plan: Plan) -> None:
    other = listens("teacher2")
    kept.window.ask()  # of what happened before the other came
    kept.path = f"{plan.path}/changes?since={kept.window.since}"
    Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    other.ask()
    kept.asks()
    assert kept.is_answered()
    said = kept.browser.recv(8000)
    assert said.startswith(b"HTTP/1.1 200") and b" and on" in said


@pytest.mark.parametrize(
    ("line", "also", "then"),
    [
        ("", ["Content-Length: 3"], "abc"),
        ("", ["Content-Length: 0"], ""),
        ("", ["Transfer-Encoding: chunked"], ""),
        ("", ["Expect: 100-continue"], ""),
        ("", ["Connection: close"], ""),
        ("", [], "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("", ["Host: localhost"], ""),
        ("", ["X: " + "x" * MOST_ASKED], ""),
        ("", ["a broken line"], ""),
        ("POST /plans/x/changes?since= HTTP/1.1", [], ""),
        ("GET /plans/x/write HTTP/1.1", [], ""),
        ("GET /plans/nobody/changes?since=x HTTP/1.1", [], ""),
        ("GET /plans/x/changes?since=x HTTP/1.0", [], ""),
    ],
)
def test_whatever_is_no_plain_question_is_left_for_a_thread(kept: Kept, line: str, also: list[str], then: str) -> None:
    said = kept.asks(*also, line=line, then=then)
    assert not kept.is_answered()
    assert kept.left == said[: 2 * MOST_ASKED]


def test_half_a_question_is_left_for_a_thread(kept: Kept) -> None:
    kept.browser.sendall(f"GET {kept.path} HTTP/1.1\r\nHost: local".encode())
    assert not kept.is_answered() and kept.left


def test_who_has_signed_out_is_told_nothing(app: Flask, kept: Kept, plan: Plan) -> None:
    kept.window.client.post("/sign-out", {})
    _look(app, plan)
    said = kept.asks()
    assert not kept.is_answered() and kept.left == said


def test_who_has_gone_is_let_go(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[Any] = []
    kept.worker.poller = SimpleNamespace(unregister=gone.append)
    kept.conn.close = lambda: gone.append("closed")
    kept.asks()
    kept.browser.close()
    assert kept.is_answered()
    assert gone == [kept.client, "closed"] and kept.worker.nr_conns == 0 and kept.worker.keepalived_conns == []


@pytest.mark.parametrize("is_ssl", [False, True])
def test_what_is_closed_on_its_way_cannot_be_looked_into_beforehand(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, is_ssl: bool
) -> None:
    for_a_thread: list[Any] = []
    monkeypatch.setattr(ThreadWorker, "enqueue_req", lambda _worker, conn: for_a_thread.append(conn))
    kept.worker.cfg.set("certfile", "site.pem" if is_ssl else None)
    kept.worker.poller, kept.worker.pending_conns = SimpleNamespace(register=lambda *_: None), []
    kept.conn.sock = kept.client
    kept.browser.sendall(b"\x16\x03\x01 half a greeting")
    kept.worker.enqueue_req(kept.conn)
    assert for_a_thread == [kept.conn] * is_ssl and kept.worker.pending_conns == [kept.conn] * (not is_ssl)
