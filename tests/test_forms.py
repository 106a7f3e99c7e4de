"""The form engine and the Peer Coaching Plan: kinds of prompt, the declaration, versions, the composed draft."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from webapp import forms
from webapp.forms.declaration import DocumentForm, Part, Section
from webapp.forms.goal_statement import compose_goal_statement
from webapp.forms.kinds import (
    Choice,
    Date,
    Line,
    Number,
    People,
    Prompt,
    Row,
    RowOf,
    Rows,
    Text,
    Ticks,
    number_in,
)
from webapp.forms.peer_coaching_plan import PeerCoachingPlan
from webapp.forms.session_kinds import Measure, Member, Minutes, Tick, Time


class Visit(Row):
    day = Date("Day")
    what = Line("What")


class Everything(Section):
    key = "everything"
    title = "Everything"
    line = Line("Line")
    text = Text("Text", optional=True)
    day = Date("Day")
    size = Choice("Size", [("small", "Small"), ("large", "Large", "Too big to carry")])
    lid = Line("Lid", only_if=("size", "large"))
    tools = Ticks("Tools", [("saw", "Saw"), ("axe", "Axe", "Sharp")], remark="How many?")
    checks = Ticks("Checks", [("one", "One"), ("two", "Two")], all_needed=True, optional=True)
    count = Number("Count")
    helpers = People("Helpers", role="teacher", unless="alone")
    alone = Ticks("Alone", [("yes", "Yes")], optional=True)
    visits = Rows("Visits", Visit, one="visit")
    start = Time("Start", optional=True)
    length = Minutes("Length", optional=True)
    done = Tick("Done", optional=True)
    who = Member("Who", optional=True)
    shown = Measure("Shown", optional=True)


def typed(prompt: str, *values: str, **others: str) -> Any:
    """That prompt after somebody sent this."""
    section = Everything(MultiDict([*((prompt, value) for value in values), *others.items(), ("sent", "yes")]))
    field = section[prompt]
    field.validate(section)
    return field


def blank(prompt: str) -> Any:
    """That prompt before anybody wrote."""
    return Everything()[prompt]


# ---------------------------------------------------------------- the kinds


@pytest.mark.parametrize(
    ("prompt", "sent", "kept"),
    [
        ("line", "  one\r\ntwo ", "one two"),
        ("text", " one\r\ntwo\rthree ", "one\ntwo\nthree"),
        ("text", "Cafe\u0301 😀 مرحبا", "Café 😀 مرحبا"),
        ("text", "   ", ""),
        ("day", "2026-11-21", "2026-11-21"),
        ("day", "11/21/2026", "2026-11-21"),
        ("day", "2/29/2028", "2028-02-29"),
        ("day", "", ""),
        ("size", "large", "large"),
        ("count", "62.5 %", "62.5 %"),
        ("start", "10:42", "10:42"),
        ("start", "9:05", "09:05"),
        ("start", "9.05", "09:05"),
        ("start", "0905", "09:05"),
        ("start", "905", "09:05"),
        ("start", "9:05 am", "09:05"),
        ("start", " 9:05 A.M. ", "09:05"),
        ("start", "2:30pm", "14:30"),
        ("start", "3 pm", "15:00"),
        ("start", "12:15 am", "00:15"),
        ("start", "12 pm", "12:00"),
        ("start", "09:05:30", "09:05"),
        ("start", "", ""),
        ("length", "45", "45"),
        ("length", "045 minutes", "45"),
        ("length", "1 min", "1"),
        ("length", "600", "600"),
        ("length", "", ""),
        ("done", "yes", "yes"),
        ("done", "", ""),
        ("who", "p1 \n Ann  Lee ", "p1 Ann Lee"),
        ("shown", "m1 Reports", "m1 Reports"),
    ],
)
def test_what_is_typed_is_tidied_and_kept(prompt: str, sent: str, kept: str) -> None:
    field = typed(prompt, sent)
    assert (field.data, list(field.errors)) == (kept, [])


@pytest.mark.parametrize(
    ("prompt", "sent", "says"),
    [
        ("text", "a\x00b", "invisible character"),
        ("text", "half \ud83d", "half of an emoji"),
        ("text", "x" * 20_001, "20,001 characters"),
        ("line", "x" * 301, "room for 300"),
        ("day", "tomorrow", "not a date"),
        ("day", "2/30/2026", "not a date"),
        ("day", "11/21/26", "year cannot be right"),
        ("day", "1999-12-31", "year cannot be right"),
        ("day", "x" * 301, "room for 300"),
        ("size", "huge", "choose one of the options"),
        ("tools", "spoon", "choose from the options"),
        ("count", "many", "no number"),
        ("start", "24:00", "not a time of day"),
        ("start", "9:60", "not a time of day"),
        ("start", "13:00 pm", "not a time of day"),
        ("start", "0 am", "not a time of day"),
        ("start", "soon", "not a time of day"),
        ("start", "٩:٠٥", "not a time of day"),
        ("start", "9" * 41, "room for 40"),
        ("length", "0", "from 1 to 600"),
        ("length", "601", "from 1 to 600"),
        ("length", "-5", "from 1 to 600"),
        ("length", "1:30", "from 1 to 600"),
        ("length", "1.5", "from 1 to 600"),
        ("length", "9" * 30, "from 1 to 600"),
        ("done", "no", "tick the box"),
        ("who", "x" * 20_001, "20,001 characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_plain_words(prompt: str, sent: str, says: str) -> None:
    assert says in " ".join(typed(prompt, sent).errors)


def test_the_longest_text_is_kept_whole() -> None:
    assert typed("text", "x" * 20_000).data == "x" * 20_000


def test_ticks_keep_their_remarks() -> None:
    assert typed("tools", "saw", **{"tools.saw": " two "}).data == {"saw": "two"}
    assert typed("tools", "axe", "saw").data == {"saw": "", "axe": ""}


def test_a_remark_without_a_tick_counts_as_a_tick() -> None:
    assert typed("tools", **{"tools.axe": "only one"}).data == {"axe": "only one"}


def test_a_remark_that_cannot_be_kept_is_refused() -> None:
    assert typed("tools", "saw", **{"tools.saw": "x" * 301}).errors


def test_a_row_is_read_column_by_column() -> None:
    visits = blank("visits")
    sent = MultiDict({"visits.ab12.day": "11/21/2026", "visits.ab12.what": " a talk ", "visits.cd.what": "another"})
    assert visits.read_row(sent, "ab12") == ({"day": "2026-11-21", "what": "a talk"}, [])


def test_an_option_that_is_gone_reads_as_nothing() -> None:
    assert not blank("tools").words({"gone": "x"})


def test_a_row_names_the_column_that_is_wrong() -> None:
    value, mistakes = blank("visits").read_row(MultiDict({"visits.r.day": "soon", "visits.r.what": "a"}), "r")
    assert len(mistakes) == 1
    assert mistakes[0].startswith("Day: ")
    assert value["what"] == "a"


@pytest.mark.parametrize(
    ("prompt", "value", "words"),
    [
        ("line", None, ""),
        ("day", "2026-11-01", "November 1, 2026"),
        ("size", "large", "Large"),
        ("size", "gone", ""),
        ("tools", {"saw": "two", "axe": ""}, "Saw: two\nAxe"),
        ("helpers", [{"key": "a", "name": "Ann"}, {"key": "b", "name": "Bo"}], "Ann\nBo"),
        ("visits", {"day": "2026-11-01", "what": "a"}, "Day: November 1, 2026 · What: a"),
        ("visits", [{"day": "", "what": "a"}, {"day": "", "what": "b"}], "What: a\nWhat: b"),
        ("visits", None, ""),
        ("start", "09:05", "09:05"),
        ("length", "45", "45"),
        ("done", "yes", "done"),
        ("done", "", ""),
        ("who", "p1 Ann Lee", "Ann Lee"),
        ("who", "", ""),
    ],
)
def test_every_kind_reads_as_plain_text(prompt: str, value: Any, words: str) -> None:
    field = blank(prompt)
    assert field.words(value) == words
    assert field.answered(value) == bool(words)


def test_where_all_are_needed_all_must_be_ticked() -> None:
    checks = blank("checks")
    assert not checks.answered({"one": ""})
    assert checks.answered({"one": "", "two": "fine"})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("62", 62),
        ("62.5 %", 62.5),
        ("1,200 of them", 1200),
        ("-3", -3),
        ("4 of 22", 4),
        ("3.", 3),
        ("none", None),
        ("", None),
    ],
)
def test_the_number_in_a_text(text: str, number: float | None) -> None:
    assert number_in(text) == number


def test_options_explain_themselves() -> None:
    assert blank("size").labels() == {"small": "Small", "large": "Large"}
    assert blank("size").meanings() == {"large": "Too big to carry"}


def test_a_box_that_is_not_ticked_sends_nothing() -> None:
    assert not typed("done").data
    assert not typed("done").errors


def test_what_is_offered_and_what_stands() -> None:
    who = blank("who")
    offers = [("p1", "Ann"), ("p2", "Bo  Li")]
    assert who.options(offers) == [("p1 Ann", "Ann"), ("p2 Bo Li", "Bo Li")]
    assert who.options(offers, "p2 Bo Li") == who.options(offers)
    assert who.options(offers, "p2 Bo Old") == [("p2 Bo Old", "Bo Old"), *who.options(offers)]
    assert who.may_keep("p2 Bo Li", offers)
    assert who.may_keep("p2 Bo Old", offers, "p2 Bo Old")
    assert not who.may_keep("p2 Bo Old", offers)
    assert not who.may_keep("p2", offers)


# ---------------------------------------------------------------- what is asked and what is missing


def missing(answers: dict[str, Any]) -> set[str]:
    return {prompt.name for prompt in Everything.missing(answers)}


def test_a_prompt_is_asked_only_where_it_applies() -> None:
    assert "lid" not in {prompt.name for prompt in Everything.asked({"size": "small"})}
    assert "lid" in {prompt.name for prompt in Everything.asked({"size": "large"})}


def test_what_is_missing() -> None:
    assert missing({}) == {"line", "day", "size", "tools", "count", "helpers", "visits"}
    assert "lid" in missing({"size": "large"})
    assert "helpers" not in missing({"alone": {"yes": ""}})
    assert "helpers" not in missing({"helpers": [{"key": "a", "name": "Ann"}]})


# ---------------------------------------------------------------- the declaration


def form_of(*sections: type[Section], form_key: str = "a_form", form_version: int = 1) -> type[DocumentForm]:
    class OnlyPart(Part):
        key = "only"

    OnlyPart.sections = sections
    return type("AForm", (DocumentForm,), {"key": form_key, "version": form_version, "parts": (OnlyPart,)})


class Twice(Section):
    key = "twice"
    line = Line("Again")


class Lost(Section):
    key = "lost"
    here = Line("Here", start_from="nowhere")


class Undrawn(Section):
    key = "undrawn"
    diagram = (("Box", "nowhere"),)


class Value(Row):
    of = RowOf("Of", "nowhere")


class Unmeasured(Section):
    key = "unmeasured"
    rows = Rows("Rows", Value, one="row")


def test_a_sound_declaration_passes() -> None:
    form_of(Everything).check()


@pytest.mark.parametrize(
    "sections", [(Everything, Twice), (Everything, Everything), (Lost,), (Undrawn,), (Unmeasured,)], ids=str
)
def test_a_declaration_that_collides_or_points_nowhere_is_refused(sections: tuple[type[Section], ...]) -> None:
    with pytest.raises(ValueError, match="a_form"):
        form_of(*sections).check()


def test_a_form_finds_its_parts_sections_and_prompts() -> None:
    part, section, prompt = PeerCoachingPlan.prompt("goal_statement")
    assert (part.key, section.key, prompt.question) == ("part2", "goal", "What is the goal of your coaching?")
    assert PeerCoachingPlan.section("norms")[0].key == "norms"
    with pytest.raises(KeyError):
        PeerCoachingPlan.prompt("nothing")


@pytest.fixture
def two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    class Newer(Section):
        key = "everything"
        title = "Everything and more"
        line = Line("A better question")

    monkeypatch.setattr(forms, "_forms", dict(forms._forms))
    forms.register(form_of(Everything))
    forms.register(form_of(Newer, form_version=2))


@pytest.mark.usefixtures("two_versions")
def test_a_new_version_leaves_the_old_prompts_alone() -> None:
    assert forms.latest("a_form").version == 2
    assert forms.find("a_form", 1).prompt("line")[2].question == "Line"
    assert forms.find("a_form", 2).prompt("line")[2].question == "A better question"
    assert [form.version for form in forms.known() if form.key == "a_form"] == [2]
    with pytest.raises(KeyError):
        forms.find("a_form", 2).prompt("tools")
    with pytest.raises(KeyError):
        forms.find("a_form", 3)


# ---------------------------------------------------------------- the Peer Coaching Plan

PROMPTS = {  # every item of the plan, by the section it stands in
    "about": "plan_date coach_name coach_email teaching_assignment principal_name principal_email school district",
    "academic_focus": "state_goal school_goal",
    "coaching_structure": "structure team_range structure_remarks",
    "teachers": "collaborating_teachers teachers_later",
    "roles": "roles_responsibilities will_not_do",
    "resources_needed": "resources resources_remarks",
    "communication": "tell_principal tell_staff",
    "professional_learning": "pd_support other_coaches",
    "basis": "skills_knowledge teachers_needs achievement_data",
    "alignment": "",
    "goal_builder": "work_with academic_goal content_goal work_helps improves improves_remarks technology "
    "technology_remarks timeline",
    "goal": "goal_statement smart timed_steps",
    "measures": "measures",
    "time": "meeting_times usual_day meeting_remarks",
    "norms": "norms",
    "progress_over_time": "progress_values",
}


def every_prompt() -> list[Prompt]:
    return [prompt for part in PeerCoachingPlan.parts for prompt in part.prompts()]


def test_the_plan_asks_for_everything() -> None:
    declared = {section.key: section for part in PeerCoachingPlan.parts for section in part.sections}
    assert {key: [prompt.name for prompt in section.prompts()] for key, section in declared.items()} == {
        key: names.split() for key, names in PROMPTS.items()
    }


def test_every_question_has_a_hint_and_every_section_a_heading() -> None:
    columns = [column for prompt in every_prompt() if isinstance(prompt, Rows) for column in prompt.columns]
    assert [prompt.name for prompt in [*every_prompt(), *columns] if not (prompt.question and prompt.hint)] == []
    for part in PeerCoachingPlan.parts:
        assert part.title
        assert part.short_title
        assert part.intro
        assert all(section.title and section.intro for section in part.sections)


def test_the_keys_are_short() -> None:
    assert max(len(prompt.name) for prompt in every_prompt()) <= 30


def test_the_smart_checks_and_the_starter_norms() -> None:
    smart, norms = PeerCoachingPlan.prompt("smart")[2], PeerCoachingPlan.prompt("norms")[2]
    assert isinstance(smart, Ticks)
    assert list(smart.meanings()) == ["specific", "measured", "achievable", "relevant", "timed"]
    assert isinstance(norms, Rows)
    assert norms.agreed
    assert norms.starters[0] == "Start and end on time"
    assert len(norms.starters) == 8


# ---------------------------------------------------------------- the first draft of the goal statement

BUILT = {
    "work_with": "The three teachers of grade 7 science.",
    "academic_goal": "More students can back up a claim with evidence.",
    "content_goal": "In grade 7 science, students write sound lab reports.",
    "work_helps": "We plan lab lessons together.",
    "improves": {"content": "", "pedagogy": "", "higher_order": ""},
    "technology": {"lessons": ""},
    "timeline": "from October to the end of April",
}


def test_five_answers_make_a_first_draft() -> None:
    assert compose_goal_statement(BUILT) == (
        "From October to the end of April, the coach will work with the three teachers of grade 7 science. "
        "Our focus is this: we plan lab lessons together. "
        "It supports our content or grade-level goal: in grade 7 science, students write sound lab reports. "
        "In this way it serves the school’s goal: more students can back up a claim with evidence. "
        "The work will improve content skills, pedagogy skills, and higher-order skills built into learning "
        "activities. "
        "Technology will come in through planning and teaching standards-based lessons."
    )


def test_what_is_missing_is_a_gap_to_fill() -> None:
    draft = compose_goal_statement({})
    assert draft.startswith("By [by when], the coach will work with [who]. ")
    assert draft.count("[") == 7


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"timeline": "We start in October. We end in May."}, "Our timeline: we start in October. We end in May."),
        ({"work_with": "Ms. Diaz and Mr. O’Neill"}, "work with Ms. Diaz and Mr. O’Neill."),
        ({"work_with": "- Ana\n- Bo\n"}, "work with Ana; Bo."),
        ({"content_goal": "ELA students write more"}, "goal: ELA students write more."),
        ({"improves": {"content": "", "pedagogy": ""}}, "improve content skills as well as pedagogy skills."),
        (
            {"improves": None, "improves_remarks": "Asking better questions."},
            "improve the following: Asking better questions.",
        ),
        ({"timeline": "  "}, "By [by when], "),
        ({"work_with": "…"}, "work with …."),
    ],
)
def test_the_draft_fits_what_was_written(answers: dict[str, Any], says: str) -> None:
    assert says in compose_goal_statement(answers)


def test_the_draft_does_not_choke_on_odd_answers() -> None:
    for odd in ("", ".", "\n\n", "•", "😀", "مرحبا", "x" * 20_000):
        assert compose_goal_statement(dict.fromkeys(("work_with", "work_helps", "timeline"), odd))
