"""Norms in two windows: nobody agrees to a sentence that their page does not show, and no page goes on saying who agreed to it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import COLORS, EVERYTHING, axe, sideways
from tests.browser.people import PHONE, Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

AsSomeone = Callable[..., Person]
LUNCH = ", and the coach pays for lunch"


@pytest.fixture
def plan(site: Site) -> str:
    path = Plans(site).one(of="coach")
    site.change("UPDATE documents SET session_2_held_at = '2020-01-01' WHERE public_id = ?", path.split("/")[-1])
    return path


class Norm:
    """The newest norm on somebody's page."""

    def __init__(self, page: Page) -> None:
        self.row = page.locator("#p-norms .row-list > li").last
        self.box: Locator = self.row.locator("textarea, input[type=text]").first
        self.agreement: Locator = self.row.locator(".agreement")
        self.tick: Locator = self.agreement.locator("[type=checkbox]")


@pytest.fixture
def both(as_: AsSomeone, plan: str) -> tuple[Person, Person, str]:
    """The coach and the teacher have the same norm before them, a new one."""
    coach, teacher = as_("coach"), as_("teacher")
    coach.open(f"{plan}/write")
    coach.press("Add a norm")
    words = f"Start and end on time {coach.page.url[-4:]}"
    Norm(coach.page).box.fill(words)
    coach.page.keyboard.press("Tab")
    expect(Norm(coach.page).row.locator(".status")).to_contain_text(re.compile("^Saved "))
    teacher.open(f"{plan}/write")
    expect(Norm(teacher.page).box).to_have_value(words)
    return coach, teacher, words


def deaf(page: Page) -> None:
    """Nothing that others do comes to this page any more."""
    page.route("**/changes*", lambda route: route.abort())


def test_a_tick_counts_only_for_the_sentence_that_the_page_shows(
    both: tuple[Person, Person, str], watch: Watch, site: Site
) -> None:
    watch.expect("409", "ERR_", "/changes")
    coach, teacher, words = both
    mine, theirs = Norm(coach.page), Norm(teacher.page)
    mine.tick.check()
    expect(mine.agreement).to_contain_text("agrees")
    expect(theirs.agreement).to_contain_text("agrees")
    deaf(coach.page)
    theirs.box.press("End")
    teacher.page.keyboard.type(LUNCH)
    expect(theirs.agreement).to_contain_text("Nobody has agreed yet")
    mine.tick.uncheck()
    expect(mine.agreement.locator(".now-says")).to_contain_text(words + LUNCH)
    expect(mine.tick).not_to_be_checked()
    expect(theirs.agreement).to_contain_text("Nobody has agreed yet")
    assert axe(coach.page, EVERYTHING) == []
    mine.tick.check()
    expect(mine.agreement).to_contain_text("agrees")
    expect(mine.agreement.locator(".now-says")).to_have_count(0)
    expect(theirs.agreement).to_contain_text("agrees")


def test_who_ticks_their_own_new_sentence_agrees_to_it(both: tuple[Person, Person, str]) -> None:
    coach, _, _ = both
    mine = Norm(coach.page)
    mine.box.press("End")
    coach.page.keyboard.type(", mostly")
    coach.page.keyboard.press("Tab")
    expect(mine.row.locator(".status")).to_contain_text(re.compile("^Saved "))
    mine.tick.check()
    expect(mine.agreement).to_contain_text("agrees")
    expect(mine.agreement.locator(".now-says")).to_have_count(0)


def test_a_page_whose_tick_has_the_focus_stops_saying_who_agrees(both: tuple[Person, Person, str]) -> None:
    coach, teacher, _ = both
    mine, theirs = Norm(coach.page), Norm(teacher.page)
    mine.tick.focus()
    coach.page.keyboard.press("Space")
    expect(mine.agreement).to_contain_text("agrees")
    expect(theirs.agreement).to_contain_text("agrees")
    theirs.box.press("End")
    teacher.page.keyboard.type(LUNCH)
    for norm in (mine, theirs):
        expect(norm.agreement).to_contain_text("Nobody has agreed yet")
        expect(norm.tick).not_to_be_checked()
    expect(mine.tick).to_be_focused()


def test_a_tick_that_does_not_arrive_does_not_stay(both: tuple[Person, Person, str], watch: Watch) -> None:
    watch.expect("ERR_", "htmx:")
    coach, _, _ = both
    mine = Norm(coach.page)
    coach.page.route("**/agreements/**", lambda route: route.abort())
    mine.tick.click()
    expect(mine.agreement.locator(".error")).to_contain_text("This was not noted. The site does not answer.")
    expect(mine.tick).not_to_be_checked()
    coach.page.unroute("**/agreements/**")
    mine.tick.click()
    expect(mine.agreement).to_contain_text("agrees")
    expect(mine.agreement.locator(".error")).to_have_count(0)


def test_the_refusal_on_a_phone_in_the_dark(
    as_: AsSomeone, plan: str, both: tuple[Person, Person, str], watch: Watch
) -> None:
    watch.expect("409", "ERR_", "/changes")
    _, teacher, _ = both
    page = as_("coach", viewport=PHONE, color_scheme="dark").open(f"{plan}/write")
    deaf(page)
    Norm(teacher.page).box.press("End")
    teacher.page.keyboard.type(LUNCH)
    expect(Norm(teacher.page).row.locator(".status")).to_contain_text(re.compile("^Saved "))
    Norm(page).tick.click()
    expect(Norm(page).agreement.locator(".now-says")).to_be_visible()
    assert sideways(page) == []
    assert axe(page, COLORS) == []
