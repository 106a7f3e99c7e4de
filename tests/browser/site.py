"""A site that runs as a school's would: the real server in a process of its own, with a demo school of its own."""

import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from webapp.people.kept_words import TYPED_BY
from webapp.people.sign_in import new_token

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "accord.db"
LONGEST_START = 30


class Site:
    """One server with its folder, on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is reached: http://127.0.0.1:…"""
        return f"http://127.0.0.1:{self.port}"

    def fill(self) -> None:
        """Put the demo school into the folder."""
        subprocess.run(self._flask("demo", "--fill-only"), check=True, cwd=ROOT, env=self._env(), capture_output=True)

    def start(self) -> None:
        """Serve, and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            command = self._flask("serve", "--port", str(self.port))
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._env(), stdout=log, stderr=log, start_new_session=True
            )
        ends = time.monotonic() + LONGEST_START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"The site did not start: {self.said()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop serving; everything stays in the folder."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)  # the server and its worker, as when the power fails
            self.process.wait()
            self.process = None

    def said(self) -> str:
        """What the server wrote to its log: nothing, if all went well."""
        log = self.folder / "server.log"
        return log.read_text() if log.exists() else ""

    def read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            return database.execute(statement, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        """Change its database behind its back, as time or another server would."""
        with closing(sqlite3.connect(self.folder / DATABASE, timeout=10)) as database:
            database.execute(statement, values)
            database.commit()

    def cookie_of(self, key: str) -> str:
        """The cookie of somebody who has just signed in, without the work of a password."""
        who = "SELECT id, public_id, password_hash FROM people WHERE email = ?"
        [(person_id, public_id, password_hash)] = self.read(who, f"{key}@example.org")
        token, now = new_token(person_id, password_hash), str(datetime.now(UTC).replace(tzinfo=None))
        self.change(
            "INSERT INTO sign_ins (public_id, token_hash, person_id, browser, created_at, active_at) "
            "VALUES (?, ?, ?, 'a test', ?, ?)",
            *(secrets.token_urlsafe(9), sha256(token.encode()).hexdigest(), person_id, now, now),
        )
        signs = Flask("accord")
        signs.secret_key = (self.folder / "secret_key").read_text().strip()
        serializer = SecureCookieSessionInterface().get_signing_serializer(signs)
        assert serializer is not None
        return str(serializer.dumps({"_user_id": token, TYPED_BY: public_id}))

    def copy(self, folder: Path) -> "Site":
        """Another site, not yet started, that begins with the same words."""
        folder.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(self.folder / DATABASE)) as here,
            closing(sqlite3.connect(folder / DATABASE)) as there,
        ):
            here.backup(there)
        for keys in ("secret_key", "key_ring.json"):
            shutil.copy(self.folder / keys, folder)
        return Site(folder)

    def _flask(self, *command: str) -> list[str]:
        return [sys.executable, "-W", "error::SyntaxWarning", "-m", "flask", "--app", "wsgi", *command]

    def _env(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
        return {**ours, "ACCORD_INSTANCE": str(self.folder), "ACCORD_THREADS": "8"}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/sign-in", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
