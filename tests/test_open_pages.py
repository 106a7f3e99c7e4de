"""A page that is left open asks on by itself. Whoever may not read it any more, or never might, is told nothing: not
whether there is anything, and no line in a log tells of it. Asking is no opening and keeps no sign-in alive.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests import crawl, held, meetings, plans
from tests.addresses import changes_since
from tests.cast import Cast
from tests.circles import MARKER, evaluate
from tests.crawl import NOT_THERE
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp import forms
from webapp.clock import now
from webapp.coaching_sessions.models import CircleMember, LogEntry, RefusedTry
from webapp.coaching_sessions.records import KINDS
from webapp.people.models import SignIn

Browsers = Callable[[str], Client]
CLOSED = "Until a colleague from your circle confirms that it is you, your coaching sessions stay closed."


@pytest.fixture(autouse=True)
def streams_that_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream begins and is over, so that it can be read like a page."""
    app.config["STREAMS"] = 10
    monkeypatch.setattr("webapp.documents.streams.LONGEST", 0.0)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def opened(app: Flask, cast: Cast, plan: Plan) -> str:
    """Where a session is that all three have begun."""
    return meetings.meet(app, cast, plan, "coach", "teacher", "teacher2", focus=f"{MARKER} time")


@pytest.fixture
def since(app: Flask, cast: Cast) -> Callable[[str, str], str]:
    """Where somebody's page asks what has changed in a session, or in their notes on it."""
    form_at = {address: forms.latest(form) for address, form, _ in KINDS.values()}
    return lambda path, who: changes_since(app, path, form_at[path.rpartition("/")[0]], cast[who].id)


def tries(app: Flask, address: str) -> int:
    """How often somebody tried in vain to open this."""
    here = RefusedTry.address == address.rpartition("/")[2]
    return int(Tables(app).one(select(func.count()).select_from(RefusedTry).where(here)))


@pytest.mark.parametrize("who", ["outsider", "principal", "champion", "admin", "teacher2", "teacher"])
def test_strangers_former_members_and_evaluators_cannot_tell_whether_there_is_anything(
    app: Flask, cast: Cast, as_: Browsers, opened: str, since: Any, unchanged: Callable[[], Any], who: str
) -> None:
    notes = held.notes_on(app, cast["coach"].id, opened)
    as_("teacher2").post(f"{opened}/leave")
    evaluate(app, cast, "teacher", "coach")
    client = as_(who)
    client.csrf_token()
    with unchanged():
        for path in (opened, notes):
            missing = f"{path.rpartition('/')[0]}/{NOT_THERE}"
            for asked, data in (
                (since(path, who), None),
                (f"{path}/changes?since=x", None),
                (f"{path}/bell", None),
                (f"{path}/undo/focus/2", {}),
            ):
                here, there = (crawl.ask(client, one, data, htmx=True) for one in (asked, asked.replace(path, missing)))
                assert here.status == 404, asked
                assert here.masked(path.rpartition("/")[2]) == there.masked(NOT_THERE), asked
            assert tries(app, path) == tries(app, missing) - (path == notes) * 4 == 4


def test_in_a_plan_an_evaluator_hears_no_more_than_of_a_plan_that_is_not_there(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, unchanged: Callable[[], Any]
) -> None:
    evaluate(app, cast, "teacher", "coach")
    client, of_plan = as_("teacher"), changes_since(app, plan.path, plan.form, cast["teacher"].id)
    client.csrf_token()
    with unchanged():
        for asked, data in ((of_plan, None), (f"{plan.path}/bell", None), (f"{plan.path}/undo/goal_statement/2", {})):
            missing = crawl.ask(client, asked.replace(plan.public_id, NOT_THERE), data, htmx=True)
            assert crawl.ask(client, asked, data, htmx=True).masked(plan.public_id) == missing.masked(NOT_THERE)
            assert missing.status == 404


def test_asking_is_no_opening_and_writes_no_line(
    app: Flask, cast: Cast, as_: Browsers, opened: str, since: Any, unchanged: Callable[[], Any]
) -> None:
    tables, teacher = Tables(app), as_("teacher")
    tables.do(update(SignIn).values(active_at=now() - timedelta(minutes=30)))
    before = _who_looked(tables)
    with unchanged():
        for _ in range(3):
            assert MARKER in crawl.ask(teacher, since(opened, "teacher"), htmx=True).body
            assert "event: here" in crawl.ask(teacher, f"{opened}/bell").body
    assert _who_looked(tables) == before


def _who_looked(tables: Tables) -> list[Any]:
    """All that the site keeps of who looked at something, and when."""
    return [
        [(one.record_id, one.number) for one in tables.all(select(LogEntry).order_by(LogEntry.id))],
        [
            (one.opened_at, one.witness)
            for one in tables.all(select(CircleMember).order_by(CircleMember.circle_id, CircleMember.person_id))
        ],
        tables.all(select(RefusedTry.id)),
        tables.all(select(SignIn.active_at)),
    ]


def test_a_sign_in_ends_although_its_page_asks_on(
    app: Flask, as_: Browsers, plan: Plan, opened: str, since: Any
) -> None:
    teacher = as_("teacher")
    Tables(app).do(update(SignIn).values(active_at=now() - timedelta(minutes=61)))
    for path in (since(opened, "teacher"), f"{opened}/bell", f"{plan.path}/bell", f"{plan.path}/changes?since=x"):
        answered = crawl.ask(teacher, path)
        assert answered.status == 303 and MARKER not in answered.said and "event:" not in answered.said


def test_a_sealed_account_hears_nothing_until_it_is_confirmed(
    app: Flask, cast: Cast, as_: Browsers, opened: str, since: Any
) -> None:
    held.reset(app, cast["teacher"].id)
    for path in (since(opened, "teacher"), f"{opened}/bell"):
        answered = crawl.ask(as_("teacher"), path)
        assert answered.status == 403 and MARKER not in answered.said and "event:" not in answered.said
    assert "event: here" in crawl.ask(as_("coach"), f"{opened}/bell").body
