"""A shared computer: after signing out nothing of what was read or written is left in the browser's files, or by Back."""

import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gzip import compress
from pathlib import Path
from typing import Any

import brotli
import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.browser.leftovers import found
from tests.browser.people import WIDE, Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

TYPED = {
    "shared_notes": "brindled gnus hum softly",
    "private_notes": "velvet axolotl umbrellas",
    "step": "quixotic jackdaw fugue",
}
WORDS = [*TYPED.values(), "gnus hum", "axolotl umbrellas", "jackdaw fugue"]


@contextmanager
def profile(
    browser_type: BrowserType, launched: dict[str, Any], folder: Path, site: Site, watch: Watch
) -> Iterator[Person]:
    """The coach at a browser that keeps its files in this folder, as one does that people use; closed in the end."""
    context = browser_type.launch_persistent_context(
        folder,
        viewport=WIDE,
        locale="en-US",
        ignore_default_args=["--disable-back-forward-cache"],  # a browser that people use goes back at once
        **launched,
    )
    try:
        watch.over(context)
        yield Person(site, context, "coach")
    finally:
        context.close()


@pytest.fixture
def at_a_profile(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path, site: Site, watch: Watch
) -> Callable[[], Any]:
    """`with at_a_profile() as coach:`, each time with the same files in tmp_path."""
    return lambda: profile(browser_type, browser_type_launch_args, tmp_path, site, watch)


def read_and_write(coach: Person) -> None:
    """Everything that holds words of a session and of private notes: boxes, history, print, log."""
    known = Plans(coach.site).noted_session(of="coach")
    session, notes = known["session"], known["notes"]
    coach.open(f"{session}/write")
    _type(coach, "shared_notes")
    coach.open(f"{notes}/write")
    _type(coach, "private_notes")
    coach.open(f"{session}/write")
    coach.press("Add an action step")
    row = coach.page.locator("#p-action_steps .row-list > li").last
    row.locator("[name$='.step']").focus()
    coach.page.keyboard.type(TYPED["step"])
    coach.page.keyboard.press("Tab")
    coach.saved(str(row.locator(".prompt").get_attribute("data-prompt")))
    for path, word in (
        (f"{session}/history/shared_notes", "shared_notes"),
        (f"{notes}/history/private_notes", "private_notes"),
        (f"{session}/print", "step"),
        (f"{session}/log", ""),
        ("/", ""),
        (f"{notes}/write", "private_notes"),
        (f"{session}/write", "shared_notes"),
    ):
        coach.open(path)
        expect(coach.page.locator("#main")).to_be_visible()
        assert TYPED.get(word, "") in coach.page.content(), path


def _type(coach: Person, prompt: str) -> None:
    coach.type(coach.page.locator(f"#f-{prompt}"), TYPED[prompt])
    coach.page.keyboard.press("Tab")
    coach.saved(prompt)


def sign_out(page: Page) -> None:
    """As people do it."""
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_nothing_is_left_after_signing_out(at_a_profile: Callable[[], Any], tmp_path: Path, watch: Watch) -> None:
    with at_a_profile() as coach:
        coach.sign_in()
        read_and_write(coach)
        sign_out(coach.page)
        for _ in range(4):
            coach.page.go_back(wait_until="commit")
            expect(coach.page).to_have_url(re.compile("/sign-in"))
            shown = coach.page.content() + str(coach.page.evaluate("document.body.innerText"))
            boxes = coach.page.evaluate(
                "[...document.querySelectorAll('input, textarea')].map((box) => box.value).join()"
            )
            assert not [word for word in WORDS if word in shown + boxes], coach.page.url
    assert found(tmp_path, WORDS) == []


def test_what_is_left_would_be_found(at_a_profile: Callable[[], Any], tmp_path: Path) -> None:
    with at_a_profile() as coach:
        coach.open("/sign-in")
        coach.page.evaluate("(words) => localStorage.setItem('left', words)", WORDS[0])
    assert any("Local Storage" in line for line in found(tmp_path, WORDS))
    said = f"some words, {WORDS[0]}, and more".encode()
    wide = said.decode().encode("utf-16-le")
    planted = {
        "plain": said,
        "wide": wide,
        "base64": b64encode(b"x" + said),
        "wide base64": b64encode(wide),
        "gzip": b"head" + compress(said) + b"tail",
        "zlib": b"head" + zlib.compress(wide) + b"tail",
        "brotli": brotli.compress(said),
        "hex": said.hex().encode(),
    }
    for name, block in planted.items():
        (tmp_path / f"planted {name}").write_bytes(block)
    lines = found(tmp_path, WORDS)
    assert {name for name in planted if f"planted {name}: {WORDS[0]}" in lines} == planted.keys()
