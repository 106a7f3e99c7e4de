"""Two windows with the same plan: each shows quietly that the other is there, where, and when they have gone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.looking import COLORS, EVERYTHING, axe, sideways
from tests.browser.people import PHONE, Person
from tests.browser.plans import Plans
from tests.browser.site import Site

AsSomeone = Callable[..., Person]
BOX = "#p-goal_statement .here-box > span"


def name_of(person: Person) -> str:
    """What the person is called."""
    return person.page.locator(".menu summary").inner_text()


def places(page: Page) -> list[float]:
    """Where the boxes, the bar at the foot and the headings stand."""
    found: list[float] = page.evaluate(
        "() => [...document.querySelectorAll('.box, h3, .foot-bar')].map((one) => one.getBoundingClientRect().top + scrollY)"
    )
    return found


def test_each_sees_where_the_other_is_and_nothing_moves(as_: AsSomeone, site: Site) -> None:
    plan = Plans(site).one(of="coach")
    coach, teacher = as_("coach"), as_("teacher")
    page = coach.open(f"{plan}/write")
    expect(page.locator(".here-bar")).to_have_count(0)
    before = places(page)
    page.evaluate("document.getElementById('announce').textContent = ''")
    teacher.open(f"{plan}/write")
    name = name_of(teacher)
    expect(page.locator(".here-bar li")).to_have_text([f"{_initials(name)}{name} is on this page"])
    expect(page.locator("#announce")).to_have_text(f"{name} is here now.")
    page.evaluate("document.getElementById('announce').textContent = ''")

    teacher.page.locator("#f-goal_statement").focus()
    expect(page.locator(BOX)).to_have_text(f"{name} is writing here")
    expect(page.locator("#s-goal > .here-section .initials")).to_have_attribute("title", name)
    expect(page.locator(".here-bar li")).to_contain_text(f"{name} is in ")
    assert places(page) == before, "somebody came, and the page moved"
    assert axe(page, EVERYTHING) == []

    teacher.page.locator("#f-timeline").focus()
    expect(page.locator("#p-timeline .here-box > span")).to_be_visible()
    expect(page.locator(BOX)).to_have_count(0)
    teacher.page.reload()
    expect(page.locator("#p-timeline .here-box > span")).to_have_count(0)
    page.wait_for_timeout(3000)
    expect(page.locator(".here-bar li")).to_have_count(1)
    expect(page.locator("#announce")).to_have_text("")  # neither a move nor a reload is worth announcing

    teacher.page.close()
    expect(page.locator(".here-bar")).to_have_count(0)
    expect(page.locator("#announce")).to_have_text(f"{name} has left.")


def test_on_a_phone_in_the_dark_and_without_javascript(as_: AsSomeone, site: Site) -> None:
    plan = Plans(site).one(of="coach")
    teacher, coach = as_("teacher"), as_("coach", viewport=PHONE, color_scheme="dark")
    plain = as_("teacher2", java_script_enabled=False)
    page = coach.open(f"{plan}/write")
    teacher.open(f"{plan}/write").locator("#f-goal_statement").focus()
    expect(page.locator(BOX)).to_be_visible()
    page.locator("#f-goal_statement").scroll_into_view_if_needed()
    assert sideways(page) == []
    assert axe(page, COLORS) == []
    assert "is here" not in plain.open(f"{plan}/write").content(), "it is neither shown nor sent without JavaScript"


def _initials(name: str) -> str:
    words = name.split()
    return (words[0][0] + words[-1][0]).upper()
