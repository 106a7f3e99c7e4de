"""The server: gunicorn with threads on Linux and macOS, waitress on Windows. One process is enough for a school."""

import sys
from typing import Any

from flask import Flask

from . import database

CONNECTIONS = 4000  # of one process at once: browsers keep some open, and each stream is one
KEPT = 10  # seconds, a connection on which nothing is asked
WORKER = "webapp.gunicorn_worker.Worker"


def serve(app: Flask, *, host: str, port: int) -> None:
    """Serve the site until it is stopped."""
    threads = int(app.config["THREADS"])
    if sys.platform == "win32":
        from waitress import serve as run  # noqa: PLC0415 there only on Windows

        run(app, host=host, port=port, threads=threads, asyncore_use_poll=True)
    else:
        _many_connections(2 * CONNECTIONS)
        _gunicorn(app, {"bind": f"{_bracketed(host)}:{port}", "threads": threads, "worker_connections": CONNECTIONS})


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _many_connections(number: int) -> None:
    """Allow this process so many connections and files, as far as its system lets it: many start with 1,024."""
    import resource  # noqa: PLC0415 there only off Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _gunicorn(app: Flask, options: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 there only off Windows

    class Server(BaseApplication):
        def load_config(self) -> None:
            fixed = {
                "worker_class": WORKER,
                "worker_connections": CONNECTIONS,
                "keepalive": KEPT,
                "workers": 1,
                "loglevel": "warning",
                "graceful_timeout": 10,
            }
            for name, value in {**fixed, **options}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            database.open_anew(app)  # here we are in the worker
            return app

    Server().run()
