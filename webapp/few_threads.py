"""The threads that answer requests: as few as are enough. Threads that all want to work at the same moment spend more time on
taking turns than on their work; one more begins only when all of them are held up.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

FEW = 2
PATIENCE = 0.05  # seconds in which nothing was taken up, though it waited
NAME = "answers"

Task = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class FewThreads:
    """What gunicorn asks of its pool. `most`: threads at once; what comes then waits."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.threads = 0
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._counting = Lock()
        self._taken_up = time.monotonic()

    def submit(self, work: Callable[..., Any], *what: Any) -> "Future[Any]":
        """Do this as soon as a thread is free."""
        future: Future[Any] = Future()
        if self._tasks.empty():
            self._taken_up = time.monotonic()
        self._tasks.put((future, work, what))
        if self.threads < min(FEW, self.most):
            self._begin()
        return future

    def is_held_up(self) -> bool:
        """Whether something waits to be taken up; one more thread begins if it has waited for long."""
        if self._tasks.empty():
            return False
        if time.monotonic() > self._taken_up + PATIENCE and self.threads < self.most:
            self._begin()
        return True

    def shutdown(self, *, wait: bool = False) -> None:
        """Take up nothing more. What is being done is not waited for."""
        with self._counting:
            begun, self.threads, self.most = self.threads, 0, 0
        for _ in range(begun):
            self._tasks.put(None)

    def _begin(self) -> None:
        with self._counting:
            self.threads += 1
        self._taken_up = time.monotonic()
        Thread(target=self._go_on, name=NAME, daemon=True).start()

    def _go_on(self) -> None:
        while task := self._next():
            self._taken_up = time.monotonic()
            _do(*task)
            del task  # or it would keep what it was about until the next one comes

    def _next(self) -> Task | None:
        """What to do; None: this thread is not needed any more."""
        with self._counting:
            is_one_too_many = self.threads > FEW and self._tasks.empty()
            self.threads -= is_one_too_many
        return None if is_one_too_many else self._tasks.get()


def _do(future: "Future[Any]", work: Callable[..., Any], what: tuple[Any, ...]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work(*what))
    except BaseException as error:  # for whoever asks for the result
        future.set_exception(error)
