"""What keeps trust in a coaching session: sealed accounts, news, who can see it, the access log."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests import agreements, held
from tests.cast import Cast
from tests.markup import words
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp import clock, keys
from webapp.clock import now
from webapp.coaching_sessions import records
from webapp.coaching_sessions.models import CircleMember, CircleNews, LogEntry, SealedAnswer
from webapp.coaching_sessions.session_page import SessionPage
from webapp.people.models import EvaluatorAssignment, Mail

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
CLOSED = "Until a colleague from your circle confirms that it is you, your coaching sessions stay closed."
ASK = "Your coaching sessions are closed until Ana Ruiz confirms that it is you. Ask Ana Ruiz in person."


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return held.plan(app, cast)


@pytest.fixture
def opened(as_: Browsers, plan: Plan) -> str:
    """The address of a session in which both have written something and been."""
    page = held.begin(as_("coach"), plan, "Tom Becker").form("#plan").submit({"focus": "Waiting time"})
    as_("teacher").get(page.path)
    return held.address(page)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


def log(client: Client, opened: str) -> list[str]:
    """The lines of the log, newest first, without the line about reading it."""
    page = client.get(f"{opened}/log")
    return [words(line) for line in page.all(".who-log li > span:first-child")][1:]


# ---------------------------------------------------------------- sealed accounts


def test_a_new_password_by_link_seals_the_account_until_a_colleague_confirms(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    notes = as_("teacher").post(f"{opened}/notes").form("#plan").submit({"private_notes": "I was nervous"}).path
    held.reset(app, cast["teacher"].id)
    teacher, coach = as_("teacher"), as_("coach")
    for path in (f"{opened}/write", f"{opened}/log", f"{opened}/who", notes, f"{plan.path}/sessions/new"):
        page = teacher.get(path, status=403)
        assert CLOSED in page
        assert "Ask Ana Ruiz in person." in page
        assert "Waiting time" not in page.html
    line = teacher.post(f"{opened}/answers/focus", {"v.focus": "1", "focus": "forged"}, htmx=True, status=403)
    assert CLOSED in line

    page = coach.get("/")
    assert "Have you spoken with Tom Becker in person?" in page
    assert "I am not sure" in page
    assert "A new password was made for Tom Becker with a link." in coach.get(f"{opened}/write")
    page.form(button="Yes, it was Tom Becker").submit({})
    assert "Have you spoken" not in coach.get("/")
    assert teacher.get(f"{opened}/write").form("#plan").value("focus") == "Waiting time"
    assert teacher.get(notes).form("#plan").value("private_notes") == "I was nervous"
    lines = log(coach, opened)
    assert "Ana Ruiz confirmed in person that the new password is Tom Becker’s" in lines
    assert "The password of Tom Becker was set anew: closed to that account until somebody confirms it" in lines


def test_a_sealed_account_is_shown_no_session_no_date_and_no_count(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    assert "Observation" in as_("teacher").get(plan.path)
    held.reset(app, cast["teacher"].id)
    for path in (plan.path, "/", f"{plan.path}/sessions"):
        page = as_("teacher").get(path)
        assert opened not in page.html
        assert "Observation" not in page
        assert "Start a coaching session" not in page
        assert "You have had no coaching session" not in page
        assert ASK in page
    assert (
        as_("teacher").get("/").words("section:has(> #h-needs)").startswith(f"Needs you Your coaching sessions {ASK}")
    )
    for who in ("coach", "teacher2"):
        for path in (plan.path, "/", f"{plan.path}/sessions"):
            assert "Your coaching sessions are closed" not in as_(who).get(path)


def test_a_new_session_is_announced_to_those_in_it_until_they_open_it(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan
) -> None:
    says = "Open the coaching session that Ana Ruiz started with you"
    begun = held.address(held.begin(as_("coach"), plan, "Tom Becker", kind="Planning"))
    page = as_("teacher").get("/")
    assert "Planning, " in page.words("section:has(> #h-needs)")
    for who in ("coach", "teacher2", "principal", "champion", "admin", "outsider"):
        page_of_others = as_(who).get("/")
        assert "Open the coaching session" not in page_of_others
        assert begun not in page_of_others.html
    assert page.follow(says).path == f"{begun}/write"
    assert says not in as_("teacher").get("/")


def test_a_sealed_account_hears_of_no_new_session(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    begun = held.address(held.begin(as_("coach"), plan, "Tom Becker", kind="Planning"))
    held.reset(app, cast["teacher"].id)
    page = as_("teacher").get("/")
    assert ASK in page
    assert "Open the coaching session" not in page
    assert "Planning" not in page
    assert begun not in page.html


def test_a_sealed_account_changes_nothing(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str, unchanged: Callable[[], Any]
) -> None:
    held.reset(app, cast["teacher"].id)
    teacher = as_("teacher")
    with unchanged():
        for path in ("/write", "/leave", "/delete", "/notes", "/let-in/x", "/people/x/add", "/rows/action_steps/add"):
            teacher.post(f"{opened}{path}", {"answer": "yes"}, status=403)
        sent = {"attendees": plan.participants["coach"], "kind": "planning", "on": now().date().isoformat()}
        teacher.post(f"{plan.path}/sessions/new", sent, status=403)


def test_only_a_colleague_of_the_circle_confirms_and_never_oneself(
    app: Flask, cast: Cast, as_: Browsers, opened: str, unchanged: Callable[[], Any]
) -> None:
    held.reset(app, cast["teacher"].id)
    path = f"/circle/confirm/{cast['teacher'].public_id}"
    browsers = {who: as_(who) for who in ("teacher2", "principal", "admin", "outsider", "teacher")}
    with unchanged():
        for client in browsers.values():
            client.post(path, status=404)
        as_coach = f"/circle/confirm/{cast['outsider'].public_id}"
        for nobody in (as_coach, "/circle/confirm/nothing"):
            browsers["outsider"].post(nobody, status=404)


def test_with_an_unconfirmed_colleague_no_new_session_starts(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    held.reset(app, cast["teacher"].id)
    page = as_("coach").get(f"{plan.path}/sessions/new")
    assert "Speak with Tom Becker in person first" in page
    assert not page.has("[name=attendees]")


def test_a_sealed_account_signs_no_agreement(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str, unchanged: Callable[[], Any]
) -> None:
    agreement = agreements.start(app, cast, plan)
    agreement.tick("teacher", "take_place")
    check = f"{agreement.path}/agreement/check"
    held.reset(app, cast["teacher"].id)
    form = as_("teacher").get(check).form(button="Sign this text")
    with unchanged():
        form.submit({"Your name": "Tom Becker"}, status=403)
    as_("coach").get("/").form(button="Yes, it was Tom Becker").submit({})
    as_("teacher").get(check).form(button="Sign this text").submit({"Your name": "Tom Becker"})
    agreement.sign("coach")
    assert agreement.in_force()


def test_a_password_changed_with_the_old_one_closes_nothing(cast: Cast, as_: Browsers, opened: str) -> None:
    from tests.cast import PASSWORD

    teacher = as_("teacher")
    form = teacher.get("/account").form(button="Change my password")
    form.submit({"Current password": PASSWORD, "New password": held.NEW_PASSWORD})
    assert teacher.get(f"{opened}/write").form("#plan").value("focus") == "Waiting time"


# ---------------------------------------------------------------- an evaluation that appears


SHUT = (
    "Tom Becker can no longer open your coaching sessions together, because of evaluating somebody in them. "
    "What is written stays with you."
)


def test_an_evaluation_closes_it_and_the_others_are_told_in_plain_words(
    app: Flask, cast: Cast, as_: Browsers, opened: str, tables: Tables
) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    teacher, coach = as_("teacher"), as_("coach")
    for path in ("/write", "/log", "/who", "/people", "/history/focus"):
        teacher.get(f"{opened}{path}", status=404)
    assert coach.get(f"{opened}/write").form("#plan").value("focus") == "Waiting time"
    for path in ("/", f"{opened}/write"):
        assert SHUT in coach.get(path)
    assert SHUT not in teacher.get("/")
    assert "closed: evaluates somebody here" in coach.get(f"{opened}/people")
    assert "Closed to Tom Becker, who now evaluates somebody in it" in log(coach, opened)
    coach.get("/").form(button="OK, I have read this about Tom Becker").submit({})
    for path in ("/", f"{opened}/write"):
        assert SHUT not in coach.get(path)
    assert tables.one(select(func.count(Mail.id)).where(Mail.person_id == cast["coach"].id, Mail.path == "/")) == 1


def test_after_a_mistaken_entry_the_others_let_somebody_back_in(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    notes = as_("teacher").post(f"{opened}/notes").form("#plan").submit({"private_notes": "I was nervous"}).path
    second = held.address(held.begin(as_("coach"), plan, "Tom Becker", kind="Debrief"))
    held.make_evaluator(app, cast, "teacher", "coach")
    coach, teacher = as_("coach"), as_("teacher")
    path = f"{opened}/let-in/{cast['teacher'].public_id}"
    coach.post(path, status=404)
    held.call_it_a_mistake(app, cast, "teacher", "coach")
    teacher.get(f"{opened}/write", status=404)
    page = coach.get("/")
    assert "the entry that closed your coaching sessions to Tom Becker was a mistake" in page
    assert "Tom Becker is back." in page.form(button="Let Tom Becker back in").submit({})
    for one in (opened, second):
        assert "Only you and Ana Ruiz can see this" in teacher.get(f"{one}/write")
        assert "Tom Becker was let back in: everybody had agreed" in log(coach, one)
    assert teacher.get(notes).form("#plan").value("private_notes") == "I was nervous"
    assert "can come back" not in coach.get("/")
    coach.post(path, status=404)


def test_an_evaluation_that_ended_gives_nothing_back(app: Flask, cast: Cast, as_: Browsers, opened: str) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    held.end_it(app, cast, "teacher", "coach")
    assert "back in" not in as_("coach").get("/")
    as_("coach").post(f"{opened}/let-in/{cast['teacher'].public_id}", status=404)
    as_("teacher").get(f"{opened}/write", status=404)


def test_a_mistake_of_this_morning_counts_against_no_session_that_begins_after_it(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str
) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    held.call_it_a_mistake(app, cast, "teacher", "coach")
    coach, teacher = as_("coach"), as_("teacher")
    later = {held.address(held.begin(one, plan, name)) for one, name in ((coach, "Tom Becker"), (teacher, "Ana Ruiz"))}
    for one in later:
        assert "Only you and Ana Ruiz can see this" in teacher.get(f"{one}/write")
    teacher.get(f"{opened}/write", status=404)  # of what was before, the others decide
    held.make_evaluator(app, cast, "teacher", "coach")
    for one in later:
        teacher.get(f"{one}/write", status=404)


def test_two_mistaken_entries_lose_nothing(app: Flask, cast: Cast, as_: Browsers, opened: str) -> None:
    notes = as_("coach").post(f"{opened}/notes").form("#plan").submit({"private_notes": "Slow down"}).path
    held.make_evaluator(app, cast, "teacher", "coach")
    held.make_evaluator(app, cast, "coach", "teacher")
    coach, teacher = as_("coach"), as_("teacher")
    held.call_it_a_mistake(app, cast, "teacher", "coach")
    for client in (coach, teacher):
        client.get(f"{opened}/write", status=404)
    held.call_it_a_mistake(app, cast, "coach", "teacher")
    assert "Waiting time" in coach.get(f"{opened}/write").html
    assert coach.get(notes).form("#plan").value("private_notes") == "Slow down"
    teacher.get(f"{opened}/write", status=404)  # the coach, who had the last key, has yet to agree
    coach.get("/").form(button="Let Tom Becker back in").submit({})
    assert "Waiting time" in teacher.get(f"{opened}/write").html


def test_a_key_that_was_put_away_opens_nothing(
    app: Flask, cast: Cast, as_: Browsers, opened: str, tables: Tables
) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    assert tables.one(select(CircleMember.put_away).where(CircleMember.put_away.is_not(None))) is None
    held.make_evaluator(app, cast, "coach", "teacher")
    (last,) = tables.all(select(CircleMember).where(CircleMember.put_away.is_not(None)))
    assert last.person_id == cast["coach"].id
    tables.do(delete(EvaluatorAssignment))
    for person_id in (cast["coach"].id, cast["teacher"].id):
        one = CircleMember.circle_id == last.circle_id, CircleMember.person_id == person_id
        tables.do(update(CircleMember).where(*one).values(wrap=last.put_away, bound_to=last.bound_to, closed_at=None))
    for key in ("coach", "teacher"):
        assert "Waiting time" not in as_(key).answer(f"{opened}/write")[1]


def test_who_has_left_keeps_their_notes_when_the_others_delete_the_session(
    as_: Browsers, opened: str, tables: Tables
) -> None:
    theirs = as_("teacher").post(f"{opened}/notes").form("#plan").submit({"private_notes": "I was nervous"}).path
    mine = as_("coach").post(f"{opened}/notes").form("#plan").submit({"private_notes": "Slow down"}).path
    as_("teacher").post(f"{opened}/leave", {})
    as_("coach").post(f"{opened}/delete", {"answer": "yes"})
    as_("coach").get(mine, status=404)
    assert as_("teacher").get(theirs).form("#plan").value("private_notes") == "I was nervous"
    assert set(tables.all(select(SealedAnswer.prompt))) == {"private_notes"}
    as_("coach").get(theirs, status=404)


def test_news_are_only_for_those_they_are_for(
    app: Flask, cast: Cast, as_: Browsers, opened: str, tables: Tables, unchanged: Callable[[], Any]
) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    assert tables.all(select(CircleNews.person_id)) == [cast["coach"].id]
    browsers = {who: as_(who) for who in ("teacher", "teacher2", "outsider", "admin")}
    with unchanged():
        for client in browsers.values():
            client.post(f"/circle/news/closed/{cast['teacher'].public_id}", status=404)
        as_coach = {"kind": "nothing", "person": cast["teacher"].public_id}
        browsers["outsider"].post("/circle/news/{kind}/{person}".format(**as_coach), status=404)


# ---------------------------------------------------------------- who can see it


def who(page: Page) -> dict[str, str]:
    """Name → can or cannot, and why."""
    said = {}
    for kind in ("can", "cannot"):
        for line in page.all(f".{kind} li"):
            name = line.cssselect(".name")
            if name:
                reason = words(line.cssselect(".reason")[0])
                said[words(name[0])] = f"{kind}: {reason}"
    return said


def test_who_can_see_it_is_said_by_name_and_with_the_reason(app: Flask, cast: Cast, as_: Browsers, opened: str) -> None:
    said = who(as_("coach").get(f"{opened}/write").follow("Who can see this"))
    assert said["Ana Ruiz"] == "can: attends (you)"
    assert said["Tom Becker"] == "can: attends"
    assert said["Uma Patel"].endswith("not in this session")
    assert said["Paul Okafor"] == "cannot: cannot: evaluates someone here"
    assert said["Adam Reyes"] == "cannot: administrator: keeps accounts, cannot see this"
    assert {name for name, words in said.items() if words.startswith("can:")} == {"Ana Ruiz", "Tom Becker"}
    held.reset(app, cast["teacher"].id)
    assert who(as_("coach").get(f"{opened}/who"))["Tom Becker"].startswith("cannot: account sealed until confirmed")


def test_who_lost_it_is_said_too(app: Flask, cast: Cast, as_: Browsers, plan: Plan, opened: str) -> None:
    second = held.address(held.begin(as_("coach"), plan, "Tom Becker"))
    as_("teacher").post(f"{second}/leave")
    assert who(as_("coach").get(f"{second}/who"))["Tom Becker"] == "cannot: left"
    with clock.at(datetime(2026, 11, 22, 2, 30, tzinfo=UTC)):  # still Saturday at the school
        held.make_evaluator(app, cast, "teacher", "coach")
    with clock.at(datetime(2026, 11, 23, 15, tzinfo=UTC)):
        said = who(as_("coach").get(f"{opened}/who"))["Tom Becker"]
    assert said == "cannot: closed on Sat Nov 21: now evaluates someone here"


def test_who_evaluates_somebody_else_of_the_plan_is_nobodys_business_here(
    app: Flask, cast: Cast, as_: Browsers, opened: str
) -> None:
    held.make_evaluator(app, cast, "outsider", "teacher2")
    said = who(as_("coach").get(f"{opened}/who"))
    assert "Uma Patel" in said
    assert "Olga Brandt" not in said
    held.make_evaluator(app, cast, "outsider", "teacher")
    assert who(as_("coach").get(f"{opened}/who"))["Olga Brandt"] == "cannot: cannot: evaluates someone here"


def test_of_private_notes_only_the_author_can(as_: Browsers, opened: str) -> None:
    notes = held.address(as_("teacher").post(f"{opened}/notes"))
    said = who(as_("teacher").get(f"{notes}/who"))
    assert said["Tom Becker"] == "can: writes them (you)"
    assert all(words.startswith("cannot") for name, words in said.items() if name != "Tom Becker")
    assert said["Ana Ruiz"].endswith("not the author")


def test_the_answer_is_the_walls_own(app: Flask, cast: Cast, opened: str) -> None:
    """`would_find` says for each person what the pages say."""
    public_id = opened.removeprefix("/sessions/")
    with app.test_request_context():
        can = {key for key in cast if records.would_find("session", public_id, cast[key].id)}
        assert not any(records.would_find("private_notes", public_id, cast[key].id) for key in cast)
        assert not any(records.would_find("session", "nothing", cast[key].id) for key in cast)
    assert can == {"coach", "teacher"}


# ---------------------------------------------------------------- the log


def test_every_act_has_its_line_in_plain_words(as_: Browsers, opened: str) -> None:
    coach = as_("coach")
    as_("outsider").get(f"{opened}/write", status=404)
    coach.get(f"{opened}/history/focus")
    coach.get(f"{opened}/who")
    lines = log(coach, opened)
    assert lines[:3] == [
        "Ana Ruiz looked at who can see it",
        "Ana Ruiz looked at earlier wordings",
        "Olga Brandt tried to open it and was refused",
    ]
    assert "Tom Becker opened it" in lines
    assert lines[-1] == "Ana Ruiz began it"


def test_a_whole_log_is_said_to_be_whole_with_a_code_to_note_down(as_: Browsers, opened: str) -> None:
    coach = as_("coach")
    page = coach.get(f"{opened}/write").follow("Access log")
    noted = page.words(".code")
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", noted)
    assert not page.has("#verdict")
    page = page.form(button="Verify").submit({})
    assert "The log is whole." in page
    page = page.form(button="Verify").submit({"noted": noted.lower()})
    assert "The code you noted is in it." in page
    page = page.form(button="Verify").submit({"noted": "0000-0000-0000"})
    assert "The log itself is whole. But this code is not in it. Check your typing." in page
    assert "changed outside of Accord" not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (update(LogEntry).where(LogEntry.number == 2).values(act="printed"), "Line 2 was changed"),
        (delete(LogEntry).where(LogEntry.number == 2), "Line 2 is missing"),
        (delete(LogEntry).where(LogEntry.number > 1), "The end of the log was cut off"),
    ],
)
def test_what_was_changed_in_the_database_is_found(
    as_: Browsers, opened: str, tables: Tables, change: Any, said: str
) -> None:
    as_("outsider").get(f"{opened}/write", status=404)
    tables.do(change)
    for noted in ("", "0000-0000-0000"):
        verdict = as_("coach").get(f"{opened}/log?verify=1&noted={noted}").words("#verdict")
        assert said in verdict
        assert "The log was changed outside of Accord." in verdict


def test_a_record_changed_in_the_database_is_not_shown_but_explained(
    as_: Browsers, opened: str, tables: Tables
) -> None:
    sealed = tables.one(select(SealedAnswer.sealed).where(SealedAnswer.prompt == "focus"))
    tables.do(update(SealedAnswer).where(SealedAnswer.prompt == "session_kind").values(sealed=sealed))
    page = as_("coach").get(f"{opened}/write", status=409)
    assert "Something in this record was changed outside of Accord, so it is not shown." in page
    assert "Waiting time" not in page.html
    assert tables.one(select(func.count(CircleMember.person_id))) == 2


def test_who_is_closed_out_while_a_page_is_drawn_is_told_that_there_is_nothing(
    as_: Browsers, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_a_key(_page: SessionPage) -> str:
        monkeypatch.setattr(records, "find", lambda *_args, **_values: None)
        raise keys.Unreadable

    monkeypatch.setattr(SessionPage, "who", property(without_a_key))
    assert "There is no such page" in as_("coach").get(f"{opened}/write", status=404)
