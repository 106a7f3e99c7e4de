"""The threads that answer requests: as few as are enough, and more as soon as those are held up."""

import time
from collections.abc import Iterator
from threading import Event, current_thread
from threading import enumerate as enumerate_threads

import pytest

from tests.test_streams_end import wait_until
from webapp.few_threads import FEW, NAME, FewThreads

MOST = 5


@pytest.fixture
def threads() -> Iterator[FewThreads]:
    pool = FewThreads(MOST)
    yield pool
    pool.shutdown()
    assert wait_until(lambda: not any(one.name == NAME for one in enumerate_threads()), 5)


@pytest.fixture
def held_up(threads: FewThreads) -> Iterator[Event]:
    """As many slow requests as there are threads at first."""
    goes_on = Event()
    for _ in range(FEW):
        threads.submit(goes_on.wait, 10)
    yield goes_on
    goes_on.set()


def test_what_is_quick_is_done_by_a_few(threads: FewThreads) -> None:
    done = [threads.submit(current_thread) for _ in range(200)]
    while threads.is_held_up():
        time.sleep(0.001)
    assert len({one.result(5) for one in done}) <= FEW == threads.threads


def test_nobody_waits_long_for_who_takes_long(threads: FewThreads, held_up: Event) -> None:
    quick = threads.submit(str, "answered")
    assert wait_until(lambda: not threads.is_held_up(), 2)
    assert quick.result(5) == "answered" and not held_up.is_set()


def test_nobody_is_let_in_beyond_the_most(threads: FewThreads, held_up: Event) -> None:
    for _ in range(2 * MOST):
        threads.submit(held_up.wait, 10)
    assert not wait_until(lambda: not threads.is_held_up(), 1)
    assert threads.threads == MOST
    held_up.set()
    assert wait_until(lambda: not threads.is_held_up(), 5)


def test_those_too_many_go_again(threads: FewThreads, held_up: Event) -> None:
    also = [threads.submit(held_up.wait, 10) for _ in range(MOST - FEW)]
    assert wait_until(lambda: not threads.is_held_up(), 5) and threads.threads == MOST
    held_up.set()
    assert all(one.result(5) for one in also)
    assert wait_until(lambda: threads.threads == FEW, 5)
    assert threads.submit(str, "still").result(5) == "still"


def test_what_goes_wrong_is_for_who_asks(threads: FewThreads) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        threads.submit(int, "x").result(5)
    assert threads.submit(int, "1").result(5) == 1, "and the thread lives on"
