"""Deciding about a part: every move, bound to the text that was shown, and what a later change does to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp import access
from webapp.access import Opened
from webapp.database import writing
from webapp.documents import answers, norms, participants, signoff, standing
from webapp.documents.models import Decision, DocumentPart
from webapp.documents.signoff import ReasonMissing, TextHasChanged

CIRCLE = ("coach", "teacher", "teacher2")


class Table:
    """The people of one plan around one table: `table.decide("coach", "part1", "submit")`."""

    def __init__(self, app: Flask, cast: Cast, plan: Plan) -> None:
        self.app, self.cast, self.plan, self.tables = app, cast, plan, Tables(app)

    @contextmanager
    def opened(self, who: str) -> Iterator[Opened]:
        """The plan before one of them, in a write transaction, as the guard of a route opens it."""
        with self.app.app_context(), writing():
            yield access.open_document(self.plan.public_id, self.cast[who].id, lock=True)

    def decide(self, who: str, part: str, verb: str, *, seen: int | None = None, remark: str = "") -> None:
        """Carry out one decision, if they may; about the text as it is, if nothing else is said."""
        with self.opened(who) as opened:
            opened.demand(verb, part)
            shown = opened.parts[part].version if seen is None else seen
            signoff.decide(opened, part, verb, seen=shown, remark=remark)

    def type(self, who: str, prompt: str, value: Any, row: str = "") -> None:
        """Save one answer over the one that stands."""
        with self.opened(who) as opened:
            base = answers.version_of(opened, prompt, row)
            answers.save(opened, [answers.Typed(prompt, value, base, row)])

    def part(self, part: str) -> DocumentPart:
        """Where a part stands."""
        here = (DocumentPart.document_id == self.plan.id, DocumentPart.part == part)
        found: DocumentPart = self.tables.one(select(DocumentPart).where(*here))
        return found

    def decisions(self, part: str) -> list[Decision]:
        """What was decided about a part, oldest first."""
        here = (Decision.document_id == self.plan.id, Decision.part == part)
        return self.tables.all(select(Decision).where(*here).order_by(Decision.id))

    def kinds(self, part: str) -> list[str]:
        """The kinds of these."""
        return [decision.kind for decision in self.decisions(part)]

    def hash(self, part: str) -> str:
        """The hash of what a part says now."""
        with self.app.app_context():
            declared = self.plan.form.part(part)
            return standing.fingerprint(self.plan.form, declared, standing.content(self.plan.id, declared))


@pytest.fixture
def table(app: Flask, cast: Cast) -> Table:
    """A plan in which everything is answered and nothing is decided; the norms are open."""
    return Table(app, cast, plans.write(app, cast, session_2=True))


def refused(code: int) -> Any:
    return pytest.raises(Exception, match=str(code))


# ---------------------------------------------------------------- Part 1


def test_part_1_goes_to_the_principal_and_is_approved(table: Table) -> None:
    table.decide("coach", "part1", "submit")
    assert table.part("part1").state == "submitted"
    table.decide("principal", "part1", "approve")
    assert table.part("part1").state == "approved"
    sent, approved = table.decisions("part1")
    assert (sent.kind, approved.kind) == ("submitted", "approved")
    assert approved.content_hash == sent.content_hash == table.hash("part1")
    assert approved.part_version == table.part("part1").version == 1
    assert approved.person_id == table.cast["principal"].id


def test_part_1_goes_back_with_a_reason_and_comes_again(table: Table, as_: Callable[[str], Client]) -> None:
    table.decide("coach", "part1", "submit")
    with pytest.raises(ReasonMissing):
        table.decide("principal", "part1", "return")
    assert table.part("part1").state == "submitted"
    table.decide("principal", "part1", "return", remark="Please name the goal.")
    assert table.part("part1").state == "returned"
    assert "Please name the goal." in as_("coach").get(f"{table.plan.path}/part1/check")
    table.type("coach", "school_goal", "A goal with a name")
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    assert table.kinds("part1") == ["submitted", "returned", "submitted", "approved"]


def test_what_was_sent_can_be_taken_back_until_it_is_decided(table: Table) -> None:
    table.decide("coach", "part1", "submit")
    table.decide("coach", "part1", "take_back")
    assert table.part("part1").state == "draft"
    with refused(403):
        table.decide("principal", "part1", "approve")
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    with refused(403):
        table.decide("coach", "part1", "take_back")


def test_a_change_while_it_is_with_the_principal_shows_before_it_is_approved(table: Table) -> None:
    table.decide("coach", "part1", "submit")
    table.type("coach", "school_goal", "changed meanwhile")
    with pytest.raises(TextHasChanged):
        table.decide("principal", "part1", "approve", seen=1)
    assert table.part("part1").state == "submitted"
    assert table.kinds("part1") == ["submitted"], "nothing was decided"
    table.decide("principal", "part1", "approve", seen=2)


def test_a_change_after_approval_asks_again_and_keeps_the_first(table: Table, as_: Callable[[str], Client]) -> None:
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    table.type("coach", "school_goal", "A better goal")
    assert table.part("part1").state == "changed"
    for who in ("coach", "principal"):
        page = as_(who).get(f"{table.plan.path}/part1/check")
        assert "Changed since approval" in page
        assert "A better goal" in page.html and f"<del>{MARKER} school_goal</del>" in page.html
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    assert table.kinds("part1") == ["submitted", "approved", "submitted", "approved"]
    first, second = (one for one in table.decisions("part1") if one.kind == "approved")
    assert (first.part_version, second.part_version) == (1, 2)
    assert first.content_hash != second.content_hash == table.hash("part1")
    assert as_("coach").get(f"{table.plan.path}/part1/check").text.count("approved it, version") == 2


def test_what_is_changed_back_is_approved_again_by_itself(table: Table) -> None:
    """The approval is of a text: where that text stands again, it holds again."""
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    table.type("coach", "school_goal", "Another goal")
    table.type("coach", "school_goal", f"{MARKER} school_goal")
    assert table.part("part1").state == "approved"


def test_what_is_taken_back_after_an_earlier_approval_is_still_changed(table: Table) -> None:
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    table.type("coach", "school_goal", "Another goal")
    table.decide("coach", "part1", "submit")
    table.decide("coach", "part1", "take_back")
    assert table.part("part1").state == "changed"


def test_asking_one_more_teacher_changes_what_was_approved(table: Table) -> None:
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    with table.opened("coach") as opened:
        participants.add_by_name(opened, "Kim Lee")
    assert table.part("part1").state == "changed"


@pytest.mark.parametrize("change", ["part2", "norms", "progress"])
def test_the_other_parts_never_disturb_the_approval(table: Table, change: str) -> None:
    table.decide("coach", "part1", "submit")
    table.decide("principal", "part1", "approve")
    before = table.hash("part1")
    match change:
        case "part2":
            table.type("teacher", "goal_statement", "Another goal")
            table.decide("coach", "part2", "share")
            table.decide("principal", "part2", "review")
            table.decide("coach", "part2", "take_back")
        case "norms":
            table.type("teacher", "norms", {"norm": "Another norm"}, ROW)
        case "progress":
            table.type(
                "teacher", "progress_values", {"measure": ROW, "on": "2026-11-02", "value": "7", "note": ""}, ROW
            )
    part1 = table.part("part1")
    assert (part1.state, part1.version, table.hash("part1")) == ("approved", 1, before)
    assert table.kinds("part1") == ["submitted", "approved"]


# ---------------------------------------------------------------- Part 2


def test_part_2_is_done_when_it_is_reviewed_and_everyone_agrees(table: Table) -> None:
    table.decide("coach", "part2", "share")
    for who in CIRCLE:
        assert not table.part("part2").agreed
        table.decide(who, "part2", "agree")
    assert table.part("part2").agreed and not table.part("part2").reviewed
    table.decide("principal", "part2", "review")
    assert table.part("part2").agreed and table.part("part2").reviewed
    assert {decision.content_hash for decision in table.decisions("part2")} == {table.hash("part2")}


def test_agreement_is_to_one_text_and_is_asked_for_anew_after_a_change(
    table: Table, as_: Callable[[str], Client]
) -> None:
    table.decide("coach", "part2", "share")
    for who in CIRCLE:
        table.decide(who, "part2", "agree")
    table.decide("principal", "part2", "review")
    table.type("teacher", "goal_statement", "Another goal")
    assert not table.part("part2").agreed and not table.part("part2").reviewed
    assert table.part("part2").state == "shared"
    assert "I agree to Part 2" in as_("teacher2").get(f"{table.plan.path}/part2/check").html
    assert f"<del>{MARKER} goal_statement</del>" in as_("principal").get(f"{table.plan.path}/part2/check").html
    table.decide("coach", "part2", "agree")
    table.decide("teacher", "part2", "agree")
    assert not table.part("part2").agreed, "one agreed to the text before, which does not count"
    table.decide("teacher2", "part2", "agree")
    assert table.part("part2").agreed and not table.part("part2").reviewed


@pytest.mark.parametrize(("who", "verb"), [("teacher", "agree"), ("principal", "review")])
def test_nobody_agrees_to_a_text_they_were_not_shown(table: Table, who: str, verb: str) -> None:
    table.decide("coach", "part2", "share")
    table.type("coach", "goal_statement", "changed meanwhile")
    with pytest.raises(TextHasChanged):
        table.decide(who, "part2", verb, seen=1)
    assert table.kinds("part2") == ["shared"]


def test_a_new_member_has_yet_to_agree(table: Table) -> None:
    table.decide("coach", "part2", "share")
    for who in CIRCLE:
        table.decide(who, "part2", "agree")
        with table.opened(who) as opened:
            norms.agree(opened, "norms", [norms.Seen(ROW, 1)])
    assert table.part("part2").agreed and table.part("norms").agreed
    with table.opened("invited") as opened:
        participants.confirm(opened)
    assert not table.part("part2").agreed and not table.part("norms").agreed
    table.decide("invited", "part2", "agree")
    with table.opened("invited") as opened:
        norms.agree(opened, "norms", [norms.Seen(ROW, 1)])
    assert table.part("part2").agreed and table.part("norms").agreed


def test_who_leaves_is_not_waited_for(table: Table) -> None:
    table.decide("coach", "part2", "share")
    for who in ("coach", "teacher"):
        table.decide(who, "part2", "agree")
    with table.opened("coach") as opened:
        them = next(one for one in participants.taking_part(opened) if one.person_id == table.cast["teacher2"].id)
        participants.remove(opened, them.public_id)
    assert table.part("part2").agreed
    with refused(404):
        table.decide("teacher2", "part2", "agree")


def test_a_norm_that_is_reworded_asks_everyone_again(table: Table) -> None:
    for who in CIRCLE:
        with table.opened(who) as opened:
            assert norms.agree(opened, "norms", [norms.Seen(ROW, 1)]) == []
    assert table.part("norms").agreed
    table.type("teacher", "norms", {"norm": "worded otherwise"}, ROW)
    assert not table.part("norms").agreed
    with table.opened("coach") as opened:
        assert norms.agree(opened, "norms", [norms.Seen(ROW, 1)]) == [ROW], "a tick for the words before does not count"
        assert norms.agree(opened, "norms", [norms.Seen(ROW, 2)]) == []


def test_part_2_taken_back_is_hidden_again(table: Table, as_: Callable[[str], Client]) -> None:
    table.decide("coach", "part2", "share")
    as_("principal").get(f"{table.plan.path}/part2/check")
    table.decide("teacher", "part2", "take_back")
    as_("principal").get(f"{table.plan.path}/part2/check", status=404)
    assert f"{MARKER} goal_statement" not in as_("principal").get(f"{table.plan.path}/write").html


def test_whoever_may_change_an_approved_part_is_told_before_they_type(
    table: Table, as_: Callable[[str], Client]
) -> None:
    def said(who: str) -> bool:
        page = as_(who).get(f"{table.plan.path}/write")
        assert page.text.count("needs approving again") <= 1, "only of the part that was approved"
        return "If you change a word here, Part 1 needs approving again." in page.words("#stands-part1")

    table.decide("coach", "part1", "submit")
    assert not any(map(said, ("coach", "principal")))
    table.decide("principal", "part1", "approve")
    assert all(map(said, ("coach", "principal")))
    assert not said("teacher"), "who only reads cannot change it"
    table.type("principal", "school_goal", "changed by a key")
    assert table.part("part1").state == "changed"
    assert not any(map(said, ("coach", "principal"))), "it has to be approved again anyway"
