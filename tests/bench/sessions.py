"""Coaching sessions for measuring: one that is filled in, and many that somebody must not know of."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.bench import district
from tests.worlds import value_of
from webapp import create_app
from webapp.coaching_sessions import circles, records
from webapp.database import look_as, session, writing
from webapp.documents import answers
from webapp.documents.models import Document
from webapp.forms.kinds import Rows
from webapp.people.models import Membership, Person, Role

ROWS = 6  # in each list
HIDDEN = 50


@dataclass(frozen=True)
class Sessions:
    """The address of the session that is filled in, the ids of all, and a colleague who is in none of them."""

    page: str
    public_ids: list[str]
    stranger: str


def hold(instance: Path, url: str, plan: str) -> Sessions:
    """Hold the sessions of the coach who writes in this plan, with a teacher of the school."""
    app = create_app({"SECRET_KEY": "bench", "DATABASE_URL": url}, instance=instance)
    with app.app_context():
        coach = _person(district.COACH)
        teachers = _teachers(coach.id)
        plan_id = session().scalars(select(Document.id).where(Document.public_id == plan)).one()
        look_as(coach.id)
        with writing() as db:
            begun = []
            for _ in range(HIDDEN):
                circle_id = circles.begin(db, [coach.id, teachers[0].id]).id
                begun.append(records.begin(db, "session", plan_id=plan_id, circle_id=circle_id))
            _fill(begun[0], teachers[0])
    _end(app)
    ids = [one.public_id for one in begun]
    return Sessions(f"/sessions/{ids[0]}/write", ids, teachers[1].email)


def _person(email: str) -> Person:
    return session().scalars(select(Person).where(Person.email == email)).one()


def _teachers(coach_id: int) -> list[Person]:
    school = select(Membership.school_id).where(Membership.person_id == coach_id).scalar_subquery()
    here = Membership.school_id == school, Membership.role == Role.TEACHER
    found = select(Person).join(Membership, Membership.person_id == Person.id).where(*here).order_by(Person.id)
    return list(session().scalars(found))


def _fill(record: records.OpenRecord, teacher: Person) -> None:
    known: Any = {"teacher": SimpleNamespace(public_id=teacher.public_id, name=teacher.name)}
    for prompt in record.form.parts[0].prompts():
        value = value_of(prompt, known, "teacher")
        if isinstance(prompt, Rows):
            for _ in range(ROWS):
                answers.add_row(record, prompt.name, value)
        else:
            answers.save(record, [answers.Typed(prompt.name, value, 0)])


def _end(app: Flask) -> None:
    app.extensions["database"].engine.dispose()
