"""A PostgreSQL server of our own for one test run: made in a moment, reached by a socket, gone afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVERS = "/usr/lib/postgresql"  # where Debian keeps them, by version
INITDB = ["--username=accord", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "jit": "off"}


IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # where Linux keeps files in memory


def programs() -> Path | None:
    """The folder of the newest server on this machine, or None."""
    folders = {path.parent for path in Path(SERVERS).glob("*/bin/initdb")}
    if on_path := shutil.which("initdb"):
        folders.add(Path(on_path).resolve().parent)
    return max(
        folders, key=lambda folder: float(folder.parent.name) if folder.parent.name.isdigit() else 0, default=None
    )


@contextmanager
def server(bin_folder: Path, settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Run a server; gives the address of its first database. Nobody but this machine can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="accord-pg-", dir=IN_MEMORY or "/tmp"))
    as_user = _someone_else(folder)
    try:
        _run([bin_folder / "initdb", "-D", folder / "data", *INITDB], as_user)
        words = [f"--{name}={value}" for name, value in settings.items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_dies_with_us(), bin_folder / "postgres", "-D", folder / "data", "-k", folder, "-h", "", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **as_user,
            )
        try:
            _wait_for(bin_folder, folder, process)
            yield f"postgresql://accord@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # to PostgreSQL: end now, without waiting for anybody
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _someone_else(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root hands the folder to the user `postgres` and becomes that."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres"}


def _dies_with_us() -> list[str]:
    """Where Linux has the word for it: a run that is killed leaves no server behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def _run(command: list[Path | str], as_user: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **as_user)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _wait_for(bin_folder: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
        if subprocess.run([bin_folder / "pg_isready", "-q", "-h", folder], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not answer within 15 seconds")
