"""When things happen in the demo school: this year's dates follow today, last year's stand still."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

from .. import clock
from ..database import session
from ..people.models import District
from ..programme.models import TrainingDate

LAST_YEARS_SESSIONS = ((9, 24), (11, 5), (2, 4), (4, 16))
DAYS_TO_SESSIONS = (-37, 12, 82, 151)
PROGRAMME_BEGAN = (9, 28)  # last year
LONGEST_STORY = 75  # days, this year
BETWEEN = timedelta(minutes=7)
FIRST_HOUR = time(7, 40)


def year_of(*, last_year: bool) -> int:
    """The school year of a story, as the year it began."""
    return clock.this_school_year() - (1 if last_year else 0)


def day_in(year: int, month: int, day: int) -> date:
    """A day of a school year."""
    return date(year if month >= clock.FIRST_MONTH_OF_SCHOOL_YEAR else year + 1, month, day)


def set_training_dates(district: District) -> None:
    """The coaching program's sessions of both years. This year, Session 2 is less than two weeks away."""
    this_year, last_year = year_of(last_year=False), year_of(last_year=True)
    past = [day_in(last_year, *day) for day in LAST_YEARS_SESSIONS]
    first, last = day_in(this_year, 7, 3), day_in(this_year, 6, 20)
    around_now = {min(max(clock.today() + timedelta(days=away), first), last) for away in DAYS_TO_SESSIONS}
    for year, days in ((last_year, past), (this_year, sorted(_school_day(day) for day in around_now))):
        session().add_all(
            TrainingDate(district_id=district.id, school_year=year, number=number, held_on=day)
            for number, day in enumerate(days, start=1)
        )


def _school_day(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


class Days:
    """The days of one plan: each moment later than the one before, on a school day, and never in the future."""

    def __init__(self, begun: int, *, last_year: bool) -> None:
        """`begun`: days ago or, last year, days after the program began. Early in a school year, days are shorter."""
        self.zone = ZoneInfo(current_app.config["TIMEZONE"])
        self.end = clock.now()
        today = clock.today()
        if last_year:
            self.pace = 1.0
            self.first = day_in(year_of(last_year=True), *PROGRAMME_BEGAN) + timedelta(days=begun)
        else:
            self.pace = min(1.0, (today - day_in(year_of(last_year=False), 7, 1)).days / LONGEST_STORY)
            self.first = today - timedelta(days=int(begun * self.pace))
        self.latest = datetime.combine(self.first, time(0), self.zone)

    def moment(self, day: int) -> datetime:
        """A moment on that day of the plan."""
        on = _school_day(self.first + timedelta(days=int(day * self.pace)))
        return self._after(on)

    def on(self, day: date) -> datetime:
        """A moment on a given date."""
        return self._after(_school_day(day))

    def _after(self, day: date) -> datetime:
        wanted = datetime.combine(day, FIRST_HOUR, self.zone)
        self.latest = min(max(wanted, self.latest + BETWEEN), self.end)
        return self.latest
