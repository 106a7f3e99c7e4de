"""Who can see this: what the page says of somebody is what that person gets, and whoever asks learns no more than is theirs."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from tests import crawl, marked, plans
from tests.agreements import Agreement
from tests.cast import Cast
from tests.marked import WORDS, marks
from tests.markup import words
from tests.page import Client, Page
from tests.plans import MARKER, Plan
from tests.tables import Tables
from tests.test_access import ASKED, STATES, written
from webapp import access
from webapp.clock import today
from webapp.documents import pdf
from webapp.documents.models import Participant
from webapp.forms.declaration import Level
from webapp.people.models import EvaluatorAssignment, Membership, Person, Role

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
PARTS = ("part1", "part2", "norms", "progress")
FULL: dict[str, Any] = {"part1": "approved", "part2": "shared", "session_2": True, "ours": True}
NEVER = ("depthead", "assistant_principal", "admin", "declined", "removed")
CIRCLE = ("coach", "teacher", "teacher2")
KEEPS_ACCOUNTS = "Administrator: keeps accounts, sees no plan"
EVALUATES = "Evaluates a member of this circle: cannot"
LEFT = "Was named in this plan once and has left it"
ASKED_ONLY = "Was asked to take part and has not answered yet"
TEACHES = "Collaborating teacher"


def said(page: Page) -> tuple[dict[str, str], dict[str, str]]:
    """Who can and who cannot, according to a page: name → reason."""

    def listed(kind: str) -> dict[str, str]:
        lines = [line for line in page.all(f".{kind} .who-list > li") if len(line) > 1]
        return {words(line[0]): words(line[1]) for line in lines}

    return listed("can"), listed("cannot")


def address(plan: Plan | Agreement, part: str) -> str:
    return f"{plan.path}/who/{part}" if part else f"{plan.path}/who"


# ---------------------------------------------------------------- what it says is so


@pytest.mark.parametrize(("part", "state"), [(part, state) for part, state in ASKED if part != "agreement"])
def test_the_page_says_what_everybody_gets(
    app: Flask, cast: Cast, as_: Browsers, browser_of: Browsers, part: str, state: str
) -> None:
    plan = written(app, cast, part, state)
    can, cannot = said(as_("coach").get(address(plan, part)))
    own = {who: browser_of(who).answer(f"{plan.path}/{part}/check" if part else plan.path) for who in cast}
    gets = {cast[who].name for who, (code, text) in own.items() if code == 200 and (not part or MARKER in text)}
    assert can.keys() == gets
    assert not cannot.keys() & gets
    never = ("principal", "champion", "assistant_principal", "admin") if part == "agreement" else NEVER
    assert {cast[who].name for who in never} <= cannot.keys()


def test_it_says_so_when_somebody_comes_to_evaluate_a_member(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, **FULL)
    with app.app_context():
        pair = {"evaluator_id": cast["teacher"].id, "evaluated_id": cast["coach"].id}
        Tables(app).add(EvaluatorAssignment(**pair, starts=today()))
    as_("teacher").get(plan.path, status=404)
    for part in ("", *PARTS):
        _, cannot = said(as_("coach").get(address(plan, part)))
        assert cannot[cast["teacher"].name] == EVALUATES


def test_it_follows_the_policy_and_has_no_rules_of_its_own(
    app: Flask, cast: Cast, as_: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plans.write(app, cast, **FULL)
    coach = as_("coach")
    before, _ = said(coach.get(address(plan, "part2")))
    assert {cast[who].name for who in ("principal", "champion")} <= before.keys()
    monkeypatch.setitem(access.RULES, (Level.FOR_REVIEW, "read"), [[(True, "circle")]])
    after, _ = said(coach.get(address(plan, "part2")))
    assert after.keys() == {cast[who].name for who in CIRCLE}


# ---------------------------------------------------------------- the reasons

SHARED, OURS = "because the circle shared Part 2", "but only what everyone in the circle agreed to"
REASONS: dict[tuple[str, str], dict[str, tuple[bool, str]]] = {  # part, state → who → can, why
    ("", "after"): {
        "coach": (True, "Coach"),
        "teacher": (True, TEACHES),
        "invited": (True, ASKED_ONLY),
        "principal": (True, "Principal of this plan"),
        "champion": (True, "Coach champion of the school"),
        "declined": (False, LEFT),
        "removed": (False, LEFT),
        "depthead": (False, EVALUATES),
        "assistant_principal": (False, EVALUATES),
        "admin": (False, KEEPS_ACCOUNTS),
    },
    ("part2", "draft"): {
        "teacher": (True, TEACHES),
        "invited": (False, ASKED_ONLY),
        "principal": (False, "Principal of this plan: only once the circle shares Part 2"),
        "champion": (False, "Coach champion of the school: only once the circle shares Part 2"),
    },
    ("part2", "shared"): {
        "principal": (True, f"Principal of this plan, {SHARED}"),
        "champion": (True, f"Coach champion of the school, {SHARED}"),
    },
    ("norms", "open"): {
        "principal": (False, "Principal of this plan: only once everyone in the circle agreed to a norm"),
    },
    ("norms", "ours"): {
        "principal": (True, f"Principal of this plan, {OURS}"),
        "champion": (True, f"Coach champion of the school, {OURS}"),
    },
    ("progress", "any"): {
        "principal": (False, "Principal of this plan: this stays within the circle"),
        "champion": (False, "Coach champion of the school: this stays within the circle"),
        "depthead": (False, EVALUATES),
    },
}


@pytest.mark.parametrize(("part", "state"), REASONS)
def test_each_is_told_with_the_reason(app: Flask, cast: Cast, as_: Browsers, part: str, state: str) -> None:
    can, cannot = said(as_("teacher").get(address(plans.write(app, cast, **STATES[part][state]), part)))
    for who, (may, reason) in REASONS[part, state].items():
        assert (can if may else cannot).get(cast[who].name) == reason


def test_who_has_no_account_or_a_closed_one_is_told_as_such(app: Flask, cast: Cast, as_: Browsers) -> None:
    _, cannot = said(as_("coach").get(address(marked.write(app, cast), "part1")))
    assert cannot[f"Ms. {WORDS['participant']}"] == "Has no account on this site"
    assert cannot[cast["deactivated"].name] == "Their account is closed"


def test_comments_and_earlier_wordings_have_readers_of_their_own(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, **FULL)
    circle = ", ".join(cast[who].name for who in CIRCLE)
    said_of = {part: as_("coach").get(address(plan, part)).words(".facts") for part in PARTS}
    assert f"Comments {circle}, {cast['principal'].name}." in said_of["part1"]
    assert f"Earlier wordings {circle}, {cast['principal'].name}." in said_of["part1"]
    assert "Comments that the circle wrote before Part 2 was shared stay in the circle" in said_of["part2"]
    assert f"Earlier wordings {circle}. " in said_of["part2"]
    assert "Nothing of it, unless everyone in the circle agrees" in said_of["progress"]


# ---------------------------------------------------------------- what those outside the circle may know


@pytest.mark.parametrize("who", ["principal", "champion", "invited"])
def test_outside_the_circle_nobody_learns_who_evaluates_whom(app: Flask, cast: Cast, as_: Browsers, who: str) -> None:
    plan = plans.write(app, cast, **FULL)
    reader = as_(who)
    reader.csrf_token()
    pages = [address(plan, ""), *(address(plan, part.key) for part in plan.form.parts)]

    def seen() -> list[Any]:
        return [crawl.ask(reader, path).masked() for path in pages]

    before = seen()
    text = "".join(crawl.ask(reader, path).body for path in pages)
    assert "valuate" not in text
    assert 'class="cannot"' not in text
    for key in (*NEVER, "former_principal"):
        assert cast[key].name not in text
    Tables(app).do(delete(EvaluatorAssignment).where(EvaluatorAssignment.evaluator_id == cast["depthead"].id))
    Tables(app).do(
        update(Membership)
        .where(Membership.person_id == cast["assistant_principal"].id)
        .values(role=Role.TEACHER, ends=date(2021, 1, 1))
    )
    assert seen() == before
    inside = said(as_("coach").get(address(plan, "part1")))[1]
    assert cast["depthead"].name not in inside, "the circle is told the difference"


def test_what_is_not_theirs_to_read_is_not_theirs_to_ask_about(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    for who in ("principal", "champion", "invited"):
        for part in PARTS:
            as_(who).get(address(plan, part), status=200 if part == "part1" else 404)
        assert "who/part2" not in as_(who).get(address(plan, "")).html
    as_("outsider").get(address(plan, ""), status=404)
    as_("coach").get(f"{plan.path}/who/nothing", status=404)


@pytest.mark.parametrize("who", ["coach", "principal"])
def test_every_page_of_the_plan_leads_there(app: Flask, cast: Cast, as_: Browsers, who: str) -> None:
    plan = plans.write(app, cast, **FULL)
    reads = [part.key for part in plan.form.parts if who == "coach" or part.key != "progress"]
    for page in ("", "/write"):
        html = as_(who).get(plan.path + page).html
        assert all(f'"{plan.path}/who/{part}"' in html for part in reads)
        assert ("/who/progress" in html) is (who == "coach")
    for part in plan.form.parts:
        if part.key in reads:
            assert all(f"/who/{part.key}#s-{section.key}" in html for section in part.sections)


# ---------------------------------------------------------------- as the principal sees it


@pytest.mark.parametrize("part2", ["draft", "shared"])
@pytest.mark.parametrize("part1", ["draft", "submitted", "returned", "changed"])
def test_the_circle_sees_what_the_principal_sees_and_no_more(
    app: Flask, cast: Cast, browser_of: Browsers, monkeypatch: pytest.MonkeyPatch, part1: str, part2: str
) -> None:
    monkeypatch.setattr(pdf, "make", lambda printed, **_size: f"%PDF {printed}".encode())  # words that can be searched
    plan = marked.write(app, cast, part1=part1, part2=part2)
    theirs = marks("".join(page.said for page in crawl.by_links(browser_of("principal")).values()))
    for who in CIRCLE:
        assert marks(browser_of(who).get(f"{plan.path}/as-principal").html) == theirs
    assert ("part2" in theirs) is (part2 == "shared")
    assert not theirs & {"progress", "part2_circle_comment", "part2_history", "norms_open", "norms_comment"}


def test_nothing_can_be_changed_there_and_looking_leaves_no_trace(
    app: Flask, cast: Cast, as_: Browsers, unchanged: Callable[[], Any]
) -> None:
    plan = marked.write(app, cast)
    teacher = as_("teacher")
    with unchanged():
        page = teacher.get(f"{plan.path}/as-principal")
    assert f"This is what {cast['principal'].name} sees of this plan. Nothing can be changed here" in page
    assert not page.has("main form, main textarea, main input, main button, main [hx-post]")
    assert f"{cast['principal'].name} sees nothing of what is written here. Who can see Progress" in page


def test_only_the_circle_looks_that_way(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, **FULL)
    for who in ("principal", "champion", "invited"):
        assert MARKER not in as_(who).get(f"{plan.path}/as-principal", status=403)
        assert "as-principal" not in as_(who).get(plan.path).html
    for who in ("outsider", "depthead", "assistant_principal", "admin", "removed"):
        as_(who).get(f"{plan.path}/as-principal", status=404)


def _no_principal(tables: Tables, plan: Plan, cast: Cast) -> str:
    tables.do(delete(Participant).where(Participant.document_id == plan.id, Participant.role == "principal"))
    return "This plan names no principal"


def _heads_no_more(tables: Tables, plan: Plan, cast: Cast) -> str:
    tables.do(update(Membership).where(Membership.person_id == cast["principal"].id).values(ends=date(2021, 1, 1)))
    return f"{cast['principal'].name} is named as the principal of this plan and sees nothing of it"


def _closed(tables: Tables, plan: Plan, cast: Cast) -> str:
    tables.do(update(Person).where(Person.id == cast["principal"].id).values(deactivated_at=plans.SIGNED))
    return f"{cast['principal'].name} is named as the principal of this plan and sees nothing of it"


@pytest.mark.parametrize("how", [_no_principal, _heads_no_more, _closed])
def test_no_principal_who_sees_anything(app: Flask, cast: Cast, as_: Browsers, how: Callable[..., str]) -> None:
    plan = marked.write(app, cast, part2="shared")
    instead = how(Tables(app), plan, cast)
    page = as_("coach").get(f"{plan.path}/as-principal")
    assert instead in page
    assert marks(page.html) == set()


def test_with_two_principals_one_looks_through_the_eyes_of_either(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    second = cast["assistant_principal"]
    Tables(app).add(Participant(document_id=plan.id, person_id=second.id, name=second.name, role="principal"))
    page = as_("coach").get(f"{plan.path}/as-principal")
    assert f"This is what {cast['principal'].name} sees" in page
    other = page.follow(second.name)
    assert f"This is what {second.name} sees" in other
    assert MARKER in other
    assert MARKER in as_("coach").get(f"{plan.path}/as-principal?of=nobody")
