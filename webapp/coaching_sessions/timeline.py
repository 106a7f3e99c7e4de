"""The sessions of a plan as one of its circle knows them: only those they attend, newest first, and drawn over the year.

Nothing is numbered, and nothing is counted but what is theirs: a session of the others leaves no gap.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..access import Opened
from ..clock import local, today
from ..database import session
from ..documents.answers import Answers
from ..forms.kinds import Choice
from ..web import day
from . import circles, glance, records
from .records import OpenRecord

PAGE = 25
SHOWN = ("session_kind", "session_date", "focus", "action_steps")
DAYS = 366  # the school year, July to June, as the line that sessions stand on
MONTHS = [(9, "Sep"), (11, "Nov"), (1, "Jan"), (3, "Mar"), (5, "May")]


@dataclass(frozen=True)
class Held:
    """One session in the list. `on` is the day it was begun where it has no date (`dated` is false)."""

    opened: OpenRecord
    on: date
    dated: bool
    kind: str
    focus: str
    people: list[str]
    open_steps: int

    @property
    def called(self) -> str:
        """What it is called in a list: Observation, Tue Nov 24."""
        return called(self.kind, self.on if self.dated else None)


@dataclass(frozen=True)
class Lane:
    """The sessions of one kind on the drawn line: (share of the year, day in words) each."""

    kind: str
    dots: list[tuple[float, str]]


@dataclass(frozen=True)
class Drawn:
    """The year as a line: one lane a kind, the months below. `now`: where today stands, if it is in that year."""

    lanes: list[Lane]
    months: list[tuple[float, str]]
    now: float | None

    @property
    def summary(self) -> str:
        """What the picture shows, in words."""
        return "; ".join(f"{lane.kind}: {', '.join(words for _, words in lane.dots)}" for lane in self.lanes)


def of_plan(plan: Opened) -> list[Held]:
    """The reader's sessions in this plan, newest first."""
    opened = records.of_plan("session", plan.id, plan.reader_id)
    said = glance.at(opened, *SHOWN)
    people = circles.members_of(session(), {one.circle_id for one in opened})
    held = [_held(one, said[one.id], people.get(one.circle_id, [])) for one in opened]
    return sorted(held, key=lambda one: (one.on, one.opened.created_at), reverse=True)


def _held(opened: OpenRecord, said: Answers, people: list[circles.Member]) -> Held:
    on = date_of(said)
    return Held(
        opened=opened,
        on=on or local(opened.created_at).date(),
        dated=on is not None,
        kind=kind_of(opened, said),
        focus=said.of("focus").value or "",
        people=[one.name for one in people if one.is_in],
        open_steps=sum(is_open(step) for step in said.value("action_steps") or []),
    )


def date_of(said: Answers) -> date | None:
    """The day of a session, if it has one."""
    value = said.of("session_date").value
    return date.fromisoformat(value) if value else None


def kind_of(opened: Opened, said: Answers) -> str:
    """What kind of session it is, in words."""
    prompt = opened.form.prompt("session_kind")[2]
    assert isinstance(prompt, Choice)
    return prompt.labels().get(said.of("session_kind").value or "", "Session")


def called(kind: str, on: date | None) -> str:
    """What a session is called in a list."""
    return f"{kind}, {day(on)}" if on else f"{kind}, no date yet"


def is_open(step: dict[str, Any]) -> bool:
    """Whether an action step says something and is not done."""
    return bool(step["step"]) and not step["done"]


# ---------------------------------------------------------------- drawn


def drawn(held: list[Held], school_year: int) -> Drawn:
    """The dated sessions of one school year as a picture, the kind that came first on top."""
    lanes: dict[str, Lane] = {}
    for one in sorted(held, key=lambda one: one.on):
        where = _share(one.on, school_year)
        if one.dated and where is not None:
            lanes.setdefault(one.kind, Lane(one.kind, [])).dots.append((where, day(one.on)))
    months = [(_share(_first(month, school_year), school_year) or 0.0, name) for month, name in MONTHS]
    return Drawn(list(lanes.values()), months, _share(today(), school_year))


def _first(month: int, school_year: int) -> date:
    return date(school_year + (month < 7), month, 1)


def _share(on: date, school_year: int) -> float | None:
    days = (on - date(school_year, 7, 1)).days
    return days / DAYS if 0 <= days < DAYS else None
