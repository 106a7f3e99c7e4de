"""Where the lines and dots of a measure's chart stand on paper, as shares of its width and height (from the top)."""

from dataclasses import dataclass
from math import ceil, floor, log10

from ..web import day
from .answers_page import Chart

MOST_STEPS = 5


@dataclass(frozen=True)
class Plot:
    """A chart ready to draw; `summary` says in words what it shows."""

    title: str
    summary: str
    levels: list[tuple[str, float]]  # the scale: number, height
    lines: list[tuple[str, float]]  # baseline and target: word, height
    points: list[tuple[float, float]]
    values: list[tuple[str, str]]  # day, number
    ends: list[str]  # the first and the last day


def plot(chart: Chart) -> Plot:
    """Lay out one chart."""
    known = {"Baseline": chart.baseline, "Target": chart.target}
    marked = [(word, level) for word, level in known.items() if level is not None]
    numbers = [number for _, number in chart.points] + [level for _, level in marked]
    scale = _scale(min(numbers), max(numbers))
    bottom, span = scale[0], scale[-1] - scale[0] or 1.0
    first, last = chart.points[0][0], chart.points[-1][0]
    days = (last - first).days
    return Plot(
        title=chart.title,
        summary=f"{len(chart.points)} values, the last {chart.points[-1][1]:g} on {day(last)}",
        levels=[(f"{number:g}", 1 - (number - bottom) / span) for number in scale],
        lines=[(word, 1 - (level - bottom) / span) for word, level in marked],
        points=[
            ((on - first).days / days if days else 0.5, 1 - (number - bottom) / span) for on, number in chart.points
        ],
        values=[(day(on), f"{number:g}") for on, number in chart.points],
        ends=[day(first), day(last)] if days else [day(first)],
    )


def _scale(low: float, high: float) -> list[float]:
    """Round numbers from below the lowest to above the highest, at most five steps apart."""
    span = high - low or abs(high) or 1.0
    size = 10.0 ** floor(log10(span / MOST_STEPS))
    step = next((size * factor for factor in (1, 2, 5) if span / (size * factor) <= MOST_STEPS - 1), size * 10)
    bottom = floor(low / step)
    top = max(ceil(high / step), bottom + 1)
    return [number * step for number in range(bottom, top + 1)]
