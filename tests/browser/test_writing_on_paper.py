"""The writing page as the browser prints it: what is written, and nothing to press."""

from collections.abc import Callable
from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.people import Person
from tests.browser.plans import Plans
from tests.browser.site import Site

LONG = "\n".join(f"Line {number} of a long text." for number in range(1, 91))


def test_all_that_is_written_is_on_paper_and_no_button(as_: Callable[..., Person], site: Site) -> None:
    """A text that is longer than a page goes on over its end."""
    coach = as_("coach")
    page = coach.open(f"{Plans(site).one(of='coach')}/write")
    page.locator("#f-goal_statement").fill(LONG)
    coach.saved("goal_statement")
    paper = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format="Letter"))).pages)
    for field in page.locator(".prompt :is(textarea, input[type=text]).box").all():
        for line in field.input_value().splitlines():
            assert "".join(line.split()) in "".join(paper.split())
    for button in ("Leave this comment", "Save this page", "Add a measure", "Take out", "Compose a first draft"):
        assert button not in paper
    expect(page.locator(".on-paper")).to_have_count(0)
    expect(page.locator("#f-goal_statement")).to_have_value(LONG)
