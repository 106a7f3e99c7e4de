"""A record that exists and one that does not are the same to whoever may not know: same answer, same work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from tests import crawl, held
from tests.cast import Cast
from tests.crawl import NOT_THERE, Answered
from tests.page import Client
from tests.plans import Plan
from webapp.coaching_sessions import records
from webapp.database import execute
from webapp.people.models import Person

Browsers = Callable[[str], Client]
STRANGERS = ("outsider", "principal", "admin", "removed", "signed_out")
PAGES = ("", "/write", "/log", "/who", "/history/focus", "/print", "/calendar.ics", "/leave", "/nothing")
FORMS = ("/answers/focus", "/write", "/rows/evidence/add", "/leave", "/delete", "/notes", "/ask", "/answer")


@pytest.fixture
def hidden(app: Flask, cast: Cast, as_: Browsers) -> list[str]:
    """The addresses of a session, of private notes on it and of a release, none of them for strangers."""
    plan: Plan = held.plan(app, cast)
    coach = as_("coach")
    session = held.address(held.begin(coach, plan, "Tom Becker"))
    release = held.address(coach.post(f"{plan.path}/releases/new"))
    return [session, held.notes_on(app, cast["coach"].id, session), release]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that runs meanwhile, word for word."""
    engine: Engine = app.extensions["database"].engine
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def asked(client: Client, path: str, data: dict[str, str] | None) -> tuple[Answered, list[str]]:
    """The answer, and the work it took."""
    with statements(client.app) as found:
        answer = crawl.ask(client, path, data)
    return answer, found


@pytest.mark.parametrize("who", STRANGERS)
def test_hidden_and_missing_cannot_be_told_apart(app: Flask, browser_of: Browsers, hidden: list[str], who: str) -> None:
    client = browser_of(who)
    client.csrf_token()
    for address in hidden:
        public_id = address.rpartition("/")[2]
        for tail, data in [*((page, None) for page in PAGES), *((form, crawl.FORGED) for form in FORMS)]:
            there, work = asked(client, address + tail, data)
            missing, other_work = asked(client, (address + tail).replace(public_id, NOT_THERE), data)
            assert len(public_id) == len(NOT_THERE)
            assert there.status == missing.status
            assert there.status in (302, 303, 401, 404, 405)
            assert _size(there) == _size(missing), there.asked
            assert there.masked(public_id) == missing.masked(NOT_THERE), there.asked
            assert work == other_work, there.asked


def _size(answer: Answered) -> tuple[int, list[str]]:
    return len(answer.body), [line for line in answer.headers if line.startswith("Content-Length")]


def test_the_comparison_of_work_sees_one_more_statement(
    app: Flask, as_: Browsers, hidden: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = records.find

    def leaky(kind: str, public_id: str, reader_id: int, **more: Any) -> Any:
        if public_id != NOT_THERE:
            execute(select(Person.id), {})
        return find(kind, public_id, reader_id, **more)

    monkeypatch.setattr(records, "find", leaky)
    with pytest.raises(AssertionError):
        test_hidden_and_missing_cannot_be_told_apart(app, as_, hidden, "outsider")
