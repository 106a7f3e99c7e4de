"""The plans of the demo school come about as real ones do: through the verbs of the documents, one moment at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from .. import clock
from ..access import Opened, open_document
from ..database import session, writing
from ..documents import agreements, answers, comments, norms, participants, signoff
from ..forms.declaration import Section
from ..forms.peer_coaching_plan import PeerCoachingPlan
from ..people import directory
from ..people.models import Person, School
from .calendar import Days, day_in, year_of
from .people import CAST
from .story import Said, Stage, Story

VALUE_DAYS = ((10, 20), (12, 11), (2, 5), (3, 19), (5, 7))  # last year


def let_happen(story: Story, schools: dict[str, School], people: dict[str, Person]) -> None:
    """One plan from its first day to the stage it has reached, in one write transaction."""
    with writing():
        _Plan(story, schools, people).tell()


class _Plan:
    """One plan while its story is being told."""

    def __init__(self, story: Story, schools: dict[str, School], people: dict[str, Person]) -> None:
        self.story, self.schools, self.people = story, schools, people
        self.days = Days(story.begun, last_year=story.last_year)
        self.head = next(
            key for key, one in CAST.items() if one.school == story.school and one.assignment == "Principal"
        )
        self.circle = (story.coach, *story.teachers)
        self.public_id = ""

    def tell(self) -> None:
        self._begin()
        self._write_part1()
        if self.story.returned:
            self._be_returned()
        if self.story.stage >= Stage.SUBMITTED:
            self._send_part1()
        if self.story.stage >= Stage.APPROVED:
            self._decide(11, self.head, "part1", "approve")
        if self.story.changed:
            self._save(19, self.story.coach, self.story.changed)
        if self.story.stage >= Stage.PART_2:
            self._write_part2()
        if self.story.stage >= Stage.SHARED or self.story.taken_back:
            self._share_part2()
        if self.story.stage >= Stage.NORMS:
            self._find_norms()
        if any(measure.values for measure in self.story.measures):
            self._collect_values()
        if self.story.agreement:
            self._agree(self.story.teachers[0])

    @contextmanager
    def _as(self, day: int | date, who: str, verb: str, part: str | None = None, *, of: str = "") -> Iterator[Opened]:
        """That moment, with the plan (or the document `of`) open before that person, who may do this."""
        moment = self.days.on(day) if isinstance(day, date) else self.days.moment(day)
        with clock.at(moment):
            opened = open_document(of or self.public_id, self.people[who].id)
            opened.demand(verb, part)
            yield opened
            session().flush()

    # ------------------------------------------------------------ Part 1

    def _begin(self) -> None:
        with clock.at(self.days.moment(0)):
            document = participants.start_plan(
                by=self.people[self.story.coach].id,
                school=self.schools[self.story.school],
                principal_id=self.people[self.head].id,
            )
            self.public_id = document.public_id
        for who in (*self.story.teachers, *self.story.invited, *self.story.declined):
            with self._as(1, self.story.coach, "invite") as opened:
                found = directory.colleague(self.people[who].public_id, school_ids=[opened.school_id])
                assert found is not None
                participants.invite(opened, found)
        for name in self.story.by_name:
            with self._as(1, self.story.coach, "invite") as opened:
                participants.add_by_name(opened, name)
        for who in self.story.teachers:
            with self._as(2, who, "answer") as opened:
                participants.confirm(opened)
        for who in self.story.declined:
            with self._as(2, who, "answer") as opened:
                participants.decline(opened)

    def _write_part1(self) -> None:
        """In three sittings; the principal writes down the goals, the coach everything else."""
        self._save(2, self.story.coach, self.story.first)
        goals = {prompt: text for prompt, text in self.story.part1.items() if prompt in ("state_goal", "school_goal")}
        rest = {prompt: text for prompt, text in self.story.part1.items() if prompt not in goals}
        who = self.head if self.story.stage > Stage.BEGUN else self.story.coach
        self._save(3, who, goals)
        half = len(rest) // 2
        self._save(4, self.story.coach, dict(list(rest.items())[:half]))
        self._save(6, self.story.coach, dict(list(rest.items())[half:]))

    def _send_part1(self) -> None:
        self._decide(8, self.story.coach, "part1", "submit")
        if not self.story.returned:
            self._say(9, "part1")

    def _be_returned(self) -> None:
        """Sent back with a reason; in a plan that goes on, the coach corrects it."""
        self._decide(7, self.story.coach, "part1", "submit")
        self._say(8, "part1")
        self._decide(8, self.head, "part1", "return", self.story.returned)
        self._save(10, self.story.coach, self.story.corrected)

    # ------------------------------------------------------------ Part 2

    def _write_part2(self) -> None:
        """The coach begins, the teachers go on, all of them add steps and measures."""
        texts = list(self.story.part2.items())
        third = len(texts) // 3 + 1
        for index in range(3):
            writer = self.circle[index % len(self.circle)]
            self._save(14 + 3 * index, writer, dict(texts[third * index : third * (index + 1)]))
        for number, step in enumerate(self.story.steps):
            self._add_row(22, self.circle[number % len(self.circle)], "timed_steps", vars(step))
        for measure in self.story.measures:
            by_when = day_in(year_of(last_year=self.story.last_year), *measure.by).isoformat()
            said = {"measure": measure.measure, "baseline": measure.baseline, "target": measure.target}
            self._add_row(23, self.story.coach, "measures", {**said, "by_when": by_when, "how_collected": measure.how})
        if self.story.stage < Stage.SHARED:
            self._say(24, "part2")

    def _share_part2(self) -> None:
        self._decide(26, self.story.coach, "part2", "share")
        if self.story.taken_back:
            self._decide(27, self.circle[-1], "part2", "take_back")
            return
        self._say(28, "part2")
        if self.story.stage >= Stage.REVIEWED:
            self._decide(29, self.head, "part2", "review")
            agreeing = self.circle if self.story.stage >= Stage.AGREED else self.circle[:-1]
            for who in agreeing:
                self._decide(31, who, "part2", "agree")

    # ------------------------------------------------------------ norms and progress

    def _find_norms(self) -> None:
        """After Session 2. The last norm of a plan that is not finished still lacks the last member."""
        if not self.story.last_year:
            with self._as(38, self.story.coach, "say_session_2") as opened:
                norms.say_session_2_was_held(opened)
        rows = [self._add_row(40, self.story.coach, "norms", {"norm": norm}) for norm in self.story.norms]
        for who in self.circle:
            is_done = self.story.stage is Stage.FINISHED or who != self.circle[-1]
            with self._as(42, who, "agree", "norms") as opened:
                norms.agree(opened, "norms", [norms.Seen(row, 1) for row in (rows if is_done else rows[:-1])])

    def _collect_values(self) -> None:
        with self._as(43, self.story.coach, "write", "progress") as opened:
            rows = {kept.value["measure"]: kept.row for kept in answers.readable(opened).rows("measures")}
        most = max(len(measure.values) for measure in self.story.measures)
        for index in range(most):
            for measure in self.story.measures:
                if index < len(measure.values):
                    self._add_value(index, rows[measure.measure], measure.values[index])

    def _add_value(self, index: int, row: str, value: str) -> None:
        day = self._value_day(index)
        who = self.circle[index % len(self.circle)]
        self._add_row(day, who, "progress_values", {"measure": row, "on": day.isoformat(), "value": value, "note": ""})

    def _value_day(self, index: int) -> date:
        if self.story.last_year:
            return day_in(year_of(last_year=True), *VALUE_DAYS[index])
        return self.days.first + timedelta(days=int((5 + 16 * index) * self.days.pace))

    # ------------------------------------------------------------ the coaching agreement

    def _agree(self, teacher: str) -> None:
        """The coach starts it, both write, both sign."""
        coach, part = self.story.coach, agreements.PART
        with self._as(33, coach, "start_agreement") as opened:
            within = next(one for one in participants.taking_part(opened) if one.person_id == self.people[teacher].id)
            agreement = agreements.start(opened, within.public_id) or ""
        half = len(self.story.agreement) // 2
        texts = list(self.story.agreement.items())
        for day, who, some in ((34, coach, texts[:half]), (35, teacher, texts[half:])):
            with self._as(day, who, "write", part, of=agreement) as opened:
                answers.save(opened, [answers.Typed(prompt, text, 0) for prompt, text in some])
        for day, who in ((36, teacher), (37, coach)):
            with self._as(day, who, "sign", part, of=agreement) as opened:
                seen = opened.parts[part].version
                signoff.decide(opened, part, "sign", seen=seen, signed_as=self.people[who].name)

    # ------------------------------------------------------------ the verbs

    def _save(self, day: int, who: str, texts: dict[str, Any]) -> None:
        """Save these answers part by part, each against the version that stands there."""
        for part in PeerCoachingPlan.parts:
            mine = {prompt: text for prompt, text in texts.items() if PeerCoachingPlan.prompt(prompt)[0] is part}
            if mine:
                with self._as(day, who, "write", part.key) as opened:
                    kept = answers.readable(opened)
                    answers.save(
                        opened, [answers.Typed(prompt, text, kept.of(prompt).version) for prompt, text in mine.items()]
                    )

    def _add_row(self, day: int | date, who: str, prompt: str, value: dict[str, Any]) -> str:
        with self._as(day, who, "write", PeerCoachingPlan.prompt(prompt)[0].key) as opened:
            return answers.add_row(opened, prompt, value)

    def _decide(self, day: int, who: str, part: str, verb: str, remark: str = "") -> None:
        with self._as(day, who, verb, part) as opened:
            signoff.decide(opened, part, verb, seen=opened.parts[part].version, remark=remark)

    def _say(self, day: int, part: str) -> None:
        """The comments on this part's sections."""
        for said in self.story.said:
            if _section(said)[0].key == part:
                with self._as(day, said.who, "comment", part) as opened:
                    comments.add(opened, said.section, said.text, knowing=True)


def _section(said: Said) -> tuple[Any, type[Section]]:
    return PeerCoachingPlan.section(said.section)
