"""The calendar file of a meeting. It leaves the site, so it says when the meeting is and nothing else."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from icalendar import Calendar, Event

from ..clock import now

TITLE = "Meeting"


def starts_at(day: str, start: str) -> datetime:
    """The moment of a session whose date (2026-11-21) and start (09:05) are kept as the school's clocks show them."""
    here = ZoneInfo(current_app.config["TIMEZONE"])
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(start), here).astimezone(UTC)


def calendar_file(*, starts_at: datetime, minutes: int, address: str, uid: str) -> bytes:
    """One meeting for any calendar: no names, no focus, no place. With the same `uid` a newer file replaces the older.

    Raises ValueError for a moment without a time zone.
    """
    if starts_at.tzinfo is None:
        raise ValueError("a meeting needs a moment with a time zone")
    begin = starts_at.astimezone(UTC)
    meeting = Event()
    meeting.add("summary", TITLE)
    meeting.add("uid", uid)
    meeting.add("dtstamp", now().replace(microsecond=0))
    meeting.add("dtstart", begin)
    meeting.add("dtend", begin + timedelta(minutes=minutes))
    meeting.add("url", address)
    meeting.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Accord//Meeting//EN")
    calendar.add("version", "2.0")
    calendar.add_component(meeting)
    return bytes(calendar.to_ical())
