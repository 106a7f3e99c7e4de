"""Approvals that race with edits: nobody ever approves a text that they were not shown, in five hundred tries."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from flask import Flask
from sqlalchemy import select, update

from tests import plans
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan
from tests.tables import Tables
from webapp import access
from webapp.database import writing
from webapp.documents import answers, signoff, standing
from webapp.documents.models import Decision, DocumentPart

PROMPT = "school_goal"


@dataclass(frozen=True)
class Try:
    """One try to approve: what the principal was shown, and what came of it."""

    shown: str  # the hash of the text on the page
    text: str
    version: int
    done: bool
    page: str


class Desk:
    """One plan with its principal, who reads and approves, and its coach, who types at that very moment."""

    tries = 50

    def __init__(self, app: Flask, cast: Cast, plan: Plan, principal: Client, coach: Client, seed: int) -> None:
        self.app, self.plan, self.principal, self.coach = app, plan, principal, coach
        self.reader_id, self.writer_id = cast["principal"].id, cast["coach"].id
        self.tables = Tables(app)
        self.chance = random.Random(seed)

    def race(self) -> list[Try]:
        """As many tries as there are to be."""
        with ThreadPoolExecutor(1) as other:
            return [self._once(other, number) for number in range(self.tries)]

    def _once(self, other: ThreadPoolExecutor, number: int) -> Try:
        here = (DocumentPart.document_id == self.plan.id, DocumentPart.part == "part1")
        self.tables.do(update(DocumentPart).where(*here).values(state="submitted"))
        version, shown, text, base = self._read()
        start = Barrier(2)
        pause = self.chance.choice([0, 0, 0.001, 0.003])  # seconds by which the one who types is ahead
        typing = other.submit(self._type, start, f"goal {number}", base) if self.chance.random() < 0.8 else None
        if typing:
            start.wait()
        time.sleep(pause)
        answer = self._approve(version)
        if typing:
            typing.result()
        return Try(shown, text, version, *answer)

    def _read(self) -> tuple[int, str, str, int]:
        """What the page that the principal reads is made of."""
        with self.app.app_context():
            opened = access.open_document(self.plan.public_id, self.reader_id)
            read = answers.readable(opened)
            part = self.plan.form.parts[0]
            said = standing.of_answers(part, read.values())
            shown = standing.fingerprint(self.plan.form, part, said)
            return opened.parts["part1"].version, shown, read.value(PROMPT), read.of(PROMPT).version

    def _approve(self, seen: int) -> tuple[bool, str]:
        """Whether it was done, and the page that came of it."""
        code, page = self.principal.answer(f"{self.plan.path}/part1/approve", {"seen": str(seen)})
        assert code in (303, 409), page
        return code == 303, page

    def _type(self, start: Barrier, text: str, base: int) -> None:
        start.wait()
        sent = {f"v.{PROMPT}": str(base), PROMPT: text}
        assert self.coach.answer(f"{self.plan.path}/answers/{PROMPT}", sent)[0] == 200


class BareDesk(Desk):
    """The same without the pages around it, for more tries in less time."""

    tries = 150

    def _approve(self, seen: int) -> tuple[bool, str]:
        try:
            with self.app.app_context(), writing():
                opened = access.open_document(self.plan.public_id, self.reader_id, lock=True)
                signoff.decide(opened, "part1", "approve", seen=seen)
        except signoff.TextHasChanged:
            return False, ""
        return True, ""

    def _type(self, start: Barrier, text: str, base: int) -> None:
        start.wait()
        with self.app.app_context(), writing():
            opened = access.open_document(self.plan.public_id, self.writer_id, lock=True)
            assert answers.save(opened, [answers.Typed(PROMPT, text, base)])[0].changed


def test_no_approval_of_a_text_that_was_not_shown(app: Flask, cast: Cast, as_: Callable[[str], Client]) -> None:
    desks = [
        kind(app, cast, plans.write(app, cast, part1="submitted"), as_("principal"), as_("coach"), seed)
        for seed, kind in enumerate([Desk, BareDesk, BareDesk, BareDesk])
    ]
    with ThreadPoolExecutor(len(desks)) as pool:
        tries = dict(zip(desks, pool.map(Desk.race, desks), strict=True))
    approved = refused = 0
    for desk, each in tries.items():
        decided = iter(_approvals(desk))
        for one in each:
            if one.done:
                decision = next(decided)
                assert (decision.part_version, decision.content_hash) == (one.version, one.shown)
                approved += 1
                continue
            refused += 1
            if one.page:
                assert "The text has changed since you read it" in one.page
                assert "Nothing was decided" in one.page
                assert f"{one.text.split()[-1]}</del>" in one.page, "the page shows what is different"
        wrong = [one for one in _approvals(desk)[::10] if one.content_hash != _hash_at(desk, one.part_version)]
        assert wrong == [], "the history can bring back exactly what was approved"
        assert next(decided, None) is None, "every approval was somebody's"
    assert approved + refused == 500
    assert min(approved, refused) > 50, (approved, refused)


def _approvals(desk: Desk) -> list[Decision]:
    mine = (Decision.document_id == desk.plan.id, Decision.kind == "approved")
    return desk.tables.all(select(Decision).where(*mine).order_by(Decision.id))


def _hash_at(desk: Desk, version: int) -> str:
    with desk.app.app_context():
        part = desk.plan.form.parts[0]
        return standing.fingerprint(desk.plan.form, part, standing.content_at(desk.plan.id, part, version))
