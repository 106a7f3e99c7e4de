"""Comments on a coaching session: inside the walls, for its circle and nobody else, who is told included."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests import circles as secrets
from tests import plans
from tests.cast import Cast
from tests.meetings import meet, say
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp.coaching_sessions.models import CircleNews, LogEntry, SealedComment
from webapp.people.models import Mail

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
OUTSIDE = ("teacher2", "principal", "champion", "admin", "outsider", "depthead")
SAID = "could we wait longer"


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved", session_2=True, ours=True)


@pytest.fixture
def session(app: Flask, cast: Cast, plan: Plan) -> str:
    """A session of the coach and one teacher; gives its address."""
    return meet(app, cast, plan, "coach", "teacher", focus="Waiting time after a question")


def _comment(as_: Browsers, who: str, session: str, words: str, status: Any = 200, **more: Any) -> Page:
    return as_(who).post(f"{session}/comments/focus", {"comment.focus": words, **more}, status=status)


def _thread(page: Page) -> str:
    return str(page.find("#comment-focus .thread").get("id")).removeprefix("thread-")


def test_the_circle_comments_answers_and_resolves(as_: Browsers, session: str, cast: Cast) -> None:
    assert "Everybody in this session can read this comment" in as_("coach").get(f"{session}/write")
    _comment(as_, "coach", session, SAID)
    page = as_("teacher").get(f"{session}/write")
    assert SAID in page.words("#comment-focus")
    assert page.words("#count-focus") == "1 open comment"
    thread = _thread(page)
    as_("teacher").post(f"{session}/comments/focus", {f"reply.{thread}": "five seconds?"})
    page = as_("coach").post(f"{session}/comments/focus/{thread}/done")
    folded = page.words("#resolved-focus")
    assert "five seconds?" in folded
    assert f"Resolved by {cast['coach'].name}" in folded
    page = as_("teacher").post(f"{session}/comments/focus/{thread}/open")
    assert not page.has("#resolved-focus")


@pytest.mark.parametrize("who", OUTSIDE)
def test_nobody_else_is_told_that_there_is_anything(as_: Browsers, session: str, who: str) -> None:
    _comment(as_, "coach", session, SAID)
    thread = _thread(as_("coach").get(f"{session}/write"))
    _comment(as_, who, session, "a remark", 404)
    as_(who).post(f"{session}/comments/focus", {f"reply.{thread}": "an answer"}, status=404)
    as_(who).post(f"{session}/comments/focus/{thread}/done", status=404)
    assert "a remark" not in as_("teacher").get(f"{session}/write")


def test_a_former_member_neither_reads_nor_comments(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    _comment(as_, "coach", session, SAID)
    thread = _thread(as_("coach").get(f"{session}/write"))
    as_("teacher").post(f"{session}/leave")
    as_("teacher").get(f"{session}/write", status=404)
    _comment(as_, "teacher", session, "one more thing", 404)
    as_("teacher").post(f"{session}/comments/focus/{thread}/done", status=404)


def test_who_comes_to_evaluate_a_member_is_out(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    _comment(as_, "coach", session, SAID, **{"tell.comment.focus": cast["teacher"].public_id})
    assert "asks you something" in as_("teacher").get("/")
    secrets.evaluate(app, cast, "teacher", "coach")
    assert "asks you something" not in as_("teacher").get("/")
    _comment(as_, "teacher", session, "a remark", 404)
    page = as_("coach").get(f"{session}/write")
    assert not page.has("input[name='tell.comment.focus']"), "nobody is left to tell"
    _comment(as_, "coach", session, "and you?", 422, **{"tell.comment.focus": cast["teacher"].public_id})


def test_what_is_said_is_sealed_and_bound_to_its_place(app: Flask, as_: Browsers, session: str, plan: Plan) -> None:
    _comment(as_, "coach", session, SAID)
    tables = Tables(app)
    (sealed,) = tables.all(select(SealedComment.sealed))
    assert SAID.encode() not in sealed
    tables.do(update(SealedComment).values(section="observation"))
    assert "changed outside of Accord" in as_("teacher").get(f"{session}/write", status=409)


def test_a_comment_of_another_session_is_no_place_for_an_answer(
    app: Flask, as_: Browsers, cast: Cast, session: str, plan: Plan
) -> None:
    _comment(as_, "coach", session, SAID)
    thread = _thread(as_("coach").get(f"{session}/write"))
    other = meet(app, cast, plan, "coach", "teacher2", focus="Another")
    as_("coach").post(f"{other}/comments/focus", {f"reply.{thread}": "astray"}, status=404)
    as_("coach").post(f"{other}/comments/focus/{thread}/done", status=404)
    as_("coach").post(f"{session}/comments/observation/{thread}/done", status=404)


def test_only_members_are_offered_and_told(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    page = as_("coach").get(f"{session}/write")
    offered = {one.get("value") for one in page.all("input[name='tell.comment.focus']")}
    assert offered == {cast["teacher"].public_id}
    for who in (*OUTSIDE, "coach"):
        tell = {"tell.comment.focus": cast[who].public_id}
        assert "cannot read comments here" in _comment(as_, "coach", session, SAID, 422, **tell)
    assert not Tables(app).all(select(CircleNews.id).where(CircleNews.kind == "asked"))
    assert not Tables(app).all(select(Mail.id))


def test_who_is_told_hears_it_as_news_of_the_circle(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    for words in (SAID, "and tomorrow?"):
        _comment(as_, "coach", session, words, **{"tell.comment.focus": cast["teacher"].public_id})
    page = as_("teacher").get("/")
    assert page.text.count(f"{cast['coach'].name} asks you something in a comment on a coaching session.") == 1
    assert SAID not in page
    assert page.links()["Look at it"] == f"{session}/write"
    mails = select(Mail.path).where(Mail.person_id == cast["teacher"].id)
    assert Tables(app).all(mails) == ["/"], "one neutral mail, which does not say where"
    page.form("form[action*='/circle/news/asked/']").submit({})
    assert "asks you something" not in as_("teacher").get("/")
    assert f"for {cast['teacher'].name}" in as_("coach").get(f"{session}/write").words("#comment-focus")


def test_news_of_two_sessions_are_two(app: Flask, as_: Browsers, cast: Cast, session: str, plan: Plan) -> None:
    other = meet(app, cast, plan, "coach", "teacher", focus="Another")
    for where in (session, other):
        _comment(as_, "coach", where, SAID, **{"tell.comment.focus": cast["teacher"].public_id})
    page = as_("teacher").get("/")
    assert len(page.all("form[action*='/circle/news/asked/']")) == 2
    page = page.client.post(f"/circle/news/asked/{cast['coach'].public_id}", {"session": session.rpartition("/")[2]})
    assert [address for says, address in page.links().items() if says == "Look at it"] == [f"{other}/write"]
    page.client.post(f"/circle/news/asked/{cast['coach'].public_id}", {"session": "\0"}, status=200)


def test_some_words_of_the_notes(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    quote = json.dumps({"prompt": "focus", "row": "", "at": 3, "words": "Waiting time"})
    _comment(as_, "teacher", session, SAID, **{"quote.focus": quote})
    assert as_("coach").get(f"{session}/write").words("#comment-focus .quoted a") == "Waiting time"
    say(app, cast, "coach", session, focus="Something else")
    assert "The words were changed since." in as_("coach").get(f"{session}/write").words("#comment-focus")
    wrong = json.dumps({"prompt": "focus", "row": "", "at": 3, "words": "Waiting time"})
    page = _comment(as_, "teacher", session, "again", 422, **{"quote.focus": wrong})
    assert "not in this section now" in page


def test_the_access_log_says_who_commented(app: Flask, as_: Browsers, cast: Cast, session: str) -> None:
    _comment(as_, "coach", session, SAID)
    thread = _thread(as_("coach").get(f"{session}/write"))
    as_("teacher").post(f"{session}/comments/focus/{thread}/done")
    log = as_("teacher").get(f"{session}/log")
    assert f"{cast['coach'].name} commented" in log
    assert f"{cast['teacher'].name} resolved a comment" in log
    assert SAID not in log
    assert Tables(app).one(select(func.count()).select_from(LogEntry).where(LogEntry.act == "commented")) == 1


def test_private_notes_have_no_comments(app: Flask, as_: Browsers, session: str) -> None:
    page = as_("coach").post(f"{session}/notes")
    assert not page.has(".comments")
    as_("coach").post(f"{page.path.removesuffix('/write')}/comments/private_notes", {"comment.x": "y"}, status=404)


def test_what_is_deleted_for_good_is_gone_with_its_comments(as_: Browsers, app: Flask, session: str) -> None:
    _comment(as_, "coach", session, SAID)
    for who in ("coach", "teacher"):
        as_(who).post(f"{session}/delete", {"answer": "yes"})
    assert not Tables(app).all(select(SealedComment.id))


def test_without_the_wall_nothing_is_read(app: Flask, cast: Cast, as_: Browsers, session: str) -> None:
    _comment(as_, "coach", session, SAID)
    with secrets.as_person(app, cast["principal"].id) as db:
        assert db.scalars(select(SealedComment)).all() == []
