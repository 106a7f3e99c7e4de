"""What is wrong with the page that a browser shows, for those who do not see or use it as its author does."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLORS = {**EVERYTHING, "runOnly": ["color-contrast", "link-in-text-block"]}


def axe(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe complains about."""
    return [
        f"{violation['id']} at {[node['target'] for node in violation['nodes'][:3]]}: {violation['help']}"
        for violation in Axe().run(page, options=options).response["violations"]
    ]


def sideways(page: Page) -> list[str]:
    """What makes the page wider than the window."""
    too_wide: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const all = [...document.querySelectorAll("body *")];
            const wide = all.filter((one) => one.getBoundingClientRect().right > width + 1);
            return ["scrolls sideways", ...wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 80))];
        }"""
    )
    return too_wide
