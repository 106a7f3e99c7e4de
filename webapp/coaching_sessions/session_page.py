"""What the pages of confidential records show: the mark of the room, and of a session its norms, people and news."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import render_template, url_for

from ..access import Opened
from ..clock import school_year_name
from ..database import session
from ..documents import beside, seen_by
from ..documents.answers_page import AnswersPage
from ..documents.commented_page import CommentedPage
from ..forms.declaration import Part
from ..web import day
from . import calendar_file, circles, firewall, glance, norms_check, records, sessions, timeline
from . import news as circle_news
from .records import OpenRecord


@dataclass(frozen=True)
class Room:
    """The mark of the room one is in: who else is here, and where its log and its rules are."""

    others: list[str]
    sealed: list[str]
    address: str

    @property
    def words(self) -> str:
        """Who can see this, in a sentence."""
        names = ["you", *self.others]
        said = f"{', '.join(names[:-1])} and {names[-1]}" if self.others else "you"
        return f"Only {said} can see this"


class RoomPage(AnswersPage):
    """Something confidential before one member of its circle."""

    opened: OpenRecord
    template = "coaching_sessions/session.html"

    @cached_property
    def members(self) -> list[circles.Member]:
        """Everybody who is or was in its circle."""
        return self.opened.members()

    @cached_property
    def room(self) -> Room:
        """The mark of the room."""
        out = {self.opened.reader_id, *firewall.shut_out(session(), self.opened.circle_id)}
        others = [one for one in self.members if one.is_in and one.person_id not in out]
        sealed = [one.name for one in others if one.sealed]
        return Room([one.name for one in others], sealed, self.opened.address)

    @cached_property
    def plan(self) -> Opened | None:
        """The plan it belongs to, if its reader may know of that still."""
        return seen_by.opened_as(self.opened.plan_public_id, self.opened.reader_id)

    @property
    def back_words(self) -> str:  # type: ignore[override]
        """What the link at the foot says."""
        return "Back to the plan" if self.plan else "Back"

    @property
    def back_address(self) -> str:
        """Where that link leads."""
        return self.plan.address if self.plan else "/"

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The plans, the plan, then this."""
        steps = [("Plans", url_for("plans.listing"))]
        if self.plan:
            steps.append((f"{self.plan.form.title} {school_year_name(self.plan.school_year)}", self.plan.address))
        return [*steps, (self.title, self.address)]


class SessionPage(CommentedPage, RoomPage):
    """One coaching session before somebody who attends it."""

    def who_reads(self, part: type[Part]) -> str:
        """Who will read a comment, said where it is typed."""
        return "Everybody in this session can read this comment."

    def shared(self, part: type[Part]) -> bool:
        """Nobody outside of the circle reads anything of it."""
        return False

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The plans, the plan, its sessions, then this one."""
        *steps, here = super().crumbs
        return [*steps, *([("Coaching sessions", f"{self.plan.address}/sessions")] if self.plan else []), here]

    @property
    def who(self) -> str:
        """Its kind and its day, if they are known."""
        kind, on = timeline.kind_of(self.opened, self.answers), timeline.date_of(self.answers)
        place = f"{self.opened.school_name} · {school_year_name(self.opened.school_year)}"
        return " · ".join(part for part in (kind, day(on) if on else "", place) if part)

    @cached_property
    def norms(self) -> list[str]:
        """The plan's norms that are ours: those that every member of its circle agreed to."""
        return list(self.check.ours.values())

    @cached_property
    def check(self) -> norms_check.Check:
        """Which of them were kept."""
        marked = self.answers.rows(norms_check.PROMPT)
        return norms_check.Check(self.opened, self.members, marked, norms_check.of_plan(self.opened))

    @cached_property
    def news(self) -> list[circle_news.Piece]:
        """What the reader is to be told about this circle."""
        return circle_news.of_session(self.opened)

    @cached_property
    def own_notes(self) -> OpenRecord | None:
        """The reader's private notes on it."""
        return records.about("private_notes", self.opened.id, self.opened.reader_id)

    @cached_property
    def waiting(self) -> list[circle_news.Waiting]:
        """Those in it who have a new password made with a link, and whom the reader can confirm."""
        return [circle_news.Waiting(one.name, one.public_id) for one in self.members if one.is_in and one.sealed]

    @cached_property
    def said_to_delete(self) -> set[int]:
        """Those who want it deleted for good."""
        return sessions.said_to_delete(self.opened)

    @cached_property
    def wanting_to_delete(self) -> list[str]:
        """Their names; "You" for the reader."""
        mine, said = self.opened.reader_id, self.said_to_delete
        return ["You" if one.person_id == mine else one.name for one in self.members if one.person_id in said]

    @property
    def has_start(self) -> bool:
        """Whether this session or the next one has a date and a start, for the calendar."""
        return bool(calendar_file.meetings(self.values, address=self.address, uid=self.opened.public_id))

    @property
    def last_to_say_yes(self) -> bool:
        """Whether everybody else has said so."""
        others = {one.person_id for one in self.members if one.is_in} - {self.opened.reader_id}
        return others <= self.said_to_delete


class NotesPage(RoomPage):
    """Private notes before the one who writes them."""

    template = "coaching_sessions/notes.html"

    @property
    def back_words(self) -> str:  # type: ignore[override]
        """What the link at the foot says."""
        return "Back to the session" if self.about else super().back_words

    @cached_property
    def about(self) -> OpenRecord | None:
        """The session they are about, if the reader is in it still."""
        found = records.of_plan("session", self.opened.plan_id, self.opened.reader_id)
        return next((one for one in found if one.id == self.opened.about_id), None)

    @property
    def about_words(self) -> str:
        """What that session is called in a list."""
        assert self.about is not None
        said = glance.at([self.about], *timeline.SHOWN)[self.about.id]
        return timeline.called(timeline.kind_of(self.about, said), timeline.date_of(said))


# ---------------------------------------------------------------- on the pages of others


@dataclass(frozen=True)
class OnPlan:
    """The coaching sessions on a plan's home page: the newest ones, and with whom none can be held yet."""

    plan: Opened
    newest: list[timeline.Held]
    more: bool
    may_start: bool
    waiting: list[sessions.Partner]
    closed: str = ""


NEWEST = 3


def on_plan(plan: Opened) -> str:
    """What a plan's home page says of its sessions; nothing for everybody outside of its circle."""
    if not plan.may("hold_session"):
        return ""
    return render_template("coaching_sessions/_on_plan.html", on=_sessions_of(plan))


def _sessions_of(plan: Opened) -> OnPlan:
    if closed := circle_news.closed_to_me():
        return OnPlan(plan, [], more=False, may_start=False, waiting=[], closed=closed)
    held, partners = timeline.of_plan(plan), sessions.partners(plan)
    return OnPlan(
        plan=plan,
        newest=held[:NEWEST],
        more=len(held) > NEWEST,
        may_start=any(not one.why_not for one in partners),
        waiting=[one for one in partners if one.why_not],
    )


def on_today(_person_id: int) -> str:
    """What the viewer's home page says of their circles: whether they are closed to them, colleagues to confirm, news,
    and new sessions."""
    said: dict[str, Any] = {
        "closed": circle_news.closed_to_me(),
        "waiting": circle_news.waiting(),
        "told": circle_news.of_reader(),
        "unopened": circle_news.unopened(),
    }
    return render_template("coaching_sessions/_news.html", **said) if any(said.values()) else ""


def hang_in() -> None:
    """Put these on the pages of plans and on everybody's home page."""
    if on_plan not in beside.ON_HOME:
        beside.ON_HOME.append(on_plan)
        beside.NEEDS_TODAY.append(on_today)
