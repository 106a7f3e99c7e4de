"""A coaching session between the coach and the teacher, begun on the site, and what can happen around it."""

from flask import Flask
from sqlalchemy import select

from tests import agreements, plans
from tests.cast import Cast
from tests.circles import writing_as
from tests.page import Client, Page
from tests.plans import Plan
from tests.tables import Tables
from webapp.clock import now, today
from webapp.coaching_sessions import records, sessions
from webapp.database import look_as, writing
from webapp.people import accounts, links, memberships
from webapp.people.models import EvaluatorAssignment

NEW_PASSWORD = "three boats and a bell"


def plan(app: Flask, cast: Cast) -> Plan:
    """A plan whose norms are ours; the coach and the teacher have signed their agreement."""
    written = plans.write(app, cast, part1="approved", session_2=True, ours=True)
    agreements.start(app, cast, written).sign("coach", "teacher")
    return written


def begin(client: Client, written: Plan, *names: str, kind: str = "Observation") -> Page:
    """Start a session on the site; gives its page."""
    form = client.get(f"{written.path}/sessions/new").form(button="Start the session")
    return form.submit({"attendees": list(names), kind: True, "Date": now().date().isoformat()})


def address(page: Page) -> str:
    """Where the record is whose page this is."""
    return "/".join(page.path.split("/")[:3])


def reset(app: Flask, person_id: int) -> None:
    """Somebody sets a person's password with a link, as an administrator can arrange it."""
    with app.test_request_context():
        link = links.find(links.make(person_id, "reset").rsplit("/", 1)[1])
        assert link is not None
        accounts.take_up(link, NEW_PASSWORD, browser="")


def make_evaluator(app: Flask, cast: Cast, evaluator: str, evaluated: str) -> None:
    """An administrator enters that one evaluates the other, from today."""
    with app.test_request_context():
        look_as(cast["admin"].id)
        with writing():
            memberships.assign_evaluator(cast[evaluated].id, evaluator_email=cast[evaluator].email, starts=today())


def call_it_a_mistake(app: Flask, cast: Cast, evaluator: str, evaluated: str) -> None:
    """The administrator says that it was never true."""
    entry = _entry(app, cast, evaluator, evaluated)
    with app.test_request_context():
        look_as(cast["admin"].id)
        with writing():
            memberships.void_assignment(entry, person_id=cast[evaluated].id, by=cast["admin"].id)


def end_it(app: Flask, cast: Cast, evaluator: str, evaluated: str) -> None:
    """The administrator enters that it ended, with today as its last day; tomorrow it is over."""
    entry = _entry(app, cast, evaluator, evaluated)
    with app.test_request_context():
        look_as(cast["admin"].id)
        with writing():
            memberships.end_assignment(entry, person_id=cast[evaluated].id, last_day=today())


def _entry(app: Flask, cast: Cast, evaluator: str, evaluated: str) -> str:
    pair = (
        EvaluatorAssignment.evaluator_id == cast[evaluator].id,
        EvaluatorAssignment.evaluated_id == cast[evaluated].id,
    )
    found: str = Tables(app).one(select(EvaluatorAssignment.public_id).where(*pair))
    return found


def notes_on(app: Flask, person_id: int, session_address: str) -> str:
    """The address of somebody's private notes on a session, begun if there are none yet."""
    with writing_as(app, person_id):
        opened = records.find("session", session_address.rpartition("/")[2], person_id)
        assert opened is not None
        return sessions.private_notes(opened).address
