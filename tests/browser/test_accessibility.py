"""Every page, for eyes, ears and keyboards: axe finds nothing, nothing scrolls sideways, focus is always in sight."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.filling import NORMS, PART_1, PART_2, asked
from tests.browser.people import PHONE, WIDE, Person, Watch, at_a_browser
from tests.browser.site import Site
from tests.browser.test_writing_together import path_of_plan
from webapp import create_app
from webapp.forms.kinds import Rows

AsSomeone = Callable[..., Person]
ALL = {"resultTypes": ["violations"]}
COLORS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
FRAGMENTS = {"people.idle", "asset", "printing.as_pdf", "printing.blank_pdf"}

COACH = ["/", "/plans/", "/plans/new", "{plan}", "{plan}/write", "{plan}/part1/check", "{plan}/part2/check"]
COACH += ["{plan}/teachers", "{plan}/teachers?q=an", "{plan}/history/work_helps", "{plan}/print", "{old}", "{old}/write"]
COACH += ["{old}/print", "/account", "/forms/peer_coaching_plan/blank", "/plans/nothing", "/sign-out"]
PAGES = {
    "nobody": ["/sign-in", "/forgot", "/links/nothing"],
    "coach": COACH,
    "teacher": ["/", "{invited}"],
    "principal": ["/", "{submitted}/part1/check", "{submitted}/write", "{changed}/part1/check", "/plans/new"],
    "champion": ["/", "/plans/?of=schools", "{plan}", "/training-dates"],
    "admin": ["/", "/people", "/people?q=a", "/schools"],
    "outsider": ["/", "/plans/"],
}
