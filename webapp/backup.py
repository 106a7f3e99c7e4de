"""A backup of the database that holds every saved word, made while the site runs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from .database import database_file


class NotHere(RuntimeError):
    """This database cannot be backed up this way; the message says how it can."""


def backup(to: Path) -> int:
    """Write a complete copy of the SQLite database to a new file; gives its size in bytes.

    Copying the .db file instead would lose what is still in its log. Raises NotHere on PostgreSQL
    and FileExistsError where the file is there already.
    """
    source = database_file()
    if source is None:
        raise NotHere("On PostgreSQL use pg_dump: pg_dump --format=custom --file=accord.dump DATABASE")
    if to.exists():
        raise FileExistsError(to)
    to.touch(mode=0o600)  # VACUUM INTO fills an empty file and keeps its rights
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", [str(to)])
    return to.stat().st_size
