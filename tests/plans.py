"""A plan in any state, written straight into the tables, every answer of it marked so that a leak can be found.

The coach leads, `teacher` and `teacher2` take part, `invited` has not answered yet, `declined` and `removed` are out
of it again, `principal` is its principal. The school is Roosevelt.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cast import Cast
from webapp import forms
from webapp.clock import now, this_school_year
from webapp.documents import standing
from webapp.documents.models import (
    Answer,
    Comment,
    Decision,
    Document,
    DocumentPart,
    Participant,
    PartState,
    Revision,
    RowAgreement,
    Standing,
)
from webapp.forms.declaration import DocumentForm, Level, Part
from webapp.forms.kinds import Choice, Date, Number, People, Prompt, RowOf, Rows, Ticks

MARKER = "quokka"  # stands in every answer, comment and reason of a plan, and nowhere else on the site
ROW = "row1"
SIGNED = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """A plan that was written: its address and its form."""

    id: int
    public_id: str
    form: type[DocumentForm]
    participants: dict[str, str] = field(default_factory=dict)  # one of the cast → their public id within the plan

    @property
    def path(self) -> str:
        """Where its home page is."""
        return f"/plans/{self.public_id}"


def write(
    app: Flask,
    cast: Cast,
    *,
    part1: str = "draft",
    part2: str = "draft",
    session_2: bool = False,
    ours: bool = False,
    circle: tuple[str, ...] = ("coach", "teacher", "teacher2"),
) -> Plan:
    """Write a plan in which every prompt is answered. `ours`: everyone has agreed to its norm."""
    form = forms.latest("peer_coaching_plan")
    database = app.extensions["database"]
    with app.app_context(), database.one_writer(), Session(database.writer_engine) as db:
        document = Document(
            form=form.key,
            form_version=form.version,
            school_id=cast.schools["roosevelt"].id,
            school_year=this_school_year(),
            created_by_id=cast["coach"].id,
            session_2_held_at=now() - timedelta(days=3) if session_2 else None,
        )
        db.add(document)
        db.flush()
        db.add_all(_people(document.id, cast, circle))
        for part in form.parts:
            state = {Level.WITH_PRINCIPAL: part1, Level.FOR_REVIEW: part2}.get(part.level, PartState.DRAFT)
            db.add_all(_part(document.id, part, state, cast))
        if ours:
            db.add_all(
                RowAgreement(document_id=document.id, prompt="norms", row=ROW, person_id=cast[key].id, version=1)
                for key in circle
            )
        db.commit()
        within = select(Participant.person_id, Participant.public_id).where(Participant.document_id == document.id)
        named = {row.person_id: row.public_id for row in db.execute(within)}
        participants = {key: named[cast[key].id] for key in cast if cast[key].id in named}
        plan = Plan(document.id, document.public_id, form, participants)
    _sign(app, plan, cast, part1)
    return plan


def _people(document_id: int, cast: Cast, circle: tuple[str, ...]) -> Iterator[Participant]:
    def named(key: str, role: str, state: Standing = Standing.CONFIRMED, **more: bool) -> Participant:
        who = cast[key]
        return Participant(document_id=document_id, person_id=who.id, name=who.name, role=role, standing=state, **more)

    for key in circle:
        leads = key == "coach"
        yield named(key, "coach" if leads else "teacher", leads=leads, in_circle=True)
    yield named("invited", "teacher", Standing.INVITED, in_circle=True)
    yield named("declined", "teacher", Standing.DECLINED, in_circle=True)
    yield named("removed", "teacher", Standing.REMOVED, in_circle=True)
    yield named("principal", "principal")


def _part(document_id: int, part: type[Part], state: str, cast: Cast) -> Iterator[Any]:
    by = cast["coach"].id
    yield DocumentPart(document_id=document_id, part=part.key, state=state, version=1, changed_by_id=by)
    for prompt in part.prompts():
        here = {"document_id": document_id, "part": part.key, "prompt": prompt.name, "version": 1}
        row = ROW if isinstance(prompt, Rows) else ""
        here |= {"row": row, "position": 1 if row else 0, "value": value_of(prompt, cast)}
        yield Answer(**here, changed_by_id=by)
        yield Revision(**here, part_version=1, by_id=by)
    for section in part.sections:
        yield Comment(
            document_id=document_id,
            part=part.key,
            section=section.key,
            circle_only=part.level is not Level.WITH_PRINCIPAL,
            body=f"{MARKER} comment on {section.key}",
            by_id=by,
        )


def value_of(prompt: Prompt, cast: Cast) -> Any:
    """An answer that this kind of prompt takes, marked where it holds words."""
    if isinstance(prompt, Rows):
        return {column.name: value_of(column, cast) for column in prompt.columns}
    if isinstance(prompt, Ticks):
        return dict.fromkeys(list(prompt.labels())[:1], f"{MARKER} {prompt.name}" if prompt.remark else "")
    if isinstance(prompt, Choice):
        return next(iter(prompt.labels()))
    if isinstance(prompt, People):
        return [{"key": key, "name": cast[key].name} for key in ("teacher", "teacher2")]
    return {RowOf: ROW, Date: "2026-10-01", Number: "62%"}.get(type(prompt), f"{MARKER} {prompt.name}")


def _sign(app: Flask, plan: Plan, cast: Cast, state: str) -> None:
    """What was decided about Part 1 on the way to its state."""
    kinds = {
        "submitted": ["submitted"],
        "returned": ["submitted", "returned"],
        "approved": ["submitted", "approved"],
        "changed": ["submitted", "approved"],
    }.get(state, [])
    database = app.extensions["database"]
    with app.app_context(), database.one_writer(), Session(database.writer_engine) as db:
        part = plan.form.parts[0]
        said = standing.fingerprint(plan.form, part, standing.content(plan.id, part))
        for days, kind in enumerate(kinds):
            db.add(
                Decision(
                    document_id=plan.id,
                    part=part.key,
                    kind=kind,
                    person_id=cast["coach" if kind == "submitted" else "principal"].id,
                    at=SIGNED + timedelta(days=days),
                    part_version=1 if state != "changed" else 0,
                    content_hash=said if state != "changed" else "0" * 64,
                    remark=f"{MARKER} reason" if kind == "returned" else "",
                )
            )
        db.commit()
