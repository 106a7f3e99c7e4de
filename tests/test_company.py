"""Pages that hear the bell of one plan are told together: each what it would be told alone, and nobody a moment longer than
they may know it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from threading import Thread
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests import plans
from tests.cast import Cast
from tests.circles import evaluate
from tests.conftest import sign_in
from tests.page import Client
from tests.plans import Plan
from tests.test_together import GOAL, SIZE, Desk, Window, request
from webapp import access, clock
from webapp.database import writing
from webapp.documents import company, visitors
from webapp.people.models import Person

Browsers = Callable[[str], Client]
Told = list[tuple[Any, str]]


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def listens(app: Flask, as_: Browsers, plan: Plan) -> Iterator[Callable[[str], Window]]:
    """An open page of somebody, which hears the bell and has been told of something once, and so knows who is here."""
    with _pages(app, as_, plan, hear=True) as begin:
        yield begin


@pytest.fixture(params=[True, False], ids=["hears the bell", "hears it elsewhere"])
def asks(app: Flask, as_: Browsers, plan: Plan, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Window]]:
    """The same of a page that hears the bell in this process, or in another."""
    with _pages(app, as_, plan, hear=request.param) as begin:
        yield begin


@contextmanager
def _pages(app: Flask, as_: Browsers, plan: Plan, *, hear: bool) -> Iterator[Callable[[str], Window]]:
    app.config["STREAMS"] = 40
    turns = count(1)
    with ExitStack() as streams:

        def begin(who: str) -> Window:
            client, turn = as_(who), next(turns)
            if hear:
                stream = client.http.get(f"{plan.path}/bell")
                streams.callback(stream.close)
                assert b"here" in next(iter(stream.response))
            window = Window(client, plan.path)
            said = {"v.meeting_times": str(turn), "meeting_times": ("release", "after_school")[turn % 2]}
            as_("teacher").post(f"{plan.path}/answers/meeting_times", said, htmx=True)
            said = {"v.school_goal": str(turn), "school_goal": f"turn {turn}"}
            as_("coach").post(f"{plan.path}/answers/school_goal", said, htmx=True)
            window.ask()
            return window

        yield begin


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which plans are opened for a page alone."""
    found: list[str] = []
    really = access.open_document

    def open_document(public_id: str, *asked: Any, **how: Any) -> Any:
        found.append(public_id)
        return really(public_id, *asked, **how)

    monkeypatch.setattr(access, "open_document", open_document)
    return found


def told(window: Window, **asked: Any) -> Told:
    return [(json.loads(one.get("data-changes")), one.text) for one in window.ask(**asked).all("[data-text]")]


@pytest.fixture
def on_its_own(make_app: Any, database_url: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Browsers:
    """Browsers of people whose pages are always looked up alone, in another process."""
    app = make_app(database_url)
    monkeypatch.setattr(app.extensions["visitors"], "come", lambda *_of_all: None)
    return lambda who: sign_in(app, cast[who])


def test_each_is_told_what_it_would_be_told_alone(
    asks: Any, on_its_own: Browsers, as_: Browsers, plan: Plan, opened: list[str]
) -> None:
    together, alone = [asks("teacher"), asks("teacher2")], Window(on_its_own("teacher"), plan.path)
    writes = Desk(as_("coach"), plan.path)
    together[0].ask()  # of what happened before the second came
    for turn, words in enumerate((" and on", " and further"), start=1):
        writes.save(turn, request([SIZE, words] if turn == 1 else [SIZE + 7, words], str(turn) * 16))
        expected = told(alone)
        assert expected and expected[0][0][-1]["operation"][-1] == words
        opened.clear()
        assert [told(one) for one in together] == [expected, expected]
        for one in together:
            one.ask(204)
        assert opened == [], "it was not opened for any of them alone"


def test_each_window_of_one_person_is_told_what_it_does_not_know(asks: Any, as_: Browsers, plan: Plan) -> None:
    first = asks("teacher")
    second = Window(first.client, plan.path)
    Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    expected = told(first)
    assert expected and told(second) == expected
    for one in (first, second):
        one.ask(204)


def test_the_key_of_a_request_is_told_to_its_author_alone(asks: Any, plan: Plan) -> None:
    author, other = asks("teacher"), asks("teacher2")
    author.ask()
    for turn, first in enumerate((author, other), start=1):
        Desk(author.client, plan.path).save(turn, request([SIZE + turn - 1, "!"], str(turn) * 16))
        second = other if first is author else author
        keys = {one: told(one)[0][0][-1]["key"] for one in (first, second)}
        assert keys == {author: str(turn) * 16, other: ""}


def test_who_cannot_write_there_is_shown_words_and_no_changes(asks: Any, as_: Browsers, plan: Plan) -> None:
    principal, teacher = asks("principal"), asks("teacher2")
    principal.ask()
    said = request([len("turn 2"), " for all"])
    Desk(as_("coach"), plan.path, "school_goal").save(3, said)
    assert told(principal)[0][0][0]["operation"] == said["operation"]
    page = teacher.ask()
    assert not page.has("[data-text]") and " for all" in page.words("#p-school_goal")


def test_who_has_not_asked_for_a_while_is_forgotten(
    app: Flask, as_: Browsers, plan: Plan, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "STAYS", 0.0)
    teacher, other = Window(as_("teacher"), plan.path), Window(as_("teacher2"), plan.path)
    for _ in range(3):
        for one in (teacher, other):
            opened.clear()
            one.ask(204)
            assert opened, "it is looked up alone again"
    assert len(app.extensions["visitors"]._here) == 1


def test_no_more_visit_than_there_is_room_for(
    app: Flask, as_: Browsers, plan: Plan, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "MOST", 1)
    first, second = Window(as_("teacher"), plan.path), Window(as_("teacher2"), plan.path)
    for one in (first, second, first, second):
        opened.clear()
        one.ask(204)
    assert opened, "the second is looked up alone each time"
    opened.clear()
    first.ask(204)
    assert not opened


def test_comments_decisions_and_people_come_as_to_a_page_alone(asks: Any, as_: Browsers, plan: Plan) -> None:
    teacher, coach = asks("teacher"), as_("coach")
    coach.post(f"{plan.path}/comments/goal", {"comment.goal": "A remark"})
    assert "A remark" in teacher.ask().words("#comment-goal")
    coach.post(f"{plan.path}/here", {"page": "c", "at": "timeline"}, status=204)
    assert teacher.ask().has("[data-here]")
    coach.post(f"{plan.path}/part2/share", {"seen": "2"})
    assert "hared" in teacher.ask().words("#stands-part2")


def _taken_out(app: Flask, cast: Cast, as_: Browsers, plan: Plan, _teacher: Client) -> None:
    as_("coach").post(f"{plan.path}/teachers/{plan.participants['teacher']}/remove", {})


def _evaluates_now(app: Flask, cast: Cast, as_: Browsers, plan: Plan, _teacher: Client) -> None:
    evaluate(app, cast, "teacher", "coach")


def _signed_out(app: Flask, cast: Cast, as_: Browsers, plan: Plan, teacher: Client) -> None:
    cookie = teacher.http.get_cookie(app.config["SESSION_COOKIE_NAME"])
    teacher.post("/sign-out", {})
    assert cookie is not None
    teacher.http.set_cookie(cookie.key, cookie.value)


def _deactivated(app: Flask, cast: Cast, as_: Browsers, plan: Plan, _teacher: Client) -> None:
    as_("admin").post(f"/administration/people/{cast['teacher'].public_id}/deactivate", {})


@pytest.mark.parametrize("ends", [_taken_out, _evaluates_now, _signed_out, _deactivated])
def test_nobody_is_told_a_moment_longer_than_they_may_know(
    app: Flask, cast: Cast, as_: Browsers, asks: Any, plan: Plan, ends: Any
) -> None:
    teacher, other = asks("teacher"), asks("teacher2")
    coach = Desk(as_("coach"), plan.path)
    coach.save(1, request([SIZE, " before"]))
    assert told(teacher) == told(other)
    for one in (teacher, other):
        one.ask(204)
    ends(app, cast, as_, plan, teacher.client)
    for turn in (0, 1):
        if turn:
            coach.save(2, request([SIZE + 7, " after"], "b" * 16))
            assert told(other)
        answer = teacher.client.http.get(f"{plan.path}/changes?since={teacher.since}", headers={"HX-Request": "true"})
        assert answer.status_code in (401, 404) and b"after" not in answer.data


def test_what_is_written_after_the_look_is_not_in_the_answer(
    as_: Browsers, asks: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has lost the right since reads nothing that was written since."""
    teacher, coach = asks("teacher"), Desk(as_("coach"), plan.path)
    monkeypatch.setattr(company.OneOfMany, "is_told", lambda *_asked: False)  # who reads it is the page, not the bell
    coach.save(1, request([SIZE, " before"]))
    read = company.Company._changed

    def late(*asked: Any) -> Any:
        thread = Thread(target=coach.save, args=(2, request([SIZE + 7, " after"], "b" * 16)))
        thread.start()
        thread.join()
        return read(*asked)

    with monkeypatch.context() as now:
        now.setattr(company.Company, "_changed", late)
        (said,) = told(teacher)
    assert [one["operation"][-1] for one in said[0]] == [" before"]
    (said,) = told(teacher)
    assert [one["operation"][-1] for one in said[0]] == [" after"]


def test_a_sign_in_that_runs_out_hears_no_more(
    app: Flask, asks: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "LASTS", 0.0)
    teacher = asks("teacher")
    (one,) = company._companies[id(app), plan.public_id]._members
    assert one.is_told(True) is not None
    with time_machine.travel(clock.now() + timedelta(minutes=int(app.config["IDLE_MINUTES"]) + 1), tick=True):
        assert one.is_told(True) is None
        teacher.client.get(f"{plan.path}/changes?since={teacher.since}", htmx=True, status=401)


def test_what_is_known_of_before_it_rang_is_looked_up_again(
    app: Flask, as_: Browsers, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "TOGETHER", 60.0)
    Window(as_("teacher"), plan.path).ask(204)
    (one,) = company._companies[id(app), plan.public_id]._members
    assert [one.is_told(True) for _ in range(2)] == [True, False]
    coach = Desk(as_("coach"), plan.path)
    for turn in (1, 2):
        coach.save(turn, request([SIZE + turn - 1, "!"], str(turn) * 16))
        one.rings_at()
        assert one.is_told(True) is True
        one.rings_at()
        assert one.is_told(True) is False


def test_of_the_windows_of_one_sign_in_the_one_that_hears_the_bell_is_asked(
    app: Flask, listens: Any, plan: Plan
) -> None:
    """It would not ring again for it otherwise."""
    listens("teacher")
    known = company._companies[id(app), plan.public_id]
    (hears,) = known._members
    others = [visitors.Visitor(app, access.open_document, hears.opened, hears.token) for _ in range(9)]
    known.sight()
    assert len(known._members) == 1 + len(others) and known.who(hears.token) is hears


def test_a_page_of_somebody_else_learns_nothing(app: Flask, asks: Any, as_: Browsers, plan: Plan) -> None:
    teacher, other = asks("teacher"), asks("teacher2")
    Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    assert told(other)
    for since in (other.since, "nonsense", ""):
        teacher.client.get(f"{plan.path}/changes?since={since}", htmx=True, status=409)
    as_("other_teacher").get(f"{plan.path}/changes?since={teacher.since}", htmx=True, status=404)
    Client(app).get(f"{plan.path}/changes?since={teacher.since}", htmx=True, status=401)


def test_what_another_process_writes_is_known_at_once(
    asks: Any, plan: Plan, make_app: Any, database_url: str, cast: Cast
) -> None:
    teacher = asks("teacher")
    teacher.ask(204)
    Desk(sign_in(make_app(database_url), cast["coach"]), plan.path).save(1, request([SIZE, " and on"]))
    assert told(teacher)[0][0][0]["operation"][-1] == " and on"


def test_how_far_the_sections_are_is_asked_for_when_something_is_filled_in(
    listens: Any, as_: Browsers, plan: Plan, opened: list[str]
) -> None:
    """By each page for itself, some time soon: what everybody is told at once stays short."""
    teacher, coach = listens("teacher"), Desk(as_("coach"), plan.path)
    for turn, (operation, fills) in enumerate(
        (([SIZE, "!"], False), ([-SIZE - 1], True), (["By May."], True)), start=1
    ):
        coach.save(turn, request(operation, str(turn) * 16))
        opened.clear()
        (news,) = teacher.ask().all("[data-text]")
        assert (news.get("data-fills") is not None) == fills and opened == []
    outline = teacher.client.get(f"{plan.path}/changes?since={teacher.since}&outline=1", htmx=True)
    assert outline.all("[data-outline]") and not outline.has("[data-text]")
    other = as_("other_teacher").get(f"{plan.path}/changes?since={teacher.since}&outline=1", htmx=True, status=404)
    assert not other.has("[data-outline]")


def test_what_is_known_no_longer_is_read_again(
    asks: Any, as_: Browsers, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One save may change more texts than are kept in mind: none of them is left out."""
    monkeypatch.setattr(company, "MOST_KNOWN", 2)
    teacher = asks("teacher")
    prompts = ("work_with", "content_goal", "work_helps")
    sent = {f"v.{one}": "1" for one in prompts} | {one: f"{plans.MARKER} {one}, and on" for one in prompts}
    as_("coach").post(f"{plan.path}/write", sent | {"page": "c"}, status=None)
    assert len(told(teacher)) == len(prompts)


def test_whoever_gets_another_name_is_told_of_by_that(
    app: Flask, cast: Cast, listens: Any, as_: Browsers, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "KNOWN_FOR", 0.0)
    first, second = listens("teacher"), listens("teacher2")
    first.ask()
    Desk(as_("coach"), plan.path).save(1, request([SIZE, " and on"]))
    assert told(first)[0][1].startswith(cast["coach"].name)
    with app.app_context(), writing() as db:
        db.get_one(Person, cast["coach"].id).name = "Another Name"
    assert told(second)[0][1].startswith("Another Name")


def test_it_is_asked_of_the_same_text(asks: Any, as_: Browsers, plan: Plan) -> None:
    """Who has missed one change is told both, whatever others are told."""
    late, early = asks("teacher"), asks("teacher2")
    late.ask()
    coach = Desk(as_("coach"), plan.path, GOAL)
    coach.save(1, request([SIZE, "!"]))
    assert len(told(early)[0][0]) == 1
    coach.save(2, request([SIZE + 1, "?"], "b" * 16))
    assert len(told(late)[0][0]) == 2
    assert len(told(early)[0][0]) == 1
