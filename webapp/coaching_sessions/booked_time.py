"""A coach's own minutes of this school year by coaching action. Nobody else sees them, and no teacher is named."""

from dataclasses import dataclass

from sqlalchemy import select

from ..clock import this_school_year
from ..database import session
from ..documents.models import Participant, Standing
from ..forms.kinds import Choice, Rows
from . import glance, records
from .records import OpenRecord

PROMPT = "booked"


@dataclass(frozen=True)
class Booked:
    """The minutes of one coaching action; `share`: of the longest, for its bar."""

    action: str
    minutes: int
    share: float

    @property
    def words(self) -> str:
        """Hours and minutes, as people say them."""
        return hours_and_minutes(self.minutes)


def mine(person_id: int) -> list[Booked]:
    """This person's minutes as a coach, the longest first."""
    led = _plans_led_by(person_id)
    opened = records.all_of_mine("session", person_id, since_year=this_school_year())
    sums = _sums([one for one in opened if one.plan_id in led])
    longest = max(sums.values(), default=0)
    found = [Booked(action, minutes, minutes / longest) for action, minutes in sums.items()]
    return sorted(found, key=lambda one: (-one.minutes, one.action))


def _sums(opened: list[OpenRecord]) -> dict[str, int]:
    sums: dict[str, int] = {}
    said = glance.at(opened, PROMPT)
    for one in opened:
        labels = _labels(one)
        for row in said[one.id].value(PROMPT) or []:
            if row["spent"]:
                action = labels.get(row["action"] or "", "Not said")
                sums[action] = sums.get(action, 0) + int(row["spent"])
    return sums


def _labels(opened: OpenRecord) -> dict[str, str]:
    """The coaching actions that the form of this session knows."""
    prompt = opened.form.prompt(PROMPT)[2]
    assert isinstance(prompt, Rows)
    column = next(column for column in prompt.columns if column.name == "action")
    assert isinstance(column, Choice)
    return column.labels()


def _plans_led_by(person_id: int) -> set[int]:
    led = (Participant.person_id == person_id, Participant.leads, Participant.standing == Standing.CONFIRMED)
    return set(session().scalars(select(Participant.document_id).where(*led)))


def hours_and_minutes(minutes: int) -> str:
    """45 min, 2 h, 3 h 20 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))
