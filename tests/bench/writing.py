"""Writing together, in figures: what `--only together`, `keystrokes`, `tabs` and `texts` print."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from tests.bench import keystrokes, live, tabs, texts
from tests.bench.crowd import Crowd, Gathering
from tests.bench.server import Server, running
from tests.bench.timing import summed_up
from tests.bench.visitor import Visitor

SECONDS = 20.0
SIZES = ((2, 1, 17), (20, 1, 17), (100, 1, 2), (100, 1, 17), (2, 100, 17))  # people in a plan, plans, saves a second
STREAMS, PEOPLE, ROUNDS = 500, 150, 60
WANTED = "wanted for 100 people: shown p50 < 40 and p99 < 120 ms, saves p99 < 150 ms"


def _together(instance: Path, url: str, engine: Engine) -> None:
    """From a save to the others' screens: one process on SQLite, two on PostgreSQL."""
    workers = 1 if engine.dialect.name == "sqlite" else 2
    crowd = Crowd(engine, instance, url)
    print(f"from a save to the others’ screens, {workers} process(es); {WANTED}")
    print(
        f"{'people':>8}{'plans':>7}{'a second':>9}{'shown p50':>12}{'p99':>8}{'saves p50':>12}{'p99':>8}{'saves':>8}{'asked':>8}{'CPU':>6}{'MB':>6}"
    )
    for people, plans, a_second in SIZES:
        gatherings = crowd.gather(people, plans)
        with running(instance, url, workers=workers) as server:
            began, used = time.monotonic(), server.processor_time()
            found = live.together(server, gatherings, seconds=SECONDS, a_second=a_second)
            load = (server.processor_time() - used) / (time.monotonic() - began)
        print(
            f"{people * plans:8}{plans:7}{a_second:9}{found.shown.median:12.1f}{found.shown.p99:8.1f}{found.saves.median:12.1f}"
            f"{found.saves.p99:8.1f}{found.saved:8}{found.asked:8}{load:6.0%}{found.memory:6.0f}",
            flush=True,
        )
        if found.missing or found.failed:
            print(f"  never shown: {found.missing}; failed: {len(found.failed)}", *found.failed[:3], sep="\n    ")
    crowd.close()


def _memory(instance: Path, url: str, engine: Engine) -> None:
    """What 500 open streams take of a process."""
    crowd = Crowd(engine, instance, url)
    gatherings = crowd.gather(10, STREAMS // 10)
    with running(instance, url, threads=STREAMS * 6 // 5) as server:
        found = live.together(server, gatherings, seconds=5)
    print(f"memory of a process with {STREAMS} streams: {found.memory:.0f} MB (wanted: < 130)")
    print(f"  meanwhile shown p50 {found.shown.median:.1f} ms, p99 {found.shown.p99:.1f}; failed {len(found.failed)}")
    crowd.close()


def _keystrokes(instance: Path, url: str, engine: Engine) -> None:
    """From a key to the other window."""
    crowd = Crowd(engine, instance, url)
    with running(instance, url) as server:
        times = summed_up(keystrokes.keystrokes(server.port, crowd.gather(2)[0]))
    print(
        f"from a key in one Chromium window to the character in another, {keystrokes.KEYS} keys: p50 {times.median:.0f} ms, "
        f"p95 {times.p95:.0f}, p99 {times.p99:.0f} (wanted: p50 < 300, p99 < 700)"
    )
    crowd.close()


def _tabs(instance: Path, url: str, engine: Engine) -> None:
    """The site with 300 open tabs, and when it starts anew."""
    crowd = Crowd(engine, instance, url)
    gatherings, reader = crowd.gather(2, PEOPLE // 2), crowd.gather(1)[0]
    with running(instance, url) as server:
        ask = _asking(server.port, reader)
        without = summed_up([ask() for _ in range(ROUNDS)])
        open_tabs = tabs.Tabs(server, gatherings)
        with open_tabs.opened():
            streams = sum(1 for tab in open_tabs.visible if tab.live_at)
            beside = summed_up([ask() for _ in range(ROUNDS)])
            print(
                f"{len(open_tabs.tabs)} open tabs of {PEOPLE} people, {streams} streams; memory {server.memory():.0f} MB"
            )
            print(f"  plan page without them: median {without.median:.1f} ms, p95 {without.p95:.1f}")
            print(f"  plan page beside them:  median {beside.median:.1f} ms, p95 {beside.p95:.1f}")
            for title, how in (("killed", signal.SIGKILL), ("stopped", signal.SIGTERM)):
                _anew(title, how, server, instance, url, open_tabs)
    crowd.close()


def _anew(title: str, how: int, server: Server, instance: Path, url: str, open_tabs: tabs.Tabs) -> None:
    killed = tabs.kill(server, how)
    tabs.wait_until(lambda: not server.is_up(), 30)
    with running(instance, url, port=server.port):
        found = open_tabs.find_again(killed, time.monotonic())
    print(
        f"  {title}, away for {found.away:.1f} s: half of the streams are back {found.half_live:.1f} s after it answers, all after "
        f"{found.all_live:.1f} s ({found.missing} missing); at most {found.busiest} requests in a tenth of a second"
    )


def _asking(port: int, reader: Gathering) -> Callable[[], float]:
    visitor = Visitor(port)
    name, _, value = reader.cookies[0].partition("=")
    visitor.cookies[name] = value
    return lambda: visitor.get(f"{reader.path}/write").seconds


def _texts(_instance: Path, _url: str, _engine: Engine) -> None:
    """Long texts."""
    for others in (0, texts.OTHERS):
        times = texts.merging(others)
        print(
            f"one operation into a text of {texts.LONG // 1000} KB past {others} others: median {times.median:.2f} ms, "
            f"p99 {times.p99:.2f} (wanted: < 5)"
        )


SHOWN = {"together": _together, "memory": _memory, "keystrokes": _keystrokes, "tabs": _tabs, "texts": _texts}
