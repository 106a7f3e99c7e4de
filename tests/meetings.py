"""Coaching sessions of a plan, written by the site's own verbs, with what was said in them."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from tests.cast import Cast
from tests.circles import writing_as
from tests.plans import Plan
from webapp import settings
from webapp.clock import now
from webapp.coaching_sessions import circles, records
from webapp.documents import answers


def meet(app: Flask, cast: Cast, plan: Plan, *who: str, **said: Any) -> str:
    """A session of these people (the first begins it); gives its address. A list is written row by row."""
    with writing_as(app, cast[who[0]].id) as db:
        circle = circles.begin(db, [cast[key].id for key in who])
        begun = records.begin(db, "session", plan_id=plan.id, circle_id=circle.id)
        for prompt, value in said.items():
            if isinstance(value, list):
                for row in value:
                    answers.add_row(begun, prompt, row)
            else:
                answers.save(begun, [answers.Typed(prompt, value, 0)])
        return begun.address


def say(app: Flask, cast: Cast, who: str, address: str, **said: Any) -> None:
    """One of its people changes what is said in a session."""
    with writing_as(app, cast[who].id):
        opened = records.find("session", address.rpartition("/")[2], cast[who].id)
        assert opened is not None
        now_said = answers.readable(opened)
        typed = [answers.Typed(prompt, value, now_said.of(prompt).version) for prompt, value in said.items()]
        answers.save(opened, typed)


def step(cast: Cast, who: str, what: str, by_when: str = "", done: str = "") -> dict[str, str]:
    """An action step of one of the cast."""
    owner = cast[who]
    return {"step": what, "who": f"{owner.public_id} {owner.name}", "by_when": by_when, "done": done}


def minutes(action: str, spent: int) -> dict[str, str]:
    """Minutes of a coaching action."""
    return {"action": action, "spent": str(spent)}


def on(away: int) -> date:
    """A day so many days from the school's today."""
    return now().astimezone(ZoneInfo(str(settings.DEFAULTS["TIMEZONE"]))).date() + timedelta(days=away)


def day(away: int) -> str:
    """Such a day as it is kept."""
    return on(away).isoformat()


def in_words(away: int) -> str:
    """Such a day as a list says it."""
    then = on(away)
    return f"{then:%a %b} {then.day}"
