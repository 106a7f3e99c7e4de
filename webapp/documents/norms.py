"""Norms: each member agrees to each norm as it is worded; a norm is ours when all have. They open with Session 2."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select, update

from ..access import Opened
from ..clock import now
from ..database import execute, session
from ..forms.kinds import Rows
from ..people.models import Person
from . import standing
from .models import Answer, Document, Participant, RowAgreement, Standing

_AGREEMENTS = (
    select(RowAgreement.row, RowAgreement.person_id, Person.name)
    .join(Person, Person.id == RowAgreement.person_id)
    .join(
        Answer,
        (Answer.document_id == RowAgreement.document_id)
        & (Answer.prompt == RowAgreement.prompt)
        & (Answer.row == RowAgreement.row)
        & (Answer.version == RowAgreement.version),
    )
    .join(
        Participant,
        (Participant.document_id == RowAgreement.document_id)
        & (Participant.person_id == RowAgreement.person_id)
        & (Participant.standing == Standing.CONFIRMED),
    )
    .where(RowAgreement.document_id == bindparam("document_id"), RowAgreement.prompt == bindparam("prompt"))
    .order_by(Participant.id)
)


def agreements(opened: Opened, prompt: str) -> dict[str, dict[int, str]]:
    """For each row, those who agree to it as it is worded now (id → name). Only for the circle."""
    if not opened.may("history", opened.form.prompt(prompt)[0].key):
        return {}
    found: dict[str, dict[int, str]] = {}
    rows = execute(_AGREEMENTS, {"document_id": opened.id, "prompt": prompt})
    for row, person_id, name in rows:
        found.setdefault(row, {})[person_id] = name
    return found


def agree(opened: Opened, prompt: str, seen: Iterable[tuple[str, int]], *, agrees: bool = True) -> int:
    """The reader ticks (or unticks) "I agree" at these rows, as they were worded when seen; gives how many counted.

    A row that was reworded in between is passed over: it asks again.
    """
    part, _, declared = opened.form.prompt(prompt)
    if not (isinstance(declared, Rows) and declared.agreed):
        raise KeyError(prompt)
    counted = 0
    for row, version in seen:
        current = session().scalar(
            select(Answer.version).where(
                Answer.document_id == opened.id,
                Answer.prompt == prompt,
                Answer.row == row,
                Answer.value.is_not(None),
            )
        )
        if current == version:
            _forget(opened, prompt, row)
            if agrees:
                _note(opened, prompt, row, version)
            counted += 1
    if counted:
        standing.stir(opened, part.key)
    standing.settle(opened, part.key)
    return counted


def _forget(opened: Opened, prompt: str, row: str) -> None:
    session().execute(
        delete(RowAgreement).where(
            RowAgreement.document_id == opened.id,
            RowAgreement.prompt == prompt,
            RowAgreement.row == row,
            RowAgreement.person_id == opened.reader_id,
        )
    )


def _note(opened: Opened, prompt: str, row: str, version: int) -> None:
    session().execute(
        insert(RowAgreement).values(
            document_id=opened.id, prompt=prompt, row=row, person_id=opened.reader_id, version=version, at=now()
        )
    )


def say_session_2_was_held(opened: Opened) -> None:
    """The coach says that Session 2 has taken place: the norms open."""
    session().execute(update(Document).where(Document.id == opened.id).values(session_2_held_at=now()))
