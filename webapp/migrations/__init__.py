"""Upgrades of the database: whole or not at all, on SQLite and on PostgreSQL."""

from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine

from ..coaching_sessions import models as _coaching_sessions
from ..confidential import trusted
from ..database import Database, Model
from ..documents import models as _documents
from ..people import models as _people
from ..programme import models as _programme

MODELS = (_people, _programme, _documents, _coaching_sessions)  # every table of the site is in one of these
METADATA = Model.metadata
FOLDER = Path(__file__).resolve().parent


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest shape in one transaction; an upgrade that fails changes nothing."""
    with (
        trusted(None, "the database is upgraded"),
        engine.execution_options(accord_writes=True).connect() as connection,
    ):
        _check_foreign_keys(connection, at_once=False)
        try:
            with connection.begin():
                command.upgrade(config(connection), "head")
                _refuse_orphans(connection)
        finally:
            _check_foreign_keys(connection, at_once=True)


def is_current(engine: Engine) -> bool:
    """Whether the tables have the newest shape."""
    newest = ScriptDirectory.from_config(config()).get_heads()
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(newest)


def write_revision(message: str) -> Path:
    """Write the next revision: what the models have that the revisions so far do not. Read it before you keep it."""
    number = f"{len(list(FOLDER.glob('versions/[0-9]*.py'))) + 1:04d}"
    with TemporaryDirectory() as folder:
        engine = Database(f"sqlite:///{folder}/empty.db").engine
        upgrade(engine)
        with trusted(None, "the database is upgraded"), engine.connect() as connection:
            written = command.revision(config(connection), message, autogenerate=True, rev_id=number)
        engine.dispose()
    assert isinstance(written, Script)
    return Path(written.path)


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, for the database behind this connection."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _check_foreign_keys(connection: Connection, *, at_once: bool) -> None:
    """SQLite changes a table by copying it and dropping the old one, which live foreign keys would take as a loss."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys={'ON' if at_once else 'OFF'}")


def _refuse_orphans(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        tables = sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
        if tables:
            raise RuntimeError(f"The upgrade was undone, because rows would point at nothing in: {', '.join(tables)}.")
