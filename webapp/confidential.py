"""The walls around what is confidential: nobody reads or writes a row of a circle they are not in, by whatever way.

1. A database session's viewer is fixed when it is made; without a viewer it sees nothing (database.ViewersSession).
2. Every ORM statement gets a criterion for every class behind the wall: its circle is one that the viewer is in.
3. Just before it runs, each statement that names a table behind the wall must carry that criterion for each mention,
   with this viewer in it; otherwise it raises `Unwalled`.
4. Objects are taken only into the session of the viewer they were loaded for.
5. Before a flush, the circle of everything in it must be one that the viewer is in, and stays the one it was.

What is read is ciphertext still; `key_of` opens the circle's key for the viewer, bound to their credentials.
`trusted(reason)` lifts the walls for the few callers named in TRUSTED, which a test lists.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Executable,
    Select,
    and_,
    bindparam,
    event,
    exists,
    inspect,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import ORMExecuteState, Session, aliased, with_loader_criteria
from sqlalchemy.sql import visitors

from . import keys, proof
from .access import VIEWER, among, bind, has_evaluated
from .coaching_sessions.models import (
    Circle,
    CircleMember,
    CircleNews,
    Confidential,
    ConfidentialRecord,
    Consent,
    LogEntry,
    SealedAnswer,
    SealedComment,
    SealedRevision,
)
from .database import BUILT_ONCE, ViewersSession, execute_in
from .people.models import EvaluatorAssignment, Membership, Person, Role

WALLED: tuple[Any, ...] = (
    Circle,
    CircleMember,
    ConfidentialRecord,
    SealedAnswer,
    SealedRevision,
    SealedComment,
    Consent,
    CircleNews,
    LogEntry,
)
TABLES = {walled.__tablename__: walled for walled in WALLED}

TRUSTED = frozenset(
    {
        "a circle begins",  # its first members cannot be in it before
        "an evaluation closes circles",
        "a password was set",
        "an agreement is tightened",  # the notices of sessions that its two are not in any more
        "a release is read",
        "the master key is changed",
        "the database is upgraded",
        "a record is deleted for good",  # and with it everybody's private notes on it
    }
)


class Unwalled(RuntimeError):
    """A statement would have gone past the wall. It did not run."""


class SealedAccount(Exception):
    """The viewer's password was set anew without the old one: a colleague in the circle has to confirm them first."""


# ---------------------------------------------------------------- the rule

_members, _circles, _records = CircleMember.__table__, Circle.__table__, ConfidentialRecord.__table__
_ME, _OTHER, _CIRCLE = _members.alias("wall_me"), _members.alias("wall_other"), _circles.alias("wall_circle")


def _has_evaluated_anybody() -> ColumnElement[bool]:
    """Whether the viewer ever headed a school or was entered as an evaluator. Of everybody else a database need not ask
    for each circle anew; it works this out once in a statement."""
    head, assignment = aliased(Membership), aliased(EvaluatorAssignment)
    heads = exists().where(head.person_id == VIEWER, among(head.role, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL))
    return or_(heads, exists().where(assignment.evaluator_id == VIEWER))


def _shut_out() -> ColumnElement[bool]:
    """Whether the viewer evaluates a member of the circle, or did at any time since it began: deny wins."""

    def came_after(relation: Any) -> ColumnElement[bool]:
        """A mistake that was known as one before the viewer joined, or was let in again."""
        return and_(
            relation.voided_at.is_not(None),
            or_(_ME.c.readmitted_at >= relation.voided_at, _ME.c.joined_at >= relation.voided_at),
        )

    return (
        exists()
        .where(
            _has_evaluated_anybody(),
            or_(_OTHER.c.circle_id == _ME.c.circle_id, _OTHER.c.circle_id == _CIRCLE.c.inside_id),
            _OTHER.c.person_id != VIEWER,
            has_evaluated(VIEWER, _OTHER.c.person_id, since=_CIRCLE.c.since, unless=came_after),
        )
        .correlate(_ME, _CIRCLE)
    )


def _mine() -> Select[tuple[int]]:
    """The circles that the viewer is in."""
    return (
        select(_ME.c.circle_id)
        .join(_CIRCLE, _CIRCLE.c.id == _ME.c.circle_id)
        .where(_ME.c.person_id == VIEWER, _ME.c.wrap.is_not(None), _ME.c.left_at.is_(None), not_(_shut_out()))
    )


MINE = _mine()


def wall(walled: Any) -> ColumnElement[bool]:
    """The criterion for one class (or an alias of it): its circle is one that the viewer is in. Needs access.bind."""
    criterion: ColumnElement[bool] = getattr(walled, walled.wall_key).in_(MINE)
    return criterion


# As functions of the class: a plain expression is not adapted to an alias that is joined to. They hold nothing but MINE,
# which is the same for everybody; the viewer comes as a parameter.
_OPTIONS = (
    with_loader_criteria(Circle, lambda cls: cls.id.in_(MINE), include_aliases=True),
    *(
        with_loader_criteria(walled, lambda cls: cls.circle_id.in_(MINE), include_aliases=True)
        for walled in WALLED
        if walled is not Circle
    ),
)


# ---------------------------------------------------------------- trusted callers

_trusted: ContextVar[str] = ContextVar("trusted", default="")
_flushing: ContextVar[frozenset[str]] = ContextVar("flushing", default=frozenset())


@contextmanager
def trusted(db: Session | None, reason: str) -> Iterator[None]:
    """Work without the wall, for a reason named in TRUSTED. Nothing loaded meanwhile stays in the session."""
    if reason not in TRUSTED:
        raise ValueError(f"not a reason to go past the wall: {reason}")
    if db is not None:
        db.flush()
    token = _trusted.set(reason)
    try:
        yield
        if db is not None:
            db.flush()
    finally:
        if db is not None:
            for loaded in [one for one in db if isinstance(one, Confidential)]:
                db.expunge(loaded)
        _trusted.reset(token)


# ---------------------------------------------------------------- 2: every ORM statement gets the criterion


@event.listens_for(ViewersSession, "do_orm_execute")
def _wall_in(state: ORMExecuteState) -> Any:
    db = state.session
    if _trusted.get() or not _names_confidential(state.statement):
        return None
    viewer = _viewer_of(db)
    if viewer is None:
        raise Unwalled("a session without a viewer sees nothing confidential")
    if state.is_column_load or state.is_relationship_load:
        for mapper in state.all_mappers:
            if issubclass(mapper.class_, Confidential):
                state.statement = state.statement.where(wall(mapper.class_))  # type: ignore[attr-defined]
    state.statement = state.statement.options(*_OPTIONS)
    state.parameters = state.parameters or {}  # a lazy load comes without
    many = isinstance(state.parameters, list)
    return state.invoke_statement(params=[bind(viewer)] * len(state.parameters) if many else bind(viewer))


def _names_confidential(statement: Any) -> bool:
    for element in visitors.iterate(statement):
        name = getattr(element, "name", None) if element.__visit_name__ == "table" else None
        table = getattr(element, "table", None)
        if name in TABLES or getattr(table, "name", None) in TABLES:
            return True
        inner = getattr(getattr(table, "element", None), "name", None)
        if inner in TABLES:
            return True
    return False


def _viewer_of(db: Session) -> int | None:
    return db.viewer if isinstance(db, ViewersSession) else None


# ---------------------------------------------------------------- 3: the proof on the final SQL

_ANY = re.compile(rf"\b(?:{'|'.join(TABLES)})\b", re.IGNORECASE)
# What tells of rows without naming their table: statistics, sizes, and functions that run a text as a statement.
_BEHIND = re.compile(
    r"\b(?:sqlite_stat\d|dbstat|reltuples|pg_stats?\b|pg_stat_\w+|pg_statio_\w+|pg_\w+_size|\w+_to_xml\w*|dblink\w*)\b"
    r"|^\s*(?:DO|EXECUTE|PREPARE|ATTACH)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(rf"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?({'|'.join(TABLES)})\b")


_READ = "_accord_has_read"
BLOCK = 64  # bytes; while people type, a text is kept every few letters
MOST_LENGTHS = 100  # of the lists in one statement, each with a question mark for every value


@event.listens_for(Engine, "before_cursor_execute")
def _prove(
    connection: Connection,
    _cursor: Any,
    statement: str,
    _parameters: Any,
    context: Any,
    _many: bool,
) -> None:
    if _trusted.get():
        return
    names, behind, bare = _read(statement, context, connection.dialect)
    if behind:
        raise Unwalled("this tells of rows without naming their table")
    if not names:
        return
    compiled = context.compiled if context else None
    change = _CHANGE.match(statement)
    if change and change[1] in _flushing.get() and bare == (change[1],):
        return
    if bare:
        raise Unwalled(f"not behind the wall: {', '.join(sorted(bare))}")
    viewer = connection.get_execution_options().get("accord_viewer")
    given = {values.get("viewer") for values in (context.compiled_parameters if compiled else None) or [{}]}
    if viewer is None or given != {viewer}:
        raise Unwalled("the wall was asked about somebody else than the viewer of this session")


def _read(statement: str, context: Any, dialect: Dialect) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether a statement names a table behind the wall, whether it tells of rows without naming one, and what it names
    outside of the wall. What SQLAlchemy keeps compiled is read once: reading takes longer than running."""
    compiled = context.compiled if context else None
    known = {} if compiled is None else compiled.__dict__.setdefault(_READ, {})
    if statement not in known:
        names = bool(_ANY.search(statement))
        bare = _bare(statement, _places(context), _rule(dialect)) if names else ()
        if len(known) > MOST_LENGTHS:
            known.clear()
        known[statement] = names, bool(_BEHIND.search(statement)), bare
    found: tuple[bool, bool, tuple[str, ...]] = known[statement]
    return found


def _places(context: Any) -> tuple[str, ...]:
    """The names of the question marks in a statement, in order; a list has been unfolded to one for each value."""
    compiled = context.compiled if context else None
    if compiled is None or not compiled.positiontup:
        return ()
    lists = {compiled.bind_names[bound] for bound in compiled.post_compile_params if bound.expanding}
    given = list(context.compiled_parameters[0])
    unfolded = {name: [one for one in given if one.startswith(f"{name}_")] for name in lists}
    return tuple(one for name in compiled.positiontup for one in unfolded.get(name, [name]))


@lru_cache(maxsize=2000)  # the same few statements run again and again
def _bare(statement: str, names: tuple[str, ...], rule: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(proof.bare_mentions(statement, names, rule, frozenset(TABLES)))


@lru_cache(maxsize=4)
def _rule(dialect: Dialect) -> re.Pattern[str]:
    compiled = MINE.compile(dialect=dialect)
    return proof.rule_pattern(proof.flat(str(compiled), getattr(compiled, "positiontup", None)))


@event.listens_for(Engine, "set_connection_execution_options")
def _keep_viewer(_connection: Connection, options: dict[str, Any]) -> None:
    if "accord_viewer" in options:
        raise Unwalled("the viewer is fixed when a session is made")


# ---------------------------------------------------------------- 4: objects stay with their viewer


@event.listens_for(Confidential, "load", propagate=True)
def _mark_loaded(instance: Confidential, context: Any) -> None:
    _mark(instance, context.session if context else inspect(instance).session)


@event.listens_for(Confidential, "refresh", propagate=True)
def _mark_refreshed(instance: Confidential, _context: Any, _attributes: Any) -> None:
    _mark(instance, inspect(instance).session)


def _mark(instance: Any, db: Session | None) -> None:
    viewer = _viewer_of(db) if db else None
    if viewer is None and not _trusted.get():
        raise Unwalled("a session without a viewer sees nothing confidential")
    instance.loaded_for = None if _trusted.get() else (viewer, inspect(instance).key)


@event.listens_for(Session, "before_attach")
def _refuse_strangers_objects(db: Session, instance: Any) -> None:
    if not isinstance(instance, Confidential) or _trusted.get():
        return
    viewer, known = _viewer_of(db), inspect(instance)
    if viewer is None:
        raise Unwalled("a session without a viewer takes nothing confidential")
    if known.has_identity and getattr(instance, "loaded_for", None) != (viewer, known.key):
        raise Unwalled("this was loaded for somebody else")


# ---------------------------------------------------------------- 5: the flush


@event.listens_for(Session, "before_flush")
def _check_flush(db: Session, _context: Any, _instances: Any) -> None:
    changed = [one for one in (*db.new, *db.dirty, *db.deleted) if isinstance(one, Confidential)]
    if not changed or _trusted.get():
        return
    if any(_is_moved(one) for one in changed):
        raise Unwalled("a row never goes to another circle or another place, and never chooses its number")
    hold(db, {getattr(one, one.wall_key) for one in changed})
    _demand_records(db, changed)
    _flushing.set(frozenset(type(one).__tablename__ for one in changed))  # type: ignore[attr-defined]


# Statements that every page and every save runs: built once, because building one takes longer than running it.
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_RECORDS = select(_records.c.id, _records.c.circle_id).where(_records.c.id.in_(_WANTED), _records.c.circle_id.in_(MINE))


def _is_moved(one: Confidential) -> bool:
    known = inspect(one)
    if known.persistent:
        return (
            bool(known.attrs[one.wall_key].history.has_changes())
            or known.mapper.identity_key_from_instance(one) != known.key
        )
    chosen = (getattr(one, name, None) for name in ("id", "public_id"))
    return any(value is not None for value in chosen)


def hold(db: Session, circle_ids: set[int]) -> None:
    """Unwalled unless the viewer is in these circles, and holds their keys. An evaluation that would shut them out has
    to wait from here on until the transaction ends."""
    if not isinstance(db, ViewersSession) or db.viewer is None:
        raise Unwalled("a session without a viewer writes nothing confidential")
    db.connection()  # so that there is a transaction
    held: set[tuple[object, int]] = db.info.setdefault("held", set())
    now_in = db.get_nested_transaction() or db.get_transaction()
    wanted = {circle_id for circle_id in circle_ids if (now_in, circle_id) not in held}
    if not wanted:
        return
    lock(db, wanted)
    if set(_keys_now(db, db.viewer, wanted)) != wanted:  # whose account is sealed does not write either
        raise Unwalled("written into a circle that the viewer is not in")
    held |= {(now_in, circle_id) for circle_id in wanted}


def lock(db: Session, circle_ids: Iterable[int]) -> bool:
    """Have these circles of the viewer's to ourselves until the transaction ends; whether we may have waited for it.

    A statement of its own: one that waited still goes by what was true before it waited. SQLite has one writer anyway.
    """
    if db.get_bind().dialect.name == "sqlite":
        return False
    asked = select(_circles.c.id).where(_circles.c.id.in_(list(circle_ids))).order_by(_circles.c.id).with_for_update()
    if not _trusted.get():
        asked = asked.where(_circles.c.id.in_(MINE))
    db.connection().execute(asked, bind(_viewer_of(db) or 0))
    return True


def run(db: ViewersSession, statement: Executable, *, trusted_with: Executable | None = None, **values: Any) -> Any:
    """What comes of a statement that is built once, with the wall in it, for the viewer of this session: past the
    machinery for objects, which takes longer than the statement itself.

    `trusted_with`: what a trusted caller runs instead.
    """
    if trusted_with is not None and _trusted.get():
        return execute_in(db, trusted_with, values)
    if db.viewer is None:
        raise Unwalled("a session without a viewer sees nothing confidential")
    return execute_in(db, statement, {**values, **bind(db.viewer)})


def knows(db: Session, record_id: int, circle_id: int) -> None:
    """A statement with the wall in it gave this record of this circle: what belongs to it may be written there."""
    db.info.setdefault("records_known", set()).add((record_id, circle_id))


def _demand_records(db: Session, changed: list[Any]) -> None:
    """What belongs to a record is of that record's circle."""
    wanted = {(one.record_id, one.circle_id) for one in changed if "record_id" in inspect(one).mapper.columns}
    known: set[tuple[int, int]] = db.info.setdefault("records_known", set())
    if missing := wanted - known:
        asked = {"wanted": [pair[0] for pair in missing], **bind(_viewer_of(db) or 0)}
        known |= {
            (row.id, row.circle_id) for row in db.connection().execute(_RECORDS, asked, execution_options=BUILT_ONCE)
        }
    if wanted - known:
        raise Unwalled("written into a record of another circle")


@event.listens_for(Session, "after_flush_postexec")
@event.listens_for(Session, "after_soft_rollback")
def _end_flush(_db: Session, _context: Any) -> None:
    _flushing.set(frozenset())


# ---------------------------------------------------------------- the circle's key, for its viewer

_WRAPS = (
    select(_members.c.circle_id, _members.c.wrap, _members.c.master_key, _members.c.bound_to, Person.password_hash)
    .join(Person, Person.id == _members.c.person_id)
    .where(_members.c.person_id == VIEWER, _members.c.circle_id.in_(_WANTED), _members.c.circle_id.in_(MINE))
)


def keys_of(db: ViewersSession, circle_ids: Iterable[int]) -> dict[int, bytes]:
    """The data keys of these circles, as far as the viewer is in them. SealedAccount if they are bound to other
    credentials than the viewer's present ones; keys.Unreadable if a wrap was copied or changed."""
    wanted = set(circle_ids)
    known: dict[int, bytes] = db.info.setdefault("data_keys", {})
    if missing := wanted - set(known):
        if db.viewer is None:
            raise Unwalled("a session without a viewer has no keys")
        _keys_now(db, db.viewer, missing)
    return {circle_id: known[circle_id] for circle_id in wanted if circle_id in known}


def _keys_now(db: ViewersSession, viewer: int, circle_ids: Iterable[int]) -> dict[int, bytes]:
    """Asked anew, whatever the session remembers."""
    rows = db.connection().execute(_WRAPS, {"wanted": sorted(circle_ids), **bind(viewer)}, execution_options=BUILT_ONCE)
    found = {row.circle_id: _opened(row, viewer) for row in rows}
    db.info.setdefault("data_keys", {}).update(found)
    return found


def carry_keys(opened_in: ViewersSession, on: ViewersSession) -> None:
    """What one request has opened stays open for it in its next session, if that is the same viewer's. What it reads
    there is asked about anew, as ever."""
    if on.viewer == opened_in.viewer:
        on.info.setdefault("data_keys", {}).update(opened_in.info.get("data_keys", {}))


def _opened(row: Any, viewer: int) -> bytes:
    if row.bound_to != keys.credential(row.password_hash):
        raise SealedAccount
    return keys.unwrap(row.master_key, row.wrap, circle_id=row.circle_id, person_id=viewer, bound_to=row.bound_to)


def key_of(db: ViewersSession, circle_id: int) -> bytes:
    """The data key of one circle. keys.Unreadable if the viewer has none."""
    found = keys_of(db, [circle_id])
    if circle_id not in found:
        raise keys.Unreadable
    return found[circle_id]


def seal(key: bytes, value: Any, *place: object) -> bytes | None:
    """A value as it is kept; None stays None (nothing, or a row taken out). Its length tells no letters: it grows in blocks."""
    if value is None:
        return None
    said = json.dumps(value, ensure_ascii=False).encode()
    return keys.seal(key, said + b" " * (-len(said) % BLOCK), *place)


def unseal(key: bytes, sealed: bytes | None, *place: object) -> Any:
    """The value again. keys.Unreadable if it does not belong at this place."""
    return None if sealed is None else json.loads(keys.unseal(key, sealed, *place))


__all__ = [
    "MINE",
    "TABLES",
    "TRUSTED",
    "WALLED",
    "SealedAccount",
    "Unwalled",
    "carry_keys",
    "hold",
    "key_of",
    "keys_of",
    "knows",
    "lock",
    "run",
    "seal",
    "trusted",
    "unseal",
    "wall",
]
