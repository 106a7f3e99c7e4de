"""Nothing that was acknowledged is ever lost: twenty people save at once while the server is killed and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count, cycle
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select, text

from tests import conftest, plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp.documents.models import Answer, DocumentPart, Revision

CLIENTS, KILLS = 20, 5
SERVES_FOR = 0.3  # seconds, between two kills
ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r'name="v\.[a-z_]+" value="(\d+)"')


class Server:
    """A real server process on a free port of this machine, to be killed and started again."""

    def __init__(self, database_url: str, instance: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.log = instance / "server.log"
        set_to = {
            "DATABASE_URL": database_url,
            "INSTANCE": str(instance),
            "SECRET_KEY": conftest.SECRET_KEY,
            "KEY_RING": str(conftest.KEY_RING),
        }
        self.environment = os.environ | {f"ACCORD_{name}": value for name, value in set_to.items()}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the server does not answer: {self.log.read_text()}")

    def kill(self) -> None:
        """kill -9: this process and the workers it has started, all at once and with no warning."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, ended whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


@dataclass
class Saver:
    """One browser whose person types at one prompt and saves again and again, as fast as the site answers."""

    number: int
    path: str
    prompt: str
    port: int
    headers: dict[str, str]
    saved: list[str] = field(default_factory=list)  # acknowledged as what stands now
    aside: list[str] = field(default_factory=list)  # acknowledged as kept beside another text
    others: list[tuple[int, str]] = field(default_factory=list)
    lost: int = 0  # no answer: it may or may not have been kept

    def go_on(self, until: Event) -> None:
        """Type and save until told to stop."""
        base = 1
        for turn in count():
            if until.is_set():
                return
            typed = f"browser {self.number} turn {turn} " + "word " * (turn % 40) + "end"
            try:
                status, answer = self._save(typed, base)
            except (OSError, HTTPException):
                self.lost += 1
                time.sleep(0.02)
                continue
            if status == 200:
                self.saved.append(typed)
                base = int(VERSION.findall(answer)[0])
            elif status == 409:
                self.aside.append(typed)
                base = int(VERSION.findall(answer)[-1])  # this person takes the other text as read, and writes on
            else:
                self.others.append((status, answer))

    def _save(self, typed: str, base: int) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            page = f"page-{self.number}-{base}"
            body = urlencode({f"v.{self.prompt}": base, self.prompt: typed, "page": page})
            connection.request("POST", f"{self.path}/answers/{self.prompt}", body, self.headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def headers_of(browser: Client) -> dict[str, str]:
    """What a signed-in browser sends along with a save."""
    token = browser.csrf_token()
    cookie = browser.http.get_cookie("accord")
    assert cookie is not None
    return {
        "Cookie": f"accord={cookie.value}",
        "X-CSRFToken": token,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_every_acknowledged_text_is_in_the_history(
    app: Flask, cast: Cast, as_: Callable[[str], Client], database_url: str, tmp_path: Path
) -> None:
    plan = plans.write(app, cast)
    server = Server(database_url, tmp_path)
    prompts = cycle(["goal_statement", "goal_statement", "work_with", "content_goal", "work_helps", "timeline"])
    people = cycle(["coach", "teacher", "teacher2"])
    savers = [
        Saver(number, plan.path, next(prompts), server.port, headers_of(as_(next(people)))) for number in range(CLIENTS)
    ]
    app.extensions["database"].engine.dispose()
    with running(server):
        stop = Event()
        threads = [Thread(target=saver.go_on, args=(stop,)) for saver in savers]
        for thread in threads:
            thread.start()
        try:
            for _ in range(KILLS):
                time.sleep(SERVES_FOR)
                server.kill()
                server.start()
            time.sleep(SERVES_FOR)
            _wait_until_everybody_has_saved(savers)
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=30)
    assert [saver.others[0] for saver in savers if saver.others] == []
    assert all(saver.saved or saver.aside for saver in savers), "everybody got something saved"
    assert sum(saver.lost for saver in savers) >= KILLS, "the kills fell into the middle of saves"
    _check(Tables(app), plan, savers)


def _wait_until_everybody_has_saved(savers: list[Saver]) -> None:
    for _ in range(200):  # half a minute on a machine that has more to do than this
        if all(saver.saved or saver.aside for saver in savers):
            return
        time.sleep(0.15)


def _check(tables: Tables, plan: Plan, savers: list[Saver]) -> None:
    kept = tables.all(select(Revision).where(Revision.document_id == plan.id).order_by(Revision.version, Revision.id))
    stood = {(one.prompt, str(one.value)) for one in kept if not one.aside}
    beside = {(one.prompt, str(one.value)) for one in kept if one.aside}
    for saver in savers:
        assert [said for said in saver.saved if (saver.prompt, said) not in stood] == []
        assert [said for said in saver.aside if (saver.prompt, said) not in beside] == []
    _nothing_half_saved(tables, plan, kept)


def _nothing_half_saved(tables: Tables, plan: Plan, kept: list[Revision]) -> None:
    """Each answer is its newest revision, the versions have no gap, and the part has counted every change."""
    for answer in tables.all(select(Answer).where(Answer.document_id == plan.id)):
        mine = [one for one in kept if (one.prompt, one.row) == (answer.prompt, answer.row) and not one.aside]
        assert [one.version for one in mine] == list(range(1, answer.version + 1)), answer.prompt
        assert mine[-1].value == answer.value
    for part in tables.all(select(DocumentPart).where(DocumentPart.document_id == plan.id)):
        assert part.version == max(one.part_version for one in kept if one.part == part.part and not one.aside)
    if tables.engine.dialect.name == "sqlite":
        with tables.engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
