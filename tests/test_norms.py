"""Norms: nobody agrees to words that they were not shown, and who agreed before a change does not agree after it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import plans
from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp.documents.models import Answer, RowAgreement

Browsers = Callable[[str], Client]
BEFORE, AFTER = f"{MARKER} norm", "Start and end on time, and the coach pays for lunch"
NAME, BOX = f"norms.{ROW}", f"norms.{ROW}.norm"
OTHERS = "it says now"


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """Nobody has agreed to its norm yet."""
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def agreed(app: Flask, cast: Cast, plan: Plan) -> Callable[[], set[str]]:
    """Who agrees to the norm as it is worded now."""
    names = {cast[key].id: key for key in cast}

    def found() -> set[str]:
        version = select(Answer.version).where(
            Answer.document_id == plan.id, Answer.row == ROW, Answer.prompt == "norms"
        )
        here = (RowAgreement.document_id == plan.id, RowAgreement.row == ROW)
        known = select(RowAgreement.person_id).where(*here, RowAgreement.version == version.scalar_subquery())
        return {names[one] for one in Tables(app).all(known)}

    return found


def tick(
    client: Client, plan: Plan, *, says: str | None, version: int, agrees: bool = True, status: int | None = 200
) -> Page:
    """Tick "I agree" (or take it away) on a page that shows these words beside it."""
    sent = {f"a.{NAME}": str(version), **({BOX: says} if says else {}), **({f"agree.{NAME}": "yes"} if agrees else {})}
    return client.post(f"{plan.path}/agreements/norms/{ROW}", sent, htmx=True, status=status)


def word(client: Client, plan: Plan, words: str = AFTER, *, base: int = 1, page: str = "") -> None:
    """Change the norm."""
    sent = {f"v.{NAME}": str(base), BOX: words, "page": page}
    client.post(f"{plan.path}/answers/norms/{ROW}", sent, htmx=True)


def test_a_norm_that_says_what_the_page_shows_is_agreed_to(as_: Browsers, plan: Plan, agreed: Any) -> None:
    page = tick(as_("coach"), plan, says=BEFORE, version=1)
    assert agreed() == {"coach"}
    assert OTHERS not in page.text.lower()
    tick(as_("coach"), plan, says=BEFORE, version=1, agrees=False)
    assert agreed() == set()


def test_nobody_agrees_to_words_they_were_not_shown(as_: Browsers, plan: Plan, agreed: Any) -> None:
    coach = as_("coach")
    word(as_("teacher"), plan)
    page = tick(coach, plan, says=BEFORE, version=1, status=409)
    assert agreed() == set()
    said = page.words(".now-says")
    assert OTHERS in said.lower() and AFTER in said and "was not noted" in said and "Tick it again" in said
    assert not page.has("input:checked")
    assert page.find(".agreement").get("hx-include") == "this", "the next tick is for the words said here"


def test_a_page_that_knows_the_newer_version_but_shows_the_older_words_counts_for_neither(
    as_: Browsers, plan: Plan, agreed: Any
) -> None:
    """As when a tick is taken away and set again beside the old sentence."""
    coach = as_("coach")
    tick(coach, plan, says=BEFORE, version=1)
    word(as_("teacher"), plan)
    tick(coach, plan, says=BEFORE, version=1, agrees=False, status=409)
    tick(coach, plan, says=BEFORE, version=2, status=409)
    assert agreed() == set()


def test_who_was_shown_the_new_words_agrees_by_ticking_again(as_: Browsers, plan: Plan, agreed: Any) -> None:
    coach = as_("coach")
    word(as_("teacher"), plan)
    page = tick(coach, plan, says=BEFORE, version=1, status=409)
    shown = int(page.find(f"[name='a.{NAME}']").get("value") or 0)
    page = tick(coach, plan, says=None, version=shown)
    assert agreed() == {"coach"}
    assert not page.has(".now-says")
    word(as_("teacher"), plan, "and dinner", base=2)
    tick(coach, plan, says=None, version=shown, status=409)
    assert agreed() == set()


def test_who_changes_a_norm_agrees_to_their_own_words_at_once(as_: Browsers, plan: Plan, agreed: Any) -> None:
    coach = as_("coach")
    word(coach, plan)
    tick(coach, plan, says=AFTER, version=1)
    assert agreed() == {"coach"}


def test_without_javascript_the_page_says_that_the_tick_was_not_noted(
    as_: Browsers, plan: Plan, agreed: Any, app: Flask
) -> None:
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    word(as_("teacher"), plan)
    sent = {f"agree.{NAME}": "yes", "timeline": "until May"}
    page = form.submit(sent, button="Save this page")
    assert agreed() == set()
    assert "your “I agree” to it was not noted" in page
    assert "What you wrote on this page is kept" in page
    assert page.form("#plan").value(BOX) == AFTER
    page = page.form("#plan").submit({f"agree.{NAME}": "yes"}, button="Save this page")
    assert agreed() == {"coach"}
    assert "was not noted" not in page
    assert Tables(app).one(select(Answer.value).where(Answer.document_id == plan.id, Answer.prompt == "timeline")) == (
        "until May"
    )


def test_without_javascript_own_words_and_the_tick_beside_them_are_kept_together(
    as_: Browsers, plan: Plan, agreed: Any
) -> None:
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    page = form.submit({BOX: AFTER, f"agree.{NAME}": "yes"}, button="Save this page")
    assert agreed() == {"coach"}
    assert "was not noted" not in page


def test_a_page_left_open_says_nothing_of_ticks_it_does_not_have(as_: Browsers, plan: Plan, agreed: Any) -> None:
    """An old page without a tick takes no agreement away, and is told nothing."""
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    word(as_("teacher"), plan)
    tick(as_("coach"), plan, says=AFTER, version=2)
    page = form.submit({"timeline": "until May"}, button="Save this page")
    assert agreed() == {"coach"}
    assert "was not noted" not in page


def test_what_a_refusal_shows_goes_only_to_the_circle(as_: Browsers, plan: Plan, agreed: Any) -> None:
    word(as_("teacher"), plan)
    for who in ("principal", "champion", "invited", "outsider"):
        page = tick(as_(who), plan, says=BEFORE, version=1, status=None)
        assert page.status in (403, 404) and AFTER not in page.html, who
    assert agreed() == set()


def test_open_pages_hear_that_nobody_agrees_any_more(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, session_2=True, ours=True)
    pages = {who: as_(who) for who in ("coach", "teacher2", "principal")}
    since = {who: pages[who].get(f"{plan.path}/write").find("#live").get("data-since") for who in pages}

    def told(who: str) -> Page:
        return pages[who].get(f"{plan.path}/changes?since={since[who]}&page={who}", htmx=True, status=None)

    word(pages["coach"], plan, page="coach")
    for who in ("coach", "teacher2"):
        assert "Nobody has agreed yet" in told(who).words(f"#agreement-norms-{ROW}"), "also on the page that changed it"
    assert AFTER not in told("principal").html
    assert not Tables(app).all(select(RowAgreement).where(RowAgreement.document_id == plan.id))


def test_where_nobody_had_agreed_a_change_of_a_norm_is_only_a_change(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    since = coach.get(f"{plan.path}/write").find("#live").get("data-since")
    word(as_("teacher"), plan)
    assert "comment-norms" not in coach.get(f"{plan.path}/changes?since={since}", htmx=True).html


def test_two_who_press_the_same_starter_at_once_get_it_once(as_: Browsers, plan: Plan, app: Flask) -> None:
    def stand() -> list[str]:
        found = select(Answer.value).where(Answer.document_id == plan.id, Answer.prompt == "norms")
        return [value["norm"] for value in Tables(app).all(found) if value]

    coach, teacher = as_("coach"), as_("teacher")
    coach.post(f"{plan.path}/rows/norms/add", {"starter": "0"})
    page = teacher.post(f"{plan.path}/rows/norms/add", {"starter": "0"})
    assert "Somebody has just added this one" in page
    assert stand().count("Start and end on time") == 1
    teacher.post(f"{plan.path}/rows/norms/add", {"starter": "1"})
    for client in (coach, teacher):
        client.post(f"{plan.path}/rows/norms/add")
    assert len(stand()) == 5, "another starter, and empty rows, each their own"
