"""Around coaching sessions: their list, one's own open steps and time, the norms check, calendar, print, and what others hear."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import Engine, event, select, update

from tests import agreements as pairs
from tests import circles as secrets
from tests import plans
from tests.addresses import changes_since
from tests.agreements import Agreement
from tests.cast import Cast
from tests.markup import words
from tests.meetings import day, in_words, meet, minutes, say, step
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp import clock, forms
from webapp.coaching_sessions import circles, notices, records
from webapp.coaching_sessions.models import (
    CircleMember,
    ConfidentialRecord,
    LogEntry,
    RefusedTry,
    SealedAnswer,
    SealedRevision,
    SessionNotice,
)
from webapp.documents.models import AgreementSetting, Document
from webapp.people.models import Mail

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
NOT_IN_THE_CIRCLE = ("principal", "champion", "admin", "outsider", "invited", "declined", "removed", "depthead")
NORM = f"{plans.MARKER} norm"


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved", session_2=True, ours=True)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """Every statement that runs meanwhile."""
    seen: list[str] = []
    engine: Engine = app.extensions["database"].engine

    def note(*said: object) -> None:
        seen.append(str(said[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def mark_of(html: str) -> str:
    """A page without what is new each time it is drawn."""
    return re.sub(r'(csrf_token" value="|X-CSRFToken": ")[^"]*', "", html)


# ---------------------------------------------------------------- the list


def test_the_list_shows_the_sessions_newest_first(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    meet(app, cast, plan, "coach", "teacher", session_kind="planning", session_date=day(-9), focus="Pairs first")
    steps = [step(cast, "teacher", "Bring reports"), step(cast, "coach", "Done already", done="yes")]
    later = {"session_date": day(-2), "action_steps": steps}
    address = meet(app, cast, plan, "coach", "teacher", "teacher2", session_kind="observation", **later)
    page = as_("teacher").get(f"{plan.path}/sessions")
    rows = [words(row) for row in page.all(".sessions tbody tr")]
    first, second = rows
    assert first == f"Observation, {in_words(-2)} not written yet Ana Ruiz, Tom Becker, Uma Patel 1"
    assert second == f"Planning, {in_words(-9)} Pairs first Ana Ruiz, Tom Becker none"
    assert page.links()[f"Observation, {in_words(-2)}"] == f"{address}/write"
    assert page.has("svg.timeline")


def test_a_session_without_a_date_is_listed_but_not_drawn(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    meet(app, cast, plan, "coach", "teacher", focus="Pairs first")
    page = as_("coach").get(f"{plan.path}/sessions")
    assert "Session, no date yet" in page
    assert not page.has("svg.timeline")


@pytest.mark.parametrize("who", NOT_IN_THE_CIRCLE)
def test_the_list_is_the_circles_only(app: Flask, cast: Cast, as_: Browsers, plan: Plan, who: str) -> None:
    meet(app, cast, plan, "coach", "teacher", focus="Pairs first")
    as_(who).get(f"{plan.path}/sessions", status=404)


def test_a_session_of_others_leaves_no_trace(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    meet(app, cast, plan, "coach", "teacher2", session_kind="planning", session_date=day(-5), focus="Ours")
    addresses = (f"{plan.path}/sessions", plan.path, "/", "/sessions/time")
    before = [mark_of(as_("teacher2").get(address).html) for address in addresses]
    steps = [step(cast, "teacher", "Bring reports")]
    meet(app, cast, plan, "coach", "teacher", session_date=day(-3), focus="Theirs", action_steps=steps)
    assert [mark_of(as_("teacher2").get(address).html) for address in addresses] == before
    assert "Ours" in before[0]


def test_the_list_has_pages_of_25(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    for number in range(26):
        meet(app, cast, plan, "coach", "teacher", session_date=day(-number), focus=f"Focus {number}.")
    page = as_("coach").get(f"{plan.path}/sessions")
    assert len(page.all(".sessions tbody tr")) == 25
    assert "Focus 25." not in page
    page = page.follow("Next")
    assert [words(row) for row in page.all(".sessions td .answer")] == ["Focus 25."]
    page = page.follow("Previous")
    assert "Focus 0." in page
    assert "nothing on this page" in as_("coach").get(f"{plan.path}/sessions?page=7")
    as_("coach").get(f"{plan.path}/sessions?page=-1%20x")


def test_the_list_asks_no_more_for_more_sessions(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    coach, counts = as_("coach"), []
    for more in (1, 4):
        for number in range(more):
            steps = [step(cast, "coach", f"Step {number}")]
            meet(app, cast, plan, "coach", "teacher", session_date=day(-number), action_steps=steps)
        with counting(app) as seen:
            coach.get(f"{plan.path}/sessions")
            coach.get("/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


# ---------------------------------------------------------------- open action steps


def test_everybody_sees_their_own_open_steps(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    steps = [
        step(cast, "teacher", "Later", day(9)),
        step(cast, "teacher", "Late already", day(-3)),
        step(cast, "teacher", "Some time"),
        step(cast, "teacher", "Tomorrow", day(1)),
        step(cast, "coach", "Of the coach", day(0)),
    ]
    known = {"session_kind": "debrief", "session_date": day(-5)}
    address = meet(app, cast, plan, "coach", "teacher", action_steps=steps, **known)
    page = as_("teacher").get("/")
    shown = [words(one) for one in page.all(".steps .what")]
    called = f"Debrief, {in_words(-5)}"
    assert shown == [
        f"Late already 3 days late · {called}",
        f"Tomorrow due tomorrow · {called}",
        f"Later due {in_words(9)} · {called}",
        f"Some time no date · {called}",
    ]
    assert page.links()[called].startswith(f"{address}/write#row-action_steps-")
    assert "Of the coach due today" in as_("coach").get("/")
    for who in ("teacher2", "principal"):
        assert not as_(who).get("/").has("#my-steps")


def test_a_step_is_ticked_off_and_can_be_undone(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables
) -> None:
    meet(app, cast, plan, "coach", "teacher", action_steps=[step(cast, "teacher", "Bring reports", day(2))])
    teacher = as_("teacher")
    page = teacher.get("/").form(button="Done").submit()
    assert page.path == "/"
    assert "done today" in page.words("#my-steps")
    revisions = tables.all(select(SealedRevision.by_id).where(SealedRevision.prompt == "action_steps"))
    assert revisions == [cast["coach"].id, cast["teacher"].id]  # the history has both
    page = page.form(button="Undo").submit()
    assert f"due {in_words(2)}" in page.words("#my-steps")
    page = page.form(button="Done").submit()
    with clock.at(clock.now() + timedelta(days=1)):
        assert not teacher.get("/").has("#my-steps")


def test_ticking_a_step_off_answers_htmx_with_the_list(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    meet(app, cast, plan, "coach", "teacher", action_steps=[step(cast, "teacher", "Bring reports")])
    teacher = as_("teacher")
    to = str(teacher.get("/").form(button="Done").element.get("action"))
    assert "done today" in teacher.post(to, htmx=True)
    assert "no date" in teacher.post(to.replace("/done", "/open"), htmx=True)


def test_only_the_owner_ticks_a_step_off_there(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, unchanged: Callable[[], AbstractContextManager[None]]
) -> None:
    meet(app, cast, plan, "coach", "teacher", action_steps=[step(cast, "teacher", "Bring reports")])
    to = str(as_("teacher").get("/").form(button="Done").element.get("action"))
    coach, teacher = as_("coach"), as_("teacher")
    with unchanged():
        coach.post(to, status=404)
        teacher.post(to.replace("/done", "x/done"), status=404)
    as_("teacher2").post(to, status=404)
    assert "Bring reports" in as_("teacher").get("/")


def test_what_somebody_changed_meanwhile_stays(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    address = meet(app, cast, plan, "coach", "teacher", action_steps=[step(cast, "teacher", "Bring reports")])
    stale = as_("teacher").get("/")
    coach = as_("coach").get(f"{address}/write")
    (box,) = [name for name in coach.form("#plan").names() if name.endswith(".step")]
    coach.form("#plan").submit({box: "Bring six reports"}, button="Save this page")
    assert "Bring six reports" in stale.form(button="Done").submit()


def test_steps_of_an_earlier_school_year_are_gone(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables
) -> None:
    meet(app, cast, plan, "coach", "teacher", action_steps=[step(cast, "coach", "Long ago")])
    meet(app, cast, plan, "coach", "teacher", booked=[minutes("planning", 30)])
    assert "Long ago" in as_("coach").get("/")
    assert "30 min" in as_("coach").get("/sessions/time")
    year = clock_year(app) - 1
    tables.do(update(Document).where(Document.id == plan.id).values(school_year=year))
    assert "Long ago" not in as_("coach").get("/")
    assert "30 min" not in as_("coach").get("/sessions/time")


def clock_year(app: Flask) -> int:
    with app.app_context():
        return clock.this_school_year()


# ---------------------------------------------------------------- the norms check


def marked(page: Page, choice: str) -> Page:
    """Mark the plan's norm and save."""
    return page.form("#plan").submit({NORM: choice}, button="Save my marks")


@pytest.fixture
def opened(app: Flask, cast: Cast, plan: Plan) -> str:
    return meet(app, cast, plan, "coach", "teacher", session_date=day(-1))


def test_each_marks_the_norms_for_themselves(as_: Browsers, opened: str, tables: Tables) -> None:
    page = marked(as_("coach").get(f"{opened}/write"), "Kept")
    assert page.path == f"{opened}/write"
    assert "Ana Ruiz: kept · Tom Becker: not marked yet" in page.words("#norms-check")
    page = marked(as_("teacher").get(f"{opened}/write"), "Kept")
    assert "Kept by both" in page.words("#norms-check")
    page = marked(page, "Not kept")
    assert "Ana Ruiz: kept · Tom Becker: not kept" in page.words("#norms-check")
    page = marked(page, "No answer")
    assert "Ana Ruiz: kept · Tom Becker: not marked yet" in page.words("#norms-check")
    for sealed in tables.all(select(SealedAnswer.sealed).where(SealedAnswer.prompt == "norms_kept")):
        assert NORM.encode() not in sealed
    kept = select(SealedRevision.by_id).where(SealedRevision.prompt == "norms_kept")
    assert len(tables.all(kept)) == 4  # every mark there was


def test_a_page_that_is_open_meanwhile_goes_on(app: Flask, cast: Cast, as_: Browsers, opened: str) -> None:
    address = changes_since(app, opened, forms.latest("coaching_session"), cast["teacher"].id)
    marked(as_("coach").get(f"{opened}/write"), "Kept")
    news = as_("teacher").get(address, htmx=True)
    assert not news.has("#p-norms_kept"), "marks are no answer to a prompt"
    assert news.has("#p-session_date")


def test_saving_the_marks_saves_the_rest_of_the_page(as_: Browsers, opened: str) -> None:
    page = (
        as_("coach")
        .get(f"{opened}/write")
        .form("#plan")
        .submit({"focus": "Pairs first", NORM: "Kept"}, button="Save my marks")
    )
    assert page.form("#plan").value("focus") == "Pairs first"
    assert "Ana Ruiz: kept" in page


def test_marking_answers_htmx_with_the_check(as_: Browsers, opened: str) -> None:
    sent = {"norms_seen": "0", f"norm.{plans.ROW}": "kept"}
    assert "Ana Ruiz: kept" in as_("coach").post(f"{opened}/norms", sent, htmx=True)
    assert as_("coach").post(f"{opened}/norms", {**sent, f"norm.{plans.ROW}": "not"}, htmx=True, status=409)


def test_one_page_marks_as_often_as_it_likes(as_: Browsers, opened: str) -> None:
    coach = as_("coach")
    sent = {"norms_seen": "0", "page": "one-page"}
    for choice in ("kept", "not", "kept"):  # the answer to the first has not come back yet
        page = coach.post(f"{opened}/norms", {**sent, f"norm.{plans.ROW}": choice}, htmx=True)
    assert "Ana Ruiz: kept" in page
    late = {"norms_seen": "9", "page": "another", f"norm.{plans.ROW}": "not"}
    coach.post(f"{opened}/norms", late, htmx=True, status=409)


def test_two_windows_lose_nothing(as_: Browsers, opened: str, tables: Tables) -> None:
    coach = as_("coach")
    one, other = coach.get(f"{opened}/write"), coach.get(f"{opened}/write")
    marked(one, "Kept")
    page = other.form("#plan").submit({NORM: "Not kept", "focus": "Pairs first"}, button="Save my marks", status=409)
    assert "in another window meanwhile" in page.words("#norms-check")
    assert "Ana Ruiz: kept" in page.words("#norms-check")
    assert page.form("#plan").value(f"norm.{plans.ROW}") == "not"
    assert page.form("#plan").value("focus") == "Pairs first"
    page = page.form("#plan").submit(button="Save my marks")
    assert "Ana Ruiz: not kept" in page.words("#norms-check")
    again = coach.get(f"{opened}/write").form("#plan").submit(button="Save my marks")  # the same once more
    assert "Ana Ruiz: not kept" in again.words("#norms-check")
    assert len(tables.all(select(SealedRevision.id).where(SealedRevision.prompt == "norms_kept"))) == 2


@pytest.mark.parametrize("ours", [True, False])
def test_only_norms_that_all_agreed_to_are_marked(app: Flask, cast: Cast, as_: Browsers, *, ours: bool) -> None:
    plan = plans.write(app, cast, part1="approved", session_2=True, ours=ours)
    page = as_("coach").get(f"{meet(app, cast, plan, 'coach', 'teacher')}/write")
    assert (NORM in page.words("#norms-check")) == ours
    assert ("has no norms yet" in page.words("#norms-check")) != ours


def test_marks_on_what_is_no_norm_are_passed_over(as_: Browsers, opened: str, tables: Tables) -> None:
    coach = as_("coach")
    for bad in (
        {"norm.nothing": "kept"},
        {f"norm.{plans.ROW}": "perhaps"},
        {"norm.": "not"},
        {"norms_seen": "9" * 50},
        {},
    ):
        coach.post(f"{opened}/norms", bad)
    assert tables.all(select(SealedAnswer.row).where(SealedAnswer.prompt == "norms_kept")) == []


@pytest.mark.parametrize("who", ["teacher2", "principal", "champion", "admin", "outsider"])
def test_nobody_else_marks_norms(as_: Browsers, opened: str, tables: Tables, who: str) -> None:
    as_(who).post(f"{opened}/norms", {"norms_seen": "0", f"norm.{plans.ROW}": "kept"}, status=404)
    assert tables.all(select(SealedAnswer.row).where(SealedAnswer.prompt == "norms_kept")) == []


def test_a_norm_goes_over_the_readers_own_sessions(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    marked(as_("coach").get(f"{opened}/write"), "Kept")
    assert not as_("coach").get(f"{opened}/write").has(".trends")  # one session is no trend
    others = meet(app, cast, plan, "coach", "teacher2", session_date=day(-8))
    marked(as_("coach").get(f"{others}/write"), "Not kept")
    third = meet(app, cast, plan, "coach", "teacher", session_date=day(-4))
    marked(as_("coach").get(f"{third}/write"), "Not kept")
    page = marked(as_("teacher").get(f"{third}/write"), "Kept")
    rows = [words(row) for row in page.all(".trend tbody tr")]
    assert rows == [f"{in_words(-4)} kept by 1 of 2", f"{in_words(-1)} kept"]
    assert page.has(".trend svg")
    rows = [words(row) for row in as_("coach").get(f"{opened}/write").all(".trend tbody tr")]
    assert len(rows) == 3


# ---------------------------------------------------------------- my coaching time


def test_a_coach_sees_their_own_minutes_only(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    meet(app, cast, plan, "coach", "teacher", booked=[minutes("planning", 30), minutes("observing", 45)])
    meet(app, cast, plan, "coach", "teacher2", booked=[minutes("planning", 60), minutes("", 5)])
    page = as_("coach").get("/sessions/time")
    rows = [words(row) for row in page.all(".booked tr")][1:]
    assert rows == ["Planning with a teacher 1 h 30 min", "Observing 45 min", "Not said 5 min", "Total 2 h 20 min"]
    for name in ("Tom Becker", "Uma Patel"):
        assert name not in page
    assert page.links()["Today"] == "/"
    assert as_("coach").get("/").links()["My coaching time"] == "/sessions/time"
    for who in ("teacher", "teacher2", "principal", "champion", "admin", "other_coach"):
        assert "There are no minutes yet" in as_(who).get("/sessions/time")
    for who in ("teacher", "principal", "champion", "admin"):
        assert "My coaching time" not in as_(who).get("/")


# ---------------------------------------------------------------- the calendar file, print


WHEN = {"session_date": "2026-11-21", "start": "09:05", "minutes": "50", "place": "Room 114", "focus": "Pairs first"}


def test_the_calendar_file_says_when_and_nothing_else(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables
) -> None:
    address = meet(app, cast, plan, "coach", "teacher", next_date="2026-12-05", next_start="10:00", **WHEN)
    page = as_("teacher").get(f"{address}/calendar.ics")
    assert page.headers["Content-Disposition"] == 'attachment; filename="meeting.ics"'
    found: list[Any] = Calendar.from_ical(page.content).walk("VEVENT")
    assert [str(one["SUMMARY"]) for one in found] == ["Meeting", "Meeting"]
    assert [one["DTSTART"].dt.astimezone(UTC).day for one in found] == [21, 5]
    assert len({str(one["UID"]) for one in found}) == 2
    for secret in ("Room 114", "Pairs", "Ana", "Tom", "Roosevelt"):
        assert secret not in page
    assert tables.all(select(LogEntry.act).order_by(LogEntry.id.desc()).limit(1)) == ["exported"]


def test_without_a_start_there_is_no_calendar_file(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    address = meet(app, cast, plan, "coach", "teacher", session_date="2026-11-21")
    page = as_("teacher").get(f"{address}/calendar.ics")
    assert page.path == f"{address}/write"
    assert "There is no date with a start yet" in page


def test_a_session_on_paper_says_for_whom_it_is(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables
) -> None:
    steps = [step(cast, "teacher", "Bring reports", "2026-11-30")]
    address = meet(app, cast, plan, "coach", "teacher", action_steps=steps, shared_notes="We try pairs.", **WHEN)
    marked(as_("coach").get(f"{address}/write"), "Kept")
    page = as_("coach").get(f"{address}/print")
    assert page.title == "Print · Accord"
    assert page.words(".printed-foot") == "Confidential: for Ana Ruiz and Tom Becker"
    for said in ("Ana Ruiz and Tom Becker", "Pairs first", "We try pairs.", "Bring reports", NORM, "Room 114"):
        assert said in page.text
    assert "Ana Ruiz: kept" in page
    assert "Observation" not in [words(one) for one in page.all(".printed-section h3")]  # nothing was said there
    pdf = as_("teacher").get(f"{address}/print.pdf?paper=a4")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"] == 'inline; filename="meeting.pdf"'
    acts = tables.all(select(LogEntry.act).order_by(LogEntry.id))
    assert acts.count("printed") == 2


@pytest.mark.parametrize("said", ["", "Four pairs compare their graphs."])
def test_a_time_alone_is_no_evidence(app: Flask, cast: Cast, as_: Browsers, plan: Plan, said: str) -> None:
    address = meet(app, cast, plan, "coach", "teacher", evidence=[{"at": "10:42", "seen": said, "belongs_to": ""}])
    page = as_("coach").get(f"{address}/print")
    titles = [words(one) for one in page.all(".printed-section h3")]
    assert any("Observation" in one for one in titles) == bool(said)
    assert ("10:42" in page) == bool(said)
    outline = as_("coach").get(f"{address}/write").words(".outline a[href='#s-observation']")
    assert outline == f"Observation ({'complete' if said else 'not started'})"


def test_a_calendar_file_is_offered_once_there_is_a_start(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    without = meet(app, cast, plan, "coach", "teacher", session_date="2026-11-21")
    both = meet(app, cast, plan, "coach", "teacher", session_date="2026-11-21", start="09:05")
    assert "Calendar file" not in as_("coach").get(f"{without}/write").links()
    links = as_("coach").get(f"{both}/write").links()
    assert "Calendar file" in links
    assert links["Coaching sessions"] == f"{plan.path}/sessions"


@pytest.mark.parametrize("leaf", ["calendar.ics", "print", "print.pdf"])
@pytest.mark.parametrize("who", ["teacher2", "principal", "champion", "admin", "outsider"])
def test_nothing_leaves_the_circle(as_: Browsers, opened: str, tables: Tables, who: str, leaf: str) -> None:
    as_(who).get(f"{opened}/{leaf}", status=404)
    assert len(tables.all(select(RefusedTry.id))) == 1
    assert set(tables.all(select(LogEntry.act))) == {"begun"}


# ---------------------------------------------------------------- what principal and champion hear


OTHERS = ("principal", "champion")
TAKE_PLACE = "Coaching sessions take place."
SOME_DAY = -6
TICKS = ("take_place", "dates", "focus")
FOCUS = "Pairs that explain"


@pytest.fixture
def agreement(app: Flask, cast: Cast, plan: Plan) -> Agreement:
    found = pairs.start(app, cast, plan)
    found.sign("coach", "teacher")
    return found


def allow(agreement: Agreement, *keys: str) -> None:
    """Both sign that these things may be said."""
    agreement.tick("coach", *keys)
    agreement.sign("coach", "teacher")


def heard(as_: Browsers, plan: Plan) -> set[str]:
    """What principal and champion are told of the sessions; both the same."""
    parts = {TAKE_PLACE: "take_place", in_words(SOME_DAY): "dates", FOCUS: "focus"}
    found = []
    for who in OTHERS:
        page = as_(who).get(plan.path)
        told = page.words("section[aria-labelledby=h-told]") if page.has("#h-told") else ""
        found.append({key for words, key in parts.items() if words in told})
    assert found[0] == found[1]
    return found[0]


def hold(app: Flask, cast: Cast, plan: Plan, *who: str) -> str:
    return meet(app, cast, plan, *(who or ("coach", "teacher")), session_date=day(SOME_DAY), focus=FOCUS)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], set()),
        (["take_place"], {"take_place"}),
        (["take_place", "dates"], {"take_place", "dates"}),
        (["take_place", "focus"], {"take_place", "focus"}),
        (["take_place", "dates", "focus"], {"take_place", "dates", "focus"}),
        (["dates", "focus"], set()),  # nobody can say when without saying that
    ],
)
def test_others_hear_what_is_ticked_and_no_more(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, keys: list[str], told: set[str]
) -> None:
    allow(agreement, *keys)
    assert heard(as_, plan) == set()  # there is no session yet
    hold(app, cast, plan)
    assert heard(as_, plan) == told
    for who in ("admin", "outsider"):
        as_(who).get(plan.path, status=404)
    assert not as_("teacher2").get(plan.path).has("#h-told")


def test_without_dates_nothing_tells_how_many(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    allow(agreement, "take_place", "focus")
    hold(app, cast, plan)
    before = [mark_of(as_(who).get(plan.path).html) for who in OTHERS]
    hold(app, cast, plan)
    hold(app, cast, plan)
    assert [mark_of(as_(who).get(plan.path).html) for who in OTHERS] == before


def test_the_notice_follows_the_session(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    address = meet(app, cast, plan, "coach", "teacher")
    assert heard(as_, plan) == {"take_place"}
    say(app, cast, "teacher", address, session_date=day(SOME_DAY), focus=FOCUS)
    assert heard(as_, plan) == {"take_place", "dates", "focus"}
    say(app, cast, "teacher", address, session_date="", focus="word " * 100)
    assert heard(as_, plan) == {"take_place"}
    (notice,) = tables.all(select(SessionNotice))
    with app.app_context():
        told = notices.unsealed(notice)
    assert told is not None
    on, focus = told
    assert on is not None or focus
    assert len(focus) <= 300
    assert focus.endswith("…")
    assert b"word" not in notice.sealed


@pytest.mark.parametrize("who", ["coach", "teacher"])
@pytest.mark.parametrize(
    ("left", "told"),
    [
        (["take_place", "dates"], {"take_place", "dates"}),
        (["take_place", "focus"], {"take_place", "focus"}),
        (["take_place"], {"take_place"}),
        (["dates", "focus"], set()),
        ([], set()),
    ],
)
def test_one_of_the_two_takes_it_back_at_once(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, who: str, left: list[str], told: set[str]
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    address = hold(app, cast, plan)
    assert heard(as_, plan) == {"take_place", "dates", "focus"}
    agreement.tick(who, *left)
    assert heard(as_, plan) == told
    allow(agreement, "take_place", "dates", "focus")
    say(app, cast, "coach", address, place="Room 114")
    assert heard(as_, plan) == told  # allowed again, but not for what was before
    hold(app, cast, plan)
    assert heard(as_, plan) == {"take_place", "dates", "focus"}


def test_ending_the_agreement_takes_it_back(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    hold(app, cast, plan)
    agreement.decide("teacher", "end")
    assert heard(as_, plan) == set()


def test_what_was_before_the_loosening_is_never_told(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    address = hold(app, cast, plan)
    allow(agreement, "take_place", "dates", "focus")
    say(app, cast, "coach", address, focus=f"{FOCUS} again")
    assert heard(as_, plan) == set()


def test_one_signature_loosens_nothing(app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement) -> None:
    agreement.tick("coach", "take_place", "dates", "focus")
    agreement.sign("coach")
    hold(app, cast, plan)
    assert heard(as_, plan) == set()


FORGED = {"since": datetime(2000, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("forged", ["added", "opened again", "made older", "another pair"])
def test_ticks_written_past_the_site_tell_nobody_anything(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables, forged: str
) -> None:
    address = hold(app, cast, plan)
    if forged == "added":
        tables.add(*(AgreementSetting(document_id=agreement.id, key=key, **FORGED) for key in TICKS))
    else:
        allow(agreement, *TICKS)
    if forged == "opened again":
        agreement.tick("teacher")
        tables.do(update(AgreementSetting).values(until=None))
    elif forged == "made older":
        tables.do(update(AgreementSetting).values(**FORGED))
    elif forged == "another pair":
        other = pairs.start(app, cast, plan, teacher="teacher2")
        tables.do(update(AgreementSetting).values(document_id=other.id))
        address = hold(app, cast, plan, "coach", "teacher2")
    if forged != "opened again":  # one from before the ticks, and one that begins with them there
        say(app, cast, "coach", address, focus=f"{FOCUS} again")
    if forged != "made older":
        hold(app, cast, plan)
    assert heard(as_, plan) == set()
    assert tables.all(select(SessionNotice.record_id)) == []
    agreement.tick("coach")
    allow(agreement, *TICKS)  # signing goes on as ever
    hold(app, cast, plan)
    assert heard(as_, plan) == set(TICKS)


@pytest.mark.parametrize("how", ["made up", "copied to another"])
def test_a_notice_written_past_the_site_is_not_shown(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables, how: str
) -> None:
    allow(agreement, *TICKS)
    hold(app, cast, plan)
    assert heard(as_, plan) == set(TICKS)
    if how == "made up":
        tables.do(update(SessionNotice).values(sealed=b"a notice"))
    else:
        quiet = meet(app, cast, plan, "coach", "teacher2")
        other = tables.one(
            select(ConfidentialRecord.id).where(ConfidentialRecord.public_id == quiet.rpartition("/")[2])
        )
        tables.do(update(SessionNotice).values(record_id=other))
    assert heard(as_, plan) == set()


def test_with_several_teachers_each_agreement_must_allow_it(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement, tables: Tables
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    other = pairs.start(app, cast, plan, teacher="teacher2")
    other.sign("coach", "teacher2")
    hold(app, cast, plan, "coach", "teacher", "teacher2")
    assert heard(as_, plan) == set()
    other.tick("coach", "take_place", "focus")
    other.sign("coach", "teacher2")
    hold(app, cast, plan, "coach", "teacher", "teacher2")
    assert heard(as_, plan) == {"take_place", "focus"}
    address = hold(app, cast, plan)
    assert heard(as_, plan) == {"take_place", "dates", "focus"}
    with secrets.writing_as(app, cast["coach"].id) as db:
        opened = records.find("session", address.rpartition("/")[2], cast["coach"].id)
        assert opened is not None
        circles.add(db, opened.circle_id, cast["teacher2"].id)
    assert heard(as_, plan) == {"take_place", "focus"}  # somebody came who has not allowed the date
    other.tick("teacher2")
    assert heard(as_, plan) == set()
    assert tables.all(select(SessionNotice.record_id)) == []


def test_who_takes_it_back_need_not_be_in_the_session_any_more(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    address = hold(app, cast, plan)
    with secrets.writing_as(app, cast["teacher"].id) as db:
        opened = records.find("session", address.rpartition("/")[2], cast["teacher"].id)
        assert opened is not None
        circles.leave(db, opened.circle_id, cast["teacher"].id)
    assert heard(as_, plan) == {"take_place", "dates", "focus"}
    agreement.tick("teacher")
    assert heard(as_, plan) == set()


def test_one_pair_takes_nothing_back_from_another(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, agreement: Agreement
) -> None:
    allow(agreement, "take_place", "dates", "focus")
    other = pairs.start(app, cast, plan, teacher="teacher2")
    other.tick("coach", "take_place")
    other.sign("coach", "teacher2")
    hold(app, cast, plan)
    other.tick("teacher2")
    assert heard(as_, plan) == {"take_place", "dates", "focus"}


# ---------------------------------------------------------------- what begins on a later day


def test_an_evaluation_that_begins_later_closes_when_mail_is_sent(
    app: Flask, cast: Cast, plan: Plan, tables: Tables
) -> None:
    meet(app, cast, plan, "coach", "teacher", focus="Pairs first")
    app.config["MAIL_HOST"] = ""
    begins = clock.now() + timedelta(days=2)
    with app.app_context():
        starts = clock.local(begins).date()
    secrets.evaluate(app, cast, "teacher", "coach", starts=starts)
    runner = app.test_cli_runner()
    held = select(CircleMember.person_id).where(CircleMember.wrap.is_not(None)).order_by(CircleMember.person_id)
    both = sorted([cast["coach"].id, cast["teacher"].id])
    with clock.at(begins - timedelta(days=1)):
        runner.invoke(args=["send-mail"])
    assert tables.all(held) == both
    with clock.at(begins):
        runner.invoke(args=["send-mail"])
        runner.invoke(args=["send-mail"])
    assert tables.all(held) == [cast["coach"].id]
    assert tables.all(select(LogEntry.act).where(LogEntry.act == "closed")) == ["closed"]
    assert tables.all(select(Mail.person_id).where(Mail.kind == "notice")) == [cast["coach"].id]
