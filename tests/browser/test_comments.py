"""Comments in two windows: words are chosen, somebody is told by keyboard, and the answer stands in the other window at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.looking import COLORS, EVERYTHING, axe, sideways
from tests.browser.people import PHONE, WIDE, Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

AsSomeone = Callable[..., Person]
HERE = "#comment-goal"
BOX = "#f-goal_statement"
BUTTON = "Comment on these words"
TEXT = "They write. Sixth graders explain their thinking when they write."


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


def _write(person: Person, plan: str) -> Page:
    page = person.open(f"{plan}/write")
    person.type(page.locator(BOX), TEXT)
    person.saved("goal_statement")
    return page


def _choose(page: Page, words: str) -> None:
    """Choose words in a box as the keyboard does: to their end, then back with Shift."""
    at = TEXT.rindex(words)
    page.locator(BOX).focus()
    page.evaluate(f"document.activeElement.setSelectionRange({at}, {at})")
    for _ in words:
        page.keyboard.press("Shift+ArrowRight")


def test_words_are_chosen_somebody_is_told_and_answers(as_: AsSomeone, plan: str) -> None:
    teacher, coach = as_("teacher"), as_("coach")
    page = _write(teacher, plan)
    other = coach.open(f"{plan}/write")
    name = other.locator(".menu summary").inner_text()
    _choose(page, "they write")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=BUTTON)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#c-goal")).to_be_focused()
    expect(page.locator(f"{HERE} .quoting .quoted")).to_have_text("they write")

    first = name.split()[0][:2].lower()
    page.keyboard.type(f"Is that enough, @{first}")
    offered = page.get_by_role("listbox", name="Whom to tell")
    expect(offered.get_by_role("option")).to_have_text([name])
    assert page.locator("#c-goal").get_attribute("aria-activedescendant") == offered.get_by_role(
        "option"
    ).get_attribute("id")
    assert axe(page, EVERYTHING) == []
    page.keyboard.press("Escape")
    expect(offered).to_have_count(0)
    page.keyboard.type(name.split()[0][2:3])
    page.keyboard.press("Enter")
    expect(page.locator("#c-goal")).to_have_value(f"Is that enough, @{name} ")
    expect(page.locator("#new-goal").get_by_label(name)).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"{HERE} .thread").last).to_contain_text(f"for {name}")
    expect(page.locator("#c-goal")).to_have_value("")

    thread = other.locator(f"{HERE} .thread").last
    expect(thread.locator(".quoted")).to_have_text("they write")
    expect(other.locator("#count-goal")).to_contain_text("2")
    thread.locator(".quoted a").click()
    chosen = "[document.activeElement.id, getSelection().toString(), document.activeElement.selectionStart]"
    assert other.evaluate(chosen) == ["f-goal_statement", "they write", TEXT.rindex("they write")]
    page.locator("#c-goal").fill("half a thought")
    thread.get_by_text("Answer", exact=False).first.click()
    other.keyboard.press("Tab")
    other.keyboard.type("Yes, by May.")
    thread.get_by_role("button", name="Send answer").press("Enter")
    expect(page.locator(f"{HERE} .thread").last).to_contain_text("Yes, by May.")
    expect(page.locator("#c-goal"), "what is being typed stays").to_have_value("half a thought")
    other.locator(f"{HERE} .thread").last.get_by_role("button", name=re.compile("^Resolve")).press("Enter")
    expect(page.locator("#resolved-goal > summary")).to_contain_text("1 resolved")
    expect(page.locator("#count-goal")).to_contain_text("1")
    page.locator("#c-goal").fill("")
    assert axe(page, EVERYTHING) == []
    assert axe(other, EVERYTHING) == []


@pytest.mark.parametrize("screen", [WIDE, {"width": 1000, "height": 700}, PHONE], ids=["wide", "narrow", "phone"])
def test_the_words_and_the_comment_on_them_are_both_in_sight(as_: AsSomeone, plan: str, screen: ViewportSize) -> None:
    """It comes to the first words of a long section, and goes back to the other comments with the focus."""
    page = as_("coach", viewport=screen).open(f"{plan}/write")
    for section, prompt in (("goal_builder", "work_with"), ("goal", "goal_statement")):
        box, compose = page.locator(f"#f-{prompt}"), page.locator(f"#new-{section}")
        box.fill(TEXT)
        box.select_text()
        page.get_by_role("button", name=BUTTON).click()
        expect(compose.locator("textarea")).to_be_focused()
        expect(box).to_be_in_viewport(ratio=1)
        expect(compose).to_be_in_viewport(ratio=1)
        words, comment = box.bounding_box(), compose.bounding_box()
        assert words and comment
        assert comment["y"] >= words["y"] + words["height"] or comment["x"] >= words["x"] + words["width"]
        assert sideways(page) == []
        assert axe(page, COLORS) == []
        box.focus()
        expect(page.locator(".at-words")).to_have_count(0)


def test_a_name_taken_out_again_is_not_told(as_: AsSomeone, plan: str) -> None:
    page = as_("teacher").open(f"{plan}/write#comment-goal")
    box = page.locator(f"{HERE} > .compose textarea")
    box.fill("")
    box.press_sequentially("@")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    ticks = page.locator("#new-goal input[type=checkbox]")
    expect(page.locator("#new-goal input:checked")).to_have_count(1)
    box.fill("")
    expect(page.locator("#new-goal input:checked")).to_have_count(0)
    expect(ticks.first).to_be_attached()


def test_words_in_set_text_are_marked(as_: AsSomeone, plan: str) -> None:
    teacher = as_("teacher")
    _write(teacher, plan)
    page = teacher.open(f"{plan}/part2/check")
    page.evaluate(
        """() => {
            const text = document.querySelector("#p-goal_statement .answer").firstChild;
            getSelection().setBaseAndExtent(text, 5, text, 10);
        }"""
    )
    page.get_by_role("button", name=BUTTON).click()
    page.locator("#c-goal").fill("the first one")
    page.get_by_role("button", name="Leave this comment").and_(page.locator("#leave-goal")).click()
    link = page.locator(f"{HERE} > .threads > .thread").last.locator(".quoted a")
    expect(link).to_have_text("write")
    link.click()
    marked = "[...CSS.highlights.get('quoted')].map((range) => [range.startOffset, range.toString()])"
    assert page.evaluate(marked) == [[5, "write"]], "not the other one"
    assert axe(page, EVERYTHING) == []


def test_on_a_phone_in_the_dark(as_: AsSomeone, plan: str) -> None:
    page = as_("coach", viewport=PHONE, color_scheme="dark").open(f"{plan}/write#comment-goal")
    expect(page.locator(f"{HERE} #c-goal")).to_be_visible()
    page.locator("#c-goal").fill("@")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert sideways(page) == []
    assert axe(page, COLORS) == []


def test_what_is_typed_while_a_comment_is_on_its_way_stays_and_nothing_goes_twice(
    as_: AsSomeone, plan: str, watch: Watch
) -> None:
    watch.expect("422")
    page = as_("teacher2").open(f"{plan}/write#comment-goal")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/comments/goal", hold)
    page.locator("#c-goal").fill("the first thought")
    for _ in range(2):
        page.locator("#leave-goal").click()
    page.locator("#c-goal").fill("the next one")
    page.wait_for_function("document.querySelector('.htmx-request')")
    assert len(held) == 1
    held[0].continue_()
    said = page.locator(f"{HERE} > .threads > .thread", has_text="the first thought")
    expect(said).to_have_count(1)
    expect(page.locator("#c-goal")).to_have_value("the next one")
    page.locator("#c-goal").fill("x" * 5_001)
    page.unroute("**/comments/goal")
    page.locator("#leave-goal").click()
    expect(page.locator(f"{HERE} .error")).to_contain_text("There is room for 5,000 characters")
    expect(page.locator("#c-goal")).to_be_focused()
    page.locator("#c-goal").fill("")


def test_whoever_answers_what_was_resolved_meanwhile_is_told_that_it_opens_again(as_: AsSomeone, plan: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    page, other = (person.open(f"{plan}/write#comment-goal") for person in (coach, teacher))
    page.locator("#c-goal").fill("Is this done?")
    page.locator("#leave-goal").press("Enter")
    threads = [one.locator(f"{HERE} > .threads > .thread", has_text="Is this done?") for one in (page, other)]
    threads[1].locator(".reply > summary").click()
    threads[1].locator("textarea").fill("Not")
    threads[0].get_by_role("button", name=re.compile("^Resolve")).press("Enter")
    expect(threads[1]).to_contain_text(
        re.compile("Resolved by Maya Okafor, today .*\\. Answering opens this thread again\\.")
    )
    threads[1].locator("textarea").fill("Not yet.")
    threads[1].get_by_role("button", name="Send answer").press("Enter")
    expect(threads[0]).to_contain_text("Not yet.")


def test_in_a_session_the_other_sees_it_at_once(as_: AsSomeone, site: Site) -> None:
    session = Plans(site).noted_session(of="coach")["session"]
    coach, teacher = as_("coach"), as_("teacher")
    page, other = coach.open(f"{session}/write"), teacher.open(f"{session}/write")
    page.locator("#comment-focus > summary").click()
    page.locator("#c-focus").fill("could we wait longer")
    page.locator("#leave-focus").press("Enter")
    expect(other.locator("#comment-focus .thread")).to_contain_text("could we wait longer")
    expect(other.locator("#count-focus")).to_contain_text("1")
    assert axe(other, EVERYTHING) == []


def test_whoever_goes_to_words_that_were_changed_sees_that_they_were(as_: AsSomeone, plan: str) -> None:
    teacher, coach = as_("teacher"), as_("coach")
    page = _write(teacher, plan)
    _choose(page, "they write")
    page.get_by_role("button", name=BUTTON).click()
    page.locator("#c-goal").fill("about these")
    page.locator("#leave-goal").press("Enter")
    other = coach.open(f"{plan}/write")
    thread = other.locator(f"{HERE} .thread", has_text="about these")
    thread.locator(".quoted a").click()
    expect(thread.locator(".changed")).to_have_count(0)
    coach.type(other.locator(BOX), "Something else")
    coach.saved("goal_statement")
    thread.locator(".quoted a").click()
    expect(thread.locator(".changed")).to_be_visible()
    expect(thread.locator(".changed")).to_have_text("The words were changed since.")
    thread.locator(".quoted a").click()
    expect(thread.locator(".changed")).to_have_count(1)
    coach.type(other.locator(BOX), TEXT)
    coach.saved("goal_statement")
    thread.locator(".quoted a").click()
    expect(thread.locator(".changed")).to_have_count(0)
