"""Ways into a coaching session that were tried once and are closed: by the database's console, by a POST, by another page."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import agreements, held
from tests.cast import PASSWORD, PASSWORD_HASH, Cast
from tests.conftest import CHEAP
from tests.meetings import day, meet
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp.clock import now
from webapp.coaching_sessions.models import Circle, CircleMember, LogEntry, RefusedTry
from webapp.people.models import Link, Person

Browsers = Callable[[str], Client]
SECRET, OWN = "Zyzzyva waiting time", "a quiet boat upstream"


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return held.plan(app, cast)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@pytest.fixture
def opened(app: Flask, cast: Cast, plan: Plan) -> str:
    """A session of coach and teacher with something in it that the teacher has not opened."""
    return meet(app, cast, plan, "coach", "teacher", focus=SECRET)


def acts(tables: Tables, cast: Cast, who: str) -> list[str]:
    return tables.all(select(LogEntry.act).where(LogEntry.person_id == cast[who].id).order_by(LogEntry.id))


def test_a_password_put_there_for_a_while_opens_nothing_afterwards(
    cast: Cast, signed_out: Callable[[], Client], tables: Tables, opened: str
) -> None:
    whose = Person.id == cast["teacher"].id
    tables.do(update(Person).where(whose).values(password_hash=CHEAP.hash(OWN)))
    console = signed_out()
    console.get("/sign-in").form().submit({"email": cast["teacher"].email, "password": OWN})
    assert SECRET not in console.get(f"{opened}/write", status=403)  # sealed
    tables.do(update(Person).where(whose).values(password_hash=PASSWORD_HASH))
    page = console.get(f"{opened}/write", follow=True)
    assert SECRET not in page and page.path.startswith("/sign-in")


def test_nor_does_a_link_that_somebody_wrote_into_the_table(
    cast: Cast, signed_out: Callable[[], Client], tables: Tables, opened: str
) -> None:
    whose = {"person_id": cast["teacher"].id, "purpose": "reset", "expires_at": now() + timedelta(hours=1)}
    tables.add(Link(token_hash=sha256(b"of my own").hexdigest(), **whose))
    console = signed_out()
    console.get("/welcome/of my own").form().submit({"password": OWN})
    tables.do(update(Person).where(Person.id == cast["teacher"].id).values(password_hash=PASSWORD_HASH))
    assert SECRET not in console.get(f"{opened}/write", follow=True)


def test_changing_ones_own_password_keeps_this_browser_signed_in_and_the_sessions_open(
    as_: Browsers, opened: str
) -> None:
    teacher = as_("teacher")
    form = teacher.get("/account").form(button="Change my password")
    form.submit({"current_password": PASSWORD, "new_password": OWN})
    assert SECRET in teacher.get(f"{opened}/write").html


OF_NOTHING = {"v.focus": "0", "ops.focus": '[{"key": "0123456789abcdef", "operation": ["x"], "goes_on": null}]'}


@pytest.mark.parametrize(
    ("below", "sent", "code"),
    [
        ("write", {"session_date": "nonsense", "v.session_date": "0"}, 422),
        ("answers/focus", OF_NOTHING, 200),
    ],
)
def test_whoever_reads_by_sending_something_has_opened_it(
    cast: Cast, as_: Browsers, tables: Tables, opened: str, below: str, sent: dict[str, str], code: int
) -> None:
    assert acts(tables, cast, "teacher") == []
    teacher = as_("teacher")
    assert SECRET in unescape(teacher.post(f"{opened}/{below}", sent, status=code, htmx=below != "write").html)
    assert acts(tables, cast, "teacher") == ["opened"]
    mine = CircleMember.person_id == cast["teacher"].id
    assert tables.one(select(CircleMember.opened_at).where(mine)) is not None


def test_a_page_that_is_open_is_told_without_another_line(
    cast: Cast, as_: Browsers, tables: Tables, opened: str
) -> None:
    teacher = as_("teacher")
    teacher.get(f"{opened}/write")
    assert SECRET in unescape(teacher.post(f"{opened}/answers/focus", OF_NOTHING, htmx=True).html)
    assert acts(tables, cast, "teacher") == ["opened"]


def test_what_is_only_saved_is_no_opening(cast: Cast, as_: Browsers, tables: Tables, opened: str) -> None:
    as_("teacher").post(f"{opened}/answers/agenda", {"agenda": "Two points", "v.agenda": "0"}, htmx=True)
    assert acts(tables, cast, "teacher") == []


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_try_by_an_account_that_waits_to_be_confirmed_is_written_down(
    app: Flask, cast: Cast, as_: Browsers, tables: Tables, opened: str, how: str
) -> None:
    held.reset(app, cast["teacher"].id)
    teacher = as_("teacher")
    if how == "get":
        teacher.get(f"{opened}/write", status=403)
    else:
        teacher.post(f"{opened}/write", {}, status=403)
    assert tables.all(select(RefusedTry.person_id)) == [cast["teacher"].id]


def test_as_the_principal_sees_it_tells_another_teacher_nothing_of_sessions(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan
) -> None:
    pair = agreements.start(app, cast, plan)
    pair.tick("coach", "take_place", "dates", "focus")
    pair.sign("coach", "teacher")
    before = as_("teacher2").get(f"{plan.path}/as-principal").text
    meet(app, cast, plan, "coach", "teacher", focus=SECRET, session_date=day(-1))
    assert as_("teacher2").get(f"{plan.path}/as-principal").text == before
    assert SECRET in as_("principal").get(plan.path)  # to whom they agreed to say it


def test_a_row_in_somebodys_private_notes_gets_no_key_when_one_is_confirmed(
    app: Flask, cast: Cast, as_: Browsers, tables: Tables, opened: str
) -> None:
    notes = as_("teacher").post(f"{opened}/notes").form("#plan").submit({"private_notes": SECRET}).path
    circle = tables.one(select(Circle.id).where(Circle.inside_id.is_not(None)))
    forged = CircleMember(circle_id=circle, person_id=cast["coach"].id, wrap=b"x", added_by_id=cast["coach"].id)
    tables.add(forged)
    held.reset(app, cast["coach"].id)
    as_("teacher").post(f"/circle/confirm/{cast['coach'].public_id}")
    assert SECRET not in as_("coach").get(notes, status=None)
    assert SECRET in as_("teacher").get(notes).html
