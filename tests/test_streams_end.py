"""The moment an evaluation is entered, seen from pages that are open: none hears a ring of what happens after it, nor
gets a word of it, and every stream ends. Fifty streams of the evaluator-to-be, over two server processes.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice, product
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests import meetings, plans
from tests.addresses import changes_since
from tests.cast import Cast
from tests.circles import evaluate
from tests.conftest import sign_in
from tests.processes import Server, headers_of, running
from webapp import forms
from webapp.documents import doorbell

STREAMS = 50
CLOSED_WITHIN = 3.0  # seconds after the commit
VERSION = re.compile(r'name="v\.[a-z_]+" value="(\d+)"')


class Stream(Thread):
    """One open page that listens, and when it heard what."""

    def __init__(self, port: int, place: str, headers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.place = place
        self.heard: list[tuple[float, str]] = []
        self.ended: float | None = None
        self.connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.connect()
        self.socket: socket.socket = self.connection.sock
        self.connection.request("GET", f"{place}/bell", headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, f"{place}: {self.answer.status}"
        self.start()

    def run(self) -> None:
        """Listen until it is over."""
        with suppress(OSError, HTTPException), closing(self.connection), self.answer:
            while line := self.answer.readline():
                if line.startswith(b"event: "):
                    self.heard.append((time.monotonic(), line[7:].decode().strip()))
            self.ended = time.monotonic()

    def hang_up(self) -> None:
        """The page is closed."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.join(timeout=10)

    def times(self, event: str, since: float = 0.0) -> int:
        """How often it heard this since then."""
        return sum(said == event and at > since for at, said in list(self.heard))


@dataclass
class Asker:
    """A page that asks again and again what has changed: when each question began, and its answer."""

    port: int
    address: str
    headers: dict[str, str]
    answers: list[tuple[float, int, bytes]] = field(default_factory=list)

    def go_on(self, until: Event) -> None:
        """Ask until told to stop."""
        while not until.is_set():
            began = time.monotonic()
            self.answers.append((began, *request(self.port, self.address, self.headers)))
            time.sleep(0.1)


def request(port: int, address: str, headers: dict[str, str], sent: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """One request on a connection of its own: the code and the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST" if sent else "GET", address, urlencode(sent) if sent else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass
class Two:
    """Two processes of one site, and what people do there over either of them."""

    ports: tuple[int, int]
    places: dict[str, str]  # where → the prompt that the coach writes at
    versions: dict[str, str] = field(default_factory=dict)
    turn: int = 0

    @contextmanager
    def streams(self, headers: dict[str, str], number: int, places: list[str]) -> Iterator[list[Stream]]:
        """So many streams, over both processes and all these places in turn."""
        with ExitStack() as stack:
            opened = []
            for port, place in islice(cycle(product(self.ports, places)), number):
                opened.append(Stream(port, place, headers))
                stack.callback(opened[-1].hang_up)
            yield opened

    def write(self, headers: dict[str, str]) -> None:
        """Somebody writes something new in each place."""
        for place, prompt in self.places.items():
            self.turn += 1
            sent = {f"v.{prompt}": self.versions.get(place, "1"), prompt: f"turn {self.turn}", "page": "coach"}
            port = self.ports[self.turn // 2 % 2]
            status, answer = request(port, f"{place}/answers/{prompt}", headers, sent)
            assert status == 200, answer
            (self.versions[place],) = VERSION.findall(answer.decode())


@contextmanager
def two_processes(database_url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The ports of two servers on one database."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running(Server(database_url, folder))) for _ in range(2)]
        yield servers[0].port, servers[1].port


@contextmanager
def asking(askers: list[Asker]) -> Iterator[None]:
    """While these pages ask."""
    stop = Event()
    threads = [Thread(target=one.go_on, args=(stop,)) for one in askers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true within this time."""
    until = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < until:
        time.sleep(0.01)
    return done


def test_after_an_evaluation_is_entered_nothing_is_heard_and_every_stream_ends(
    app: Flask, cast: Cast, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCORD_STREAMS", str(STREAMS * doorbell.SHARE))  # in the servers: nobody has more than a share
    plan = plans.write(app, cast, session_2=True)
    together, quiet = (meetings.meet(app, cast, plan, "coach", "teacher", focus="Waiting") for _ in range(2))
    coach, teacher = (headers_of(sign_in(app, cast[who])) for who in ("coach", "teacher"))
    of_plan = changes_since(app, plan.path, plan.form, cast["teacher"].id)
    of_session = changes_since(app, together, forms.latest("coaching_session"), cast["teacher"].id)
    with two_processes(database_url, tmp_path) as ports:
        two = Two(ports, {plan.path: "goal_statement", together: "focus"})
        askers = [Asker(port, address, teacher) for port in ports for address in (of_plan, of_session)]
        with (
            two.streams(coach, 4, [plan.path, together]) as stays,
            two.streams(teacher, STREAMS, [plan.path, together, quiet]) as goes,
            asking(askers),
        ):
            two.write(coach)
            loud = [*stays, *(one for one in goes if one.place != quiet)]
            assert wait_until(lambda: all(one.times("ring") for one in loud), 10), "each is told, from either process"
            time.sleep(1)  # what was on its way has come
            evaluate(app, cast, "teacher", "coach")
            committed = time.monotonic()
            while time.monotonic() < committed + CLOSED_WITHIN and any(one.ended is None for one in goes):
                two.write(coach)
                time.sleep(0.05)
            two.write(coach)
            assert wait_until(lambda: all(one.times("ring", committed) for one in stays), 5), "who stays is told on"
            _check_streams(goes, committed)
            assert [one.ended for one in stays] == [None] * len(stays)
        for address in (plan.path, together, quiet):
            assert [request(port, f"{address}/bell", teacher)[0] for port in ports] == [404, 404]
    _check_answers(askers, committed)


def _check_streams(streams: list[Stream], committed: float) -> None:
    """Not one ring after the commit, and each is over in time."""
    assert [one.heard for one in streams if one.times("ring", committed)] == []
    took = [one.ended - committed if one.ended else None for one in streams]
    assert [one for one in took if one is None or one > CLOSED_WITHIN] == [], took
    assert [one.heard[-1][1] for one in streams] == ["over"] * STREAMS


def _check_answers(askers: list[Asker], committed: float) -> None:
    """Not one fragment to who asked after the commit."""
    for asker in askers:
        assert 200 in {status for began, status, _ in asker.answers if began < committed}
        assert {status for began, status, _ in asker.answers if began > committed} == {404}
