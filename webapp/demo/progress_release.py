"""What Maya, Daniel and Hannah show their principal of their progress: one page, to which all three agreed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from .. import clock
from ..access import open_document
from ..coaching_sessions import received, records, releases
from ..coaching_sessions.records import OpenRecord
from ..database import look_as, session, writing
from ..documents import answers
from ..people.models import Mail, Person
from .alder_creek import EVIDENCE
from .calendar import Days

MEMBERS = ("coach", "teacher", "teacher2")
READER = "principal"
TEXTS = {
    "release_heading": "Our coaching so far: lab reports that data supports",
    "release_words": "Since the start of the year, we have planned four labs together and scored three sets of reports "
    "with one rubric. At the end of a lab, students now say which number supports their sentence, and we wait longer "
    "before anyone answers.\n\nIt takes ten minutes that we used to spend on cleaning up. We think they are well spent.",
    "note_to_reader": "The share is of 96 students, so please read a few points up or down with care. What would help us "
    "most in spring: keeping period 5 on Tuesdays free for all three of us.",
}


def let_happen(people: dict[str, Person], plan_public_id: str) -> None:
    """Written by the coach, agreed to by all, read by the principal."""
    days = Days(EVIDENCE.begun, last_year=False)
    with clock.at(days.moment(42)):
        public_id = _compose(people, plan_public_id)
    with clock.at(days.moment(43)):
        for who in MEMBERS[1:]:
            with _opened(people[who], public_id) as opened:
                releases.answer(opened, seen=releases.page_of(opened).fingerprint, agrees=True)
        with _as(people[READER]) as reader_id:
            received.read(public_id, reader_id, releases.READ)
    with writing() as db:
        db.execute(delete(Mail))  # nobody waits for news of an invented past


def _compose(people: dict[str, Person], plan_public_id: str) -> str:
    coach = people[MEMBERS[0]]
    with _as(coach) as coach_id:
        public_id = releases.compose(open_document(plan_public_id, coach_id))
    with _opened(coach, public_id) as opened:
        answers.save(opened, [answers.Typed(prompt, value, 0) for prompt, value in _said(opened, people).items()])
        key, words = opened.offers("measures")[0]
        answers.add_row(opened, "shown_measures", {"shown_measure": f"{key} {words}"})
    with _opened(coach, public_id) as opened:
        releases.ask(opened, seen=releases.page_of(opened).fingerprint)
    return public_id


def _said(opened: OpenRecord, people: dict[str, Person]) -> dict[str, Any]:
    readers = [one.kept for one in releases.possible_readers(opened) if one.id == people[READER].id]
    return {**TEXTS, "readers": readers, "readable_until": (clock.today() + timedelta(days=120)).isoformat()}


@contextmanager
def _opened(person: Person, public_id: str) -> Iterator[OpenRecord]:
    with _as(person) as reader_id:
        opened = records.find("release", public_id, reader_id)
        assert opened is not None
        yield opened
        session().flush()


@contextmanager
def _as(person: Person) -> Iterator[int]:
    """One write transaction of this person."""
    look_as(person.id)
    try:
        with writing():
            yield person.id
    finally:
        look_as(None)
