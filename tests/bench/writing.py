"""Writing together, in figures: what `--only together`, `keystrokes`, `tabs` and `texts` print."""

import time
from pathlib import Path

from sqlalchemy import Engine

from tests.bench import live
from tests.bench.crowd import Crowd
from tests.bench.server import running

SECONDS = 20.0
SIZES = ((2, 1), (20, 1), (100, 1), (2, 100))  # people in a plan, plans
WANTED = "wanted for 100 people: shown p50 < 40 and p99 < 120 ms, saves p99 < 150 ms"


def _together(instance: Path, url: str, engine: Engine) -> None:
    """From a save to the others' screens: one process on SQLite, two on PostgreSQL."""
    workers = 1 if engine.dialect.name == "sqlite" else 2
    crowd = Crowd(engine, instance, url)
    print(f"from a save to the others’ screens, {live.SAVES_A_SECOND} saves a second, {workers} process(es); {WANTED}")
    print(f"{'people':>8}{'plans':>7}{'shown p50':>12}{'p99':>8}{'saves p50':>12}{'p99':>8}{'saves':>8}{'asked':>8}{'CPU':>6}")
    for people, plans in SIZES:
        gatherings = crowd.gather(people, plans)
        with running(instance, url, workers=workers) as server:
            began, used = time.monotonic(), server.processor_time()
            found = live.together(server.port, gatherings, seconds=SECONDS)
            load = (server.processor_time() - used) / (time.monotonic() - began)
        print(
            f"{people * plans:8}{plans:7}{found.shown.median:12.1f}{found.shown.p99:8.1f}{found.saves.median:12.1f}"
            f"{found.saves.p99:8.1f}{found.saved:8}{found.asked:8}{load:6.0%}",
            flush=True,
        )
        if found.missing or found.failed:
            print(f"  never shown: {found.missing}; failed: {len(found.failed)}", *found.failed[:3], sep="\n    ")
    crowd.close()


SHOWN = {"together": _together}
