"""Where the answers of a confidential record are kept: sealed with the circle's key, each bound to its place."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from ..access import bind
from ..clock import now
from ..confidential import MINE, hold, key_of, seal, unseal, wall
from ..database import ViewersSession, execute, session
from ..documents import doorbell
from ..documents.keeping import Changed, Kept, Key, Looking, Newer, Text
from ..documents.past import Past, Stood, numbered, skipped
from ..documents.text_operations import Typing
from ..keys import Unreadable
from ..people.models import Person
from . import firewall
from .models import ConfidentialRecord, SealedAnswer, SealedRevision
from .signals import record_changed

_newer = aliased(SealedRevision)
_waiting = exists().where(
    _newer.record_id == SealedAnswer.record_id,
    _newer.prompt == SealedAnswer.prompt,
    _newer.row == SealedAnswer.row,
    _newer.aside.is_(True),
    _newer.compared_at.is_(None),
    _newer.circle_id.in_(MINE),
)
_past = aliased(SealedRevision)
_was_newer = exists().where(
    _past.record_id == SealedAnswer.record_id,
    _past.prompt == SealedAnswer.prompt,
    _past.row == SealedAnswer.row,
    _past.version > SealedAnswer.version,
    _past.aside.is_(False),
    _past.circle_id.in_(MINE),
)
# Statements that every page and every save runs: built once, because building one takes longer than running it.
_READABLE = (
    select(
        SealedAnswer.prompt,
        SealedAnswer.row,
        SealedAnswer.position,
        SealedAnswer.sealed,
        SealedAnswer.version,
        _waiting.label("aside"),
        _was_newer.label("was_newer"),
    )
    .where(SealedAnswer.record_id == bindparam("record_id"), wall(SealedAnswer))
    .order_by(SealedAnswer.position, SealedAnswer.row)
)
_CURRENT = (
    select(
        SealedAnswer.prompt,
        SealedAnswer.row,
        SealedAnswer.position,
        SealedAnswer.sealed,
        SealedAnswer.version,
        SealedAnswer.changed_at,
        Person.name,
    )
    .join(Person, Person.id == SealedAnswer.changed_by_id)
    .where(
        SealedAnswer.record_id == bindparam("record_id"),
        SealedAnswer.prompt.in_(bindparam("prompts", expanding=True)),
        wall(SealedAnswer),
    )
)
_PAST = (
    SealedRevision.id,
    SealedRevision.prompt,
    SealedRevision.row,
    SealedRevision.version,
    SealedRevision.at,
    Person.name,
    SealedRevision.by_id,
    SealedRevision.aside,
    and_(SealedRevision.aside, SealedRevision.compared_at.is_(None)),
    SealedRevision.restored_from.is_not(None),
    SealedRevision.sealed.is_(None),
)
_SAID = (
    SealedRevision.id,
    SealedRevision.prompt,
    SealedRevision.row,
    SealedRevision.position,
    SealedRevision.version,
    SealedRevision.mark,
    SealedRevision.sealed,
)
_OF_RECORD = (SealedRevision.record_id == bindparam("record_id"), wall(SealedRevision))
_HERE = (SealedRevision.prompt == bindparam("prompt"), SealedRevision.row == bindparam("row"))
_HEADERS = (
    select(*_PAST).join(Person, Person.id == SealedRevision.by_id).where(*_OF_RECORD).order_by(SealedRevision.id.desc())
)
_NEWEST_ALL = _HEADERS.limit(bindparam("most")).offset(bindparam("skipped"))
_NEWEST = _NEWEST_ALL.where(*_HERE)
_COUNT_ALL = select(func.count(SealedRevision.id)).where(*_OF_RECORD)
_COUNT = _COUNT_ALL.where(*_HERE)
_WAITS = _HEADERS.where(*_HERE, SealedRevision.aside, SealedRevision.compared_at.is_(None))
_TEXTS = select(*_SAID).where(*_OF_RECORD, SealedRevision.id.in_(bindparam("ids", expanding=True)))
_BEFORE = (
    select(*_SAID)
    .where(*_OF_RECORD, *_HERE, SealedRevision.aside.is_(False), SealedRevision.id < bindparam("id"))
    .order_by(SealedRevision.id.desc())
    .limit(1)
)


def _stood(*then: Any) -> Any:
    """Everything as it stood: of each place the newest revision of which `then` is true."""
    old = aliased(SealedRevision)
    newest = (
        select(func.max(old.id))
        .where(old.record_id == bindparam("record_id"), wall(old), old.aside.is_(False), *(one(old) for one in then))
        .group_by(old.prompt, old.row)
    )
    found = select(*_SAID).where(*_OF_RECORD, SealedRevision.id.in_(newest))
    return found.order_by(SealedRevision.position, SealedRevision.row)


_STOOD = _stood(lambda old: old.at < bindparam("until", type_=SealedRevision.at.type))
_STOOD_AT = _stood(lambda old: old.part_version <= bindparam("version"))


def answer_place(circle_id: int, record_id: int, prompt: str, row: str, version: int) -> tuple[object, ...]:
    """What the seal of an answer is bound to."""
    return ("answer", circle_id, record_id, prompt, row, version)


class SealedKeeper:
    """The answers of one record of one circle, as its viewer may read and write them."""

    def __init__(self, record_id: int, circle_id: int, address: str = "") -> None:
        self.record_id, self.circle_id, self.address = record_id, circle_id, address

    # ------------------------------------------------------------ sealing

    def secret(self) -> bytes:
        """The circle's key: who is not in it, or is sealed, opens nothing that waits in a browser."""
        return self._key()

    def _key(self) -> bytes:
        return key_of(session(), self.circle_id)

    def _answer_place(self, prompt: str, row: str, version: int) -> tuple[object, ...]:
        return answer_place(self.circle_id, self.record_id, prompt, row, version)

    def _revision_place(self, prompt: str, row: str, version: int, mark: str) -> tuple[object, ...]:
        return ("revision", self.circle_id, self.record_id, prompt, row, version, mark)

    def _typing_place(self, prompt: str, row: str, version: int, mark: str) -> tuple[object, ...]:
        return ("typing", self.circle_id, self.record_id, prompt, row, version, mark)

    # ------------------------------------------------------------ what stands

    def readable(self) -> Iterable[tuple[str, Kept]]:
        """Everything that stands in the record, in the order of the rows. keys.Unreadable where an older copy of an answer
        was put back: its history has a newer one."""
        key, reader_id = self._key(), _reader(session())
        for found in execute(_READABLE, {"record_id": self.record_id, **bind(reader_id)}):
            prompt, row, position, sealed, version, aside, was_newer = found
            if was_newer:
                raise Unreadable
            value = unseal(key, sealed, *self._answer_place(prompt, row, version))
            yield prompt, Kept(value, version, row, position, aside=bool(aside))

    def current(self, prompts: Iterable[str]) -> dict[Key, Kept]:
        """What stands at these prompts, with the name of who wrote it."""
        key, reader_id = self._key(), _reader(session())
        asked = {"record_id": self.record_id, "prompts": list(prompts), **bind(reader_id)}
        kept = {}
        for prompt, row, position, sealed, version, changed_at, name in execute(_CURRENT, asked):
            value = unseal(key, sealed, *self._answer_place(prompt, row, version))
            kept[prompt, row] = Kept(value, version, row, position, changed_at, name)
        return kept

    def last_position(self, prompt: str) -> int:
        """The highest position of a row of this list."""
        highest = select(func.max(SealedAnswer.position)).where(
            SealedAnswer.record_id == self.record_id, SealedAnswer.prompt == prompt
        )
        return session().scalar(highest) or 0

    def row_keys(self) -> set[Key]:
        """(list, row) of every row that there is or was."""
        rows = session().execute(
            select(SealedAnswer.prompt, SealedAnswer.row).where(
                SealedAnswer.record_id == self.record_id, SealedAnswer.row != ""
            )
        )
        return {(row.prompt, row.row) for row in rows}

    # ------------------------------------------------------------ writing

    def put(self, text: Text, *, new: bool) -> None:
        """Let this value stand."""
        db = session()
        answer = self._new(text) if new else self._stored(db, text.prompt, text.row)
        answer.sealed = seal(self._key(), text.value, *self._answer_place(text.prompt, text.row, text.version))
        answer.version, answer.position = text.version, text.position
        answer.changed_at, answer.changed_by_id = text.at, _reader(db)
        db.add(answer)
        db.flush()
        record_changed.send(circle_id=self.circle_id, what=text.prompt)

    def _new(self, text: Text) -> SealedAnswer:
        place = {"record_id": self.record_id, "circle_id": self.circle_id}
        return SealedAnswer(prompt=text.prompt, row=text.row, **place)

    def _stored(self, db: ViewersSession, prompt: str, row: str) -> SealedAnswer:
        return db.get_one(SealedAnswer, (self.record_id, prompt, row))

    def place(self, prompt: str, row: str, position: int) -> None:
        """Put a row at a position of its list."""
        db = session()
        self._stored(db, prompt, row).position = position
        db.flush()

    def bump(self, part: str) -> int:
        """Count one change of the record."""
        db = session()
        hold(db, {self.circle_id})  # first of all: whoever writes has the circle before the record
        counted = db.execute(
            update(ConfidentialRecord)
            .where(ConfidentialRecord.id == self.record_id)
            .values(version=ConfidentialRecord.version + 1, changed_at=now(), changed_by_id=_reader(db))
            .returning(ConfidentialRecord.version),
            execution_options={"synchronize_session": False},
        )
        if self.address:
            doorbell.ring(self.address)
        return int(counted.scalar_one())

    def stir(self, part: str) -> None:
        """The record's version counts this too."""

    def changed(self, part: str, since: int) -> list[Changed]:
        """Everything that was written in the record after that version."""
        found = (
            select(SealedRevision, Person.name)
            .join(Person, Person.id == SealedRevision.by_id)
            .where(
                SealedRevision.record_id == self.record_id,
                SealedRevision.part_version > since,
                SealedRevision.aside.is_(False),
            )
            .order_by(SealedRevision.id)
        )
        return [
            Changed(
                one.prompt,
                one.row,
                one.version,
                one.by_id,
                by,
                one.at,
                self._typing(one),
                one.key,
                one.page,
                one.part_version,
            )
            for one, by in session().execute(found)
        ]

    def settle(self, part: str) -> None:
        """Nothing is decided about a confidential record by its answers alone."""

    # ------------------------------------------------------------ history

    def revise(self, text: Text) -> None:
        """Write this value into the history."""
        db, mark = session(), secrets.token_urlsafe(12)
        where = (text.prompt, text.row, text.version, mark)
        sealed = seal(self._key(), text.value, *self._revision_place(*where))
        typing = None if text.operation is None else [text.operation, text.goes_on]
        db.add(
            SealedRevision(
                mark=mark,
                circle_id=self.circle_id,
                record_id=self.record_id,
                prompt=text.prompt,
                row=text.row,
                position=text.position,
                sealed=sealed,
                version=text.version,
                part_version=text.part_version,
                at=text.at,
                by_id=_reader(db),
                page=text.page,
                restored_from=text.restored_from,
                sealed_typing=seal(self._key(), typing, *self._typing_place(*where)),
                key=text.key,
            )
        )
        db.flush()

    def since(self, prompt: str, row: str, base: int, keys: Iterable[str] = ()) -> list[Newer]:
        """The values that stood here from version `base` on."""
        db = session()
        mine = and_(SealedRevision.key.in_(list(keys)), SealedRevision.by_id == _reader(db))
        found = db.scalars(
            self._of(prompt, row).where(or_(SealedRevision.version >= base, mine), SealedRevision.aside.is_(False))
        )
        return [
            Newer(past.by_id, past.page, past.version, self._said(past), self._typing(past), past.key) for past in found
        ]

    def _typing(self, past: SealedRevision) -> Typing | None:
        place = self._typing_place(past.prompt, past.row, past.version, past.mark)
        said = unseal(self._key(), past.sealed_typing, *place)
        return Typing(*said) if said else None

    def compared(self, prompt: str, row: str) -> None:
        """The texts set aside here wait no longer."""
        db = session()
        for waits in db.scalars(self._of(prompt, row).where(SealedRevision.aside.is_(True))):
            waits.compared_at = now()
        db.flush()

    def newest(self, prompt: str, row: str, *, below: int, most: int) -> list[Past]:
        """The newest revisions at one prompt, or everywhere."""
        asked = self._asked() | {"prompt": prompt, "row": row}
        total = execute(_COUNT_ALL if not prompt else _COUNT, asked).scalar_one()
        begin = skipped(total, below)
        rows = execute(_NEWEST_ALL if not prompt else _NEWEST, asked | {"most": most, "skipped": begin})
        return numbered(rows, total - begin)

    def waiting(self, prompt: str, row: str) -> list[Past]:
        """The revisions set aside here that wait to be compared."""
        asked = self._asked() | {"prompt": prompt, "row": row}
        return [Past(0, *found) for found in execute(_WAITS, asked)]

    def texts(self, ids: Collection[int]) -> dict[int, Any]:
        """What these revisions say."""
        found = execute(_TEXTS, self._asked() | {"ids": list(ids)})
        return {row.id: self._said(row) for row in found}

    def before(self, one: Past) -> Any:
        """What stood at its place before this revision."""
        asked = self._asked() | {"prompt": one.prompt, "row": one.row, "id": one.id}
        found = execute(_BEFORE, asked).first()
        return self._said(found) if found else None

    def stood(self, until: datetime) -> list[Stood]:
        """Everything that stood just before this moment."""
        return self._stood(_STOOD, until=until)

    def stood_at(self, part: str, version: int) -> list[Stood]:
        """The record as it stood at this version of it: it has only one part."""
        return self._stood(_STOOD_AT, version=version)

    def _stood(self, statement: Any, **then: Any) -> list[Stood]:
        found = execute(statement, self._asked() | then)
        return [Stood(row.prompt, row.row, row.position, self._said(row), row.version) for row in found]

    def _said(self, past: Any) -> Any:
        place = self._revision_place(past.prompt, past.row, past.version, past.mark)
        return unseal(self._key(), past.sealed, *place)

    def _asked(self) -> dict[str, Any]:
        self._key()  # who has none is not even told how much there is
        return {"record_id": self.record_id, **bind(_reader(session()))}

    def looking(self, people: Iterable[int], parts: frozenset[str]) -> dict[int, Looking]:
        """Those of these people, and the reader, for whom the record opens today."""
        db = session()
        found = firewall.opens_for(db, self.circle_id, [_reader(db), *people])
        return {one: Looking(name, parts) for one, name in found.items()} if _reader(db) in found else {}

    def _of(self, prompt: str, row: str) -> Any:
        return (
            select(SealedRevision)
            .where(
                SealedRevision.record_id == self.record_id, SealedRevision.prompt == prompt, SealedRevision.row == row
            )
            .order_by(SealedRevision.id)
        )


def _reader(db: ViewersSession) -> int:
    assert db.viewer is not None
    return db.viewer
