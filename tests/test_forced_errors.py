"""Whatever breaks while somebody writes or reads: no log, no error page and no mail holds a word of it."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast as people
from tests import crawl, held
from tests.cast import Cast
from tests.conftest import KEY_RING, _everything_kept, sign_in
from tests.crawl import Answered
from tests.forced import FAULTS, WORD
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp import keys
from webapp.people.models import Mail

LONG = f"{WORD} and more. " * 1_000  # needs new pages in the file
SERVED = (200, 303)
REFUSED = (404, 409, 500)  # 409: a record that cannot be opened; 404: not even that it exists can be read


@pytest.fixture
def app(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """The site as it is served: errors are answered and logged, not raised."""
    return make_app(database_url, TESTING=False)


@pytest.fixture
def cast(app: Flask) -> Cast:
    return people.read(app.extensions["database"].engine)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return held.plan(app, cast)


@pytest.fixture
def asked(app: Flask, cast: Cast, plan: Plan) -> list[tuple[str, dict[str, str] | None]]:
    """What the coach asks for: reading (None) and writing, of a session, private notes, a release and a plan."""
    coach = sign_in(app, cast["coach"])
    session = held.address(held.begin(coach, plan, "Tom Becker"))
    notes = held.notes_on(app, cast["coach"].id, session)
    release = held.address(coach.post(f"{plan.path}/releases/new"))
    writes = {
        f"{session}/answers/focus": {"v.focus": "0", "focus": LONG},
        f"{session}/write": {"v.shared_notes": "0", "shared_notes": LONG},
        f"{session}/rows/evidence/add": {"v.place": "0", "place": WORD},
        f"{notes}/answers/private_notes": {"v.private_notes": "0", "private_notes": LONG},
        f"{release}/answers/release_words": {"v.release_words": "0", "release_words": LONG},
    }
    for path, sent in writes.items():
        assert crawl.ask(coach, path, {**sent, "page": "first"}).status in SERVED, path
    again = {
        path: {name: "1" if name.startswith("v.") else f"{value} changed" for name, value in sent.items()}
        for path, sent in writes.items()
    }
    reads = [f"{session}/write", f"{session}/print", f"{session}/history/focus", f"{notes}/write", f"{release}", "/"]
    return [*again.items(), *((path, None) for path in reads)]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """All that was logged, by whatever logger, and all that went to the terminal, since it was last asked for."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="sqlalchemy")  # as it is unless somebody asks for every statement

    def everything() -> str:
        said = "".join(capfd.readouterr()) + caplog.text
        said += "".join(f"{record.exc_text} {record.args}" for record in caplog.records)
        caplog.clear()
        return said

    return everything


def told(client: Client, path: str, sent: dict[str, str] | None) -> Answered:
    """What came of it: the page, and the same as a fragment."""
    return crawl.ask(client, path, sent, htmx=sent is not None and "/answers/" in path)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_log_or_page_holds_a_word(
    app: Flask, cast: Cast, asked: Any, heard: Callable[[], str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    coach = sign_in(app, cast["coach"])
    coach.csrf_token()
    for path, sent in asked:
        before = _everything_kept(app)
        heard()
        with FAULTS[fault](app):
            answer = told(coach, path, sent)
        said = heard()
        assert WORD not in said, (path, said[: said.index(WORD) + 20][-600:])
        if answer.status in SERVED:  # it does not need what is broken
            continue
        assert answer.status in REFUSED, (path, answer.status)
        assert WORD not in answer.said, path
        assert "<h1>" in answer.body or 'id="error-' in answer.body, (path, answer.body)
        if sent is not None:
            assert _changed(before, _everything_kept(app)) <= {"refused_tries"}, path
    assert WORD not in "".join(map(str, Tables(app).all(select(Mail.path))))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {table for table, rows in after.items() if rows != before[table]}


def test_each_fault_breaks_something(app: Flask, cast: Cast, asked: Any) -> None:
    coach = sign_in(app, cast["coach"])
    coach.csrf_token()
    for fault, force in FAULTS.items():
        with force(app):
            broken = [path for path, sent in asked if told(coach, path, sent).status not in SERVED]
        assert broken, fault
    assert all(told(coach, path, sent).status in SERVED for path, sent in asked if sent is None), "all is well again"


def test_wrong_bytes_in_a_form_are_no_word_in_a_log(
    app: Flask, cast: Cast, asked: Any, heard: Callable[[], str]
) -> None:
    coach = sign_in(app, cast["coach"])
    token = coach.csrf_token().encode()
    for path, sent in asked:
        heard()
        if sent is None:
            continue
        for body in (b"focus=%ff%fe " + WORD.encode(), b"\xff\xfe\0" + WORD.encode(), WORD.encode() * 3):
            whole = body + b"&csrf_token=" + token
            kind = "application/x-www-form-urlencoded"
            answer = coach.http.post(path, data=whole, content_type=kind, headers=crawl.PLAIN)
            assert answer.status_code in (200, 303, 400, 409, 422), (path, body)
            assert WORD not in heard()


def test_a_garbled_key_ring_stops_the_start_and_its_words_hold_no_key(
    make_app: Callable[..., Flask], database_url: str, tmp_path: Path, heard: Callable[[], str]
) -> None:
    for garbled in (KEY_RING.read_bytes()[:-9], b"\xff\xfe", KEY_RING.read_bytes().replace(b"=", b"!")):
        ring = tmp_path / "ring.json"
        ring.write_bytes(garbled)
        with pytest.raises(keys.NoKeys) as refused:
            make_app(database_url, KEY_RING=ring)
        said = f"{refused.value!r} {heard()}"
        assert KEY_RING.read_text().split('"')[-2][:12] not in said


def test_the_log_still_says_where_it_broke(app: Flask, cast: Cast, asked: Any, heard: Callable[[], str]) -> None:
    coach = sign_in(app, cast["coach"])
    path, sent = asked[0]
    with FAULTS["template fails"](app):
        assert told(coach, path, sent).status == 500
    said = heard()
    assert "ValueError" in said
    assert "forced.py" in said
