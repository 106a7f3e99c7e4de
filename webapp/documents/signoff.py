"""Sending, approving, returning, sharing, reviewing, agreeing, signing: every move of a part happens here and nowhere else.

Each decision is bound to the version the person was shown and to the hash of its content. A
decision about a text that has changed in the meantime is refused.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update

from ..access import Opened, allowed_parts, bind
from ..clock import now
from ..database import Statement, execute, session
from ..forms.declaration import DocumentForm
from ..once import once
from ..people import mail
from . import standing
from .models import Decision, DocumentPart, Participant, PartState, Standing
from .signals import about_to_sign


class TextHasChanged(Exception):
    """Somebody saved since this person read the text; nothing was decided."""


class ReasonMissing(ValueError):
    """Returning Part 1 needs a reason, or the coach cannot know what to change."""


class NameMissing(ValueError):
    """A signature is a typed name."""


@dataclass(frozen=True)
class Move:
    """One decision: the verb that gives the right, its name in the records, and the state it leads to, if any."""

    verb: str
    kind: str
    to: PartState | None
    tells: str = ""  # which participants hear of it: those in a role, or the others in the circle
    at_any_version: bool = False  # it is not about the text


CIRCLE = "circle"
MOVES = {
    "submit": Move("submit", "submitted", PartState.SUBMITTED, tells="principal"),
    "approve": Move("approve", "approved", PartState.APPROVED, tells="coach"),
    "return": Move("return", "returned", PartState.RETURNED, tells="coach"),
    "share": Move("share", "shared", PartState.SHARED, tells="principal"),
    "take_back": Move("take_back", "taken_back", PartState.DRAFT),
    "review": Move("review", "reviewed", None, tells="coach"),
    "agree": Move("agree", "agreed", None),
    "sign": Move("sign", "signed", None, tells=CIRCLE),
    "end": Move("end", "ended", PartState.ENDED, tells=CIRCLE, at_any_version=True),
}


def decide(opened: Opened, part: str, verb: str, *, seen: int, remark: str = "", signed_as: str = "") -> None:
    """Carry out one decision about the version that was seen.

    Call within a write transaction whose reader may do this. Raises TextHasChanged, ReasonMissing, NameMissing.
    """
    move = MOVES[verb]
    if verb == "return" and not remark:
        raise ReasonMissing
    if verb == "sign":
        if not signed_as:
            raise NameMissing
        about_to_sign.send(person_id=opened.reader_id)
    if move.at_any_version:
        seen = opened.parts[part].version
    elif verb == "sign" and _signed_already(opened, part, seen):
        return
    _move(opened, part, seen, _state_after(opened, part, move))
    session().add(
        Decision(
            document_id=opened.id,
            part=part,
            kind=move.kind,
            person_id=opened.reader_id,
            at=now(),
            part_version=seen,
            content_hash=standing.current_fingerprint(opened, part),
            remark=remark,
            signed_as=signed_as,
        )
    )
    session().flush()
    standing.settle(opened, part)
    standing.stir(opened, part)
    _tell(opened, move.tells)


def _signed_already(opened: Opened, part: str, seen: int) -> bool:
    return seen == opened.parts[part].version and opened.reader_id in standing.signers(opened.id, part, seen)


def _state_after(opened: Opened, part: str, move: Move) -> str:
    """A part taken back from the principal goes to where it was before: changed if it was approved once."""
    if move.verb == "take_back" and _was_approved(opened, part):
        return PartState.CHANGED
    return move.to or opened.parts[part].state


def _was_approved(opened: Opened, part: str) -> bool:
    found = select(Decision.id).where(
        Decision.document_id == opened.id, Decision.part == part, Decision.kind == "approved"
    )
    return session().scalar(found.limit(1)) is not None


def _move(opened: Opened, part: str, seen: int, to: str) -> None:
    """One statement holds the version, the state it comes from and the state it goes to: nothing slips between."""
    moved = session().execute(
        update(DocumentPart)
        .where(
            DocumentPart.document_id == opened.id,
            DocumentPart.part == part,
            DocumentPart.version == seen,
            DocumentPart.state == opened.parts[part].state,
        )
        .values(state=to)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise TextHasChanged


def _tell(opened: Opened, role: str) -> None:
    if not role:
        return
    people = session().scalars(
        select(Participant.person_id).where(
            Participant.document_id == opened.id,
            Participant.in_circle if role == CIRCLE else Participant.role == role,
            Participant.standing == Standing.CONFIRMED,
            Participant.person_id.is_not(None),
            Participant.person_id != opened.reader_id,
        )
    )
    for person_id in people:
        if person_id is not None:
            mail.enqueue(person_id, "notice", path=f"/plans/{opened.public_id}")


@dataclass(frozen=True)
class Decided:
    """One decision as a reader may know it."""

    kind: str
    person_id: int
    name: str
    at: datetime
    part_version: int
    content_hash: str
    remark: str
    signed_as: str


def decisions(opened: Opened, part: str) -> list[Decided]:
    """What was decided about a part, newest first, as far as the reader may know it.

    Reasons are for those who may comment; that something was taken back is for the circle.
    """
    found = execute(_decisions(opened.form), {"document_id": opened.id, "part": part, **bind(opened.reader_id)})
    reasons = opened.may("comment", part)
    return [Decided(**{**row._mapping, "remark": row.remark if reasons else ""}) for row in found]


@once
def _decisions(form: type[DocumentForm]) -> Statement:
    may = allowed_parts(form, "read")
    return (
        select(
            Decision.kind,
            Decision.person_id,
            Decision.name,
            Decision.at,
            Decision.part_version,
            Decision.content_hash,
            Decision.remark,
            Decision.signed_as,
        )
        .join(may, and_(may.c.document_id == Decision.document_id, may.c.part == Decision.part))
        .where(Decision.part == bindparam("part"), or_(may.c.history, Decision.kind != "taken_back"))
        .order_by(Decision.id.desc())
    )


def last(found: list[Decided], kind: str) -> Decided | None:
    """The newest decision of a kind."""
    return next((decided for decided in found if decided.kind == kind), None)
