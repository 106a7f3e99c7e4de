"""Every address of the site is well made for whoever opens it, and opening it writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests import plans
from tests.addresses import everywhere
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan


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
            no_token = {409} if path.endswith("/changes") else set()
            assert client.get(path, status=None).status in {200, 204, 403, 404} | no_token, path
