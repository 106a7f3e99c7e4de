"""Open action steps of this school year: each of us sees our own on the home page, and ticks them off there."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..clock import local, this_school_year, today
from ..documents import answers
from ..documents.answers import Answers
from ..documents.keeping import Kept
from ..web import day
from . import glance, records, timeline
from .records import OpenRecord

PROMPT = "action_steps"


@dataclass(frozen=True)
class Step:
    """One action step of its owner, and the session in which it was agreed."""

    opened: OpenRecord
    row: str
    what: str
    by_when: date | None
    done: bool
    session: str

    @property
    def address(self) -> str:
        """What is done with it has addresses below."""
        return f"{self.opened.address}/steps/{self.row}"

    @property
    def due(self) -> str:
        """By when, in words."""
        return due_words(self.by_when) if self.by_when else ""

    @property
    def late(self) -> bool:
        """Whether its day has passed."""
        return self.by_when is not None and self.by_when < today()


def mine(person_id: int, public_id: str) -> list[Step]:
    """The open action steps of one person, the most pressing first; at the end those they ticked off today."""
    opened = records.all_of_mine("session", person_id, since_year=this_school_year())
    said = glance.at(opened, PROMPT, "session_kind", "session_date")
    steps = [
        _step(one, said[one.id], kept)
        for one in opened
        for kept in said[one.id].rows(PROMPT)
        if belongs_to(kept.value, public_id) and (timeline.is_open(kept.value) or _done_today(kept))
    ]
    return sorted(steps, key=lambda step: (step.done, step.by_when or date.max))


def belongs_to(value: dict[str, Any], public_id: str) -> bool:
    """Whether a step is this person's to do."""
    return str(value["who"] or "").partition(" ")[0] == public_id


def _done_today(kept: Kept) -> bool:
    """So that it can be undone."""
    ticked = bool(kept.value["step"]) and bool(kept.value["done"])
    return ticked and kept.changed_at is not None and local(kept.changed_at).date() == today()


def _step(opened: OpenRecord, said: Answers, kept: Kept) -> Step:
    by_when = kept.value["by_when"]
    return Step(
        opened=opened,
        row=kept.row,
        what=kept.value["step"],
        by_when=date.fromisoformat(by_when) if by_when else None,
        done=bool(kept.value["done"]),
        session=timeline.called(timeline.kind_of(opened, said), timeline.date_of(said)),
    )


def due_words(on: date) -> str:
    """When a step is due, as people say it: due today, due Tue Nov 24, 3 days late."""
    late = today() - on
    if late > timedelta(days=0):
        return "1 day late" if late.days == 1 else f"{late.days} days late"
    return {0: "due today", -1: "due tomorrow"}.get(late.days, f"due {day(on)}")


def mark(opened: OpenRecord, row: str, public_id: str, *, done: bool) -> bool:
    """The owner of a step (public id) ticks it off, or takes the tick back; False if they have no such step.

    Whatever else was changed in the row meanwhile stays as it is.
    """
    kept = answers.kept_now(opened, PROMPT, row)
    if kept.value is None or not belongs_to(kept.value, public_id):
        return False
    value = {**kept.value, "done": "yes" if done else ""}
    answers.save(opened, [answers.Typed(PROMPT, value, kept.version, row)])
    return True
