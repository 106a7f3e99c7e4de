"""Two windows on one row, on ticks, on a list: what one writes comes to the other, and neither takes anything away again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.looking import sideways
from tests.browser.people import PHONE, Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

AsSomeone = Callable[..., Person]
Pair = Callable[[str], tuple[Person, Person]]
HANNAH, CLASS = "Hannah hands out three questions on paper.", "We ask in class."
PANEL = "You both changed this"


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


@pytest.fixture
def pair(as_: AsSomeone) -> Pair:
    """Coach and teacher have the same page open."""

    def begin(path: str) -> tuple[Person, Person]:
        coach, teacher = as_("coach"), as_("teacher")
        for person in (coach, teacher):
            person.open(f"{path}/write")
        return coach, teacher

    return begin


@pytest.fixture
def row(as_: AsSomeone, plan: str) -> str:
    """A new measure, of this test alone."""
    return add(as_("coach"), plan, "measures", "Add a measure")


def add(person: Person, path: str, prompt: str, button: str) -> str:
    """A new row at the end of a list; its name in the page."""
    person.open(f"{path}/write")
    person.press(button, exact=True)
    found = person.page.locator(f"#p-{prompt} .row-list > li").last.get_attribute("id")
    return str(found).removeprefix("row-")


def at(person: Person, name: str) -> Locator:
    return person.page.locator(f"#f-{name}")


def writes(person: Person, name: str, words: str, *, then: str = "") -> None:
    """Click at the end of a box and type on; `then`: wait until this prompt is saved."""
    at(person, name).click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(words)
    if then:
        person.saved(then)


def hears_nothing(person: Person, watch: Watch) -> None:
    """What others do reaches this page by the answers to its own saves alone."""
    watch.expect("ERR_", "/changes")
    person.page.route(re.compile("/changes"), lambda route: route.abort())


def hold(person: Person, address: str) -> list[Route]:
    """The next request there waits until the test lets it go."""
    held: list[Route] = []

    def wait(route: Route) -> None:
        held.append(route)

    person.page.route(re.compile(address), wait, times=1)
    return held


def is_in(person: Person, name: str) -> bool:
    return bool(person.page.evaluate("(id) => document.activeElement.id === id", f"f-{name}"))


def stands(person: Person, path: str, name: str, words: str) -> None:
    """What the site holds, on a page that is opened now."""
    page = person.context.new_page()
    page.goto(f"{person.site.address}{path}/write")
    expect(page.locator(f"#f-{name}")).to_have_value(words)
    page.close()


# ---------------------------------------------------------------- rows


def test_what_one_types_in_a_row_stands_there_for_who_sits_in_it(pair: Pair, plan: str, row: str) -> None:
    coach, teacher = pair(plan)
    measure, how = f"{row}-measure", f"{row}-how_collected"
    writes(coach, measure, "Questions", then=row)
    writes(teacher, how, HANNAH, then=row)
    expect(at(coach, how)).to_have_value(HANNAH)
    assert is_in(coach, measure), "who sits in the row keeps their place"
    expect(at(teacher, measure)).to_have_value("Questions")
    writes(coach, measure, " that explain", then=row)
    writes(coach, how, f" {CLASS}", then=row)
    for person in (coach, teacher):
        expect(at(person, how)).to_have_value(f"{HANNAH} {CLASS}")
        expect(at(person, measure)).to_have_value("Questions that explain")
        expect(person.page.get_by_role("group", name=PANEL)).to_have_count(0)
    stands(coach, plan, how, f"{HANNAH} {CLASS}")
    history = coach.page.locator(f"#row-{row} .history-link")
    expect(history).to_have_count(0)
    at(coach, "timeline").focus()
    expect(history).to_have_count(1, timeout=2_000)  # the rest comes as soon as they have left


def test_the_answer_to_a_save_brings_what_was_written_beside_it(pair: Pair, plan: str, row: str, watch: Watch) -> None:
    """Also into words that were typed on since; the caret stays where its owner types."""
    coach, teacher = pair(plan)
    hears_nothing(coach, watch)
    measure, how = f"{row}-measure", f"{row}-how_collected"
    writes(teacher, measure, "Begun. ", then=row)
    writes(teacher, how, HANNAH, then=row)
    held = hold(coach, "/answers/measures/")
    writes(coach, measure, "Questions")
    expect(coach.page.locator(".prompt.htmx-request")).to_have_count(1)
    coach.page.keyboard.type(" that explain")
    at(coach, f"{row}-target").fill("75%")
    at(coach, measure).focus()
    coach.page.keyboard.press("End")
    held.pop().continue_()
    expect(at(coach, how)).to_have_value(HANNAH)
    coach.page.keyboard.type("!")
    coach.saved(row)
    said = at(coach, measure).input_value()
    assert "Begun." in said and "Questions that explain!" in said
    expect(at(coach, f"{row}-target")).to_have_value("75%")
    stands(teacher, plan, measure, said)
    stands(teacher, plan, how, HANNAH)
    expect(coach.page.get_by_role("group", name=PANEL)).to_have_count(0)


def test_both_type_in_one_field_of_a_row(pair: Pair, plan: str, row: str) -> None:
    """A sentence each, in turns and at once: every word stands there once."""
    coach, teacher = pair(plan)
    how = f"{row}-how_collected"
    writes(teacher, how, "We look at reports.", then=row)
    expect(at(coach, how)).to_have_value("We look at reports.")
    at(teacher, how).focus()
    teacher.page.keyboard.press("Control+Home")
    writes(coach, how, " ")
    words = list(zip(HANNAH.split(), CLASS.split() * 2, strict=False))
    for mine, theirs in words:
        coach.page.keyboard.type(f"{mine} ", delay=40)
        teacher.page.keyboard.type(f"{theirs.upper()} ", delay=40)
    typed = [*(mine for mine, _ in words), *(theirs.upper() for _, theirs in words), "We", "look", "at", "reports."]
    long_enough = re.compile(rf"^\s*(\S+\s+){{{len(typed) - 1}}}\S+\s*$")
    for person in (coach, teacher):
        expect(at(person, how)).to_have_value(long_enough)
    said = at(coach, how).input_value().strip()
    assert sorted(said.split()) == sorted(typed)
    stands(teacher, plan, how, said)


def test_where_two_replace_the_same_words_of_a_field_both_are_shown(
    pair: Pair, plan: str, row: str, watch: Watch
) -> None:
    coach, teacher = pair(plan)
    how = f"{row}-how_collected"
    writes(teacher, how, "Once a month", then=row)
    expect(at(coach, how)).to_have_value("Once a month")
    hears_nothing(coach, watch)
    teacher.type(at(teacher, how), HANNAH)
    teacher.saved(row)
    coach.type(at(coach, how), CLASS)
    panel = coach.page.get_by_role("group", name=PANEL)
    for words in (HANNAH, CLASS, "Once a month"):
        expect(panel).to_contain_text(words)
        if words != "Once a month":
            expect(at(coach, how)).to_have_value(re.compile(re.escape(words)))
    writes(teacher, f"{row}-measure", "Questions", then=row)
    coach.page.unroute_all()
    coach.page.evaluate("() => together.ask()")
    expect(at(coach, f"{row}-measure")).to_have_value("Questions")
    at(coach, "timeline").focus()
    coach.page.wait_for_timeout(1000)
    expect(panel).to_be_visible()
    expect(teacher.page.get_by_role("group", name=PANEL)).to_have_count(0)


def test_a_row_that_moves_while_somebody_types_in_it(pair: Pair, as_: AsSomeone, plan: str, row: str) -> None:
    """It stands where it stands for everybody, with the right buttons; the keys go on into it."""
    other = add(as_("coach"), plan, "measures", "Add a measure")
    coach, teacher = pair(plan)
    how = f"{row}-how_collected"
    order = "() => [...document.querySelectorAll('#p-measures .row-list > li')].map(({ id }) => id.slice(4))"
    assert teacher.page.evaluate(order)[-2:] == [row, other]
    writes(teacher, how, HANNAH)
    button = coach.page.locator(f"#row-{row} [formaction$='/down']")
    button.focus()
    with coach.page.expect_navigation():
        coach.page.keyboard.press("Enter")
    teacher.page.wait_for_function(
        f"([row, other]) => ({order})().slice(-2).join() === [other, row].join()", arg=[row, other]
    )
    assert is_in(teacher, how)
    expect(teacher.page.locator(f"#row-{row} [formaction$='/down']")).to_be_disabled()
    expect(teacher.page.locator(f"#row-{other} [formaction$='/down']")).to_be_enabled()
    expect(teacher.page.locator(f"#row-{row} [formaction$='/up']")).to_be_enabled()
    teacher.page.keyboard.type(" And more.")
    teacher.saved(row)
    at(teacher, "timeline").focus()
    teacher.page.wait_for_timeout(1000)
    assert teacher.page.evaluate(order)[-2:] == [other, row]
    expect(at(teacher, how)).to_have_value(f"{HANNAH} And more.")
    expect(at(coach, how)).to_have_value(f"{HANNAH} And more.")


def test_what_is_typed_while_the_page_asks_what_others_did_is_not_taken_back(
    pair: Pair, plan: str, row: str, watch: Watch
) -> None:
    """The row as it was drawn before our own save comes after it."""
    coach, teacher = pair(plan)
    measure, how = f"{row}-measure", f"{row}-how_collected"
    late = hold(coach, "/changes")
    writes(teacher, how, HANNAH, then=row)
    coach.page.wait_for_timeout(500)
    answers = [(route, route.fetch()) for route in late]
    writes(coach, measure, "Questions", then=row)
    at(coach, "timeline").focus()
    for route, answer in answers:
        route.fulfill(response=answer)
    expect(at(coach, how)).to_have_value(HANNAH)
    coach.page.wait_for_timeout(500)
    expect(at(coach, measure)).to_have_value("Questions")
    writes(coach, measure, ", too", then=row)
    stands(teacher, plan, measure, "Questions, too")


# ---------------------------------------------------------------- ticks, remarks, a session


def test_ticks_of_two_stand_on_both_pages(pair: Pair, plan: str) -> None:
    coach, teacher = pair(plan)
    names = ("basics", "lessons", "projects")
    first, second, third = (f"technology-{name}" for name in names)
    for name in names:
        at(coach, f"technology-{name}").uncheck()
    for name in names:
        expect(at(teacher, f"technology-{name}")).not_to_be_checked()
    at(teacher, first).check()
    teacher.saved("technology")
    expect(at(coach, first)).to_be_checked()
    at(coach, second).check()
    expect(at(teacher, second)).to_be_checked()
    assert is_in(teacher, first)
    at(teacher, third).check()
    teacher.saved("technology")
    for person in (coach, teacher):
        for name in names:
            expect(at(person, f"technology-{name}")).to_be_checked()
    at(coach, first).uncheck()
    expect(at(teacher, first)).not_to_be_checked()
    expect(at(teacher, second)).to_be_checked()


def test_the_answer_to_a_tick_brings_the_ticks_of_others(pair: Pair, plan: str, watch: Watch) -> None:
    coach, teacher = pair(plan)
    hears_nothing(teacher, watch)
    at(coach, "improves-content").set_checked(not at(coach, "improves-content").is_checked())
    coach.saved("improves")
    now = at(coach, "improves-content").is_checked()
    for _ in range(2):
        box = at(teacher, "improves-pedagogy")
        box.set_checked(not box.is_checked())
        teacher.saved("improves")
        expect(at(teacher, "improves-content")).to_be_checked(checked=now)
    expect(at(coach, "improves-content")).to_be_checked(checked=now)


def test_remarks_of_two_at_one_prompt(pair: Pair, plan: str) -> None:
    """SMART: each at another of the five, then both at the same."""
    coach, teacher = pair(plan)
    one, other = (f"#r-smart-{name}" for name in ("specific", "measured"))
    for person, box, words in ((coach, one, HANNAH), (teacher, other, CLASS)):
        person.type(person.page.locator(box), words)
        person.saved("smart")
    expect(coach.page.locator(other)).to_have_value(CLASS)
    expect(teacher.page.locator(one)).to_have_value(HANNAH)
    coach.page.keyboard.type(" Twice.")
    coach.page.locator(other).focus()
    coach.page.keyboard.press("Control+End")
    coach.page.keyboard.type(" Every week.")
    for person in (coach, teacher):
        expect(person.page.locator(one)).to_have_value(f"{HANNAH} Twice.")
        expect(person.page.locator(other)).to_have_value(f"{CLASS} Every week.")
        expect(person.page.get_by_role("group", name=PANEL)).to_have_count(0)


def test_an_action_step_of_a_session(pair: Pair, as_: AsSomeone, site: Site) -> None:
    """One words it, the other says by whom and by when, and ticks it."""
    path = Plans(site).noted_session(of="coach")["session"]
    row = add(as_("coach"), path, "action_steps", "Add an action step")
    coach, teacher = pair(path)
    writes(coach, f"{row}-step", HANNAH, then=row)
    at(teacher, f"{row}-who").select_option(index=1)
    at(teacher, f"{row}-by_when").fill("2026-11-20")
    at(teacher, f"{row}-done").check()
    teacher.saved(row)
    who = at(teacher, f"{row}-who").input_value()
    writes(coach, f"{row}-step", f" {CLASS}")
    expect(at(coach, f"{row}-who")).to_have_value(who)
    expect(at(coach, f"{row}-by_when")).to_have_value("2026-11-20")
    expect(at(coach, f"{row}-done")).to_be_checked()
    coach.saved(row)
    expect(at(teacher, f"{row}-step")).to_have_value(f"{HANNAH} {CLASS}")
    at(teacher, f"{row}-done").uncheck()
    expect(at(coach, f"{row}-done")).not_to_be_checked()
    stands(coach, path, f"{row}-who", who)
    stands(coach, path, f"{row}-step", f"{HANNAH} {CLASS}")


def test_a_long_line_is_read_whole_on_a_phone_and_stays_one_line(as_: AsSomeone, plan: str, row: str) -> None:
    coach, words = as_("coach", viewport=PHONE), f"{HANNAH} {CLASS} And we count."
    coach.open(f"{plan}/write")
    box = at(coach, f"{row}-measure")
    box.fill(words)
    box.press("Enter")  # saves
    coach.saved(row)
    expect(box).to_have_value(words)
    cut_off = "(box) => [box.scrollWidth > box.clientWidth, box.scrollHeight > box.clientHeight]"
    assert box.evaluate(cut_off) == [False, False]
    assert sideways(coach.page) == []


def test_the_columns_of_a_row_stand_in_line(as_: AsSomeone, plan: str) -> None:
    page = as_("coach").open(f"{plan}/write")
    first = page.locator("#p-measures .row-list > li").first
    for part in ("label", ".hint", ".box"):
        tops = {
            room["y"]
            for name in ("baseline", "target", "by_when")
            if (room := first.locator(f".cell:has([name$={name}]) > {part}").bounding_box())
        }
        assert len(tops) == 1, f"{part} at {tops}"
