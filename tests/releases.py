"""A release of progress of the coach and a teacher, by way of the site's own pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp.access import open_document
from webapp.clock import today
from webapp.coaching_sessions import releases as verbs
from webapp.coaching_sessions.models import ConfidentialRecord
from webapp.database import look_as, writing

Browsers = Callable[[str], Client]
HEADING = "Numbat heading: lab reports in grade 7"
WORDS = "Bilby words. More students write a conclusion that their data supports."
NOTE = "Vicuna note. The numbers are small."
MARKS = ("Numbat", "Bilby", "Vicuna")
COMPOSE, LOOK = "Write a page of progress", "Look at it, then ask everybody"
ASK, AGREE, REFUSE = "I agree to this page. Ask the others", "I agree to show this page", "No, I do not agree"
WITHDRAW, THROW_AWAY = "Take it back now", "Throw this draft away"


@dataclass
class Release:
    """One release: where its circle has it, where its readers do, and what its members can do."""

    app: Flask
    cast: Cast
    plan: Plan
    browser_of: Browsers
    public_id: str

    @property
    def path(self) -> str:
        """Where its circle looks at it."""
        return f"/releases/{self.public_id}"

    @property
    def out(self) -> str:
        """Where its readers read it."""
        return f"/released/{self.public_id}"

    @property
    def state(self) -> str:
        """Where it stands."""
        found: str = Tables(self.app).one(
            select(ConfidentialRecord.state).where(ConfidentialRecord.public_id == self.public_id)
        )
        return found

    def look(self, who: str) -> Page:
        """The page as a member of its circle has it."""
        return self.browser_of(who).get(self.path)

    def press(self, who: str, button: str) -> Page:
        """A member presses a button on it."""
        return self.look(who).form(button=button).submit({})

    def write(self, who: str, **values: Any) -> Page:
        """A member writes, and looks at the page."""
        return self.browser_of(who).get(f"{self.path}/write").form(button=LOOK).submit(values)

    def release(self) -> "Release":
        """Ask, and agree."""
        self.press("coach", ASK)
        self.press("teacher", AGREE)
        assert self.state == "released"
        return self


def until(app: Flask, days: int = 30) -> str:
    """The day in so many days, as a date box sends it."""
    return day(app, days).isoformat()


def day(app: Flask, days: int = 0) -> date:
    """The school's date in so many days."""
    with app.app_context():
        return today() + timedelta(days=days)


def reader(cast: Cast, who: str) -> str:
    """What the box of this reader sends."""
    role = {"champion": "coach champion", "assistant_principal": "assistant principal"}.get(who, "principal")
    return f"{cast[who].public_id} {cast[who].name}, {role}"


def compose(
    app: Flask,
    cast: Cast,
    plan: Plan,
    browser_of: Browsers,
    *,
    by: str = "coach",
    readers: tuple[str, ...] = ("principal",),
) -> Release:
    """Somebody of the circle writes a page to show, ready to be asked about."""
    page = browser_of(by).get(plan.path).form(button=COMPOSE).submit({})
    release = Release(app, cast, plan, browser_of, page.path.split("/")[2])
    release.write(
        by,
        release_heading=HEADING,
        release_words=WORDS,
        note_to_reader=NOTE,
        readers=[reader(cast, one) for one in readers],
        readable_until=until(app),
    )
    return release


def begin(app: Flask, cast: Cast, plan: Plan) -> str:
    """The coach begins a page to show, with nothing on it; gives its address."""
    with app.app_context():
        look_as(cast["coach"].id)
        with writing():
            return f"/releases/{verbs.compose(open_document(plan.public_id, cast['coach'].id))}"
