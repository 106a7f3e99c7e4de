"""What is answered ahead of the rest of the site is what the rest would have answered, to the same people."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.conftest import sign_in
from tests.plans import Plan
from tests.test_company import listens, opened, plan
from tests.test_together import SIZE, Desk, request
from webapp.documents import company

__all__ = ["listens", "opened", "plan"]
OF_FLASK = {"Set-Cookie", "Vary"}  # an open page that asks by itself renews no cookie


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each question, whether it was answered ahead."""
    told: list[bool] = []
    really = company.answer

    def answer(*asked: Any, **how: Any) -> Any:
        found = really(*asked, **how)
        told.append(found is not None)
        return found

    monkeypatch.setattr(company, "answer", answer)
    return told


def ask(client: FlaskClient, plan: Plan, since: str, **how: Any) -> Any:
    return client.get(f"{plan.path}/changes", query_string={"since": since}, **how)


@pytest.mark.parametrize("quiet", [True, False])
def test_it_is_answered_as_by_the_rest(
    listens: Any, as_: Callable[[str], Any], plan: Plan, ahead: list[bool], monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    teacher = listens("teacher")
    if not quiet:
        Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    ahead.clear()
    soon = ask(teacher.client.http, plan, teacher.since)
    assert ahead == [True] and soon.status_code == (204 if quiet else 200)
    monkeypatch.setattr(company, "answer", lambda *_asked, **_how: None)
    late = ask(teacher.client.http, plan, teacher.since)
    assert late.status_code == soon.status_code
    assert {*late.headers.keys()} - OF_FLASK == {*soon.headers.keys()} - OF_FLASK
    without = {"Content-Length", *OF_FLASK}
    assert {k: v for k, v in late.headers if k not in without} == {k: v for k, v in soon.headers if k not in without}
    assert "no-store" in soon.headers["Cache-Control"]


def test_a_host_that_is_not_ours_is_refused(app: Flask, listens: Any, plan: Plan, ahead: list[bool]) -> None:
    teacher = listens("teacher")
    app.config["TRUSTED_HOSTS"] = ["accord.example.org"]
    cookie = teacher.client.http.get_cookie(name := app.config["SESSION_COOKIE_NAME"])
    without = app.test_client(use_cookies=False)
    for host, status in (("accord.example.org", 204), ("evil.example.org", 400)):
        said = {"HTTP_HOST": host, "HTTP_COOKIE": f"{name}={cookie.value}"}
        answer = ask(without, plan, teacher.since, environ_overrides=said)
        assert (answer.status_code, ahead[-1:] == [True]) == (status, status == 204)
        ahead.clear()


def test_over_https_it_says_so(listens: Any, plan: Plan, ahead: list[bool]) -> None:
    teacher = listens("teacher")
    answers = [
        ask(teacher.client.http, plan, teacher.since, base_url=f"{kind}://localhost") for kind in ("http", "https")
    ]
    assert [one.headers.get("Strict-Transport-Security") for one in answers] == [None, "max-age=31536000"]
    assert ahead[-2:] == [True, True]


@pytest.mark.parametrize("cookie", ["", "nonsense", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb"])
def test_who_is_not_signed_in_is_told_nothing(
    app: Flask, listens: Any, plan: Plan, ahead: list[bool], cookie: str
) -> None:
    teacher = listens("teacher")
    stranger = app.test_client()
    if cookie:
        stranger.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
    ahead.clear()
    answer = ask(stranger, plan, teacher.since, headers={"HX-Request": "true"})
    assert answer.status_code == 401 and ahead == [False]


def test_what_one_page_was_given_is_not_for_another_person(
    app: Flask, cast: Cast, listens: Any, plan: Plan, ahead: list[bool]
) -> None:
    teacher, other = listens("teacher"), listens("teacher2")
    teacher.ask()
    ahead.clear()
    assert ask(other.client.http, plan, teacher.since).status_code == 409
    outsider = sign_in(app, cast["outsider"])
    assert ask(outsider.http, plan, teacher.since).status_code == 404
    assert ahead == [False, False]


def test_when_it_fails_the_rest_says_so(app: Flask, listens: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = listens("teacher")

    def breaks(*_asked: Any, **_how: Any) -> Any:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(company, "answer", breaks)
    assert ask(teacher.client.http, plan, teacher.since).status_code == 204
