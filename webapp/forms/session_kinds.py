"""The kinds of prompt that confidential records need: times, minutes, one tick, people and measures."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from .kinds import TEXT_LENGTH, Number, Prompt

_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d\d))?(?:[:.]\d\d)?(?: ?([ap])\.? ?m\.?)?", re.ASCII | re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,4})(?: ?min(?:ute)?s?\.?)?", re.ASCII | re.IGNORECASE)
MOST_MINUTES = 600


class Time(Prompt):
    """A time of day, kept as 09:05."""

    kind = "time"
    longest = 40

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the time as time inputs send it; also 9:05, 9.05, 0905 or 9:05 am as people type it."""
        super().process_formdata(valuelist)
        if self.data:
            self.data = f"{_time_of_day(self.data):%H:%M}"


def _time_of_day(raw: str) -> time:
    hour, minute, half = _parts(raw)
    try:
        return time(hour % 12 + 12 * (half == "p") if half else hour, minute)
    except ValueError:
        raise _no_time(raw) from None


def _parts(raw: str) -> tuple[int, int, str]:
    """Hour, minute, and a or p where one was typed."""
    found = _TIME.fullmatch(raw)
    if not found or (found[3] and not 1 <= int(found[1]) <= 12):
        raise _no_time(raw)
    return int(found[1]), int(found[2] or 0), (found[3] or "").lower()


def _no_time(raw: str) -> ValueError:
    return ValueError(f"“{raw}” is not a time of day. Please write it like 9:05 or 2:30 pm.")


class Minutes(Number):
    """A length of time in whole minutes, kept as its number: 45."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the minutes, with or without the word; raises ValueError beyond ten hours."""
        Prompt.process_formdata(self, valuelist)
        if not self.data:
            return
        found = _MINUTES.fullmatch(self.data)
        if not found or not 1 <= int(found[1]) <= MOST_MINUTES:
            raise ValueError(f"Please write a whole number of minutes from 1 to {MOST_MINUTES}, such as 45.")
        self.data = str(int(found[1]))


class Tick(Prompt):
    """One box to tick, kept as "yes" or ''."""

    kind = "tick"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the tick; a box that is not ticked sends nothing."""
        super().process_formdata(valuelist)
        if self.data not in ("", "yes"):
            raise ValueError("Please tick the box or leave it empty.")

    def words(self, value: Any) -> str:
        """The tick as a word."""
        return "done" if value else ""


class Offered(Prompt):
    """One of the things that the page offers, such as people. Kept as "KEY WORDS", to read without looking it up.

    What stands already may stay, even when it is no longer offered.
    """

    longest = TEXT_LENGTH
    offered = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was chosen; whether it is offered, documents/written.py knows."""
        super().process_formdata(valuelist)
        self.data = _in_one_line(self.data)

    def options(self, offers: Sequence[tuple[str, str]], standing: str = "") -> list[tuple[str, str]]:
        """What may be kept, each with its words: what is offered as (key, words), and what stands."""
        kept = {_in_one_line(f"{key} {words}"): _in_one_line(words) for key, words in offers}
        first = {standing: self.words(standing)} if standing and standing not in kept else {}
        return list((first | kept).items())

    def may_keep(self, chosen: str, offers: Sequence[tuple[str, str]], standing: str = "") -> bool:
        """Whether this is offered, or stands already."""
        return _in_one_line(chosen) in dict(self.options(offers, standing))

    def words(self, value: Any) -> str:
        """The words without the key."""
        return str(value or "").partition(" ")[2]


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


class Member(Offered):
    """One of the people whom the record is between."""

    kind = "member"
    offered = "members"


class Readers(Offered):
    """Any of the people who may be shown something. Kept as a list of "KEY WORDS"."""

    kind = "readers"
    offered = "readers"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take everybody who is ticked, each once."""
        self.data = list(dict.fromkeys(_in_one_line(self._tidy(str(one))) for one in valuelist if one))

    def everybody(self, offers: Sequence[tuple[str, str]], standing: Sequence[str]) -> list[tuple[str, str]]:
        """Whom to offer: those who may be shown it, after those who stand there and may not any more."""
        offered = dict(self.options(offers))
        gone = {one: Offered.words(self, one) for one in standing if one not in offered}
        return list((gone | offered).items())

    def words(self, value: Any) -> str:
        """One name a line."""
        return "\n".join(Offered.words(self, one) for one in value or [])


class Measure(Offered):
    """One of the plan's measures, with what it says when it is chosen."""

    kind = "measure"
    offered = "measures"
