"""Many tabs of one browser, and a server that starts anew: the tab that is looked at is told at once, and every tab works."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.people import Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

TABS = 8  # a browser keeps six connections to one site
PROMPT = "timeline"
BOX, STATUS = f"#f-{PROMPT}", f"#status-{PROMPT}"
AWAY = ("/bell", "/changes", "/here", "ERR_", "htmx:sendError", "htmx:afterRequest")
ANEW = 20_000  # milliseconds
# A browser without a screen shows all of its tabs at once: each says itself whether it is looked at.
BEHIND = """
    let behind = true;
    Object.defineProperty(document, "hidden", { get: () => behind });
    globalThis.comeForward = (forward) => {
        behind = !forward;
        document.dispatchEvent(new Event("visibilitychange"));
    };
"""
AsSomeone = Callable[..., Person]


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


class Streams:
    """The streams that a browser has open."""

    def __init__(self, context: BrowserContext) -> None:
        self.open: set[Request] = set()
        self.begun = 0
        context.on("request", self._asks)
        context.on("response", lambda response: self._begins(response.request, response.status))
        for event in ("requestfinished", "requestfailed"):
            context.on(event, self._is_over)

    def _asks(self, request: Request) -> None:
        if self._is_stream(request):
            self.open.add(request)

    def _is_over(self, request: Request) -> None:
        self.open.discard(request)

    @staticmethod
    def _is_stream(request: Request) -> bool:
        return request.url.endswith("/bell")

    def _begins(self, request: Request, status: int) -> None:
        self.begun += self._is_stream(request) and status == 200


def _look_at(tabs: list[Page], tab: Page) -> None:
    for other in tabs:
        if other is not tab:
            other.evaluate("comeForward(false)")
    tab.evaluate("comeForward(true)")


def test_eight_tabs_of_one_browser_all_work_and_one_listens(as_: AsSomeone, plan: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    teacher.open(f"{plan}/write")
    coach.context.add_init_script(BEHIND)
    streams = Streams(coach.context)
    tabs = [coach.page, *(coach.context.new_page() for _ in range(TABS - 1))]
    for number, tab in enumerate(tabs):
        tab.goto(f"{coach.site.address}{plan}/write")
        _look_at(tabs[: number + 1], tab)
        tab.locator(BOX).press("End")
        tab.keyboard.type(f" tab{number}")
        expect(tab.locator(STATUS)).to_contain_text(re.compile("^Saved "))
        expect(teacher.page.locator(BOX)).to_have_value(re.compile(rf"\btab{number}\b"))
    teacher.page.locator(BOX).press("End")
    teacher.page.keyboard.type(" and teacher")
    for tab in (tabs[-1], tabs[-2]):
        _look_at(tabs, tab)
        expect(tab.locator(BOX)).to_have_value(teacher.page.locator(BOX).input_value())
        tab.wait_for_timeout(500)
        assert len(streams.open) == 1, "only the tab that is looked at listens"
    assert streams.begun > TABS


def test_a_server_that_starts_anew_is_found_again_and_nothing_is_lost(
    as_: AsSomeone, site: Site, plan: str, watch: Watch
) -> None:
    watch.expect(*AWAY)
    coach, teacher = as_("coach"), as_("teacher")
    streams = Streams(teacher.context)
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    coach.page.wait_for_timeout(500)
    before = streams.begun
    assert before
    site.stop()
    coach.page.locator(BOX).press("End")
    coach.page.keyboard.type(" typed while it was away")
    expect(coach.page.locator(STATUS)).to_contain_text("Not saved yet")
    site.start()
    with teacher.page.expect_response(lambda answer: answer.url.endswith("/bell") and answer.ok, timeout=ANEW):
        pass
    expect(coach.page.locator(STATUS)).to_contain_text(re.compile("^Saved "), timeout=ANEW)
    expect(teacher.page.locator(BOX)).to_have_value(re.compile("typed while it was away"), timeout=ANEW)
    said = teacher.page.locator(BOX).input_value()
    assert said.count("typed while it was away") == 1
    teacher.page.locator(BOX).press("End")
    teacher.page.keyboard.type(" and back")
    expect(coach.page.locator(BOX)).to_have_value(f"{said} and back", timeout=ANEW)


def test_a_page_hears_others_again_once_its_person_has_signed_in_again(
    as_: AsSomeone, site: Site, plan: str, watch: Watch
) -> None:
    watch.expect(*AWAY, "401", "400", "htmx:responseError")
    coach, teacher = as_("coach"), as_("teacher")
    page = coach.open(f"{plan}/write")
    teacher.open(f"{plan}/write")
    other_tab = coach.context.new_page()
    other_tab.goto(f"{site.address}/")
    other_tab.locator("details.menu summary").click()
    other_tab.get_by_role("button", name="Sign out").click()
    expect(other_tab.get_by_text("You are signed out.")).to_be_visible()
    page.evaluate("together.ask()")
    before = page.locator(BOX).input_value()
    teacher.page.locator(BOX).fill("not for who is signed out")
    expect(teacher.page.locator(STATUS)).to_contain_text(re.compile("^Saved "))
    page.evaluate("together.ask()")
    expect(page.locator(BOX)).to_have_value(before)
    coach.sign_in(other_tab)
    other_tab.close()
    page.locator("#f-work_with").fill("saved again")
    coach.saved("work_with")
    expect(page.locator(BOX)).to_have_value("not for who is signed out")
    teacher.page.locator(BOX).fill("heard again")
    expect(page.locator(BOX)).to_have_value("heard again", timeout=5_000)
