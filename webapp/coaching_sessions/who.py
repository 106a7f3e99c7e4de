"""Who can see a confidential record, by name and with the reason. The walls themselves are asked about each person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import false, or_, select

from ..access import evaluates, has_evaluated
from ..clock import local, today
from ..database import session
from ..documents import seen_by
from ..documents.models import Standing
from ..documents.seen_by import Candidate, Reader
from ..people.models import Person, Role
from ..web import day
from . import records
from .models import Circle, CircleMember
from .records import OpenRecord

DOES = {"session": "attends", "private_notes": "writes them", "release": "takes part in it"}
OUT = {
    "session": "not in this session",
    "private_notes": "not the author",
    "release": "not in this circle",
}


@dataclass
class _Known:
    """What is known of one person about whom people may wonder."""

    candidate: Candidate
    member: CircleMember | None = None
    sealed: bool = False
    evaluates: str = ""
    reasons: list[str] = field(default_factory=list)


def readers(opened: OpenRecord, told: Mapping[int, Reader] | None = None) -> list[Reader]:
    """Everybody about whom people may wonder, those who can read first. `told`: of whom another rule has decided."""
    others = told or {}
    said = [others.get(one.candidate.id or 0) or _reader(opened, one) for one in _known(opened)]
    return sorted(said, key=lambda one: not one.can)


def _known(opened: OpenRecord) -> list[_Known]:
    form = seen_by.form_of(opened.plan_id)
    around = seen_by.people_around(opened.plan_id, opened.school_id, form)
    found = {one.id: _Known(one) for one in around if one.title or one.roles}
    members = opened.members()
    for one in members:
        known = found.setdefault(one.person_id, _Known(Candidate(one.person_id, one.name)))
        known.sealed = one.sealed
    rows = {row.person_id: row for row in session().scalars(_members(opened))}
    for person_id, row in rows.items():
        found[person_id].member = row
    for person_id, name, still in session().execute(_evaluators(opened, list(rows)), {"today": today()}):
        known = found.setdefault(person_id, _Known(Candidate(person_id, name)))
        known.evaluates = "evaluates" if still else "evaluated"
    return list(found.values())


def _members(opened: OpenRecord) -> Any:
    return select(CircleMember).where(CircleMember.circle_id == opened.circle_id)


def _evaluators(opened: OpenRecord, member_ids: list[int]) -> Any:
    """Who evaluates a member today, or has since the circle began."""
    since = session().scalars(select(Circle.since).where(Circle.id == opened.circle_id)).one()
    has = or_(false(), *(has_evaluated(Person.id, one, since=since) for one in member_ids))
    still = or_(false(), *(evaluates(Person.id, one) for one in member_ids))
    return select(Person.id, Person.name, still).where(has).order_by(Person.name)


def _reader(opened: OpenRecord, known: _Known) -> Reader:
    who = known.candidate
    found = who.id is not None and not who.closed and records.would_find(opened.kind, opened.public_id, who.id)
    if found and not known.sealed:
        return Reader(who.name, True, f"{DOES[opened.kind]}{' (you)' if who.id == opened.reader_id else ''}")
    return Reader(who.name, False, _why_not(opened, known))


def _why_not(opened: OpenRecord, known: _Known) -> str:
    """The first thing that keeps them out, the most telling first."""
    return next(reason for holds, reason in _keep_out(opened, known) if holds)


def _keep_out(opened: OpenRecord, known: _Known) -> list[tuple[bool, str]]:
    who, member = known.candidate, known.member
    closed_on = local(member.closed_at).date() if member and member.closed_at else None
    return [
        (who.id is None, "has no account on this site"),
        (who.closed, "their account is closed"),
        (closed_on is not None, f"closed on {day(closed_on) if closed_on else ''}: now evaluates someone here"),
        (known.evaluates == "evaluates", "cannot: evaluates someone here"),
        (known.evaluates == "evaluated", "cannot: evaluated someone here after it began"),
        (known.sealed, "account sealed until confirmed: their password was set anew with a link"),
        (bool(member and member.left_at), "left"),
        (
            who.standing == Standing.CONFIRMED and bool(who.title),
            f"{who.title.lower()} of the plan: {OUT[opened.kind]}",
        ),
        (Role.PRINCIPAL in who.roles, "principal: never sees coaching sessions or notes"),
        (Role.ASSISTANT_PRINCIPAL in who.roles, "assistant principal: never sees coaching sessions or notes"),
        (Role.CHAMPION in who.roles, "coach champion: never sees coaching sessions or notes"),
        (Role.ADMINISTRATOR in who.roles, "administrator: keeps accounts, cannot see this"),
        (True, OUT[opened.kind]),
    ]
