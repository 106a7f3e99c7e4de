"""Bad input at every door: a clear answer, nothing half saved, the words kept, and never an error of the site's own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import agreements, crawl, held, plans, releases
from tests.cast import Cast
from tests.meetings import meet
from tests.page import Client
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp.clock import this_school_year
from webapp.documents.models import Answer, Comment, Decision, Participant, Revision
from webapp.people import links
from webapp.people.models import SignIn
from webapp.text import UnusableText, tidy

Browsers = Callable[[str], Client]
WORDS = "wombat"  # stands in every bad text, to be found again on the page that answers
HUGE = f"{WORDS} " + "x" * 200_000
NOT_TEXT = [f"{WORDS}\0", f"{WORDS}\ufffe", f"{WORDS}\x1b[2J", HUGE]
STRANGE = [
    f"{WORDS} 👩🏽‍🏫🇺🇸",
    f"{WORDS} שלום \u202eabc\u202c مرحبا",
    f"<b>{WORDS}</b> {{{{7*7}}}} #import $x$",
]
NOT_DAYS = [
    "31 of Juny", "2026-02-30", "2026-13-01", "0000-00-00", "2026-11-21T10:00", "1/1/99999999999999999999", "13/45/2026",
    "-1/-1/-1", "1999-12-31", "2101-01-01", "٢٠٢٦-١١-٢١", "²/²/²", "\0", HUGE,
]  # fmt: skip
NOT_NUMBERS = ["", "-1", "0", "21", "2.5", "²", "١٢٣٤", "1e3", "9" * 30, "9" * 5000, "two", "\0"]
NOT_OFFERED = ["nothing", "", "\0", "../..", "9" * 5000, "' OR 1=1 --", "ñ"]
FORGED_IDS = ["nothing", "\0", "9" * 300, "%", "' OR 1=1 --", "\U0001f9d1"]


@dataclass(frozen=True)
class Door:
    """One route that takes a form: who may use it, what a good form holds, and what is bad in each of its boxes."""

    who: str
    path: str
    good: dict[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()  # boxes for words: bad words are refused and shown again
    day: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()  # one of those offered
    secret: tuple[str, ...] = ()  # refused, and never shown again


GOAL, NORM, MEASURE = "goal_statement", f"norms.{ROW}.norm", f"measures.{ROW}"
EVIDENCE = f"progress_values.{ROW}"
TELL = "tell.comment.goal"
QUOTE = json.dumps({"prompt": GOAL, "row": "", "at": 0, "words": "goal"})

MAY_BE_EMPTY = ("readers", "structure", f"{EVIDENCE}.measure", "quote.goal")

DOORS: dict[str, list[Door]] = {
    # the plan
    "plans.start": [Door("coach", "/plans/new", {"place": "{place}", "start_from": ""}, choice=("place",))],
    "plans.say_session_2": [],
    "plans.answer": [Door("invited", "{plan}/answer", {"answer": "yes"}, choice=("answer",))],
    "plans.ask": [Door("coach", "{plan}/teachers/ask", {"person": "{outsider}"}, choice=("person",))],
    "plans.note_name": [Door("coach", "{plan}/teachers/name", {"name": "Kim Lee"}, text=("name",))],
    "plans.change_principal": [Door("coach", "{plan}/principal", {"principal": "{assistant_principal}"}, choice=("principal",))],
    "agreements.start": [],
    # writing
    "writing.save_page": [
        Door("coach", "{plan}/write", {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,)),
        Door("coach", "{plan}/write", {f"v.norms.{ROW}": "1", NORM: "good"}, text=(NORM,)),
        Door("coach", "{plan}/write", {"v.plan_date": "1", "plan_date": "2026-10-01"}, day=("plan_date",)),
        Door("coach", "{plan}/write", {"v.usual_day": "1", "usual_day": "Mondays"}, text=("usual_day",)),
        Door("coach", "{plan}/write", {"comment.goal": "good"}, text=("comment.goal",)),
    ],
    "writing.save_prompt": [
        Door("coach", "{plan}/answers/" + GOAL, {f"v.{GOAL}": "1", GOAL: "good"}),
        Door("coach", "{plan}/answers/structure", {"v.structure": "1", "structure": "team"}, choice=("structure",)),
        Door("coach", "{plan}/answers/improves", {"v.improves": "1", "improves": "content"}, choice=("improves",)),
        Door("coach", "{plan}/answers/plan_date", {"v.plan_date": "1", "plan_date": "2026-10-01"}, day=("plan_date",)),
        Door(
            "coach", f"{{plan}}/answers/measures/{ROW}", {f"v.{MEASURE}": "1", f"{MEASURE}.by_when": "2026-10-01"},
            day=(f"{MEASURE}.by_when",),
        ),
        Door(
            "coach", f"{{plan}}/answers/progress_values/{ROW}",
            {f"v.{EVIDENCE}": "1", f"{EVIDENCE}.measure": ROW, f"{EVIDENCE}.value": "62"}, choice=(f"{EVIDENCE}.measure",),
        ),
    ],
    "writing.here": [],  # by the page itself; tests/test_presence.py
    "writing.save_both": [Door("coach", "{plan}/both/" + GOAL, {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,))],
    "writing.comment": [
        Door("coach", "{plan}/comments/goal", {"comment.goal": "good"}, text=("comment.goal",)),
        Door("coach", "{plan}/comments/goal", {"comment.goal": "good", TELL: "{teacher}"}, choice=(TELL,)),
        Door("coach", "{plan}/comments/goal", {"comment.goal": "good", "quote.goal": QUOTE}, choice=("quote.goal",)),
    ],
    "writing.resolve_comment": [],
    "writing.add_row": [Door("coach", "{plan}/rows/norms/add", {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,))],
    "writing.change_rows": [
        Door("coach", f"{{plan}}/rows/norms/{ROW}/down", {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,)),
    ],
    "writing.agree_to_row": [],
    "writing.compose": [Door("coach", "{plan}/drafts/" + GOAL, {"v.timeline": "1", "timeline": "x"}, text=("timeline",))],
    "writing.restore": [],
    "writing.undo": [],
    "plans.go_to_teachers": [Door("coach", "{plan}/teachers", {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,))],
    "plans.remove": [],
    # deciding
    "signoff.go_to_check": [Door("coach", "{plan}/part2/check", {f"v.{GOAL}": "1", GOAL: "good"}, text=(GOAL,))],
    "signoff.decide": [
        Door("principal", "{plan}/part1/return", {"seen": "1", "remark": "good"}, text=("remark",)),
        Door("coach", "{agreement}/agreement/sign", {"seen": "1", "signed_as": "Ana Ruiz"}, text=("signed_as",)),
    ],
    # people
    "people.change_account": [
        Door("coach", "/account", {"name": "Ana Ruiz", "teaching_assignment": ""}, text=("name", "teaching_assignment")),
    ],
    "people.change_password": [
        Door(
            "coach", "/account/password", {"current_password": plans.MARKER, "new_password": "three more good words"},
            secret=("current_password", "new_password"),
        ),
    ],
    "people.end_sign_in": [],
    "people.end_other_sign_ins": [],
    "people.stay": [],
    "people.sign_out": [],
    "people.check_sign_in": [
        Door("signed_out", "/sign-in", {"email": "x@example.org", "password": "x"}, text=("email",), secret=("password",)),
    ],
    "people.ask_for_reset": [Door("signed_out", "/forgot", {"email": "nobody@example.org"}, choice=("email",))],
    "people.take_up": [Door("signed_out", "{welcome}", {"password": "three more good words"}, secret=("password",))],
    # the administrator
    "administration.invite": [
        Door(
            "admin", "/administration/people/invite", {"name": "Kim Lee", "email": "kim@example.org", "teaching_assignment": ""},
            text=("name", "email", "teaching_assignment"),
        ),
    ],
    "administration.change_person": [
        Door(
            "admin", "{person}",
            {"details-name": "Kim", "details-email": "kim@example.org", "details-teaching_assignment": ""},
            text=("details-name", "details-email", "details-teaching_assignment"),
        ),
    ],
    "administration.add_role": [
        Door(
            "admin", "{person}/roles",
            {"role-role": "coach", "role-place": "{school}", "role-starts": "2026-08-01", "role-ends": ""},
            day=("role-starts", "role-ends"), choice=("role-role", "role-place"),
        ),
    ],
    "administration.end_role": [Door("admin", "{membership}", {"{m}-last_day": "2026-12-01"}, day=("{m}-last_day",))],
    "administration.add_evaluator": [
        Door(
            "admin", "{person}/evaluators",
            {"evaluator-email": "coach@example.org", "evaluator-starts": "2026-08-01", "evaluator-ends": ""},
            text=("evaluator-email",), day=("evaluator-starts", "evaluator-ends"),
        ),
    ],
    "administration.end_evaluator": [],
    "administration.void_role": [],
    "administration.void_evaluator": [],
    "administration.invite_again": [],
    "administration.send_reset": [],
    "administration.deactivate": [],
    "administration.reactivate": [],
    "administration.add_district": [Door("admin", "/administration/districts/new", {"name": "New"}, text=("name",))],
    "administration.rename_district": [Door("admin", "{district}", {"name": "New"}, text=("name",))],
    "administration.add_school": [
        Door("admin", "/administration/schools/new", {"name": "New", "district": "{district_id}"}, text=("name",), choice=("district",)),
    ],
    "administration.change_school": [Door("admin", "{school_page}", {"name": "New"}, text=("name",))],
    # coaching sessions and private notes
    "sessions_of_plan.start": [
        Door(
            "coach", "{plan}/sessions/new", {"attendees": "{teacher}", "kind": "planning", "on": "2026-11-20"},
            day=("on",), choice=("attendees", "kind"),
        ),
    ],
    "sessions.save_page": [
        Door("coach", "{session}/write", {"v.focus": "1", "focus": "good"}, text=("focus",)),
        Door("coach", "{session}/write", {"v.session_date": "0", "session_date": "2026-11-20"}, day=("session_date",)),
    ],
    "sessions.here": [],
    "sessions.save_prompt": [Door("coach", "{session}/answers/focus", {"v.focus": "1", "focus": "good"})],
    "sessions.save_both": [Door("coach", "{session}/both/focus", {"v.focus": "1", "focus": "good"}, text=("focus",))],
    "sessions.add_row": [Door("coach", "{session}/rows/evidence/add", {"v.focus": "1", "focus": "good"}, text=("focus",))],
    "sessions.change_rows": [],
    "sessions.restore": [],
    "sessions.undo": [],
    "sessions.comment": [
        Door("coach", "{session}/comments/focus", {"comment.focus": "good"}, text=("comment.focus",)),
        Door(
            "coach", "{session}/comments/focus", {"comment.focus": "good", "tell.comment.focus": "{teacher}"},
            choice=("tell.comment.focus",),
        ),
    ],
    "sessions.resolve_comment": [],
    "sessions.private_notes": [Door("coach", "{session}/notes", {"v.focus": "1", "focus": "good"}, text=("focus",))],
    "sessions.add": [],
    "sessions.take_out": [],
    "sessions.leave": [],
    "sessions.delete": [Door("coach", "{session}/delete", {"answer": "no"}, choice=("answer",))],
    "sessions.let_in": [],
    "notes.save_page": [Door("coach", "{notes}/write", {"v.private_notes": "0", "private_notes": "good"}, text=("private_notes",))],
    "notes.here": [],
    "notes.save_prompt": [Door("coach", "{notes}/answers/private_notes", {"v.private_notes": "0", "private_notes": "good"})],
    "notes.save_both": [],
    "notes.add_row": [],
    "notes.change_rows": [],
    "notes.restore": [],
    "notes.undo": [],
    # a release of progress; asking and taking back hold nothing that is typed: tests/test_releases.py
    "releases_of_plan.compose": [],
    "releases.save_page": [
        Door("coach", "{release}/write", {"v.release_heading": "0", "release_heading": "good"}, text=("release_heading",)),
        Door("coach", "{release}/write", {"v.readable_until": "0", "readable_until": "2026-12-01"}, day=("readable_until",)),
    ],
    "releases.here": [],
    "releases.save_prompt": [
        Door("coach", "{release}/answers/readers", {"v.readers": "0", "readers": "{reader}"}, choice=("readers",)),
    ],
    "releases.save_both": [],
    "releases.add_row": [
        Door(
            "coach", "{release}/rows/shown_measures/add", {"v.release_words": "0", "release_words": "good"},
            text=("release_words",),
        ),
    ],
    "releases.change_rows": [],
    "releases.restore": [],
    "releases.undo": [],
    "releases.look": [
        Door("coach", "{release}/look", {"v.release_words": "0", "release_words": "good"}, text=("release_words",)),
    ],
    "releases.ask": [],
    "releases.answer": [Door("coach", "{release}/answer", {"answer": "yes", "seen": ""}, choice=("answer",))],
    "releases.withdraw": [],
    "releases.throw_away": [],
    "circle.confirm": [],
    "circle.seen": [],
    # around coaching sessions: only marks and ticks; tests/test_session_pages.py
    "timeline.step_done": [],
    "timeline.step_open": [],
    "timeline.mark_norms": [],
    # the programme
    "programme.set_date": [
        Door(
            "champion", "{dates}", {"{d}-number": "3", "{d}-held_on": "2026-11-30"},
            number=("{d}-number",), day=("{d}-held_on",),
        ),
    ],
    "programme.remove_date": [],
}  # fmt: skip


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """Part 1 is with the principal; everything else is being written; the norms are open."""
    return plans.write(app, cast, part1="submitted", session_2=True)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@pytest.fixture
def fill(app: Flask, cast: Cast, plan: Plan, tables: Tables) -> Callable[[str], str]:
    """Put what is real into the gaps of a door."""
    from webapp.people.models import Membership

    role = tables.one(select(Membership).where(Membership.person_id == cast["other_teacher"].id))
    district = cast.districts["cedar_valley"].public_id
    with app.test_request_context():
        welcome = links.make(cast["outsider"].id, "reset").removeprefix("http://127.0.0.1:5000")
    with app.app_context():
        dates = f"/programme/dates/{district}/{this_school_year()}"
    person = f"/administration/people/{cast['other_teacher'].public_id}"
    gaps = {
        "plan": plan.path, "agreement": agreements.start(app, cast, plan).path, "outsider": cast["outsider"].public_id, "welcome": welcome, "person": person,
        "assistant_principal": cast["assistant_principal"].public_id, "m": role.public_id,
        "membership": f"{person}/roles/{role.public_id}/end", "school": f"school:{cast.schools['harbor'].public_id}",
        "district": f"/administration/districts/{district}", "district_id": district, "d": district, "dates": dates,
        "school_page": f"/administration/schools/{cast.schools['lincoln'].public_id}",
        "place": f"{cast.schools['roosevelt'].public_id}.{cast['principal'].public_id}", "teacher": plan.participants["teacher"],
    }  # fmt: skip
    gaps["session"] = meet(app, cast, plan, "coach", "teacher", focus="good")
    gaps["release"] = releases.begin(app, cast, plan)
    gaps["reader"] = releases.reader(cast, "principal")
    gaps["notes"] = held.notes_on(app, cast["coach"].id, gaps["session"])

    def put(text: str) -> str:
        for gap, value in gaps.items():
            text = text.replace("{" + gap + "}", value)
        return text

    return put


# ---------------------------------------------------------------- every box of every form


def test_every_route_that_takes_a_form_is_in_the_table(app: Flask) -> None:
    takes = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert takes == DOORS.keys(), takes ^ DOORS.keys()


def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    browser_of: Browsers, fill: Callable[[str], str], unchanged: Callable[[], Any]
) -> None:
    doors = [door for doors in DOORS.values() for door in doors]
    browsers = {who: browser_of(who) for who in {door.who for door in doors}}
    with unchanged():
        for door in doors:
            client = browsers[door.who]
            good = {fill(name): fill(value) for name, value in door.good.items()}
            for name, bad in _bad(door):
                code, page = client.answer(fill(door.path), {**good, fill(name): bad})
                assert code in (400, 404, 422), (door.path, name, bad[:40], code)
                if name in door.text and code == 422:
                    assert WORDS in page, (door.path, name, bad[:40])
                if name in door.secret:
                    assert WORDS not in page, (door.path, name)


def _bad(door: Door) -> Iterator[tuple[str, str]]:
    for name in (*door.text, *door.secret):
        yield from ((name, bad) for bad in NOT_TEXT)
    for name in door.day:
        yield from ((name, bad) for bad in NOT_DAYS)
    for name in door.number:
        yield from ((name, bad) for bad in NOT_NUMBERS)
    for name in door.choice:
        yield from ((name, bad) for bad in NOT_OFFERED if bad or name not in MAY_BE_EMPTY)


def test_strange_but_good_text_is_kept_or_refused_in_words(browser_of: Browsers, fill: Callable[[str], str]) -> None:
    for door in (door for doors in DOORS.values() for door in doors):
        client = browser_of(door.who)
        good = {fill(name): fill(value) for name, value in door.good.items()}
        for name in door.text:
            for text in STRANGE:
                code, page = client.answer(fill(door.path), {**good, fill(name): text})
                assert code in (200, 303, 409, 422), (door.path, name, text, code)
                assert "<b>wombat</b>" not in page, "typed text is never markup"


def test_what_is_strange_but_good_comes_back_as_it_was_typed(as_: Browsers, plan: Plan, tables: Tables) -> None:
    coach = as_("coach")
    for base, text in enumerate([*STRANGE, "x" * 20_000, "e\u0301 n\u0303", "a\r\nb\rc\u2028d"], start=1):
        code, page = coach.answer(f"{plan.path}/answers/{GOAL}", {f"v.{GOAL}": str(base), GOAL: text})
        assert code == 200, (text[:40], page)
        here = (Answer.document_id == plan.id, Answer.prompt == GOAL)
        assert tables.one(select(Answer.value).where(*here)) == tidy(text)
        assert coach.answer(f"{plan.path}/write")[0] == 200
        assert coach.answer(f"{plan.path}/history/{GOAL}")[0] == 200


# ---------------------------------------------------------------- what is not a form of ours


def uses(path: str) -> str:
    """Who has this page."""
    starts = {"/administration": "admin", "/programme": "champion", "/welcome": "signed_out", "/forgot": "signed_out"}
    return next((who for start, who in starts.items() if path.startswith(start)), "coach")


def takes_forms(app: Flask, cast: Cast, plan: Plan) -> list[str]:
    """One address of each kind that takes forms, but those for signing in and out."""
    found = crawl.addresses(app, cast, plan, "POST", each=1)
    return [path for path in found if path not in ("/sign-out", "/sign-in")]


BROKEN: list[dict[str, Any]] = [
    {"json": {"seen": [1], GOAL: {"a": None}}},
    {"data": b"\xff\xfe%ZZ=%&&&=;", "content_type": "application/x-www-form-urlencoded"},
    {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
    {"data": b"nothing", "content_type": "multipart/form-data"},
    {"data": b"<a/>", "content_type": "text/xml"},
]


def test_no_address_breaks_whatever_is_sent_there(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    for path in takes_forms(app, cast, plan):
        client = browser_of(uses(path))
        token = {"X-CSRFToken": client.csrf_token(), "Sec-Fetch-Site": "same-origin"}
        for sent in BROKEN:
            response = client.http.post(path, headers=token, **sent)
            assert response.status_code < 500, (path, sent)
            response.close()


def test_without_its_token_a_form_changes_nothing_and_gives_the_words_back(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, unchanged: Callable[[], Any]
) -> None:
    browsers = {who: browser_of(who) for who in ("coach", "admin", "champion")}
    sent = {f"v.{GOAL}": "1", GOAL: f"{WORDS} and more", "seen": "1"}
    with unchanged():
        for path in takes_forms(app, cast, plan):
            client = browsers.get(uses(path), browsers["coach"])
            for came_from in ("same-origin", "cross-site"):
                response = client.http.post(path, data=sent, headers={"Sec-Fetch-Site": came_from})
                assert response.status_code == 400, path
                given_back = WORDS in response.get_data(as_text=True)
                assert given_back == (came_from == "same-origin"), path
                response.close()


@pytest.mark.parametrize("htmx", [False, True])
def test_a_sign_in_that_ends_in_the_middle_of_typing_loses_no_word(
    as_: Browsers, plan: Plan, tables: Tables, cast: Cast, htmx: bool
) -> None:
    from sqlalchemy import update

    from webapp.clock import now

    coach = as_("coach")
    form = coach.get(f"{plan.path}/write").form("#plan")
    tables.do(update(SignIn).where(SignIn.person_id == cast["coach"].id).values(ended_at=now()))
    if htmx:
        line = coach.post(f"{plan.path}/answers/{GOAL}", {f"v.{GOAL}": "1", GOAL: WORDS}, htmx=True, status=401)
        assert line.headers["HX-Retarget"] == "#idle-slot", "the box keeps its words, the notice says why"
        return
    page = form.submit({GOAL: f"{WORDS} and more"}, button="Save this page", status=401)
    assert f"{WORDS} and more" in page
    from tests.cast import PASSWORD

    again = page.form().submit({"E-mail": cast["coach"].email, "Password": PASSWORD})
    saved = again.form().submit()
    assert f"{WORDS} and more" in saved.html
    assert (
        tables.one(select(Answer.value).where(Answer.document_id == plan.id, Answer.prompt == GOAL))
        == f"{WORDS} and more"
    )


def test_more_than_fits_is_answered_with_a_page(as_: Browsers, plan: Plan, unchanged: Callable[[], Any]) -> None:
    coach = as_("coach")
    with unchanged():
        code, page = coach.answer(f"{plan.path}/write", {f"v.{GOAL}": "1", GOAL: "x" * 17_000_000})
        assert code == 413
        assert "That was too much at once" in page
        many = urlencode([(f"field{number}", "x") for number in range(50_000)])
        token = {"X-CSRFToken": coach.csrf_token()}
        kind = "application/x-www-form-urlencoded"
        response = coach.http.post(f"{plan.path}/write", data=many, content_type=kind, headers=token)
        assert response.status_code == 413
        assert "That was too much at once" in response.get_data(as_text=True)
        response.close()


# ---------------------------------------------------------------- forged ids, states and addresses


def test_an_address_with_nonsense_in_it_finds_nothing(
    cast: Cast, plan: Plan, browser_of: Browsers, unchanged: Callable[[], Any]
) -> None:
    browsers = {who: browser_of(who) for who in ("coach", "admin", "champion", "signed_out")}
    for client in browsers.values():
        client.answer("/")
    with unchanged():
        for path in _nonsense(plan, cast):
            for data in (None, {"seen": "1"}):
                code, _ = browsers[uses(path)].answer(path, data)
                assert code in (303, 400, 401, 403, 404, 405, 422, 429), (path, code)


def _nonsense(plan: Plan, cast: Cast) -> Iterator[str]:
    for raw in (
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "%F0%9F%A7%91",
        "..%2f..",
        "%0d%0aSet-Cookie:x",
        "x" * 3000,
        "-1",
        str(2**63),
        str(10**30),
    ):
        yield f"/plans/{raw}"
        yield f"/plans/{plan.public_id}/{raw}"
        yield f"/plans/{plan.public_id}/{raw}/check"
        yield f"/plans/{plan.public_id}/part1/{raw}"
        yield f"/plans/{plan.public_id}/history/{raw}"
        yield f"/plans/{plan.public_id}/history/{GOAL}/{raw}"
        yield f"/plans/{plan.public_id}/history/named/part1/{raw}"
        yield f"/plans/{plan.public_id}/history/named/{raw}/1"
        yield f"/plans/{plan.public_id}/answers/norms/{raw}"
        yield f"/plans/{plan.public_id}/both/norms/{raw}"
        yield f"/plans/{plan.public_id}/rows/norms/{raw}/remove"
        yield f"/plans/{plan.public_id}/agreements/norms/{raw}"
        yield f"/plans/{plan.public_id}/comments/goal/{raw}/done"
        yield f"/plans/{plan.public_id}/teachers/{raw}/remove"
        yield f"/account/sign-ins/{raw}/end"
        yield f"/administration/people/{raw}"
        yield f"/administration/schools/{raw}"
        yield f"/administration/districts/{raw}"
        yield f"/administration/people/{cast['outsider'].public_id}/roles/{raw}/end"
        yield f"/administration/people/{cast['outsider'].public_id}/evaluators/{raw}/end"
        yield f"/programme/dates/{raw}/2026"
        yield f"/programme/dates/{cast.districts['cedar_valley'].public_id}/{raw}"
        yield f"/programme/dates/{cast.districts['cedar_valley'].public_id}/2026/{raw}/remove"
        yield f"/forms/{raw}/blank"
        yield f"/welcome/{raw}"
        yield f"/assets/{raw}/app.css"


@pytest.mark.parametrize("who", ["coach", "champion", "admin", "signed_out"])
def test_strange_questions_in_an_address_are_answered(browser_of: Browsers, plan: Plan, who: str) -> None:
    client = browser_of(who)
    values = ["-1", "0", "²", "9" * 30, "9" * 5000, "%00", "%ff", "1;2", "x[]=1", quote(HUGE[:3000])]
    for path, names in {
        "/plans/": ("page", "of"), "/administration/people": ("page", "q"), f"{plan.path}/teachers": ("q",),
        "/programme/dates": ("year",), "/sign-in": ("next",), "/idle": ("shown",), f"{plan.path}/print": ("size", "x"),
        "/forms/peer_coaching_plan/blank": ("size",), f"{plan.path}/history": ("below",),
        f"{plan.path}/history/{GOAL}": ("below", "every"), f"{plan.path}/history/as-it-was": ("on",),
    }.items():  # fmt: skip
        for name in names:
            for value in values:
                code, _ = client.answer(f"{path}?{name}={value}&&=&{name}")
                assert code in (200, 204, 303, 400, 401, 403, 404, 422), (path, name, value, code)


def test_ids_of_another_plan_do_nothing(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables, unchanged: Callable[[], Any]
) -> None:
    other = plans.write(app, cast, part1="draft", session_2=True)
    coach = as_("coach")
    row = coach.post(f"{other.path}/rows/norms/add").form("#plan").names()
    foreign_row = next(name.split(".")[2] for name in row if name.startswith("v.norms.") and ROW not in name)
    theirs = tables.one(
        select(Participant.public_id).where(Participant.document_id == other.id, Participant.role == "teacher")
    )
    comment = tables.one(select(Comment.public_id).where(Comment.document_id == other.id, Comment.section == "goal"))
    revision = tables.one(select(Revision.id).where(Revision.document_id == other.id, Revision.prompt == GOAL))
    with unchanged():
        for path, sent in {
            f"/answers/norms/{foreign_row}": {f"v.norms.{foreign_row}": "0", f"norms.{foreign_row}.norm": "forged"},
            f"/rows/norms/{foreign_row}/remove": {},
            f"/rows/norms/{foreign_row}/up": {},
            f"/agreements/norms/{foreign_row}": {f"a.norms.{foreign_row}": "1", f"agree.norms.{foreign_row}": "yes"},
            f"/both/norms/{foreign_row}": {"use": "mine"},
            f"/teachers/{theirs}/remove": {},
            f"/comments/goal/{comment}/done": {},
            "/comments/goal": {f"reply.{comment}": "forged"},
            f"/history/{GOAL}/{revision}": {},
            "/write": {f"v.norms.{foreign_row}": "0", f"norms.{foreign_row}.norm": "forged"},
        }.items():
            code, _ = coach.answer(plan.path + path, sent)
            assert code in (303, 400, 404), (path, code)


FORGED_ROWS = ["new", "\0", "a.b", "x" * 500, "", "ROW1", "row1 ", "🧑"]


def test_a_row_that_nobody_added_cannot_be_written(as_: Browsers, plan: Plan, unchanged: Callable[[], Any]) -> None:
    coach = as_("coach")
    with unchanged():
        for row in FORGED_ROWS:
            sent = {
                f"v.norms.{row}": "0",
                f"norms.{row}.norm": "forged",
                f"a.norms.{row}": "1",
                f"agree.norms.{row}": "yes",
            }
            assert coach.answer(f"{plan.path}/write", sent)[0] in (303, 400, 404), row
            assert coach.answer(f"{plan.path}/answers/norms/{quote(row) or '-'}", sent)[0] in (400, 404), row


def test_a_row_of_evidence_points_only_at_a_measure_that_is_there(
    as_: Browsers, plan: Plan, unchanged: Callable[[], Any]
) -> None:
    coach = as_("coach")
    with unchanged():
        for measure in ("nothing", f"{MARKER}", "x" * 300):
            sent = {
                f"v.{EVIDENCE}": "1",
                f"{EVIDENCE}.measure": measure,
                f"{EVIDENCE}.on": "2026-10-01",
                f"{EVIDENCE}.value": "1",
            }
            assert coach.answer(f"{plan.path}/answers/progress_values/{ROW}", sent)[0] == 422


def test_pages_stay_whole_when_a_measure_with_values_is_taken_out(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    coach.post(f"{plan.path}/rows/measures/{ROW}/remove")
    for path in ("", "/write", "/print", "/print.pdf", f"/history/progress_values/{ROW}"):
        assert coach.answer(plan.path + path)[0] == 200, path


def test_no_number_breaks_the_chart(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    numbers = ["0", "-0", "1" + "0" * 38, "-" + "9" * 38, "100000000000000000000", "0.0000000001", "-5", "62 %"]
    for base, number in enumerate(numbers, start=1):
        column = {"measure": ROW, "on": "2026-10-01", "value": number}
        sent = {f"v.{EVIDENCE}": str(base)} | {f"{EVIDENCE}.{name}": value for name, value in column.items()}
        assert coach.answer(f"{plan.path}/answers/progress_values/{ROW}", sent)[0] == 200
        for path in ("/write", "/print", "/print.pdf"):
            assert coach.answer(plan.path + path)[0] == 200, (path, number)


def test_an_approval_of_a_version_that_was_not_shown_is_refused(
    as_: Browsers, plan: Plan, unchanged: Callable[[], Any]
) -> None:
    principal = as_("principal")
    with unchanged():
        for seen in ("", "-1", "0", "2", "10", "9" * 9, str(10**30), "9" * 5000, "1.0", "one", "²", " 1", "\0"):
            for verb in ("approve", "return"):
                code, page = principal.answer(f"{plan.path}/part1/{verb}", {"seen": seen, "remark": "reason"})
                assert code == 409, (verb, seen)
                assert "The text has changed since you read it" in page


def test_states_cannot_be_forged(as_: Browsers, plan: Plan, tables: Tables, unchanged: Callable[[], Any]) -> None:
    """Part 1 is with the principal, Part 2 is being written: whatever does not belong there is refused."""
    browsers = {who: as_(who) for who in ("coach", "principal", "teacher", "invited", "champion", "outsider")}
    with unchanged():
        for who, part, verb, code in [
            ("coach", "part1", "approve", 403), ("coach", "part1", "return", 403), ("coach", "part1", "submit", 409),
            ("principal", "part1", "submit", 403), ("principal", "part1", "take_back", 403), ("teacher", "part1", "approve", 403),
            ("principal", "part2", "review", 404), ("principal", "part2", "approve", 404), ("coach", "part2", "agree", 409),
            ("coach", "part2", "approve", 403), ("coach", "part2", "review", 403), ("coach", "part2", "take_back", 409),
            ("coach", "norms", "share", 403), ("coach", "norms", "approve", 403), ("coach", "progress", "agree", 403),
            ("coach", "part9", "submit", 404), ("coach", "part1", "delete", 404), ("coach", "part1", "APPROVE", 404),
            ("coach", "part1", "__class__", 404), ("invited", "part1", "approve", 403), ("champion", "part1", "approve", 403),
            ("outsider", "part1", "approve", 404),
        ]:  # fmt: skip
            found, _ = browsers[who].answer(f"{plan.path}/{part}/{verb}", {"seen": "1", "state": "approved"})
            assert found == code, (who, part, verb, found)
    assert tables.one(select(Decision.id).where(Decision.kind == "approved")) is None


def test_only_norms_can_be_agreed_to_row_by_row(
    app: Flask, cast: Cast, as_: Browsers, unchanged: Callable[[], Any]
) -> None:
    plan = plans.write(app, cast, part2="shared")
    coach, tick = as_("coach"), {f"a.measures.{ROW}": "1", f"agree.measures.{ROW}": "yes"}
    with unchanged():
        assert coach.answer(f"{plan.path}/agreements/measures/{ROW}", tick)[0] == 404
        assert coach.answer(f"{plan.path}/write", tick)[0] == 404


def test_starters_that_are_not_there_add_an_empty_row_or_nothing(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    for starter in ("-1", "99", "²", "٣", "9" * 5000, "x", "\0", ""):
        assert coach.answer(f"{plan.path}/rows/norms/add", {"starter": starter})[0] in (303, 400), starter


def test_the_mark_of_an_open_page_can_be_anything(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    for base, page in enumerate(["\0", "'", "🧑" * 30, "x" * 5000], start=1):
        sent = {f"v.{GOAL}": str(base), GOAL: f"text {base}", "page": page}
        assert coach.answer(f"{plan.path}/answers/{GOAL}", sent)[0] == 200, page


TAMPERED = [
    "x", "[]", "null", "{}", '{"action":1,"fields":2,"typed_by":3}', "[" * 50_000,
    json.dumps({"action": "/stay", "fields": [["a", "wombat \ud800 and more"]], "typed_by": ""}),
    json.dumps({"action": "/stay", "fields": [["a\0", "wombat \0 and more"]], "typed_by": ""}),
    json.dumps({"action": "https://example.org/", "fields": [["a", "b"]], "typed_by": ""}),
    json.dumps({"action": "//example.org/stay", "fields": [["a", "b"]], "typed_by": ""}),
]  # fmt: skip


def test_kept_words_that_were_tampered_with_are_no_error(signed_out: Callable[[], Client], cast: Cast) -> None:
    from tests.cast import PASSWORD

    for kept, password in product(TAMPERED, ("wrong", PASSWORD)):
        code, page = signed_out().answer("/sign-in", {"email": cast["coach"].email, "password": password, "kept": kept})
        assert code in (200, 303, 422), kept[:80]
        assert 'action="/' in page or code == 303
        assert 'action="http' not in page and 'action="//' not in page


# ---------------------------------------------------------------- any text at all


@pytest.fixture
def writer(app: Flask, as_: Browsers, plan: Plan, tables: Tables) -> Callable[[str], None]:
    """Save a text; afterwards it stands as `tidy` gives it, or it is refused and nothing has changed."""
    coach = as_("coach")
    here = (Answer.document_id == plan.id, Answer.prompt == GOAL)
    headers = {"X-CSRFToken": coach.csrf_token()}

    def write(text: str) -> None:
        before = tables.one(select(Answer).where(*here))
        body = urlencode({f"v.{GOAL}": before.version, GOAL: text}, errors="surrogatepass")
        kind = "application/x-www-form-urlencoded"
        response = coach.http.post(f"{plan.path}/answers/{GOAL}", data=body, content_type=kind, headers=headers)
        code, page = response.status_code, response.get_data()
        response.close()
        after = tables.one(select(Answer).where(*here))
        arrived = as_it_arrives(text)
        try:
            wanted = tidy(arrived) or None
        except UnusableText:
            assert (code, after.value, after.version) == (422, before.value, before.version), page
        else:
            assert (code, after.value) == (200, wanted), page

    return write


def as_it_arrives(text: str) -> str:
    """Half of a pair has no place in UTF-8: what a browser cannot send arrives as the bytes' own percent signs."""
    return "".join(quote(one, errors="surrogatepass") if "\ud800" <= one <= "\udfff" else one for one in text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=200))
@example("\ud83d")
@example("\udcff\ud800")
@example("\0")
@example("\u2028\x85\x0b\x0c")
def test_any_text_is_kept_as_it_is_or_refused(writer: Callable[[str], None], text: str) -> None:
    writer(text)
