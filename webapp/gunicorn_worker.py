"""gunicorn's worker with threads, which lets go of the streams: no thread of it waits with them."""

import gc
import re
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from selectors import EVENT_READ
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_WR, SO_RCVLOWAT, SOL_SOCKET, socket
from typing import Any

from flask import Flask
from gunicorn.http import RequestParser
from gunicorn.http.wsgi import create
from gunicorn.workers.gthread import TConn, ThreadWorker

from .documents.ahead import AT_ONCE, NOT_YET
from .documents.company import Moment
from .documents.doorbell import CONNECTION
from .documents.streams import Direct, HandedOver
from .few_threads import PATIENCE, FewThreads

SPEAKS_WITHIN = 10.0  # seconds, on a new connection
CLOSED_WITHIN = 5.0  # seconds, to tell all open pages that the site goes
ASKED = re.compile(rb"GET /plans/[A-Za-z0-9_-]{1,40}/changes\?[^ ]* HTTP/1\.1\r\n")
MOST_ASKED, MOST_DRAINED = 8192, 65536  # bytes
MOST_AT_ONCE = 16384  # more may not fit into what a connection takes without waiting
LINGERS = 2.0  # seconds
NEEDS_MORE = {"CONTENT-LENGTH", "TRANSFER-ENCODING", "EXPECT", "UPGRADE"}
FRAMES = {"HTTP/1.0": False, "HTTP/1.1": True}  # whether an answer without an end comes in chunks


class Written:
    """In the place of a connection: keeps what is written."""

    def __init__(self) -> None:
        self.said: list[bytes] = []

    def sendall(self, said: bytes) -> None:
        """Keep it."""
        self.said.append(said)


class Worker(ThreadWorker):
    """Each process of the site: `flask serve` starts one; gunicorn's own command has `-k webapp.gunicorn_worker.Worker`."""

    def get_thread_pool(self) -> FewThreads:
        """The threads that answer requests."""
        return FewThreads(self.cfg.threads)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes; not for long while something waits for a thread."""
        self._moment = Moment()
        super().wait_for_and_dispatch_events(PATIENCE if self.tpool.is_held_up() else timeout)
        while self._lingering and self._lingering[0].timeout < time.monotonic():
            self._close(self._lingering.popleft())

    def load_wsgi(self) -> None:
        """Read the site."""
        super().load_wsgi()
        self._site: Flask = self.app.wsgi()
        self.wsgi = self._answer
        self._handed_over, self._lingering = set[TConn](), deque[TConn]()
        gc.collect()
        gc.freeze()  # the site itself stays: to look through it for garbage takes 80 ms, in which nobody is answered

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        connection, frames = environ["gunicorn.socket"], FRAMES.get(environ["SERVER_PROTOCOL"])
        if type(connection) is socket and frames is not None and self.cfg.protocol == "http":
            environ[CONNECTION] = partial(Direct, connection, in_chunks=frames)
        return self._site(environ, start_response)

    def enqueue_req(self, conn: TConn) -> None:
        """Let a thread answer what is asked; half a question, or none yet, as browsers open connections in advance, holds none."""
        if self.cfg.is_ssl or type(conn.sock) is not socket or self._is_asked(conn.sock):
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + SPEAKS_WITHIN
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._says_more, conn))

    def _says_more(self, conn: TConn, client: socket) -> None:
        if self._is_asked(client):
            self.on_pending_socket_readable(conn, client)

    def _is_asked(self, client: socket) -> bool:
        """Whether the head of a request is all there, or nothing more will come. It is readable again when there is more."""
        try:
            before = client.getsockopt(SOL_SOCKET, SO_RCVLOWAT)
            said = client.recv(MOST_ASKED, MSG_PEEK | MSG_DONTWAIT)
            is_asked = b"\r\n\r\n" in said or b"\n\n" in said or len(said) < before or len(said) == MOST_ASKED
            client.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 1 if is_asked else len(said) + 1)
        except BlockingIOError:
            return False
        except OSError:
            return True  # the thread that reads it finds out
        return is_asked

    def on_client_socket_readable(self, conn: TConn, client: socket) -> None:
        """A kept connection has something to say. What needs no looking up needs no thread either."""
        if not self._is_answered(conn, client):
            super().on_client_socket_readable(conn, client)

    def _is_answered(self, conn: TConn, client: socket) -> bool:
        """Whether this is a question that was answered at once. What is asked stays in the connection if it was not."""
        if not self.alive or type(client) is not socket:
            return False
        try:
            said = client.recv(MOST_ASKED, MSG_PEEK)
            answer = self._answer_to(said, conn, client) if ASKED.match(said) and said.endswith(b"\r\n\r\n") else None
        except OSError:
            return False
        except Exception:  # whatever it is, the thread that reads it again says so
            return False
        if answer is None or len(answer) > MOST_AT_ONCE:
            return False
        self.keepalived_conns.remove(conn)
        try:
            client.recv(len(said))
            client.sendall(answer)
        except OSError:  # gone, or it reads nothing
            self.poller.unregister(client)
            self.nr_conns -= 1
            conn.close()
        else:
            conn.set_timeout()
            self.keepalived_conns.append(conn)
        return True

    def _answer_to(self, said: bytes, conn: TConn, client: socket) -> bytes | None:
        parser = RequestParser(self.cfg, iter([said]), conn.client)
        asked = next(parser)
        if asked.should_close() or parser.unreader.buf.getvalue() or NEEDS_MORE & {name for name, _ in asked.headers}:
            return None
        written = Written()
        answer, environ = create(asked, written, conn.client, conn.server, self.cfg)
        told = self._answer({**environ, "gunicorn.socket": client, AT_ONCE: self._moment}, answer.start_response)
        if told is NOT_YET:
            return None
        for piece in told:
            answer.write(piece)
        answer.close()
        getattr(told, "close", str)()
        self.log.access(answer, asked, environ, timedelta())
        return b"".join(written.said)

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
        elif type(conn.sock) is socket and not fs.cancelled() and not fs.exception() and fs.result() is False:
            self.nr_conns -= 1
            self._hang_up(conn)
        else:
            super().finish_request(conn, fs)

    def _hang_up(self, conn: TConn) -> None:
        """Close a connection when the other end has done so, or soon: nobody waits for that."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            conn.sock.close()
            return
        conn.timeout, conn.drained = time.monotonic() + LINGERS, 0
        self._lingering.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: TConn, client: socket) -> None:
        try:
            said = len(client.recv(MOST_ASKED))
        except BlockingIOError:
            return
        except OSError:
            said = 0
        conn.drained += said
        if not said or conn.drained > MOST_DRAINED:
            self._lingering.remove(conn)
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        conn.sock.close()

    def handle_exit(self, *signal: Any) -> None:
        """The process is to end: so are the streams."""
        self._site.extensions["doorbell"].close()
        super().handle_exit(*signal)

    def run(self) -> None:
        """Serve until it is to end."""
        super().run()
        self._site.extensions["doorbell"].wait(CLOSED_WITHIN)
