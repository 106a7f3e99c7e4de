"""Make the screenshots of the documentation, from the demo school: python -m tests.browser.screenshots"""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.people import FLAGS, NAMES, PHONE, WIDE, Watch, at_a_browser
from tests.browser.plans import Plans
from tests.browser.site import ROOT, Site

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000  # bytes


def main() -> int:
    """Make them all; 1 if one of them is too large for the repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        site.fill()
        site.start()
        chromium = next(filter(None, map(shutil.which, NAMES)), None)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            _take(browser, site)
        finally:
            browser.close()
            site.stop()
    sizes = {picture.name: picture.stat().st_size for picture in sorted(FOLDER.glob("*.png"))}
    for name, size in sizes.items():
        print(f"{size / 1000:6.0f} KB  {name}")
    return int(max(sizes.values()) > LARGEST)


def _take(browser: Browser, site: Site) -> None:
    plans = Plans(site)
    mine, submitted = plans.one(of="coach"), plans.one(principal="principal", part1="submitted")
    earlier = plans.one(of="coach", earlier=True)
    with ExitStack() as people:

        def visit(key: str, path: str, **options: Any) -> Page:
            person = people.enter_context(at_a_browser(browser, site, Watch(site), key, **options))
            return person.open(path)

        _keep(visit("teacher", "/"), "home")
        _keep(visit("coach", mine), "plan")
        _keep(visit("coach", f"{mine}/write"), "section", at="s-alignment")
        _keep(visit("principal", f"{submitted}/part1/check"), "approval")
        _keep(visit("coach", f"{earlier}/print", viewport={"width": 1000, "height": 1250}), "print")
        _keep(visit("teacher", f"{mine}/write", viewport=PHONE), "phone", at="s-goal")
        _keep(visit("coach", f"{earlier}/write", color_scheme="dark", viewport=WIDE), "dark", at="s-measures")


def _keep(page: Page, name: str, *, at: str = "") -> None:
    if at:
        page.locator(f"#{at}").evaluate("section => section.scrollIntoView()")
        page.wait_for_timeout(300)  # the outline follows
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
