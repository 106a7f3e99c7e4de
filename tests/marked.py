"""A plan in which everything is marked, each kind of thing by a word of its own, so that a crawl can tell what it found."""

import json
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import agreements, plans
from tests.cast import Cast
from tests.plans import MARKER, ROW, SIGNED, Plan
from webapp.documents import standing
from webapp.documents.models import (
    Answer,
    Comment,
    Decision,
    DocumentPart,
    Participant,
    Revision,
    RowAgreement,
    Standing,
)
from webapp.forms.declaration import Part
from webapp.forms.kinds import Line, People, Rows, Text

WORDS = {  # animals that no page of the site speaks of
    "part1": "zorilla",
    "part1_history": "kakapo",
    "part1_aside": "fossa",
    "part1_comment": "dugong",
    "reason": "markhor",
    "participant": "saiga",
    "part2": "axolotl",
    "part2_history": "quetzal",
    "part2_aside": "gharial",
    "part2_comment": "tarsier",  # written after Part 2 was shared
    "part2_circle_comment": "shoebill",  # written before
    "norms": "pangolin",  # everyone has agreed to it
    "norms_open": "okapi",  # not everyone has
    "norms_history": "hoatzin",
    "norms_aside": "capybara",
    "norms_comment": "babirusa",
    "progress": "numbat",
    "progress_history": "bilby",
    "progress_aside": "vicuna",
    "progress_comment": "margay",
    "taken_out": "caracal",  # a row that was taken out again
    "agreement": "jerboa",  # the coaching agreement of the coach and the teacher
    "agreement_history": "serval",  # what stood in it before
    "signature": "muntjac",  # under it
}
CIRCLE = ("coach", "teacher", "teacher2", "deactivated")
OPEN_NORM, GONE = "row2", "row3"


def marks(text: str) -> set[str]:
    """Which of the marks stand in a text."""
    return {name for name, word in WORDS.items() if word in text}


def write(app: Flask, cast: Cast, *, part1: str = "returned", part2: str = "draft") -> Plan:
    """Write the plan; its norms are open and one of them is everybody's. One member's account has been deactivated."""
    plan = plans.write(app, cast, part1=part1, part2=part2, session_2=True, ours=True, circle=CIRCLE)
    database = app.extensions["database"]
    with app.app_context(), database.one_writer(), Session(database.writer_engine) as db:
        for part in plan.form.parts:
            _mark_answers(db, plan, part)
            _mark_comments(db, plan, part, cast)
        _mark_decisions(db, plan, cast)
        _add_rows(db, plan, cast)
        _add_name(db, plan)
        for agreement in db.scalars(select(RowAgreement).where(RowAgreement.document_id == plan.id)):
            agreement.version = 2
        for stands in db.scalars(select(DocumentPart).where(DocumentPart.document_id == plan.id)):
            stands.version = 2
        db.commit()
    _sign_anew(app, plan)
    _agree(app, cast, plan)
    return plan


def _agree(app: Flask, cast: Cast, plan: Plan) -> None:
    """The coach and the teacher have an agreement; both have signed it."""
    agreement = agreements.start(app, cast, plan)
    texts = [prompt.name for prompt in agreement.form.parts[0].prompts() if isinstance(prompt, Line | Text)]
    for who, word in (("coach", "agreement_history"), ("teacher", "agreement")):
        agreement.write(who, **{name: f"{WORDS[word]} {name}" for name in texts})
    for who in ("coach", "teacher"):
        agreement.decide(who, "sign", signed_as=f"Ms. {WORDS['signature']}")


def _marked(value: Any, word: str) -> Any:
    return json.loads(json.dumps(value).replace(MARKER, WORDS[word]))


def _mark_answers(db: Session, plan: Plan, part: type[Part]) -> None:
    """Each answer stands in its second version, above another one, beside one that was set aside."""
    here = {"document_id": plan.id, "part": part.key}
    for answer in db.scalars(select(Answer).filter_by(**here)):
        first = db.scalars(select(Revision).filter_by(**here, prompt=answer.prompt, row=answer.row)).one()
        first.value = _marked(answer.value, f"{part.key}_history")
        first.at -= timedelta(hours=1)  # a step of its own
        aside = _marked(answer.value, f"{part.key}_aside")
        answer.value, answer.version = _marked(answer.value, part.key), 2
        same = here | {"prompt": answer.prompt, "row": answer.row, "by_id": answer.changed_by_id}
        db.add(Revision(**same, value=answer.value, version=2, part_version=2, position=answer.position))
        if not isinstance(plan.form.prompt(answer.prompt)[2], People):
            db.add(Revision(**same, value=aside, version=1, part_version=2, aside=True))


def _mark_comments(db: Session, plan: Plan, part: type[Part], cast: Cast) -> None:
    for comment in db.scalars(select(Comment).filter_by(document_id=plan.id, part=part.key)):
        kind = "part2_circle_comment" if part.key == "part2" else f"{part.key}_comment"
        comment.body = comment.body.replace(MARKER, WORDS[kind])
    if part.key == "part2":
        section = part.sections[0].key
        said = {"document_id": plan.id, "part": part.key, "section": section, "by_id": cast["teacher"].id}
        db.add(Comment(**said, body=f"a {WORDS['part2_comment']} comment", circle_only=False))


def _mark_decisions(db: Session, plan: Plan, cast: Cast) -> None:
    for decision in db.scalars(select(Decision).where(Decision.document_id == plan.id)):
        decision.remark = decision.remark.replace(MARKER, WORDS["reason"])
        decision.part_version = 2 if decision.part_version == 1 else 0
    said = {"document_id": plan.id, "part": "part1", "part_version": 0, "content_hash": "0" * 64}
    by = cast["principal"].id
    db.add(
        Decision(**said, kind="returned", person_id=by, at=SIGNED - timedelta(9), remark=f"a {WORDS['reason']} reason")
    )


def _add_rows(db: Session, plan: Plan, cast: Cast) -> None:
    """A norm that not everyone has agreed to, and one that was taken out."""
    norms = next(
        prompt for part in plan.form.parts for prompt in part.prompts() if isinstance(prompt, Rows) and prompt.agreed
    )
    column = norms.columns[0].name
    here = {"document_id": plan.id, "part": "norms", "prompt": norms.name}
    by = cast["coach"].id
    for position, (row, word, out) in enumerate([(OPEN_NORM, "norms_open", False), (GONE, "taken_out", True)], start=2):
        value = {column: f"a {WORDS[word]} norm"}
        said = here | {"row": row, "position": position}
        db.add(Answer(**said, value=None if out else value, version=2, changed_by_id=by))
        db.add(Revision(**said, value=value, version=1, part_version=1, by_id=by))
        if out:
            db.add(Revision(**said, value=None, version=2, part_version=2, by_id=by))
    db.add(RowAgreement(document_id=plan.id, prompt=norms.name, row=OPEN_NORM, person_id=by, version=1))


def _add_name(db: Session, plan: Plan) -> None:
    """A teacher without an account, known here by name only."""
    name = f"Ms. {WORDS['participant']}"
    confirmed = Standing.CONFIRMED
    person = Participant(document_id=plan.id, name=name, role="teacher", in_circle=True, standing=confirmed)
    db.add(person)
    db.flush()
    prompt = next(prompt for part in plan.form.parts for prompt in part.prompts() if isinstance(prompt, People))
    key = {"document_id": plan.id, "prompt": prompt.name}
    for kept in [*db.scalars(select(Answer).filter_by(**key)), *db.scalars(select(Revision).filter_by(**key))]:
        kept.value = [*kept.value, {"key": person.public_id, "name": name}]


def _sign_anew(app: Flask, plan: Plan) -> None:
    """What was decided about Part 1 was decided about the marked words."""
    part = plan.form.parts[0]
    database = app.extensions["database"]
    with app.app_context(), database.one_writer(), Session(database.writer_engine) as db:
        said = standing.fingerprint(plan.form, part, standing.content(plan.id, part))
        for decision in db.scalars(select(Decision).where(Decision.document_id == plan.id, Decision.part_version == 2)):
            decision.content_hash = said
        db.commit()


__all__ = ["CIRCLE", "ROW", "WORDS", "marks", "write"]
