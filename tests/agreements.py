"""A Coaching Agreement between the coach and a teacher of a plan, in any state, by way of the site's own verbs."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.cast import Cast
from tests.plans import Plan
from tests.tables import Tables
from webapp import forms
from webapp.access import open_document
from webapp.database import session, writing
from webapp.documents import agreements, answers, signoff
from webapp.documents.models import AgreementSetting, Document, DocumentPart
from webapp.forms.declaration import DocumentForm

PART = agreements.PART


@dataclass(frozen=True)
class Agreement:
    """An agreement and its plan: its address, and what its two can do."""

    app: Flask
    cast: Cast
    plan: Plan
    id: int
    public_id: str

    @property
    def path(self) -> str:
        """Where its home page is."""
        return f"/plans/{self.public_id}"

    @property
    def form(self) -> type[DocumentForm]:
        """Its form."""
        return forms.latest(agreements.FORM)

    @property
    def version(self) -> int:
        """Its version now."""
        found: int = Tables(self.app).one(select(DocumentPart.version).where(DocumentPart.document_id == self.id))
        return found

    def write(self, who: str, **values: Any) -> None:
        """One of the two writes."""
        with self.app.test_request_context(), writing():
            opened = open_document(self.public_id, self.cast[who].id, lock=True)
            opened.demand("write", PART)
            kept = answers.readable(opened)
            answers.save(opened, [answers.Typed(name, value, kept.of(name).version) for name, value in values.items()])

    def tick(self, who: str, *keys: str) -> None:
        """One of the two saves which things may be said to others."""
        self.write(who, may_be_said=dict.fromkeys(keys, ""))

    def decide(self, who: str, verb: str, *, signed_as: str = "") -> None:
        """One of the two signs (with their name, or another) or ends it."""
        with self.app.test_request_context(), writing():
            opened = open_document(self.public_id, self.cast[who].id, lock=True)
            opened.demand(verb, PART)
            name = signed_as or self.cast[who].name if verb == "sign" else ""
            signoff.decide(opened, PART, verb, seen=opened.parts[PART].version, signed_as=name)

    def sign(self, *who: str) -> None:
        """Some of the two sign the text that stands now."""
        for one in who:
            self.decide(one, "sign")

    def in_force(self) -> bool:
        """Whether the coach and the teacher have one in force."""
        with self.app.test_request_context():
            coach, teacher = self.cast["coach"].id, self.cast["teacher"].id
            return agreements.in_force(session(), self.plan.id, coach, teacher)

    def settings(self) -> list[tuple[str, bool]]:
        """What may be said: each with whether it still may."""
        rows = Tables(self.app).all(
            select(AgreementSetting).where(AgreementSetting.document_id == self.id).order_by(AgreementSetting.id)
        )
        return [(row.key, row.until is None) for row in rows]


def start(app: Flask, cast: Cast, plan: Plan, *, by: str = "coach", teacher: str = "teacher") -> Agreement:
    """Start the agreement of the coach with this teacher, or find it."""
    with app.test_request_context(), writing():
        opened = open_document(plan.public_id, cast[by].id, lock=True)
        public_id = agreements.start(opened, plan.participants[teacher])
    assert public_id
    document = Tables(app).one(select(Document).where(Document.public_id == public_id))
    return Agreement(app, cast, plan, document.id, public_id)
