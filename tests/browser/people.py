"""People at a real browser: they sign in, open plans, type, and wait until the page says that it is saved."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, ViewportSize, expect

from tests.browser.site import Site
from webapp.demo import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 375, "height": 740}
PATIENCE = 10_000  # milliseconds


class Watch:
    """Everything that must not happen in a browser: errors on the console or in scripts, and calls to other places."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.troubles: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Watch a browser."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        context.on("request", self._request)

    def expect(self, *words: str) -> None:
        """This test makes such errors appear on purpose."""
        self.expected.extend(words)

    def nothing_wrong(self) -> None:
        """Fail if anything happened that nobody expected."""
        assert "Traceback" not in self.site.said(), self.site.said()
        unexpected = [one for one in self.troubles if not any(words in one for words in self.expected)]
        assert not unexpected, "\n".join(unexpected)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console, at {message.location.get('url', '')}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.address}/", "data:", "blob:")):
            self.troubles.append(f"a call to {request.url}")


class Person:
    """Someone from the demo school at a browser of their own."""

    def __init__(self, site: Site, context: BrowserContext, key: str) -> None:
        self.site = site
        self.context = context
        self.key = key
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def open(self, path: str) -> Page:
        """Go to an address of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def sign_in(self, page: Page | None = None) -> None:
        """Sign in through the page, by keyboard."""
        page = page or self.page
        if not page.url.startswith(f"{self.site.address}/sign-in"):
            page.goto(f"{self.site.address}/sign-in")
        page.get_by_label("E-mail").focus()
        page.keyboard.type(f"{self.key}@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def is_signed_in(self) -> None:
        """Be signed in, without the work of a password."""
        self.context.add_cookies([{"name": "accord", "value": self.site.cookie_of(self.key), "url": self.site.address}])

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press a button or follow a link by keyboard, and wait for the page it leads to."""
        found = self.page.get_by_role("button", name=name, exact=exact)
        found = found.or_(self.page.get_by_role("link", name=name, exact=exact)).first
        found.focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, box: Locator, words: str) -> None:
        """Type words into a box, over what is there."""
        box.focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)

    def saved(self, name: str) -> None:
        """Wait until the page says that this prompt is saved."""
        status = self.page.locator(f"[id='status-{name.replace('.', '-')}']")
        expect(status).to_contain_text(re.compile("^Saved "), timeout=PATIENCE)

    def sees(self, words: str) -> None:
        """These words are on the page."""
        expect(self.page.locator("#main")).to_contain_text(words)


@contextmanager
def at_a_browser(
    browser: Browser,
    site: Site,
    watch: Watch,
    key: str,
    *,
    sign_in: Callable[[Person], None] = Person.is_signed_in,
    **options: Any,
) -> Iterator[Person]:
    """Someone with a browser of their own, signed in unless they are nobody."""
    context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    watch.over(context)
    try:
        person = Person(site, context, key)
        if key != "nobody":
            sign_in(person)
        yield person
    finally:
        context.close()
