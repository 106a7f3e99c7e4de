"""The PDF of what is on paper. Texts reach typst as data, never as markup: nobody's words can become commands.

Typesetting takes about 100 MB that would stay with the worker, so a process of its own does it and ends (typeset.py).
"""

import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import fields, is_dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from .answers_page import Chart
from .plot import plot
from .printed import Printed
from .printed_answers import Table

LETTER = "letter"
SIZES = {LETTER: "us-letter", "a4": "a4"}  # the name in an address → typst's
TYPESET = Path(__file__).parent / "typeset.py"
LONGEST_SECONDS = 120
ZERO_WIDTH_SPACE, ZERO_WIDTH_JOINER = "\u200b", "\u200d"
BREAK_EVERY = 8
LONGEST_WORD, LONGEST_WORD_IN_CELL = 30, 16  # longer ones may break anywhere

_a_few_at_a_time = BoundedSemaphore(2)
_waiting = BoundedSemaphore(10)  # more would take all the threads that pages and saves need


class TooMany(RuntimeError):
    """So many PDFs are wanted at once that this one is not made."""


def make(printed: Printed, *, size: str = LETTER) -> bytes:
    """The PDF, on this size of paper. What no font here can show is shown otherwise, with a note that says so.

    Raises TooMany.
    """
    data = json.dumps({**_data(printed, LONGEST_WORD), "size": SIZES[size]}, ensure_ascii=False)
    if not _waiting.acquire(blocking=False):
        raise TooMany
    try:
        return _typeset(data)
    finally:
        _waiting.release()


def _typeset(data: str) -> bytes:
    with _a_few_at_a_time:
        done = subprocess.run(  # noqa: S603 our own script; what people wrote goes in by stdin
            [sys.executable, "-I", str(TYPESET)],
            input=data.encode(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"Typesetting ended with {done.returncode}.")  # its words may quote the plan: not for a log
    return done.stdout


def _data(value: Any, longest: int) -> Any:
    """Dataclasses as plain data, with places to break in words that are too long for a line."""
    if isinstance(value, Chart):
        value = plot(value)
    if isinstance(value, Table):
        longest = LONGEST_WORD_IN_CELL
    if is_dataclass(value):
        return {field.name: _data(getattr(value, field.name), longest) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_data(one, longest) for one in value]
    return _breakable(value, longest) if isinstance(value, str) else value


def _breakable(text: str, longest: int) -> str:
    return re.sub(rf"\S{{{longest},}}", lambda run: _opened(run[0]), text)


def _opened(run: str) -> str:
    """A long run of letters with a place to break at every eighth, but never within one sign."""
    pieces = []
    for index, character in enumerate(run):
        joined = unicodedata.category(character)[0] == "M" or ZERO_WIDTH_JOINER in run[index - 1 : index + 1]
        if index and index % BREAK_EVERY == 0 and not joined:
            pieces.append(ZERO_WIDTH_SPACE)
        pieces.append(character)
    return "".join(pieces)
