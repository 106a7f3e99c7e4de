"""The calendar file of a meeting. It leaves the site, so it says when the meeting is and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from icalendar import Calendar, Event

from ..clock import now

TITLE = "Meeting"
USUAL_MINUTES = 45


@dataclass(frozen=True)
class Meeting:
    """One meeting. With the same `uid` a newer file replaces the older; `starts_at` has a time zone."""

    starts_at: datetime
    minutes: int
    address: str
    uid: str


def starts_at(day: str, start: str) -> datetime:
    """The moment of a session whose date (2026-11-21) and start (09:05) are kept as the school's clocks show them."""
    here = ZoneInfo(current_app.config["TIMEZONE"])
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(start), here).astimezone(UTC)


def meetings(values: Mapping[str, Any], *, address: str, uid: str) -> list[Meeting]:
    """The meeting of a session and the next one, each if it has a date and a start (`values`: the session's answers)."""
    minutes = int(values.get("minutes") or USUAL_MINUTES)
    known = [
        (uid, values.get("session_date"), values.get("start")),
        (f"{uid}-next", values.get("next_date"), values.get("next_start")),
    ]
    return [
        Meeting(starts_at(day, start), minutes, address, f"{name}@accord")
        for name, day, start in known
        if day and start
    ]


def calendar_file(*those: Meeting) -> bytes:
    """The meetings for any calendar: no names, no focus, no place. Raises ValueError for a moment without a time zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//Accord//Meeting//EN")
    calendar.add("version", "2.0")
    for one in those:
        calendar.add_component(_event(one))
    return bytes(calendar.to_ical())


def _event(one: Meeting) -> Event:
    if one.starts_at.tzinfo is None:
        raise ValueError("a meeting needs a moment with a time zone")
    begin = one.starts_at.astimezone(UTC)
    event = Event()
    event.add("summary", TITLE)
    event.add("uid", one.uid)
    event.add("dtstamp", now().replace(microsecond=0))
    event.add("dtstart", begin)
    event.add("dtend", begin + timedelta(minutes=one.minutes))
    event.add("url", one.address)
    event.add("class", "PRIVATE")
    return event
