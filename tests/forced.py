"""Things that go wrong on purpose while somebody writes and reads: each a block within which it is so."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import psycopg
from flask import Flask, request
from jinja2 import ChoiceLoader, FunctionLoader
from sqlalchemy import event, select, update

from tests.tables import Tables, past_the_wall
from webapp import keys
from webapp.coaching_sessions.models import CircleMember, SealedAnswer

Fault = Callable[[Flask], Any]
END_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
WORD = "zyzzyva"  # stands in everything that is written here


def _database(app: Flask) -> Any:
    return app.extensions["database"]


@contextmanager
def _file_replaced(app: Flask, by: Callable[[Path], Any]) -> Iterator[None]:
    """Something else stands in the place of the SQLite file."""
    file, kept = Path(_database(app).engine.url.database), {}
    _database(app).engine.dispose()
    for one in file.parent.glob(f"{file.name}*"):
        kept[one] = one.rename(one.with_name(f"kept {one.name}"))
    by(file)
    try:
        yield
    finally:
        _database(app).engine.dispose()
        for one in file.parent.glob(f"{file.name}*"):
            one.rmdir() if one.is_dir() else one.unlink()
        for was, one in kept.items():
            one.rename(was)


@contextmanager
def _refused_by_the_driver(app: Flask, error: Exception, words: str) -> Iterator[None]:
    """Every statement with these words fails in the driver."""
    dialect = _database(app).engine.dialect
    run = dialect.do_execute

    def fail(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if words in statement:
            raise error
        run(cursor, statement, parameters, context)

    with patch.object(dialect, "do_execute", fail):
        yield


@contextmanager
def the_database_is_gone(app: Flask) -> Iterator[None]:
    """The file is not there, or the server has ended every connection and lets nobody in."""
    if _database(app).engine.dialect.name == "sqlite":
        with _file_replaced(app, Path.mkdir):
            yield
        return
    _database(app).engine.dispose()
    refusal = psycopg.OperationalError("connection failed: the database system is shutting down")
    with patch.object(_database(app).engine.dialect, "connect", side_effect=refusal):
        yield


@contextmanager
def the_file_is_no_database(app: Flask) -> Iterator[None]:
    """Other bytes are where the database was."""
    if _database(app).engine.dialect.name == "sqlite":
        with _file_replaced(app, lambda file: file.write_bytes(bytes(range(256)) * 64)):
            yield
    else:
        damaged = psycopg.errors.DataCorrupted("invalid page in block 0 of relation base/1/1")
        with _refused_by_the_driver(app, damaged, "sealed_answers"):
            yield


@contextmanager
def the_disk_is_full(app: Flask) -> Iterator[None]:
    """No page more can be written."""
    engine = _database(app).engine
    if engine.dialect.name != "sqlite":
        full = psycopg.errors.DiskFull("could not extend file: No space left on device")
        with _refused_by_the_driver(app, full, "INSERT INTO sealed_revisions"):
            yield
        return

    def no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # which means: as many as there are

    engine.dispose()
    event.listen(engine, "connect", no_more_pages)
    try:
        yield
    finally:
        event.remove(engine, "connect", no_more_pages)
        engine.dispose()


@contextmanager
def the_connection_breaks(app: Flask) -> Iterator[None]:
    """In the midst of saving, the database ends the connection."""
    engine = _database(app).engine
    if engine.dialect.name == "sqlite":
        broken = sqlite3.OperationalError("disk I/O error")
        with _refused_by_the_driver(app, broken, "INSERT INTO sealed_revisions"):
            yield
        return
    own_url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def end_it(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT INTO sealed_revisions" in statement:
            with psycopg.connect(own_url) as own:
                own.execute(END_ALL)

    event.listen(engine, "before_cursor_execute", end_it)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", end_it)
        engine.dispose()


@contextmanager
def the_texts_are_garbled(app: Flask) -> Iterator[None]:
    """Every sealed text was overwritten."""
    with _overwritten(app, SealedAnswer.sealed):
        yield


@contextmanager
def the_wraps_are_garbled(app: Flask) -> Iterator[None]:
    """Every member's key was overwritten."""
    with _overwritten(app, CircleMember.wrap):
        yield


@contextmanager
def _overwritten(app: Flask, column: Any) -> Iterator[None]:
    table, tables = column.class_.__table__, Tables(app)
    with past_the_wall(), _database(app).engine.connect() as connection:
        rows = connection.execute(select(table)).mappings().all()
    tables.do(update(table).values({column.key: b"\xff\xfe bad bytes"}))
    yield
    for row in rows:
        here = [one == row[one.name] for one in table.primary_key]
        tables.do(update(table).where(*here).values({column.key: row[column.key]}))


@contextmanager
def the_ring_is_another_one(app: Flask) -> Iterator[None]:
    """The key file holds other keys than those that sealed the texts."""
    ring = app.extensions["keys"]
    app.extensions["keys"] = keys.Ring(ring.current, dict.fromkeys(ring.keys, b"\0" * keys.KEY))
    try:
        yield
    finally:
        app.extensions["keys"] = ring


def _choke() -> NoReturn:
    raise ValueError(f"cannot draw {dict(request.form)} of {WORD}")


@contextmanager
def a_template_fails(app: Flask) -> Iterator[None]:
    """In the midst of whatever is drawn, something chokes and quotes the words of the page in its complaint."""
    env, loader = app.jinja_env, app.jinja_env.loader
    assert loader is not None

    def broken(name: str) -> str | None:
        if "error" in name or "layout" in name:
            return None
        said = loader.get_source(env, name)[0]
        main = "{% block main %}"
        return said.replace(main, main + "{{ choke() }}") if main in said else said + "{{ choke() }}" * ("/_" in name)

    with (
        patch.object(env, "loader", ChoiceLoader([FunctionLoader(broken), loader])),
        patch.dict(env.globals, choke=_choke),
    ):
        _forget_templates(app)
        yield
    _forget_templates(app)


def _forget_templates(app: Flask) -> None:
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()


FAULTS: dict[str, Fault] = {
    "the database is gone": the_database_is_gone,
    "no database": the_file_is_no_database,
    "disk full": the_disk_is_full,
    "connection broken": the_connection_breaks,
    "texts garbled": the_texts_are_garbled,
    "wraps garbled": the_wraps_are_garbled,
    "another ring": the_ring_is_another_one,
    "template fails": a_template_fails,
}
