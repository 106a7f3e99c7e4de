"""Comments that are only begun: they wait like all words that are not saved, are put back, and only their writer sends them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import COLORS, EVERYTHING, axe, sideways
from tests.browser.people import PHONE, Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site
from tests.browser.test_never_lost import TROUBLE, go_offline, nothing_waits, reopen, run_out, stored

AsSomeone = Callable[..., Person]
WORDS = "is half of a thought enough"


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


@pytest.fixture(params=["plan", "session"])
def where(request: pytest.FixtureRequest, site: Site, plan: str) -> tuple[str, str]:
    """A plan or a coaching session, and one of its sections."""
    if request.param == "plan":
        return plan, "goal"
    return Plans(site).noted_session(of="coach")["session"], "focus"


@pytest.fixture(autouse=True)
def trouble(watch: Watch) -> None:
    watch.expect(*TROUBLE)


def begin(person: Person, path: str, section: str, words: str = WORDS) -> Page:
    """Open the page and begin a comment."""
    page = person.open(f"{path}/write#comment-{section}")
    page.locator(f"#c-{section}").press_sequentially(words)
    expect(page.locator(f"#new-{section} .begun")).to_have_text(
        "Not sent yet. Your words wait in this browser, also if you close this page."
    )
    settled(page)
    return page


def settled(page: Page) -> None:
    """What waits is what stands there, up to the last key."""
    kept, before = stored(page), dict[str, str]()
    while kept != before:
        page.wait_for_timeout(200)
        kept, before = stored(page), kept
    assert kept


def there(page: Page, section: str, words: str = WORDS) -> None:
    expect(page.locator(f"#c-{section}")).to_have_value(words)
    expect(page.locator(f"#c-{section}")).to_be_visible()
    expect(page.locator(f"#new-{section} .begun")).to_contain_text("Not sent yet.")


def test_the_tab_is_closed_and_the_comment_is_back(as_: AsSomeone, where: tuple[str, str]) -> None:
    coach, (path, section) = as_("coach"), where
    page = begin(coach, path, section)
    assert WORDS not in str(stored(page)), "closed with a key that is not in this browser"
    page.close()
    page = reopen(coach, path)
    there(page, section)
    assert len(stored(page)) == 1
    assert axe(page, EVERYTHING) == []
    assert not page.locator(f"#comment-{section} .thread", has_text=WORDS).count(), "nobody has sent it"
    page.locator(f"#leave-{section}").press("Enter")
    expect(page.locator(f"#comment-{section} .thread", has_text=WORDS)).to_have_count(1)
    nothing_waits(page)
    expect(page.locator(f"#new-{section} .begun")).to_have_count(0)
    page = reopen(coach, path)
    expect(page.locator(f"#c-{section}")).to_have_value("")


def test_a_second_tab_gets_it_only_once_the_first_is_closed(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    first = begin(coach, plan, "goal")
    second = reopen(coach, plan)
    second.locator("#comment-goal > summary").focus()
    second.wait_for_timeout(1500)
    expect(second.locator("#c-goal")).to_have_value("")
    expect(second.locator("#unsaved")).to_be_hidden()
    first.locator("#c-goal").press_sequentially(", or a whole one")
    settled(first)
    first.close()
    there(second, "goal", f"{WORDS}, or a whole one")
    second.locator("#c-goal").fill("")
    nothing_waits(second)


def test_an_answer_in_a_thread_and_chosen_words_are_back(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    page = begin(coach, plan, "goal", "said before")
    page.locator("#leave-goal").press("Enter")
    thread = page.locator("#comment-goal .thread", has_text="said before")
    thread.locator(".reply > summary").click()
    thread.locator("textarea").fill("half an answer")
    expect(thread.locator(".begun")).to_contain_text("Not sent yet.")
    box = page.locator("#f-goal_statement")
    coach.type(box, "They write more")
    coach.saved("goal_statement")
    page.keyboard.press("Control+A")
    page.get_by_role("button", name="Comment on these words").click()
    expect(page.locator("#new-goal .begun")).to_contain_text("Not sent yet.")
    settled(page)
    page.close()
    page = reopen(coach, plan)
    expect(page.locator("#comment-goal .thread", has_text="said before").locator("textarea")).to_have_value(
        "half an answer"
    )
    expect(page.locator("#comment-goal .thread", has_text="said before").locator("textarea")).to_be_visible()
    expect(page.locator("#new-goal .quoting .quoted")).to_have_text("They write more")
    page.locator("#new-goal").get_by_role("button", name="Not about these words").click()
    expect(page.locator("#new-goal .begun")).to_have_count(0)
    page.locator("#comment-goal .thread", has_text="said before").get_by_role("button", name="Send answer").press(
        "Enter"
    )
    expect(page.locator("#comment-goal .thread", has_text="half an answer")).to_have_count(1)
    nothing_waits(page)


def test_offline_it_waits_and_the_page_says_so(as_: AsSomeone, site: Site, where: tuple[str, str]) -> None:
    coach, (path, section) = as_("coach"), where
    page = begin(coach, path, section)
    expect(page.locator("#unsaved")).to_be_hidden()
    go_offline(coach.context)
    page.locator(f"#c-{section}").press_sequentially(", or not")
    page.locator(f"#leave-{section}").click()
    expect(page.locator("#unsaved")).to_contain_text(re.compile("Not sent yet: .* wait in this browser"))
    settled(page)
    page.close()
    run_out(site)
    coach.context.set_offline(False)
    there(reopen(coach, path), section, f"{WORDS}, or not")
    coach.page.locator(f"#c-{section}").fill("")
    nothing_waits(coach.page)


def test_what_cannot_wait_is_said_to_be_only_here(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    coach.context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page = coach.open(f"{plan}/write#comment-goal")
    page.locator("#c-goal").press_sequentially(WORDS)
    expect(page.locator("#new-goal .begun")).to_have_text(
        "Not sent yet. These words are only on this page. Please keep it open."
    )
    expect(page.locator("#unsaved")).to_contain_text("only on this page")
    assert stored(page) == {}
    page.locator("#c-goal").fill("")
    expect(page.locator("#unsaved")).to_be_hidden()


def test_another_page_says_where_it_was_begun(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    begin(coach, plan, "goal").close()
    coach.page = page = coach.context.new_page()
    coach.open("/")
    expect(page.locator("#unsaved")).to_contain_text("A comment that you began on another page is not sent yet")
    page.get_by_role("link", name="Open that page").click()
    there(page, "goal")
    expect(page.locator("#unsaved")).to_be_hidden()
    page.locator("#c-goal").fill("")
    nothing_waits(page)


def test_nothing_of_it_is_left_after_signing_out(as_: AsSomeone, where: tuple[str, str]) -> None:
    coach, (path, section) = as_("coach"), where
    begin(coach, path, section).close()
    coach.page = page = coach.context.new_page()
    coach.open("/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert stored(page) == {}
    coach.sign_in()
    coach.open(f"{path}/write")
    expect(page.locator(f"#c-{section}")).to_have_value("")


def test_somebody_else_at_this_browser_does_not_find_it(as_: AsSomeone, site: Site, where: tuple[str, str]) -> None:
    coach, (path, section) = as_("coach"), where
    begin(coach, path, section).close()
    run_out(site)
    other = Person(site, coach.context, "teacher")
    other.sign_in()
    other.open(f"{path}/write")
    expect(other.page.locator(f"#c-{section}")).to_have_value("")
    assert stored(other.page) == {}


def test_an_answer_whose_thread_is_done_meanwhile_can_be_copied(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    page = begin(coach, plan, "time", "said before")
    page.locator("#leave-time").press("Enter")
    thread = page.locator("#comment-time .thread", has_text="said before")
    thread.locator(".reply > summary").click()
    thread.locator("textarea").fill("half an answer")
    expect(thread.locator(".begun")).to_contain_text("Not sent yet.")
    settled(page)
    page.close()
    site = coach.site
    site.change("UPDATE comments SET resolved_at = '2026-01-01', resolved_by_id = by_id WHERE body = 'said before'")
    page = reopen(coach, plan)
    expect(page.locator("#unsaved")).to_contain_text("was not sent, and could not be put in its place any more")
    expect(page.locator("#unsaved q")).to_have_text("half an answer")
    page.get_by_role("button", name="I have copied them").click()
    assert stored(page) == {}


def test_on_a_phone_in_the_dark(as_: AsSomeone, plan: str) -> None:
    page = as_("coach", viewport=PHONE, color_scheme="dark").open(f"{plan}/write#comment-goal")
    page.locator("#c-goal").press_sequentially(WORDS)
    expect(page.locator("#new-goal .begun")).to_be_visible()
    assert sideways(page) == []
    assert axe(page, COLORS) == []
