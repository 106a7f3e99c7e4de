"""The forms of the confidential records: what they ask, who they are for, and what is chosen from people and measures."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from lxml import html
from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.datastructures import MultiDict

from tests.page import Page
from webapp import access, clock, forms
from webapp.coaching_sessions.calendar_file import Meeting, calendar_file, starts_at
from webapp.documents import written
from webapp.documents.answers_page import AnswersPage
from webapp.documents.keeping import Kept, KeptElsewhere, PlainKeeper
from webapp.documents.models import PartState
from webapp.documents.talk import PlainTalk, Talk
from webapp.documents.written import Written
from webapp.forms.coaching_session import DO_NOT_JUDGE, CoachingSession
from webapp.forms.declaration import DocumentForm, Level
from webapp.forms.kinds import Choice, Prompt, Rows
from webapp.forms.private_notes import PrivateNotes
from webapp.forms.progress_release import ProgressRelease

RECORDS: list[type[DocumentForm]] = [CoachingSession, PrivateNotes, ProgressRelease]
ANA, BO = ("p-ana", "Ana Diaz"), ("p-bo", "Bo  Li")

# ---------------------------------------------------------------- what is asked

PROMPTS = {  # form → section → prompts
    "coaching_session": {
        "occasion": "session_kind session_date start minutes place",
        "focus": "focus agenda",
        "shared_notes": "shared_notes",
        "observation": "look_fors evidence debrief_questions",
        "debrief": "teacher_noticed we_take",
        "action_steps": "action_steps",
        "coach_time": "booked",
        "next_session": "next_date next_start",
    },
    "private_notes": {"own_words": "private_notes"},
    "progress_release": {
        "shown": "release_heading release_words shown_measures note_to_reader",
        "terms": "readers readable_until",
    },
}
COLUMNS = {
    "look_fors": "look_for",
    "evidence": "at seen belongs_to",
    "debrief_questions": "debrief_question",
    "action_steps": "step who by_when done",
    "booked": "action spent",
    "shown_measures": "shown_measure",
}


def prompts(form: type[DocumentForm]) -> list[Prompt]:
    return [prompt for part in form.parts for prompt in part.prompts()]


def rows(form: type[DocumentForm], name: str) -> Rows:
    prompt = form.prompt(name)[2]
    assert isinstance(prompt, Rows)
    return prompt


@pytest.mark.parametrize("form", RECORDS, ids=lambda form: form.key)
def test_the_records_ask_for_everything(form: type[DocumentForm]) -> None:
    assert forms.latest(form.key) is form
    sections = [section for part in form.parts for section in part.sections]
    asked = {section.key: " ".join(prompt.name for prompt in section.prompts()) for section in sections}
    assert asked == PROMPTS[form.key]
    columns = {
        prompt.name: " ".join(column.name for column in prompt.columns)
        for prompt in prompts(form)
        if isinstance(prompt, Rows)
    }
    assert columns == {name: COLUMNS[name] for name in columns}
    everything = [*prompts(form), *(column for name in columns for column in rows(form, name).columns)]
    assert [prompt.name for prompt in everything if not (prompt.question and prompt.hint)] == []
    assert all(section.title and section.intro for section in sections)


def test_the_options_of_a_session() -> None:
    kind, action = CoachingSession.prompt("session_kind")[2], rows(CoachingSession, "booked").columns[0]
    assert isinstance(kind, Choice)
    assert isinstance(action, Choice)
    assert " ".join(kind.labels()) == "planning modelling co_teaching observation debrief reflective other"
    assert " ".join(action.labels()) == (
        "planning modelling co_teaching observing debriefing data_work professional_learning coaching_of_coaches other"
    )


def test_an_observation_says_describe_do_not_judge_at_every_question() -> None:
    observation = CoachingSession.section("observation")[1]
    assert DO_NOT_JUDGE in observation.intro
    assert all(DO_NOT_JUDGE in prompt.hint for prompt in observation.prompts())
    assert all(prompt.optional for prompt in observation.prompts())


# ---------------------------------------------------------------- who each is for

LEVELS = {Level.SESSION: "attends", Level.PRIVATE: "author", Level.RELEASE: "composes"}


def test_each_record_has_a_level_of_its_own() -> None:
    assert [(form.parts[0].level, len(form.parts)) for form in RECORDS] == [
        (Level.SESSION, 1),
        (Level.PRIVATE, 1),
        (Level.RELEASE, 1),
    ]


def standing(state: str) -> access.PartStanding:
    return access.PartStanding(state, 1, False, False, datetime(2026, 11, 21, tzinfo=UTC), None, frozenset([state]))


@pytest.mark.parametrize("form", RECORDS, ids=lambda form: form.key)
@pytest.mark.parametrize("fact", [*access.PERSON_FACTS, *access.RECORD_FACTS])
def test_only_its_own_fact_opens_a_record(form: type[DocumentForm], fact: str) -> None:
    part, record = form.parts[0], Record(form, facts=frozenset([fact]))
    own = LEVELS[part.level] == fact
    assert [record.may(verb, part.key) for verb in ("read", "write", "history")] == [own, own, own]
    assert record.may("comment", part.key) is (own and part.level is Level.SESSION)
    assert not any(record.may(verb, part.key) for verb in ("share", "submit", "approve", "agree"))
    assert access.could_in_another_state(record, "write", part.key) is own


@pytest.mark.parametrize(
    ("state", "writes"), [("draft", True), ("asked", True), ("released", False), ("withdrawn", False)]
)
def test_a_release_that_is_out_is_no_longer_written(state: str, *, writes: bool) -> None:
    record = Record(ProgressRelease, facts=frozenset(["composes"]), parts={"release": standing(state)})
    assert record.may("read", "release")
    assert record.may("write", "release") is writes


def test_a_rule_with_a_fact_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="attend"):
        access._parse("attend | circle")


FACTS = select(*(literal(True).label(name) for name in access.PERSON_FACTS)).cte("facts")


def test_no_document_ever_meets_a_fact_of_the_records() -> None:
    for dialect, no in ((sqlite.dialect(), "0 = 1"), (postgresql.dialect(), "false")):
        assert str(access._in_parts(CoachingSession, "read", FACTS).compile(dialect=dialect)).endswith(f" AND {no}")


# ---------------------------------------------------------------- a record in memory


class Memory(PlainKeeper):
    """Keeps what a test puts there."""

    def readable(self) -> Iterable[tuple[str, Kept]]:
        return [(name, kept) for (name, _), kept in sorted(self._kept.items())]

    def current(self, prompts: Iterable[str]) -> dict[tuple[str, str], Kept]:
        wanted = set(prompts)
        return {key: kept for key, kept in self._kept.items() if key[0] in wanted}

    def row_keys(self) -> set[tuple[str, str]]:
        return {key for key in self._kept if key[1]}

    @property
    def _kept(self) -> dict[tuple[str, str], Kept]:
        assert isinstance(self.opened, Record)
        return self.opened.kept


@dataclass(frozen=True)
class Record(KeptElsewhere):
    """A confidential record whose answers are in memory."""

    id: int = 1
    public_id: str = "abc"
    form: type[DocumentForm] = CoachingSession
    school_id: int = 1
    school_name: str = "A school"
    school_year: int = 2026
    created_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    session_2_held_at: datetime | None = None
    reader_id: int = 1
    facts: frozenset[str] = frozenset(["attends"])
    parts: dict[str, access.PartStanding] = field(default_factory=dict)
    members: tuple[tuple[str, str], ...] = (ANA, BO)
    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)

    def __init__(self, form: type[DocumentForm], **values: Any) -> None:
        parts = {part.key: standing(PartState.DRAFT) for part in form.parts}
        for name, value in {"form": form, "kept": {}, "parts": parts, **values}.items():
            object.__setattr__(self, name, value)

    @property
    def keeper(self) -> Memory:
        return Memory(self)

    @property
    def talk(self) -> Talk:
        return PlainTalk(self)

    def offers(self, what: str) -> list[tuple[str, str]]:
        return list(self.members) if what in ("members", "readers") else [("m1", "Lab reports\n48% → 75%")]

    def with_row(self, prompt: str, **value: str) -> "Record":
        """The same with a row r of that list."""
        empty = {column.name: "" for column in rows(self.form, prompt).columns}
        self.kept[prompt, "r"] = Kept({**empty, **value}, 1, "r", 1)
        return self


def sent(record: Record, prompt: str, **typed: str) -> Written:
    """What is read when somebody sends this row."""
    values = {f"{prompt}.r.{column}": value for column, value in typed.items()}
    return written.read(record, MultiDict({f"v.{prompt}.r": "1", **values}))


def kept(read: Written) -> Any:
    return [one.value for one in read.typed]


# ---------------------------------------------------------------- people and measures


def test_a_member_is_kept_so_that_the_name_reads_by_itself() -> None:
    record = Record(CoachingSession).with_row("action_steps")
    read = sent(record, "action_steps", step="Call", who="p-bo Bo Li", done="yes", by_when="11/30/2026")
    assert kept(read) == [{"step": "Call", "who": "p-bo Bo Li", "by_when": "2026-11-30", "done": "yes"}]
    line = rows(CoachingSession, "action_steps").words(kept(read)[0])
    assert line == "What: Call · Who: Bo Li · By when: November 30, 2026 · Done: done"


@pytest.mark.parametrize(
    "chosen", ["p-cy Cy Stranger", "p-ana Another Name", "p-ana", "Ana Diaz", "\x00", "p-bo Bo Li x"]
)
def test_somebody_who_is_not_one_of_you_is_refused(chosen: str) -> None:
    read = sent(Record(CoachingSession).with_row("action_steps"), "action_steps", step="Call", who=chosen)
    assert kept(read) == []
    assert "Who: What you chose is no longer in the list." in read.mistakes["action_steps", "r"]


def test_who_stands_there_may_stay_after_leaving() -> None:
    record = Record(CoachingSession).with_row("action_steps", who="p-cy Cy Gone")
    assert kept(sent(record, "action_steps", step="Call", who="p-cy Cy Gone"))[0]["who"] == "p-cy Cy Gone"
    other = Record(CoachingSession).with_row("action_steps", who="p-dee Dee Gone")
    assert kept(sent(other, "action_steps", step="Call", who="p-cy Cy Gone")) == []


def test_a_measure_is_kept_with_what_it_says_today() -> None:
    record = Record(ProgressRelease, facts=frozenset(["composes"])).with_row("shown_measures")
    assert kept(sent(record, "shown_measures", shown_measure="m1 Lab reports 48% → 75%")) == [
        {"shown_measure": "m1 Lab reports 48% → 75%"}
    ]
    assert kept(sent(record, "shown_measures", shown_measure="m2 Lab reports 48% → 75%")) == []


def ticked(*readers: str, standing: tuple[str, ...] = ()) -> Written:
    """What is read when somebody ticks these readers."""
    record = Record(ProgressRelease, facts=frozenset(["composes"]))
    record.kept["readers", ""] = Kept(list(standing), 1)
    return written.read(record, MultiDict([("v.readers", "1"), *(("readers", one) for one in readers)]))


def test_readers_are_ticked_any_number_of_them_each_once() -> None:
    assert kept(ticked("p-ana Ana Diaz", "p-bo Bo Li", "p-ana Ana Diaz")) == [["p-ana Ana Diaz", "p-bo Bo Li"]]
    assert kept(ticked()) == [[]]
    assert ProgressRelease.prompt("readers")[2].words(["p-ana Ana Diaz", "p-bo Bo Li"]) == "Ana Diaz\nBo Li"


def test_a_reader_who_is_not_offered_is_refused_unless_they_stand_there() -> None:
    wrong = ticked("p-ana Ana Diaz", "p-cy Cy Gone")
    assert (kept(wrong), "no longer in the list" in wrong.mistakes["readers", ""]) == ([], True)
    assert wrong.raw["readers", ""] == ["p-ana Ana Diaz", "p-cy Cy Gone"]
    assert kept(ticked("p-cy Cy Gone", standing=("p-cy Cy Gone",))) == [["p-cy Cy Gone"]]


def test_evidence_belongs_to_a_look_for_of_this_record() -> None:
    record = Record(CoachingSession).with_row("evidence").with_row("look_fors", look_for="Pairs explain")
    read = sent(record, "evidence", at="10.42", seen="Four pairs talk.", belongs_to="r")
    assert kept(read) == [{"at": "10:42", "seen": "Four pairs talk.", "belongs_to": "r"}]
    assert sent(record, "evidence", at="10:42", seen="Four pairs talk.", belongs_to="q").mistakes


# ---------------------------------------------------------------- how it is drawn


def drawn(record: Record, prompt: str) -> Any:
    page = AnswersPage(record)
    box = page._kinds.module.rows_box  # type: ignore[attr-defined]
    declared = rows(record.form, prompt)
    return html.fromstring(str(box(declared, page.rows(declared), record, rows_of=page.rows_of, caller=lambda row: "")))


def options(of: Any) -> list[tuple[str, str, bool]]:
    return [(one.get("value"), one.text_content(), one.get("selected") is not None) for one in of.cssselect("option")]


def test_a_row_offers_its_own_people_each_time(app: Flask) -> None:
    with app.test_request_context():
        first = drawn(Record(CoachingSession).with_row("action_steps", who="p-bo Bo Li", done="yes"), "action_steps")
        second = drawn(
            Record(CoachingSession, members=(ANA,)).with_row("action_steps", who="p-cy Cy Gone"), "action_steps"
        )
    assert options(first) == [
        ("", "Choose", False),
        ("p-ana Ana Diaz", "Ana Diaz", False),
        ("p-bo Bo Li", "Bo Li", True),
    ]
    assert options(second) == [
        ("", "Choose", False),
        ("p-cy Cy Gone", "Cy Gone", True),
        ("p-ana Ana Diaz", "Ana Diaz", False),
    ]
    ticks = [page.cssselect("[type=checkbox][name='action_steps.r.done']")[0] for page in (first, second)]
    assert [tick.get("checked") is not None for tick in ticks] == [True, False]


def test_an_action_and_a_look_for_are_chosen_from_a_list(app: Flask) -> None:
    with app.test_request_context():
        booked = drawn(Record(CoachingSession).with_row("booked", action="observing"), "booked")
        record = Record(CoachingSession).with_row("evidence", at="09:05", belongs_to="r")
        evidence = drawn(record.with_row("look_fors", look_for="Pairs explain"), "evidence")
    assert ("observing", "Observing", True) in options(booked)
    assert ("r", "Pairs explain", True) in options(evidence)
    assert evidence.cssselect("[type=time]")[0].get("value") == "09:05"


def test_all_of_a_session_can_be_printed_blank(browser_of: Any) -> None:
    page: Page = browser_of("coach").get("/forms/coaching_session/blank")
    for prompt in prompts(CoachingSession):
        assert prompt.question in page
    assert "Coaching of coaches" in page  # on paper there is no list to open
    assert browser_of("coach").get("/forms/coaching_session/blank.pdf").headers["Content-Disposition"] == (
        'inline; filename="coaching-session.pdf"'
    )


# ---------------------------------------------------------------- the calendar file


def event(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "starts_at": datetime(2026, 11, 21, 15, 5, tzinfo=UTC),
        "minutes": 45,
        "address": "https://accord.example/sessions/abc",
        "uid": "abc@accord.example",
    }
    with clock.at(datetime(2026, 11, 1, 8, 0, 30, 5, tzinfo=UTC)):
        content = calendar_file(Meeting(**(values | changes)))
    return Calendar.from_ical(content).walk("VEVENT")[0]


def test_a_calendar_file_says_when_and_nothing_else() -> None:
    found = event()
    assert {name: str(value) for name, value in found.items() if not name.startswith("DT")} == {
        "SUMMARY": "Meeting",
        "UID": "abc@accord.example",
        "CLASS": "PRIVATE",
        "URL": "https://accord.example/sessions/abc",
    }
    assert found["DTSTART"].to_ical() == b"20261121T150500Z"
    assert found["DTEND"].to_ical() == b"20261121T155000Z"
    assert found["DTSTAMP"].to_ical() == b"20261101T080030Z"


def test_a_moved_meeting_replaces_the_old_one() -> None:
    moved = event(starts_at=datetime(2026, 11, 22, 15, 5, tzinfo=UTC))
    assert moved["UID"] == event()["UID"]
    assert moved["DTSTART"].to_ical() == b"20261122T150500Z"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        event(starts_at=datetime(2026, 11, 21, 15, 5))  # noqa: DTZ001 that is the point


@pytest.mark.parametrize(
    ("day", "start", "moment"),
    [
        ("2026-11-21", "10:05", datetime(2026, 11, 21, 15, 5, tzinfo=UTC)),  # winter time in New York
        ("2026-10-21", "10:05", datetime(2026, 10, 21, 14, 5, tzinfo=UTC)),  # summer time
        ("2026-11-21", "20:00", datetime(2026, 11, 22, 1, 0, tzinfo=UTC)),  # the next day already
    ],
)
def test_a_session_starts_by_the_clocks_of_the_school(app: Flask, day: str, start: str, moment: datetime) -> None:
    app.config["TIMEZONE"] = "America/New_York"
    with app.app_context():
        assert starts_at(day, start) == moment
