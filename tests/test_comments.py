"""Comments: who reads one, answers it, is told of it and says that it is done; and that the words it is about are theirs to read."""

import json
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
from webapp.documents.models import Comment, Decision, Mention
from webapp.people.models import Mail

pytestmark = pytest.mark.on_sqlite

Browsers = Callable[[str], Client]
THREAD = "#comment-goal .threads > .thread"


def _comment(as_: Browsers, who: str, plan: Plan, words: str, status: Any = 200, **more: Any) -> Page:
    return as_(who).post(f"{plan.path}/comments/goal", {"comment.goal": words, **more}, status=status)


def _shared(as_: Browsers, who: str, plan: Plan, words: str, **more: Any) -> str:
    """Somebody comments, knowing that the principal reads it; gives the id of the thread."""
    _comment(as_, who, plan, words, shared="goal", **more)
    return _thread(as_, who, plan, words)


def _thread(as_: Browsers, who: str, plan: Plan, words: str) -> str:
    page = as_(who).get(f"{plan.path}/write")
    found = [one for one in page.all(THREAD) if words in "".join(one.itertext())]
    assert len(found) == 1, f"{who} sees {len(found)} threads with {words!r}"
    return str(found[0].get("id")).removeprefix("thread-")


def _reply(as_: Browsers, who: str, plan: Plan, thread: str, words: str, status: Any = 200, **more: Any) -> Page:
    sent = {f"reply.{thread}": words, **more}
    return as_(who).post(f"{plan.path}/comments/goal", sent, status=status)


def _settle(as_: Browsers, who: str, plan: Plan, thread: str, how: str, status: int = 200) -> Page:
    return as_(who).post(f"{plan.path}/comments/goal/{thread}/{how}", status=status)


def _goal(as_: Browsers, who: str, plan: Plan, path: str = "write") -> str:
    return as_(who).get(f"{plan.path}/{path}").words("#comment-goal")


# ---------------------------------------------------------------- who reads a comment


def test_the_page_says_who_will_read_a_comment(app: Flask, cast: Cast, as_: Browsers) -> None:
    draft, shared = plans.write(app, cast), plans.write(app, cast, part2="shared")
    assert "Only the circle can read this comment" in as_("teacher").get(f"{draft.path}/part2/check")
    assert "The circle and the principal can read this comment" in as_("teacher").get(f"{shared.path}/part2/check")


@pytest.mark.on_both
def test_a_comment_on_a_shared_part_reaches_the_principal(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    page = as_("teacher").get(f"{plan.path}/write")
    said = set(page.form("#plan").values()["shared"])
    assert {"about", "goal"} <= said, "the page says of which sections the principal reads the comments"
    assert not {"norms", "progress"} & said
    sent = as_("teacher").get(f"{plan.path}/part2/check").form("#plan").values() | {
        "comment.goal": "could we start smaller"
    }
    del sent["csrf_token"]
    page = as_("teacher").post(f"{plan.path}/comments/goal", sent)
    assert page.path == f"{plan.path}/part2/check", "back to the page that it came from"
    assert "could we start smaller" in _goal(as_, "principal", plan, "part2/check")


def test_a_comment_begun_before_sharing_stays_within_the_circle(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "teacher", plan, "just between us")  # from a page that did not say that the part is shared
    assert "just between us" not in as_("principal").get(f"{plan.path}/part2/check")
    assert "just between us" in as_("coach").get(f"{plan.path}/part2/check")


def test_what_the_principal_writes_the_principal_can_read(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "principal", plan, "good measures")
    assert "good measures" in as_("principal").get(f"{plan.path}/part2/check")


@pytest.mark.on_both
@pytest.mark.parametrize(
    ("who", "status"), [("principal", 404), ("outsider", 404), ("removed", 404), ("depthead", 404)]
)
def test_who_may_not_read_the_part_neither_comments_nor_answers_nor_resolves(
    app: Flask, cast: Cast, as_: Browsers, who: str, status: int
) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "where do we begin")
    thread = _thread(as_, "coach", plan, "where do we begin")
    _comment(as_, who, plan, "a remark", status)
    _reply(as_, who, plan, thread, "an answer", status)
    _settle(as_, who, plan, thread, "done", status)
    said = _goal(as_, "coach", plan)
    assert "a remark" not in said
    assert "an answer" not in said
    assert "resolved" not in said


def test_who_may_read_but_not_comment_is_refused(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "champion", plan, "a remark", 403)
    assert not as_("champion").get(f"{plan.path}/write").has(".comments")


# ---------------------------------------------------------------- answering


def test_an_answer_stands_in_its_thread(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    thread = _shared(as_, "teacher", plan, "could we start smaller")
    _reply(as_, "principal", plan, thread, "one class is enough")
    page = as_("coach").get(f"{plan.path}/write")
    said = page.words(f"#thread-{thread}")
    assert said.index("could we start smaller") < said.index("one class is enough")
    assert page.words("#comment-goal > summary").startswith("2 open comments"), "an answer is no comment of its own"


def test_what_is_answered_within_the_circle_stays_there(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "teacher", plan, "just between us")
    thread = _thread(as_, "coach", plan, "just between us")
    _reply(as_, "coach", plan, thread, "nobody else hears", shared="goal")
    assert "nobody else hears" not in as_("principal").get(f"{plan.path}/part2/check")
    _reply(as_, "principal", plan, thread, "I heard", 404)
    _settle(as_, "principal", plan, thread, "done", 404)
    assert "nobody else hears" in _goal(as_, "teacher2", plan)


def test_a_thread_of_another_place_takes_no_answer(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan, other = plans.write(app, cast), plans.write(app, cast)
    _comment(as_, "teacher", plan, "in the first plan")
    thread = _thread(as_, "teacher", plan, "in the first plan")
    _reply(as_, "teacher", other, thread, "astray", 404)
    as_("teacher").post(f"{plan.path}/comments/norms/{thread}/done", status=404)
    assert "astray" not in _goal(as_, "coach", plan)


def test_a_word_too_many_is_kept_on_the_page(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "hello")
    thread = _thread(as_, "teacher", plan, "hello")
    page = _reply(as_, "coach", plan, thread, "long " * 1_200, 422)
    assert "There is room for 5,000 characters" in page
    assert page.form("#plan").value(f"reply.{thread}").startswith("long long")
    assert "long long" not in _goal(as_, "teacher", plan)


# ---------------------------------------------------------------- resolving


def test_a_thread_is_resolved_as_a_whole_and_never_vanishes(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "where do we begin")
    thread = _thread(as_, "teacher", plan, "where do we begin")
    _reply(as_, "coach", plan, thread, "with grade 7")
    _settle(as_, "coach", plan, thread, "done")
    page = as_("teacher").get(f"{plan.path}/write")
    assert page.words("#resolved-goal > summary").startswith("1 resolved")
    folded = page.words(f"#resolved-goal #thread-{thread}")
    assert "where do we begin" in folded
    assert "with grade 7" in folded
    assert f"Resolved by {cast['coach'].name}, today" in folded
    _settle(as_, "teacher", plan, thread, "open")
    assert "1 resolved" not in _goal(as_, "coach", plan)


@pytest.mark.on_both
def test_to_resolve_twice_changes_nothing(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "where do we begin")
    thread = _thread(as_, "teacher", plan, "where do we begin")
    _settle(as_, "coach", plan, thread, "done")
    _settle(as_, "teacher2", plan, thread, "done")
    assert f"Resolved by {cast['coach'].name}" in _goal(as_, "teacher", plan)
    _settle(as_, "coach", plan, thread, "away", 404)


def test_an_answer_opens_a_resolved_thread_again(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "where do we begin")
    thread = _thread(as_, "teacher", plan, "where do we begin")
    _settle(as_, "coach", plan, thread, "done")
    said = "Your answer has opened it again."
    assert said in _reply(as_, "teacher2", plan, thread, "one more thing")
    assert "resolved" not in _goal(as_, "coach", plan)
    assert said not in _reply(as_, "coach", plan, thread, "thank you")


def test_without_javascript_a_button_saves_the_whole_page(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "where do we begin")
    thread = _thread(as_, "teacher", plan, "where do we begin")
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    button = f"Resolve: comment by {cast['teacher'].name}"
    page = form.submit(
        {f"reply.{thread}": "with grade 7", "comment.goal": "and by when?", "goal_statement": "New"}, button=button
    )
    said = page.words("#comment-goal")
    assert "with grade 7" in said
    assert "and by when?" in said
    assert page.form("#plan").value("goal_statement") == "New"


# ---------------------------------------------------------------- some words


def _quote(words: str, prompt: str = "goal_statement", row: str = "", at: int = 0) -> str:
    return json.dumps({"prompt": prompt, "row": row, "at": at, "words": words})


def test_a_comment_is_about_some_words(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "is that the word?", **{"quote.goal": _quote("goal_statement", at=7)})
    link = as_("coach").get(f"{plan.path}/write").find("#comment-goal .quoted a")
    assert (link.text, link.get("href"), link.get("data-at")) == ("goal_statement", "#p-goal_statement", "7")


def test_they_are_found_again_where_they_stand_now(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    text = {"v.goal_statement": "1", "goal_statement": "word and word and word"}
    as_("coach").post(f"{plan.path}/answers/goal_statement", text, htmx=True)
    _comment(as_, "teacher", plan, "the middle one", **{"quote.goal": _quote("word", at=8)})
    assert as_("coach").get(f"{plan.path}/write").find(".quoted a").get("data-at") == "9"


def test_words_that_were_changed_since_are_still_quoted(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "is that the word?", **{"quote.goal": _quote(MARKER)})
    assert "changed since" not in _goal(as_, "coach", plan)
    text = {"v.goal_statement": "1", "goal_statement": "Something else"}
    as_("coach").post(f"{plan.path}/answers/goal_statement", text, htmx=True)
    said = _goal(as_, "coach", plan)
    assert MARKER in said
    assert "The words were changed since." in said


def test_words_in_a_row_of_a_list(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    quote = _quote(f"{MARKER} measure", "measures")
    as_("teacher").post(f"{plan.path}/comments/measures", {"comment.measures": "how?", "quote.measures": quote})
    link = as_("coach").get(f"{plan.path}/write").find("#comment-measures .quoted a")
    assert link.get("data-row") == ROW


@pytest.mark.parametrize(
    "quote",
    [
        _quote("words that stand nowhere"),
        _quote(f"{MARKER} school_goal", "school_goal"),  # of another section
        _quote(f"{MARKER} norm", "norms"),  # of a part that the principal may not read
        _quote("a", "nothing"),
        _quote(MARKER, "measures", "row9"),
        _quote("  "),
        _quote("word " * 400),
        '{"words": 1, "at": 2}',
        '{"words": "a", "at": "b"}',
        "[" * 5000,
        "not json",
        "null",
    ],
)
def test_words_that_are_not_there_are_refused_in_plain_words(app: Flask, cast: Cast, as_: Browsers, quote: str) -> None:
    plan = plans.write(app, cast, part2="shared")
    page = _comment(as_, "principal", plan, "is that the word?", 422, **{"quote.goal": quote})
    assert "hoose" in page.words("#comment-goal .error")
    assert page.form("#plan").value("comment.goal") == "is that the word?", "what was typed is still there"
    assert not Tables(app).all(select(Comment.id).where(Comment.body == "is that the word?"))


def test_a_guess_tells_nothing_of_a_text_one_may_not_read(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)  # Part 2 is not shared
    for words in (f"{MARKER} goal_statement", "wrong"):
        quote = {"comment.about": "hm", "quote.about": _quote(words, "goal_statement")}
        page = as_("principal").post(f"{plan.path}/comments/about", quote, status=422)
        assert "not in this section" in page.words("#comment-about .error")


def test_quotes_need_words_of_ones_own(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    page = _comment(as_, "teacher", plan, "", 422, **{"quote.goal": _quote(MARKER)})
    assert "There are no words in your comment yet" in page


# ---------------------------------------------------------------- telling somebody


def _offered(page: Page, field: str = "comment.goal") -> set[str]:
    return {str(one.get("value")) for one in page.all(f"input[name='tell.{field}']")}


def _ids(cast: Cast, *people: str) -> set[str]:
    return {cast[one].public_id for one in people}


def test_only_those_are_offered_who_may_read_the_place(app: Flask, cast: Cast, as_: Browsers) -> None:
    draft, shared = plans.write(app, cast), plans.write(app, cast, part2="shared")
    coach = as_("coach")
    circle = _ids(cast, "teacher", "teacher2")
    assert _offered(coach.get(f"{draft.path}/write")) == circle
    page = coach.get(f"{shared.path}/write")
    assert _offered(page) == circle | _ids(cast, "principal")
    assert _offered(page, "comment.norms") == circle
    assert _offered(coach.get(f"{draft.path}/write"), "comment.about") == circle | _ids(cast, "principal")
    assert _offered(as_("principal").get(f"{shared.path}/part2/check")) == circle | _ids(cast, "coach")


def test_a_thread_of_the_circle_offers_the_circle_only(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _comment(as_, "teacher", plan, "just between us")
    thread = _thread(as_, "coach", plan, "just between us")
    assert _offered(as_("coach").get(f"{plan.path}/write"), f"reply.{thread}") == _ids(cast, "teacher", "teacher2")
    tell = {f"tell.reply.{thread}": cast["principal"].public_id}
    page = _reply(as_, "coach", plan, thread, "you too?", 422, **tell)
    assert "cannot read comments here" in page
    assert not _told(app, cast, "principal")


@pytest.mark.on_both
@pytest.mark.parametrize("who", ["principal", "outsider", "removed", "invited", "champion", "admin", "coach"])
def test_somebody_who_may_not_read_the_place_is_not_told(app: Flask, cast: Cast, as_: Browsers, who: str) -> None:
    plan = plans.write(app, cast)
    page = _comment(as_, "coach", plan, "see here", 422, **{"tell.comment.goal": cast[who].public_id})
    assert "cannot read comments here" in page
    assert cast[who].name not in page.words("#new-goal"), "not even who that would have been"
    assert not _told(app, cast, who)


def test_somebody_who_evaluates_a_member_is_not_offered(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, circle=("coach", "depthead", "teacher2"))
    assert _offered(as_("coach").get(f"{plan.path}/write")) == _ids(cast, "teacher2")


def test_who_is_told_finds_it_on_their_home_page_and_in_one_mail(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    thread = _shared(as_, "teacher", plan, "what do you say", **{"tell.comment.goal": cast["principal"].public_id})
    said = f"{cast['teacher'].name} asks you something in Part 2"
    today = as_("principal").get("/")
    assert said in today.links()
    assert "what do you say" not in today
    assert said not in as_("coach").get("/").links()
    assert _told(app, cast, "principal") == [plan.path]
    _reply(as_, "teacher", plan, thread, "and you too", **{f"tell.reply.{thread}": cast["principal"].public_id})
    assert _told(app, cast, "principal") == [plan.path], "one that waits already is enough"
    assert f"for {cast['principal'].name}" in _goal(as_, "coach", plan)
    _reply(as_, "principal", plan, thread, "gladly")
    assert said not in as_("principal").get("/").links(), "answered"


def test_what_is_resolved_asks_nobody_any_more(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    _comment(as_, "teacher", plan, "what do you say", **{"tell.comment.goal": cast["coach"].public_id})
    said = f"{cast['teacher'].name} asks you something in Part 2"
    assert said in as_("coach").get(plan.path).links(), "also as the next step in the plan"
    _settle(as_, "teacher2", plan, _thread(as_, "coach", plan, "what do you say"), "done")
    assert said not in as_("coach").get("/").links()


@pytest.mark.on_both
def test_who_loses_the_right_sees_nothing_of_it_any_more(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")
    _shared(as_, "teacher", plan, "what do you say", **{"tell.comment.goal": cast["principal"].public_id})
    as_("coach").get(f"{plan.path}/part2/check").form("[action$='/take_back']").submit({})
    assert "asks you something" not in as_("principal").get("/")
    _comment(as_, "coach", plan, "and you?", **{"tell.comment.goal": cast["teacher2"].public_id})
    as_("coach").post(f"{plan.path}/teachers/{plan.participants['teacher2']}/remove")
    assert "asks you something" not in as_("teacher2").get("/")


def test_nobody_is_told_of_an_empty_comment(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    page = _comment(as_, "teacher", plan, "", 422, **{"tell.comment.goal": cast["coach"].public_id})
    assert "There are no words in your comment yet" in page
    assert _offered(page) >= _ids(cast, "coach")
    assert not Tables(app).all(select(Mention.person_id))


def _told(app: Flask, cast: Cast, who: str) -> list[str]:
    """Where the mails lead that wait for somebody."""
    return Tables(app).all(select(Mail.path).where(Mail.person_id == cast[who].id))


# ---------------------------------------------------------------- how many


@pytest.mark.on_both
def test_open_comments_are_counted_for_those_who_may_read_them(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part2="shared")  # every section has one comment; in Part 2 of the circle only
    assert as_("coach").get(plan.path).has("a[href$='#comment-goal']")
    assert not as_("principal").get(plan.path).has("a[href$='#comment-goal']")
    thread = _shared(as_, "teacher", plan, "could we start smaller")
    assert "2 open comments on" in _links_to(as_("coach").get(plan.path), "#comment-goal")
    assert "1 open comment on" in _links_to(as_("principal").get(plan.path), "#comment-goal")
    assert as_("coach").get(f"{plan.path}/write").words("#count-goal") == "2 open comments"
    _settle(as_, "coach", plan, thread, "done")
    assert as_("principal").get(f"{plan.path}/write").words("#count-goal") == ""
    assert not as_("champion").get(plan.path).has("a[href*='#comment-']")


def _links_to(page: Page, end: str) -> str:
    return next(says for says, address in page.links().items() if address.endswith(end))


def test_in_place_the_answer_is_the_comments_of_the_section(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast)
    teacher = as_("teacher")
    page = teacher.post(f"{plan.path}/comments/goal", {"comment.goal": "where do we begin"}, htmx=True)
    assert "where do we begin" in page.words("#comment-goal")
    thread = _thread(as_, "coach", plan, "where do we begin")
    page = teacher.post(f"{plan.path}/comments/goal/{thread}/done", {f"reply.{thread}": "with grade 7"}, htmx=True)
    assert "with grade 7" in page.words(f"#resolved-goal #thread-{thread}")
    page = teacher.post(f"{plan.path}/comments/goal", {"comment.goal": "x" * 5_001}, htmx=True, status=422)
    assert "There is room for" in page.words("#comment-goal .error")


def test_a_decision_keeps_the_name_it_was_made_under(app: Flask, cast: Cast, as_: Browsers) -> None:
    plan = plans.write(app, cast, part1="submitted")
    as_("principal").get(f"{plan.path}/part1/check").form("[action$='/approve']").submit({})
    name = cast["principal"].name
    as_("principal").get("/account").form("[action='/account']").submit({"name": "Somebody Else"})
    approved = select(Decision.name).where(Decision.document_id == plan.id, Decision.kind == "approved")
    assert Tables(app).one(approved) == name
    assert f"{name} approved it" in as_("coach").get(f"{plan.path}/part1/check")
