"""Revisions as people remember them: what one person did within a few minutes is one step, however often it was saved.

No step hides words that somebody wrote and then emptied, or that somebody else took out. While two people type in one box their revisions alternate:
then what they did together is one step of both.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from .past import Past

MOST_TURNS = 50
PAUSE = timedelta(minutes=5)  # whoever rests longer begins a new step
Step = list[Past]  # of one place, oldest first
Cuts = Callable[[Past], Sequence[datetime]]  # the moments, in order, over which no step of this revision's place goes


def no_cuts(_past: Past) -> Sequence[datetime]:
    """Nothing was decided."""
    return ()


def window(
    newest: Sequence[Past], most: int, *, all_read: bool, cuts: Cuts = no_cuts, every: bool = False
) -> list[Step]:
    """The steps among these revisions (newest first), the newest step first, at most so many.

    `all_read`: there is none older. `every`: each revision for itself. What the steps leave out is older than all that
    they hold, so the next page goes on at the lowest number.
    """
    found = sorted(_all(newest[::-1], cuts, every=every), key=lambda step: step[-1].number, reverse=True)
    if not newest or (len(found) <= most and all_read):
        return found
    lowest = found[most][-1].number + 1 if len(found) > most else newest[-1].number
    if any(step[0].number < lowest for step in found[:most]) or len(found) <= most:
        lowest = _after_a_pause(newest, lowest) or lowest
    kept = ([past for past in step if past.number >= lowest] for step in found)
    return [step for step in kept if step]


def _after_a_pause(newest: Sequence[Past], lowest: int) -> int:
    """The number not below this one at which everybody had rested; 0 if nobody ever did."""
    rested = [newer.number for newer, older in pairwise(newest) if newer.at - older.at > PAUSE]
    return min((number for number in rested if number >= lowest), default=0)


def _all(oldest: Iterable[Past], cuts: Cuts, *, every: bool) -> list[Step]:
    by_place: dict[tuple[str, str], Step] = {}
    alone: list[Step] = []
    for past in oldest:
        if past.aside or every:
            alone.append([past])
        else:
            by_place.setdefault((past.prompt, past.row), []).append(past)
    return alone + [step for here in by_place.values() for step in _of_place(here, cuts(here[0]))]


def _of_place(here: Sequence[Past], cuts: Sequence[datetime]) -> list[Step]:
    starts: list[int] = []
    last: dict[int, int] = {}  # person → where their last revision is, if it can still be gone on with
    for at, past in enumerate(here):
        if past.restored or past.emptied or (at and bisect(cuts, here[at - 1].at) != bisect(cuts, past.at)):
            last.clear()
        before = last.get(past.by_id)
        if before is not None and past.at - here[before].at <= PAUSE:
            while starts[-1] > before:  # all that others did in between belongs to the same step
                starts.pop()
        else:
            starts.append(at)
        last[past.by_id] = at
        if past.restored:
            last.clear()
    return [part for begin, end in pairwise([*starts, len(here)]) for part in _in_parts(here[begin:end])]


def _in_parts(step: Sequence[Past]) -> list[Step]:
    """A step in which people took turns more often than one page compares becomes several."""
    parts, count = [[step[0]]], 1
    for before, past in pairwise(step):
        count += before.by_id != past.by_id
        if count > MOST_TURNS:
            parts, count = [*parts, []], 1
        parts[-1].append(past)
    return parts


def turns(step: Step) -> Step:
    """The last revision of each turn that somebody had in a step."""
    return [past for past, after in pairwise([*step, None]) if past and (not after or after.by_id != past.by_id)]
