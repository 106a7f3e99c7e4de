"""Every page, for eyes, ears and keyboards: axe finds nothing, nothing scrolls sideways, focus is always in sight."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.filling import FORM
from tests.browser.looking import EVERYTHING, axe, sideways
from tests.browser.people import PHONE, WIDE, Person, Watch, at_a_browser
from tests.browser.plans import Plans
from tests.browser.site import Site
from tests.conftest import KEY_RING
from webapp import create_app

NARROW: ViewportSize = {"width": 320, "height": 700}
WITHOUT_A_PAGE = {
    "sessions.home",
    "notes.home",
    "asset",
    "people.idle",
    "printing.as_pdf",
    "printing.blank_pdf",
    "sessions.named_version",  # nothing is decided about these
    "notes.named_version",
    "releases.named_version",
    "timeline.calendar",
    "timeline.printed_pdf",
    *(
        f"{where}.{asked}"
        for where in ("writing", "sessions", "notes", "releases")
        for asked in ("changes", "bell", "waiting_key")  # what a page asks by itself
    ),
}
TOKEN = "a link that was sent to somebody"

PAGES = {
    "nobody": ["/sign-in", "/forgot", "/welcome/gone", f"/welcome/{TOKEN}"],
    "coach": [
        "/",
        "/plans/",
        "/plans/new",
        "{mine}",
        "{mine}/write",
        "{mine}/part1/check",
        "{mine}/part2/check",
        "{mine}/teachers?q=an",
        "{mine}/history/work_helps",
        "{mine}/history/work_helps?every=yes",
        "{mine}/history",
        "{mine}/history/as-it-was",
        "{mine}/history/as-it-was?on=2000-02-31",
        "{earlier}/history",
        "{earlier}/history/named/part1/1",
        "{mine}/print",
        "{mine}/who",
        "{mine}/who/part2",
        "{earlier}/as-principal",
        "{earlier}",
        "{earlier}/write",
        "{earlier}/sessions",
        "/sessions/time",
        "{mine}/sessions",
        "{mine}/sessions/new",
        "{session}/write",
        "{session}/history/focus",
        "{session}/history",
        "{session}/history/as-it-was",
        "{session}/print",
        "{session}/people",
        "{session}/people/{teacher2}/add",
        "{session}/leave",
        "{session}/delete",
        "{session}/who",
        "{session}/log?verify=1",
        "{notes}/write",
        "{notes}/history/private_notes",
        "{notes}/history",
        "{notes}/history/as-it-was",
        "{notes}/who",
        "{notes}/log",
        "{release}",
        "{release}/write",
        "{release}/history/release_words",
        "{release}/history",
        "{release}/history/as-it-was",
        "{release}/who",
        "{release}/log",
        "{earlier}/history/measures/{row}",
        "/account",
        "/promise",
        "/forms/peer_coaching_plan/blank",
        "/plans/nothing",
    ],
    "teacher": [
        "/",
        "{invited}",
        "{agreement}",
        "{agreement}/write",
        "{agreement}/agreement/check",
        "{agreement}/agreement/end",
        "{agreement}/who",
        "{agreement}/print",
    ],
    "principal": [
        "/",
        "{submitted}",
        "{submitted}/part1/check",
        "{submitted}/write",
        "{submitted}/who/part1",
        "{changed}/part1/check",
        "/plans/new",
        "{released}",
        "{released}/print",
    ],
    "champion": ["/", "/plans/?of=schools", "{mine}", "/programme/dates"],
    "admin": [
        "/",
        "/administration/people",
        "/administration/people/{person}",
        "/administration/people/invite",
        "/administration/schools",
        "/administration/schools/new",
        "/administration/schools/{school}",
        "/administration/districts/new",
        "/administration/districts/{district}",
    ],
    "outsider": ["/"],
}


@pytest.fixture(scope="module")
def addresses(demo_school: Site) -> dict[str, str]:
    """What stands for the names in braces."""
    plans = Plans(demo_school)
    demo_school.change(
        "INSERT INTO links (token_hash, person_id, purpose, created_at, expires_at) "
        "SELECT ?, id, 'reset', ?, ? FROM people WHERE email = 'outsider@example.org'",
        sha256(TOKEN.encode()).hexdigest(),
        str(datetime.now(UTC).replace(tzinfo=None)),
        str(datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)),
    )
    return {
        "mine": plans.one(of="coach"),
        "earlier": plans.one(of="coach", earlier=True),
        "invited": plans.one(asked="teacher"),
        "submitted": plans.one(principal="principal", part1="submitted"),
        "changed": plans.one(principal="principal", part1="changed"),
        "agreement": plans.agreement(of="coach"),
        "row": plans.row("measures", of="coach"),
        **plans.noted_session(of="coach"),
        **plans.release(),
        **{one: demo_school.read(f"SELECT public_id FROM {many} LIMIT 1")[0][0] for one, many in TABLES.items()},
    }


TABLES = {"person": "people", "school": "schools", "district": "districts"}


@pytest.fixture(scope="module")
def reader(browser: Browser, demo_school: Site) -> Iterator[Callable[[str], Person]]:
    """Someone signed in who reads and changes nothing."""
    watch = Watch(demo_school)
    watch.expect("403", "404", "410", "422", "preload")
    with ExitStack() as browsers:
        yield lambda key: browsers.enter_context(at_a_browser(browser, demo_school, watch, key))
    watch.nothing_wrong()


def test_no_page_is_left_out(tmp_path: Path) -> None:
    """Every page that the site has is in the list above."""
    app = create_app({"SECRET_KEY": "only to know the addresses", "KEY_RING": KEY_RING}, instance=tmp_path)
    routes = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    visited = {
        app.url_map.bind("here").match(path.split("?")[0].format_map(Anything()))[0]
        for paths in PAGES.values()
        for path in paths
        if path != "/plans/nothing"
    }
    assert set(routes) - visited == WITHOUT_A_PAGE


class Anything(dict[str, str]):
    """For each name in braces some address of that shape."""

    def __missing__(self, name: str) -> str:
        if name in ("row", "teacher2", *TABLES):
            return name
        places = {"session": "sessions", "notes": "notes", "release": "releases", "released": "released"}
        return f"/{places.get(name, 'plans')}/{name}"


@pytest.mark.parametrize("key", PAGES)
def test_axe_finds_nothing(key: str, reader: Callable[[str], Person], addresses: dict[str, str]) -> None:
    """Wide and light, and dark on a phone; and nothing is cut off or scrolls sideways, on a narrow phone or with large text."""
    person = reader(key)
    found = []
    for path in PAGES[key]:
        page = person.open(path.format_map(addresses))
        for how, complaints in _looked_at(page):
            found += [f"{path} {how}: {complaint}" for complaint in complaints]
    assert not found, "\n".join(found)


def _looked_at(page: Page) -> Iterator[tuple[str, list[str]]]:
    yield "wide", axe(page, EVERYTHING)
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    yield "with large text", sideways(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    yield "dark, on a phone", axe(page, EVERYTHING)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    yield "on a narrow phone", sideways(page)
    page.set_viewport_size(WIDE)


# ---------------------------------------------------------------- by keyboard alone

FOCUS = """() => {
    const one = document.activeElement;
    const box = one.getClientRects()[0] ?? one.getBoundingClientRect();  // the first line of a link
    const inSight = (x, y) => {
        const there = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
        return there && (one.contains(there) || there.contains(one) && there.closest("a, button, summary, label"));
    };
    const style = getComputedStyle(one);
    return {
        tag: one.tagName, type: one.type ?? "", name: one.name ?? "", id: one.id,
        words: (one.innerText ?? "").slice(0, 60),
        seen: box.height > 100 ? [0.1, 0.5, 0.9].some((y) => inSight(0.5, y)) : inSight(0.5, 0.5),
        // the calendar button inside a date shows a ring of its own
        ring: !one.matches(":focus") || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
}"""


def _next(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    focus: dict[str, Any] = page.evaluate(FOCUS)
    if focus["tag"] != "BODY":  # the end of the page
        where = f"{focus['tag']} {focus['id'] or focus['words']}"
        assert focus["seen"], f"{where} has the focus and is hidden"
        assert focus["ring"], f"{where} has the focus and does not show it"
    return focus


def test_skip_link(as_: Callable[..., Person]) -> None:
    coach = as_("coach")
    coach.open("/")
    page = coach.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_focus_is_always_in_sight(as_: Callable[..., Person], site: Site, size: ViewportSize) -> None:
    coach = as_("coach", viewport=size)
    coach.open(f"{Plans(site).one(of='coach')}/write")
    stops = 0
    while _next(coach.page)["tag"] != "BODY":
        stops += 1
        assert stops < 400, "the focus goes in circles"
    assert stops > 100


def test_a_plan_is_filled_in_by_keyboard_alone(as_: Callable[..., Person]) -> None:
    """Tab, Space, Enter, arrows and letters: from the home page to a plan with an answer at every prompt."""
    coach = as_("coach", locale="en-US")
    page = coach.page
    coach.open("/")
    _tab_to(page, "Start another plan")
    _enter(page)
    _tab_to(page, "Start the plan")
    _enter(page)
    _tab_to(page, "Session 2 has taken place")
    _enter(page)
    page.goto(page.url.split("#")[0])
    _add_rows(page)
    filled = _fill_in_everything(page)
    writable = [p.name for part in FORM.parts for p in part.prompts() if not p.fixed and p.kind != "people"]
    assert set(writable) <= filled
    for status in page.locator(".prompt[hx-post] .status").all():
        expect(status).to_contain_text("Saved")


def _tab_to(page: Page, words: str) -> None:
    for _ in range(200):
        if words in _next(page)["words"]:
            return
    raise AssertionError(f"no way to “{words}” by keyboard")


def _enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _add_rows(page: Page) -> None:
    """Add one row to each list; the first cell of the new row is the next stop."""
    for one in ("step", "measure", "norm", "value"):
        _tab_to(page, f"Add a {one}")
        _enter(page)
        assert _next(page)["tag"] in ("INPUT", "TEXTAREA", "SELECT"), f"the focus is lost after adding a {one}"


def _fill_in_everything(page: Page) -> set[str]:
    page.goto(page.url.split("#")[0])
    filled = set()
    while (focus := _next(page))["tag"] != "BODY":
        name = focus["name"].split(".")[0]
        match focus["tag"], focus["type"]:
            case "TEXTAREA", _ if not name.startswith(("comment", "reply")):
                page.keyboard.type("Words. ")
            case "INPUT", "text":
                page.keyboard.type("62 words ")
            case "INPUT", "date":
                page.keyboard.type("10152026")
            case "INPUT", "checkbox" if not name.startswith("agree"):
                page.keyboard.press("Space")
            case "INPUT", "radio":
                page.keyboard.press("ArrowDown")
            case "SELECT", _:
                page.keyboard.press("ArrowDown")
            case _:
                continue
        filled.add(name)
    return filled
