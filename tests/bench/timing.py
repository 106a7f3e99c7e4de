"""Two requests measured in turns, so that whatever else the machine does falls on both."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WARM_UP = 10


@dataclass(frozen=True)
class Times:
    """Milliseconds: the fastest tenth, the middle, and what 95 (99) of 100 stay below."""

    p10: float
    median: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Beside:
    """The site and the bare page, measured in turns."""

    site: Times
    bare: Times

    @property
    def ratio(self) -> float:
        """How many times the bare page this is."""
        return self.site.median / self.bare.median

    @property
    def undisturbed(self) -> float:
        """The same of the fastest tenth of each: on a busy machine, what longer requests lose to others is not in it."""
        return self.site.p10 / self.bare.p10


def in_turns(site: Callable[[], float], bare: Callable[[], float], rounds: int) -> Beside:
    """Measure both `rounds` times, each first as often as the other. They give seconds."""
    taken: dict[Callable[[], float], list[float]] = {site: [], bare: []}
    for number in range(WARM_UP + rounds):
        for request in (site, bare) if number % 2 else (bare, site):
            seconds = request()
            if number >= WARM_UP:
                taken[request].append(seconds)
    return Beside(summed_up(taken[site]), summed_up(taken[bare]))


def fsync(folder: Path) -> float:
    """How many milliseconds this disk takes to keep one page for good: no save can take less."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return summed_up(taken).median


def summed_up(seconds: list[float]) -> Times:
    """What these times come to."""
    hundredths = statistics.quantiles((second * 1000 for second in seconds), n=100)
    return Times(hundredths[9], hundredths[49], hundredths[94], hundredths[98])
