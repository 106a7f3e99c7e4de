"""Who may do what in a plan, as a table that a head teacher can read; every cell is asked of the running site.

A cell says when: `always`, `never`, or the states of the part in which it is so. Who may not read a part gets 404 for
everything in it; who may read but not do something gets 403, or 409 where only the state has moved on since the page
was opened. Signed-out visitors are sent to the sign-in page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from tests import agreements, plans
from tests.addresses import changes_since
from tests.agreements import Agreement
from tests.cast import PEOPLE, Cast
from tests.page import Client
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp import access, forms
from webapp.documents import signoff
from webapp.documents.models import Comment
from webapp.forms.declaration import Level
from webapp.forms.kinds import Rows, Text

NOBODY = {
    "outsider", "depthead", "assistant_principal", "former_principal", "superintendent", "admin", "declined", "removed",
    "other_coach", "other_teacher", "other_principal", "lincoln_champion", "other_champion", "harbor_principal",
    "deactivated", "signed_out",
}  # fmt: skip

THE_PLAN = """
who              read   answer invite change_principal say_session_2 history see_as_principal start_agreement hold_session hear_of_sessions compose_release
coach            always never  always always           before        always  always           always          always       never            always
teacher teacher2 always never  never  never            never         always  always           always          always       never            always
invited          always always never  never            never         never   never            never           never        never            never
principal        always never  never  never            never         always  never            never           never        always           never
champion         always never  never  never            never         never   never            never           never        always           never
"""

PART_1 = """
who               read    write   history  comment  submit                    take_back  approve    return
coach             always  always  always   always   draft,returned,changed    submitted  never      never
teacher teacher2  always  never   always   always   never                     never      never      never
invited           always  never   never    never    never                     never      never      never
principal         always  always  always   always   never                     never      submitted  submitted
champion          always  never   never    never    never                     never      never      never
"""

PART_2 = """
who               read    write   history  comment  share   take_back  review  agree
coach             always  always  always   always   draft   shared     never   shared
teacher teacher2  always  always  always   always   never   shared     never   shared
invited           never   never   never    never    never   never      never   never
principal         shared  never   never    shared   never   never      shared  never
champion          shared  never   never    never    never   never      never   never
"""

NORMS = """
who               read    write      history  comment  agree
coach             always  open,ours  always   always   open,ours
teacher teacher2  always  open,ours  always   always   open,ours
invited           never   never      never    never    never
principal         ours    never      never    never    never
champion          ours    never      never    never    never
"""

PROGRESS = """
who               read    write   history  comment
coach             always  always  always   always
teacher teacher2  always  always  always   always
invited           never   never   never    never
principal         never   never   never    never
champion          never   never   never    never
"""

AGREEMENT = """
who                                  read    write           history  comment         sign            end
coach teacher                        always  written,signed  always   written,signed  written,signed  written,signed
teacher2 invited principal champion  never   never           never    never           never           never
"""

# the states in which each part is looked at, and how a plan comes to be in them
STATES: dict[str, dict[str, dict[str, Any]]] = {
    "part1": {name: {"part1": name} for name in ("draft", "submitted", "returned", "approved", "changed")},
    "part2": {name: {"part2": name} for name in ("draft", "shared")},
    "norms": {
        "closed": {"part1": "approved"},
        "open": {"part1": "approved", "part2": "shared", "session_2": True},
        "ours": {"part1": "approved", "part2": "shared", "session_2": True, "ours": True},
    },
    "progress": {"any": {"part1": "approved", "part2": "shared", "session_2": True, "ours": True}},
    "agreement": {"written": {}, "signed": {}, "ended": {}},  # of the coach and teacher; see `written`
    "": {"before": {}, "after": {"session_2": True}},
}


@dataclass(frozen=True)
class Table:
    """One of the tables above: who → verb → when."""

    verbs: list[str]
    cells: dict[str, dict[str, str]]

    def may(self, who: str, verb: str, state: str) -> bool:
        """Whether this person may do this in this state."""
        when = self.cells[who][verb].split(",")
        return when == ["always"] or state in when

    def ever(self, who: str, verb: str) -> bool:
        """Whether this person may do this in some state."""
        return self.cells[who][verb] != "never"


def table(text: str) -> Table:
    """Read a table; everybody who stands in none of its lines may never do anything."""
    head, *lines = (line.split() for line in text.strip().splitlines())
    verbs = head[1:]
    cells = {who: dict.fromkeys(verbs, "never") for who in NOBODY}
    for words in lines:
        for who in words[: -len(verbs)]:
            cells[who] = dict(zip(verbs, words[-len(verbs) :], strict=True))
    return Table(verbs, cells)


TABLES = {
    "part1": table(PART_1),
    "part2": table(PART_2),
    "norms": table(NORMS),
    "progress": table(PROGRESS),
    "agreement": table(AGREEMENT),
}
WHOLE = table(THE_PLAN)
ASKED = [(part, state) for part, states in STATES.items() for state in states]


# ---------------------------------------------------------------- the tables are complete


def test_the_tables_name_everybody() -> None:
    for one in (*TABLES.values(), WHOLE):
        assert set(one.cells) == {*PEOPLE, "signed_out"}


OF_RECORDS = (Level.SESSION, Level.PRIVATE, Level.RELEASE)  # tests/test_session_form.py


def test_the_tables_name_every_verb() -> None:
    levels = {
        Level.WITH_PRINCIPAL: "part1",
        Level.FOR_REVIEW: "part2",
        Level.NORMS: "norms",
        Level.CIRCLE: "progress",
        Level.AGREEMENT: "agreement",
    }
    assert {level for level in access.TABLE if level not in OF_RECORDS} == set(levels)
    for level, part in levels.items():
        assert set(TABLES[part].verbs) == set(access.TABLE[level]), level
    assert set(WHOLE.verbs) == set(access.WHOLE)


def test_the_tables_know_the_parts_of_the_plan() -> None:
    written_together = [forms.latest("peer_coaching_plan"), forms.latest("coaching_agreement")]
    assert [part.key for form in written_together for part in form.parts] == list(TABLES)


def written(app: Flask, cast: Cast, part: str, state: str) -> Plan | Agreement:
    """A plan in that state, or the agreement of its coach and teacher."""
    if part != "agreement":
        return plans.write(app, cast, **STATES[part][state])
    agreement = agreements.start(app, cast, plans.write(app, cast, part1="approved"))
    agreement.write("coach", goals_in_words=f"{MARKER} goals")
    if state != "written":
        agreement.sign("coach", "teacher")
    if state == "ended":
        agreement.decide("teacher", "end")
    return agreement


# ---------------------------------------------------------------- how each verb is done on the site


def request_for(
    app: Flask, plan: Plan | Agreement, verb: str, part: str, cast: Cast, who: str
) -> Iterator[tuple[str, dict[str, str] | None]]:
    """The addresses, and what is sent there, by which someone would do this. None is sent by just looking."""
    if isinstance(plan, Plan) and not part:
        yield from _in_the_plan(app, plan, verb, cast, who)
        return
    section, prompt = next(
        (section, prompt)
        for section in plan.form.part(part).sections
        for prompt in section.prompts()
        if isinstance(prompt, Rows | Text) and not prompt.fixed
    )
    row = f"/{ROW}" if isinstance(prompt, Rows) else ""
    name = f"{prompt.name}{row.replace('/', '.')}"
    column = f".{prompt.columns[-1].name}" if isinstance(prompt, Rows) else ""
    typed = {f"v.{name}": "1", f"{name}{column}": "other words"}
    match verb:
        case "read":
            yield f"{plan.path}/{part}/check", None
            yield f"{plan.path}/who/{part}", None
        case "write":
            yield f"{plan.path}/answers/{prompt.name}{row}", typed
            yield f"{plan.path}/write", {f"v.{name}": "2", f"{name}{column}": "more words"}
            yield f"{plan.path}/undo/{prompt.name}{row}/3", {}
        case "history":
            yield f"{plan.path}/history/{prompt.name}{row}", None
        case "comment":
            talk = f"{plan.path}/comments/{section.key}"
            yield talk, {f"comment.{section.key}": "a remark"}
            here = Comment.document_id == plan.id, Comment.section == section.key
            newest = Tables(app).one(select(Comment.public_id).where(*here).order_by(Comment.id.desc())) or "nothing"
            yield talk, {f"reply.{newest}": "an answer"}
            yield f"{talk}/{newest}/done", {}
        case "agree" if part == "norms":
            yield f"{plan.path}/agreements/norms{row}", {f"a.{name}": "1", f"agree.{name}": "1"}
        case "end":
            yield f"{plan.path}/{part}/end", None
            yield f"{plan.path}/{part}/end", {}
        case "sign" if isinstance(plan, Agreement):
            yield f"{plan.path}/{part}/sign", {"seen": str(plan.version), "signed_as": "A. Name"}
        case _:
            yield f"{plan.path}/{part}/{verb}", {"seen": "1", "remark": "Please say more about the data."}


SIMPLY: dict[str, tuple[str, dict[str, str] | None]] = {
    "answer": ("/answer", {"answer": "yes"}),
    "say_session_2": ("/session-2", {}),
    "see_as_principal": ("/as-principal", None),
    "hold_session": ("/sessions/new", None),
    "compose_release": ("/releases/new", {}),
}


def _in_the_plan(
    app: Flask, plan: Plan, verb: str, cast: Cast, who: str
) -> Iterator[tuple[str, dict[str, str] | None]]:
    match verb:
        case "read":
            for page in ("", "/write", "/print", "/print.pdf", "/who", "/bell"):
                yield f"{plan.path}{page}", None
            yield changes_since(app, plan.path, plan.form, cast[who].id if who in cast else 0), None
        case "history":
            for page in ("/history", "/history/as-it-was", "/history/as-it-was?on=2026-10-01"):
                yield f"{plan.path}{page}", None
        case "invite":
            yield f"{plan.path}/teachers", None
            yield f"{plan.path}/teachers/ask", {"person": cast["outsider"].public_id}
            yield f"{plan.path}/teachers/name", {"name": "Someone Without Account"}
        case "change_principal":
            yield f"{plan.path}/principal", {"principal": cast["principal"].public_id}
        case "start_agreement":
            with_whom = plan.participants[who if who == "teacher2" else "teacher"]
            yield f"{plan.path}/agreement-with/{with_whom}", {}
        case _ if verb in SIMPLY:
            path, sent = SIMPLY[verb]
            yield f"{plan.path}{path}", sent


def refusal(one: Table, who: str, verb: str, state: str, *, is_post: bool) -> int:
    """The code that answers someone who may not do this."""
    if who in ("signed_out", "deactivated"):
        return 401 if is_post else 303
    if not one.may(who, "read", state):
        return 404
    is_decision = verb in signoff.MOVES and one in (TABLES["part1"], TABLES["part2"], TABLES["agreement"])
    return 409 if is_decision and is_post and one.ever(who, verb) else 403


# ---------------------------------------------------------------- every cell, asked of the policy


@pytest.mark.parametrize(("part", "state"), ASKED)
def test_the_policy_says_what_the_table_says(app: Flask, cast: Cast, part: str, state: str) -> None:
    one = TABLES.get(part, WHOLE)
    plan = written(app, cast, part, state)
    wrong = []
    for who in sorted(cast):
        with app.test_request_context():
            try:
                opened = access.open_document(plan.public_id, cast[who].id)
            except NotFound:
                opened = None
            for verb in one.verbs:
                may = opened is not None and opened.may(verb, part or None)
                if who != "deactivated" and may != one.may(who, verb, state):
                    wrong.append(f"{who} {verb}: {may}")
    assert wrong == []


# ---------------------------------------------------------------- every cell, asked of the site


@pytest.fixture
def clients(browser_of: Callable[[str], Client]) -> dict[str, Client]:
    """Everybody's browser."""
    return {who: browser_of(who) for who in (*PEOPLE, "signed_out")}


@pytest.mark.parametrize(("part", "state"), ASKED)
def test_every_refusal(
    app: Flask,
    cast: Cast,
    clients: dict[str, Client],
    unchanged: Callable[[], Any],
    part: str,
    state: str,
) -> None:
    one = TABLES.get(part, WHOLE)
    plan = written(app, cast, part, state)
    wrong = []
    for_all = state == list(STATES[part])[-1]  # who has no part in the plan is asked in one state; above, in each
    with unchanged():
        for who, verb in [(who, verb) for who in one.cells for verb in one.verbs if not one.may(who, verb, state)]:
            if who in NOBODY and not for_all:
                continue
            for path, data in request_for(app, plan, verb, part, cast, who):
                code, said = clients[who].answer(path, data)
                if code != refusal(one, who, verb, state, is_post=data is not None):
                    wrong.append(f"{who} may not {verb}, but {path} answers {code}")
                if code != 409 and MARKER in said:
                    wrong.append(f"{who} may not {verb}, but {path} tells what the plan says")
    assert wrong == []


def _came_well(path: str) -> set[int]:
    """What is news only to those who may look back, is empty for others."""
    return {200, 204} if path.endswith("/bell") or "/changes?" in path else {200}


@pytest.mark.parametrize(("part", "state"), ASKED)
def test_every_right(app: Flask, cast: Cast, clients: dict[str, Client], part: str, state: str) -> None:
    one = TABLES.get(part, WHOLE)
    wrong = []
    for who, verb in [(who, verb) for who in one.cells for verb in one.verbs if one.may(who, verb, state)]:
        plan = written(app, cast, part, state)
        for path, data in request_for(app, plan, verb, part, cast, who):
            code, said = clients[who].answer(path, data)
            if code not in (_came_well(path) if data is None else {200, 303}):
                wrong.append(f"{who} may {verb}, but {path} answers {code}: {said[:300]}")
    assert wrong == []


# ---------------------------------------------------------------- what an open page hears


@pytest.mark.parametrize(("part", "state"), [one for one in ASKED if one[0]])
def test_a_page_hears_of_a_part_whoever_may_look_back_there(
    app: Flask, cast: Cast, clients: dict[str, Client], part: str, state: str
) -> None:
    plan = written(app, cast, part, state)
    wrong = []
    for who in sorted({*cast} - {"deactivated"}):
        code, said = clients[who].answer(changes_since(app, plan.path, plan.form, cast[who].id))
        hears = f'id="stands-{part}"' in said
        if hears != TABLES[part].may(who, "history", state) or (MARKER in said) > (code == 200):
            wrong.append(f"{who} hears of {part}: {hears} ({code})")
    assert wrong == []
