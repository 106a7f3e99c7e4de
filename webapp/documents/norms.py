"""Norms: each member agrees to each norm as it is worded; a norm is ours when all have. They open with Session 2."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
_SAYS = select(Answer.version, Answer.value).where(
    Answer.document_id == bindparam("document"),
    Answer.prompt == bindparam("prompt"),
    Answer.row == bindparam("row"),
    Answer.value.is_not(None),
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


@dataclass(frozen=True)
class Seen:
    """One row as a page shows it beside its tick: in which version and, where the page says so, with which words.

    The words count: a page may know of a newer version than it shows, or show what its reader has only just saved.
    """

    row: str
    version: int
    says: dict[str, Any] | None = None

    def is_what_stands(self, version: int, value: Any) -> bool:
        """Whether this is what the row says now."""
        return version == self.version if self.says is None else bool(value == self.says)


def agree(opened: Opened, prompt: str, seen: Iterable[Seen], *, agrees: bool = True) -> list[str]:
    """The reader ticks (or unticks) "I agree" at these rows; gives those that were passed over.

    Nobody agrees to words that they were not shown: a row that says something else now asks again.
    """
    part, _, declared = opened.form.prompt(prompt)
    if not (isinstance(declared, Rows) and declared.agreed):
        raise KeyError(prompt)
    counted, passed = 0, []
    for one in seen:
        here = {"document": opened.id, "prompt": prompt, "row": one.row}
        current = execute(_SAYS, here).first()
        if current is None or not one.is_what_stands(*current):
            passed.append(one.row)
            continue
        _forget(opened, prompt, one.row)
        if agrees:
            _note(opened, prompt, one.row, current.version)
        counted += 1
    if counted:
        standing.stir(opened, part.key)
    standing.settle(opened, part.key)
    return passed


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
