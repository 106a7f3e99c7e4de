"""Plans with many people in their circle, all of them signed in, put straight into the tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from secrets import token_hex

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.bench.district import CHAMPION, FIRST, LAST
from webapp import create_app
from webapp.clock import now
from webapp.documents.models import Answer, Document, DocumentPart, Participant, Standing
from webapp.forms.peer_coaching_plan import Part2
from webapp.people import sign_in
from webapp.people.models import Membership, Person, Role, SignIn

PROMPTS = [prompt.name for prompt in Part2.prompts() if prompt.kind == "text" and not prompt.fixed]


@dataclass(frozen=True)
class Gathering:
    """One plan, and the cookies of those who write in it together."""

    path: str
    cookies: list[str]
    texts: dict[str, tuple[int, int]]  # prompt → version, and how long its text is


class Crowd:
    """Makes gatherings in a district that is there already."""

    def __init__(self, engine: Engine, instance: Path, url: str) -> None:
        self.engine = engine
        self.app = create_app({"DATABASE_URL": url}, instance=instance)
        self._numbers = count()
        with Session(engine) as db:
            self.password = db.scalar(select(Person.password_hash).where(Person.email == CHAMPION))
            half_way = (
                select(Document)
                .join(DocumentPart, DocumentPart.document_id == Document.id)
                .where(Document.form == "peer_coaching_plan", Document.plan_id.is_(None))
                .where(DocumentPart.part == Part2.key, DocumentPart.state == "draft")
                .order_by(Document.id.desc())
            )
            self._plans = iter(db.scalars(half_way).all())

    def gather(self, people: int, plans: int = 1) -> list[Gathering]:
        """So many people in each of so many plans of their own."""
        return [self._gathering(next(self._plans), people) for _ in range(plans)]

    def close(self) -> None:
        """Let go of the database."""
        self.app.extensions["database"].engine.dispose()

    def _gathering(self, plan: Document, people: int) -> Gathering:
        with Session(self.engine) as db:
            tokens = [self._teacher(db, plan) for _ in range(people)]
            texts = {one.prompt: (one.version, len(one.value or "")) for one in _texts(db, plan)}
            db.commit()
        cookies = list(_cookies(self.app, tokens))
        return Gathering(f"/plans/{plan.public_id}", cookies, {name: texts.get(name, (0, 0)) for name in PROMPTS})

    def _teacher(self, db: Session, plan: Document) -> str:
        number = next(self._numbers)
        name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]} {number}"
        person = Person(name=name, email=f"crowd{number}@example.org", password_hash=self.password)
        db.add(person)
        db.flush()
        district = select(Membership.district_id).where(Membership.school_id == plan.school_id).limit(1)
        place = {"district_id": db.scalar(district), "school_id": plan.school_id}
        db.add(Membership(person_id=person.id, role=Role.TEACHER, starts=date(2020, 7, 1), **place))
        about = {"document_id": plan.id, "person_id": person.id, "name": name}
        db.add(Participant(**about, role="teacher", in_circle=True, standing=Standing.CONFIRMED, answered_at=now()))
        token = sign_in.new_token(person.id, self.password)
        db.add(SignIn(token_hash=sign_in._hash(token), person_id=person.id, browser="A browser"))
        return token


def _texts(db: Session, plan: Document) -> Iterator[Answer]:
    yield from db.scalars(select(Answer).where(Answer.document_id == plan.id, Answer.prompt.in_(PROMPTS)))


def _cookies(app: Flask, tokens: list[str]) -> Iterator[str]:
    """What a browser has when it has signed in."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    name = app.config["SESSION_COOKIE_NAME"]
    for token in tokens:
        yield f"{name}={signer.dumps({'_user_id': token, '_fresh': True, 'csrf_token': token_hex(20)})}"
