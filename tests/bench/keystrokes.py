"""From a key in one real Chromium window to the character in another one's box."""

import random
import shutil
import time
from contextlib import ExitStack

from playwright.sync_api import Page, sync_playwright

from tests.bench.crowd import Gathering
from tests.browser.people import FLAGS, NAMES

KEYS = 60
WARM_UP = 5
BETWEEN = 80, 240  # milliseconds
LETTERS = "the quick brown fox jumps over the lazy dog "
WRITES = """box => {
    window.pressed = [];
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    box.addEventListener("keydown", () => window.pressed.push(performance.timeOrigin + performance.now()), true);
}"""
READS = """box => {
    window.shown = [];
    const began = box.value.length;
    const look = () => {
        while (window.shown.length < box.value.length - began) window.shown.push(performance.timeOrigin + performance.now());
        requestAnimationFrame(look);
    };
    look();
}"""


def keystrokes(port: int, gathering: Gathering) -> list[float]:
    """How many seconds each key took."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit("Chromium is not installed here.")
    with ExitStack() as open_now:
        playwright = open_now.enter_context(sync_playwright())
        pages = []
        for cookie in gathering.cookies[:2]:
            browser = open_now.enter_context(playwright.chromium.launch(executable_path=found, args=FLAGS))
            pages.append(_opened(browser.new_page(), port, gathering.path, cookie))
        return _typed(*pages, prompt=next(iter(gathering.texts)))


def _opened(page: Page, port: int, path: str, cookie: str) -> Page:
    name, _, value = cookie.partition("=")
    address = f"http://127.0.0.1:{port}"
    page.context.add_cookies([{"name": name, "value": value, "url": address}])
    page.goto(f"{address}{path}/write")
    return page


def _typed(writes: Page, reads: Page, *, prompt: str) -> list[float]:
    boxes = [page.locator(f"#f-{prompt}") for page in (writes, reads)]
    time.sleep(3)  # each has heard of the other
    boxes[0].evaluate(WRITES)
    boxes[1].evaluate(READS)
    chance = random.Random(60)
    for number in range(WARM_UP + KEYS):
        writes.keyboard.press("Space" if (letter := LETTERS[number % len(LETTERS)]) == " " else letter)
        time.sleep(chance.uniform(*BETWEEN) / 1000)
    reads.wait_for_function(f"window.shown.length >= {WARM_UP + KEYS}", timeout=10_000)
    pressed, shown = writes.evaluate("window.pressed"), reads.evaluate("window.shown")
    return [(there - here) / 1000 for here, there in zip(pressed, shown, strict=False)][WARM_UP:]
