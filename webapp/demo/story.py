"""What the demo school tells about one plan, before plans.py lets it happen."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Stage(IntEnum):
    """How far a plan has come."""

    BEGUN = 1
    DRAFT = 2
    SUBMITTED = 3
    APPROVED = 4
    PART_2 = 5  # being written
    SHARED = 6
    REVIEWED = 7  # by the principal; agreed by some
    AGREED = 8
    NORMS = 9  # some are ours
    FINISHED = 10


Day = tuple[int, int]  # month and day, in the school year of the plan


@dataclass(frozen=True)
class Step:
    """Who does what by when."""

    who: str
    does: str
    by_when: str


@dataclass(frozen=True)
class Measure:
    """One measure, and the values it had over time."""

    measure: str
    baseline: str
    target: str
    by: Day
    how: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """A comment: who, on which section, what."""

    who: str
    section: str
    text: str


@dataclass(frozen=True)
class Story:
    """One plan: who is in it, how far it is, and what was written. People are keys of people.py."""

    coach: str
    school: str
    stage: Stage
    begun: int  # days ago; in last year's plans, days after the programme began
    part1: dict[str, Any]
    teachers: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    part2: dict[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    measures: tuple[Measure, ...] = ()
    norms: tuple[str, ...] = ()
    first: dict[str, Any] = field(default_factory=dict)  # earlier wordings, for the history
    returned: str = ""  # the principal's reason
    corrected: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)  # after the approval
    taken_back: bool = False  # Part 2, after it was shared
    said: tuple[Said, ...] = ()
    agreement: dict[str, Any] = field(default_factory=dict)  # of the coach and the first teacher, signed by both
    last_year: bool = False


def ticks(*keys: str, **remarks: str) -> dict[str, str]:
    """Ticked options, those with a remark by name."""
    return {**dict.fromkeys(keys, ""), **remarks}


def smart(specific: str, measured: str, achievable: str, relevant: str, timed: str) -> dict[str, str]:
    """All five SMART checks with their remarks."""
    return ticks(specific=specific, measured=measured, achievable=achievable, relevant=relevant, timed=timed)
