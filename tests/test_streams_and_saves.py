"""However many pages listen, threads stay free for saves, and a server that is to stop does not wait for them."""

import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from tests import plans
from tests.cast import Cast
from tests.conftest import sign_in
from tests.processes import Server, headers_of, running
from tests.test_streams_end import Stream, request, wait_until
from webapp.documents.answering_views import MOST_STREAMS, most_streams
from webapp.documents.doorbell import FEW
from webapp.documents.streams import CHECK_EVERY

THREADS, STREAMS, PAGES = 3, 6, 12


@pytest.mark.parametrize(
    ("threads", "streams", "most"),
    [(8, None, 4), (32, None, 16), (64, None, 48), (300, None, 250), (600, None, 500), (8, 0, 0), (600, 40, 40)],
)
def test_how_many_pages_may_listen_where_each_holds_a_thread(
    app: Flask, threads: int, streams: int | None, most: int
) -> None:
    app.config.update(THREADS=threads, STREAMS=streams)
    with app.app_context():
        assert most_streams(each_has_a_thread=True) == most


@pytest.mark.parametrize(("streams", "most"), [(None, MOST_STREAMS), (0, 0), (40, 40)])
def test_how_many_pages_may_listen_where_none_does(app: Flask, streams: int | None, most: int) -> None:
    app.config.update(THREADS=8, STREAMS=streams)
    with app.app_context():
        assert most_streams(each_has_a_thread=False) == most


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Server:
    server = Server(database_url, tmp_path)
    server.environment.update(ACCORD_THREADS=str(THREADS), ACCORD_STREAMS=str(STREAMS))
    return server


def test_with_all_streams_taken_saves_and_pages_are_answered(app: Flask, cast: Cast, server: Server) -> None:
    plan = plans.write(app, cast, session_2=True)
    headers, others = (headers_of(sign_in(app, cast[role])) for role in ("coach", "teacher"))
    with running(server), ExitStack() as open_pages:
        for one in [headers] * FEW + [others] * (STREAMS - FEW):
            open_pages.callback(Stream(server.port, plan.path, one).hang_up)
        for _ in range(PAGES):
            assert request(server.port, f"{plan.path}/bell", headers)[0] == 204, "they ask by themselves"
            assert request(server.port, f"{plan.path}/bell", others)[0] == 204
        for turn in range(PAGES):
            sent = {"v.timeline": str(turn + 1), "timeline": f"turn {turn}", "page": "coach"}
            assert request(server.port, f"{plan.path}/answers/timeline", headers, sent)[0] == 200
            assert request(server.port, f"{plan.path}/write", headers)[0] == 200


@pytest.mark.parametrize(
    "said",
    [
        "",
        "GET / HTTP/1.1\r\nHost: 127",
        "nonsense\r\n\r\n",
        "GET /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_connections_on_which_nothing_happens_stop_nobody(app: Flask, cast: Cast, server: Server, said: str) -> None:
    plan = plans.write(app, cast, session_2=True)
    headers = headers_of(sign_in(app, cast["coach"]))
    with running(server), ExitStack() as open_connections:
        for _ in range(4 * THREADS):
            one = open_connections.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            one.sendall(said.encode())
        began = time.monotonic()
        for _ in range(3):
            assert request(server.port, f"{plan.path}/write", headers)[0] == 200
        assert time.monotonic() - began < 5, "gunicorn's own worker waits for each: two seconds, five, or without end"


def test_a_question_that_comes_piece_by_piece_is_answered(app: Flask, cast: Cast, server: Server) -> None:
    with running(server), socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for _ in range(2):
            for piece in ("GET /sign-in HT", "TP/1.1\r\nHost: 127.0.0.1\r", "\n\r", "\n"):
                time.sleep(0.1)
                connection.sendall(piece.encode())
            said = connection.recv(100_000)
            assert said.startswith(b"HTTP/1.1 200")
            length = int(said.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            while len(said.partition(b"\r\n\r\n")[2]) < length:
                said += connection.recv(100_000)


def test_a_page_that_is_closed_makes_room_for_others(app: Flask, cast: Cast, server: Server) -> None:
    plan = plans.write(app, cast, session_2=True)
    headers = headers_of(sign_in(app, cast["coach"]))
    with running(server), ExitStack() as open_pages:
        for _ in range(2):
            streams = [Stream(server.port, plan.path, headers) for _ in range(FEW)]
            open_pages.callback(streams[0].hang_up)
            assert wait_until(lambda: all(one.times("here") for one in streams), 10)  # noqa: B023 of this turn
            assert request(server.port, f"{plan.path}/bell", headers)[0] == 204
            for one in streams:
                one.hang_up()
            time.sleep(2 * CHECK_EVERY)


def test_an_old_proxy_gets_the_same_without_chunks(app: Flask, cast: Cast, server: Server) -> None:
    plan = plans.write(app, cast, session_2=True)
    headers = headers_of(sign_in(app, cast["coach"]))
    lines = [f"GET {plan.path}/bell HTTP/1.0", "Host: 127.0.0.1", f"Cookie: {headers['Cookie']}", "", ""]
    with running(server), socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        said = b""
        while not said.endswith(b"\n\n:\n\n"):
            said += connection.recv(1000) or b"\n\n:\n\n"  # it ended
    head, _, body = said.partition(b"\r\n\r\n")
    assert b" 200 " in head and b"chunked" not in head
    assert body == b"retry: 2000\nevent: here\ndata:\n\n:\n\n"


def test_a_server_that_is_to_stop_ends_every_stream_first(app: Flask, cast: Cast, server: Server) -> None:
    plan = plans.write(app, cast, session_2=True)
    headers, others = (headers_of(sign_in(app, cast[role])) for role in ("coach", "teacher"))
    with running(server), ExitStack() as open_pages:
        streams = [Stream(server.port, plan.path, one) for one in [headers] * FEW + [others] * (STREAMS - FEW)]
        for one in streams:
            open_pages.callback(one.hang_up)
        assert wait_until(lambda: all(one.times("here") for one in streams), 10)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: all(one.ended for one in streams), 10)
        assert [one.heard[-1][1] for one in streams] == ["over"] * len(streams), "so they come again soon"
        assert server.process.wait(timeout=30) == 0
        server.process = None
