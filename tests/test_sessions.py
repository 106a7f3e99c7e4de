"""Coaching sessions on the site: starting, who attends, private notes, leaving, deleting; and who is kept out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import agreements as pairs
from tests import plans
from tests.agreements import Agreement
from tests.cast import SINCE, Cast, email_of
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp.clock import now
from webapp.coaching_sessions.models import (
    CircleMember,
    CircleNews,
    ConfidentialRecord,
    LogEntry,
    RefusedTry,
    SealedAnswer,
    SealedRevision,
)
from webapp.people.models import EvaluatorAssignment, Person

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
DAY = now().date().isoformat()
OUTSIDE = ("teacher2", "invited", "declined", "removed", "principal", "champion", "admin", "outsider", "depthead")


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved", session_2=True, ours=True)


@pytest.fixture
def agreement(app: Flask, cast: Cast, plan: Plan) -> Agreement:
    found = pairs.start(app, cast, plan)
    found.sign("coach", "teacher")
    return found


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


def begin(client: Client, plan: Plan, *names: str, kind: str = "Observation") -> Page:
    """Start a session on the site; gives its page."""
    form = client.get(f"{plan.path}/sessions/new").form(button="Start the session")
    return form.submit({"attendees": list(names), kind: True, "Date": DAY})


@pytest.fixture
def opened(as_: Browsers, plan: Plan, agreement: Agreement) -> str:
    """The address of a session between the coach and the teacher, begun by the coach."""
    return begin(as_("coach"), plan, "Tom Becker").path.removesuffix("/write")


# ---------------------------------------------------------------- starting


@pytest.mark.parametrize(("who", "other"), [("coach", "Tom Becker"), ("teacher", "Ana Ruiz")])
def test_either_of_the_two_starts_a_session(
    as_: Browsers, plan: Plan, agreement: Agreement, who: str, other: str
) -> None:
    page = as_(who).get(plan.path).follow("Start a coaching session")
    page = page.form(button="Start the session").submit({other: True, "Observation": True})
    assert page.path.startswith("/sessions/")
    assert f"Only you and {other} can see this" in page
    assert page.title == "Coaching session · Accord"
    assert "Observation" in page


def test_before_the_agreement_is_signed_none_can_be_started_and_the_page_says_why(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables
) -> None:
    coach, said = as_("coach"), "You and Tom Becker have not both signed your coaching agreement yet."
    for step in (
        lambda: None,
        lambda: pairs.start(app, cast, plan),
        lambda: pairs.start(app, cast, plan).sign("coach"),
    ):
        step()
        assert said in coach.get(plan.path)
        page = coach.get(f"{plan.path}/sessions/new")
        assert said in page
        assert not page.has(f'form[action="{plan.path}/sessions/new"]')
    assert page.follow("Go to the coaching agreement with Tom Becker").has("h1")
    sent = {"attendees": plan.participants["teacher"], "kind": "planning", "on": DAY}
    assert said in coach.post(f"{plan.path}/sessions/new", sent, status=422)
    assert tables.one(select(func.count(ConfidentialRecord.id))) == 0


def test_an_ended_agreement_lets_no_session_start(as_: Browsers, plan: Plan, agreement: Agreement) -> None:
    agreement.decide("teacher", "end")
    page = as_("coach").get(f"{plan.path}/sessions/new")
    assert "have not both signed" in page
    assert not page.has("[name=attendees]")


def test_the_coach_brings_several_teachers_together_once_each_has_signed(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    coach = as_("coach")
    page = coach.get(f"{plan.path}/sessions/new")
    assert "You and Uma Patel have not both signed" in page
    forged = [plan.participants[who] for who in ("teacher", "teacher2")]
    sent = {"attendees": forged, "kind": "planning", "on": DAY}
    assert "You and Uma Patel have not both signed" in coach.post(f"{plan.path}/sessions/new", sent, status=422)
    second = pairs.start(app, cast, plan, teacher="teacher2")
    for one in ("coach", "teacher2"):
        second.decide(one, "sign")
    page = begin(coach, plan, "Tom Becker", "Uma Patel")
    assert "Only you, Tom Becker and Uma Patel can see this" in page


def test_a_teacher_learns_nothing_of_the_agreement_of_another(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    teacher = as_("teacher")
    page = teacher.get(f"{plan.path}/sessions/new")
    assert "Uma Patel" not in page
    everyone = [plan.participants[who] for who in ("coach", "teacher2")]
    sent = {"attendees": everyone, "kind": "planning", "on": DAY}
    said = teacher.post(f"{plan.path}/sessions/new", sent, status=422)
    assert "Only the coach can bring several teachers together" in said
    assert "signed" not in said


@pytest.mark.parametrize("whom", ["declined", "removed", "invited", "principal", "nothing"])
def test_only_people_who_take_part_can_be_met(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables, whom: str
) -> None:
    one = plan.participants.get(whom, whom)
    sent = {"attendees": one, "kind": "planning", "on": DAY}
    assert "Please choose only people" in as_("coach").post(f"{plan.path}/sessions/new", sent, status=422)
    assert tables.one(select(func.count(ConfidentialRecord.id))) == 0


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"attendees": []}, "Please choose who takes part."),
        ({"kind": ""}, "Please choose one of the kinds shown."),
        ({"kind": "secret"}, "Please choose one of the kinds shown."),
        ({"on": ""}, "Please say on which day."),
        ({"on": "soon"}, "This is not a date."),
        ({"on": "2090-01-01"}, "more than a year away"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_lost(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, sent: dict[str, Any], said: str
) -> None:
    good = {
        "attendees": plan.participants["teacher"],
        "kind": "debrief",
        "on": DAY,
    }
    page = as_("coach").post(f"{plan.path}/sessions/new", good | sent, status=422)
    assert said in page
    if "kind" not in sent:
        assert page.find("[name=kind][value=debrief]").get("checked") is not None


def test_who_evaluates_the_other_starts_nothing(
    cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables
) -> None:
    tables.add(EvaluatorAssignment(evaluator_id=cast["teacher"].id, evaluated_id=cast["coach"].id, starts=SINCE))
    page = as_("coach").get(f"{plan.path}/sessions/new")
    assert "Tom Becker evaluates Ana Ruiz" in page
    assert not page.has("[name=attendees]")
    as_("teacher").get(f"{plan.path}/sessions/new", status=404)


@pytest.mark.parametrize("who", [one for one in OUTSIDE if one != "teacher2"])
def test_nobody_outside_of_the_circle_starts_one_or_hears_of_any(
    as_: Browsers, plan: Plan, opened: str, unchanged: Callable[[], Any], who: str
) -> None:
    client = as_(who)
    known = who in ("invited", "principal", "champion")
    with unchanged():
        for data in (None, {"attendees": "x"}):
            code, _ = client.answer(f"{plan.path}/sessions/new", data)
            assert code == (403 if known else 404)
        if known:
            assert "Coaching sessions" not in client.get(plan.path)


# ---------------------------------------------------------------- its page


@pytest.mark.on_both
def test_two_meet_in_one_box(as_: Browsers, opened: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    form = coach.get(f"{opened}/write").form("#plan")
    base = form.value("v.focus")
    saved = coach.post(f"{opened}/answers/focus", {"v.focus": base, "focus": "Waiting time", "page": "one"}, htmx=True)
    assert "Saved" in saved
    met = teacher.post(f"{opened}/answers/focus", {"v.focus": base, "focus": "Questions", "page": "two"}, htmx=True)
    assert "Saved" in met
    both = teacher.get(f"{opened}/write").form("#plan").value("focus")
    assert "Waiting time" in both and "Questions" in both
    page = teacher.get(f"{opened}/history/focus")
    assert "Only you and Ana Ruiz can see this" in page
    assert "Waiting time" in page


@pytest.mark.on_both
def test_rows_come_and_go(as_: Browsers, opened: str) -> None:
    coach = as_("coach")
    page = coach.post(f"{opened}/rows/action_steps/add")
    name = next(one for one in page.form("#plan").names() if one.endswith(".step"))
    page = page.form("#plan").submit({name: "Bring three reports"}, button="Save this page")
    assert "Bring three reports" in as_("teacher").get(f"{opened}/write").html
    row = name.split(".")[1]
    coach.post(f"{opened}/rows/action_steps/{row}/remove")
    assert "Bring three reports" not in as_("teacher").get(f"{opened}/write").html


def test_the_norms_stand_at_the_head(app: Flask, cast: Cast, as_: Browsers, opened: str) -> None:
    assert as_("coach").get(f"{opened}/write").has(".norms-head li")
    other = plans.write(app, cast, part1="approved", session_2=True)
    made = pairs.start(app, cast, other)
    made.sign("coach", "teacher")
    page = begin(as_("coach"), other, "Tom Becker")
    assert not page.has(".norms-head li")
    assert "Your plan has no norms yet that everybody agreed to" in page


@pytest.mark.on_both
@pytest.mark.parametrize("who", OUTSIDE)
def test_to_everybody_else_there_is_no_such_session(as_: Browsers, opened: str, tables: Tables, who: str) -> None:
    """Every address below it, and the same below an address where there is nothing, answers alike."""
    client, before = as_(who), _state(tables)
    for path, data in EVERY:
        real, made_up = client.answer(f"{opened}{path}", data), client.answer(f"/sessions/nothing{path}", data)
        assert (real[0], made_up[0]) == (404, 404), path
        assert _masked(real[1]) == _masked(made_up[1])
    assert _state(tables) == before
    tried = tables.all(select(RefusedTry.address).where(RefusedTry.person_id == _id(tables, who)))
    assert tried.count(opened.removeprefix("/sessions/")) == tried.count("nothing") == len(EVERY)


EVERY: list[tuple[str, dict[str, str] | None]] = [
    ("/write", None), ("/write", {}), ("/people", None), ("/people/nothing/add", None), ("/people/nothing/add", {}),
    ("/people/nothing/take-out", {}), ("/leave", None), ("/leave", {}), ("/delete", None), ("/delete", {"answer": "yes"}),
    ("/notes", {}), ("/who", None), ("/log", None), ("/log?verify=1", None), ("/let-in/nothing", {}),
    ("/answers/focus", {"v.focus": "0", "focus": "forged"}), ("/history/focus", None), ("/both/focus", {"use": "mine"}),
    ("/rows/action_steps/add", {}), ("/rows/action_steps/x/remove", {}), ("/history/focus/1", {}),
]  # fmt: skip


def _masked(page: str) -> str:
    return re.sub(r"X-CSRFToken\": \"[^\"]*", "", re.sub(r'name="csrf_token" value="[^"]*"', "", page))


def _id(tables: Tables, who: str) -> int:
    found: int = tables.one(select(Person.id).where(Person.email == email_of(who)))
    return found


def _state(tables: Tables) -> list[tuple[int, ...]]:
    """What a stranger must not change: everything but the lines about their own tries."""
    kept = (CircleMember.person_id, SealedAnswer.version, SealedRevision.id, LogEntry.id, CircleNews.id)
    return [tuple(tables.all(select(column).order_by(column))) for column in kept]


def test_the_address_alone_leads_to_the_page_and_tells_nothing(as_: Browsers, opened: str) -> None:
    for path in (opened, "/sessions/nothing", "/notes/nothing"):
        assert as_("outsider").answer(path)[0] == 302
    assert as_("coach").get(opened).path == f"{opened}/write"


# ---------------------------------------------------------------- people


@pytest.fixture
def uma(app: Flask, cast: Cast, plan: Plan) -> str:
    """The public id in the plan of a second teacher who has signed."""
    second = pairs.start(app, cast, plan, teacher="teacher2")
    for one in ("coach", "teacher2"):
        second.decide(one, "sign")
    return plan.participants["teacher2"]


def test_somebody_is_added_after_it_was_said_plainly_what_that_means(as_: Browsers, opened: str, uma: str) -> None:
    as_("teacher2").get(f"{opened}/write", status=404)
    page = as_("coach").get(f"{opened}/write").follow("People in this session").follow("Add Uma Patel")
    assert "Uma Patel will be able to read all of it, also what is already written." in page
    assert "Uma Patel" in page.form(button="Add Uma Patel").submit({}).words(".room .who-sees")
    assert "Only you, Ana Ruiz and Tom Becker can see this" in as_("teacher2").get(f"{opened}/write")
    assert "Uma Patel was added to a coaching session" in as_("teacher").get("/")
    assert "was added" not in as_("coach").get("/")


def test_nobody_is_added_without_an_agreement(
    app: Flask, cast: Cast, plan: Plan, as_: Browsers, opened: str, unchanged: Callable[[], Any]
) -> None:
    one = plan.participants["teacher2"]
    coach, teacher = as_("coach"), as_("teacher")
    assert "have not both signed" in coach.get(f"{opened}/people/{one}/add")
    with unchanged():
        assert "have not both signed" in coach.post(f"{opened}/people/{one}/add", status=422)
        for other in ("principal", "declined", "coach", "teacher"):
            coach.post(f"{opened}/people/{plan.participants[other]}/add", status=404)
        teacher.post(f"{opened}/people/{one}/add", status=404)  # only the coach brings several together


def test_who_was_added_by_mistake_is_taken_out_until_they_open_it(as_: Browsers, opened: str, uma: str) -> None:
    coach = as_("coach")
    page = coach.post(f"{opened}/people/{uma}/add")
    page = page.form(button="Remove Uma Patel").submit({})
    assert "Uma Patel is not in the session any more" in page
    as_("teacher2").get(f"{opened}/write", status=404)
    coach.post(f"{opened}/people/{uma}/add")
    as_("teacher2").get(f"{opened}/write")
    page = coach.get(f"{opened}/people")
    assert "Remove Uma Patel" not in page


def test_who_has_opened_it_cannot_be_taken_out(
    cast: Cast, as_: Browsers, opened: str, unchanged: Callable[[], Any]
) -> None:
    as_("teacher").get(f"{opened}/write")
    path = f"{opened}/people/{cast['teacher'].public_id}/take-out"
    coach = as_("coach")
    with unchanged():
        assert "has opened the session and stays in it" in coach.post(path, status=422)
        coach.post(f"{opened}/people/{cast['coach'].public_id}/take-out", status=404)


@pytest.mark.on_both
def test_who_leaves_reads_it_no_more_and_the_others_keep_the_words(as_: Browsers, opened: str) -> None:
    teacher = as_("teacher")
    page = teacher.get(f"{opened}/write").form("#plan").submit({"focus": "Waiting time"})
    page = page.follow("People in this session").follow("Leave this session")
    assert "You cannot read it afterwards." in page
    assert "You have left the session." in page.form(button="Leave it now").submit({})
    for path in ("/write", "/log", "/who", "/history/focus"):
        teacher.get(f"{opened}{path}", status=404)
    coach = as_("coach")
    assert coach.get(f"{opened}/write").form("#plan").value("focus") == "Waiting time"
    assert "Tom Becker has left a coaching session" in coach.get("/")
    page = coach.get(f"{opened}/leave")
    assert "You are the last one in this session" in page
    coach.post(f"{opened}/leave", status=422)
    assert "Only you can see this" in coach.get(f"{opened}/write")


# ---------------------------------------------------------------- private notes


@pytest.mark.on_both
def test_private_notes_are_their_authors_alone(as_: Browsers, opened: str, tables: Tables) -> None:
    teacher = as_("teacher")
    page = teacher.get(f"{opened}/write").form("#plan").submit({"focus": "Waiting time"}, button="Write private notes")
    assert page.path.startswith("/notes/")
    assert "Only you can see this" in page
    page = page.form("#plan").submit({"private_notes": "I was nervous"}, button="Save this page")
    notes = page.path.removesuffix("/write")
    session_page = teacher.get(f"{opened}/write")
    assert session_page.form("#plan").value("focus") == "Waiting time", "nothing typed is lost on the way"
    assert session_page.follow("My private notes").path == f"{notes}/write"
    coach = as_("coach")
    assert "My private notes" not in coach.get(f"{opened}/write")
    for who in ("coach", *OUTSIDE):
        for path in ("/write", "/who", "/log", "/history/private_notes"):
            assert as_(who).answer(f"{notes}{path}")[0] == 404
    assert tables.one(select(func.count(ConfidentialRecord.id))) == 2
    assert teacher.post(f"{opened}/notes").path == f"{notes}/write", "once"
    assert tables.one(select(func.count(ConfidentialRecord.id))) == 2


def test_private_notes_stay_with_who_left(as_: Browsers, opened: str) -> None:
    teacher = as_("teacher")
    notes = teacher.post(f"{opened}/notes").path
    teacher.post(f"{opened}/leave")
    page = teacher.get(notes)
    assert "Only you can see this" in page
    assert "Back to the plan" in page


# ---------------------------------------------------------------- deleting for good


@pytest.mark.on_both
def test_it_is_deleted_once_everybody_has_said_yes(as_: Browsers, opened: str, tables: Tables) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    coach.get(f"{opened}/write").form("#plan").submit({"focus": "Waiting time"})
    notes = teacher.post(f"{opened}/notes").form("#plan").submit({"private_notes": "mine"}).path
    page = coach.get(f"{opened}/people").follow("Delete this session for good")
    assert "Noted." in page.form(button="Yes, delete it").submit({})
    assert "Ana Ruiz would like to delete this session for good" in teacher.get(f"{opened}/write")
    assert "deleted for good" in teacher.get(f"{opened}/delete").form(button="Yes, delete it now").submit({})
    for client in (coach, teacher):
        client.get(f"{opened}/write", status=404)
    teacher.get(notes, status=404)
    for gone in (SealedAnswer.prompt, SealedRevision.id, CircleMember.wrap, CircleNews.id, CircleMember.witness):
        assert not [one for one in tables.all(select(gone)) if one is not None], gone
    assert tables.one(select(LogEntry.act).order_by(LogEntry.id.desc())) == "deleted"


def test_one_alone_deletes_nothing_and_can_think_again(as_: Browsers, opened: str, tables: Tables) -> None:
    coach = as_("coach")
    for _ in range(2):
        coach.post(f"{opened}/delete", {"answer": "yes"})
    assert coach.get(f"{opened}/write")
    coach.get(f"{opened}/delete").form(button="No, keep it after all").submit({})
    as_("teacher").post(f"{opened}/delete", {"answer": "yes"})
    assert coach.get(f"{opened}/write"), "the coach has taken the yes back"
    coach.post(f"{opened}/delete", {"answer": "perhaps"}, status=400)
    wanted = tables.all(select(LogEntry.act).where(LogEntry.act.like("wants%")).order_by(LogEntry.id))
    assert wanted == ["wants to delete", "wants to keep", "wants to delete"]
