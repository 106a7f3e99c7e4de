"""Two people in one place, a network that goes away, a sign-in that ends: no word is lost, and the page says so."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.looking import EVERYTHING, axe
from tests.browser.people import Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
DOWN = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", *OFFLINE[1:])
MINE, THEIRS = "We read each other’s lessons.", "We visit each other’s classes."
LIVE = ("/bell", "/changes", "ERR_")
AsSomeone = Callable[..., Person]
HEAR = """() => {
    window.heard = [];
    for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
        const hear = () => region.hidden || heard.push(region.textContent.trim());
        new MutationObserver(hear).observe(region, { childList: true, characterData: true, subtree: true });
    }
}"""


@pytest.fixture
def plan(site: Site) -> str:
    """The plan that coach and teacher write at the moment."""
    return Plans(site).one(of="coach")


def at(prompt: str) -> tuple[str, str, str]:
    """A prompt of Part 2 (each test takes one of its own), its box, and its status line."""
    return prompt, f"#f-{prompt}", f"#status-{prompt}"


def test_what_two_replaced_at_once_stands_twice_and_both_are_told(as_: AsSomeone, plan: str, watch: Watch) -> None:
    prompt, box, _status = at("work_with")
    watch.expect(*OFFLINE, *LIVE)
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    coach.context.set_offline(True)
    coach.page.locator(box).fill(MINE)
    teacher.page.locator(box).fill(THEIRS)
    teacher.saved(prompt)
    coach.context.set_offline(False)
    for person, other, theirs, mine in (
        (coach, "Daniel Reyes", THEIRS, MINE),
        (teacher, "Maya Okafor", MINE, THEIRS),
    ):
        panel = person.page.get_by_role("group", name="You both changed this")
        expect(panel).to_contain_text(re.compile(rf"{other} wrote\s*{theirs}\s*You wrote\s*{mine}"))
        expect(person.page.locator(box)).to_have_value(f"{MINE}\n{THEIRS}")
        assert axe(person.page, EVERYTHING) == []
        panel.get_by_role("button").click()
        expect(panel).to_have_count(0)


def test_two_versions_become_one_by_keyboard_alone(as_: AsSomeone, plan: str, watch: Watch) -> None:
    """The panel is read out once, politely; what is typed is not read out again and again."""
    prompt, box, _status = at("academic_goal")
    watch.expect(*OFFLINE, *LIVE)
    coach, teacher, mine, theirs = as_("coach"), as_("teacher"), "Lessons read by two", "Classes we visit"
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    coach.type(coach.page.locator(box), "We begin.")
    coach.saved(prompt)
    expect(teacher.page.locator(box)).to_have_value("We begin.")
    coach.context.set_offline(True)
    for person, words in ((coach, mine), (teacher, theirs)):
        person.page.locator(box).focus()
        person.page.keyboard.press("Control+A")
        person.page.keyboard.insert_text(words)  # pasted
    expect(coach.page.locator("#unsaved")).to_contain_text("Not saved yet")
    teacher.saved(prompt)
    coach.page.evaluate(HEAR)
    coach.context.set_offline(False)
    panel = coach.page.get_by_role("group", name="You both changed this")
    expect(panel).to_contain_text(theirs)
    expect(panel).to_contain_text(mine)
    expect(coach.page.locator(box)).to_be_focused()
    assert axe(coach.page, EVERYTHING) == []
    heard = coach.page.evaluate("heard")
    assert len([said for said in heard if said.startswith("You both changed this. Both versions stand in")]) == 1, heard
    keyboard = coach.page.keyboard
    keyboard.press("Control+A")
    keyboard.type("We read and visit.", delay=60)
    expect(teacher.page.locator(box)).to_have_value("We read and visit.")
    coach.saved(prompt)
    again = [said for said in coach.page.evaluate("heard")[len(heard) :] if "is here now" not in said]
    assert len(again) <= 2, again
    keyboard.press("Tab")
    while not coach.page.get_by_role("button", name="It is right now").evaluate("(b) => b === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(panel).to_have_count(0)
    expect(coach.page.locator(box)).to_be_focused()
    for person in (coach, teacher):
        expect(person.page.locator(box)).to_have_value("We read and visit.")
    assert axe(coach.page, EVERYTHING) == []


def test_a_page_left_open_takes_nothing_back(as_: AsSomeone, plan: str) -> None:
    """A button sends the whole page: what was not touched there must not meet what others wrote meanwhile."""
    prompt, box, _status = at("content_goal")
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    teacher.type(teacher.page.locator(box), THEIRS)
    teacher.saved(prompt)
    coach.press("Add a measure")
    expect(coach.page.locator("#errors")).to_have_count(0)
    expect(coach.page.locator(box)).to_have_value(THEIRS)


def test_without_a_network_the_words_wait(as_: AsSomeone, plan: str, watch: Watch) -> None:
    prompt, box, status = at("work_helps")
    watch.expect(*OFFLINE)
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.context.set_offline(True)
    coach.type(coach.page.locator(box), MINE)
    expect(coach.page.locator(status)).to_contain_text("Not saved yet")
    expect(coach.page.locator(box)).to_have_value(MINE)
    coach.context.set_offline(False)
    coach.saved(prompt)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(box)).to_have_value(MINE)


def test_while_the_server_is_down_the_words_wait(as_: AsSomeone, site: Site, plan: str, watch: Watch) -> None:
    prompt, box, status = at("improves_remarks")
    watch.expect(*DOWN, *LIVE)
    coach = as_("coach")
    coach.open(f"{plan}/write")
    site.stop()
    coach.type(coach.page.locator(box), MINE)
    expect(coach.page.locator(status)).to_contain_text("Not saved yet")
    site.start()
    coach.saved(prompt)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(box)).to_have_value(MINE)


def test_a_sign_in_that_ends_while_typing(as_: AsSomeone, site: Site, plan: str, watch: Watch) -> None:
    prompt, box, status = at("timeline")
    watch.expect("401", "/waiting-key")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    site.change("UPDATE sign_ins SET ended_at = created_at WHERE ended_at IS NULL")
    coach.type(coach.page.locator(box), MINE)
    expect(coach.page.locator(status)).to_contain_text("sign in again")
    expect(coach.page.locator(box)).to_have_value(MINE)
    other_tab = coach.context.new_page()
    coach.sign_in(other_tab)
    other_tab.close()
    # A browser without a screen does not tell a page that it is looked at again.
    coach.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    coach.saved(prompt)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(box)).to_have_value(MINE)


def test_a_page_with_unsaved_words_is_not_left_in_silence(as_: AsSomeone, plan: str, watch: Watch) -> None:
    _prompt, box, status = at("technology_remarks")
    watch.expect(*OFFLINE)
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.context.set_offline(True)
    coach.type(coach.page.locator(box), MINE)
    expect(coach.page.locator(status)).to_contain_text("Not saved yet")
    asked = _stay(coach.page)
    with coach.page.expect_event("dialog"):
        coach.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    expect(coach.page.locator(box)).to_have_value(MINE)


def _stay(page: Page) -> list[str]:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    return asked


def test_words_that_cannot_be_kept_are_refused_with_a_reason(as_: AsSomeone, plan: str, watch: Watch) -> None:
    prompt, box, status = at("meeting_remarks")
    watch.expect("422")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.page.locator(box).fill("x" * 20_001)
    expect(coach.page.locator(status)).to_contain_text(re.compile("room for 20,000.*still here"))
    expect(coach.page.locator(box)).to_have_attribute("aria-invalid", "true")
    coach.page.locator(box).fill(MINE)
    coach.saved(prompt)
