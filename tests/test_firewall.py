"""The firewall around a circle: nobody who evaluates a member of it is let in, and who comes to evaluate one is out.

The coach leads a plan in which teacher and teacher2 take part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests import plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp.clock import now, today
from webapp.documents.models import Document, Participant
from webapp.people import memberships
from webapp.people.models import EvaluatorAssignment, Membership, Role

Browsers = Callable[[str], Client]
Dates = tuple[int | None, int | None]  # first and last day, in days from today; None: long ago, no end

TOGETHER = "cannot be in one coaching circle"
ARRANGED = "the district has arranged it that way"
ALWAYS: Dates = (None, None)
PAST, UNTIL_TODAY, FROM_TODAY, TOMORROW = (None, -1), (None, 0), (0, None), (1, None)


@dataclass(frozen=True)
class Assigned:
    """One of the cast evaluates another by assignment."""

    evaluator: str
    evaluated: str
    dates: Dates = ALWAYS


@dataclass(frozen=True)
class Heads:
    """One of the cast heads a school (or has another role there)."""

    who: str
    role: Role
    school: str = "roosevelt"
    dates: Dates = ALWAYS


# Who is asked, what is so, and the reason that is given; no reason: they may take part.
PAIRS: dict[str, tuple[str, list[Assigned | Heads], str]] = {
    "a colleague": ("outsider", [], ""),
    "the head of another school": ("other_principal", [], ""),
    "a teacher of another school": ("other_teacher", [], ""),
    "an assistant principal of the school": (
        "assistant_principal", [], "Alma Stein is assistant principal at Roosevelt Middle School, where Ana Ruiz is a coach",
    ),
    "a second principal of the school": (
        "outsider", [Heads("outsider", Role.PRINCIPAL)], "Olga Brandt is principal at Roosevelt Middle School, where Ana Ruiz",
    ),
    "a principal of the school until yesterday": ("outsider", [Heads("outsider", Role.PRINCIPAL, dates=PAST)], ""),
    "a principal of the school until today": (
        "outsider", [Heads("outsider", Role.PRINCIPAL, dates=UNTIL_TODAY)], "Olga Brandt is principal at Roosevelt",
    ),
    "a principal of the school from today": (
        "outsider", [Heads("outsider", Role.PRINCIPAL, dates=FROM_TODAY)], "Olga Brandt is principal at Roosevelt",
    ),
    "a principal of the school from tomorrow": ("outsider", [Heads("outsider", Role.PRINCIPAL, dates=TOMORROW)], ""),
    "a teacher at a school that a member heads": (
        "other_teacher", [Heads("teacher", Role.PRINCIPAL, "lincoln")], "Tom Becker is principal at Lincoln Elementary School",
    ),
    "a department head of a member": ("depthead", [], f"Dan Whitfield evaluates Uma Patel: {ARRANGED}"),
    "a department head of the coach": ("outsider", [Assigned("outsider", "coach")], f"Olga Brandt evaluates Ana Ruiz: {ARRANGED}"),
    "someone whom the coach evaluates": ("outsider", [Assigned("coach", "outsider")], f"Ana Ruiz evaluates Olga Brandt: {ARRANGED}"),
    "someone whom a member evaluates": ("outsider", [Assigned("teacher", "outsider")], f"Tom Becker evaluates Olga Brandt: {ARRANGED}"),
    "someone who evaluates an invited teacher": ("outsider", [Assigned("outsider", "invited")], "Olga Brandt evaluates Ines Duarte"),
    "someone who evaluates one who declined": ("outsider", [Assigned("outsider", "declined")], ""),
    "someone who evaluates one who was taken out": ("outsider", [Assigned("outsider", "removed")], ""),
    "someone who evaluates the principal of the plan": ("outsider", [Assigned("outsider", "principal")], ""),
    "an evaluator until yesterday": ("outsider", [Assigned("outsider", "teacher", PAST)], ""),
    "an evaluator until today": ("outsider", [Assigned("outsider", "teacher", UNTIL_TODAY)], "Olga Brandt evaluates Tom Becker"),
    "an evaluator from today": ("outsider", [Assigned("outsider", "teacher", FROM_TODAY)], "Olga Brandt evaluates Tom Becker"),
    "an evaluator from tomorrow": ("outsider", [Assigned("outsider", "teacher", TOMORROW)], ""),
    "one who was evaluated until yesterday": ("outsider", [Assigned("teacher", "outsider", PAST)], ""),
    "one who is evaluated until today": ("outsider", [Assigned("teacher", "outsider", UNTIL_TODAY)], "Tom Becker evaluates Olga Brandt"),
    "one who is evaluated from tomorrow": ("outsider", [Assigned("teacher", "outsider", TOMORROW)], ""),
}  # fmt: skip


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@pytest.fixture
def arrange(app: Flask, cast: Cast, tables: Tables) -> Callable[[list[Assigned | Heads]], None]:
    """Make it so, and nothing else of the kind that was made before."""
    made: list[EvaluatorAssignment | Membership] = []

    def day(days: int | None) -> date | None:
        with app.app_context():
            return None if days is None else today() + timedelta(days)

    def put(relations: list[Assigned | Heads]) -> None:
        for row in made:
            tables.do(delete(type(row)).where(type(row).id == row.id))
        made.clear()
        for relation in relations:
            starts, ends = day(relation.dates[0]) or date(2020, 8, 1), day(relation.dates[1])
            if isinstance(relation, Assigned):
                pair = {"evaluator_id": cast[relation.evaluator].id, "evaluated_id": cast[relation.evaluated].id}
                made.append(EvaluatorAssignment(**pair, starts=starts, ends=ends))
            else:
                place = {
                    "school_id": cast.schools[relation.school].id,
                    "district_id": cast.districts["cedar_valley"].id,
                }
                who = cast[relation.who].id
                made.append(Membership(person_id=who, role=relation.role, **place, starts=starts, ends=ends))
        tables.add(*made)

    return put


def forget(tables: Tables, plan: Plan, cast: Cast, who: str) -> None:
    """Someone was never asked."""
    tables.do(delete(Participant).where(Participant.document_id == plan.id, Participant.person_id == cast[who].id))


def stands(tables: Tables, plan: Plan, cast: Cast, who: str) -> str | None:
    """Where someone stands in the plan."""
    mine = (Participant.document_id == plan.id, Participant.person_id == cast[who].id)
    found: str | None = tables.one(select(Participant.standing).where(*mine).order_by(Participant.id.desc()))
    return found


# ---------------------------------------------------------------- asking, and answering


def test_asking_someone(
    as_: Browsers, cast: Cast, tables: Tables, plan: Plan, arrange: Callable[..., None], subtests: pytest.Subtests
) -> None:
    coach = as_("coach")
    for pair, (who, relations, reason) in PAIRS.items():
        with subtests.test(pair):
            arrange(relations)
            sent = {"person": cast[who].public_id}
            code, asked = coach.answer(f"{plan.path}/teachers/ask", sent)
            if reason:
                assert code == 422
                assert reason in asked
                assert TOGETHER in asked
                assert stands(tables, plan, cast, who) is None
                _, offered = coach.answer(f"{plan.path}/teachers?q={cast[who].email}")
                assert reason in offered, "the reason also stands beside the name, where the button would be"
                assert f'value="{cast[who].public_id}"' not in offered.partition("<h2>Principal")[0]
            else:
                assert code == 303
                assert stands(tables, plan, cast, who) == "invited"
                assert as_(who).answer(f"{plan.path}/answer", {"answer": "yes"})[0] == 303
                assert stands(tables, plan, cast, who) == "confirmed"
        forget(tables, plan, cast, who)


def test_answering_when_things_have_changed_since_one_was_asked(
    as_: Browsers, cast: Cast, tables: Tables, plan: Plan, arrange: Callable[..., None], subtests: pytest.Subtests
) -> None:
    """Whoever evaluates a member finds no plan any more; whom a member evaluates is told why not."""
    for pair, (who, relations, reason) in PAIRS.items():
        with subtests.test(pair):
            person = {"document_id": plan.id, "person_id": cast[who].id, "name": cast[who].name}
            tables.add(Participant(**person, role="teacher", in_circle=True, standing="invited"))
            arrange(relations)
            browser = as_(who)
            code, _ = browser.answer(f"{plan.path}/answer", {"answer": "yes"})
            assert stands(tables, plan, cast, who) == ("invited" if reason else "confirmed")
            if reason.startswith(cast[who].name):
                assert code == 404
            elif reason:
                _, page = browser.answer(plan.path)
                assert reason in page
                assert TOGETHER in page
        forget(tables, plan, cast, who)


def test_who_takes_part_already_is_not_asked_again(as_: Browsers, cast: Cast, plan: Plan) -> None:
    for who in ("coach", "teacher", "invited", "principal"):
        asked = as_("coach").post(f"{plan.path}/teachers/ask", {"person": cast[who].public_id}, status=422)
        assert f"{cast[who].name} already takes part in this plan." in asked


@pytest.mark.parametrize("who", ["harbor_principal", "deactivated", "superintendent", "champion"])
def test_who_is_not_in_the_directory_of_the_district_cannot_be_asked(
    as_: Browsers, cast: Cast, plan: Plan, who: str
) -> None:
    as_("coach").post(f"{plan.path}/teachers/ask", {"person": cast[who].public_id}, status=404)


@pytest.mark.parametrize("who", ["declined", "removed"])
def test_who_is_out_can_be_asked_again(as_: Browsers, cast: Cast, tables: Tables, plan: Plan, who: str) -> None:
    as_("coach").post(f"{plan.path}/teachers/ask", {"person": cast[who].public_id})
    assert stands(tables, plan, cast, who) == "invited"
    as_(who).post(f"{plan.path}/answer", {"answer": "yes"})
    as_(who).get(f"{plan.path}/write")


def test_a_member_cannot_become_the_principal_of_the_plan(
    as_: Browsers, cast: Cast, plan: Plan, arrange: Callable[..., None], unchanged: Callable[[], object]
) -> None:
    arrange([Heads("other_teacher", Role.ASSISTANT_PRINCIPAL)])
    coach = as_("coach")
    coach.post(f"{plan.path}/principal", {"principal": cast["other_teacher"].public_id})
    coach.post(f"{plan.path}/principal", {"principal": cast["teacher"].public_id}, status=422)
    coach.post(f"{plan.path}/principal", {"principal": cast["other_principal"].public_id}, status=422)


def test_a_coach_names_no_principal_whom_they_evaluate(
    as_: Browsers, cast: Cast, plan: Plan, arrange: Callable[..., None], unchanged: Callable[[], Any]
) -> None:
    arrange([Assigned("coach", "assistant_principal")])
    coach, head = as_("coach"), cast["assistant_principal"].public_id
    with unchanged():
        page = coach.post(f"{plan.path}/principal", {"principal": head}, status=422)
        assert f"Ana Ruiz evaluates Alma Stein: {ARRANGED}" in page.html
        place = f"{cast.schools['roosevelt'].public_id}.{head}"
        page = coach.post("/plans/new", {"place": place, "start_from": ""}, status=422)
        assert f"Ana Ruiz evaluates Alma Stein: {ARRANGED}" in page.html


def test_a_new_plan_does_not_begin_with_one_that_is_closed_to_its_coach(
    as_: Browsers, tables: Tables, plan: Plan, arrange: Callable[..., None]
) -> None:
    tables.do(update(Document).where(Document.id == plan.id).values(school_year=2020))
    coach = as_("coach")
    assert plan.public_id in coach.get("/plans/new").html
    arrange([Assigned("coach", "teacher")])
    assert plan.public_id not in coach.get("/plans/new").html


def test_taking_the_last_teacher_out_shows_the_principal_no_norm_that_they_did_not_agree_to(
    app: Flask, as_: Browsers, cast: Cast, tables: Tables
) -> None:
    plan = plans.write(app, cast, session_2=True, circle=("coach", "teacher"))
    coach, principal = as_("coach"), as_("principal")
    norm = {f"a.norms.{ROW}": "1", f"agree.norms.{ROW}": "yes"}
    assert coach.answer(f"{plan.path}/agreements/norms/{ROW}", norm)[0] == 200
    mine = (Participant.document_id == plan.id, Participant.person_id == cast["teacher"].id)
    teacher = tables.one(select(Participant.public_id).where(*mine))
    coach.post(f"{plan.path}/teachers/{teacher}/remove", {})
    principal.get(f"{plan.path}/norms/check", status=404)


# ---------------------------------------------------------------- a relation that comes up later

LATER: dict[str, tuple[list[Assigned | Heads], list[str]]] = {  # what comes up, and who is out because of it
    "the coach becomes assistant principal": ([Heads("coach", Role.ASSISTANT_PRINCIPAL)], ["coach"]),
    "the coach becomes principal": ([Heads("coach", Role.PRINCIPAL, dates=FROM_TODAY)], ["coach"]),
    "the coach becomes principal tomorrow": ([Heads("coach", Role.PRINCIPAL, dates=TOMORROW)], []),
    "the coach heads another school": ([Heads("coach", Role.PRINCIPAL, "lincoln")], []),
    "a teacher comes to evaluate the coach": ([Assigned("teacher", "coach")], ["teacher"]),
    "a teacher comes to evaluate another": ([Assigned("teacher", "teacher2")], ["teacher"]),
    "a teacher comes to evaluate an invited one": ([Assigned("teacher", "invited")], ["teacher"]),
    "an invited teacher comes to evaluate a member": ([Assigned("invited", "teacher")], ["invited"]),
    "two come to evaluate each other": (
        [Assigned("teacher", "teacher2"), Assigned("teacher2", "teacher")],
        ["teacher", "teacher2"],
    ),
    "a teacher evaluated the coach until yesterday": ([Assigned("teacher", "coach", PAST)], []),
    "a teacher evaluates the coach until today": ([Assigned("teacher", "coach", UNTIL_TODAY)], ["teacher"]),
    "a teacher evaluates an outsider": ([Assigned("teacher", "outsider")], []),
    "a teacher evaluates one who declined": ([Assigned("teacher", "declined")], []),
}
WHAT_THEY_HAD = {
    "coach": ("", "/write", "/part1/check", "/part2/check", "/teachers", "/history/goal_statement", "/print"),
    "teacher": ("", "/write", "/part1/check", "/part2/check", "/history/goal_statement", "/print"),
    "teacher2": ("", "/write", "/part1/check", "/part2/check", "/history/goal_statement", "/print"),
    "invited": ("", "/write", "/part1/check", "/print"),
    "principal": ("", "/write", "/part1/check", "/print"),
}


@pytest.mark.parametrize("case", LATER)
def test_a_relation_that_comes_up_later_ends_access_at_once(
    as_: Browsers, plan: Plan, arrange: Callable[..., None], case: str
) -> None:
    relations, out = LATER[case]
    browsers = {who: as_(who) for who in WHAT_THEY_HAD}
    for who, browser in browsers.items():
        assert browser.answer(plan.path)[0] == 200, who
    arrange(relations)
    for who, browser in browsers.items():
        if who not in out:
            assert browser.answer(plan.path)[0] == 200, who
            continue
        for path in WHAT_THEY_HAD[who]:
            assert browser.answer(plan.path + path)[0] == 404, (who, path)
        save = {"v.goal_statement": "1", "goal_statement": f"typed by {who}"}
        assert browser.answer(f"{plan.path}/answers/goal_statement", save)[0] == 404
        for listed in ("/", "/plans/"):
            assert plan.public_id not in browser.answer(listed)[1], "gone from their lists too"


# ---------------------------------------------------------------- a relation that is over

# How the teacher came to evaluate the coach in a plan that was begun ten days ago, and whether that closes it.
BEGUN = -10
SINCE_IT_BEGAN: dict[str, tuple[list[Assigned | Heads], bool]] = {
    "until yesterday": ([Assigned("teacher", "coach", PAST)], True),
    "for a day in between": ([Assigned("teacher", "coach", (-5, -5))], True),
    "from today": ([Assigned("teacher", "coach", FROM_TODAY)], True),
    "from tomorrow": ([Assigned("teacher", "coach", TOMORROW)], False),
    "until the day on which it was begun": ([Assigned("teacher", "coach", (None, BEGUN))], True),
    "until the day before it was begun": ([Assigned("teacher", "coach", (None, BEGUN - 1))], False),
    "as assistant principal until that day": (
        [Heads("teacher", Role.ASSISTANT_PRINCIPAL, dates=(None, BEGUN))], True
    ),
    "as assistant principal until the day before": (
        [Heads("teacher", Role.ASSISTANT_PRINCIPAL, dates=(None, BEGUN - 1))], False
    ),
    "as principal of another school": ([Heads("teacher", Role.PRINCIPAL, "lincoln", dates=PAST)], False),
    "as head of another school, the coach working there on the last day": (
        [
            Heads("teacher", Role.PRINCIPAL, "lincoln", dates=(None, -3)),
            Heads("coach", Role.COACH, "lincoln", dates=(-3, None)),
        ],
        True,
    ),
    "as head of another school, the coach working there from the next day": (
        [
            Heads("teacher", Role.PRINCIPAL, "lincoln", dates=(None, -3)),
            Heads("coach", Role.COACH, "lincoln", dates=(-2, None)),
        ],
        False,
    ),
    "as head of another school, the coach having left it before the plan": (
        [
            Heads("teacher", Role.PRINCIPAL, "lincoln", dates=PAST),
            Heads("coach", Role.COACH, "lincoln", dates=(None, BEGUN - 1)),
        ],
        False,
    ),
    "the other way round": ([Assigned("coach", "teacher", PAST)], False),
    "someone else in the circle": ([Assigned("teacher", "teacher2", PAST)], True),
    "someone who declined": ([Assigned("teacher", "declined", PAST)], False),
}  # fmt: skip


def begin(app: Flask, tables: Tables, plan: Plan, days: int, at: time = time(12)) -> None:
    """The plan was begun so many days from today, at this time by the school's clock."""
    with app.app_context():
        here = datetime.combine(today() + timedelta(days), at, ZoneInfo(app.config["TIMEZONE"]))
    tables.do(update(Document).where(Document.id == plan.id).values(created_at=here))


@pytest.mark.parametrize("at", [time(0, 0), time(23, 59)])
def test_what_was_closed_once_stays_closed(
    app: Flask,
    as_: Browsers,
    tables: Tables,
    plan: Plan,
    arrange: Callable[..., None],
    subtests: pytest.Subtests,
    at: time,
) -> None:
    begin(app, tables, plan, BEGUN, at)
    teacher = as_("teacher")
    for case, (relations, closed) in SINCE_IT_BEGAN.items():
        with subtests.test(case):
            arrange(relations)
            for path in WHAT_THEY_HAD["teacher"]:
                assert teacher.answer(plan.path + path)[0] == (404 if closed else 200), path
            assert (plan.public_id in teacher.answer("/plans/")[1]) is not closed


def test_each_plan_goes_by_the_day_on_which_it_was_begun_itself(
    app: Flask, as_: Browsers, cast: Cast, tables: Tables, plan: Plan, arrange: Callable[..., None]
) -> None:
    later = plans.write(app, cast)
    begin(app, tables, plan, BEGUN)
    begin(app, tables, later, BEGUN + 1)
    arrange([Assigned("teacher", "coach", (None, BEGUN))])
    teacher = as_("teacher")
    teacher.get(plan.path, status=404)
    teacher.get(later.path)
    _, listed = teacher.answer("/plans/")
    assert (plan.public_id in listed, later.public_id in listed) == (False, True)


def test_ending_a_relation_opens_nothing_again_whatever_day_is_set(
    app: Flask, as_: Browsers, cast: Cast, tables: Tables, plan: Plan, arrange: Callable[..., None]
) -> None:
    begin(app, tables, plan, BEGUN)
    teacher, coach = as_("teacher"), cast["coach"].id
    arrange([Assigned("teacher", "coach")])
    teacher.get(plan.path, status=404)
    relation = tables.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluator_id == cast["teacher"].id))
    for days in (0, -1, BEGUN - 1, -1000):
        with app.app_context():
            last_day = today() + timedelta(days)
            memberships.end_assignment(relation.public_id, person_id=coach, last_day=last_day)
        teacher.get(plan.path, status=404)
    begin(app, tables, plan, 1)
    teacher.get(plan.path)


def test_what_was_entered_by_mistake_opens_it_again(
    app: Flask, as_: Browsers, cast: Cast, tables: Tables, plan: Plan, arrange: Callable[..., None]
) -> None:
    begin(app, tables, plan, BEGUN)
    teacher, by = as_("teacher"), cast["admin"].id
    arrange([Assigned("teacher", "coach"), Heads("teacher", Role.PRINCIPAL)])
    relation = tables.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluator_id == cast["teacher"].id))
    head = tables.one(
        select(Membership).where(Membership.role == "principal", Membership.person_id == cast["teacher"].id)
    )
    with app.app_context():
        memberships.void_assignment(relation.public_id, person_id=cast["coach"].id, by=by)
    teacher.get(plan.path, status=404)
    with app.app_context():
        memberships.void(head.public_id, person_id=cast["teacher"].id, by=by)
    teacher.get(f"{plan.path}/write")


def test_a_role_entered_by_mistake_takes_no_part_in_any_evaluation(
    app: Flask, as_: Browsers, cast: Cast, tables: Tables, plan: Plan
) -> None:
    """The head was no mistake, but that the other works there was."""
    coach = as_("coach")
    asked = {"person": cast["assistant_principal"].public_id}
    assert TOGETHER in coach.post(f"{plan.path}/teachers/ask", asked, status=422)
    members = [cast[key].id for key in ("coach", "teacher", "teacher2", "invited")]
    tables.do(update(Membership).where(Membership.person_id.in_(members)).values(voided_at=now()))
    coach.post(f"{plan.path}/teachers/ask", asked, follow=False, status=303)


def test_a_principal_who_evaluates_them_all_keeps_what_principals_read(as_: Browsers, plan: Plan) -> None:
    principal = as_("principal")
    assert MARKER in principal.get(f"{plan.path}/write").html
    principal.get(f"{plan.path}/part2/check", status=404)
    principal.get(f"{plan.path}/history/goal_statement", status=404)


def test_a_department_head_who_is_the_champion_of_the_school_reads_part_1_only(
    app: Flask, as_: Browsers, cast: Cast, arrange: Callable[..., None]
) -> None:
    plan = plans.write(app, cast, part2="shared", session_2=True, ours=True)
    champion = as_("champion")
    champion.get(f"{plan.path}/part2/check")
    arrange([Assigned("champion", "teacher2")])
    champion.get(f"{plan.path}/part2/check", status=404)
    champion.get(f"{plan.path}/norms/check", status=404)
    champion.get(f"{plan.path}/part1/check")
