"""Several people in one text: operations arrive late, twice or forged; every word is kept once, and pages agree."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import meetings, plans, typists
from tests.cast import Cast
from tests.conftest import sign_in
from tests.page import Client
from tests.plans import MARKER, Plan
from tests.tables import Tables
from webapp.clock import now
from webapp.coaching_sessions.models import SealedAnswer, SealedRevision
from webapp.documents import doorbell, text_saves
from webapp.documents.models import Answer, Revision
from webapp.people.models import SignIn

Browsers = Callable[[str], Client]
GOAL = "goal_statement"
KEY = "0123456789abcdef"


class Desk:
    """One open page: it saves operations."""

    def __init__(self, client: Client, path: str, prompt: str = GOAL) -> None:
        self.client, self.path, self.prompt = client, path, prompt

    def save(self, revision: int, *requests: Any, status: int = 200, **more: str) -> Any:
        """Send requests (or anything else); what was done to the text since."""
        sent = {f"v.{self.prompt}": str(revision), f"ops.{self.prompt}": json.dumps(requests), "page": "a", **more}
        page = self.client.post(f"{self.path}/answers/{self.prompt}", sent, htmx=True, status=status)
        return json.loads(page.find(".status").get("data-changes")) if status == 200 else page


def request(operation: Any, key: Any = KEY, goes_on: Any = None) -> dict[str, Any]:
    return {"key": key, "operation": operation, "goes_on": goes_on}


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def desk(as_: Browsers, plan: Plan) -> Callable[..., Desk]:
    return lambda who, prompt=GOAL: Desk(as_(who), plan.path, prompt)


@pytest.fixture
def stands(app: Flask, plan: Plan) -> Callable[..., Any]:
    def found(prompt: str = GOAL) -> Any:
        return Tables(app).one(select(Answer.value).where(Answer.document_id == plan.id, Answer.prompt == prompt))

    return found


TEXT = f"{MARKER} {GOAL}"
SIZE = len(TEXT)


def test_two_people_type_at_once(desk: Callable[..., Desk], stands: Any) -> None:
    coach, teacher = desk("coach"), desk("teacher")
    assert coach.save(1, request(["We say: ", SIZE])) == [
        {"revision": 2, "operation": ["We say: ", SIZE], "goes_on": None, "key": KEY}
    ]
    changes = teacher.save(1, request([SIZE, " 😀 "], "b" * 16, SIZE))
    assert changes == [
        {"revision": 2, "operation": ["We say: ", SIZE], "goes_on": None, "key": ""},
        {"revision": 3, "operation": [SIZE + 8, " 😀 "], "goes_on": SIZE + 8, "key": "b" * 16},
    ]
    assert stands() == f"We say: {TEXT} 😀 ", "what is typed is never tidied: the next letter comes behind that space"


def test_a_request_that_comes_twice_is_answered_and_stored_once(
    desk: Callable[..., Desk], stands: Any, unchanged: Callable[[], Any]
) -> None:
    coach, mine = desk("coach"), request(["A ", SIZE])
    first, teacher = coach.save(1, mine), desk("teacher")
    teacher.save(2, request([SIZE + 2, " B"], "b" * 16))
    with unchanged():
        again = coach.save(1, mine)
    assert again[0] == first[0]
    assert again[1] == {"revision": 3, "operation": [SIZE + 2, " B"], "goes_on": None, "key": ""}
    with unchanged():
        assert "copy them" in coach.save(3, request([SIZE + 4, "x"]), status=422), "the same key for something else"
    teacher.save(3, request([SIZE + 4, "!"]))  # somebody else's may be the same
    assert stands() == f"A {TEXT} B!"


def test_what_was_typed_behind_a_request_whose_answer_was_lost(desk: Callable[..., Desk], stands: Any) -> None:
    coach = desk("coach")
    coach.save(1, request(["A ", SIZE]))
    desk("teacher").save(2, request(["B ", SIZE + 2], "b" * 16))
    coach.save(1, request(["A ", SIZE]), request([2, "C ", SIZE], "c" * 16))
    assert sorted(stands().split()[:3]) == ["A", "B", "C"]
    assert stands().split().index("A") < stands().split().index("C")
    assert stands().endswith(TEXT)


def test_a_form_sends_operations_beside_the_text(
    as_: Browsers, plan: Plan, desk: Callable[..., Desk], stands: Any
) -> None:
    """So that what is under way when a button is pressed is not there twice."""
    coach = as_("coach")
    Desk(coach, plan.path).save(1, request(["A ", SIZE]))
    desk("teacher").save(2, request([SIZE + 2, " B"], "b" * 16))
    form = coach.get(f"{plan.path}/write").form("#plan")
    sent = {**form.values(), f"v.{GOAL}": "1", GOAL: f"A C {TEXT}", "csrf_token": coach.csrf_token()}
    chain = [request(["A ", SIZE]), request([2, "C ", SIZE], "c" * 16)]
    coach.post(f"{plan.path}/write", {**sent, f"ops.{GOAL}": json.dumps(chain)})
    assert stands() == f"A C {TEXT} B"
    coach.post(f"{plan.path}/write", {**sent, f"ops.{GOAL}": "nonsense", f"v.{GOAL}": "4", GOAL: "only this"})
    assert stands() == "only this", "the text itself is there too"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (request([SIZE + 1]), "other text"),
        (request([SIZE, "x"], "g" * 16), "could not read"),
        (request([SIZE, "x"], "a" * 33), "could not read"),
        (request([SIZE, "x"], 5), "could not read"),
        (request([SIZE, "x"], goes_on=True), "could not read"),
        (request([SIZE, "x"], goes_on=SIZE + 1), "could not read"),
        (request([SIZE, "x"], goes_on=10**30), "could not read"),
        (request([SIZE, "x\0"]), "invisible character"),
        (request([SIZE, "x\ud800"]), "half of an emoji"),
        (request([SIZE, "x" * 20_001]), "room for 20,000"),
        (request({"a": 1}), "could not read"),
        ({}, "could not read"),
        ("x", "could not read"),
    ],
)
def test_what_is_no_operation_on_this_text_changes_nothing(
    desk: Callable[..., Desk], unchanged: Callable[[], Any], sent: Any, why: str
) -> None:
    coach = desk("coach")
    with unchanged():
        assert why in coach.save(1, sent, status=422)


def test_a_line_stays_one_line_and_an_unknown_version_is_no_text(
    desk: Callable[..., Desk], unchanged: Callable[[], Any]
) -> None:
    coach, usual_day = desk("coach"), desk("coach", "usual_day")
    line = len(f"{MARKER} usual_day")
    with unchanged():
        assert "line end" in usual_day.save(1, request([line, "\n"]), status=422)
        for version in (0, 2, 999_999_999):
            coach.save(version, request([SIZE, "x"]), status=422)
        coach.save(1, *[request([SIZE])] * 3, status=422)
        coach.save(1, request([SIZE, "x"]), request([SIZE + 1, "y"]), status=422)  # both under one key


def test_a_change_that_would_keep_everybody_waiting_is_refused(
    desk: Callable[..., Desk], stands: Any, unchanged: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moving many small changes past many others takes their product, and all who save wait for it."""
    coach, teacher = desk("coach"), desk("teacher")
    for number in range(20):
        teacher.save(1 + number, request([SIZE + number, "."], f"{number:016x}"))
    monkeypatch.setattr(text_saves, "MOST_WORK", 100)
    everywhere = request([part for _ in range(SIZE) for part in ("-", 1)], "c" * 16)
    with unchanged():
        assert "copy them" in coach.save(1, everywhere, status=422)
    coach.save(1, request(["A ", SIZE], "d" * 16))
    page = {f"v.{GOAL}": "1", GOAL: f"{'-'.join(TEXT)} B", "page": "b"}  # a whole text is never refused
    coach.client.post(f"{coach.path}/write", page)
    assert stands().count("A") == stands().count("B") == 1


@pytest.mark.parametrize("broken", [[5], [SIZE, "other"], "x", {"a": 1}, [None], [[1]], [1.5], []])
def test_an_operation_broken_in_the_database_keeps_nobody_from_saving(
    desk: Callable[..., Desk], app: Flask, as_: Browsers, plan: Plan, stands: Any, broken: Any
) -> None:
    """The texts themselves say what was done."""
    desk("teacher").save(1, request([SIZE, " and on"]))
    window = Window(as_("coach"), plan.path)
    Tables(app).do(update(Revision).where(Revision.prompt == GOAL, Revision.version == 2).values(operation=broken))
    changes = desk("coach").save(1, request(["So: ", SIZE], "c" * 16))
    assert changes[0]["operation"] == [SIZE, " and on"]
    page = {f"v.{GOAL}": "1", GOAL: f"{TEXT}, of course", "page": "b"}
    window.client.post(f"{plan.path}/write", page)
    assert stands().startswith("So: ") and " and on" in stands() and ", of course" in stands()
    window.client.get(f"{plan.path}/history/{GOAL}")


def test_only_who_may_write_saves_operations(desk: Callable[..., Desk], unchanged: Callable[[], Any]) -> None:
    desks = [desk(who) for who in ("principal", "champion", "invited")]
    with unchanged():
        for one in desks:
            one.save(1, request([SIZE, "x"]), status=404)


def test_where_two_replace_the_same_words_the_box_says_so(as_: Browsers, plan: Plan, stands: Any) -> None:
    coach, teacher = Desk(as_("coach"), plan.path), as_("teacher")
    coach.save(1, request(["alpha", -SIZE]))
    sent = {f"v.{GOAL}": "1", f"ops.{GOAL}": json.dumps([request(["beta", -SIZE], "b" * 16)])}
    page = teacher.post(f"{plan.path}/answers/{GOAL}", sent, htmx=True)
    panel = page.words(f"#conflict-{GOAL}")
    assert "You both changed this" in panel and "alpha" in panel and "beta" in panel and TEXT in panel
    assert stands() == "beta\nalpha"


def test_within_a_sentence_a_space_keeps_both_versions_apart(desk: Callable[..., Desk], stands: Any) -> None:
    coach, teacher = desk("coach"), desk("teacher")
    first, last = TEXT.split(" ", 1)
    coach.save(1, request(["alpha", -len(first), len(last) + 1]))
    teacher.save(1, request(["beta", -len(first), len(last) + 1], "b" * 16))
    assert stands() == f"beta alpha {last}"


def test_both_are_told_and_nobody_else(as_: Browsers, plan: Plan) -> None:
    """Whoever was online hears of it where they write, as does a page to which the answer to its save never came."""
    told = f"#conflict-{GOAL}"
    coach, teacher, other = (Window(as_(who), plan.path) for who in ("coach", "teacher", "teacher2"))
    Desk(coach.client, plan.path).save(1, request(["alpha", -SIZE]))
    assert not coach.ask().has(told), "so far, nobody else has changed it"
    Desk(teacher.client, plan.path).save(1, request(["beta", -SIZE], "b" * 16))
    for window, other_name in ((coach, "Tom Becker"), (teacher, "Ana Ruiz")):
        mine, theirs = ("alpha", "beta") if window is coach else ("beta", "alpha")
        panel = window.ask().words(told)
        assert "You both changed this" in panel
        assert f"{other_name} wrote {theirs} You wrote {mine}" in panel
    assert not other.ask().has(told)
    for window in (coach, teacher, other):
        window.ask(204)


def test_an_afternoon_of_three_typists_over_the_real_pages(app: Flask, as_: Browsers, plan: Plan, stands: Any) -> None:
    """The simulated people of the operations' tests, with the site as the judge."""
    prompt = "work_with"
    clients = [as_(who) for who in ("coach", "teacher", "teacher2")]
    first = clients[0].post(f"{plan.path}/answers/{prompt}", {f"v.{prompt}": "1", prompt: typists.BASE}, htmx=True)
    assert first.find("input").get("value") == "2"

    class Site(typists.Judge):
        """The judge, with the site behind it."""

        def save(self, person: int, request: typists.Request) -> list[typists.Change]:
            sent = {"key": request["key"], "operation": request["operation"], "goes_on": request["goes_on"]}
            found = Desk(clients[person], plan.path, prompt).save(request["revision"] + 2, sent)
            expected = super().save(person, request)
            assert [one | {"revision": one["revision"] - 2} for one in found] == expected
            return expected

    people = [
        typists.Typist("ABC"[number], typists.PlainBox(typists.BASE, Random(number)), 3, Random(40 + number))
        for number in range(3)
    ]
    outcome = typists.simulate(people, Site(typists.BASE), Random(4), loss=0.2)
    assert outcome.wrong == []
    assert stands(prompt) == outcome.text


# ---------------------------------------------------------------- what has changed since


def since(page: Any) -> str:
    """Where a page, or what it was answered last, stands."""
    (found,) = page.all("[data-since]")
    return str(found.get("data-since"))


class Window:
    """A writing page that asks what has changed."""

    def __init__(self, client: Client, path: str) -> None:
        self.client, self.path = client, path
        self.since = since(client.get(f"{path}/write"))

    def ask(self, status: int = 200, page: str = "") -> Any:
        news = self.client.get(f"{self.path}/changes?since={self.since}&page={page}", htmx=True, status=status)
        if status == 200:
            self.since = since(news)
        return news


def test_a_page_hears_what_others_typed_and_then_nothing(as_: Browsers, plan: Plan) -> None:
    window = Window(as_("coach"), plan.path)
    window.ask(204)
    Desk(as_("teacher"), plan.path).save(1, request([SIZE, " and on"]))
    found = window.ask()
    (text,) = found.all("[data-text]")
    assert text.get("data-text") == GOAL
    assert json.loads(text.get("data-changes")) == [
        {"revision": 2, "operation": [SIZE, " and on"], "goes_on": None, "key": ""}
    ]
    assert "Tom Becker wrote here" in found
    window.ask(204)


def test_it_brings_boxes_lists_comments_and_states(as_: Browsers, plan: Plan) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    window = Window(teacher, plan.path)
    coach.post(f"{plan.path}/answers/meeting_times", {"v.meeting_times": "1", "meeting_times": "release"}, htmx=True)
    assert window.ask().has("#p-meeting_times")
    coach.post(f"{plan.path}/rows/norms/add")
    assert window.ask().has("#p-norms")
    coach.post(f"{plan.path}/comments/goal", {"comment.goal": "A remark"})
    assert "A remark" in window.ask().words("#comment-goal")
    row = plans.ROW
    coach.post(f"{plan.path}/agreements/norms/{row}", {f"a.norms.{row}": "1", f"agree.norms.{row}": "yes"}, htmx=True)
    assert "Ana Ruiz agrees" in window.ask().words(f"#agreement-norms-{row}")
    coach.post(f"{plan.path}/part2/share", {"seen": "2"})
    assert "hared" in window.ask().words("#stands-part2")


def test_it_says_how_far_the_sections_are_to_a_page_that_asks(as_: Browsers, plan: Plan) -> None:
    teacher, window = Desk(as_("teacher"), plan.path, "timeline"), Window(as_("coach"), plan.path)
    size = len(f"{MARKER} timeline")
    for turn, (operation, state) in enumerate(
        (([size, " and on"], "complete"), ([-size - 7], "in-progress"), (["In May."], "complete")), start=1
    ):
        teacher.save(turn, request(operation, str(turn) * 16))
        window.ask()
        found = window.client.get(f"{plan.path}/changes?since={window.since}&outline=1", htmx=True)
        assert found.find("[data-outline=goal_builder]").get("class") == state
        window.ask(204)


def test_it_says_so_itself_where_more_than_typing_has_changed(as_: Browsers, plan: Plan) -> None:
    window = Window(as_("coach"), plan.path)
    as_("teacher").post(f"{plan.path}/rows/progress_values/add")
    assert window.ask().has("[data-outline]")


def test_charts_come_with_their_values(as_: Browsers, plan: Plan) -> None:
    window = Window(as_("coach"), plan.path)
    as_("teacher").post(f"{plan.path}/rows/progress_values/add")
    assert window.ask().has("#charts-progress_values")
    assert window.client.get(f"{plan.path}/write").has("#charts-progress_values"), "their place on the page"


def test_what_a_page_saved_itself_is_no_news_there(as_: Browsers, plan: Plan) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    here, beside, there = (Window(one, plan.path) for one in (coach, coach, teacher))
    said = {"v.meeting_times": "1", "meeting_times": "release", "page": "here"}
    coach.post(f"{plan.path}/answers/meeting_times", said, htmx=True)
    assert not here.ask(page="here").has("#p-meeting_times"), "who sits in that box keeps their place in it"
    assert beside.ask(page="beside").has("#p-meeting_times")
    assert there.ask(page="here").has("#p-meeting_times"), "somebody else's page cannot be called the same"
    teacher.post(
        f"{plan.path}/answers/meeting_times",
        said | {"v.meeting_times": "2", "meeting_times": "after_school"},
        htmx=True,
    )
    assert here.ask(page="here").has("#p-meeting_times")


def test_only_who_may_look_back_hears_and_only_of_those_parts(as_: Browsers, plan: Plan) -> None:
    principal = as_("principal")
    window = Window(principal, plan.path)
    Desk(as_("teacher"), plan.path).save(1, request([SIZE, " a secret of the circle"]))
    as_("coach").post(f"{plan.path}/comments/goal", {"comment.goal": "A remark"})
    window.ask(204)
    coach = as_("coach")
    coach.post(f"{plan.path}/answers/school_goal", {"v.school_goal": "1", "school_goal": "for all to read"}, htmx=True)
    assert "for all to read" in window.ask().html


def test_a_page_that_is_nobodys_learns_nothing(as_: Browsers, app: Flask, cast: Cast, plan: Plan) -> None:
    coach, other = as_("coach"), plans.write(app, cast)
    mine = Window(coach, plan.path).since
    Desk(as_("teacher"), plan.path).save(1, request([SIZE, "!"]))
    for who, path, given, status in (
        ("coach", plan.path, "nonsense", 409),
        ("coach", plan.path, "", 409),
        ("teacher", plan.path, mine, 409),
        ("coach", other.path, mine, 409),
        ("other_teacher", plan.path, mine, 404),
        ("invited", plan.path, mine, 409),
    ):
        as_(who).get(f"{path}/changes?since={given}", htmx=True, status=status)
        as_(who).get(f"{path}/bell", status=404 if status == 404 else 204)


def test_asking_keeps_no_sign_in_alive_and_writes_nothing(
    as_: Browsers, plan: Plan, app: Flask, unchanged: Callable[[], Any]
) -> None:
    window = Window(as_("coach"), plan.path)
    Tables(app).do(update(SignIn).values(active_at=now() - timedelta(minutes=30)))
    before = Tables(app).one(select(SignIn.active_at))
    with unchanged():
        window.ask(204)
        window.client.get(f"{plan.path}/bell", status=204)
    assert Tables(app).one(select(SignIn.active_at)) == before


def test_in_a_session_only_its_circle_hears(app: Flask, cast: Cast, as_: Browsers, plan: Plan) -> None:
    path = meetings.meet(app, cast, plan, "coach", "teacher", focus="Waiting time")
    window = Window(as_("coach"), path)
    window.ask(204)
    Desk(as_("teacher"), path, "focus").save(1, request([12, " and questions"]))
    found = window.ask()
    assert " and questions" in found.find("[data-text=focus]").get("data-changes")
    sealed = Tables(app).all(select(SealedRevision.sealed_typing))
    assert len([one for one in sealed if one]) == 2 and not any(b"questions" in one for one in sealed if one)
    Desk(as_("teacher"), path, "focus").save(2, request([26, " x"], "b" * 16))
    sealed = Tables(app).all(select(SealedRevision.sealed_typing))
    assert len({len(one) for one in sealed if one}) == 1, "how much somebody typed shows in no length"
    for who in ("principal", "teacher2", "champion"):
        as_(who).get(f"{path}/changes?since={window.since}", htmx=True, status=404)
        as_(who).get(f"{path}/bell", status=404)
    assert as_("coach").get(f"{path}/log").text.count("Ana Ruiz opened it") == 1, "asking is no opening"


def test_what_the_answer_to_a_save_brings_of_a_session_stands_in_its_log(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan
) -> None:
    """Who gets a colleague's words with the answer has seen them; who gets none has not, and a stranger gets nothing."""
    path = meetings.meet(
        app, cast, plan, "coach", "teacher", action_steps=[meetings.step(cast, "coach", "Three reports")]
    )
    row = Tables(app).one(select(SealedAnswer.row).where(SealedAnswer.prompt == "action_steps"))
    name, address = f"action_steps.{row}", f"{path}/answers/action_steps/{row}"
    was = meetings.step(cast, "coach", "Three reports")
    sent = {f"v.{name}": "1"} | {f"{name}.{column}": value for column, value in was.items()}
    coach, teacher = as_("coach"), as_("teacher")
    alone = coach.post(address, sent | {f"{name}.by_when": "2026-11-20"}, htmx=True)
    assert not alone.find(".status").get("data-kept")
    page = teacher.post(address, sent | {f"{name}.done": "yes"}, htmx=True)
    assert json.loads(page.find(".status").get("data-kept")) == {f"{name}.by_when": "2026-11-20"}
    for who in ("principal", "teacher2", "champion"):
        as_(who).post(address, sent, htmx=True, status=404)
    said = teacher.get(f"{path}/log").text
    assert "Tom Becker opened it" in said and "Ana Ruiz opened it" not in said


# ---------------------------------------------------------------- the bell


@pytest.fixture
def hear(app: Flask, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The events of somebody's stream, one after the other."""
    app.config["STREAMS"] = 3
    monkeypatch.setattr("webapp.documents.streams.CHECK_EVERY", 0.3)

    def begin(client: Client) -> Iterator[str]:
        response = client.http.get(f"{plan.path}/bell")
        assert response.status_code == 200 and response.mimetype == "text/event-stream"
        said, until = response.response, time.monotonic() + 10
        try:
            for piece in said:
                assert time.monotonic() < until, "it does not end"
                yield (piece if isinstance(piece, str) else piece.decode()).strip()
        finally:
            response.close()

    return begin


def test_it_rings_says_nothing_else_and_ends_with_the_right(
    hear: Any, as_: Browsers, plan: Plan, app: Flask, cast: Cast
) -> None:
    events = hear(as_("teacher"))
    assert next(events).endswith("event: here\ndata:")
    assert next(events) == ":"
    coach = Desk(as_("coach"), plan.path)
    coach.save(1, request([SIZE, " and on"]))
    assert next(events) == "event: ring\ndata:"
    as_("coach").post(f"{plan.path}/teachers/{plan.participants['teacher']}/remove", {})
    coach.save(2, request([SIZE + 7, "!"], "b" * 16))
    assert [one for one in events if one != ":"] == ["event: over\ndata:"]
    assert app.extensions["doorbell"].streams == 0


def test_it_rings_only_for_whom_something_has_changed(hear: Any, as_: Browsers, plan: Plan) -> None:
    events, teacher = hear(as_("principal")), as_("teacher")
    next(events)
    for at in ("goal_statement", "timeline", ""):
        teacher.post(f"{plan.path}/here", {"page": "t", "at": at}, status=204)
        assert next(events) == ":", "where the circle is working is not the principal's to know"
    Desk(teacher, plan.path).save(1, request([SIZE, " and on"]))
    assert next(events) == ":"
    teacher.post(f"{plan.path}/here", {"page": "t", "at": "school_goal"}, status=204)
    assert next(events) == "event: ring\ndata:"
    events.close()


def test_a_page_that_asks_another_process_is_rung_for_again(
    hear: Any, as_: Browsers, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This one does not hear of it when the page asks, and rings all the same; not only with the next sign of life."""
    monkeypatch.setattr("webapp.documents.streams.CHECK_EVERY", 5.0)
    events, coach = hear(as_("teacher")), Desk(as_("coach"), plan.path)
    next(events)
    began = time.monotonic()
    for turn, said in enumerate((request([SIZE, " and on"]), request([SIZE + 7, "!"], "b" * 16)), start=1):
        coach.save(turn, said)
        assert next(events) == "event: ring\ndata:"
    assert time.monotonic() - began < 4
    events.close()


def test_a_ring_that_is_for_others_shows_in_nothing(
    hear: Any, as_: Browsers, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the moment of a sign of life either: it comes at even times, whatever the circle does."""
    monkeypatch.setattr("webapp.documents.streams.CHECK_EVERY", beat := 1.0)
    teacher, began = Desk(as_("teacher"), plan.path), time.monotonic()
    events = hear(as_("principal"))
    next(events)
    asked = threading.Thread(target=lambda: said.append((next(events), time.monotonic())))
    said: list[tuple[str, float]] = []
    asked.start()
    teacher.save(1, request([SIZE, " and on"]))
    asked.join()
    ((what, at),) = said
    assert what == ":" and at - began > beat * 0.8
    events.close()


def test_nobody_takes_all_the_room(app: Flask, hear: Any, as_: Browsers, plan: Plan) -> None:
    app.config["STREAMS"] = 4 * doorbell.SHARE
    streams = [hear(as_("teacher")) for _ in range(4)]
    for one in streams:
        next(one)
    assert as_("teacher").http.get(f"{plan.path}/bell").status_code == 204
    others = hear(as_("coach"))
    assert next(others).endswith("event: here\ndata:")
    for one in [*streams, others]:
        one.close()
    again = hear(as_("teacher"))
    assert next(again).endswith("event: here\ndata:")
    again.close()


def test_it_ends_when_its_person_signs_out(hear: Any, as_: Browsers, plan: Plan) -> None:
    teacher = as_("teacher")
    events = hear(teacher)
    next(events)
    teacher.post("/sign-out", {})
    assert [one for one in events if one != ":"] == ["event: over\ndata:"]


def test_saves_never_wait_for_a_stream(hear: Any, as_: Browsers, plan: Plan) -> None:
    streams = [hear(as_("teacher")) for _ in range(3)]
    for one in streams:
        next(one)
    as_("coach").get(f"{plan.path}/bell", status=204)
    for one in streams:
        one.close()
    as_("teacher2").get(f"{plan.path}/changes?since=x", status=409)


def test_another_process_is_heard(
    hear: Any, as_: Browsers, plan: Plan, make_app: Any, database_url: str, cast: Cast
) -> None:
    events = hear(as_("teacher"))
    next(events)
    time.sleep(0.3)
    other = sign_in(make_app(database_url), cast["coach"])
    started = time.monotonic()
    Desk(other, plan.path).save(1, request([SIZE, " and on"]))
    assert next(one for one in events if one != ":") == "event: ring\ndata:"
    assert time.monotonic() - started < 2
