"""Working a thing out once."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


MOST = 1000  # so that nothing grows without end


def once(work: Callable[P, R]) -> Callable[P, R]:
    """`functools.lru_cache` for functions of a form: to the type checker the function stays what it was."""
    return cast(Callable[P, R], functools.lru_cache(MOST)(work))
