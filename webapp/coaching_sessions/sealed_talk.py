"""The comments on a coaching session: sealed with the circle's key, each bound to its place; told to members only."""

import secrets
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import aliased

from ..access import Opened
from ..clock import now
from ..confidential import hold, key_of, run, seal, unseal, wall
from ..database import ViewersSession, session
from ..documents import doorbell
from ..documents.talk import Colleague, New, Quote, Remark, Thread
from ..people import mail
from ..people.models import Person
from . import access_log, circles, firewall
from .models import CircleMember, CircleNews, ConfidentialRecord, SealedComment

_by, _settled, _theirs = aliased(Person), aliased(Person), aliased(CircleMember)
_HERE = (SealedComment.record_id == bindparam("record_id"), wall(SealedComment))
_COMMENTS = (
    select(
        SealedComment.id,
        SealedComment.mark,
        SealedComment.section,
        SealedComment.thread_id,
        SealedComment.sealed,
        SealedComment.by_id,
        SealedComment.at,
        SealedComment.resolved_at,
        _by.name,
        _settled.name.label("resolved_by"),
    )
    .join(_by, _by.id == SealedComment.by_id)
    .outerjoin(_settled, _settled.id == SealedComment.resolved_by_id)
    .where(*_HERE)
    .order_by(SealedComment.id)
)
_THREAD = select(SealedComment).where(
    SealedComment.record_id == bindparam("record_id"), SealedComment.mark == bindparam("thread")
)
_PEOPLE = (
    select(_theirs.person_id, Person.public_id)
    .join(Person, Person.id == _theirs.person_id)
    .where(_theirs.circle_id == bindparam("circle_id"), wall(_theirs))
)


class SealedTalk:
    """The comments on one record of one circle, as its viewer may read and write them."""

    def __init__(self, opened: Opened, circle_id: int) -> None:
        self.opened, self.circle_id = opened, circle_id

    # ------------------------------------------------------------ what is said

    def threads(self) -> dict[str, list[Thread]]:
        """The threads of the record, by section, oldest first."""
        db = session()
        key, known = key_of(db, self.circle_id), dict[int, Thread]()
        found: dict[str, list[Thread]] = {}
        names = {one.public_id: one.name for one in circles.members(db, self.circle_id)}
        for row in run(db, _COMMENTS, record_id=self.opened.id):
            said = unseal(key, row.sealed, *self._place(row.section, row.mark, row.thread_id))
            if row.thread_id is None:
                known[row.id] = _thread(row, said["quote"])
                found.setdefault(row.section, []).append(known[row.id])
            told = tuple(sorted(names[one] for one in said["told"] if one in names))
            known[row.thread_id or row.id].remarks.append(Remark(row.name, row.by_id, row.at, said["body"], told))
        return found

    def colleagues(self) -> dict[str, list[Colleague]]:
        """The other members of the circle to whom the record opens today."""
        db = session()
        known = {row.person_id: row.public_id for row in run(db, _PEOPLE, circle_id=self.circle_id)}
        opens = firewall.opens_for(db, self.circle_id, known)
        people = [
            Colleague(one, known[one], name, in_circle=True)
            for one, name in sorted(opens.items(), key=lambda item: item[1])
            if one != self.opened.reader_id
        ]
        return {part.key: people for part in self.opened.form.parts}

    # ------------------------------------------------------------ saying something

    def keep(self, new: New) -> None:
        """Keep a comment of the reader's, and tell those to whom it speaks."""
        db = session()
        hold(db, {self.circle_id})  # first of all: whoever writes has the circle before the record
        thread = self._stored(db, new.thread) if new.thread else None
        db.add(self._sealed(db, new, thread.id if thread else None))
        if thread is not None:
            thread.resolved_at = thread.resolved_by_id = None
        db.flush()
        for one in new.told:
            self._tell(db, one.person_id)
        self._stir(db, "commented")

    def _sealed(self, db: ViewersSession, new: New, thread_id: int | None) -> SealedComment:
        mark = secrets.token_urlsafe(12)
        quote = asdict(new.quote) if new.quote else None
        said = {"body": new.body, "quote": quote, "told": [one.public_id for one in new.told]}
        sealed = seal(key_of(db, self.circle_id), said, *self._place(new.section, mark, thread_id))
        assert sealed is not None
        return SealedComment(
            mark=mark,
            circle_id=self.circle_id,
            record_id=self.opened.id,
            section=new.section,
            thread_id=thread_id,
            sealed=sealed,
            by_id=self.opened.reader_id,
        )

    def _tell(self, db: ViewersSession, person_id: int) -> None:
        news = {"circle_id": self.circle_id, "person_id": person_id, "kind": "asked", "about_id": self.opened.reader_id}
        if db.scalar(select(CircleNews.id).filter_by(**news, seen_at=None).limit(1)) is None:
            db.add(CircleNews(**news))
            db.flush()
        mail.enqueue(person_id, "notice", path="/")

    def resolve(self, thread: Thread, *, resolved: bool) -> None:
        """The reader says that a thread is done, or opens it again."""
        db = session()
        hold(db, {self.circle_id})
        stored = self._stored(db, thread.public_id)
        stored.resolved_at = now() if resolved else None
        stored.resolved_by_id = self.opened.reader_id if resolved else None
        db.flush()
        self._stir(db, "resolved a comment" if resolved else "opened a comment")

    def _stir(self, db: ViewersSession, act: str) -> None:
        db.execute(
            update(ConfidentialRecord)
            .where(ConfidentialRecord.id == self.opened.id)
            .values(around=ConfidentialRecord.around + 1),
            execution_options={"synchronize_session": False},
        )
        access_log.append(db, self.opened.id, self.circle_id, act)
        doorbell.ring(self.opened.address)

    def _stored(self, db: ViewersSession, thread: str) -> SealedComment:
        return db.scalars(_THREAD, {"record_id": self.opened.id, "thread": thread}).one()

    def _place(self, section: str, mark: str, thread_id: int | None) -> tuple[Any, ...]:
        return ("comment", self.circle_id, self.opened.id, section, mark, thread_id or 0)


def _thread(row: Any, quote: dict[str, Any] | None) -> Thread:
    said = Quote(**quote) if quote else None
    return Thread(row.mark, row.section, False, said, row.resolved_at, row.resolved_by or "")
