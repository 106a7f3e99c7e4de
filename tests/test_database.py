"""The database keeps what it was given: all of a write or none of it, one writer after the other, on both kinds."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import Engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

import webapp.watching
from tests.cast import Cast
from tests.conftest import Templates
from tests.tables import past_the_wall
from webapp import migrations
from webapp.database import BUILT_ONCE, MOST_COMPILED, Database, Model, database, execute, session, writing
from webapp.people.models import District, Person, SignIn
from webapp.watching import Watch

FIRST_DISTRICT = select(District).order_by(District.id).limit(1)

# ---------------------------------------------------------------- writing


def test_several_writers_lose_nothing(make_app: Callable[..., Flask], database_url: str) -> None:
    """As two server processes with three threads each would, every one adds its stroke to one text."""
    apps = [make_app(database_url), make_app(database_url)]
    strokes, errors = 20, []

    def write(app: Flask) -> None:
        for _ in range(strokes):
            try:
                with app.app_context(), writing() as db:
                    district = db.scalars(FIRST_DISTRICT.with_for_update()).one()
                    district.name += "|"
            except Exception as error:
                errors.append(error)

    threads = [Thread(target=write, args=[app]) for app in apps for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with apps[0].app_context():
        name = session().scalars(FIRST_DISTRICT).one().name
    assert errors == []
    assert name.count("|") == len(threads) * strokes


def test_a_write_that_fails_leaves_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context(), pytest.raises(ZeroDivisionError), writing() as db:
        db.execute(update(Person).values(name="half done"))
        db.add(District(name="Half Done District"))
        db.flush()
        raise ZeroDivisionError
    with app.app_context(), pytest.raises(IntegrityError), writing() as db:
        db.add_all([District(name="Half Done District"), District(name=cast.districts["cedar_valley"].name)])
    with app.app_context():
        assert session().scalar(select(Person.name).where(Person.name == "half done")) is None
        assert session().scalar(select(District.name).where(District.name == "Half Done District")) is None


def test_a_write_inside_a_write_joins_it(app: Flask) -> None:
    with app.app_context(), pytest.raises(ZeroDivisionError), writing() as outer:
        with writing() as inner:
            assert inner is outer is session()
            inner.add(District(name="Inner District"))
        raise ZeroDivisionError
    with app.app_context():
        assert session().scalar(select(District.name).where(District.name == "Inner District")) is None


def test_after_a_write_reading_sees_it(app: Flask) -> None:
    with app.app_context():
        before = session().scalars(select(District.name)).all()
        with writing() as db:
            db.add(District(name="A New District"))
        assert set(session().scalars(select(District.name))) == {*before, "A New District"}


def test_a_statement_made_of_another_is_not_taken_for_it(app: Flask, cast: Cast) -> None:
    with app.app_context():
        everybody = select(Person.id)
        nobody, parent = everybody.where(Person.id < 0), [*execute(everybody, {}).scalars()]
        assert len(parent) > 1
        assert execute(nobody, {}).all() == []
        assert [*execute(everybody, {}).scalars()] == parent
        for _ in range(2 * MOST_COMPILED):  # the numbers of what is gone are given out again
            one = execute(select(Person.id, Person.name).where(Person.id == cast["teacher"].id), {}).one()
            assert one.name == cast["teacher"].name
            assert len(BUILT_ONCE["compiled_cache"]) <= MOST_COMPILED + 1


def test_a_reader_waits_for_no_writer(app: Flask) -> None:
    with app.app_context(), writing() as db:
        db.add(District(name="Not Yet District"))
        db.flush()
        with database().engine.connect() as reader:
            assert "Not Yet District" not in reader.scalars(select(District.name)).all()
        db.rollback()


def test_what_points_at_nothing_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError), writing() as db:
        db.add(SignIn(token_hash="x", person_id=999_999))


def test_errors_name_no_typed_text(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError) as caught, writing() as db:
        db.add(SignIn(token_hash="a very private text", person_id=999_999))
    assert "a very private text" not in str(caught.value)


def test_moments_come_back_in_utc(app: Flask, cast: Cast) -> None:
    eastern = timezone(timedelta(hours=-5))
    with app.app_context(), writing() as db:
        db.add(
            SignIn(token_hash="x", person_id=cast["coach"].id, active_at=datetime(2026, 11, 21, 9, 30, tzinfo=eastern))
        )
    with app.app_context():
        found = session().scalar(select(SignIn.active_at).where(SignIn.token_hash == "x"))
    assert found is not None
    assert (found, found.tzinfo) == (datetime(2026, 11, 21, 14, 30, tzinfo=UTC), UTC)


def test_sqlite_is_set_up_as_measured(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path / 'new.db'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 15_000}
    with opened.engine.connect() as first, opened.engine.connect() as second:
        for connection in (first, second):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted
    opened.engine.dispose()


# ---------------------------------------------------------------- upgrading


@pytest.fixture
def bare(templates: Templates) -> Iterator[Engine]:
    """An engine on a database without a table."""
    url = templates.kind.new()
    engine = Database(url).engine
    yield engine
    engine.dispose()
    templates.kind.drop(url)


def test_upgrading_from_nothing_gives_the_models(bare: Engine, templates: Templates) -> None:
    assert not migrations.is_current(bare)
    migrations.upgrade(bare)
    assert migrations.is_current(bare)
    with past_the_wall(), bare.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, migrations.METADATA) == []


def test_upgrading_gives_the_checks_of_the_models(bare: Engine, templates: Templates) -> None:
    migrations.upgrade(bare)
    with past_the_wall():
        upgraded = _checks(bare)
        Model.metadata.drop_all(bare)
        Model.metadata.create_all(bare)
        assert upgraded == _checks(bare)


def _checks(engine: Engine) -> dict[str, dict[str, str]]:
    found = inspect(engine)
    return {
        table: {str(check["name"]): check["sqltext"] for check in found.get_check_constraints(table)}
        for table in Model.metadata.tables
    }


def test_upgrading_twice_changes_nothing(bare: Engine) -> None:
    migrations.upgrade(bare)
    migrations.upgrade(bare)
    assert migrations.is_current(bare)


def test_an_upgrade_that_fails_changes_nothing(bare: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = command.upgrade

    def broken(*args: Any) -> None:
        real(*args)
        raise ZeroDivisionError

    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(command, "upgrade", broken)
        migrations.upgrade(bare)
    assert inspect(bare).get_table_names() == []
    migrations.upgrade(bare)
    assert migrations.is_current(bare)


def test_sqlite_checks_what_points_where_after_an_upgrade(bare: Engine) -> None:
    migrations.upgrade(bare)
    if bare.dialect.name == "sqlite":
        with bare.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_no_models_are_forgotten() -> None:
    folder = Path(webapp.__file__).parent
    assert {Path(str(module.__file__)) for module in migrations.MODELS} == set(folder.glob("*/models.py"))


# ---------------------------------------------------------------- whether anybody has written


def test_a_mark_lasts_until_somebody_writes(app: Flask, make_app: Any, database_url: str) -> None:
    database: Database = app.extensions["database"]
    database.will_glance()
    marks = {database.last_write(), database.last_write(), database.glance()}
    assert len(marks) == 1
    with make_app(database_url).app_context(), writing():
        execute(text("UPDATE people SET name = 'Another name'"), {})
    assert database.last_write() == database.glance() not in marks


def test_a_mark_that_was_taken_for_another_is_as_good_from_then_on(app: Flask) -> None:
    database: Database = app.extensions["database"]
    long_ago = time.monotonic()
    before, since = database.last_write(), time.monotonic()
    with app.app_context(), writing():
        execute(text("UPDATE people SET name = 'Another name'"), {})
    assert database.last_write(long_ago) == before
    assert database.last_write(since) != before
    assert database.last_write(long_ago) != before


def test_a_write_that_is_undone_is_none(app: Flask) -> None:
    database: Database = app.extensions["database"]
    before = database.last_write()
    with app.app_context(), suppress(ZeroDivisionError), writing():
        execute(text("UPDATE people SET name = 'Another name'"), {})
        raise ZeroDivisionError
    with app.app_context():
        assert "Another name" not in execute(text("SELECT name FROM people"), {}).scalars().all()
    assert database.engine.dialect.name == "postgresql" or database.last_write() == before


def test_a_connection_that_was_cut_is_made_again(app: Flask) -> None:
    database: Database = app.extensions["database"]
    database.will_glance()
    before = database.last_write()
    _cut_all_others(database)
    assert database.last_write() == before


def test_what_was_written_while_nobody_watched_is_noticed(app: Flask) -> None:
    """SQLite counts anew for each connection."""
    database: Database = app.extensions["database"]
    for number in range(2):
        before = database.last_write()
        database._watch.close()
        with app.app_context(), writing():
            execute(text("UPDATE people SET name = :name"), {"name": f"Name {number}"})
        assert database.last_write() != before


def test_nobody_waits_for_a_database_that_does_not_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite there is nothing to wait for."""
    database: Database = app.extensions["database"]
    database.will_glance()
    before = database.last_write()
    with monkeypatch.context() as now:
        now.setattr(webapp.watching, "ENDED", b"SELECT pg_sleep(20)")
        now.setattr(database._watch, "_within", 0.05)
        for ask in (database.glance, database.last_write) if database.engine.dialect.name == "postgresql" else ():
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                ask()
            assert time.monotonic() - began < 10
    database.will_glance()
    assert database.last_write() == before
    monkeypatch.setattr(database._glance, "_from", 0.0)
    database.will_glance()
    assert database.glance() == before


def _watch(app: Flask, written: Callable[[float], Hashable], begun: Callable[[], object] = bool, **how: float) -> Watch:
    @contextmanager
    def watch(_engine: Engine) -> Iterator[Callable[[float], Hashable]]:
        begun()
        yield written

    return Watch(app.extensions["database"].engine, watch, **({"within": 15.0} | how))


def test_a_database_that_did_not_answer_is_left_alone_for_a_while(app: Flask) -> None:
    answers = iter([TimeoutError, "a mark"])
    watch = _watch(app, lambda _within: _raised(next(answers)), rests=0.3)
    watch.open()
    until = time.monotonic() + 0.3
    with pytest.raises(TimeoutError):
        watch.mark()
    while time.monotonic() < until:  # however often it is asked meanwhile
        watch.open()
        with pytest.raises(TimeoutError):
            watch.mark()
        time.sleep(0.02)
    watch.open()
    assert watch.mark() == "a mark"


def _raised(what: Any) -> Hashable:
    if what is TimeoutError:
        raise what
    return str(what)


def test_nobody_waits_while_somebody_connects(app: Flask) -> None:
    connects, may_go_on = Event(), Event()

    def begun() -> None:
        connects.set()
        may_go_on.wait(60)

    watch = _watch(app, lambda _within: "a mark", begun)
    thread = Thread(target=watch.open)
    thread.start()
    connects.wait(60)
    began = time.monotonic()
    watch.open(wait=False)
    with pytest.raises(TimeoutError):
        watch.mark()
    assert time.monotonic() - began < 10
    may_go_on.set()
    watch.open()
    thread.join()
    assert watch.mark() == "a mark"


def _cut_all_others(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with past_the_wall(), database.engine.connect() as connection:
            connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
