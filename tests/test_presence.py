"""Who is here, and who is told: only people who may look back at the same place, as their rights are at that moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import meetings, plans
from tests.cast import Cast
from tests.circles import as_person, evaluate, writing_as
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from tests.test_together import Browsers, Window
from webapp.access import open_document
from webapp.clock import now
from webapp.coaching_sessions import circles
from webapp.coaching_sessions.models import Circle, LogEntry
from webapp.documents import changes, doorbell, presence
from webapp.documents.models import Doorbell, Participant, Presence, Standing
from webapp.people.models import EvaluatorAssignment, Person, SignIn

pytestmark = pytest.mark.on_sqlite

PART_1, PART_2, ROW = "school_goal", "goal_statement", "norms.row1"
NOWHERE = ""


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def session(app: Flask, cast: Cast, plan: Plan) -> str:
    return meetings.meet(app, cast, plan, "coach", "teacher", "teacher2", focus="Waiting time")


def say(client: Client, path: str, at: str = NOWHERE, page: str = "a", status: int = 204, **more: str) -> Any:
    """An open page says where its caret is."""
    return client.post(f"{path}/here", {"page": page, "at": at, **more}, htmx=True, status=status)


def ask(client: Client, path: str, token: str) -> list[str] | None:
    """Whom an open page is told of, and where; None where it is told nothing."""
    page = client.get(f"{path}/changes?since={token}", htmx=True, status=None)
    if page.status == 204:
        return None
    assert page.status == 200
    return [f"{one.get('data-name')} {one.get('data-at')}".strip() for one in page.all("[data-here] li")]


def sees(client: Client, path: str) -> list[str]:
    """Whom a page that was just opened is told of."""
    return ask(client, path, Window(client, path).since) or []


# ---------------------------------------------------------------- in a plan

TOLD = """
who       where    coach teacher teacher2 principal
coach     part1    -     yes     yes      yes
coach     part2    -     yes     yes      -
coach     nowhere  -     yes     yes      -
teacher   part1    yes   -       yes      yes
teacher   part2    yes   -       yes      -
teacher   norms    yes   -       yes      -
teacher   nowhere  yes   -       yes      -
principal part1    yes   yes     yes      -
principal part2    yes   yes     yes      -
principal nowhere  yes   yes     yes      -
champion  part1    -     -       -        -
invited   part1    -     -       -        -
"""
WHERE = {"part1": PART_1, "part2": PART_2, "norms": ROW, "nowhere": NOWHERE}
FIRST, *LINES = (line.split() for line in TOLD.strip().splitlines())


@pytest.mark.parametrize("line", LINES, ids=lambda line: "-".join(line[:2]))
def test_who_is_told_of_whom(as_: Browsers, app: Flask, cast: Cast, plan: Plan, line: list[str]) -> None:
    who, where, *told = line
    say(as_(who), plan.path, WHERE[where])
    at = WHERE[where].replace(".", "-") if who != "principal" or where == "part1" else NOWHERE
    for reader, yes in zip(FIRST[2:], told, strict=True):
        expected = [f"{cast[who].name} {at}".strip()] if yes == "yes" else []
        assert sees(as_(reader), plan.path) == expected, reader
    for reader in ("champion", "invited"):  # their pages do not ask; asked all the same they are told nothing
        with as_person(app, cast[reader].id):
            opened = open_document(plan.public_id, cast[reader].id)
            token = changes.token(opened, changes.known(opened))
        assert ask(as_(reader), plan.path, token) is None


def test_outsiders_neither_tell_nor_are_told(as_: Browsers, plan: Plan, unchanged: Callable[[], Any]) -> None:
    token = Window(as_("coach"), plan.path).since
    say(as_("coach"), plan.path, PART_1)
    browsers = [as_(who) for who in ("outsider", "admin", "other_coach", "depthead", "removed", "declined")]
    readers = [as_(who) for who in ("champion", "invited")]
    with unchanged():
        for browser in browsers:
            say(browser, plan.path, PART_1, status=404)
            browser.get(f"{plan.path}/changes?since={token}", htmx=True, status=404)
        for browser in readers:
            say(browser, plan.path, PART_1)


@pytest.mark.on_both
def test_a_right_that_has_just_ended_tells_nothing_more(as_: Browsers, app: Flask, cast: Cast, plan: Plan) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    window, theirs = Window(coach, plan.path), Window(teacher, plan.path)
    say(teacher, plan.path, PART_2)
    say(coach, plan.path, PART_2)
    assert ask(coach, plan.path, window.since) == [f"Tom Becker {PART_2}"]
    mine = Participant.document_id == plan.id, Participant.person_id == cast["teacher"].id
    Tables(app).do(update(Participant).where(*mine).values(standing=Standing.REMOVED))
    assert ask(coach, plan.path, window.since) is None
    teacher.get(f"{plan.path}/changes?since={theirs.since}", htmx=True, status=404)
    Tables(app).do(update(Participant).where(*mine).values(standing=Standing.CONFIRMED))
    assert sees(coach, plan.path) and sees(teacher, plan.path)
    evaluate(app, cast, "teacher", "teacher2")
    assert sees(coach, plan.path) == [], "who evaluates a member is not in the circle"


def test_a_deactivated_account_is_nobody(as_: Browsers, app: Flask, cast: Cast, plan: Plan) -> None:
    say(as_("teacher"), plan.path)
    assert sees(as_("coach"), plan.path) == ["Tom Becker"]
    Tables(app).do(update(Person).where(Person.id == cast["teacher"].id).values(deactivated_at=now()))
    assert sees(as_("coach"), plan.path) == []


# ---------------------------------------------------------------- coming, moving, going


@pytest.mark.on_both
def test_it_is_told_once_and_again_when_somebody_moves_or_goes(as_: Browsers, plan: Plan) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    window = Window(coach, plan.path)
    window.ask(204)
    for at, words in ((PART_2, "Tom Becker is in Goal statement"), (NOWHERE, "Tom Becker is on this page")):
        say(teacher, plan.path, at)
        assert words in window.ask().words("[data-here]")
        window.ask(204)
    say(teacher, plan.path, gone="yes")
    assert window.ask().all("[data-here] li") == []
    window.ask(204)


def test_two_windows_of_one_person(as_: Browsers, plan: Plan) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    say(teacher, plan.path, page="one")
    say(teacher, plan.path, PART_2, page="two")
    assert sees(teacher, plan.path) == [], "nobody is told of themselves"
    assert sees(coach, plan.path) == [f"Tom Becker {PART_2}"]
    say(coach, plan.path, page="two", gone="yes")
    assert sees(coach, plan.path) == [f"Tom Becker {PART_2}"], "nobody else's page can be closed"
    say(teacher, plan.path, page="two", gone="yes")
    assert sees(coach, plan.path) == ["Tom Becker"]


@pytest.mark.on_both
def test_a_page_that_is_not_heard_of_is_forgotten(as_: Browsers, app: Flask, plan: Plan) -> None:
    tables = Tables(app)
    say(as_("teacher"), plan.path)
    tables.do(update(Presence).values(seen_at=now() - timedelta(seconds=40)))
    assert sees(as_("coach"), plan.path) == ["Tom Becker"]
    tables.do(update(Presence).values(seen_at=now() - timedelta(seconds=46)))
    assert sees(as_("coach"), plan.path) == []
    say(as_("teacher2"), plan.path)
    assert len(tables.all(select(Presence.page))) == 1, "and taken out of the table by the next who comes"


def test_a_heartbeat_rings_no_bell_and_keeps_no_sign_in_alive(as_: Browsers, app: Flask, plan: Plan) -> None:
    tables, teacher = Tables(app), as_("teacher")
    say(teacher, plan.path, PART_2)
    long_ago = now() - timedelta(minutes=30)
    tables.do(update(SignIn).values(active_at=long_ago))
    rings = tables.one(select(Doorbell.rings))
    for _ in range(3):
        say(teacher, plan.path, PART_2)
    assert tables.one(select(Doorbell.rings)) == rings
    say(teacher, plan.path, PART_1)
    assert tables.one(select(Doorbell.rings)) == rings + 1
    assert set(tables.all(select(SignIn.active_at))) == {long_ago}


def test_what_makes_no_sense(as_: Browsers, plan: Plan, unchanged: Callable[[], Any]) -> None:
    teacher = as_("teacher")
    with unchanged():
        for page in ("", "../", "é"):
            assert "Nothing was changed" in say(teacher, plan.path, page=page, status=422).text
        say(teacher, plan.path, gone="yes")
    for at in ("nothing", "norms." + "x" * 21, "x" * 100_000, "norms.row1\0", "goal_statement\n", "<b>", "norms.a.b"):
        say(teacher, plan.path, at)
        assert sees(as_("coach"), plan.path) == ["Tom Becker"], at


@pytest.mark.on_both
def test_a_browser_that_says_it_has_a_thousand_pages_does_not_fill_the_table(
    as_: Browsers, app: Flask, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_PAGES", 4)
    teacher, coach = as_("teacher"), as_("coach")
    say(coach, plan.path, page="p1")
    for number in range(20):
        say(teacher, plan.path, page=f"p{number}")
    assert len(Tables(app).all(select(Presence.page))) <= 5
    assert sees(teacher, plan.path) == ["Ana Ruiz"] and sees(coach, plan.path) == ["Tom Becker"]


# ---------------------------------------------------------------- in a coaching session


def circle_of(app: Flask) -> int:
    """The only circle there is."""
    return int(Tables(app).one(select(Circle.id)))


def test_in_a_session_its_circle_is_told_and_nobody_else(
    as_: Browsers, app: Flask, session: str, unchanged: Callable[[], Any]
) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    token = Window(coach, session).since
    lines = len(Tables(app).all(select(LogEntry.id)))
    say(teacher, session, "focus")
    assert ask(coach, session, token) == ["Tom Becker focus"]
    assert len(Tables(app).all(select(LogEntry.id))) == lines, "neither is an opening"
    browsers = [as_(who) for who in ("principal", "champion", "invited", "admin", "outsider", "depthead")]
    with unchanged():
        for browser in browsers:
            say(browser, session, "focus", status=404)
            browser.get(f"{session}/changes?since={token}", htmx=True, status=404)
    assert sees(coach, session) == ["Tom Becker focus"]


def _leaves(app: Flask, cast: Cast) -> None:
    with writing_as(app, cast["teacher"].id) as db:
        circles.leave(db, circle_of(app), cast["teacher"].id)


def _evaluates(app: Flask, cast: Cast) -> None:
    evaluate(app, cast, "teacher", "coach")


def _evaluated_once(app: Flask, cast: Cast) -> None:
    """An entry that the site did not hear of: the rule itself has to hold."""
    day = now().date() - timedelta(days=30)
    people = {"evaluator_id": cast["teacher"].id, "evaluated_id": cast["coach"].id}
    Tables(app).add(EvaluatorAssignment(**people, starts=day))


@pytest.mark.on_both
@pytest.mark.parametrize("ends", [_leaves, _evaluates, _evaluated_once])
def test_a_former_member_is_neither_shown_nor_told(
    as_: Browsers, app: Flask, cast: Cast, session: str, ends: Callable[[Flask, Cast], None]
) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    window, theirs = Window(coach, session), Window(teacher, session)
    say(teacher, session, "focus")
    say(coach, session, "focus")
    assert ask(coach, session, window.since) == ["Tom Becker focus"]
    assert ask(teacher, session, theirs.since) == ["Ana Ruiz focus"]
    ends(app, cast)
    assert ask(coach, session, window.since) in (None, [])
    teacher.get(f"{session}/changes?since={theirs.since}", htmx=True, status=404)
    say(teacher, session, "focus", status=404)
    say(as_("teacher2"), session, "focus")
    assert sees(coach, session) == ["Uma Patel focus"], "those who stay see each other"


def test_a_sealed_account_is_neither_shown_nor_told(as_: Browsers, app: Flask, cast: Cast, session: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    window, theirs = Window(coach, session), Window(teacher, session)
    say(teacher, session)
    say(coach, session)
    Tables(app).do(update(Person).where(Person.id == cast["teacher"].id).values(password_hash="another"))
    assert ask(coach, session, window.since) is None
    answer = as_("teacher").get(f"{session}/changes?since={theirs.since}", htmx=True, status=None)
    assert answer.status == 403
    assert "here-bar" not in answer.text


# ---------------------------------------------------------------- what the tables tell


def test_the_tables_do_not_tell_who_is_where(as_: Browsers, app: Flask, cast: Cast, plan: Plan, session: str) -> None:
    say(as_("teacher"), session, "focus")
    say(as_("coach"), session, "focus")
    say(as_("teacher"), plan.path, PART_2)
    tables = Tables(app)
    rows = tables.all(select(Presence.sealed))
    assert len({len(sealed) for sealed in rows}) == 1, "a session's are like a plan's"
    told = [
        *tables.all(select(Presence.page)),
        *tables.all(select(Presence.place)),
        *tables.all(select(Doorbell.place)),
    ]
    for word in (plan.public_id, session.rpartition("/")[2], "plans", "sessions", "focus", PART_2, "Tom", "Ana"):
        assert not any(word in one for one in told) and not any(word.encode() in sealed for sealed in rows)
    assert {column.name for column in Presence.__table__.columns} == {"page", "place", "sealed", "seen_at"}


def test_a_row_that_was_copied_or_changed_shows_nobody(as_: Browsers, app: Flask, plan: Plan, session: str) -> None:
    say(as_("teacher"), session, "focus")
    say(as_("teacher2"), plan.path, PART_2)
    tables = Tables(app)
    (there,) = set(tables.all(select(Presence.place))) - set(_places(app, plan))
    tables.do(update(Presence).where(Presence.place != there).values(place=there))
    assert sees(as_("coach"), session) == ["Tom Becker focus"]
    tables.do(update(Presence).values(sealed=b"x" * 148))
    assert sees(as_("coach"), session) == []


def _places(app: Flask, plan: Plan) -> list[str]:
    with app.app_context():
        return [doorbell.place_of(plan.path)]
