"""A bad connection between a browser and the site: a proxy that is slow, and loses requests on their way and answers on theirs."""

import socket
import threading
import time
from contextlib import suppress
from itertools import count
from urllib.parse import urlsplit

BLOCK = 65536
LOST_REQUEST, LOST_ANSWER = 2, 5  # which of twenty saves do not arrive, and of which the answer does not: 10 %
OF = 20
LONGEST = 30  # seconds that a save waits to be let through


class BadConnection:
    """An HTTP proxy on this machine, one request on each connection. Once `bad`, each waits, and one in ten fails.

    Half of those fail before the site hears of them, half after it has done what was asked. Saves are counted apart
    from all else, so that some of them fail however short the test is. `failed`: how many saves have failed. While
    somebody `watches`, no save comes through after a failed one until they have `seen` what the page says.
    """

    def __init__(self, delay: float) -> None:
        self.delay, self.bad, self.watches, self.failed = delay, False, False, 0
        self.seen = threading.Event()
        self.seen.set()
        self._saves, self._others = count(), count()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = True
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is reached: http://127.0.0.1:…"""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Take no more requests."""
        self._open = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while self._open:
            with suppress(OSError):
                browser, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(browser,), daemon=True).start()

    def _pass_on(self, browser: socket.socket) -> None:
        with browser, suppress(OSError):
            asked = _request(browser)
            if asked:
                self._answer(browser, *asked)

    def _answer(self, browser: socket.socket, site: tuple[str, int], asked: bytes) -> None:
        is_save = asked.startswith(b"POST") and b"/answers/" in asked.split(b"\r\n", 1)[0]
        turn = next(self._saves if is_save else self._others) % OF if self.bad else -1
        time.sleep(self.delay if self.bad else 0)
        if is_save:
            self.seen.wait(LONGEST)
        if turn == LOST_REQUEST or not self._carry(site, asked, browser, answers=turn != LOST_ANSWER):
            self._fails(is_save)

    @staticmethod
    def _carry(site: tuple[str, int], asked: bytes, browser: socket.socket, *, answers: bool) -> bool:
        """To the site, and the answer back. False once the site has answered what does not come back."""
        with socket.create_connection(site) as there:
            there.sendall(asked)
            while block := there.recv(BLOCK):
                if not answers:
                    return False
                browser.sendall(block)
        return True

    def _fails(self, is_save: bool) -> None:
        """The connection is closed, and nothing was said."""
        if is_save and self.watches:
            self.seen.clear()
        self.failed += is_save


def _request(browser: socket.socket) -> tuple[tuple[str, int], bytes] | None:
    """Where a browser wants to go, and the request as the site itself reads it, to be answered on a connection of its own."""
    said = b""
    while b"\r\n\r\n" not in said:
        block = browser.recv(BLOCK)
        if not block:
            return None
        said += block
    head, body = said.split(b"\r\n\r\n", 1)
    first, *lines = head.split(b"\r\n")
    method, address, version = first.split(b" ")
    found = urlsplit(address.decode())
    length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += browser.recv(BLOCK)
    path = (found.path + (f"?{found.query}" if found.query else "")).encode()
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"proxy-"))]
    head = b"\r\n".join([b" ".join((method, path, version)), *kept, b"Connection: close"])
    return (found.hostname or "", found.port or 80), head + b"\r\n\r\n" + body
