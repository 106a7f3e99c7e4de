"""The key that words wait under in a browser: for whoever may write there, as long as nobody has ended the sign-in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import held, meetings, plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp.clock import now
from webapp.people.models import SignIn

Browsers = Callable[[str], Client]


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def met(app: Flask, cast: Cast, plan: Plan) -> str:
    return meetings.meet(app, cast, plan, "coach", "teacher", focus="Waiting time")


def ask(client: Client, path: str, of: str = "") -> Any:
    """The name of the sign-in and its key."""
    return json.loads(client.get(f"{path}/waiting-key?of={of}", htmx=True).html)


def refused(client: Client, path: str, status: int, of: str = "") -> None:
    """There is no key."""
    assert '"key"' not in client.get(f"{path}/waiting-key?of={of}", htmx=True, status=status).html


def test_each_sign_in_has_a_key_of_its_own_for_each_record(as_: Browsers, plan: Plan, met: str) -> None:
    clients = [as_(who) for who in ("coach", "coach", "teacher")]
    found = [ask(client, path)["key"] for client in clients for path in (plan.path, met)]
    assert len(set(found)) == 6
    assert ask(clients[0], met)["key"] == found[1]
    assert ask(clients[1], met, of=ask(clients[0], plan.path)["of"])["key"] == found[1]


def test_only_whoever_may_write_there_gets_one(as_: Browsers, plan: Plan, met: str) -> None:
    for who, of_plan, of_session in (
        ("champion", 403, 404),
        ("invited", 403, 404),
        ("teacher2", 200, 404),
        ("principal", 200, 404),
        ("outsider", 404, 404),
    ):
        as_(who).get(f"{plan.path}/waiting-key", htmx=True, status=of_plan)
        refused(as_(who), met, of_session)


def test_after_running_out_the_same_person_gets_the_earlier_one(app: Flask, as_: Browsers, met: str) -> None:
    coach = as_("coach")
    first = ask(coach, met)
    Tables(app).do(update(SignIn).values(active_at=now() - timedelta(days=1)))
    refused(coach, met, 401, first["of"])
    again = as_("coach")
    assert ask(again, met)["of"] != first["of"]
    assert ask(again, met, first["of"]) == first
    refused(as_("teacher"), met, 403, first["of"])


def test_after_signing_out_nobody_gets_it(as_: Browsers, met: str) -> None:
    coach = as_("coach")
    first = ask(coach, met)
    coach.post("/sign-out", {})
    refused(coach, met, 401, first["of"])
    again = as_("coach")
    refused(again, met, 403, first["of"])
    refused(again, met, 403, "nonsense")


def test_a_sealed_account_and_one_that_left_get_none(app: Flask, cast: Cast, as_: Browsers, met: str) -> None:
    ask(as_("teacher"), met)
    held.reset(app, cast["teacher"].id)
    refused(as_("teacher"), met, 403)
    as_("coach").post(f"{met}/leave", {})
    refused(as_("coach"), met, 404)


def test_asking_is_no_opening_keeps_nobody_signed_in_and_is_kept_nowhere(
    app: Flask, as_: Browsers, met: str, unchanged: Callable[[], Any]
) -> None:
    coach = as_("coach")
    coach.get("/")
    Tables(app).do(update(SignIn).values(active_at=now() - timedelta(minutes=30)))
    before = Tables(app).one(select(SignIn.active_at))
    with unchanged():
        ask(coach, met)
    assert Tables(app).one(select(SignIn.active_at)) == before
    response = coach.http.get(f"{met}/waiting-key")
    assert response.headers["Cache-Control"] == "no-store"
