"""The database: one engine, a session per request, and write transactions that come one at a time.

SQLite and PostgreSQL run the same code. The SQLite settings are those that lost nothing in
our measurements (docs/code.md): WAL, synchronous=FULL, immediate write transactions behind a lock.
"""

import math
import secrets
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from filelock import FileLock
from flask import Flask, current_app, g, has_app_context
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    DateTime,
    Engine,
    Executable,
    MetaData,
    Select,
    String,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from .watching import Watch, ended_transactions, writes_of_others

BUSY_SECONDS = 15
GLANCES, GLANCES_AGAIN = 0.02, 5.0  # seconds
Statement = Select[*tuple[Any, ...]]  # a SELECT of whatever columns


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it without a zone, we give the zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Back, with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _SchoolDay(FunctionElement[date]):
    """`school_day`, which each kind of database writes in its own way."""

    name = "school_day"
    type = Date()
    inherit_cache = True


@compiles(_SchoolDay, "sqlite")
def _school_day_on_sqlite(element: _SchoolDay, compiler: Any, **options: Any) -> str:
    return f"school_day({compiler.process(element.clauses, **options)})"


@compiles(_SchoolDay, "postgresql")
def _school_day_on_postgresql(element: _SchoolDay, compiler: Any, **options: Any) -> str:
    moment, zone = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(timezone({zone}, {moment}) AS DATE)"


def school_day(moment: Any) -> ColumnElement[date]:
    """In SQL: the school's date (setting TIMEZONE) of a moment in the database."""
    zone = bindparam(None, callable_=lambda: str(current_app.config["TIMEZONE"]), type_=String())
    return _SchoolDay(moment, zone)


def _school_day_of_text(moment: str | None, zone: str) -> str | None:
    if moment is None:
        return None
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date().isoformat()


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment}


def new_public_id() -> str:
    """A random id for an address: it tells nothing and cannot be guessed (72 bits)."""
    return secrets.token_urlsafe(9)


class PublicId:
    """Mixin: the id that stands in addresses, instead of a countable number."""

    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)


class ViewersSession(Session):
    """A database session whose viewer is fixed when it is made; without one it sees nothing confidential."""

    def __init__(self, bind: Engine, *, viewer: int | None = None, **options: Any) -> None:
        super().__init__(bind.execution_options(accord_viewer=viewer), **options)
        self._viewer = viewer

    @property
    def viewer(self) -> int | None:
        """The person who looks through this session."""
        return self._viewer


class Database:
    """The engine of one app and the lock that its writers share."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
        self.writer_engine = self.engine.execution_options(accord_writes=True)
        self.reader_engine = self.engine
        self.thread_lock = Lock()
        self.process_lock: FileLock | None = None
        self._last: tuple[float, Hashable] = -math.inf, None
        if self.engine.dialect.name == "sqlite":
            self._watch = self._glance = Watch(self.engine, writes_of_others, within=BUSY_SECONDS)
            self.process_lock = FileLock(f"{self.engine.url.database}.lock", timeout=BUSY_SECONDS, poll_interval=0.002)
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self._watch = Watch(self.engine, ended_transactions, within=BUSY_SECONDS)
            self._glance = Watch(self.engine, ended_transactions, within=GLANCES, rests=GLANCES_AGAIN)
            # A page's statements each see what is committed, within a transaction or not. But the end of a
            # transaction that only read is a rollback, at which the driver forgets the statements it has prepared.
            self.reader_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self.engine, "engine_disposed", lambda _engine: self._close_watches())

    def last_write(self, since: float = math.inf) -> Hashable:
        """A mark that stays the same for as long as nobody, in any process, has written anything.

        Whatever was looked up after one mark was taken is still true when the same mark is taken again. `since`: one that
        was taken for somebody else after this moment (time.monotonic) is as good.
        """
        began, mark = self._last
        if began >= since:
            return mark
        began = time.monotonic()
        self._watch.open()
        try:
            mark = self._watch.mark()
        except (self.engine.dialect.loaded_dbapi.OperationalError, OSError):  # it was away for a moment
            self._watch.open()
            mark = self._watch.mark()
        self._last = began, mark
        return mark

    def glance(self) -> Hashable:
        """The same for a thread that everybody waits for; TimeoutError if it is not to be had at once."""
        return self._glance.mark()

    def will_glance(self) -> None:
        """What is asked at a glance has to be connected before, which may take its time, or fail."""
        with suppress(Exception):
            self._glance.open(wait=False)

    def _close_watches(self) -> None:
        self._watch.close()
        self._glance.close()

    @contextmanager
    def one_writer(self) -> Iterator[None]:
        """SQLite writers starve each other under load; locks make them queue. PostgreSQL needs none."""
        if self.process_lock is None:
            yield
        else:
            with self.thread_lock, self.process_lock:
                yield


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.create_function("school_day", 2, _school_day_of_text, deterministic=True)
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("accord_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def init_app(app: Flask) -> None:
    """Open the database of this app and close each request's session after it."""
    app.extensions["database"] = Database(app.config["DATABASE_URL"])
    app.teardown_appcontext(_close)


def open_anew(app: Flask) -> None:
    """Open the database again in a process that was forked: connections and locks are never shared with the parent."""
    app.extensions["database"].engine.dispose(close=False)
    app.extensions["database"] = Database(app.config["DATABASE_URL"])


def database() -> Database:
    """The database of the current app."""
    found: Database = current_app.extensions["database"]
    return found


def engine() -> Engine:
    """The engine of the current app."""
    return database().engine


def session() -> ViewersSession:
    """This request's session: the writer's inside `writing()`, a reading one otherwise."""
    if "db" not in g:
        g.db = ViewersSession(database().reader_engine, viewer=g.get("viewer"), autoflush=False, expire_on_commit=False)
    found: ViewersSession = g.db
    return found


def look_as(person_id: int | None) -> None:
    """From here on this request's sessions are this person's. Never inside a write transaction (RuntimeError)."""
    if g.get("viewer") == person_id:
        return
    if g.get("db_writes"):
        raise RuntimeError("a write transaction keeps the viewer it began with")
    _close()
    g.viewer = person_id


class _BuiltOnce(dict[Any, Any]):
    """The compiled forms of statements, found by which statement it is, not by what is in it: SQLAlchemy's own cache goes
    through all of a statement to find it, which for a long one takes longer than to run it."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The compiled form of this very statement."""
        found = super().get(self._which(key))
        return default if found is None else found[1]

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) > MOST_COMPILED:
            self.clear()
        super().__setitem__(self._which(key), (key, compiled))  # while the key is kept, nothing else has its numbers

    def _which(self, key: Any) -> Any:
        dialect, statement, *asked = key
        return id(dialect), id(statement), *asked


MOST_COMPILED = 1000
BUILT_ONCE = {"compiled_cache": _BuiltOnce()}  # the execution options of a statement that is built once


def execute_in(db: Session, statement: Executable, parameters: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that was built once, past the machinery for objects: the pages and saves that run most take half."""
    if db.autoflush:
        db.flush()
    return db.connection().execute(statement, parameters, execution_options=BUILT_ONCE)


def execute(statement: Executable, parameters: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """The same in the session of this request."""
    return execute_in(session(), statement, parameters)


@contextmanager
def writing() -> Iterator[ViewersSession]:
    """One write transaction: all of it lands when the block ends well, none of it otherwise.

    Inside another `writing()` it joins that one.
    """
    if g.get("db_writes"):
        yield g.db
        return
    _close()
    g.after_commit = []
    viewer = g.get("viewer")
    with (
        database().one_writer(),
        ViewersSession(database().writer_engine, viewer=viewer, expire_on_commit=False) as db,
    ):
        g.db, g.db_writes = db, True
        try:
            yield db
            db.commit()
        finally:
            g.pop("db", None)
            g.pop("db_writes", None)
    for act in g.pop("after_commit"):
        act()


def after_commit(act: Callable[[], None]) -> None:
    """Do this when the write transaction has landed; if it does not land, never."""
    g.after_commit.append(act)


def _close(_error: BaseException | None = None) -> None:
    if has_app_context() and "db" in g:
        g.pop("db").close()
        g.pop("db_writes", None)


def database_file() -> Path | None:
    """The SQLite file, or None on PostgreSQL."""
    url = engine().url
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None
