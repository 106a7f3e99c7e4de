"""The access log of a confidential record: who opened, printed or released it, and who tried and was refused.

Each line has a mark, an HMAC-SHA-256 over the line and the mark before it, made with a key from the key ring: a line
that is changed, taken out or put in breaks the chain. That the end was cut off shows against the last line each member
saw, which is kept sealed with their membership (the witness), and against the code they can note down.

A refused try is written down under the address that was tried, whether there is anything or not: the work and the
time are the same, so nobody learns from it what exists.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import digest
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased

from .. import keys
from ..access import VIEWER
from ..clock import now
from ..confidential import key_of, lock, run, seal, unseal, wall
from ..database import ViewersSession, execute_in
from ..people.models import Person
from .models import CircleMember, ConfidentialRecord, LogEntry, RefusedTry

Chain = tuple[int, bytes]  # the number of the last line, and its mark
NOTHING: Chain = (0, b"")
SHOWN = 500  # lines on the page


@dataclass(frozen=True)
class Line:
    """One line as its circle reads it."""

    at: datetime
    who: str
    act: str
    about: str


@dataclass(frozen=True)
class Verdict:
    """What came of verifying: what is wrong, in words; "" if nothing is. `code` is the head to note down.

    `only_the_code`: the log itself is whole, but what was typed is not in it. It may be a slip of the pen.
    """

    problem: str
    lines: int
    code: str
    only_the_code: bool

    @property
    def holds(self) -> bool:
        """Whether the log is whole."""
        return not self.problem


# ---------------------------------------------------------------- writing it


def append(
    db: ViewersSession, record_id: int, circle_id: int, act: str, *, about_id: int | None = None, by: int | None = None
) -> Chain:
    """Write one line, by the viewer unless `by` says who (0: the site itself); gives the new head. Call within a write
    transaction."""
    lock(db, [circle_id])  # lines are written one after the other
    number, before = _head(db, record_id)
    who = db.viewer if by is None else by or None
    line = {"number": number + 1, "at": now(), "person_id": who, "act": act, "about_id": about_id}
    name = keys.ring().current
    mark = _mark(name, before, record_id, line)
    db.add(LogEntry(circle_id=circle_id, record_id=record_id, master_key=name, mark=mark, **line))
    db.flush()
    return number + 1, mark


def append_by_site(db: ViewersSession, record_id: int, circle_id: int, act: str, *, about_id: int) -> None:
    """Write a line for what comes from outside of the circle: an evaluation, a new password. Trusted callers only."""
    append(db, record_id, circle_id, act, about_id=about_id, by=0)


def opened(db: ViewersSession, record_id: int, circle_id: int, act: str, *, address: str = "") -> None:
    """A member opened (or printed, or exported) the record; what they saw of the log becomes their witness.

    `address`: the public id of the record, where it is known already.
    """
    head = append(db, record_id, circle_id, act)
    member = run(db, _MEMBER, circle_id=circle_id).one()
    address = address or run(db, _ADDRESS, record_id=record_id).scalar_one()
    if member.opened_at is None or _stands(db, record_id, address, member):  # what speaks against the log is kept
        _witness(db, record_id, address, member, head)


def opened_if_not_lately(db: ViewersSession, record_id: int, circle_id: int, *, address: str) -> None:
    """A member's save was answered with words of others: they have a page open, or have opened it by that."""
    hours = timedelta(hours=int(current_app.config["SIGN_IN_HOURS"]))
    if run(db, _LATELY, record_id=record_id, since=now() - hours).first() is None:
        opened(db, record_id, circle_id, "opened", address=address)


def refuse(db: ViewersSession, address: str, person_id: int) -> None:
    """Somebody tried an address that is not theirs to open, or where there is nothing. Call in a write transaction."""
    address = address[:20]
    if db.get_bind().dialect.name == "postgresql":  # one after the other; there may be nothing there to lock
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(address))))
    number, before = _tries_head(db, address)
    line = {"number": number + 1, "at": now(), "person_id": person_id}
    name = keys.ring().current
    db.add(RefusedTry(address=address, master_key=name, mark=_mark(name, before, address, line), **line))


# Every page of a record runs these: built once.
_ANY_HEAD = (
    select(LogEntry.number, LogEntry.mark)
    .where(LogEntry.record_id == bindparam("record_id"))
    .order_by(LogEntry.number.desc())
    .limit(1)
)
_HEAD = _ANY_HEAD.where(wall(LogEntry))
_TRIES_HEAD = (
    select(RefusedTry.number, RefusedTry.mark)
    .where(RefusedTry.address == bindparam("address"))
    .order_by(RefusedTry.number.desc())
    .limit(1)
)
_ADDRESS = select(ConfidentialRecord.public_id).where(
    ConfidentialRecord.id == bindparam("record_id"), wall(ConfidentialRecord)
)
_MEMBER = select(CircleMember.circle_id, CircleMember.person_id, CircleMember.opened_at, CircleMember.witness).where(
    CircleMember.circle_id == bindparam("circle_id"), CircleMember.person_id == VIEWER, wall(CircleMember)
)
_SEES = (
    update(CircleMember)
    .where(CircleMember.circle_id == bindparam("in_circle"), CircleMember.person_id == VIEWER, wall(CircleMember))
    .values(
        witness=bindparam("seen"),
        opened_at=func.coalesce(CircleMember.opened_at, bindparam("at", type_=CircleMember.opened_at.type)),
    )
)
_LATELY = (
    select(LogEntry.number)
    .where(
        LogEntry.record_id == bindparam("record_id"),
        LogEntry.person_id == VIEWER,
        LogEntry.act == "opened",
        LogEntry.at > bindparam("since", type_=LogEntry.at.type),
        wall(LogEntry),
    )
    .limit(1)
)
_OF_LINE = select(LogEntry.mark).where(
    LogEntry.record_id == bindparam("record_id"), LogEntry.number == bindparam("line"), wall(LogEntry)
)
_OF_TRY = select(RefusedTry.mark).where(
    RefusedTry.address == bindparam("address"), RefusedTry.number == bindparam("tried")
)


def _head(db: ViewersSession, record_id: int) -> Chain:
    last = run(db, _HEAD, trusted_with=_ANY_HEAD, record_id=record_id).first()
    return (last.number, last.mark) if last else NOTHING


def _tries_head(db: ViewersSession, address: str) -> Chain:
    last = execute_in(db, _TRIES_HEAD, {"address": address}).first()
    return (last.number, last.mark) if last else NOTHING


def _mark(name: str, before: bytes, of: object, line: dict[str, Any]) -> bytes:
    said = json.dumps([before.hex(), str(of), {key: _exact(value) for key, value in line.items()}], sort_keys=True)
    return digest(keys.ring().for_use(name, "access log"), said.encode(), "sha256")


def _exact(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


def _witness(db: ViewersSession, record_id: int, address: str, member: Any, head: Chain) -> None:
    heads = [[number, mark.hex()] for number, mark in (head, _tries_head(db, address))]
    seen = seal(key_of(db, member.circle_id), heads, *_place(record_id, member))
    run(db, _SEES, in_circle=member.circle_id, seen=seen, at=now())


def _place(record_id: int, member: Any) -> tuple[object, ...]:
    return ("witness", member.circle_id, member.person_id, record_id)


def _stands(db: ViewersSession, record_id: int, address: str, member: Any) -> bool:
    """Whether the log still goes on from what this member saw of it."""
    try:
        (line, mark), (tried, tried_mark) = unseal(
            key_of(db, member.circle_id), member.witness, *_place(record_id, member)
        )
    except (keys.Unreadable, TypeError):  # changed, or taken away
        return False
    of_line = run(db, _OF_LINE, record_id=record_id, line=line).scalar()
    of_try = execute_in(db, _OF_TRY, {"address": address, "tried": tried}).scalar()
    there = [of_line, of_try]
    return [mark, tried_mark] == [found.hex() if found else "" for found in there]


# ---------------------------------------------------------------- reading it


def lines(db: ViewersSession, record_id: int, address: str) -> list[Line]:
    """The newest lines of a record's log with the refused tries at its address, newest first, for its circle."""
    by, about = aliased(Person), aliased(Person)
    written = db.execute(
        select(LogEntry.at, by.name, LogEntry.act, about.name)
        .outerjoin(by, by.id == LogEntry.person_id)
        .outerjoin(about, about.id == LogEntry.about_id)
        .where(LogEntry.record_id == record_id)
        .order_by(LogEntry.number.desc())
        .limit(SHOWN)
    )
    found = [Line(at, who or "", act, of or "") for at, who, act, of in written]
    tries = db.execute(
        select(RefusedTry.at, Person.name)
        .join(Person, Person.id == RefusedTry.person_id)
        .where(RefusedTry.address == address)
        .order_by(RefusedTry.number.desc())
        .limit(SHOWN)
    )
    found += [Line(at, who, "refused", "") for at, who in tries]
    return sorted(found, key=lambda line: line.at, reverse=True)[:SHOWN]


def verify(db: ViewersSession, record_id: int, circle_id: int, address: str, *, noted: str = "") -> Verdict:
    """Whether the log is whole: every mark, every number, every member's witness, and a code noted down earlier."""
    seen = db.scalars(select(CircleMember).where(CircleMember.circle_id == circle_id)).all()  # before lines are added
    here = LogEntry.record_id == record_id, LogEntry.circle_id == circle_id
    entries = db.scalars(select(LogEntry).where(*here).order_by(LogEntry.number)).all()
    tries = db.scalars(select(RefusedTry).where(RefusedTry.address == address).order_by(RefusedTry.number)).all()
    marks = {entry.number: entry.mark for entry in entries}
    broken = (
        ("" if entries and entries[0].act == "begun" else "The beginning of the log is gone.")
        or _broken(entries, record_id, ("number", "at", "person_id", "act", "about_id"))
        or _broken(tries, address, ("number", "at", "person_id"))
        or _cut(key_of(db, circle_id), record_id, seen, marks, {one.number: one.mark for one in tries})
    )
    problem = broken or _not_noted(noted, marks)
    last = entries[-1].mark if entries else b""
    return Verdict(problem, len(entries) + len(tries), code(last), only_the_code=bool(problem and not broken))


def whole(db: ViewersSession, record_id: int) -> list[tuple[int | None, str]]:
    """Who did what, line by line. keys.Unreadable if a line was changed, or is missing before the last."""
    entries = db.scalars(select(LogEntry).where(LogEntry.record_id == record_id).order_by(LogEntry.number)).all()
    if _broken(entries, record_id, ("number", "at", "person_id", "act", "about_id")):
        raise keys.Unreadable
    return [(entry.person_id, entry.act) for entry in entries]


def _broken(entries: Any, of: object, names: tuple[str, ...]) -> str:
    before = b""
    for number, entry in enumerate(entries, start=1):
        if entry.number != number:
            return f"Line {number} is missing."
        try:
            expected = _mark(entry.master_key, before, of, {name: getattr(entry, name) for name in names})
        except keys.Unreadable:
            return f"Line {number} was changed."
        if not keys.same(expected, entry.mark):
            return f"Line {number} was changed, or one before it was taken out."
        before = entry.mark
    return ""


Marks = dict[int, bytes]  # the mark of each line by its number


def _cut(data_key: bytes, record_id: int, seen: Iterable[CircleMember], marks: Marks, tries: Marks) -> str:
    """Whether every member's witness stands in the log and among the refused tries as they saw it."""
    for member in seen:
        if member.witness is None:
            if member.opened_at is not None:
                return "What a member last saw of the log is gone."
            continue
        try:
            heads = unseal(data_key, member.witness, *_place(record_id, member))
        except keys.Unreadable:
            return "What a member last saw of the log was changed."
        for (number, mark), there, of in zip(heads, (marks, tries), ("the log", "the refused tries"), strict=True):
            if number and there.get(number, b"").hex() != mark:
                return f"The end of {of} was cut off: a member has seen line {number}."
    return ""


def _not_noted(noted: str, marks: dict[int, bytes]) -> str:
    wanted = noted.strip().replace(" ", "").replace("-", "").upper()
    if not wanted or wanted in {code(mark).replace("-", "") for mark in marks.values()}:
        return ""
    return "The code you noted is not in this log."


def code(mark: bytes) -> str:
    """The first 48 bits of a mark, to be noted on paper: 3F9A-01BC-77D2."""
    digits = mark.hex().upper()[:12]
    return "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))
