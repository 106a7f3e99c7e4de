"""Two windows with the same plan: what one types stands in the other at once, in one box and in others."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person
from tests.browser.plans import Plans
from tests.browser.site import Site

AsSomeone = Callable[..., Person]


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


def test_two_windows_type_into_one_box(as_: AsSomeone, plan: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    boxes = []
    for person in (coach, teacher):
        person.open(f"{plan}/write")
        boxes.append(person.page.locator("#f-work_with"))
    began = boxes[0].input_value()
    for box in boxes:
        box.focus()
        box.press("Control+End")
    for number in range(12):
        for person, letter in ((coach, "c"), (teacher, "t")):
            person.page.keyboard.type(f" {letter}{number}")
    for box in boxes:
        for last in ("c11", "t11"):
            expect(box).to_have_value(re.compile(rf"\b{last}\b"), timeout=10_000)
    expect(boxes[1]).to_have_value(boxes[0].input_value(), timeout=10_000)
    said = boxes[0].input_value()
    assert said.startswith(began)
    for letter in "ct":
        for number in range(12):
            assert said.split().count(f"{letter}{number}") == 1, said


def test_what_others_type_and_tick_appears(as_: AsSomeone, plan: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    teacher.page.locator("#f-timeline").fill("until May")
    expect(coach.page.locator("#f-timeline")).to_have_value("until May", timeout=5_000)
    expect(coach.page.locator("#status-timeline")).to_contain_text("wrote here")
    started = time.monotonic()
    teacher.page.locator("#f-timeline").press("End")
    teacher.page.keyboard.type("!")
    expect(coach.page.locator("#f-timeline")).to_have_value("until May!", timeout=5_000)
    assert time.monotonic() - started < 3
