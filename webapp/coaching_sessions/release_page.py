"""What the pages of a release show: the page to be agreed to, who said what, who has read it; and on other pages."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from flask import render_template

from ..access import Opened
from ..clock import school_year_name, this_school_year
from ..confidential import SealedAccount
from ..database import session
from ..documents import beside
from ..forms.kinds import number_in
from ..people.fields import as_day
from . import access_log, received, records, release_news, releases
from .received import Received
from .records import OpenRecord
from .releases import Page, Said
from .session_page import Room, RoomPage
from .sessions import circle_of

_DATED = re.compile(r"([A-Z][a-z]+ \d{1,2}, \d{4}): (.+)")
_STANDS = {
    "draft": ("Being written", "doing"),
    "asked": ("Waits for everyone to agree", "wait"),
    "released": ("Can be read", "done"),
    "withdrawn": ("Taken back", "todo"),
    "thrown away": ("Thrown away", "todo"),
}


# ---------------------------------------------------------------- the page itself


@dataclass(frozen=True)
class Measured:
    """One measure as it is shown: what it is, where it began, its dated values as written, and the aim."""

    title: str
    began: str
    values: list[tuple[str, str]]
    aim: str

    @property
    def points(self) -> list[tuple[date, float]]:
        """The dated values to be drawn; none unless there are two."""
        found = ((_day_in(on), number_in(value)) for on, value in self.values)
        points = [(on, number) for on, number in found if on is not None and number is not None]
        return points if len(points) > 1 else []

    @property
    def baseline(self) -> float | None:
        """Where it began, as a number."""
        return number_in(self.began)

    @property
    def target(self) -> float | None:
        """The aim, as a number."""
        return number_in(self.aim)


def measured(kept: str) -> Measured:
    """A measure from the line that an answer keeps of it (records.py). What does not fit stays in its title."""
    pieces = kept.partition(" ")[2].split("; ")
    aim = pieces.pop().removeprefix("aim: ") if len(pieces) > 1 and pieces[-1].startswith("aim: ") else ""
    values: list[tuple[str, str]] = []
    while len(pieces) > 1 and (dated := _DATED.fullmatch(pieces[-1])) and _day_in(dated[1]):
        values.insert(0, (dated[1], dated[2]))
        pieces.pop()
    starts = len(pieces) > 1 and pieces[-1].startswith("at the start: ")
    began = pieces.pop().removeprefix("at the start: ") if starts else ""
    return Measured("; ".join(pieces), began, values, aim)


def _day_in(words: str) -> date | None:
    """The day that November 21, 2026 says."""
    try:
        return datetime.strptime(words, "%B %d, %Y").date()  # noqa: DTZ007 a day has no zone
    except ValueError:
        return None


class Paper:
    """A page as it is drawn, the same for whoever looks at it and whenever."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def members(self) -> str:
        """Whom it is from."""
        return _listed(list(self.page.members))

    @property
    def readers(self) -> list[str]:
        """Whom it is for."""
        return releases.names(self.page.readers)

    @cached_property
    def measures(self) -> list[Measured]:
        """The measures that are shown."""
        return [measured(kept) for kept in self.page.measures]

    @property
    def until(self) -> str:
        """The last day, as people write it."""
        return _long_day(as_day(self.page.until)) if self.page.until else ""

    @property
    def mark(self) -> str:
        """The first digits of its fingerprint."""
        return access_log.code(bytes.fromhex(self.page.fingerprint))


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _long_day(on: date) -> str:
    return f"{on:%B} {on.day}, {on.year}"


# ---------------------------------------------------------------- for its circle


@dataclass(frozen=True)
class ShownRoom(Room):
    """The mark of a room with one page that others can read, too."""

    readers: tuple[str, ...]
    until: str

    @property
    def words(self) -> str:
        """Who can see this, in a sentence that leaves nobody out."""
        readers = _listed([one.rpartition(", ")[0] for one in self.readers])
        return f"{_listed(['You', *self.others])} can see this – and {readers} until {self.until}"


class ReleasePage(RoomPage):
    """One release before a member of its circle."""

    opened: OpenRecord
    template = "coaching_sessions/release_write.html"
    back_words = "Look at the page"

    @property
    def back_address(self) -> str:
        """Where that link leads."""
        return self.address

    @property
    def who(self) -> str:
        """The school and the school year."""
        return f"{self.opened.school_name} · {school_year_name(self.opened.school_year)}"

    @cached_property
    def room(self) -> Room:
        """The mark of the room: it says so when others can read the page."""
        room = super().room
        if not self.can_be_read:
            return room
        return ShownRoom(**vars(room), readers=tuple(self.paper.readers), until=self.paper.until)

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.opened.state

    @cached_property
    def sheet(self) -> Page:
        """The page as the record stands now; once released, it is the one that was agreed to."""
        out = releases.released_page(self.opened) if self.state in ("released", "withdrawn") else None
        return out or releases.page_of(self.opened)

    @cached_property
    def paper(self) -> Paper:
        """The same, to be drawn."""
        return Paper(self.sheet)

    @property
    def stands(self) -> tuple[str, str]:
        """Where it stands, in words and tone."""
        if self.state == "released":
            is_over = releases.is_over(self.sheet)
            return (f"Was readable until {self.paper.until}", "todo") if is_over else _STANDS[self.state]
        if self.state == "asked" and any(one.agrees is False for one in self.said):
            return "Not shown: not everyone agrees", "warn"
        return _STANDS[self.state]

    @cached_property
    def problems(self) -> dict[str, str]:
        """What is missing before everybody can be asked: prompt → what."""
        return releases.problems(self.opened, self.sheet)

    @cached_property
    def circle_changed(self) -> bool:
        """Whether it cannot go on because somebody came to the circle of the plan, or went, since it was begun."""
        return self.state in releases.GOING and not releases.fits(self.opened)

    @property
    def circle_today(self) -> str:
        """Who would write a new page together: everybody in the circle of the plan; "" if the reader is not."""
        may = self.plan is not None and self.plan.may("compose_release")
        return _listed([one.name for one in circle_of(self.plan)]) if self.plan and may else ""

    @cached_property
    def said(self) -> list[Said]:
        """Everybody who is in or once agreed, with what they said to this very page."""
        return releases.said(self.opened, self.sheet)

    @property
    def mine(self) -> Said:
        """What the reader said."""
        return next(one for one in self.said if one.is_me)

    @property
    def can_be_read(self) -> bool:
        """Whether its readers can read it today."""
        return self.state == "released" and not releases.is_over(self.sheet)

    @cached_property
    def readings(self) -> list[access_log.Line]:
        """When its readers opened it, newest first."""
        lines = access_log.lines(session(), self.opened.id, self.opened.public_id)
        return [line for line in lines if line.act in (releases.READ, releases.PRINTED)]


# ---------------------------------------------------------------- on a plan's home page, and on Today


@dataclass(frozen=True)
class Listed:
    """One release in a list of its circle: what it is called, where it stands and where it is."""

    heading: str
    stands: tuple[str, str]
    address: str


def on_plan(plan: Opened) -> str:
    """The plan's releases for its circle, or what was shown to whoever else reads the plan."""
    if not plan.may("compose_release"):
        return _shown_on(plan)
    found = [one for one in releases.of_plan(plan) if one.state != "thrown away"]
    return render_template(
        "coaching_sessions/_on_plan_releases.html",
        plan=plan,
        listed=_listed_for_members(found),
        going=any(one.state in releases.GOING for one in found),
    )


def _shown_on(plan: Opened) -> str:
    """What the plan's reader was shown; to a member of the circle who looks through that reader's eyes, only their own."""
    shared, viewer = _shared(received.of_plan(plan.id, plan.reader_id)), session().viewer or 0
    looks_on = viewer != plan.reader_id
    if looks_on:
        mine = {one.public_id for one in records.of_plan("release", plan.id, viewer)}
        shared = [(one, paper) for one, paper in shared if one.public_id in mine]
    template = "coaching_sessions/_on_plan_shared.html"
    return render_template(template, shared=shared, looks_on=looks_on) if shared else ""


def on_today(person_id: int) -> str:
    """What waits for somebody's consent, and what came of the pages they wrote together."""
    mine = records.all_of_mine("release", person_id, since_year=this_school_year() - 1)
    waiting = _listed_for_members([one for one in mine if one.state == "asked" and not _has_said(one)])
    told = release_news.of_reader()
    if not (waiting or told):
        return ""
    return render_template("coaching_sessions/_on_today_releases.html", waiting=waiting, told=told)


def shown_today(person_id: int) -> str:
    """What was shown to somebody."""
    shared = _shared(received.everything(person_id))
    return render_template("coaching_sessions/_on_today_shared.html", shared=shared) if shared else ""


def _shared(found: list[Received]) -> list[tuple[Received, Paper]]:
    return [(one, Paper(one.page)) for one in found]


def _has_said(opened: OpenRecord) -> bool:
    """Whether the reader has answered; a sealed account cannot."""
    try:
        return ReleasePage(opened).mine.agrees is not None
    except SealedAccount:
        return True


def _listed_for_members(found: list[OpenRecord]) -> list[Listed]:
    try:
        pages = [ReleasePage(one) for one in found]
        return [Listed(one.sheet.heading or "A page without a heading", one.stands, one.address) for one in pages]
    except SealedAccount:
        return []


def hang_in() -> None:
    """Put these on the pages of plans and on everybody's home page."""
    if on_plan not in beside.ON_HOME:
        beside.ON_HOME.append(on_plan)
        beside.NEEDS_TODAY.append(on_today)
        beside.ON_TODAY.append(shown_today)
