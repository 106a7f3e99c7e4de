"""Circles with confidential records in them, written by the site's own verbs, marked so that a leak can be found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from flask import Flask
from sqlalchemy import select

from tests.cast import Cast
from tests.tables import Tables
from webapp.clock import today
from webapp.coaching_sessions import access_log, circles, records
from webapp.coaching_sessions.models import SealedRevision
from webapp.database import ViewersSession, look_as, session, writing
from webapp.documents import answers, participants
from webapp.people import memberships
from webapp.people.models import School

MARKER = "wombat"  # stands in every text of a circle, and nowhere else on the site


@dataclass(frozen=True)
class Secret:
    """A coaching session and where it is."""

    circle_id: int
    record_id: int
    public_id: str
    plan_id: int
    revision_id: int
    by: int


@contextmanager
def as_person(app: Flask, person_id: int | None) -> Iterator[ViewersSession]:
    """One request's reading session of a person."""
    with app.app_context():
        look_as(person_id)
        yield session()


@contextmanager
def writing_as(app: Flask, person_id: int | None) -> Iterator[ViewersSession]:
    """One write transaction of a person."""
    with app.app_context():
        look_as(person_id)
        with writing() as db:
            yield db


def begin_plan(
    app: Flask, cast: Cast, by: str = "coach", school: str = "roosevelt", principal: str = "principal"
) -> int:
    """A plan without anything in it."""
    with writing_as(app, cast[by].id) as db:
        place = db.get_one(School, cast.schools[school].id)
        return participants.start_plan(by=cast[by].id, school=place, principal_id=cast[principal].id).id


def begin(app: Flask, cast: Cast, *who: str, school: str = "roosevelt", principal: str = "principal") -> Secret:
    """A coaching session of these people (the first of them begins it), with a text, its history and a log."""
    ids = [cast[key].id for key in who]
    plan_id = begin_plan(app, cast, who[0], school, principal)
    with writing_as(app, ids[0]) as db:
        circle_id = circles.begin(db, ids).id
        record = records.begin(db, "session", plan_id=plan_id, circle_id=circle_id)
        answers.save(record, [answers.Typed("focus", f"{MARKER} of {who[0]}", 0)])
        access_log.opened(db, record.id, circle_id, "opened")
        secret = Secret(circle_id, record.id, record.public_id, plan_id, 0, ids[0])
    (revision,) = Tables(app).all(select(SealedRevision.id).where(SealedRevision.record_id == secret.record_id))
    return Secret(secret.circle_id, secret.record_id, secret.public_id, secret.plan_id, revision, ids[0])


def private_notes(app: Flask, secret: Secret, person_id: int, text: str) -> records.OpenRecord:
    """Somebody's private notes on a session."""
    with writing_as(app, person_id) as db:
        circle_id = circles.begin(db, [person_id], inside=secret.circle_id).id
        notes = records.begin(
            db, "private_notes", plan_id=secret.plan_id, circle_id=circle_id, about_id=secret.record_id
        )
        (prompt, *_) = notes.form.parts[0].prompts()
        answers.save(notes, [answers.Typed(prompt.name, text, 0)])
        return notes


def evaluate(app: Flask, cast: Cast, evaluator: str, evaluated: str, *, starts: date | None = None) -> str:
    """An administrator enters that one evaluates the other; gives the entry's public id."""
    with writing_as(app, cast["admin"].id):
        entry = memberships.assign_evaluator(
            cast[evaluated].id, evaluator_email=cast[evaluator].email, starts=starts or today()
        )
        return entry.public_id


def said(app: Flask, secret: Secret, person_id: int) -> str | None:
    """What this person reads at the session's focus; None where there is nothing for them."""
    with as_person(app, person_id):
        found = records.find("session", secret.public_id, person_id)
        return str(answers.readable(found).of("focus").value) if found else None
