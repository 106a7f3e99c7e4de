"""Offline, server down, signed out, upgraded, tab closed, browser crashed: every word is there once, or the page says not yet."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.browser.leftovers import found
from tests.browser.people import PATIENCE, WIDE, Person, Watch, at_a_browser
from tests.browser.plans import Plans
from tests.browser.site import Site

TROUBLE = ("ERR_", "htmx:", "401", "400", "409", "404", "403", "/bell", "/changes")
BEFORE, AFTER = "We meet on Mondays", " and on Thursdays"
AsSomeone = Callable[..., Person]
Where = tuple[str, str]  # the address of a record, and one of its prompts

pytestmark = pytest.mark.usefixtures("trouble")


def kinds(*those: str) -> pytest.MarkDecorator:
    """Where it happens. A session and private notes keep their words in the same way, and a plan in another."""
    return pytest.mark.parametrize("where", those, indirect=True)


@pytest.fixture
def trouble(watch: Watch) -> None:
    """These tests make networks fail and servers refuse."""
    watch.expect(*TROUBLE)


@pytest.fixture(scope="module")
def signed_in() -> dict[str, Any]:
    """The cookies of those who signed in at this site."""
    return {}


@pytest.fixture
def as_(browser: Browser, site: Site, watch: Watch, signed_in: dict[str, Any]) -> Iterator[AsSomeone]:
    """Someone at a browser of their own, signed in: as in the test before, if that was not ended there."""

    def sign_in(person: Person) -> None:
        person.context.add_cookies(signed_in.get(person.key, []))
        person.open("/")
        if "/sign-in" in person.page.url:
            person.sign_in()
        signed_in[person.key] = person.context.cookies()

    with ExitStack() as browsers:
        yield lambda key: browsers.enter_context(at_a_browser(browser, site, watch, key, sign_in=sign_in))


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


@pytest.fixture
def where(request: pytest.FixtureRequest, site: Site, plan: str) -> Where:
    """A plan, a coaching session or private notes, with a text in it: as `kinds` says."""
    if request.param == "plan":
        return plan, "work_with"
    prompt = {"session": "shared_notes", "notes": "private_notes"}[request.param]
    return Plans(site).noted_session(of="coach")[request.param], prompt


@pytest.fixture
def notes(site: Site) -> Where:
    return Plans(site).noted_session(of="coach")["notes"], "private_notes"


def begin(coach: Person, where: Where, words: str = BEFORE) -> None:
    """Open the page and let some words be saved."""
    path, prompt = where
    coach.open(f"{path}/write")
    coach.type(coach.page.locator(f"#f-{prompt}"), words)
    coach.saved(prompt)


def go_on(page: Page, words: str = AFTER) -> None:
    """Type on; the page says that this is not saved yet."""
    page.keyboard.type(words)
    expect(page.locator("#unsaved")).to_contain_text("Not saved yet: “")


def waits(page: Page) -> None:
    """The page says that the words wait in the browser, and there they are, up to the last key."""
    expect(page.locator("#unsaved")).to_contain_text("wait in this browser")
    kept, before = stored(page), dict[str, str]()
    while kept != before:
        page.wait_for_timeout(200)  # whoever closes a page takes longer
        kept, before = stored(page), kept
    assert kept


def nothing_waits(page: Page) -> None:
    """Soon nothing waits in this browser any more."""
    ends = time.monotonic() + PATIENCE / 1000
    while stored(page) and time.monotonic() < ends:
        page.wait_for_timeout(50)
    assert stored(page) == {}


def go_offline(context: BrowserContext) -> None:
    """The network goes away; Chromium needs a moment for it."""
    context.set_offline(True)
    for page in context.pages:
        while page.evaluate("fetch('/sign-in').then(() => true, () => false)"):
            page.wait_for_timeout(20)


def stored(page: Page) -> dict[str, str]:
    """What waits in this browser: the names and what is kept under them."""
    kept: dict[str, str] = page.evaluate("({ ...localStorage })")
    return {name: said for name, said in kept.items() if name.startswith("accord-waiting")}


def run_out(site: Site) -> None:
    """Every sign-in runs out, as overnight."""
    site.change("UPDATE sign_ins SET active_at = '2020-01-01 00:00:00'")


def reopen(coach: Person, path: str) -> Page:
    """Open the page in a new tab, signing in if that is asked for."""
    coach.page = page = coach.context.new_page()
    coach.open(f"{path}/write")
    if "/sign-in" in page.url:
        coach.sign_in()
        assert page.url.endswith(f"{path}/write")
    return page


def there_once(coach: Person, where: Where, words: str = BEFORE + AFTER) -> None:
    """The words stand in the box and are kept by the site, each once; nothing waits any more."""
    path, prompt = where
    expect(coach.page.locator(f"#f-{prompt}")).to_have_value(words)
    expect(coach.page.locator("#unsaved")).to_be_hidden()
    nothing_waits(coach.page)
    coach.open(f"{path}/write")
    expect(coach.page.locator(f"#f-{prompt}")).to_have_value(words)


# ---------------------------------------------------------------- the tab is closed


@kinds("plan", "session", "notes")
def test_the_network_goes_away_and_the_tab_is_closed(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    go_offline(coach.context)
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    run_out(site)
    coach.context.set_offline(False)
    reopen(coach, where[0])
    there_once(coach, where)


@kinds("plan", "notes")
def test_the_server_is_killed_and_the_tab_is_closed(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    site.stop()
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    site.start()
    reopen(coach, where[0])
    there_once(coach, where)


@kinds("plan", "session")
def test_the_sign_in_runs_out_and_the_tab_is_closed(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    run_out(site)
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    reopen(coach, where[0])
    there_once(coach, where)


@kinds("plan", "session")
def test_the_answer_is_lost_and_the_tab_is_closed(as_: AsSomeone, where: Where) -> None:
    """The site has the words, and the page does not know it: they are sent again and stand there once."""
    coach = as_("coach")
    begin(coach, where)

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    coach.page.route("**/answers/**", lose)
    coach.page.route("**/changes*", lambda route: route.abort())
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    reopen(coach, where[0])
    there_once(coach, where)


# ---------------------------------------------------------------- the site is upgraded


def upgrade(site: Site) -> None:
    """Another secret key: every sign-in, every form's token and every page's place among the changes is void."""
    site.stop()
    (site.folder / "secret_key").write_text(secrets.token_urlsafe(48))
    site.start()


@kinds("plan", "session")
def test_after_an_upgrade_an_open_page_still_saves(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    upgrade(site)
    go_on(coach.page)
    expect(coach.page.locator(f"#status-{where[1]}")).to_contain_text("sign in again")
    other_tab = coach.context.new_page()
    coach.sign_in(other_tab)
    other_tab.close()
    coach.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    coach.saved(where[1])
    there_once(coach, where)


@kinds("plan", "notes")
def test_after_an_upgrade_the_tab_is_closed(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    go_offline(coach.context)
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    upgrade(site)
    coach.context.set_offline(False)
    reopen(coach, where[0])
    there_once(coach, where)


@kinds("plan")
def test_a_page_that_can_no_longer_follow_says_so_and_saves(as_: AsSomeone, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    coach.page.evaluate(
        """async () => {
            await together.ask();  // one that is under way brings a token that holds
            await together.ask();
            document.getElementById("live").dataset.since = "of an older site";
            await together.ask();
        }"""
    )
    expect(coach.page.locator("#main")).to_contain_text("no longer shows what others write. Please reload")
    coach.page.keyboard.type(AFTER)
    coach.saved(where[1])
    there_once(coach, where)


def test_words_whose_place_is_gone_are_shown_to_be_copied(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.page.route("**/answers/**", lambda route: route.abort())
    box = coach.page.locator("#p-work_helps")
    box.evaluate("(box) => box.setAttribute('hx-post', box.getAttribute('hx-post').replace('work_helps', 'of_old'))")
    coach.page.locator("#f-work_helps").fill("")
    coach.page.locator("#f-work_helps").press("End")
    go_on(coach.page, "every little word")
    waits(coach.page)
    coach.page.close()
    page = reopen(coach, plan)
    expect(page.locator("#unsaved")).to_contain_text("could not be put in its place any more")
    expect(page.locator("#unsaved q")).to_have_text("every little word")
    page.get_by_role("button", name="I have copied them").click()
    expect(page.locator("#unsaved")).to_be_hidden()
    assert stored(page) == {}


# ---------------------------------------------------------------- other kinds of answers, other tabs, other pages


def test_a_date_that_was_chosen_offline(as_: AsSomeone, plan: str) -> None:
    coach = as_("coach")
    coach.open(f"{plan}/write")
    coach.press("Add a measure")
    row = coach.page.locator("#p-measures .row-list > li").last
    prompt = str(row.locator(".prompt").get_attribute("data-prompt"))
    go_offline(coach.context)
    row.locator("textarea, input[type=text]").first.fill("a quiet measure")
    expect(coach.page.locator("#unsaved")).to_contain_text("Not saved yet: “")
    waits(coach.page)
    coach.page.close()
    coach.context.set_offline(False)
    page = reopen(coach, plan)
    again = page.locator(f"[data-prompt='{prompt}']").locator("textarea, input[type=text]").first
    expect(again).to_have_value("a quiet measure")
    nothing_waits(page)
    expect(page.locator("#unsaved")).to_be_hidden()


@kinds("plan", "session")
def test_a_second_tab_sends_what_the_first_could_not(as_: AsSomeone, where: Where) -> None:
    """And the first goes on from there: nothing comes twice, nothing is left out."""
    coach = as_("coach")
    begin(coach, where)
    first = coach.page
    first.route("**/answers/**", lambda route: route.abort())
    go_on(first, " and on")
    waits(first)
    second = reopen(coach, where[0])
    expect(second.locator(f"#f-{where[1]}")).to_have_value(f"{BEFORE} and on")
    first.keyboard.type(" Thursdays")
    first.unroute("**/answers/**")
    expect(second.locator(f"#f-{where[1]}")).to_have_value(BEFORE + AFTER, timeout=30_000)
    expect(first.locator(f"#f-{where[1]}")).to_have_value(BEFORE + AFTER)
    expect(first.locator(f"#status-{where[1]}")).to_contain_text("Saved")
    there_once(coach, where)


@kinds("session")
def test_another_page_says_where_words_wait(as_: AsSomeone, where: Where) -> None:
    coach = as_("coach")
    begin(coach, where)
    go_offline(coach.context)
    go_on(coach.page)
    waits(coach.page)
    coach.page.close()
    coach.context.set_offline(False)
    coach.page = coach.context.new_page()
    coach.open("/")
    expect(coach.page.locator("#unsaved")).to_contain_text("typed on another page are not saved yet")
    coach.page.get_by_role("link", name="Open that page").click()
    there_once(coach, where)


# ---------------------------------------------------------------- whose words they are


def left_waiting(coach: Person, where: Where) -> None:
    """Words of the coach wait, and the tab is closed. For Chromium a page that ends is back online: the server is away then."""
    begin(coach, where)
    go_offline(coach.context)
    go_on(coach.page)
    waits(coach.page)
    coach.site.stop()
    coach.page.close()
    coach.context.set_offline(False)
    coach.site.start()


@kinds("plan", "session")
def test_nothing_waits_after_signing_out(as_: AsSomeone, where: Where) -> None:
    coach = as_("coach")
    left_waiting(coach, where)
    coach.page = coach.context.new_page()
    coach.open("/")
    coach.page.locator("details.menu summary").click()
    coach.page.get_by_role("button", name="Sign out").click()
    expect(coach.page.get_by_text("You are signed out.")).to_be_visible()
    assert stored(coach.page) == {}
    coach.sign_in()
    coach.open(f"{where[0]}/write")
    expect(coach.page.locator(f"#f-{where[1]}")).to_have_value(BEFORE)


@kinds("plan", "session")
def test_somebody_else_at_this_browser_neither_sees_nor_sends_them(as_: AsSomeone, site: Site, where: Where) -> None:
    coach = as_("coach")
    left_waiting(coach, where)
    run_out(site)
    other = Person(site, coach.context, "teacher")
    other.sign_in()
    expect(other.page.locator("#unsaved")).to_be_hidden()
    assert stored(other.page) == {}
    run_out(site)
    reopen(coach, where[0])
    expect(coach.page.locator(f"#f-{where[1]}")).to_have_value(BEFORE)


@pytest.mark.parametrize("place", ["answers/work_with", "answers/../part1/submit"])
def test_words_that_somebody_else_put_there_are_not_sent(as_: AsSomeone, plan: str, place: str) -> None:
    """Who has used this browser before can write into its storage, but nothing under the name of who comes next."""
    coach, sent = as_("coach"), list[str]()
    coach.open(f"{plan}/write")
    draft = {"question": "Words", "fields": [["v.work_with", "0"], ["work_with", "Forged"], ["page", "x"]]}
    put = "([where, draft]) => localStorage.setItem(`accord-waiting ${document.body.dataset.person} ${where} x`, draft)"
    coach.page.evaluate(put, [f"{plan}/{place}", json.dumps(draft)])
    assert stored(coach.page)
    coach.page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    coach.open(f"{plan}/write")
    coach.page.wait_for_timeout(1500)  # it would be sent at once
    assert [url for url in sent if not url.endswith("/here")] == []
    assert stored(coach.page) == {}
    assert "Forged" not in coach.page.locator("#f-work_with").input_value()


@kinds("session")
def test_a_sign_in_that_was_ended_opens_nothing_any_more(as_: AsSomeone, site: Site, where: Where) -> None:
    """Ended from another computer, or by a new password: what waits there is unreadable, and removed at the next visit."""
    coach = as_("coach")
    left_waiting(coach, where)
    site.change("UPDATE sign_ins SET ended_at = created_at WHERE ended_at IS NULL")
    coach.page = coach.context.new_page()
    coach.open("/")
    assert stored(coach.page)
    coach.sign_in()
    nothing_waits(coach.page)
    coach.open(f"{where[0]}/write")
    expect(coach.page.locator(f"#f-{where[1]}")).to_have_value(BEFORE)


def test_without_a_secure_connection_confidential_words_wait_on_the_page_alone(
    as_: AsSomeone, notes: Where, plan: str
) -> None:
    coach = as_("coach")
    coach.context.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    begin(coach, notes)
    go_offline(coach.context)
    go_on(coach.page)
    expect(coach.page.locator("#unsaved")).to_contain_text("only on this page. Please keep it open.")
    assert stored(coach.page) == {}
    coach.context.set_offline(False)
    coach.saved(notes[1])
    where = plan, "work_with"
    left_waiting(coach, where)
    reopen(coach, plan)
    there_once(coach, where)


def test_a_browser_that_crashed_keeps_them_unreadable(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path, site: Site, watch: Watch,
    notes: Where,
) -> None:  # fmt: skip
    def browser() -> BrowserContext:
        context = browser_type.launch_persistent_context(tmp_path, viewport=WIDE, **browser_type_launch_args)
        watch.over(context)
        return context

    words = ["quixotic jackdaws", "hum velvet fugues"]
    context = browser()
    coach = Person(site, context, "coach")
    coach.sign_in()
    begin(coach, notes, words[0])
    go_offline(context)
    go_on(coach.page, f" {words[1]}")
    waits(coach.page)
    context.close()
    assert found(tmp_path, words) == []
    assert found(tmp_path, ["accord-waiting"])
    context = browser()
    coach = Person(site, context, "coach")
    coach.page.close()
    reopen(coach, notes[0])
    there_once(coach, notes, " ".join(words))
    context.close()


@kinds("plan", "session")
def test_the_notice_of_being_signed_out_says_what_is_only_on_this_page(
    as_: AsSomeone, where: Where, signed_in: dict[str, Any]
) -> None:
    """As after signing out in another tab: nothing is put into this browser any more."""
    coach = as_("coach")
    begin(coach, where)
    other_tab = coach.context.new_page()
    other_tab.goto(f"{coach.site.address}/")
    other_tab.locator("details.menu summary").click()
    other_tab.get_by_role("button", name="Sign out").click()
    expect(other_tab.get_by_text("You are signed out.")).to_be_visible()
    del signed_in["coach"]
    go_on(coach.page)
    notice = coach.page.locator("#signed-out")
    expect(notice).to_contain_text("These words are only on this page. Please keep it open.")
    assert stored(coach.page) == {}
    coach.sign_in(other_tab)
    coach.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    coach.saved(where[1])
    expect(notice.locator(".only-here")).to_have_count(0)


@kinds("plan")
def test_the_notice_says_nothing_of_the_kind_where_the_words_wait(
    as_: AsSomeone, where: Where, site: Site, signed_in: dict[str, Any]
) -> None:
    coach = as_("coach")
    begin(coach, where)
    run_out(site)
    del signed_in["coach"]
    go_on(coach.page)
    waits(coach.page)
    expect(coach.page.locator("#signed-out")).to_be_visible()
    expect(coach.page.locator("#signed-out .only-here")).to_have_count(0)
