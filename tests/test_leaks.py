"""Nobody learns what is not theirs: not from a page, a header, a cookie, a title, a count, an error, nor that it exists."""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

import pytest
from flask import Flask, flash
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import update

from tests import crawl, marked
from tests.addresses import changes_since, everywhere
from tests.cast import Cast
from tests.crawl import NOT_THERE, Answered
from tests.marked import WORDS, marks
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp import access, web
from webapp.documents import pdf
from webapp.documents.models import Decision

Browsers = Callable[[str], Client]

STRANGERS = (
    "outsider", "admin", "deactivated", "depthead", "assistant_principal", "superintendent", "former_principal",
    "declined", "removed", "other_coach", "other_teacher", "other_principal", "lincoln_champion", "other_champion",
    "harbor_principal", "signed_out",
)  # fmt: skip
EVERY = 1000
MEMBERS = ("coach", "teacher", "teacher2")

# Who reads what, by the state of Part 2. Whatever is not named here must appear nowhere.
PART_1 = {"part1", "participant"}
WITH_PRINCIPAL = PART_1 | {"part1_history", "part1_aside", "part1_comment", "reason", "norms"}
READS = {
    ("principal", "draft"): WITH_PRINCIPAL,
    ("principal", "shared"): WITH_PRINCIPAL | {"part2", "part2_comment"},
    ("champion", "draft"): PART_1 | {"norms"},
    ("champion", "shared"): PART_1 | {"norms", "part2"},
    ("invited", "draft"): PART_1,
    ("invited", "shared"): PART_1,
}


@pytest.fixture(autouse=True)
def pdfs_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of drawing a PDF, give what would be drawn."""
    monkeypatch.setattr(pdf, "make", lambda printed, **_size: f"%PDF {printed}".encode())


@pytest.fixture(autouse=True)
def streams_that_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream begins and is over, so that it can be read like a page."""
    app.config["STREAMS"] = 10
    monkeypatch.setattr("webapp.documents.streams.LONGEST", 0.0)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """The marked plan."""
    return marked.write(app, cast)


def leaks(
    app: Flask,
    cast: Cast,
    plan: Plan,
    browser: Callable[[], Client],
    *,
    may_read: Set[str] = frozenset(),
    pages: int = 1,
    forms: int = 1,
) -> Iterator[str]:
    """Every answer that says what this person may not read. Who may read nothing may not learn the address either."""
    answers = [
        *crawl.by_links(browser()).values(),
        *crawl.by_address(app, cast, plan, browser, pages=pages, forms=forms),
    ]
    for answered in answers:
        assert answered.status < 500, answered.asked
        if found := marks(answered.said) - may_read:
            yield f"{answered.asked} ({answered.status}) tells {sorted(found)}"
        if not may_read and plan.public_id in answered.said and plan.public_id not in answered.asked:
            yield f"{answered.asked} ({answered.status}) tells the address of the plan"


# ---------------------------------------------------------------- strangers


def _case(who: str, state: str) -> Any:
    """Everybody on SQLite; those to whom it matters most on PostgreSQL, too: the rights are worked out by the database."""
    return pytest.param(who, state, marks=[] if who == "principal" else pytest.mark.on_sqlite)


@pytest.mark.parametrize("who", ["outsider", "admin", "signed_out"])
def test_a_stranger_finds_nothing(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, who: str) -> None:
    assert list(leaks(app, cast, plan, lambda: browser_of(who), pages=EVERY, forms=EVERY)) == []


def test_no_stranger_finds_anything(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    for who in sorted({*STRANGERS} - {"outsider", "admin", "signed_out"}):
        assert list(leaks(app, cast, plan, lambda who=who: browser_of(who))) == [], who  # type: ignore[misc]


def test_a_plan_that_is_hidden_answers_like_one_that_is_not_there(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, unchanged: Callable[[], Any]
) -> None:
    browsers = {who: browser_of(who) for who in STRANGERS}
    pages, forms = (
        [(method, path) for path in crawl.addresses(app, cast, plan, method, each=1) if plan.public_id in path]
        for method in ("GET", "POST")
    )
    with unchanged():
        for who, client in browsers.items():
            client.csrf_token()
            for method, path in pages + (forms if who in ("outsider", "signed_out") else forms[:2]):
                data = crawl.FORGED if method == "POST" else None
                hidden = crawl.ask(client, path, data)
                missing = crawl.ask(client, path.replace(plan.public_id, NOT_THERE), data)
                assert hidden.status == _gone(who, method), (who, hidden.asked)
                assert hidden.masked(plan.public_id) == missing.masked(NOT_THERE), (who, hidden.asked)


def test_a_page_that_is_still_open_hears_nothing_and_not_that_there_is_anything(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, unchanged: Callable[[], Any]
) -> None:
    """Whoever once took part has the token of their page yet."""
    browsers = {who: browser_of(who) for who in STRANGERS if who not in ("signed_out", "deactivated")}
    with unchanged():
        for who, client in browsers.items():
            since = changes_since(app, plan.path, plan.form, cast[who].id)
            for path in (since, f"{plan.path}/changes", f"{plan.path}/changes?since=x", f"{plan.path}/bell"):
                hidden = crawl.ask(client, path, htmx=True)
                missing = crawl.ask(client, path.replace(plan.public_id, NOT_THERE), htmx=True)
                assert hidden.status == 404, (who, path)
                assert hidden.masked(plan.public_id) == missing.masked(NOT_THERE), (who, path)


def _gone(who: str, method: str) -> int:
    if who in ("signed_out", "deactivated"):
        return 303 if method == "GET" else 401
    return 404


def test_no_page_of_a_stranger_changes_when_a_plan_is_made(app: Flask, cast: Cast, browser_of: Browsers) -> None:
    def make() -> None:
        marked.write(app, cast, part1="submitted", part2="shared")

    assert changes(browser_of, STRANGERS, make) == []


def changes(browser_of: Browsers, people: Iterable[str], what: Callable[[], Any]) -> list[tuple[str, str]]:
    """Whose pages, of those that links lead to, read otherwise after something was done, and which."""
    browsers = {who: browser_of(who) for who in people}
    for client in browsers.values():
        client.csrf_token()

    def pages() -> dict[tuple[str, str], tuple[Any, ...]]:
        return {
            (who, path): _uncounted(who, answered)
            for who, client in browsers.items()
            for path, answered in crawl.by_links(client).items()
        }

    before = pages()
    what()
    after = pages()
    return sorted(page for page in before.keys() | after.keys() if before.get(page) != after.get(page))


def _uncounted(who: str, answered: Answered) -> tuple[Any, ...]:
    """An administrator may know how many plans a school has, and sees it on one page."""
    counts = who == "admin" and answered.asked == "GET /administration/schools"
    return (answered.status,) if counts else answered.masked()


# ---------------------------------------------------------------- members, and those who may read some of it


@pytest.mark.on_sqlite
@pytest.mark.parametrize("who", MEMBERS)
def test_a_member_finds_everything(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers, who: str) -> None:
    client = browser_of(who)
    pages = list(crawl.by_links(client).values())
    assert bad_links(pages) == []
    pages += [crawl.ask(client, f"{plan.path}/history/{where}") for where in ("school_goal", "norms/row3")]
    not_theirs = {"agreement", "agreement_history", "signature"} if who == "teacher2" else set()
    assert marks("".join(page.said for page in pages)) == WORDS.keys() - not_theirs


@pytest.mark.parametrize(("who", "state"), [_case(*one) for one in READS])
def test_whoever_reads_some_of_it_finds_that_and_no_more(
    app: Flask, cast: Cast, browser_of: Browsers, who: str, state: str
) -> None:
    plan = marked.write(app, cast, part2=state)
    pages = crawl.by_links(browser_of(who)).values()
    assert marks("".join(page.said for page in pages)) == READS[who, state]
    assert bad_links(pages) == []
    assert list(leaks(app, cast, plan, lambda: browser_of(who), may_read=READS[who, state], pages=EVERY)) == []


HEARS: dict[str, set[str]] = {  # who may look back at a part hears what changes in it
    "coach": {
        "part1", "part1_history", "part1_comment", "participant", "part2", "part2_history", "part2_comment",
        "part2_circle_comment", "norms", "norms_open", "norms_comment", "progress", "progress_comment",
    },
    "principal": {"part1", "part1_history", "part1_comment", "participant"},
    "champion": set(),
    "invited": set(),
}  # fmt: skip


@pytest.mark.parametrize("who", HEARS)
def test_an_open_page_hears_of_what_its_reader_may_look_back_at(
    app: Flask, cast: Cast, browser_of: Browsers, who: str
) -> None:
    plan = marked.write(app, cast, part2="shared")
    client, since = browser_of(who), changes_since(app, plan.path, plan.form, cast[who].id)
    heard = crawl.ask(client, since, htmx=True)
    assert marks(heard.said) == HEARS[who]
    outlined = {plan.form.section(key)[0].key for key in re.findall('data-outline="([^"]+)"', heard.body)}
    assert outlined == {mark.partition("_")[0] for mark in HEARS[who]} - {"participant"}
    assert ("stands-" in heard.body) == bool(HEARS[who])
    assert ("event: here" in crawl.ask(client, f"{plan.path}/bell").body) == bool(HEARS[who])


def bad_links(pages: Iterable[Answered]) -> list[str]:
    """Links that lead to nothing; only asking whether the sign-in ends soon has an empty answer."""
    return [f"{page.asked} {page.status}" for page in pages if page.status not in (200, 204, 303)]


def test_what_the_circle_writes_for_itself_changes_no_page_of_others(plan: Plan, browser_of: Browsers) -> None:
    def write() -> None:
        coach = browser_of("coach")
        for path, data in _what_the_circle_writes(plan):
            assert crawl.ask(coach, plan.path + path, data).status in (200, 303), path

    assert changes(browser_of, ["principal", "champion", "invited"], write) == []


def _what_the_circle_writes(plan: Plan) -> Iterator[tuple[str, dict[str, str]]]:
    yield "/answers/goal_statement", {"v.goal_statement": "2", "goal_statement": "another goal"}
    yield "/answers/usual_day", {"v.usual_day": "2", "usual_day": ""}
    yield "/rows/measures/add", {}
    yield "/rows/norms/add", {"starter": "0"}
    yield "/rows/progress_values/add", {}
    yield "/answers/norms/row2", {"v.norms.row2": "2", "norms.row2.norm": "worded otherwise"}
    yield "/agreements/norms/row2", {"a.norms.row2": "3", "agree.norms.row2": "yes"}
    yield "/comments/goal", {"comment.goal": "among ourselves"}
    yield "/comments/norms", {"comment.norms": "among ourselves"}


@pytest.mark.parametrize("seen", range(4))
def test_no_version_that_a_principal_can_name_brings_back_what_was_not_shared(
    app: Flask, cast: Cast, browser_of: Browsers, seen: int
) -> None:
    plan = marked.write(app, cast, part2="shared")
    answered = crawl.ask(browser_of("principal"), f"{plan.path}/part2/review", {"seen": str(seen)})
    assert answered.status == (303 if seen == 2 else 409)
    assert marks(answered.said) <= READS["principal", "shared"]


@pytest.mark.parametrize("who", ["champion", "invited"])
def test_what_part_1_said_when_it_was_approved_is_for_those_who_see_its_history(
    app: Flask, cast: Cast, browser_of: Browsers, who: str
) -> None:
    plan = marked.write(app, cast, part1="changed")
    tables = Tables(app)
    tables.do(update(Decision).where(Decision.document_id == plan.id).values(part_version=1, content_hash="0" * 64))
    check = f"{plan.path}/part1/check"
    assert "part1_history" in marks(crawl.ask(browser_of("principal"), check).said)
    assert marks(crawl.ask(browser_of(who), check).said) <= READS[who, "draft"]


# ---------------------------------------------------------------- does the crawl find what is planted?


def _in_a_header(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    @app.after_request
    def say(response: Any) -> Any:
        response.headers["X-Plan"] = f"plan of {WORDS['taken_out']}"
        return response


def _in_a_title(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    said = f'{{% extends "layout.html" %}}{{% block title %}}{WORDS["part1"]}{{% endblock %}}'
    app.jinja_env.loader = ChoiceLoader([DictLoader({"people/account.html": said}), app.jinja_env.loader])  # type: ignore[list-item]


def _in_a_flash(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    real = app.view_functions["people.stay"]

    def stay(**values: Any) -> Any:
        flash(f"{WORDS['part2']} was saved.")
        return real(**values)

    app.view_functions["people.stay"] = stay


def _in_an_error(app: Flask, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(web.ERRORS, 404, ("No page", f"Ask {WORDS['participant']}."))


def _in_an_address(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    @app.get("/test/elsewhere")
    @access.anyone
    def elsewhere() -> tuple[str, int, dict[str, str]]:
        return "", 303, {"Location": f"/plans/{WORDS['norms']}"}


def _in_a_file_name(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    @app.get("/test/file")
    @access.anyone
    def file() -> tuple[str, int, dict[str, str]]:
        return "", 200, {"Content-Disposition": f'attachment; filename="{WORDS["progress"]}.pdf"'}


def _in_a_fragment(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    @app.get("/test/fragment-only")
    @access.anyone
    def fragment_only() -> str:
        from flask import request

        return WORDS["part2_comment"] if request.headers.get("HX-Request") else ""


def _in_an_answer_to_a_form(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    @app.post("/test/posted")
    @access.anyone
    def posted() -> str:
        return WORDS["reason"]


PLANTS: dict[str, Callable[[Flask, pytest.MonkeyPatch], None]] = {  # each plants this mark
    "taken_out": _in_a_header,
    "part1": _in_a_title,
    "part2": _in_a_flash,
    "participant": _in_an_error,
    "norms": _in_an_address,
    "progress": _in_a_file_name,
    "part2_comment": _in_a_fragment,
    "reason": _in_an_answer_to_a_form,
}


def test_the_crawl_finds_what_is_planted(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, browser_of: Browsers
) -> None:
    for plant in PLANTS.values():
        plant(app, monkeypatch)
    found = "\n".join(leaks(app, cast, marked.write(app, cast), lambda: browser_of("outsider"), pages=EVERY))
    assert {mark for mark in WORDS if f"'{mark}'" in found} == PLANTS.keys()


def test_the_comparison_finds_a_count_that_is_planted(app: Flask, cast: Cast, browser_of: Browsers) -> None:
    from sqlalchemy import func, select

    from tests.tables import Tables
    from webapp.documents.models import Document

    said = '{% extends "layout.html" %}{% block title %}Plans{% endblock %}{% block main %}{{ plans() }}{% endblock %}'
    app.jinja_env.loader = ChoiceLoader([DictLoader({"documents/listing.html": said}), app.jinja_env.loader])  # type: ignore[list-item]
    app.jinja_env.globals["plans"] = lambda: Tables(app).one(select(func.count()).select_from(Document))
    assert changes(browser_of, ["outsider"], lambda: marked.write(app, cast)) == [("outsider", "/plans/")]


def test_a_route_that_the_crawl_cannot_fill_in_is_not_passed_over(app: Flask, cast: Cast) -> None:
    @app.get("/plans/<public_id>/test/<surprise>")
    @access.anyone
    def new(public_id: str, surprise: str) -> str:
        return ""

    with pytest.raises(AssertionError, match="surprise"):
        list(everywhere(app, cast, marked.write(app, cast), "GET"))
