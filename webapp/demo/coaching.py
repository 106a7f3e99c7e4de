"""The coaching sessions of Maya and Daniel: started, written and opened by the two of them, as real ones are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .. import clock
from ..access import open_document
from ..coaching_sessions import access_log, records, sessions
from ..database import look_as, writing
from ..documents import answers
from ..people.models import Person
from .alder_creek import EVIDENCE
from .calendar import Days


@dataclass(frozen=True)
class Meeting:
    """One session: on which day of the plan, and what each of the two wrote. `notes`: who noted what for themselves."""

    kind: str
    day: int
    coach: dict[str, Any]
    teacher: dict[str, Any] = field(default_factory=dict)
    rows: tuple[tuple[str, str, dict[str, str]], ...] = ()  # who, list, row; an owner is "coach" or "teacher"
    notes: dict[str, str] = field(default_factory=dict)


# fmt: off
PLANNING = Meeting(
    kind="planning",
    day=38,
    coach={
        "start": "14:10",
        "minutes": "40",
        "place": "Room 114",
        "focus": "What happens in the ten minutes after the last measurement",
        "agenda": "10 minutes: how does a lab end now?\n20 minutes: plan the talk after the density lab\n"
        "10 minutes: what should Maya look for?",
        "shared_notes": "Daniel runs out of time because every group tells its numbers. We try this: each group writes "
        "one sentence that begins with “Our data shows …” on a strip of paper. Three strips are read out, and the class "
        "says which number supports them.",
    },
    teacher={
        "teacher_noticed": "I ask and answer myself when it is quiet for too long.",
        "we_take": "Five seconds of waiting is longer than we both thought. We timed it.",
    },
    rows=(
        ("teacher", "action_steps", {"step": "Cut strips and try them in period 2", "who": "teacher", "by": "3", "done": "yes"}),
        ("coach", "action_steps", {"step": "Find two short clips of a class talk", "who": "coach", "by": "9", "done": ""}),
        ("coach", "booked", {"action": "planning", "spent": "40"}),
    ),
)
OBSERVATION = Meeting(
    kind="observation",
    day=40,
    coach={
        "start": "09:05",
        "minutes": "47",
        "place": "Daniel’s room, period 2",
        "focus": "Who answers, and how long everyone waits",
    },
    rows=(
        ("teacher", "look_fors", {"look_for": "Students point at a number when they make a claim"}),
        ("teacher", "look_fors", {"look_for": "At least three seconds before anyone answers"}),
        ("coach", "evidence", {"at": "09:31", "seen": "Group 4 reads: “Our data shows that the oil is lighter.” A student at the window asks: “Which row?”"}),
        ("coach", "evidence", {"at": "09:33", "seen": "Four seconds of quiet after “Who sees it another way?” Then two hands, then five."}),
        ("coach", "evidence", {"at": "09:38", "seen": "One student says: “Row three does not fit.” Daniel writes it on the board without a word."}),
        ("coach", "debrief_questions", {"debrief_question": "What went through your mind in the quiet before the five hands?"}),
        ("coach", "debrief_questions", {"debrief_question": "Which strip would you read out first next time?"}),
        ("coach", "booked", {"action": "observing", "spent": "47"}),
    ),
    notes={"coach": "I wanted to jump in at 9:33. Glad I did not. Next time: sit where I cannot see the clock."},
)
DEBRIEF = Meeting(
    kind="debrief",
    day=42,
    coach={
        "start": "14:10",
        "minutes": "35",
        "place": "Room 114",
        "focus": "What the quiet did",
        "agenda": "Daniel first, then the two questions, then one step each",
    },
    teacher={
        "teacher_noticed": "The quiet felt like a minute. But the answer about row three came from someone who never "
        "speaks.",
        "we_take": "Strips stay. Daniel reads out the strip that does not fit first.",
    },
    rows=(
        ("teacher", "action_steps", {"step": "Read the strip that does not fit first, in both classes", "who": "teacher", "by": "6", "done": ""}),
        ("coach", "action_steps", {"step": "Bring six lab reports from September to compare", "who": "coach", "by": "8", "done": ""}),
        ("coach", "booked", {"action": "debriefing", "spent": "35"}),
    ),
    notes={"teacher": "Tell nobody yet: I think I talk less because I am less afraid of the quiet."},
)
# fmt: on
PAIR = ("coach", "teacher")
MEETINGS = (PLANNING, OBSERVATION, DEBRIEF)


def let_happen(people: dict[str, Person], plan_public_id: str) -> None:
    """The sessions one after the other, each of the two writing for themselves."""
    days = Days(EVIDENCE.begun, last_year=False)
    for meeting in MEETINGS:
        with clock.at(days.moment(meeting.day)):
            _Session(people, plan_public_id, meeting).tell()


class _Session:
    """One session while it is being told."""

    def __init__(self, people: dict[str, Person], plan: str, meeting: Meeting) -> None:
        self.people, self.plan, self.meeting = people, plan, meeting
        self.public_id = ""

    def tell(self) -> None:
        meeting = self.meeting
        with _as(self.people["coach"]) as reader_id:
            plan = open_document(self.plan, reader_id)
            teacher = next(one for one in sessions.circle_of(plan) if one.person_id == self.people["teacher"].id)
            begun = sessions.start(plan, [teacher.public_id], meeting.kind, clock.today())
            self.public_id = begun.public_id
        self._write("coach", meeting.coach)
        self._write("teacher", meeting.teacher)
        for who, prompt, row in meeting.rows:
            with self._opened(who) as opened:
                answers.add_row(opened, prompt, self._row(row))
        for who, text in meeting.notes.items():
            with self._opened(who) as opened:
                answers.save(sessions.private_notes(opened), [answers.Typed("private_notes", text, 0)])

    @contextmanager
    def _opened(self, who: str) -> Iterator[records.OpenRecord]:
        with _as(self.people[who]) as reader_id:
            opened = records.find("session", self.public_id, reader_id)
            assert opened is not None
            yield opened

    def _write(self, who: str, texts: dict[str, Any]) -> None:
        with self._opened(who) as opened, writing() as db:
            access_log.opened(db, opened.id, opened.circle_id, "opened")
            answers.save(opened, [answers.Typed(prompt, text, 0) for prompt, text in texts.items()])

    def _row(self, row: dict[str, str]) -> dict[str, str]:
        """A row as it is kept: its owner by name, its day from the number of days from then."""
        if "who" not in row:
            return {"belongs_to": "", **row} if "seen" in row else row
        owner = self.people[row["who"]]
        by_when = clock.today() + timedelta(days=int(row["by"]))
        return {
            "step": row["step"],
            "who": f"{owner.public_id} {owner.name}",
            "by_when": by_when.isoformat(),
            "done": row["done"],
        }


@contextmanager
def _as(person: Person) -> Iterator[int]:
    """One write transaction of this person."""
    look_as(person.id)
    try:
        with writing():
            yield person.id
    finally:
        look_as(None)
