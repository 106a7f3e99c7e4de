"""A site that runs as a school's would: the real server in a process of its own, with a demo school of its own."""

import os
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
from pathlib import Path
from typing import Any

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
