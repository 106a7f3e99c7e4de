"""Two people in one place, a network that goes away, a sign-in that ends: no word is lost, and the page says so."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.people import Person, Watch
from tests.browser.site import Site

PROMPT = "work_helps"
BOX, STATUS = f"#f-{PROMPT}", f"#status-{PROMPT}"
MINE, THEIRS = "We read each other’s lessons.", "We visit each other’s classes."
AsSomeone = Callable[..., Person]


@pytest.fixture
def plan(site: Site) -> str:
    """The plan that coach and teacher write at the moment."""
    return path_of_plan(site)


def path_of_plan(site: Site) -> str:
    """The newest plan of the coach."""
    newest = """
        SELECT d.public_id FROM documents d JOIN participants p ON p.document_id = d.id JOIN people o ON o.id = p.person_id
        WHERE o.email = 'coach@example.org' AND p.role = 'coach' ORDER BY d.school_year DESC, d.id DESC
    """
    return f"/plans/{site.read(newest)[0][0]}"


def test_two_texts_in_one_place_are_both_kept(as_: AsSomeone, plan: str, watch: Watch) -> None:
    watch.expect("409")
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    teacher.type(teacher.page.locator(BOX), THEIRS)
    teacher.saved(PROMPT)
    coach.type(coach.page.locator(BOX), MINE)
    coach.page.keyboard.press("Tab")

    panel = coach.page.get_by_role("group", name="Two texts that met")
    expect(panel).to_contain_text(MINE)
    expect(panel).to_contain_text(THEIRS)
    expect(panel).to_contain_text("Daniel Reyes")
    expect(coach.page.locator(BOX)).to_have_value(MINE)
    together = panel.get_by_role("textbox")
    coach.type(together, f"{THEIRS} {MINE}")
    panel.get_by_role("button", name="Keep this text").focus()
    coach.page.keyboard.press("Enter")
    expect(panel).to_have_count(0)
    expect(coach.page.locator(BOX)).to_have_value(f"{THEIRS} {MINE}")

    teacher.open(f"{plan}/history/{PROMPT}")
    for words in (MINE, THEIRS):
        expect(teacher.page.locator(".history")).to_contain_text(words)
    teacher.open(f"{plan}/write")
    expect(teacher.page.locator(BOX)).to_have_value(f"{THEIRS} {MINE}")


def test_who_goes_on_typing_during_a_conflict_loses_nothing(as_: AsSomeone, plan: str, watch: Watch) -> None:
    watch.expect("409")
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    teacher.type(teacher.page.locator(BOX), THEIRS)
    teacher.saved(PROMPT)
    coach.type(coach.page.locator(BOX), MINE)
    panel = coach.page.get_by_role("group", name="Two texts that met")
    expect(panel).to_contain_text(THEIRS)
    coach.page.locator(BOX).focus()
    coach.page.keyboard.press("Control+End")
    coach.page.keyboard.type(" And more.")
    expect(panel).to_contain_text(f"{MINE} And more.")
    coach.open(f"{plan}/write")  # the panel is gone, the word about it is not
    expect(coach.page.locator(STATUS)).to_contain_text("Two texts met here")
    coach.press("Compare them")
    coach.sees(f"{MINE} And more.")
    coach.sees(THEIRS)


def test_a_page_left_open_takes_nothing_back(as_: AsSomeone, plan: str) -> None:
    """A button sends the whole page: what was not touched there must not meet what others wrote meanwhile."""
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    teacher.type(teacher.page.locator(BOX), THEIRS)
    teacher.saved(PROMPT)
    coach.press("Add a measure")
    expect(coach.page.locator("#errors")).to_have_count(0)
    expect(coach.page.locator(BOX)).to_have_value(THEIRS)


def test_without_a_network_the_words_wait(as_: AsSomeone, plan: str, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "sendError")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.context.set_offline(True)
    coach.type(coach.page.locator(BOX), MINE)
    expect(coach.page.locator(STATUS)).to_contain_text("Not saved yet")
    expect(coach.page.locator(BOX)).to_have_value(MINE)
    coach.context.set_offline(False)
    coach.saved(PROMPT)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(BOX)).to_have_value(MINE)


def test_while_the_server_is_down_the_words_wait(as_: AsSomeone, site: Site, plan: str, watch: Watch) -> None:
    watch.expect("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "sendError")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    site.stop()
    coach.type(coach.page.locator(BOX), MINE)
    expect(coach.page.locator(STATUS)).to_contain_text("Not saved yet")
    site.start()
    coach.saved(PROMPT)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(BOX)).to_have_value(MINE)


def test_a_sign_in_that_ends_while_typing(as_: AsSomeone, site: Site, plan: str, watch: Watch) -> None:
    watch.expect("401")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    site.change("UPDATE sign_ins SET ended_at = created_at WHERE ended_at IS NULL")
    coach.type(coach.page.locator(BOX), MINE)
    expect(coach.page.locator(STATUS)).to_contain_text("sign in again")
    expect(coach.page.locator(BOX)).to_have_value(MINE)
    other_tab = coach.context.new_page()
    coach.sign_in(other_tab)
    other_tab.close()
    # A browser without a screen does not tell a page that it is looked at again.
    coach.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    coach.saved(PROMPT)
    coach.open(f"{plan}/write")
    expect(coach.page.locator(BOX)).to_have_value(MINE)


def test_a_page_with_unsaved_words_is_not_left_in_silence(as_: AsSomeone, plan: str, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "sendError")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.context.set_offline(True)
    coach.type(coach.page.locator(BOX), MINE)
    expect(coach.page.locator(STATUS)).to_contain_text("Not saved yet")
    asked = _stay(coach.page)
    with coach.page.expect_event("dialog"):
        coach.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    expect(coach.page.locator(BOX)).to_have_value(MINE)


def _stay(page: Page) -> list[str]:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    return asked


def test_words_that_cannot_be_kept_are_refused_with_a_reason(as_: AsSomeone, plan: str, watch: Watch) -> None:
    watch.expect("422")
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.page.locator(BOX).fill("x" * 20_001)
    expect(coach.page.locator(STATUS)).to_contain_text(re.compile("room for 20,000.*still here"))
    expect(coach.page.locator(BOX)).to_have_attribute("aria-invalid", "true")
    coach.page.locator(BOX).fill(MINE)
    coach.saved(PROMPT)
