"""The Coaching Agreement: written by two, signed by both, its ticks are settings, and nobody else ever learns of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import agreements as pairs
from tests import plans
from tests.agreements import Agreement
from tests.cast import SINCE, Cast
from tests.markup import words
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp.access import open_document
from webapp.clock import now
from webapp.database import writing
from webapp.documents import agreements, answers
from webapp.documents.disclosure import tightened
from webapp.documents.models import Decision, Document, DocumentPart, Participant, Standing
from webapp.people.models import EvaluatorAssignment, Mail

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
OUTSIDE = ("teacher2", "invited", "principal", "champion", "admin", "outsider", "depthead", "superintendent")
ALL = frozenset({"take_place", "dates", "focus"})


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved")


@pytest.fixture
def agreement(app: Flask, cast: Cast, plan: Plan) -> Agreement:
    return pairs.start(app, cast, plan)


def allowed(agreement: Agreement, *who: str, at: Any = None) -> frozenset[str]:
    """What may be said about something of that moment (now) among the coach and these teachers."""
    people = [agreement.cast[one].id for one in ("coach", *who)]
    with agreement.app.test_request_context():
        return agreements.allowed(agreement.plan.id, people, at or now())


# ---------------------------------------------------------------- starting


@pytest.mark.on_both
@pytest.mark.parametrize("who", ["coach", "teacher"])
def test_either_of_the_two_starts_it_from_the_plan(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, who: str
) -> None:
    other = {"coach": "Tom Becker", "teacher": "Ana Ruiz"}[who]
    page = browser_of(who).get(plan.path).form(button=f"Write the coaching agreement with {other}").submit({})
    assert f"Coaching Agreement with {other}" in page
    for one in ("coach", "teacher"):
        assert browser_of(one).get(page.path)
    here = Tables(app).all(select(Participant.standing).join(Document).where(Document.plan_id == plan.id))
    assert here == [Standing.CONFIRMED] * 2


def test_to_start_again_leads_to_the_one_there_is(app: Flask, cast: Cast, plan: Plan) -> None:
    first = pairs.start(app, cast, plan)
    assert pairs.start(app, cast, plan, by="teacher").id == first.id
    assert pairs.start(app, cast, plan, teacher="teacher2").id != first.id


@pytest.mark.parametrize(
    ("who", "whom", "code"),
    [
        ("teacher2", "teacher", 404),  # somebody else's pair
        ("coach", "invited", 404),
        ("coach", "declined", 404),
        ("coach", "coach", 404),
        ("invited", "invited", 403),
        ("principal", "teacher", 403),
        ("champion", "teacher", 403),
        ("outsider", "teacher", 404),
        ("admin", "teacher", 404),
    ],
)
def test_nobody_else_starts_one(
    plan: Plan, browser_of: Browsers, unchanged: Any, who: str, whom: str, code: int
) -> None:
    path = f"{plan.path}/agreement-with/{plan.participants[whom]}"
    browser = browser_of(who)
    with unchanged():
        assert browser.answer(path, {})[0] == code


def test_who_evaluates_the_other_can_have_none(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    Tables(app).add(EvaluatorAssignment(evaluator_id=cast["teacher"].id, evaluated_id=cast["coach"].id, starts=SINCE))
    page = browser_of("coach").get(plan.path).form(button="Write the coaching agreement with Tom Becker").submit({})
    assert "cannot have a coaching agreement" in page
    assert Tables(app).all(select(Document.id).where(Document.form == agreements.FORM)) == []


# ---------------------------------------------------------------- signing


def test_half_signed_is_not_in_force(agreement: Agreement) -> None:
    assert not agreement.in_force()
    agreement.sign("coach")
    assert not agreement.in_force()
    agreement.sign("coach")
    assert not agreement.in_force()
    agreement.sign("teacher")
    assert agreement.in_force()


@pytest.mark.on_both
def test_both_sign_with_a_typed_name(agreement: Agreement, browser_of: Browsers) -> None:
    check = f"{agreement.path}/agreement/check"
    for who, name in (("coach", "A. Ruiz"), ("teacher", "Thomas Becker")):
        browser_of(who).get(check).form(button="Sign this text").submit({"Your name": name})
    page = browser_of("coach").get(agreement.path)
    assert "A. Ruiz" in page
    assert "Thomas Becker" in page
    assert "It is in force" in page
    signed = Tables(agreement.app).all(select(Decision).where(Decision.kind == "signed").order_by(Decision.id))
    assert [one.signed_as for one in signed] == ["A. Ruiz", "Thomas Becker"]
    assert signed[0].content_hash == signed[1].content_hash != ""
    paper = browser_of("teacher").get(f"{agreement.path}/print")
    assert "as “Thomas Becker” on" in paper
    assert f"content {signed[0].content_hash[:4]} {signed[0].content_hash[4:8]}" in paper
    assert browser_of("teacher").get(f"{agreement.path}/print.pdf").content.startswith(b"%PDF")


def test_a_signature_without_a_name_is_refused(agreement: Agreement, browser_of: Browsers, unchanged: Any) -> None:
    coach = browser_of("coach")
    page = coach.get(f"{agreement.path}/agreement/check")
    assert "Your full name, as in: Ana Ruiz" in page
    assert not page.has("#errors")
    with unchanged():
        page = coach.post(f"{agreement.path}/agreement/sign", {"seen": "1", "signed_as": "  "}, status=422)
    assert "Please type your name" in page.words("#errors")
    assert page.has("#errors a[href='#signed_as']")
    assert page.has("#signed_as[aria-invalid]")


def test_a_signature_is_under_the_text_that_was_read(agreement: Agreement, browser_of: Browsers) -> None:
    agreement.write("teacher", how_often="Every week")
    page = browser_of("coach").post(f"{agreement.path}/agreement/sign", {"seen": "1", "signed_as": "Ana"}, status=409)
    assert "The text has changed since you read it" in page
    assert Tables(agreement.app).all(select(Decision.id)) == Tables(agreement.app).all(
        select(Decision.id).where(Decision.document_id != agreement.id)
    )


@pytest.mark.on_both
def test_a_change_asks_both_again_and_the_signed_text_stays_in_force(
    agreement: Agreement, browser_of: Browsers
) -> None:
    agreement.write("coach", how_often="Every second week")
    agreement.sign("coach", "teacher")
    agreement.write("coach", how_often="Every single day")
    page = browser_of("teacher").get(agreement.path)
    assert "stays in force" in page
    assert "Every second week" in page
    assert "not signed yet" in page
    assert agreement.in_force()
    assert "Every single day" in browser_of("teacher").get(f"{agreement.path}/agreement/check")
    agreement.sign("coach")
    assert "stays in force" in browser_of("teacher").get(agreement.path)
    agreement.sign("teacher")
    assert "It is in force" in browser_of("teacher").get(agreement.path)
    history = Tables(agreement.app).all(
        select(Decision.part_version).where(Decision.document_id == agreement.id).order_by(Decision.id)
    )
    assert history == [2, 2, 3, 3]


def test_a_word_changed_there_and_back_asks_again(agreement: Agreement) -> None:
    agreement.write("coach", how_often="Every week")
    agreement.sign("coach", "teacher")
    agreement.write("coach", how_often="Never")
    agreement.write("coach", how_often="Every week")
    here = select(DocumentPart.agreed).where(DocumentPart.document_id == agreement.id)
    assert Tables(agreement.app).one(here) is False
    agreement.sign("coach")
    assert Tables(agreement.app).one(here) is False


def test_the_home_page_asks_to_write_and_to_sign(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    asks = "Write the coaching agreement with Tom Becker"
    assert asks in browser_of("coach").get("/")
    agreement = pairs.start(app, cast, plan)
    assert asks in browser_of("coach").get("/")
    assert "Write the coaching agreement with Ana Ruiz" in browser_of("teacher").get("/")
    agreement.sign("coach")
    assert asks not in browser_of("coach").get("/")
    assert "Sign the coaching agreement with Ana Ruiz" in browser_of("teacher").get("/")
    agreement.sign("teacher")
    for who in ("coach", "teacher"):
        page = browser_of(who).get("/")
        assert "Sign the coaching agreement with" not in page
    assert asks not in browser_of("coach").get("/")


def test_after_a_change_both_are_asked_to_sign_again(agreement: Agreement, browser_of: Browsers) -> None:
    again = "Sign again: your coaching agreement with {} has changed"
    warned = "If you change a word, both of you sign again."
    agreement.write("coach", how_often="Every week")
    agreement.sign("coach")
    assert warned not in browser_of("teacher").get(f"{agreement.path}/write")
    agreement.sign("teacher")
    assert warned in browser_of("teacher").get(f"{agreement.path}/write")
    for who in ("coach", "teacher"):
        assert "Sign again" not in browser_of(who).get("/")
    agreement.write("coach", how_often="Never")
    coach, teacher = browser_of("coach").get("/"), browser_of("teacher").get("/")
    assert coach.links()[again.format("Tom Becker")].endswith(f"{agreement.path}/agreement/check")
    assert "you changed it, today" in coach
    assert teacher.links()[again.format("Ana Ruiz")].endswith(f"{agreement.path}/agreement/check")
    assert "Ana Ruiz changed it, today" in teacher
    assert "Write the coaching agreement with Tom Becker" not in coach
    assert "Write the coaching agreement with Ana Ruiz" not in teacher
    agreement.sign("coach")
    assert "Sign again" not in browser_of("coach").get("/")
    page = browser_of("teacher").get("/")
    assert "Sign again" in page
    assert "Ana Ruiz is waiting since today" in page


def test_the_way_to_an_agreement_that_is_not_begun_leads_to_its_place_in_the_plan(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers
) -> None:
    coach, place = browser_of("coach"), f"{plan.path}#coaching-agreement"
    assert coach.get(plan.path).has("#coaching-agreement form")
    assert coach.get("/").links()["Write the coaching agreement with Tom Becker"] == place
    assert coach.get(plan.path).links()["Go to the agreement with Tom Becker"] == place
    assert coach.get(f"{plan.path}/sessions/new").links()["Go to the coaching agreement with Tom Becker"] == place
    agreement = pairs.start(app, cast, plan)
    assert coach.get(plan.path).links()["Go to the agreement with Tom Becker"] == agreement.path


# ---------------------------------------------------------------- the ticks are settings


def test_nothing_may_be_said_at_first(agreement: Agreement) -> None:
    agreement.sign("coach", "teacher")
    assert agreement.settings() == []
    assert allowed(agreement, "teacher") == frozenset()


@pytest.mark.on_both
def test_a_tick_counts_once_both_have_signed_it_and_only_from_then(agreement: Agreement) -> None:
    agreement.tick("teacher", "dates")
    assert allowed(agreement, "teacher") == frozenset()
    agreement.sign("coach")
    assert allowed(agreement, "teacher") == frozenset()
    before = now()
    agreement.sign("teacher")
    assert allowed(agreement, "teacher") == {"dates"}
    assert allowed(agreement, "teacher", at=before - timedelta(seconds=1)) == frozenset()
    agreement.tick("coach", "dates", "focus")
    assert allowed(agreement, "teacher") == {"dates"}
    agreement.sign("coach", "teacher")
    assert allowed(agreement, "teacher") == {"dates", "focus"}
    assert allowed(agreement, "teacher", at=now() + timedelta(days=1)) == {"dates", "focus"}


@pytest.mark.parametrize("who", ["coach", "teacher"])
def test_either_takes_a_tick_back_at_once(agreement: Agreement, who: str) -> None:
    agreement.tick("coach", *ALL)
    agreement.sign("coach", "teacher")
    assert allowed(agreement, "teacher") == ALL
    told: list[tuple[int, frozenset[str]]] = []

    def tell(_sender: Any, plan_id: int, keys: frozenset[str]) -> None:
        told.append((plan_id, keys))

    with tightened.connected_to(tell):
        agreement.tick(who, "take_place")
    assert told == [(agreement.plan.id, frozenset({"dates", "focus"}))]
    assert allowed(agreement, "teacher") == {"take_place"}
    assert agreement.in_force()


def test_one_alone_cannot_bring_a_tick_back(agreement: Agreement) -> None:
    agreement.tick("coach", "dates")
    agreement.sign("coach", "teacher")
    agreement.tick("teacher")
    agreement.tick("coach", "dates")  # the very text that both had signed
    assert allowed(agreement, "teacher") == frozenset()
    agreement.sign("coach")
    agreement.sign("coach")
    assert allowed(agreement, "teacher") == frozenset()
    agreement.sign("teacher")
    assert agreement.settings() == [("dates", False), ("dates", True)]


def test_a_tick_taken_back_while_another_text_is_saved_is_still_taken_back(agreement: Agreement) -> None:
    agreement.tick("coach", "dates")
    agreement.sign("coach", "teacher")
    agreement.tick("coach", "dates", "focus")
    with agreement.app.test_request_context(), writing():
        opened = open_document(agreement.public_id, agreement.cast["teacher"].id, lock=True)
        assert answers.save(opened, [answers.Typed("may_be_said", {}, 1)])[0].value == {"focus": ""}
    assert allowed(agreement, "teacher") == frozenset()


@pytest.mark.on_both
def test_every_pair_must_allow_it(app: Flask, cast: Cast, plan: Plan, agreement: Agreement) -> None:
    agreement.tick("coach", "take_place", "dates")
    agreement.sign("coach", "teacher")
    assert allowed(agreement, "teacher", "teacher2") == frozenset()
    second = pairs.start(app, cast, plan, teacher="teacher2")
    second.tick("coach", "dates", "focus")
    second.sign("coach", "teacher2")
    assert allowed(agreement, "teacher", "teacher2") == {"dates"}
    assert allowed(agreement, "teacher2") == {"dates", "focus"}
    assert allowed(agreement) == frozenset()


# ---------------------------------------------------------------- ending


@pytest.mark.on_both
@pytest.mark.parametrize(("who", "other"), [("coach", "teacher"), ("teacher", "coach")])
def test_either_ends_it_at_once_and_the_other_is_told(
    agreement: Agreement, cast: Cast, browser_of: Browsers, who: str, other: str
) -> None:
    agreement.tick("coach", "dates")
    agreement.sign("coach", "teacher")
    told: list[frozenset[str]] = []

    def tell(_sender: Any, plan_id: int, keys: frozenset[str]) -> None:
        told.append(keys)

    browser = browser_of(who)
    page = browser.get(agreement.path)
    assert "No new coaching sessions can be started" in browser.get(f"{agreement.path}/agreement/end")
    with tightened.connected_to(tell):
        page = browser.get(f"{agreement.path}/agreement/end").form(button="End it now").submit({})
    assert "This agreement has ended" in page
    assert told == [frozenset({"dates"})]
    assert not agreement.in_force()
    assert allowed(agreement, "teacher") == frozenset()
    assert f"The coaching agreement with {cast[who].name} has ended" in browser_of(other).get("/")
    assert "has ended" not in browser.get("/")
    mails = Tables(agreement.app).all(select(Mail.person_id).where(Mail.path == agreement.path))
    assert cast[other].id in mails


def test_what_has_ended_stays_as_it_is(agreement: Agreement, browser_of: Browsers, unchanged: Any) -> None:
    agreement.sign("coach", "teacher")
    agreement.decide("coach", "end")
    browser = browser_of("teacher")
    with unchanged():
        for path, data, code in (
            ("/write", {"v.how_often": "0", "how_often": "Daily"}, 403),
            ("/answers/how_often", {"v.how_often": "0", "how_often": "Daily"}, 403),
            ("/comments/term", {"comment.term": "a remark"}, 403),
            ("/agreement/sign", {"seen": "1", "signed_as": "Tom"}, 409),
            ("/agreement/end", {}, 409),
        ):
            assert browser.answer(agreement.path + path, data)[0] == code, path


def test_after_the_end_a_new_one_can_be_started(
    app: Flask, cast: Cast, plan: Plan, agreement: Agreement, browser_of: Browsers
) -> None:
    agreement.sign("coach", "teacher")
    agreement.decide("teacher", "end")
    page = (
        browser_of("coach").get(agreement.path).form(button="Write a new coaching agreement with Tom Becker").submit({})
    )
    assert page.path != agreement.path
    new = pairs.start(app, cast, plan)
    assert new.path == page.path
    assert not new.in_force()
    new.sign("coach", "teacher")
    assert new.in_force()
    assert "Earlier agreement with Tom Becker" in browser_of("coach").get(plan.path)


# ---------------------------------------------------------------- nobody else


@pytest.mark.parametrize("who", OUTSIDE)
def test_nobody_else_can_open_it(agreement: Agreement, browser_of: Browsers, unchanged: Any, who: str) -> None:
    agreement.sign("coach", "teacher")
    browser = browser_of(who)
    with unchanged():
        for path in ("", "/write", "/print", "/print.pdf", "/agreement/check", "/agreement/end", "/history/how_often"):
            assert browser.answer(agreement.path + path)[0] == 404, path
        for path in ("/agreement/sign", "/agreement/end", "/write", "/answers/how_often", "/teachers/name"):
            sent = {"seen": "1", "signed_as": "X", "v.how_often": "0", "how_often": "Daily", "name": "X"}
            assert browser.answer(agreement.path + path, sent)[0] == 404, path


def test_no_list_page_or_count_of_others_changes(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    """Neither the number of plans nor the length of a page tells that there are agreements."""
    paths = ("/", "/plans/", "/plans/?of=schools", plan.path, f"{plan.path}/write", f"{plan.path}/who")
    browsers = {who: browser_of(who) for who in OUTSIDE}
    more = {"admin": ("/administration/schools",)}

    def seen() -> dict[tuple[str, str], tuple[int, list[str]]]:
        return {
            (who, path): (page.status, page.text.split())
            for who, browser in browsers.items()
            for path in (*paths, *more.get(who, ()))
            for page in [browser.get(path, status=None)]
        }

    before = seen()
    for _ in range(30):  # more than a page
        agreement = pairs.start(app, cast, plan)
        agreement.sign("coach", "teacher")
        agreement.decide("coach", "end")
    assert seen() == before


def test_the_other_documents_of_a_member_are_not_mixed_up(
    app: Flask, cast: Cast, plan: Plan, agreement: Agreement, browser_of: Browsers
) -> None:
    assert "Coaching Agreement with Tom Becker" in browser_of("coach").get("/plans/")
    assert agreement.public_id not in browser_of("coach").get("/plans/new").html
    for verb in ("/teachers", "/principal", "/session-2"):
        assert browser_of("coach").answer(agreement.path + verb, {})[0] == 403


def test_the_way_back_is_the_same_on_all_its_pages(agreement: Agreement, plan: Plan, browser_of: Browsers) -> None:
    teacher = browser_of("teacher")
    for path in ("", "/write", "/agreement/check", "/who", "/who/agreement"):
        page = teacher.get(f"{agreement.path}{path}")
        way = [words(step) for step in page.all(".crumbs li")]
        assert way[0] == "Plans"
        assert way[1].startswith("Peer Coaching Plan 20")
        assert way[2].startswith("Coaching Agreement 20")
        assert page.links()[way[1]] == plan.path
    assert page.title.startswith("Who can see this")
    assert page.words("h1") == "Who can see this agreement"
    plans_way = [words(step) for step in teacher.get(f"{plan.path}/write").all(".crumbs li")]
    assert not [step for step in plans_way if "Agreement" in step]


def test_who_can_see_it_says_the_two(agreement: Agreement, browser_of: Browsers) -> None:
    for path in ("/who", "/who/agreement"):
        lines = browser_of("teacher").get(agreement.path + path).all(".can .who-list > li .name")
        assert [words(line) for line in lines] == ["Ana Ruiz", "Tom Becker"]


@pytest.mark.on_both
def test_who_comes_to_evaluate_the_other_loses_it(
    app: Flask, cast: Cast, agreement: Agreement, browser_of: Browsers
) -> None:
    Tables(app).add(EvaluatorAssignment(evaluator_id=cast["coach"].id, evaluated_id=cast["teacher"].id, starts=SINCE))
    assert browser_of("coach").answer(agreement.path)[0] == 404
    assert agreement.public_id not in browser_of("coach").get("/plans/").html
    assert browser_of("teacher").answer(agreement.path)[0] == 200


def test_a_plan_and_its_agreements_do_not_disturb_each_other(
    app: Flask, cast: Cast, plan: Plan, agreement: Agreement
) -> None:
    tables = Tables(app)
    agreement.sign("coach", "teacher")
    part1 = select(DocumentPart.state).where(DocumentPart.document_id == plan.id, DocumentPart.part == "part1")
    assert tables.one(part1) == "approved"
    with app.test_request_context(), writing():
        opened = open_document(plan.public_id, cast["coach"].id, lock=True)
        answers.save(opened, [answers.Typed("school_goal", "another goal", 1)])
    assert agreement.in_force()
    tables.do(
        update(Participant)
        .where(Participant.document_id == plan.id, Participant.person_id == cast["teacher"].id)
        .values(standing=Standing.REMOVED)
    )
    assert agreement.in_force()
