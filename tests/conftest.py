"""What the tests stand on: an app on a fresh database (on both kinds), the cast, and a browser for each of them.

Every test that uses `app` runs twice, on SQLite and on PostgreSQL, but for those marked `on_sqlite`. A test that
needs a program this machine lacks is skipped and says so; with ACCORD_TEST_ALL=1 a skip is a failure.
"""

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Column, Engine, Table, create_engine, make_url, select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests import cast as people
from tests import pages, postgresql
from tests.page import Client
from tests.tables import past_the_wall
from webapp import create_app, database, migrations
from webapp.database import Database, Model
from webapp.people import passwords
from webapp.people.kept_words import TYPED_BY
from webapp.people.models import Person, SignIn
from webapp.people.sign_in import new_token

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
SECRET_KEY = "only for the tests"
KEY_RING = Path(__file__).with_name("key_ring.json")  # of these tests only; a site makes its own
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOBODY = CHEAP.hash("no account has this password")
collect_ignore = ["bench"]
WHO_LOOKED = {("sign_ins", "active_at"), ("circle_members", "opened_at"), ("circle_members", "witness")}


# ---------------------------------------------------------------- nothing may skip


def pytest_report_header() -> list[str]:
    """Say at the top what this machine can run."""
    found = postgresql.programs()
    where = "at ACCORD_TEST_POSTGRESQL_URL" if _given_server() else found or "not installed: its tests are skipped"
    return [f"PostgreSQL: {where}", f"ACCORD_TEST_ALL: {'yes, nothing may be skipped' if _everything() else 'no'}"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ACCORD_TEST_ALL=1 a skipped test has failed."""
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """With ACCORD_TEST_ALL=1 a skipped file has failed."""
    return _no_skip((yield))


def _no_skip(report: Report) -> Report:
    if report.skipped and _everything():
        report.outcome = "failed"
        report.longrepr = f"Skipped, although ACCORD_TEST_ALL=1: {report.longrepr}"
    return report


def _everything() -> bool:
    return os.environ.get("ACCORD_TEST_ALL") == "1"


def _given_server() -> str:
    return os.environ.get("ACCORD_TEST_POSTGRESQL_URL", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of words and pages run on SQLite alone: test_access, test_every_page and test_leaks open every address on both."""
    items[:] = [one for one in items if "[postgresql" not in one.name or _is_for_both(one)]


def _is_for_both(one: pytest.Item) -> bool:
    return one.get_closest_marker("on_sqlite") is None or one.get_closest_marker("on_both") is not None


def pytest_collection_finish() -> None:
    """What was made by importing stays for the whole run: it need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# ---------------------------------------------------------------- databases


class Numbers:
    """The lowest number that is free: so a new database has the address of one that is gone, and an engine for it."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> int:
        found = next(number for number in count() if number not in self._taken)
        self._taken.add(found)
        return found

    def give_back(self, number: int) -> None:
        self._taken.remove(number)


class Sqlite:
    """Databases in a file: each a copy of one that was made ready once."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, Numbers()

    def new(self, like: str = "") -> str:
        """The address of a new database: a copy of that one, or an empty one."""
        path = self.folder / f"{self.numbers.take()}.db"
        if like:
            shutil.copyfile(_file(like), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Away with it."""
        for path in self.folder.glob(f"{_file(url).name}*"):
            path.unlink()
        self.numbers.give_back(int(_file(url).stem))


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


class Postgresql:
    """Databases on one server: each a copy of one that was made ready once."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine, self.numbers = create_engine(self.url, isolation_level="AUTOCOMMIT"), Numbers()
        self.done_with: list[str] = []

    def new(self, like: str = "") -> str:
        """The address of a new database: a copy of that one, or an empty one."""
        name = f"accord_test_{os.getpid()}_{self.numbers.take()}"
        template = make_url(like).database if like else "template0"
        with self.engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Away with it, a few tests later: the server waits a tenth of a second for connections that just end."""
        self.done_with.append(str(make_url(url).database))
        self.drop_all(but=4)

    def drop_all(self, but: int = 0) -> None:
        """Away with all that nobody uses any more, but for the last few."""
        while len(self.done_with) > but:
            name = self.done_with.pop(0)
            with self.engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            self.numbers.give_back(int(name.rpartition("_")[2]))


@dataclass
class Templates:
    """Databases made ready once, to be copied for each test."""

    kind: Sqlite | Postgresql
    empty: str
    with_cast: str


def _make_ready(kind: Sqlite | Postgresql) -> Templates:
    empty = kind.new()
    for_empty = Database(empty)
    migrations.upgrade(for_empty.engine)
    for_empty.engine.dispose()
    with_cast = kind.new(like=empty)
    for_cast = Database(with_cast)
    people.write(for_cast.writer_engine)
    for_cast.engine.dispose()
    return Templates(kind, empty, with_cast)


@pytest.fixture(scope="session")
def sqlite_templates() -> Iterator[Templates]:
    with TemporaryDirectory(prefix="accord-", dir=postgresql.IN_MEMORY) as folder:
        yield _make_ready(Sqlite(Path(folder)))


@pytest.fixture(scope="session")
def postgresql_templates() -> Iterator[Templates]:
    if _given_server():
        yield from _on(_given_server())
        return
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (on Debian: apt-get install postgresql)")
    with postgresql.server(programs) as url:
        yield from _on(url)


def _on(url: str) -> Iterator[Templates]:
    kind = Postgresql(url)
    templates = _make_ready(kind)
    yield templates
    for made in (templates.with_cast, templates.empty):
        kind.drop(made)
    kind.drop_all()
    kind.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def templates(request: pytest.FixtureRequest) -> Templates:
    """The databases to copy, of each kind in turn."""
    found: Templates = request.getfixturevalue(f"{request.param}_templates")
    return found


@pytest.fixture
def database_url(templates: Templates) -> Iterator[str]:
    """A fresh database with the cast in it."""
    url = templates.kind.new(like=templates.with_cast)
    yield url
    templates.kind.drop(url)


@pytest.fixture
def empty_database_url(templates: Templates) -> Iterator[str]:
    """A fresh database with every table and nobody in it."""
    url = templates.kind.new(like=templates.empty)
    yield url
    templates.kind.drop(url)


# ---------------------------------------------------------------- the app and the people


@lru_cache(16)
def _engine(url: str, **options: Any) -> Engine:
    """An engine for each address, not for each app: what it has compiled serves the next test too."""
    return create_engine(url, **options)


setattr(database, "create_engine", _engine)  # noqa: B010 of a module


class Compiled(BytecodeCache):
    """Templates compiled once for all the apps of a run."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()


class CompiledRule(Rule):
    """An address of the site, compiled once for all the apps of a run: it is most of the work of making one."""

    known: ClassVar[dict[tuple[str, str, bool], Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = (self.rule, repr(self.defaults), append_unknown)
        if key not in self.known:
            self.known[key] = super()._compile_builder(append_unknown)
        return self.known[key]


Flask.url_rule_class = CompiledRule


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """Make an app on a database, with other settings than usual: make_app(url, IDLE_MINUTES=5)."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_nobody", NOBODY)
    made: list[Flask] = []

    def make(url: str, **settings: object) -> Flask:
        app = create_app(
            {
                "SECRET_KEY": SECRET_KEY,
                "KEY_RING": KEY_RING,
                "TESTING": True,
                "STREAMS": 0,  # an answer that does not end would stop whoever reads every page
                "DATABASE_URL": url,
                **settings,
            },
            instance=tmp_path,
        )
        app.jinja_env.bytecode_cache = COMPILED
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["doorbell"].close()
        app.extensions["doorbell"].wait(5)
        app.extensions["database"].engine.dispose()


@pytest.fixture
def app(database_url: str, make_app: Callable[..., Flask]) -> Flask:
    """The site, with the cast."""
    return make_app(database_url)


@pytest.fixture
def empty_app(empty_database_url: str, make_app: Callable[..., Flask]) -> Flask:
    """The site before anybody is in it."""
    return make_app(empty_database_url)


@pytest.fixture
def cast(app: Flask) -> people.Cast:
    """Who is who: `cast["coach"].id`."""
    return people.read(app.extensions["database"].engine)


@pytest.fixture
def as_(app: Flask, cast: people.Cast) -> Callable[[str], Client]:
    """A new browser in which one of the cast is signed in: `as_("coach").get("/")`."""
    return lambda key: sign_in(app, cast[key])


@pytest.fixture
def signed_out(app: Flask) -> Callable[[], Client]:
    """A new browser in which nobody is signed in."""
    return lambda: Client(app)


@pytest.fixture
def browser_of(as_: Callable[[str], Client], signed_out: Callable[[], Client]) -> Callable[[str], Client]:
    """A new browser of one of the cast, or of nobody: `browser_of("signed_out")`."""
    return lambda who: signed_out() if who == "signed_out" else as_(who)


@pytest.fixture
def unchanged(app: Flask) -> Callable[[], AbstractContextManager[None]]:
    """`with unchanged():` fails if anything in any table is different afterwards.

    But for who was active when, and the list of tries that were refused.
    """

    @contextmanager
    def check() -> Iterator[None]:
        before = _everything_kept(app)
        yield
        after = _everything_kept(app)
        assert {table: rows for table, rows in after.items() if rows != before[table]} == {}

    return check


def _everything_kept(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with past_the_wall(), app.extensions["database"].engine.connect() as connection:
        return {
            name: sorted(tuple(map(str, row)) for row in connection.execute(select(*_columns(table))))
            for name, table in Model.metadata.tables.items()
            if name not in ("refused_tries", "log_entries")  # who looked, and who tried
        }


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if (table.name, column.name) not in WHO_LOOKED]


@pytest.fixture
def site(app: Flask) -> Flask:
    """The site with a few pages more, for what no real page does."""
    pages.add_to(app)
    return app


def sign_in(app: Flask, someone: people.Someone) -> Client:
    """A browser that is signed in, without the work of a password."""
    with Session(app.extensions["database"].writer_engine) as db:
        token = new_token(someone.id, db.scalar(select(Person.password_hash).where(Person.id == someone.id)))
        db.add(SignIn(token_hash=sha256(token.encode()).hexdigest(), person_id=someone.id, browser="a test"))
        db.commit()
    client = Client(app)
    with client.http.session_transaction() as kept:
        kept["_user_id"] = token
        kept[TYPED_BY] = someone.public_id
    return client
