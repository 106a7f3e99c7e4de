"""Hundreds of browsers in one loop, each with as little work as can be: what is measured is the site, not them."""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

KEPT = 8.0  # the server closes a connection that is not used for ten seconds
STATUS = slice(9, 12)


@dataclass(frozen=True)
class Answer:
    """One answer; `at`: when it was complete (time.perf_counter)."""

    status: int
    head: bytes
    body: bytes
    at: float

    @property
    def text(self) -> str:
        """The body, unpacked."""
        return (gzip.decompress(self.body) if b"Content-Encoding: gzip" in self.head else self.body).decode()


class _Reader(asyncio.Protocol):
    """Reads what comes: one answer with its length, or a stream piece by piece."""

    def __init__(self) -> None:
        self.said = b""
        self.answered: asyncio.Future[Answer] | None = None
        self.heard: Callable[[bytes], None] | None = None
        self.lost = False

    def data_received(self, data: bytes) -> None:
        """More has come."""
        self.said += data
        if self.heard is not None and self.answered is not None and self.answered.done():
            return self._hear()
        head, gap, body = self.said.partition(b"\r\n\r\n")
        if self.answered is None or not gap:
            return None
        if self.heard is not None and b"text/event-stream" in head:
            self.said = body
            self._answer(head, b"")
            self._hear(first=True)
        elif len(body) >= (length := _length(head)):
            self.said = b""
            self._answer(head, body[:length])
        return None

    def _hear(self, *, first: bool = False) -> None:
        assert self.heard is not None
        if not first or self.said:
            said, self.said = self.said, b""
            self.heard(said)

    def _answer(self, head: bytes, body: bytes) -> None:
        assert self.answered is not None
        if not self.answered.done():
            self.answered.set_result(Answer(int(head[STATUS]), head, body, time.perf_counter()))

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has closed it."""
        self.lost = True
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(exc or ConnectionError("closed without an answer"))
        if self.heard is not None:
            self.heard(b"")


def _length(head: bytes) -> int:
    if int(head[STATUS]) == 204:
        return 0
    return int(head.split(b"Content-Length: ", 1)[1].split(b"\r\n", 1)[0])


class Line:
    """One connection of one browser, opened anew when it was not used for long. One request at a time."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port, self.headers = port, headers
        self._reader = _Reader()
        self._transport: asyncio.Transport | None = None
        self._used = 0.0

    async def ask(self, method: str, path: str, form: dict[str, object] | None = None) -> Answer:
        """One request and its answer; OSError if the server does not answer."""
        await self._connect()
        return await self._send(method, path, form)

    async def listen(self, path: str, heard: "Callable[[bytes], None]") -> Answer:
        """A stream: how it was answered. Its pieces are `heard` as they come; the last one is empty."""
        await self._connect(anew=True)
        self._reader.heard = heard
        return await self._send("GET", path, None)

    def hang_up(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()
        self._reader.lost = True

    async def _send(self, method: str, path: str, form: dict[str, object] | None) -> Answer:
        assert self._transport is not None
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {said}" for name, said in self.headers.items()),
        ]
        body = b"" if form is None else urlencode(form).encode()
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self._reader.answered = asyncio.get_running_loop().create_future()
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = await self._reader.answered
        self._used = time.monotonic()
        if b"Connection: close" in answer.head:
            self.hang_up()
        return answer

    async def _connect(self, *, anew: bool = False) -> None:
        if not anew and not self._reader.lost and self._transport and time.monotonic() - self._used < KEPT:
            return
        self.hang_up()
        self._reader = _Reader()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self._reader, "127.0.0.1", self.port)
