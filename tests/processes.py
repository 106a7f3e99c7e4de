"""The site in real server processes of its own, beside the one of the tests, and what a browser sends there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import conftest
from tests.page import Client

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """A real server process on a free port of this machine, to be killed and started again."""

    def __init__(self, database_url: str, instance: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.log = instance / "server.log"
        set_to = {
            "DATABASE_URL": database_url,
            "INSTANCE": str(instance),
            "SECRET_KEY": conftest.SECRET_KEY,
            "KEY_RING": str(conftest.KEY_RING),
        }
        self.environment = os.environ | {f"ACCORD_{name}": value for name, value in set_to.items()}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the server does not answer: {self.log.read_text()}")

    def kill(self) -> None:
        """kill -9: this process and the workers it has started, all at once and with no warning."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, ended whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


def headers_of(browser: Client) -> dict[str, str]:
    """What a signed-in browser sends along with a save."""
    token = browser.csrf_token()
    cookie = browser.http.get_cookie("accord")
    assert cookie is not None
    return {
        "Cookie": f"accord={cookie.value}",
        "X-CSRFToken": token,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
