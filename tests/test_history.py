"""Looking back: steps as people remember them, everything as it was on a day, versions with a name; each for its readers."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from tests import circles, meetings, plans
from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import MARKER, Plan
from tests.tables import Tables
from webapp import access, clock
from webapp.documents import answers, steps
from webapp.documents.models import Answer, DocumentPart, Revision
from webapp.documents.past import Past
from webapp.forms.kinds import Choice, Ticks

Browsers = Callable[[str], Client]

pytestmark = pytest.mark.on_sqlite
GOAL = "goal_statement"  # in Part 2
SCHOOL_GOAL = "school_goal"  # in Part 1
MONDAY = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """Every prompt is answered in version 1, long ago."""
    plan = plans.write(app, cast, session_2=True)
    Tables(app).do(update(Revision).values(at=MONDAY - timedelta(days=30)))
    return plan


@pytest.fixture
def write(app: Flask, cast: Cast, plan: Plan) -> Callable[..., None]:
    """`write("coach", GOAL, "words", at=MONDAY)`: what somebody wrote at that moment."""

    def save(who: str, prompt: str, value: Any, *, at: datetime = MONDAY) -> None:
        with circles.writing_as(app, cast[who].id), clock.at(at):
            opened = access.open_document(plan.public_id, cast[who].id)
            answers.save(opened, [answers.Typed(prompt, value, answers.version_of(opened, prompt))])

    return save


def steps_on(page: Page) -> list[str]:
    """Who, when and what changed, step by step."""
    return [" ".join(" ".join(li.itertext()).split()) for li in page.all("ol.history > li")]


# ---------------------------------------------------------------- what one step is


def past(*told: str) -> list[Past]:
    """Revisions of one place, newest first: who and in which minute; "!" brought back, "-" emptied."""
    found = []
    for number, word in enumerate(told, start=1):
        at = MONDAY + timedelta(minutes=float(word[1:].rstrip("!-")))
        restored, emptied = word.endswith("!"), word.endswith("-")
        who = (word[0], ord(word[0]))
        made = Past(number, number, "here", "", number, at, *who, False, False, restored, emptied)
        found.append(made)
    return found[::-1]


@pytest.mark.parametrize(
    ("told", "found"),
    {
        "one person who goes on typing": ("a0 a1 a4 a9", [4]),
        "one person who comes back later": ("a0 a1 a6.1", [2, 1]),
        "one after the other": ("a0 a1 b2 b3", [2, 2]),
        "two who type at the same time": ("a0 b0.1 a0.2 b0.3 a0.4", [5]),
        "somebody in between": ("a0 b1 a2", [3]),
        "somebody long ago": ("a0 b1 b2 a7", [1, 2, 1]),
        "two after two others": ("a0 b1 c2 a3 c4", [5]),
        "what was emptied is not hidden": ("a0 a1 a2- a3", [2, 2]),
        "what was brought back stands alone": ("a0 a1 a2! a3", [2, 1, 1]),
    }.values(),
)
def test_what_belongs_together_is_one_step(told: str, found: list[int]) -> None:
    shown = steps.window(past(*told.split()), 20, all_read=True)
    assert [len(step) for step in shown[::-1]] == found


def test_no_step_goes_over_a_decision() -> None:
    sent = MONDAY + timedelta(minutes=1.5)
    shown = steps.window(past("a0", "a1", "a2", "a3"), 20, all_read=True, cuts=lambda _past: [sent])
    assert [len(step) for step in shown] == [2, 2]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_page_after_page_shows_each_revision_once(most: int) -> None:
    revisions = past(*(f"{'abc'[number % 5 % 3]}{number * 2}" for number in range(60)))
    seen: list[int] = []
    while revisions:
        found = steps.window(revisions, most, all_read=True)
        assert 0 < len(found) <= most
        page = sorted((one.number for step in found for one in step), reverse=True)
        assert page == [one.number for one in revisions[: len(page)]], "without a gap"
        seen += page
        revisions = revisions[len(page) :]
    assert seen == list(range(60, 0, -1))


# ---------------------------------------------------------------- one prompt


def test_what_one_person_changed_within_minutes_is_one_step(write: Any, as_: Browsers, plan: Plan) -> None:
    for minute, text in enumerate(("We", "We read", "We read more")):
        write("teacher", GOAL, text, at=MONDAY + timedelta(minutes=minute))
    page = as_("coach").get(f"{plan.path}/history/{GOAL}")
    first, second = steps_on(page)
    assert "Tom Becker" in first
    assert "We read more" in first
    assert len(page.all("ol.history > li:first-child ins")) == 1
    assert MARKER in second
    every = page.follow("Show every single change")
    assert len(steps_on(every)) == 4
    assert len(steps_on(every.follow("Show what belongs together as one"))) == 2


def test_what_one_wrote_and_the_other_took_out_within_minutes_does_not_vanish(
    write: Any, as_: Browsers, plan: Plan
) -> None:
    write("coach", GOAL, "We read every day.")
    for minute, (who, text) in enumerate(
        (
            ("teacher", "We read every day. On Mondays we wri"),
            ("teacher", "We read every day. On Mondays we write."),
            ("coach", "We read every day."),
            ("teacher", "We read aloud every day."),
            ("coach", "We read aloud every day. And tell."),
        ),
        start=20,
    ):
        write(who, GOAL, text, at=MONDAY + timedelta(minutes=minute))
    page = as_("coach").get(f"{plan.path}/history/{GOAL}")
    assert len(steps_on(page)) == 3
    first = "ol.history > li:first-child"
    assert "".join(one.text for one in page.all(f"{first} del")).strip() == "On Mondays we write."
    assert [one.text.strip() for one in page.all(f"{first} ins")] == ["aloud", "And tell."]
    assert "On Mondays we write." in as_("coach").get(f"{plan.path}/history")


def test_what_two_wrote_at_once_where_nothing_stood_shows_what_was_taken_out(
    write: Any, app: Flask, as_: Browsers, plan: Plan
) -> None:
    Tables(app).do(delete(Revision).where(Revision.prompt == GOAL))
    Tables(app).do(delete(Answer).where(Answer.prompt == GOAL))
    for who, text in (("coach", "We read."), ("teacher", "We read. Now."), ("coach", "We read."), ("teacher", "We.")):
        write(who, GOAL, text)
    page = as_("coach").get(f"{plan.path}/history/{GOAL}")
    assert "".join(one.text for one in page.all("ol.history del")).split() == ["read", "Now."]


def test_the_words_are_marked_with_elements_not_only_with_colour(write: Any, as_: Browsers, plan: Plan) -> None:
    write("coach", GOAL, "We read every day")
    write("teacher", GOAL, "We write every day", at=MONDAY + timedelta(hours=1))
    page = as_("coach").get(f"{plan.path}/history/{GOAL}")
    assert page.words("ol.history > li:first-child del") == "read"
    assert page.words("ol.history > li:first-child ins") == "write"


def test_a_text_comes_back_as_a_step_of_its_own(write: Any, as_: Browsers, plan: Plan) -> None:
    write("coach", GOAL, "Another goal")
    page = as_("teacher").get(f"{plan.path}/history/{GOAL}")
    page.form("ol.history > li:last-child form").submit()
    first, *_ = steps_on(as_("coach").get(f"{plan.path}/history/{GOAL}"))
    assert "brought back from earlier" in first
    as_("principal").post(f"{plan.path}/history/{GOAL}/1", status=404)
    as_("teacher").post(f"{plan.path}/history/{SCHOOL_GOAL}/1", status=403)


def test_a_row_that_points_at_another_says_its_words(as_: Browsers, plan: Plan) -> None:
    page = as_("coach").get(f"{plan.path}/history/progress_values/{plans.ROW}")
    assert f"{MARKER} measure" in page.words("ol.history")
    assert plans.ROW not in page.words("ol.history")
    as_("coach").post(f"{plan.path}/rows/measures/{plans.ROW}/remove")
    assert "(taken out since)" in as_("coach").get(f"{plan.path}/history/progress_values/{plans.ROW}")


# ---------------------------------------------------------------- taking one's own change back


def test_ones_own_change_is_undone_after_others_have_typed(write: Any, app: Flask, as_: Browsers, plan: Plan) -> None:
    write("coach", GOAL, "We read.")
    write("teacher", GOAL, "We read aloud.", at=MONDAY + timedelta(hours=1))
    write("coach", GOAL, "We read aloud. Every day.", at=MONDAY + timedelta(hours=2))
    page = as_("teacher").get(f"{plan.path}/history/{GOAL}")
    page.form("form[action*=undo]").submit()
    assert _stands(app, plan, GOAL) == "We read. Every day."
    as_("principal").post(f"{plan.path}/undo/{GOAL}/3", {}, status=404)


def test_a_tick_is_undone_and_the_ticks_of_others_stay(write: Any, app: Flask, as_: Browsers, plan: Plan) -> None:
    ticks = next(
        one
        for part in plan.form.parts
        for one in part.prompts()
        if isinstance(one, Ticks) and len(one.choices) > 2 and not one.only_if
    )
    one, two, three = list(ticks.labels())[:3]
    who = "coach"
    write(who, ticks.name, {one: ""})
    write(who, ticks.name, {one: "", two: ""}, at=MONDAY + timedelta(hours=1))
    write(who, ticks.name, {one: "", two: "", three: ""}, at=MONDAY + timedelta(hours=2))
    as_(who).post(f"{plan.path}/undo/{ticks.name}/3", {})
    assert set(_stands(app, plan, ticks.name)) == {one, three}


def test_a_choice_that_somebody_has_changed_again_stays(write: Any, app: Flask, as_: Browsers, plan: Plan) -> None:
    choice = next(one for part in plan.form.parts for one in part.prompts() if isinstance(one, Choice))
    first, second = list(choice.labels())[:2]
    write("coach", choice.name, second)
    write("coach", choice.name, first, at=MONDAY + timedelta(hours=1))
    page = as_("coach").post(f"{plan.path}/undo/{choice.name}/2", {})
    assert "stays as it is now" in page
    assert _stands(app, plan, choice.name) == first
    as_("coach").post(f"{plan.path}/undo/{choice.name}/3", {})
    assert _stands(app, plan, choice.name) == second


@pytest.mark.parametrize("since", ["9", "3", "-1", "x", "9" * 30, "2"])
def test_no_forged_number_undoes_anything(
    write: Any, as_: Browsers, plan: Plan, unchanged: Callable[[], Any], since: str
) -> None:
    write("coach", GOAL, "We read.")
    coach = as_("coach")
    coach.csrf_token()
    with unchanged():
        for version in (4, 99, 10**9, 10**20):
            code, _ = coach.answer(f"{plan.path}/undo/{GOAL}/{version}", {"since": since})
            assert code in (303, 404)


def _stands(app: Flask, plan: Plan, prompt: str) -> Any:
    return Tables(app).one(select(Answer.value).where(Answer.document_id == plan.id, Answer.prompt == prompt))


# ---------------------------------------------------------------- everything, and who reads which of it


def test_everything_that_was_written_is_in_one_history(write: Any, as_: Browsers, plan: Plan) -> None:
    write("teacher", GOAL, "Ours")
    write("coach", SCHOOL_GOAL, "Theirs", at=MONDAY + timedelta(hours=1))
    page = as_("teacher2").get(f"{plan.path}/write").follow("History")
    first, second, *_ = steps_on(page)
    assert "Ana Ruiz" in first
    assert "Theirs" in first
    assert "Tom Becker" in second
    assert "Ours" in second


@pytest.mark.on_both
def test_who_may_look_back_in_part_1_only_finds_nothing_of_the_rest(
    write: Any, as_: Browsers, plan: Plan, browser_of: Browsers
) -> None:
    principal = as_("principal")
    before = principal.get(f"{plan.path}/history").words("main")
    write("teacher", GOAL, "Ours alone")
    for minute in range(30):
        write("teacher2", "goal_statement", f"Ours alone {minute}", at=MONDAY + timedelta(minutes=9 * minute))
    page = principal.get(f"{plan.path}/history")
    assert page.words("main") == before, "no count, no date, no name"
    for path in ("", "?below=40", "/as-it-was", "/as-it-was?on=2026-09-14"):
        said = principal.get(f"{plan.path}/history{path}")
        assert "Ours alone" not in said
        assert all("Tom Becker" not in "".join(by.itertext()) for by in said.all("ol.history .hint"))
    assert f"{MARKER} {SCHOOL_GOAL}" in principal.get(f"{plan.path}/history/as-it-was")
    assert plan.form.part("part2").title not in principal.get(f"{plan.path}/history/as-it-was")


@pytest.mark.parametrize(
    ("who", "status"), [("champion", 403), ("invited", 403), ("outsider", 404), ("removed", 404), ("admin", 404)]
)
@pytest.mark.on_both
def test_who_may_not_look_back_gets_nothing(as_: Browsers, plan: Plan, who: str, status: int) -> None:
    for path in ("/history", "/history/as-it-was", "/history/as-it-was?on=2026-09-14", "/history/named/part1/1"):
        as_(who).get(plan.path + path, status=status)
    if status == 403:
        assert "History" not in as_(who).get(f"{plan.path}/write").links()


@pytest.mark.on_both
def test_an_evaluator_loses_the_history_with_the_circle(
    write: Any, app: Flask, cast: Cast, as_: Browsers, plan: Plan
) -> None:
    write("teacher", GOAL, "Ours alone")
    assert "Ours alone" in as_("teacher2").get(f"{plan.path}/history")
    circles.evaluate(app, cast, "teacher2", "teacher")
    for path in ("/history", "/history/as-it-was"):
        as_("teacher2").get(plan.path + path, status=404)


# ---------------------------------------------------------------- as it was


@pytest.mark.on_both
def test_everything_as_it_was_at_the_end_of_a_school_day(write: Any, app: Flask, as_: Browsers, plan: Plan) -> None:
    midnight = clock_of(app, 15)
    write("coach", GOAL, "On Monday", at=midnight - timedelta(minutes=1))
    write("coach", GOAL, "On Tuesday", at=midnight)
    coach = as_("coach")
    monday = coach.get(f"{plan.path}/history/as-it-was?on=2026-09-14").words(f"#p-{GOAL}")
    assert monday.endswith("On Monday")
    tuesday = coach.get(f"{plan.path}/history").form("form.as-it-was").submit({"on": "2026-09-15"})
    assert tuesday.words(f"#p-{GOAL}").endswith("On Tuesday")
    assert f"{MARKER} {SCHOOL_GOAL}" in tuesday, "what was written before stands there too"
    assert "Nothing was written yet" in coach.get(f"{plan.path}/history/as-it-was?on=2026-01-01")


def clock_of(app: Flask, day: int) -> datetime:
    """When this day of September begins where the school is."""
    with app.app_context():
        return clock.end_of(datetime(2026, 9, day - 1, tzinfo=UTC).date())


def test_rows_taken_out_later_are_there(app: Flask, as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    coach.post(f"{plan.path}/rows/measures/{plans.ROW}/remove")
    assert f"{MARKER} measure" in coach.get(f"{plan.path}/history/as-it-was?on=2026-09-14")
    assert f"{MARKER} measure" not in coach.get(f"{plan.path}/history/as-it-was").words("#p-measures")


@pytest.mark.parametrize(
    ("on", "says"),
    [
        ("", "Please choose a day"),
        ("2026-02-31", "is not a date"),
        ("yesterday", "is not a date"),
        ("0001-01-01", "cannot be right"),
        ("2099-01-01", "has not come yet"),
        ("9" * 400, "Please shorten it"),
        ("%00", "invisible character"),
    ],
)
def test_a_day_that_cannot_be_says_why(as_: Browsers, plan: Plan, on: str, says: str) -> None:
    page = as_("coach").get(f"{plan.path}/history/as-it-was?on={on}", status=422)
    assert says in page
    assert page.has("ol.history > li")


# ---------------------------------------------------------------- versions with a name


def test_what_was_sent_and_approved_has_a_name(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part1="submitted")
    Tables(app).do(update(Revision).values(at=MONDAY))
    principal = as_("principal")
    principal.post(f"{plan.path}/part1/approve", {"seen": "1"})
    typed = {f"v.{SCHOOL_GOAL}": "1", SCHOOL_GOAL: "Something else"}
    as_("coach").post(f"{plan.path}/answers/{SCHOOL_GOAL}", typed, htmx=True)
    page = as_("teacher").get(f"{plan.path}/history")
    names = [" ".join(one.itertext()).strip() for one in page.all("li.named strong")]
    assert names == ["Part 1: Approved", "Part 1: Sent to the principal"]
    assert f"by {cast['principal'].name}" in steps_on(page)[1]
    approved = as_("teacher").get(f"{plan.path}/history/named/part1/2")
    assert f"{MARKER} {SCHOOL_GOAL}" in approved
    assert "Something else" not in approved
    assert f"{MARKER} {GOAL}" not in approved, "only this part was approved"
    as_("coach").get(f"{plan.path}/history/named/part1/3", status=404)
    as_("champion").get(f"{plan.path}/history/named/part1/1", status=403)
    as_("principal").get(f"{plan.path}/history/named/part2/1", status=404)
    as_("coach").get(f"{plan.path}/history/named/nothing/1", status=404)


# ---------------------------------------------------------------- long histories


def test_a_history_of_five_thousand_revisions_opens_at_once(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    many = 5000
    Tables(app).do(insert(Revision).values(list(_typed(plan, cast, many))))
    Tables(app).do(update(Answer).where(Answer.document_id == plan.id, Answer.prompt == GOAL).values(version=many + 1))
    Tables(app).do(update(DocumentPart).where(DocumentPart.document_id == plan.id).values(version=many + 1))
    coach = as_("coach")
    for path in (f"{plan.path}/history/{GOAL}", f"{plan.path}/history/{GOAL}?every=yes", f"{plan.path}/history"):
        coach.get(path)
        begun = time.thread_time()
        page = coach.get(path)
        assert time.thread_time() - begun < 2, path
        assert len(steps_on(page)) <= 20
        older = page.follow("Older")
        assert steps_on(older)[0] != steps_on(page)[0]
        assert older.links()["Newest"] in (path, path.partition("?")[0])


def _typed(plan: Plan, cast: Cast, many: int) -> Iterator[dict[str, Any]]:
    here = {"document_id": plan.id, "part": "part2", "prompt": GOAL, "row": "", "aside": False}
    for number in range(many):
        by, at = cast["coach" if number // 150 % 2 else "teacher"].id, MONDAY + timedelta(seconds=number * 2)
        text = " ".join(f"word{word}" for word in range(number // 10))
        yield here | {"value": text, "version": number + 2, "part_version": number + 2, "by_id": by, "at": at}


# ---------------------------------------------------------------- inside the walls


@pytest.mark.on_both
def test_a_session_has_all_of_it_for_its_circle_only(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    here = meetings.meet(app, cast, plan, "coach", "teacher", focus="The first words")
    meetings.say(app, cast, "teacher", here, focus="The second words")
    page = as_("coach").get(f"{here}/history")
    assert page.words("ol.history del") == "first"
    assert page.words("ol.history ins") == "second"
    then = as_("teacher").get(f"{here}/history/as-it-was")
    assert "The second words" in then
    as_("teacher").get(f"{here}/history/as-it-was?on=nonsense", status=422)
    log = as_("teacher").get(f"{here}/log")
    assert "Ana Ruiz looked at earlier wordings" in log
    assert "Tom Becker looked at earlier wordings 2 times" in log
    for who in ("teacher2", "principal", "champion", "admin", "outsider"):
        for path in ("/history", "/history/as-it-was", "/history/as-it-was?on=2026-09-14", "/history/named/session/1"):
            as_(who).get(here + path, status=404)
    as_("coach").get(f"{here}/history/named/session/1", status=404)
