"""Two sites that are the same but for what is confidential: A has none of it, B has all of it.

Both begin as copies of one database, and whatever happens in both happens at the same moments and with the same random
ids. In B people also coach each other in confidence; every word of it is the marker SECRET.

In B, three members of a session are no longer: `left` left it, `shut` came to evaluate the coach, and `out`, who had
not opened it yet, was taken out of it and of the plan.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests import agreements, cast, conftest, plans
from tests.cast import Cast, Someone
from tests.crawl import Answered, ask
from tests.page import Client
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp import clock, create_app, keys
from webapp.access import Opened, open_document
from webapp.coaching_sessions import norms_check, records, releases, sessions
from webapp.coaching_sessions.models import ConfidentialRecord, RefusedTry, SealedComment
from webapp.coaching_sessions.records import OpenRecord
from webapp.database import Model, look_as, writing
from webapp.documents import answers, pdf, streams
from webapp.documents.models import Participant
from webapp.extensions import limiter
from webapp.forms.kinds import Prompt, Rows
from webapp.forms.session_kinds import Measure, Member, Minutes, Tick, Time
from webapp.people import links, passwords
from webapp.people.kept_words import TYPED_BY
from webapp.people.models import EvaluatorAssignment, Membership, Person, Role, SignIn

SECRET = "zyzzyva"  # stands in everything confidential, and nowhere else on the site
BEGINNING = datetime(2026, 10, 5, 13, 0, tzinfo=UTC)
TODAY = BEGINNING + timedelta(days=40)
MORE = {"left": "Nils Aune", "shut": "Sara Lund", "out": "Rita Moss"}
ATTEND = ("coach", "teacher", *MORE)
FORMER = tuple(MORE)
NEW_PASSWORD = "a quiet pond in autumn"


@dataclass
class World:
    """One of the two: a site with its people and its plans. `hidden`: ids that only B has, each by what it is of."""

    app: Flask
    cast: Cast
    plan: Plan
    other_plan: Plan
    said: list[Answered] = field(default_factory=list)  # what the administrator was answered on the way
    hidden: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> Tables:
        """Its tables, past the wall."""
        return Tables(self.app)

    def browser(self, who: str) -> Client:
        """A browser of somebody whose sign-in is the same in both worlds."""
        client = Client(self.app)
        with client.http.session_transaction() as kept:
            kept["csrf_token"] = "a" * 40
            if who != "signed_out":
                someone = self.cast[who]
                password = self.tables.one(select(Person.password_hash).where(Person.id == someone.id))
                token = f"{someone.id}.{keys.credential(password)[:16]}.{who}"
                kept.update({"_user_id": token, TYPED_BY: someone.public_id})
                self._sign_in(someone, token)
        return client

    def _sign_in(self, someone: Someone, token: str) -> None:
        digest = sha256(token.encode()).hexdigest()
        known = SignIn.token_hash == digest
        if self.tables.one(select(SignIn.id).where(known)) is None:
            whose = {"person_id": someone.id, "public_id": f"browser-{someone.id}"}
            self.tables.add(SignIn(token_hash=digest, browser="a test", **whose))
        self.tables.do(update(SignIn).where(known).values(ended_at=None, active_at=TODAY, created_at=TODAY))


# ---------------------------------------------------------------- making them


@contextmanager
def both(kind: Any, with_cast: str, folder: Path) -> Iterator[tuple[World, World]]:
    """Worlds A and B, as they are on TODAY; the clock stands still."""
    made: list[str] = []
    with ExitStack() as stack:
        moment = stack.enter_context(time_machine.travel(BEGINNING, tick=False))
        stack.enter_context(patch.multiple(passwords, _hasher=conftest.CHEAP, _nobody=conftest.NOBODY))
        stack.enter_context(_the_same_pdf_for_the_same_paper())
        stack.enter_context(patch.object(streams, "LONGEST", 0.0))  # a stream begins, and is over
        base = _site(kind, with_cast, folder, made)
        _shared_before(base)
        base.app.extensions["database"].engine.dispose()
        worlds = [_site(kind, made[0], folder, made, like=base) for _ in "AB"]
        steps: list[Callable[[World], None]] = [*IN_CONFIDENCE, *IN_BOTH]
        for number, step in enumerate(steps):
            moment.move_to(BEGINNING + timedelta(days=1 + number))
            for world in worlds if step in IN_BOTH else worlds[1:]:
                with the_same_random_ids(step.__name__):
                    step(world)
        moment.move_to(TODAY)
        worlds[1].hidden = _only_in(worlds[1], worlds[0])
        yield worlds[0], worlds[1]
        for world in [base, *worlds]:
            world.app.extensions["database"].engine.dispose()
        for url in reversed(made):
            kind.drop(url)


def _site(kind: Any, url: str, folder: Path, made: list[str], like: World | None = None) -> World:
    made.append(kind.new(like=url))
    settings = {"SECRET_KEY": conftest.SECRET_KEY, "KEY_RING": conftest.KEY_RING, "TESTING": True}
    app = create_app({**settings, "DATABASE_URL": made[-1], "MAIL_HOST": "mail.example.org"}, instance=folder)
    app.jinja_env.bytecode_cache = conftest.COMPILED
    if like is not None:
        return World(app, like.cast, like.plan, like.other_plan)
    known = _with_more_people(app)
    plan = plans.write(
        app, known, part1="submitted", part2="shared", session_2=True, ours=True, circle=(*ATTEND, "teacher2")
    )
    return World(app, known, plan, plans.write(app, known, circle=("coach", "teacher", "teacher2")))


def _with_more_people(app: Flask) -> Cast:
    known, tables = cast.read(app.extensions["database"].engine), Tables(app)
    school = known.schools["roosevelt"]
    district = known.districts["cedar_valley"]
    for key, name in MORE.items():
        person = Person(name=name, email=cast.email_of(key), password_hash=cast.PASSWORD_HASH)
        tables.add(person)
        place = {"school_id": school.id, "district_id": district.id, "starts": cast.SINCE}
        tables.add(Membership(person_id=person.id, role=Role.TEACHER, **place))
        known.people[key] = Someone(key, person.id, person.public_id, name, person.email)
    return known


@contextmanager
def the_same_random_ids(step: str) -> Iterator[None]:
    """What is random is the same in both worlds, and other at each step."""
    number = count()

    def token(size: int = 32) -> str:
        return sha256(f"{step} {next(number)}".encode()).hexdigest()[: size * 4 // 3]

    with patch.multiple(secrets, token_urlsafe=token, token_hex=token):
        yield


@contextmanager
def _the_same_pdf_for_the_same_paper() -> Iterator[None]:
    """A PDF says no time of its own: the same data gives the same bytes, so it is typeset once."""
    known: dict[str, bytes] = {}
    typeset = pdf._typeset

    def once(data: str) -> bytes:
        if data not in known:
            known[data] = typeset(data)
        return known[data]

    with patch.object(pdf, "_typeset", once):
        yield


def _only_in(here: World, there: World) -> dict[str, str]:
    """The public ids that one world has and the other has not, one of each table and kind."""
    found: dict[str, str] = {}
    for name, table in Model.metadata.tables.items():
        if "public_id" in table.c:
            kind = next((table.c[column] for column in ("kind", "form") if column in table.c), table.c.public_id)
            known = set(there.tables.all(select(table.c.public_id)))
            statement = select(table.c.public_id.concat(" ").concat(kind)).order_by(table.c.id)
            for public_id, of in (row.split(" ", 1) for row in here.tables.all(statement)):
                if public_id not in known:
                    found.setdefault(name if of == public_id else f"{name} {of}", public_id)
    return found


# ---------------------------------------------------------------- what there is before


def _shared_before(world: World) -> None:
    """The former members and the coach have agreements in both worlds: they may know of those."""
    for key in FORMER:
        agreement = agreements.start(world.app, world.cast, world.plan, teacher=key)
        agreement.sign("coach", key)


# ---------------------------------------------------------------- what B has in confidence


@contextmanager
def looking_as(world: World, who: str) -> Iterator[Any]:
    """A write transaction of somebody's request."""
    with world.app.test_request_context():
        look_as(world.cast[who].id)
        with writing() as db:
            yield db


def agree(world: World) -> None:
    """Two agreements in each plan, with every word written and every tick off, signed by both."""
    for plan in (world.plan, world.other_plan):
        for teacher in ("teacher", "teacher2"):
            agreement = agreements.start(world.app, world.cast, plan, teacher=teacher)
            part = agreement.form.parts[0]
            texts = {one.name: f"{SECRET} {one.name}" for one in part.prompts() if one.kind == "text"}
            agreement.write(teacher, **texts)
            agreement.tick("coach")
            agreement.sign("coach", teacher)


def hold_sessions(world: World) -> None:
    """Three sessions with everything filled in, one of them with all who will be former members."""
    for attend in (ATTEND, ("coach", "teacher"), ("coach", "teacher2")):
        with looking_as(world, "coach"):
            plan = open_document(world.plan.public_id, world.cast["coach"].id)
            known = _participants(plan)
            others = [known[world.cast[key].id] for key in attend[1:]]
            record = sessions.start(plan, others, "observation", clock.today())
            fill(world, record, owner=attend[-1])
            norms_check.mark(record, world.cast["coach"].public_id, {ROW: False}, seen=0)


def _participants(plan: Opened) -> dict[int, str]:
    return {one.person_id: one.public_id for one in sessions.circle_of(plan) if one.person_id}


def fill(world: World, record: OpenRecord, **known: Any) -> None:
    """Answer every prompt, with the marker wherever there are words; `owner`: whose the action steps are."""
    owner = known.pop("owner", "teacher")
    for prompt in record.form.parts[0].prompts():
        value = known.get(prompt.name) or value_of(prompt, world.cast, owner)
        if isinstance(prompt, Rows):
            answers.add_row(record, prompt.name, value)
            answers.add_row(record, prompt.name, value)
        else:
            answers.save(record, [answers.Typed(prompt.name, value, answers.version_of(record, prompt.name))])


def value_of(prompt: Prompt, known: Cast, owner: str) -> Any:
    """An answer that a prompt of a confidential record takes."""
    match prompt:
        case Rows():
            return {column.name: value_of(column, known, owner) for column in prompt.columns}
        case Member():
            return f"{known[owner].public_id} {known[owner].name}"
        case Measure():
            return f"{ROW} {SECRET}"
        case Time() | Minutes() | Tick():
            return {Time: "09:05", Minutes: "45", Tick: ""}[type(prompt)]
    value = plans.value_of(prompt, known)
    return value.replace(MARKER, SECRET) if isinstance(value, str) else value


def write_private_notes(world: World) -> None:
    """The coach, the teacher and the one who will be shut out write notes for themselves."""
    for who in ("coach", "teacher", "shut"):
        with looking_as(world, who):
            about = records.of_plan("session", world.plan.id, world.cast[who].id)[-1]
            fill(world, sessions.private_notes(about))


def refuse_a_release(world: World) -> None:
    """The coach composes a release of progress from the other plan for the principal; one teacher says no."""
    with looking_as(world, "coach"):
        plan = open_document(world.other_plan.public_id, world.cast["coach"].id)
        public_id = releases.compose(plan)
        record = _release(world, public_id, "coach")
        readers = [one.kept for one in releases.possible_readers(record)]
        fill(world, record, readers=readers, readable_until=(clock.today() + timedelta(days=90)).isoformat())
    with looking_as(world, "coach"):
        record = _release(world, public_id, "coach")
        releases.ask(record, seen=releases.page_of(record).fingerprint)
    for who in ("teacher", "teacher2"):
        with looking_as(world, who):
            record = _release(world, public_id, who)
            releases.answer(record, seen=releases.page_of(record).fingerprint, agrees=who == "teacher")


def _release(world: World, public_id: str, who: str) -> OpenRecord:
    found = records.find("release", public_id, world.cast[who].id)
    assert found is not None
    return found


def look_at_everything(world: World) -> None:
    """Its members open what they have, on screen, on paper and as files; a step is ticked; somebody tries in vain."""
    address = f"/sessions/{_first_session(world)}"
    for who in ("teacher", "left", "shut"):
        for page in ("write", "log", "who", "print", "print.pdf", "calendar.ics", "history/focus"):
            assert ask(world.browser(who), f"{address}/{page}").status == 200, page
    assert ask(world.browser("outsider"), f"{address}/write").status != 200
    assert world.tables.all(select(RefusedTry.id))


def comment(world: World) -> None:
    """The coach comments on a session and tells the teacher, who answers; a second comment is resolved."""
    address = f"/sessions/{_first_session(world)}/comments/focus"
    for words in ("a question", "a remark"):
        sent = {"comment.focus": f"{SECRET} {words}", "tell.comment.focus": world.cast["teacher"].public_id}
        assert ask(world.browser("coach"), address, sent).status == 303
    marks = world.tables.all(select(SealedComment.mark).order_by(SealedComment.id))
    assert ask(world.browser("teacher"), address, {f"reply.{marks[0]}": f"{SECRET} an answer"}).status == 303
    assert ask(world.browser("coach"), f"{address}/{marks[1]}/done", {}).status == 303


def leave(world: World) -> None:
    """One of them leaves the session; another, who has not opened it yet, is taken out."""
    address = f"/sessions/{_first_session(world)}"
    assert ask(world.browser("left"), f"{address}/leave", {}).status == 303
    taken = f"{address}/people/{world.cast['out'].public_id}/take-out"
    assert ask(world.browser("coach"), taken, {}).status == 303


def _first_session(world: World) -> str:
    here = ConfidentialRecord.kind == "session"
    found: str = world.tables.all(select(ConfidentialRecord.public_id).where(here).order_by(ConfidentialRecord.id))[0]
    return found


IN_CONFIDENCE = (agree, hold_sessions, write_private_notes, refuse_a_release, look_at_everything, comment, leave)


# ---------------------------------------------------------------- what happens in both


def posted(world: World, who: str, path: str, **data: str) -> None:
    """Somebody sends a form, and it works."""
    world.said.append(ask(world.browser(who), path, data))
    assert world.said[-1].status == 303, world.said[-1]


def enter_evaluations(world: World) -> None:
    """The administrator enters who evaluates the coach, and an evaluation by mistake, which is voided."""
    limiter.reset()
    for evaluated, evaluator in (("coach", "shut"), ("teacher", "superintendent")):
        sent = {"evaluator-email": world.cast[evaluator].email, "evaluator-starts": "2026-10-01"}
        posted(world, "admin", f"/administration/people/{world.cast[evaluated].public_id}/evaluators", **sent)
    entry = world.tables.all(select(EvaluatorAssignment.public_id).order_by(EvaluatorAssignment.id.desc()))[0]
    posted(world, "admin", f"/administration/people/{world.cast['teacher'].public_id}/evaluators/{entry}/mistake")


def take_somebody_out(world: World) -> None:
    """The coach takes one teacher out of the plan."""
    here = Participant.document_id == world.plan.id, Participant.person_id == world.cast["out"].id
    one = world.tables.one(select(Participant.public_id).where(*here))
    posted(world, "coach", f"{world.plan.path}/teachers/{one}/remove")


def choose_another_password(world: World) -> None:
    """A teacher gets a link for a new password and takes it up: in B, their account is sealed."""
    posted(world, "admin", f"/administration/people/{world.cast['teacher'].public_id}/reset")
    with world.app.test_request_context():
        link = links.make(world.cast["teacher"].id, "reset")
    posted(world, "signed_out", link.removeprefix(world.app.config["ADDRESS"]), password=NEW_PASSWORD)


def go_on_writing(world: World) -> None:
    """The circle and the principal go on writing in the plan, and say something about it."""
    for who in ("coach", "principal"):
        for prompt in ("school_goal", "staff_told"):
            text = {f"v.{prompt}": "9", prompt: f"{MARKER} another text of the {who}", "page": who}
            ask(world.browser(who), f"{world.plan.path}/answers/{prompt}", text)
    posted(world, "principal", f"{world.plan.path}/comments/academic_focus", **{"comment.academic_focus": MARKER})
    told = {"comment.goal": MARKER, "shared": "goal", "tell.comment.goal": world.cast["principal"].public_id}
    posted(world, "coach", f"{world.plan.path}/comments/goal", **told)
    posted(world, "coach", f"{world.plan.path}/rows/measures/add")


IN_BOTH = (enter_evaluations, take_somebody_out, choose_another_password, go_on_writing)
