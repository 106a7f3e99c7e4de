"""Coaching sessions on the site: starting, who attends, private notes, leaving, deleting; and who is kept out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import agreements as pairs
from tests import plans
from tests.agreements import Agreement
from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp.clock import today
from webapp.coaching_sessions.models import (
    CircleMember,
    CircleNews,
    ConfidentialRecord,
    LogEntry,
    RefusedTry,
    SealedAnswer,
    SealedRevision,
)

Browsers = Callable[[str], Client]
OUTSIDE = ("teacher2", "invited", "declined", "removed", "principal", "champion", "admin", "outsider", "depthead")


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved", session_2=True, ours=True)


@pytest.fixture
def agreement(app: Flask, cast: Cast, plan: Plan) -> Agreement:
    found = pairs.start(app, cast, plan)
    found.sign("coach", "teacher")
    return found


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


def begin(client: Client, plan: Plan, *names: str, kind: str = "Observation") -> Page:
    """Start a session on the site; gives its page."""
    form = client.get(f"{plan.path}/sessions/new").form(button="Start the session")
    return form.submit({**dict.fromkeys(names, True), kind: True, "Date": today().isoformat()})


@pytest.fixture
def opened(as_: Browsers, plan: Plan, agreement: Agreement) -> str:
    """The address of a session between the coach and the teacher, begun by the coach."""
    return begin(as_("coach"), plan, "Tom Becker").path.removesuffix("/write")


# ---------------------------------------------------------------- starting


@pytest.mark.parametrize(("who", "other"), [("coach", "Tom Becker"), ("teacher", "Ana Ruiz")])
def test_either_of_the_two_starts_a_session(
    as_: Browsers, plan: Plan, agreement: Agreement, who: str, other: str
) -> None:
    page = as_(who).get(plan.path).follow("Start a coaching session")
    page = page.form(button="Start the session").submit({other: True, "Observation": True})
    assert page.path.startswith("/sessions/")
    assert f"Only you and {other} can see this" in page
    assert page.title == "Coaching session · Accord"
    assert "Observation" in page
