"""Every address of the site: well made for whoever may open it, writing nothing when opened, silent to everybody else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests import plans
from tests.addresses import everywhere
from tests.cast import Cast
from tests.page import Client
from tests.plans import MARKER, Plan
from webapp import access


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """A plan as far as plans go."""
    return plans.write(app, cast, part1="approved", part2="shared", session_2=True, ours=True)


@pytest.mark.parametrize("who", ["coach", "teacher", "principal", "champion", "invited", "admin", "signed_out"])
def test_every_page_is_well_made_and_opening_it_writes_nothing(
    app: Flask,
    cast: Cast,
    plan: Plan,
    browser_of: Callable[[str], Client],
    unchanged: Callable[[], Any],
    who: str,
) -> None:
    client = browser_of(who)
    paths = list(everywhere(app, cast, plan, "GET"))
    with unchanged():
        for path in paths:
            assert client.get(path, status=None).status in (200, 204, 403, 404), path


# ---------------------------------------------------------------- those who have no part in a plan


@pytest.mark.parametrize("who", ["outsider", "admin", "signed_out"])
def test_a_crawl_finds_nothing_of_a_plan(
    app: Flask, cast: Cast, plan: Plan, browser_of: Callable[[str], Client], who: str
) -> None:
    assert list(leaks(app, cast, plan, lambda: browser_of(who))) == []


def test_the_crawl_finds_what_leaks(app: Flask, cast: Cast, plan: Plan, browser_of: Callable[[str], Client]) -> None:
    @app.get("/test/leak")
    @access.anyone
    def leak() -> str:
        return f"The goal: {MARKER} district_goal"

    @app.post("/test/leak/header")
    @access.anyone
    def leak_in_a_header() -> tuple[str, int, dict[str, str]]:
        return "", 200, {"X-Plan": plan.public_id}

    found = list(leaks(app, cast, plan, lambda: browser_of("signed_out")))
    assert found == ["GET /test/leak", "GET /test/leak as a fragment", "POST /test/leak/header"]


def leaks(app: Flask, cast: Cast, plan: Plan, browser: Callable[[], Client]) -> Iterator[str]:
    """Every request whose answer tells this browser something of the plan: its words, or that it exists."""
    client = browser()
    for path in list(everywhere(app, cast, plan, "GET")):
        for headers, how in (({}, ""), ({"HX-Request": "true"}, " as a fragment")):
            if _tells(client.http.get(path, headers=headers), path, plan):
                yield f"GET {path}{how}"
    for path in list(everywhere(app, cast, plan, "POST")):
        client = browser()  # a new one each time: one of these signs out
        if _tells(client.http.post(path, data={"csrf_token": client.csrf_token(), "seen": "1"}), path, plan):
            yield f"POST {path}"


def _tells(answer: Any, path: str, plan: Plan) -> bool:
    said = f"{answer.headers}\n{answer.get_data(as_text=True)}"
    answer.close()
    if answer.mimetype == "application/pdf":
        return plan.public_id in path
    return MARKER in said or (plan.public_id in said and plan.public_id not in path)
