"""Who may do what. One table of named facts; each fact is SQL, so the same line decides one document and a list.

Everything not in the table is refused. A document whose existence someone may not know answers 404,
one they may read but not change that way answers 403. Every route says here who may use it;
the app refuses to start otherwise.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from itertools import chain, product
from typing import Any

from flask import Flask, abort, request
from flask_login import current_user
from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from . import forms
from .clock import today
from .database import Statement, execute, look_as, school_day, session, writing
from .documents.models import (
    Answer,
    Document,
    DocumentPart,
    Participant,
    PartState,
    RowAgreement,
    Standing,
)
from .extensions import login
from .forms.declaration import DocumentForm, Level, Part
from .once import once
from .people.models import EvaluatorAssignment, Membership, Person, Role, School
from .programme.models import TrainingDate

VIEWER = bindparam("viewer", type_=Participant.person_id.type)
TODAY = bindparam("today", type_=Membership.starts.type)
Facts = Mapping[str, ColumnElement[bool]]

# ---------------------------------------------------------------- the facts, as SQL


def among(column: Any, *values: Any) -> ColumnElement[bool]:
    """`column IN (values)`, spelled out: a list would be unfolded anew each time the statement runs."""
    return or_(*(column == value for value in values))


def in_force(dated: Any) -> ColumnElement[bool]:
    """Whether a membership or an assignment holds today, first and last day included, and was no mistake."""
    return and_(dated.voided_at.is_(None), dated.starts <= TODAY, or_(dated.ends.is_(None), dated.ends >= TODAY))


def evaluates(evaluator: Any, evaluated: Any) -> ColumnElement[bool]:
    """Whether one person evaluates another today: by assignment, or as head of a school where the other works.

    A principal evaluates everyone on the staff; an assistant principal evaluates the staff but not the principal
    or another assistant principal.
    """
    return _evaluation(evaluator, evaluated, lambda *relations: and_(*map(in_force, relations)))


Unless = Callable[[Any], ColumnElement[bool]]


def has_evaluated(evaluator: Any, evaluated: Any, since: Any, unless: Unless | None = None) -> ColumnElement[bool]:
    """Whether one person has evaluated another on any day from `since` (a date in SQL) to today.

    A relation entered by mistake counts like any other until `unless` holds of it (given the alias of its table);
    without `unless` it never counts.
    """

    def counts(relation: Any) -> ColumnElement[bool]:
        voided: ColumnElement[bool] = relation.voided_at.is_not(None)
        if unless is None:
            return not_(voided)
        excused: ColumnElement[bool] = func.coalesce(and_(voided, unless(relation)), false())  # unknown excuses nobody
        return not_(excused)

    def met(*relations: Any) -> ColumnElement[bool]:
        return and_(
            *(counts(one) for one in relations),
            *(one.starts <= TODAY for one in relations),
            *(_reaches(one, since) for one in relations),
            *(_reaches(one, other.starts) for one, other in product(relations, repeat=2)),  # on one and the same day
        )

    return _evaluation(evaluator, evaluated, met)


def _reaches(dated: Any, day: Any) -> ColumnElement[bool]:
    """Whether a membership or an assignment counted on this day or a later one, whatever became of it since."""
    last = func.coalesce(dated.counted_until, dated.ends)
    return or_(last.is_(None), last >= day)


def _evaluation(evaluator: Any, evaluated: Any, holds: Callable[..., ColumnElement[bool]]) -> ColumnElement[bool]:
    """One person evaluating another by an assignment or by their two roles of which `holds` is true."""
    head, staff, assignment = aliased(Membership), aliased(Membership), aliased(EvaluatorAssignment)
    by_role = exists().where(
        head.person_id == evaluator,
        among(head.role, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL),
        staff.person_id == evaluated,
        staff.school_id == head.school_id,
        or_(
            among(staff.role, Role.TEACHER, Role.COACH),
            and_(head.role == Role.PRINCIPAL, staff.role == Role.ASSISTANT_PRINCIPAL),
        ),
        holds(head, staff),
    )
    by_assignment = exists().where(
        assignment.evaluator_id == evaluator, assignment.evaluated_id == evaluated, holds(assignment)
    )
    return and_(  # what is asked about may stand several levels up
        evaluator != evaluated, or_(by_role.correlate_except(head, staff), by_assignment.correlate_except(assignment))
    )


def holds_role(person: Any, *roles: Role) -> ColumnElement[bool]:
    """Whether a person has one of these roles somewhere today."""
    held = aliased(Membership)
    return exists().where(held.person_id == person, among(held.role, *roles), in_force(held))


def _participates(person: Any, *conditions: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    me = aliased(Participant)
    return exists().where(
        me.document_id == Document.id, me.person_id == person, *(condition(me) for condition in conditions)
    )


def named_now(participant: Any) -> ColumnElement[bool]:
    """Whether someone stands in the document now: asked, or taking part."""
    return among(participant.standing, Standing.INVITED, Standing.CONFIRMED)


def evaluates_circle(person: Any = VIEWER) -> ColumnElement[bool]:
    """Whether someone (the viewer) evaluates a member of a document's circle, or has since the document was begun."""
    member = aliased(Participant)
    return exists().where(
        member.document_id == Document.id,
        member.in_circle,
        named_now(member),
        has_evaluated(person, member.person_id, since=school_day(Document.created_at)),
    )


def _ever_evaluated(person: Any) -> ColumnElement[bool]:
    """Whether someone was ever entered as head of a school or as an evaluator."""
    head, assignment = aliased(Membership), aliased(EvaluatorAssignment)
    heads = exists().where(head.person_id == person, among(head.role, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL))
    return or_(heads, exists().where(assignment.evaluator_id == person))


def _heads_the_school(person: Any = VIEWER) -> ColumnElement[bool]:
    """A principal named in a document keeps that place only while they head its school."""
    head = aliased(Membership)
    return exists().where(
        head.person_id == person,
        among(head.role, Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL),
        head.school_id == Document.school_id,
        in_force(head),
    )


def _supports_the_school(person: Any = VIEWER) -> ColumnElement[bool]:
    champion = aliased(Membership)
    district = select(School.district_id).where(School.id == Document.school_id).correlate(Document).scalar_subquery()
    return exists().where(
        champion.person_id == person,
        champion.role == Role.CHAMPION,
        in_force(champion),
        champion.district_id == district,
        or_(champion.school_id.is_(None), champion.school_id == Document.school_id),
    )


def heads_or_supports_the_school() -> ColumnElement[bool]:
    """Whether the viewer heads a document's school today, or supports it as a coach champion."""
    return or_(_heads_the_school(), _supports_the_school())


def row_agreed_by_all(answer: Any) -> ColumnElement[bool]:
    """Whether every member of the circle has agreed to this row of a list as it is worded now."""
    member, agreement = aliased(Participant), aliased(RowAgreement)
    agreed = (
        exists()
        .where(
            agreement.document_id == answer.document_id,
            agreement.prompt == answer.prompt,
            agreement.row == answer.row,
            agreement.version == answer.version,
            agreement.person_id == member.person_id,
        )
        .correlate(answer, member)  # two levels up: not found by itself, and any other row would do
    )
    missing = exists().where(
        member.document_id == answer.document_id,
        member.in_circle,
        member.person_id.is_not(None),
        member.standing == Standing.CONFIRMED,
        not_(agreed),
    )
    one, other = aliased(RowAgreement), aliased(RowAgreement)
    two = exists().where(  # a coach whose teachers are gone agrees with nobody
        *(
            condition
            for said in (one, other)
            for condition in (
                said.document_id == answer.document_id,
                said.prompt == answer.prompt,
                said.row == answer.row,
                said.version == answer.version,
            )
        ),
        one.person_id < other.person_id,
    )
    return and_(answer.value.is_not(None), two, not_(missing))


def _some_norm_is_ours() -> ColumnElement[bool]:
    norm = aliased(Answer)
    return exists().where(
        norm.document_id == DocumentPart.document_id,
        norm.part == DocumentPart.part,
        norm.row != "",
        row_agreed_by_all(norm),
    )


def _after_session_2() -> ColumnElement[bool]:
    district = select(School.district_id).where(School.id == Document.school_id).correlate(Document).scalar_subquery()
    held = exists().where(
        TrainingDate.district_id == district,
        TrainingDate.school_year == Document.school_year,
        TrainingDate.number == 2,
        TrainingDate.held_on <= TODAY,
    )
    return or_(Document.session_2_held_at.is_not(None), held)


def _confirmed(me: Any) -> ColumnElement[bool]:
    return me.standing == Standing.CONFIRMED  # type: ignore[no-any-return]


def _asked(me: Any) -> ColumnElement[bool]:
    return me.standing == Standing.INVITED  # type: ignore[no-any-return]


def _person_facts(evaluates: ColumnElement[bool], person: Any = VIEWER) -> Facts:
    """About the reader and the document. Deny wins: who evaluates a member, or has since it began, is not in its circle."""
    return {
        "leads": and_(_participates(person, _confirmed, lambda me: me.leads), not_(evaluates)),
        "circle": and_(_participates(person, _confirmed, lambda me: me.in_circle), not_(evaluates)),
        "invited": and_(_participates(person, _asked, lambda me: me.in_circle), not_(evaluates)),
        "principal": and_(
            _participates(person, _confirmed, lambda me: me.role == "principal"), _heads_the_school(person)
        ),
        "champion": _supports_the_school(person),
        "evaluates": evaluates,
        "after_session_2": _after_session_2(),
        "between_members": between_members(),
    }


def between_members() -> ColumnElement[bool]:
    """Whether a document is of a kind of which nobody but its members may know."""
    return or_(false(), *(Document.form == form.key for form in forms.known() if form.between_members))


PERSON_FACTS = _person_facts(evaluates_circle())

# About one part of the document.
PART_FACTS: Facts = {
    **{state.value: DocumentPart.state == state.value for state in PartState},
    "some_ours": _some_norm_is_ours(),
}

# About the reader and one confidential record. The records' own statements say whether they hold
# (coaching_sessions/); of a document they never do.
RECORD_FACTS = ("attends", "author", "composes", "asked")

# ---------------------------------------------------------------- the table

# level of the part → verb → any of these, each all of these. `~` is not.
TABLE: dict[Level, dict[str, str]] = {
    Level.WITH_PRINCIPAL: {
        "read": "leads | circle | invited | principal | champion",
        "write": "leads | principal",
        "history": "leads | circle | principal",
        "comment": "leads | circle | principal",
        "submit": "leads & draft | leads & returned | leads & changed",
        "take_back": "leads & submitted",
        "approve": "principal & submitted",
        "return": "principal & submitted",
    },
    Level.FOR_REVIEW: {
        "read": "circle | principal & shared | champion & shared & ~evaluates",
        "write": "circle",
        "history": "circle",
        "comment": "circle | principal & shared",
        "share": "leads & draft",
        "take_back": "circle & shared",
        "review": "principal & shared",
        "agree": "circle & shared",
    },
    Level.NORMS: {
        "read": "circle | principal & some_ours | champion & some_ours & ~evaluates",
        "write": "circle & after_session_2",
        "history": "circle",
        "comment": "circle",
        "agree": "circle & after_session_2",
    },
    Level.CIRCLE: {
        "read": "circle",
        "write": "circle",
        "history": "circle",
        "comment": "circle",
    },
    Level.AGREEMENT: {
        "read": "circle",
        "write": "circle & ~ended",
        "history": "circle",
        "comment": "circle & ~ended",
        "sign": "circle & ~ended",
        "end": "circle & ~ended",
    },
    Level.RELEASE: {
        "read": "composes",
        "write": "composes & draft | composes & asked",
        "history": "composes",
    },
    Level.SESSION: {
        "read": "attends",
        "write": "attends",
        "history": "attends",
        "comment": "attends",
    },
    Level.PRIVATE: {
        "read": "author",
        "write": "author",
        "history": "author",
    },
}

# What concerns the document as a whole.
WHOLE: dict[str, str] = {
    "read": "leads | circle | invited & ~between_members | principal & ~between_members | champion & ~between_members",
    "invite": "leads & ~between_members",
    "answer": "invited & ~between_members",
    "say_session_2": "leads & ~after_session_2 & ~between_members",
    "change_principal": "leads & ~between_members",
    "history": "leads | circle | principal & ~between_members",
    "see_as_principal": "circle & ~between_members",
    "start_agreement": "circle & ~between_members",
    "hold_session": "circle & ~between_members",
    "hear_of_sessions": "principal & ~between_members | champion & ~evaluates & ~between_members",
    "compose_release": "circle & ~between_members",
}


def _parse(rule: str) -> list[list[tuple[bool, str]]]:
    known = {*PERSON_FACTS, *PART_FACTS, *RECORD_FACTS}
    alternatives = []
    for alternative in rule.split("|"):
        words = [word.strip() for word in alternative.split("&")]
        facts = [(not word.startswith("~"), word.lstrip("~")) for word in words]
        if unknown := [name for _, name in facts if name not in known]:
            raise ValueError(f"no such fact: {unknown}")
        alternatives.append(facts)
    return alternatives


RULES = {(level, verb): _parse(rule) for level, verbs in TABLE.items() for verb, rule in verbs.items()}
WHOLE_RULES = {verb: _parse(rule) for verb, rule in WHOLE.items()}


def _as_sql(rule: list[list[tuple[bool, str]]], known: Facts) -> ColumnElement[bool]:
    return or_(*(and_(*(known[name] if wanted else not_(known[name]) for wanted, name in facts)) for facts in rule))


def _holds(rule: list[list[tuple[bool, str]]], facts: frozenset[str]) -> bool:
    return any(all((name in facts) == wanted for wanted, name in alternative) for alternative in rule)


def bind(person_id: int) -> dict[str, Any]:
    """The parameters that every statement with facts in it needs."""
    return {"viewer": person_id, "today": today()}


def _worked_out(*which: ColumnElement[bool]) -> CTE:
    """The facts about the viewer and each of these documents, once each: a rule that names one again only reads it."""
    wanted = select(Document.id, PERSON_FACTS["evaluates"].label("evaluates")).where(*which).cte("wanted")
    wanted = wanted.prefix_with("MATERIALIZED")
    facts = (fact.label(name) for name, fact in _person_facts(wanted.c.evaluates).items())
    return select(Document.id, *facts).join(wanted, wanted.c.id == Document.id).cte("facts").prefix_with("MATERIALIZED")


def _of_person(facts: CTE) -> Facts:
    return {name: facts.c[name] for name in PERSON_FACTS if name in facts.c}


def _in_parts(form: type[DocumentForm], verb: str, facts: CTE) -> ColumnElement[bool]:
    known = {**_of_person(facts), **PART_FACTS, **dict.fromkeys(RECORD_FACTS, false())}
    by_part = (
        and_(DocumentPart.part == part.key, _as_sql(RULES[part.level, verb], known))
        for part in form.parts
        if (part.level, verb) in RULES
    )
    return or_(false(), *by_part)


def _named_by(form: type[DocumentForm], verb: str) -> set[str]:
    """The facts that the rules about one verb name."""
    rules = (RULES.get((part.level, verb), []) for part in form.parts)
    return {name for facts in chain(*rules) for _, name in facts}


@once
def allowed_parts(form: type[DocumentForm], verb: str) -> CTE:
    """The parts of one document (`:document_id`) in which the viewer may do this: the right, to join the data to.

    Worked out once for the document's few parts, not once for each answer.
    """
    facts = _worked_out(Document.id == bindparam("document_id"))
    return (
        select(
            DocumentPart.document_id,
            DocumentPart.part,
            facts.c.circle,
            _in_parts(form, "history", facts).label("history"),
        )
        .join(facts, facts.c.id == DocumentPart.document_id)
        .where(_in_parts(form, verb, facts))
        .cte(f"may_{verb}")
        .prefix_with("MATERIALIZED")
    )


@once
def allowed_people(form: type[DocumentForm], verb: str) -> Statement:
    """Of some people (`:people`), the name of each and the parts of one document (`:document_id`) in which they may do this
    today, with where each stands: one row for each part."""
    return _allowed(form, verb, Person.id.in_(bindparam("people", expanding=True)))


@once
def allowed_participants(form: type[DocumentForm], verb: str) -> Statement:
    """The same of everybody who stands in the document."""
    named = select(Participant.person_id).where(
        Participant.document_id == bindparam("document_id"), named_now(Participant)
    )
    return _allowed(form, verb, Person.id.in_(named)).order_by("called")


def _allowed(form: type[DocumentForm], verb: str, who: ColumnElement[bool]) -> Select[Any]:
    evaluates = case(
        (_ever_evaluated(Person.id), evaluates_circle(Person.id)), else_=false()
    )  # of few the second is asked
    asked = (
        select(Document.id, Person.id.label("person_id"), Person.public_id, Person.name, evaluates.label("evaluates"))
        .join(Person, who)
        .where(Document.id == bindparam("document_id"), Person.deactivated_at.is_(None))
        .cte("asked")
        .prefix_with("MATERIALIZED")
    )
    known = _person_facts(asked.c.evaluates, asked.c.person_id)
    about = (known[name].label(name) for name in sorted({"circle"} | _named_by(form, verb) & known.keys()))
    called = asked.c.public_id.label("person"), asked.c.name.label("called")
    facts = (
        select(Document.id, asked.c.person_id, *called, *about)
        .join(asked, asked.c.id == Document.id)
        .cte("facts")
        .prefix_with("MATERIALIZED")
    )
    return (
        select(
            facts.c.person_id,
            facts.c.person,
            facts.c.called,
            facts.c.circle,
            DocumentPart.part,
            DocumentPart.state,
            DocumentPart.version,
            DocumentPart.reviewed,
            DocumentPart.agreed,
            DocumentPart.around,
        )
        .join(facts, facts.c.id == DocumentPart.document_id)
        .where(_in_parts(form, verb, facts))
    )


# ---------------------------------------------------------------- one document, opened


@dataclass(frozen=True)
class PartStanding:
    """Where one part stands: its state, its version and its last change."""

    state: str
    version: int
    reviewed: bool
    agreed: bool
    changed_at: datetime
    changed_by_id: int | None
    facts: frozenset[str]
    around: int = 0


@dataclass(frozen=True)
class Opened:
    """A document as one reader has it before them: what it is, and what they may do in it."""

    id: int
    public_id: str
    form: type[DocumentForm]
    school_id: int
    school_name: str
    school_year: int
    created_at: datetime
    session_2_held_at: datetime | None
    reader_id: int
    facts: frozenset[str]
    parts: dict[str, PartStanding]

    @property
    def address(self) -> str:
        """Where it is; everything that is done in it has an address below."""
        return f"/plans/{self.public_id}"

    def may(self, verb: str, part: str | None = None) -> bool:
        """Whether the reader may do this, in this part or in the document as a whole."""
        if part is None:
            return _holds(WHOLE_RULES[verb], self.facts)
        rule = RULES.get((self.form.part(part).level, verb))
        return rule is not None and _holds(rule, self.facts | self.parts[part].facts)

    def demand(self, verb: str, part: str | None = None) -> None:
        """Refuse unless `may`: 404 where the part is not theirs to know, 403 where it is."""
        if part is not None and not self.may("read", part):
            abort(404)
        if not self.may(verb, part):
            abort(403)

    def offers(self, what: str) -> list[tuple[str, str]]:
        """What may be chosen where the form asks for one of its "members" or "measures": (key, words). None in a plan."""
        return []

    def parts_i_may(self, verb: str) -> list[type[Part]]:
        """The form's parts in which the reader may do this, in their order."""
        return [part for part in self.form.parts if self.may(verb, part.key)]


def _documents(*which: ColumnElement[bool]) -> Statement:
    """Documents that the viewer may know of, with their parts and the facts about them."""
    facts = _worked_out(*which)
    known = _of_person(facts)
    return (
        select(
            Document.id,
            Document.public_id,
            Document.form,
            Document.form_version,
            Document.school_id,
            School.name.label("school_name"),
            Document.school_year,
            Document.created_at,
            Document.session_2_held_at,
            DocumentPart.part,
            DocumentPart.state,
            DocumentPart.version,
            DocumentPart.reviewed,
            DocumentPart.agreed,
            DocumentPart.changed_at,
            DocumentPart.changed_by_id,
            DocumentPart.around,
            PART_FACTS["some_ours"].label("fact_some_ours"),
            *(fact.label(f"fact_{name}") for name, fact in known.items()),
        )
        .join(facts, facts.c.id == Document.id)
        .join(School, School.id == Document.school_id)
        .join(DocumentPart, DocumentPart.document_id == Document.id)
        .where(_as_sql(WHOLE_RULES["read"], known))
    )


_OPEN = _documents(Document.public_id == bindparam("public_id"))
_THESE = _documents(Document.id.in_(bindparam("ids", expanding=True)))
_LOCK = (
    select(DocumentPart.part)
    .where(
        DocumentPart.document_id
        == select(Document.id).where(Document.public_id == bindparam("public_id")).scalar_subquery()
    )
    .order_by(DocumentPart.part)
    .with_for_update()
)


def open_document(public_id: str, reader_id: int, *, lock: bool = False) -> Opened:
    """The document with what this reader may do in it; 404 if they may not know of it.

    With `lock`, nobody else changes it until the transaction ends.
    """
    db = session()
    if lock and db.get_bind().dialect.name == "postgresql":
        db.execute(_LOCK, {"public_id": public_id})
    rows = execute(_OPEN, {"public_id": public_id, **bind(reader_id)}).mappings().all()
    if not rows:
        abort(404)
    return _opened(reader_id, rows)


def open_documents(ids: Sequence[int], reader_id: int) -> list[Opened]:
    """These documents, in this order, without those that the reader may not know of."""
    rows = execute(_THESE, {"ids": list(ids), **bind(reader_id)}).mappings()
    by_id: dict[int, list[Any]] = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
    return [_opened(reader_id, by_id[document_id]) for document_id in ids if document_id in by_id]


def _opened(reader_id: int, rows: Sequence[Any]) -> Opened:
    first = rows[0]
    opened = Opened(
        id=first["id"],
        public_id=first["public_id"],
        form=forms.find(first["form"], first["form_version"]),
        school_id=first["school_id"],
        school_name=first["school_name"],
        school_year=first["school_year"],
        created_at=first["created_at"],
        session_2_held_at=first["session_2_held_at"],
        reader_id=reader_id,
        facts=frozenset(name for name in PERSON_FACTS if first[f"fact_{name}"]),
        parts={row["part"]: _part_standing(row) for row in rows},
    )
    return replace(opened, parts={key: _as_known(opened, key) for key in opened.parts})


def _as_known(opened: Opened, part: str) -> PartStanding:
    """Of a part that the reader may not read only its stage is theirs to know, not when or how often it changed."""
    stands = opened.parts[part]
    if opened.may("read", part):
        return stands
    return replace(stands, version=0, around=0, changed_at=opened.created_at, changed_by_id=None)


def _part_standing(row: Any) -> PartStanding:
    return PartStanding(
        state=row["state"],
        version=row["version"],
        reviewed=row["reviewed"],
        agreed=row["agreed"],
        changed_at=row["changed_at"],
        changed_by_id=row["changed_by_id"],
        facts=frozenset([row["state"], "some_ours"] if row["fact_some_ours"] else [row["state"]]),
        around=row["around"],
    )


def could_in_another_state(opened: Opened, verb: str, part: str) -> bool:
    """Whether the reader is refused only because the part has moved on (somebody was quicker), not for who they are."""
    rule = RULES.get((opened.form.part(part).level, verb), [])
    return any(
        all((name in opened.facts) == wanted for wanted, name in facts if name not in PART_FACTS) for facts in rule
    )


def grounds(opened: Opened, verb: str, part: str | None = None) -> frozenset[str]:
    """The facts that give the reader this right: those of the first alternative of the rule that holds; none: no right."""
    known = opened.facts if part is None else opened.facts | opened.parts[part].facts
    rule = WHOLE_RULES[verb] if part is None else RULES.get((opened.form.part(part).level, verb), [])
    found = next((facts for facts in rule if _holds([facts], known)), [])
    return frozenset(name for wanted, name in found if wanted)


@once
def _allowed_by_part(form: type[DocumentForm], verb: str) -> Statement:
    """The same as `allowed_people`, one row for each part: between two rows all other threads have their turn."""
    rows = allowed_people(form, verb).subquery()
    where = (rows.c.part, rows.c.state, rows.c.version, rows.c.reviewed, rows.c.agreed, rows.c.around)
    people = func.aggregate_strings(cast(rows.c.person_id, String), " ").label("people")
    return select(*where, people).group_by(*where)


def who_may(verb: str, opened: Opened, people: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Of these people, those who may do this today in parts of a document, and where each of these parts stands."""
    asked = {"document_id": opened.id, "people": list(people), "today": today()}
    found: dict[int, dict[str, Any]] = {}
    for row in execute(_allowed_by_part(opened.form, verb), asked):
        for person_id in map(int, row.people.split()):
            found.setdefault(person_id, {})[row.part] = row
    return found


# ---------------------------------------------------------------- the guards of the routes

View = Callable[..., Any]


def _declare(view: View, who: str) -> View:
    view.access = who  # type: ignore[attr-defined]
    return view


def anyone(view: View) -> View:
    """Signed in or not."""
    return _declare(view, "anyone")


def signed_in(view: View) -> View:
    """Whoever is signed in."""
    return _signed_in(view, background=False)


def in_background(view: View) -> View:
    """Whoever is signed in; the page asks by itself, which keeps no sign-in alive."""
    return _signed_in(view, background=True)


def _signed_in(view: View, *, background: bool, who: str = "signed in") -> View:
    @wraps(view)
    def guarded(**values: Any) -> Any:
        if not current_user.is_authenticated:
            return login.unauthorized()
        look_as(current_user.id)
        if not background:
            current_user.is_here()
        return view(**values)

    return _declare(guarded, who)


def declared(view: View, who: str, *, background: bool = False) -> View:
    """For whoever is signed in, to whom the view itself says what is theirs: the guards of confidential records."""
    return _signed_in(view, background=background, who=who)


def asked_by_itself(view: View) -> View:
    """The page asks for this by itself: it keeps no sign-in alive. To be put below the guard."""
    view.in_background = True  # type: ignore[attr-defined]
    return view


def is_asked_by_itself(view: View) -> bool:
    """Whether `asked_by_itself` was said of it."""
    return getattr(view, "in_background", False)


def _with_role(role: Role) -> Callable[[View], View]:
    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            if role not in current_user.roles:
                abort(404)
            return view(**values)

        return _signed_in(guarded, background=False, who=role.value)

    return declare


administrator = _with_role(Role.ADMINISTRATOR)
champion = _with_role(Role.CHAMPION)


def document(verb: str, part: str | None = None) -> Callable[[View], View]:
    """Whoever may do this in the document that the address names; the view gets it as `opened`.

    The part is the one named here or in the address (`<part>`). A POST runs in one write
    transaction with the check, unless the page asks by itself: that changes no document, and never waits for one.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(public_id: str, **values: Any) -> Any:
            reader_id = current_user.id
            if request.method in ("GET", "HEAD") or is_asked_by_itself(view):
                return call(open_document(public_id, reader_id), values)
            with writing():
                return call(open_document(public_id, reader_id, lock=True), values)

        def call(opened: Opened, values: dict[str, Any]) -> Any:
            where = part or values.get("part")
            if where is not None and where not in opened.parts:
                abort(404)
            opened.demand(verb, where)
            return view(opened, **values)

        return _signed_in(guarded, background=is_asked_by_itself(view), who=f"{verb} {part or ''}".strip())

    return declare


def refuse_undeclared(app: Flask) -> None:
    """Stop the start if a route does not say who may use it."""
    undeclared = [name for name, view in app.view_functions.items() if not hasattr(view, "access")]
    if undeclared:
        raise RuntimeError(f"These routes do not say who may use them: {', '.join(sorted(undeclared))}")
