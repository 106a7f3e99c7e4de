"""Looking into the tables and writing to them, beside the site, each time in a transaction that is over at once."""

from typing import Any

from flask import Flask
from sqlalchemy import Executable, Select
from sqlalchemy.orm import Session


class Tables:
    """The tables of one app's database."""

    def __init__(self, app: Flask) -> None:
        self.engine = app.extensions["database"].writer_engine

    def one(self, statement: Select[Any]) -> Any:
        """The first value of the first row, or None."""
        with Session(self.engine, expire_on_commit=False) as db:
            return db.scalar(statement)

    def all(self, statement: Select[Any]) -> list[Any]:
        """The first value of every row."""
        with Session(self.engine, expire_on_commit=False) as db:
            return list(db.scalars(statement))

    def do(self, statement: Executable, rows: list[dict[str, Any]] | None = None) -> None:
        """Change something."""
        with Session(self.engine) as db:
            db.execute(statement, rows)
            db.commit()

    def add(self, *rows: Any) -> None:
        """Put in rows; they know their ids afterwards."""
        with Session(self.engine, expire_on_commit=False) as db:
            db.add_all(rows)
            db.commit()
