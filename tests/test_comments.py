"""Who reads a comment: the circle always, the principal only what was written knowing that."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from tests import plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp.documents.models import Decision

Browsers = Callable[[str], Client]


def _comment(as_: Browsers, who: str, plan: Plan, words: str, **more: str) -> None:
    as_(who).post(f"{plan.path}/comments/goal", {"comment.goal": words, **more})


def test_the_page_says_who_will_read_a_comment(app: Flask, cast: Cast, as_: Browsers) -> None:
    draft, shared = plans.write(app, cast), plans.write(app, cast, part2="shared")
    assert "Only the circle can read this comment" in as_("teacher").get(f"{draft.path}/part2/check")
    assert "The circle and the principal can read this comment" in as_("teacher").get(f"{shared.path}/part2/check")


def test_a_comment_on_a_shared_part_reaches_the_principal(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    page = as_("teacher").get(f"{plan.path}/write")
    assert page.form("#plan").values()["shared"] == ["part1", "part2"], "the page says which parts the principal reads"
    as_("teacher").get(f"{plan.path}/part2/check").form("[action$='/comments/goal']").submit(
        {"comment.goal": "could we start smaller"}
    )
    assert "could we start smaller" in as_("principal").get(f"{plan.path}/part2/check")


def test_a_comment_begun_before_sharing_stays_within_the_circle(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "teacher", plan, "just between us")  # from a page that did not say that the part is shared
    assert "just between us" not in as_("principal").get(f"{plan.path}/part2/check")
    assert "just between us" in as_("coach").get(f"{plan.path}/part2/check")


def test_what_the_principal_writes_the_principal_can_read(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "principal", plan, "good measures")
    assert "good measures" in as_("principal").get(f"{plan.path}/part2/check")


def test_a_decision_keeps_the_name_it_was_made_under(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part1="submitted")
    as_("principal").get(f"{plan.path}/part1/check").form("[action$='/approve']").submit({})
    name = cast["principal"].name
    as_("principal").get("/account").form("[action='/account']").submit({"name": "Somebody Else"})
    approved = select(Decision.name).where(Decision.document_id == plan.id, Decision.kind == "approved")
    assert Tables(app).one(approved) == name
    assert f"{name} approved it" in as_("coach").get(f"{plan.path}/part1/check")
