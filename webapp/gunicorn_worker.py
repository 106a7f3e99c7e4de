"""gunicorn's worker with threads, which lets go of the streams: no thread of it waits with them."""

from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from socket import socket
from typing import Any

from flask import Flask
from gunicorn.workers.gthread import TConn, ThreadWorker

from .documents.doorbell import CONNECTION
from .documents.streams import Direct, HandedOver
from .few_threads import PATIENCE, FewThreads

CLOSED_WITHIN = 5.0  # seconds, to tell all open pages that the site goes
FRAMES = {"HTTP/1.0": False, "HTTP/1.1": True}  # whether an answer without an end comes in chunks


class Worker(ThreadWorker):
    """Each process of the site: `flask serve` starts one; gunicorn's own command has `-k webapp.gunicorn_worker.Worker`."""

    def get_thread_pool(self) -> FewThreads:
        """The threads that answer requests."""
        return FewThreads(self.cfg.threads)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes; not for long while something waits for a thread."""
        super().wait_for_and_dispatch_events(PATIENCE if self.tpool.is_held_up() else timeout)

    def load_wsgi(self) -> None:
        """Read the site."""
        super().load_wsgi()
        self._site: Flask = self.app.wsgi()
        self.wsgi = self._answer
        self._handed_over = set[TConn]()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        connection, frames = environ["gunicorn.socket"], FRAMES.get(environ["SERVER_PROTOCOL"])
        if type(connection) is socket and frames is not None and self.cfg.protocol == "http":
            environ[CONNECTION] = partial(Direct, connection, in_chunks=frames)
        return self._site(environ, start_response)

    def handle(self, conn: TConn) -> object:
        """Answer what comes on one connection."""
        try:
            return super().handle(conn)
        except HandedOver:
            self._handed_over.add(conn)
            return None

    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """What becomes of the connection: nothing, where it is somebody else's now."""
        if conn in self._handed_over:
            self._handed_over.discard(conn)
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def handle_exit(self, *signal: Any) -> None:
        """The process is to end: so are the streams."""
        self._site.extensions["doorbell"].close()
        super().handle_exit(*signal)

    def run(self) -> None:
        """Serve until it is to end."""
        super().run()
        self._site.extensions["doorbell"].wait(CLOSED_WITHIN)
