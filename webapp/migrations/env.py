"""What Alembic runs, for upgrading a database and for writing a new revision."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from webapp.database import Moment
from webapp.migrations import METADATA


def _render(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our own types as plain ones, so that a revision never depends on the code of its day."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    """Run the wanted revisions on the connection we were given, inside its transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
        transactional_ddl=True,  # we begin ourselves, so SQLite undoes a half-done upgrade too
    )
    with context.begin_transaction():
        context.run_migrations()


run()
