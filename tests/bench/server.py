"""One server of the site for the length of a measurement, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp import settings


@dataclass(frozen=True)
class Server:
    """Where it listens, and the process that was started."""

    port: int
    pid: int

    def is_up(self) -> bool:
        """Whether anybody answers there."""
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children]

    def memory(self) -> float:
        """The most that one worker holds in memory (resident), in MB."""
        return max(_resident(pid) for pid in self.workers())

    def processor_time(self) -> float:
        """How many seconds the workers have had a processor so far: waiting for one, as on a busy machine, is not in it."""
        files = (file for pid in self.workers() for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def running(
    instance: Path,
    database_url: str,
    *,
    workers: int = 1,
    program: str = "tests.bench.served",
    port: int = 0,
    threads: object = settings.DEFAULTS["THREADS"],
) -> Iterator[Server]:
    """The site as `flask serve` runs it or, with several workers, as gunicorn's own command does."""
    port = port or _free_port()
    command = [sys.executable, "-m", program, str(port)]
    if workers > 1:
        gunicorn = f"gunicorn --worker-class webapp.gunicorn_worker.Worker --workers {workers} --threads {threads} --keep-alive 10 --log-level warning"
        command = [sys.executable, "-m", *gunicorn.split(), "--bind", f"127.0.0.1:{port}", "tests.bench.served:app"]
    surroundings = os.environ | {
        "ACCORD_INSTANCE": str(instance),
        "ACCORD_DATABASE_URL": database_url,
        "ACCORD_THREADS": str(threads),
    }
    process = subprocess.Popen(command, env=surroundings)
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("The server did not start.")
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The server did not answer within 30 seconds.")
