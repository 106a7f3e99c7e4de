"""Where a part stands: its content as one value with a hash, its version, and what earlier decisions still say about it."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, not_, select, update
from sqlalchemy.orm import aliased

from ..access import Opened, among, row_agreed_by_all
from ..clock import now
from ..database import execute, session
from ..forms.declaration import DocumentForm, Part, SignOff
from ..forms.kinds import Rows
from . import disclosure, doorbell
from .models import Answer, Decision, DocumentPart, Participant, PartState, Revision, RowAgreement, Standing

Content = dict[str, Any]


# Statements that every save runs: built once, because building one takes longer than running it.
_THIS_PART = (DocumentPart.document_id == bindparam("document"), DocumentPart.part == bindparam("key"))
_BUMP = (
    update(DocumentPart)
    .where(*_THIS_PART)
    .values(version=DocumentPart.version + 1, changed_at=bindparam("at"), changed_by_id=bindparam("by"))
    .returning(DocumentPart.version)
)
_STIR = update(DocumentPart).where(*_THIS_PART).values(around=DocumentPart.around + 1)
_CONTENT = (
    select(Answer.prompt, Answer.row, Answer.value)
    .where(Answer.document_id == bindparam("document"), Answer.part == bindparam("key"))
    .order_by(Answer.position, Answer.row)
)
_LAST_APPROVAL = (
    select(Decision.content_hash)
    .where(
        Decision.document_id == bindparam("document"), Decision.part == bindparam("key"), Decision.kind == "approved"
    )
    .order_by(Decision.id.desc())
    .limit(1)
)
_SETTLE_APPROVAL = (
    update(DocumentPart)
    .where(*_THIS_PART, among(DocumentPart.state, PartState.APPROVED, PartState.CHANGED))
    .values(state=bindparam("settled"))
)
_REVIEWS = select(Decision.kind, Decision.person_id, Decision.content_hash).where(
    Decision.document_id == bindparam("document"),
    Decision.part == bindparam("key"),
    among(Decision.kind, "reviewed", "agreed"),
)

_STANDS = select(DocumentPart.state, DocumentPart.version).where(*_THIS_PART)
_IN_FORCE = update(DocumentPart).where(*_THIS_PART).values(state=PartState.SIGNED)
_SIGNERS = select(Decision.person_id).where(
    Decision.document_id == bindparam("document"),
    Decision.part == bindparam("key"),
    Decision.kind == "signed",
    Decision.part_version == bindparam("version"),
)


# What nobody stands by any more: agreements to a row as it was worded before, or that was taken out.
_DROP = (
    delete(RowAgreement)
    .where(
        RowAgreement.document_id == bindparam("document"),
        not_(
            exists().where(
                Answer.document_id == RowAgreement.document_id,
                Answer.prompt == RowAgreement.prompt,
                Answer.row == RowAgreement.row,
                Answer.version == RowAgreement.version,
                Answer.value.is_not(None),
            )
        ),
    )
    .returning(RowAgreement.row)
)


def bump(opened: Opened, part: str) -> int:
    """Count one change of this part; gives its new version."""
    doorbell.ring(opened.address)
    changed = {"document": opened.id, "key": part, "at": now(), "by": opened.reader_id}
    return int(execute(_BUMP, changed).scalar_one())


def stir(opened: Opened, part: str) -> None:
    """Something beside the answers of this part changes: a comment, a decision, an agreement, the order of rows."""
    execute(_STIR, {"document": opened.id, "key": part})
    doorbell.ring(opened.address)


# ---------------------------------------------------------------- content


def content(document_id: int, part: type[Part]) -> Content:
    """What the part says now: each prompt's value, lists as the values of their rows in order."""
    rows = execute(_CONTENT, {"document": document_id, "key": part.key})
    return _assemble(part, rows)


def content_at(document_id: int, part: type[Part], version: int) -> Content:
    """What the part said at an earlier version."""
    later = aliased(Revision)
    superseded = exists().where(
        later.document_id == Revision.document_id,
        later.prompt == Revision.prompt,
        later.row == Revision.row,
        later.aside.is_(False),
        later.part_version <= version,
        later.id > Revision.id,
    )
    rows = session().execute(
        select(Revision.prompt, Revision.row, Revision.value)
        .where(
            Revision.document_id == document_id,
            Revision.part == part.key,
            Revision.part_version <= version,
            Revision.aside.is_(False),
            not_(superseded),
        )
        .order_by(Revision.position, Revision.row)
    )
    return _assemble(part, rows)


def _assemble(part: type[Part], rows: Any) -> Content:
    found: Content = {}
    for prompt, row, value in rows:
        if row and value is not None and any(value.values()):
            found.setdefault(prompt, []).append(value)
        elif not row and value is not None:
            found[prompt] = value
    return {prompt.name: found[prompt.name] for prompt in part.prompts() if prompt.name in found}


def of_answers(part: type[Part], values: Mapping[str, Any]) -> Content:
    """The same, from answers already read."""
    return {prompt.name: values[prompt.name] for prompt in part.prompts() if values.get(prompt.name)}


def fingerprint(form: type[DocumentForm], part: type[Part], said: Content) -> str:
    """SHA-256 over the prompts' keys and values (JSON, keys sorted), with the form and its version."""
    said = {key: value for key, value in said.items() if value}
    exact = json.dumps([form.key, form.version, part.key, said], sort_keys=True, ensure_ascii=False)
    return sha256(exact.encode()).hexdigest()


def current_fingerprint(opened: Opened, part: str) -> str:
    """The hash of what the part says now."""
    declared = opened.form.part(part)
    return fingerprint(opened.form, declared, content(opened.id, declared))


# ---------------------------------------------------------------- what still holds


def settle(opened: Opened, part: str) -> None:
    """After a change: does the approval, the review, each member's agreement still speak of this text?"""
    sign_off = opened.form.part(part).sign_off
    if sign_off is SignOff.APPROVAL:
        _settle_approval(opened, part)
    elif sign_off is SignOff.REVIEW:
        _settle_review(opened, part)
    elif sign_off is SignOff.ROW_BY_ROW:
        if execute(_DROP, {"document": opened.id}).all():
            stir(opened, part)  # open pages stop saying who agrees
        _set(opened, part, agreed=_every_row_agreed(opened, part))
    elif sign_off is SignOff.SIGNATURES:
        _settle_signatures(opened, part)


def _settle_approval(opened: Opened, part: str) -> None:
    here = {"document": opened.id, "key": part}
    approved = execute(_LAST_APPROVAL, here).scalar()
    if approved is None:
        return
    state = PartState.APPROVED if approved == current_fingerprint(opened, part) else PartState.CHANGED
    execute(_SETTLE_APPROVAL, here | {"settled": state})


def _settle_review(opened: Opened, part: str) -> None:
    decisions = execute(_REVIEWS, {"document": opened.id, "key": part}).all()
    if not decisions:
        return
    now_says = current_fingerprint(opened, part)
    members = set(member_ids(opened.id))
    agreed = {row.person_id for row in decisions if row.kind == "agreed" and row.content_hash == now_says}
    reviewed = any(row.kind == "reviewed" and row.content_hash == now_says for row in decisions)
    _set(opened, part, reviewed=reviewed, agreed=len(members) > 1 and members <= agreed)


def _settle_signatures(opened: Opened, part: str) -> None:
    """Signed is what every member signed in this very version: a word changed there and back asks again."""
    here = {"document": opened.id, "key": part}
    state, version = execute(_STANDS, here).one()
    members = set(member_ids(opened.id))
    signed = len(members) > 1 and members <= signers(opened.id, part, version)
    _set(opened, part, agreed=signed)
    declared = opened.form.part(part)
    ended = state == PartState.ENDED
    ticked = set() if ended else set(content(opened.id, declared).get(declared.settings) or {})
    disclosure.keep_only(opened.id, ticked, ended=ended)
    if signed and not ended:
        execute(_IN_FORCE, here)
        disclosure.allow(opened.id, ticked)


def signers(document_id: int, part: str, version: int) -> set[int]:
    """The people who have signed this version of a part."""
    return set(session().scalars(_SIGNERS, {"document": document_id, "key": part, "version": version}))


def _every_row_agreed(opened: Opened, part: str) -> bool:
    names = [prompt.name for prompt in opened.form.part(part).prompts() if isinstance(prompt, Rows) and prompt.agreed]
    here = and_(Answer.document_id == opened.id, Answer.prompt.in_(names), Answer.row != "", Answer.value.is_not(None))
    total = session().scalar(select(func.count()).select_from(Answer).where(here)) or 0
    ours = session().scalar(select(func.count()).select_from(Answer).where(here, row_agreed_by_all(Answer))) or 0
    return 0 < total == ours and len(member_ids(opened.id)) > 1


def _set(opened: Opened, part: str, **values: bool) -> None:
    session().execute(
        update(DocumentPart).where(DocumentPart.document_id == opened.id, DocumentPart.part == part).values(**values)
    )


def member_ids(document_id: int) -> list[int]:
    """The people in the circle, confirmed, with accounts."""
    found = session().scalars(
        select(Participant.person_id).where(
            Participant.document_id == document_id,
            Participant.in_circle,
            Participant.standing == Standing.CONFIRMED,
            Participant.person_id.is_not(None),
        )
    )
    return [person_id for person_id in found if person_id is not None]
