"""The server: gunicorn with threads on Linux and macOS, waitress on Windows. One process is enough for a school."""

import sys
from typing import Any

from flask import Flask

from . import database


def serve(app: Flask, *, host: str, port: int) -> None:
    """Serve the site until it is stopped."""
    threads = int(app.config["THREADS"])
    if sys.platform == "win32":
        from waitress import serve as run  # noqa: PLC0415 there only on Windows

        run(app, host=host, port=port, threads=threads, asyncore_use_poll=True)
    else:
        _many_connections(8 * threads)
        connections = {"threads": threads, "worker_connections": 4 * threads}
        _gunicorn(app, {"bind": f"{_bracketed(host)}:{port}", **connections})


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
    from gunicorn.workers.gthread import ThreadWorker  # noqa: PLC0415

    class Worker(ThreadWorker):
        def handle_exit(self, *signal: Any) -> None:
            app.extensions["doorbell"].close()  # else it would wait for open pages to go away
            super().handle_exit(*signal)

    class Server(BaseApplication):
        def load_config(self) -> None:
            fixed = {"worker_class": Worker, "workers": 1, "loglevel": "warning", "graceful_timeout": 10}
            for name, value in {**fixed, **options}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            database.open_anew(app)  # here we are in the worker
            return app

    Server().run()
