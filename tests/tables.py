"""Looking into the tables and writing to them, beside the site, each time in a transaction that is over at once."""

from contextlib import AbstractContextManager
from typing import Any

from flask import Flask
from sqlalchemy import Executable, Select
from sqlalchemy.orm import Session

from webapp.confidential import trusted


def past_the_wall() -> AbstractContextManager[None]:
    """What whoever has the database's own console can do: read and write every table, sealed texts and all."""
    return trusted(None, "the database is upgraded")


class Tables:
    """The tables of one app's database."""

    def __init__(self, app: Flask) -> None:
        self.engine = app.extensions["database"].writer_engine

    def one(self, statement: Select[Any]) -> Any:
        """The first value of the first row, or None."""
        with past_the_wall(), Session(self.engine, expire_on_commit=False) as db:
            return db.scalar(statement)

    def all(self, statement: Select[Any]) -> list[Any]:
        """The first value of every row."""
        with past_the_wall(), Session(self.engine, expire_on_commit=False) as db:
            return list(db.scalars(statement))

    def do(self, statement: Executable, rows: list[dict[str, Any]] | None = None) -> None:
        """Change something."""
        with past_the_wall(), Session(self.engine) as db:
            db.execute(statement, rows)
            db.commit()

    def add(self, *rows: Any) -> None:
        """Put in rows; they know their ids afterwards."""
        with past_the_wall(), Session(self.engine, expire_on_commit=False) as db:
            db.add_all(rows)
            db.commit()
