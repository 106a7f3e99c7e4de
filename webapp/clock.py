"""What time it is, and which school year that falls in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

FIRST_MONTH_OF_SCHOOL_YEAR = 7
_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present moment, in UTC."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within this block it is that moment: for the demo school's past and for tests, never for a request."""
    before = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(before)


def local(moment: datetime) -> datetime:
    """A moment as the school's clocks show it (setting TIMEZONE)."""
    return moment.astimezone(ZoneInfo(current_app.config["TIMEZONE"]))


def today() -> date:
    """The school's date today."""
    return local(now()).date()


def end_of(day: date) -> datetime:
    """The moment at which this day of the school is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(current_app.config["TIMEZONE"]))


def school_year(on: date) -> int:
    """The calendar year in which the school year of this date began (July to June)."""
    return on.year if on.month >= FIRST_MONTH_OF_SCHOOL_YEAR else on.year - 1


def this_school_year() -> int:
    """The school year we are in, as the year it began."""
    return school_year(today())


def school_year_name(year: int) -> str:
    """A school year as people write it: 2026–27."""
    return f"{year}–{(year + 1) % 100:02d}"
