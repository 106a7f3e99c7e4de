"""Nothing that was acknowledged is ever lost: twenty people save at once while the server is killed and started again."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count, cycle
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select, text

from tests import plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan
from tests.processes import Server, headers_of, running
from tests.tables import Tables
from webapp.documents.models import Answer, DocumentPart, Revision

CLIENTS, KILLS = 20, 5
SERVES_FOR = 0.3  # seconds, between two kills
VERSION = re.compile(r'name="v\.[a-z_]+" value="(\d+)"')


@dataclass
class Saver:
    """One browser whose person types at one prompt and saves again and again, as fast as the site answers."""

    number: int
    path: str
    prompt: str
    port: int
    headers: dict[str, str]
    saved: list[str] = field(default_factory=list)  # acknowledged as what stands now
    moved: list[tuple[str, str]] = field(
        default_factory=list
    )  # acknowledged, past what others did: text, mark of its page
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
                version = int(VERSION.findall(answer)[0])
                if version == base + 1:
                    self.saved.append(typed)
                else:
                    self.moved.append((typed, f"page-{self.number}-{base}"))
                base = version
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
    assert all(saver.saved or saver.moved for saver in savers), "everybody got something saved"
    assert sum(saver.lost for saver in savers) >= KILLS, "the kills fell into the middle of saves"
    _check(Tables(app), plan, savers)


def _wait_until_everybody_has_saved(savers: list[Saver]) -> None:
    for _ in range(200):  # half a minute on a machine that has more to do than this
        if all(saver.saved or saver.moved for saver in savers):
            return
        time.sleep(0.15)


def _check(tables: Tables, plan: Plan, savers: list[Saver]) -> None:
    kept = tables.all(select(Revision).where(Revision.document_id == plan.id).order_by(Revision.version, Revision.id))
    stood = {(one.prompt, str(one.value)) for one in kept}
    pages = {(one.prompt, one.page) for one in kept}
    for saver in savers:
        assert [said for said in saver.saved if (saver.prompt, said) not in stood] == []
        for typed, page in saver.moved:  # or two others had made these very words together, so there was nothing to do
            assert (saver.prompt, page) in pages or (saver.prompt, typed) in stood, (typed, page)
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
