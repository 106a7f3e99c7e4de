"""The norms check: at the end of a session each attendee marks, for themselves, which norms of the plan were kept.

Kept sealed with the session, one row for each person, with the words that the norm had then. Only the circle sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, select

from ..access import allowed_parts, bind, open_documents, row_agreed_by_all
from ..clock import local, now
from ..database import Statement, execute, session
from ..documents.answers import Answers
from ..documents.keeping import Keeper, Kept, Text
from ..documents.models import Answer
from ..forms.declaration import DocumentForm
from ..once import once
from ..web import day
from . import glance, records, timeline
from .circles import Member
from .models import ConfidentialRecord
from .records import OpenRecord

PROMPT, NORMS = "norms_kept", "norms"
Marks = dict[str, bool]  # row of the norm → kept


class Meanwhile(Exception):
    """These marks were made in another window since this page was opened. Nothing was changed."""


@dataclass(frozen=True)
class Marked:
    """One norm in one session: who says that it was kept, who says not; the reader's own mark if there is one."""

    row: str
    words: str
    is_ours: bool  # still: it can be marked
    said: dict[str, bool]  # name → kept
    silent: list[str]
    mine: bool | None

    @property
    def result(self) -> str:
        """What came of it, in words; "" while nobody has said anything."""
        if not self.said:
            return ""
        if all(self.said.values()) and not self.silent:
            return {1: "Kept", 2: "Kept by both"}.get(len(self.said), "Kept by all")
        lines = [f"{name}: {'kept' if kept else 'not kept'}" for name, kept in self.said.items()]
        return " · ".join(lines + [f"{name}: not marked yet" for name in self.silent])


@dataclass(frozen=True)
class Point:
    """What was said about one norm in one session. `share`: of those who said anything, how many say that it was kept."""

    on: date
    kept: int
    said: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.kept / self.said

    @property
    def words(self) -> str:
        """In words: kept, not kept, kept by 1 of 2."""
        if self.kept in (0, self.said):
            return "kept" if self.kept else "not kept"
        return f"kept by {self.kept} of {self.said}"


@dataclass(frozen=True)
class Trend:
    """One norm over the reader's sessions of the plan, oldest first."""

    words: str
    points: list[Point]

    @property
    def summary(self) -> str:
        """The picture in words."""
        return ", ".join(f"{day(point.on)} {point.words}" for point in self.points)


@dataclass(frozen=True)
class Check:
    """The norms check of one session before one attendee. `rows`: what each marked; `ours`: the plan's norms now.

    `typed`: marks of the reader that could not be kept yet.
    """

    opened: OpenRecord
    people: list[Member]
    rows: list[Kept]
    ours: dict[str, str]
    typed: Marks | None = None

    @property
    def me(self) -> str:
        """The reader's public id."""
        return next(one.public_id for one in self.people if one.person_id == self.opened.reader_id)

    @property
    def version(self) -> int:
        """The version of the reader's own marks."""
        return next((kept.version for kept in self.rows if kept.row == self.me), 0)

    @cached_property
    def norms(self) -> list[Marked]:
        """The plan's norms, and those that were marked in this session when they still were."""
        once_ours = {row: mark["words"] for kept in self.rows for row, mark in kept.value.items()}
        return [self._marked(row, words) for row, words in (self.ours | (once_ours | self.ours)).items()]

    def _marked(self, row: str, words: str) -> Marked:
        marks = {kept.row: kept.value[row]["kept"] for kept in self.rows if row in kept.value}
        return Marked(
            row=row,
            words=words,
            is_ours=row in self.ours,
            said={one.name: marks[one.public_id] for one in self.people if one.public_id in marks},
            silent=[one.name for one in self.people if one.is_in and one.public_id not in marks],
            mine=marks.get(self.me) if self.typed is None else self.typed.get(row),
        )

    @cached_property
    def trends(self) -> list[Trend]:
        """Each norm over time, once there are two sessions to compare."""
        return [trend for trend in trends(self.opened) if len(trend.points) > 1]


# ---------------------------------------------------------------- the plan's norms


@once
def _ours(form: type[DocumentForm]) -> Statement:
    """The norms that everyone in the plan's circle has agreed to, for somebody in it."""
    may = allowed_parts(form, "read")
    return (
        select(Answer.row, Answer.value)
        .join(may, (may.c.document_id == Answer.document_id) & (may.c.part == Answer.part))
        .where(Answer.prompt == bindparam("norms"), may.c.circle, row_agreed_by_all(Answer))
        .order_by(Answer.position, Answer.row)
    )


def of_plan(opened: OpenRecord) -> dict[str, str]:
    """The norms of a session's plan that are ours: row → words. None for who is not in the plan's circle any more."""
    asked = {"document_id": opened.plan_id, "norms": NORMS, **bind(opened.reader_id)}
    return {
        row: value["norm"]
        for plan in open_documents([opened.plan_id], opened.reader_id)
        for row, value in execute(_ours(plan.form), asked)
        if value["norm"]
    }


# ---------------------------------------------------------------- marking


def mark(opened: OpenRecord, me: str, marks: Mapping[str, bool], *, seen: int, page: str = "") -> None:
    """The reader (public id `me`) says which norms were kept. `seen`: the version of their marks that they saw.

    `page`: the open page they did it on; what came from there since does not count as another window. Marks about
    norms that the plan does not have are passed over; marks on norms it had once stay. Raises Meanwhile.
    """
    keeps, words = opened.keeper, of_plan(opened)
    session().execute(select(ConfidentialRecord.id).where(ConfidentialRecord.id == opened.id).with_for_update())
    known = keeps.current([PROMPT]).get((PROMPT, me), Kept())
    before: dict[str, Any] = known.value or {}
    value = {row: kept for row, kept in before.items() if row not in words}
    value |= {row: {"words": words[row], "kept": kept} for row, kept in marks.items() if row in words}
    if value == before:
        return
    if known.version != seen and not _came_from(keeps, me, seen, page):
        raise Meanwhile
    position = known.position or keeps.last_position(PROMPT) + 1
    version = keeps.bump(opened.part)
    text = Text(opened.part, PROMPT, me, value, known.version + 1, now(), version, position, page)
    keeps.put(text, new=not known.version)
    keeps.revise(text)


def _came_from(keeps: Keeper, me: str, seen: int, page: str) -> bool:
    """Whether all that was marked since was marked on this same page."""
    newer = {past.page for past in keeps.since(PROMPT, me, seen) if past.version > seen}
    return bool(page) and newer == {page}


# ---------------------------------------------------------------- over time


@dataclass
class _Norm:
    """What is gathered about one norm."""

    words: str = ""
    points: list[Point] = field(default_factory=list)


def trends(opened: OpenRecord) -> list[Trend]:
    """What was marked in the reader's sessions of this plan, norm by norm, with the newest words of each."""
    all_of_it = records.of_plan("session", opened.plan_id, opened.reader_id)
    said = glance.at(all_of_it, PROMPT, "session_date")
    found: dict[str, _Norm] = {}
    for on, here in sorted(((_day(one, said[one.id]), said[one.id]) for one in all_of_it), key=lambda pair: pair[0]):
        for row, marks in _by_norm(here).items():
            norm = found.setdefault(row, _Norm())
            norm.words = marks[-1]["words"]
            norm.points.append(Point(on, sum(one["kept"] for one in marks), len(marks)))
    return [Trend(norm.words, norm.points) for norm in found.values()]


def _day(opened: OpenRecord, said: Answers) -> date:
    return timeline.date_of(said) or local(opened.created_at).date()


def _by_norm(said: Answers) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kept in said.rows(PROMPT):
        for row, one in kept.value.items():
            found.setdefault(row, []).append(one)
    return found
