"""Whether an address that is hidden and one that does not exist can be told apart: by the answer, or by the time it takes."""

import random
from dataclasses import dataclass
from secrets import token_urlsafe

from tests.bench.timing import Times, summed_up
from tests.bench.visitor import Got, Visitor

EACH = 3_000
WARM_UP = 50
PASSING = {"Date", "Set-Cookie"}
SEED = 20261122


@dataclass(frozen=True)
class Apart:
    """What came of it. `auc`: how often a hidden one takes longer than a missing one; 0.5: nothing can be told."""

    hidden: Times
    missing: Times
    auc: float
    alike: bool


def hidden_and_missing(stranger: Visitor, public_ids: list[str]) -> Apart:
    """Ask 3,000 times each, in no order, for sessions that are hidden and for as many addresses without any."""
    order = random.Random(SEED)
    nothing = [token_urlsafe(9) for _ in public_ids]
    asked = [(kind, one) for kind, ids in (("hidden", public_ids), ("missing", nothing)) for one in ids]
    asked *= EACH // len(public_ids)
    order.shuffle(asked)
    for _, public_id in asked[:WARM_UP]:
        _ask(stranger, public_id)
    taken: dict[str, list[float]] = {"hidden": [], "missing": []}
    answers: dict[str, set[tuple[object, ...]]] = {"hidden": set(), "missing": set()}
    for kind, public_id in asked:
        got = _ask(stranger, public_id)
        taken[kind].append(got.seconds)
        answers[kind].add(_seen(got))
    return Apart(
        summed_up(taken["hidden"]),
        summed_up(taken["missing"]),
        auc(taken["hidden"], taken["missing"]),
        answers["hidden"] == answers["missing"],
    )


def _ask(stranger: Visitor, public_id: str) -> Got:
    return stranger.ask("GET", f"/sessions/{public_id}/write", refused=True)


def _seen(got: Got) -> tuple[object, ...]:
    headers = tuple(sorted((name, value) for name, value in got.headers.items() if name not in PASSING))
    return got.status, len(got.body), headers


def auc(one: list[float], other: list[float]) -> float:
    """The area under the curve, from the ranks (Mann and Whitney): equal times count half."""
    ranks: dict[float, float] = {}
    everything = sorted(one + other)
    at = 0
    while at < len(everything):
        end = at
        while end < len(everything) and everything[end] == everything[at]:
            end += 1
        ranks[everything[at]] = (at + 1 + end) / 2
        at = end
    total = sum(ranks[value] for value in one)
    return (total - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
