"""What stands at a few prompts of many records: one statement for all of them, each unsealed with its circle's key."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from ..access import bind
from ..confidential import keys_of, unseal, wall
from ..database import execute, session
from ..documents.answers import Answers
from ..documents.keeping import Kept
from .models import SealedAnswer
from .records import OpenRecord
from .sealed_keeper import answer_place

_AT = (
    select(
        SealedAnswer.record_id,
        SealedAnswer.circle_id,
        SealedAnswer.prompt,
        SealedAnswer.row,
        SealedAnswer.position,
        SealedAnswer.sealed,
        SealedAnswer.version,
        SealedAnswer.changed_at,
    )
    .where(
        SealedAnswer.record_id.in_(bindparam("record_ids", expanding=True)),
        SealedAnswer.prompt.in_(bindparam("prompts", expanding=True)),
        wall(SealedAnswer),
    )
    .order_by(SealedAnswer.position, SealedAnswer.row)
)


def at(opened: Iterable[OpenRecord], *prompts: str) -> dict[int, Answers]:
    """For each of these records of one reader (by its id) what stands at these prompts. SealedAccount as ever."""
    records = list(opened)
    found = {one.id: Answers() for one in records}
    if not records:
        return found
    keys = keys_of(session(), {one.circle_id for one in records})
    asked = {"record_ids": list(found), "prompts": list(prompts), **bind(records[0].reader_id)}
    for record_id, circle_id, prompt, row, position, sealed, version, changed_at in execute(_AT, asked):
        value = unseal(keys[circle_id], sealed, *answer_place(circle_id, record_id, prompt, row, version))
        kept = Kept(value, version, row, position, changed_at)
        if row:
            found[record_id].lists.setdefault(prompt, []).append(kept)
        else:
            found[record_id].single[prompt] = kept
    return found
