"""What needs someone now, and their documents: the home page and the list of plans."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, not_, or_, select

from ..access import Opened, between_members, bind, in_force, named_now, open_documents
from ..clock import now, this_school_year
from ..database import Statement, execute
from ..forms.declaration import Part, SignOff
from ..forms.kinds import Rows
from ..people.models import Membership, Role, School
from . import agreements, mentions, progress, standing
from .models import Answer, Decision, Document, Participant, PartState, RowAgreement

PAGE = 25
ON_THE_HOME_PAGE = 60
TOLD = timedelta(days=14)


@dataclass(frozen=True)
class Listed:
    """A document in a list: what it is, whose, and its stage."""

    opened: Opened
    people: list[tuple[str, str, str]]  # role, name, standing
    ribbon: list[tuple[str, str]]

    def named(self, role: str) -> str:
        """The names in one role."""
        return ", ".join(name for held, name, _ in self.people if held == role)

    @property
    def other(self) -> str:
        """Of two, the one who does not read this."""
        return self.named("teacher" if "leads" in self.opened.facts else "coach")

    @property
    def called(self) -> str:
        """What its reader would call it: My plan with Tom Becker."""
        if self.opened.form.between_members:
            return f"{self.opened.form.title} with {self.other}"
        whose = "My plan" if "leads" in self.opened.facts else f"{self.named('coach')}’s plan"
        return f"{whose} with {self.named('teacher')}" if self.named("teacher") else whose


@dataclass(frozen=True)
class Need:
    """One line of "Needs you": a verb, where it leads, who waits and since when, and when it is due."""

    words: str
    opened: Opened
    part: str  # on the home page: the place there
    page: str  # home, write, comment (a place on the writing page) or check
    waiting: str = ""
    since: datetime | None = None
    due: date | None = None
    plan: str = ""
    changed_by: str = ""  # who changed what was signed, at `since`


# ---------------------------------------------------------------- which documents


def _newest_first(*which: ColumnElement[bool]) -> Statement:
    newest_first = select(Document.id).where(*which).order_by(Document.school_year.desc(), Document.id.desc())
    return newest_first.limit(bindparam("most", type_=Integer)).offset(bindparam("after", type_=Integer))


def _champion_of(scope: Any, *which: ColumnElement[bool]) -> Statement:
    held = (Membership.person_id == bindparam("viewer"), Membership.role == Role.CHAMPION, in_force(Membership))
    return select(scope).where(*held, *which)


_TAKES_PART = select(Participant.document_id).where(
    Participant.person_id == bindparam("viewer"), named_now(Participant)
)
_ALL = _newest_first(Document.id.in_(_TAKES_PART))
_THIS_YEAR = _newest_first(Document.id.in_(_TAKES_PART), Document.school_year >= bindparam("year"))
_PLANS_THIS_YEAR = _newest_first(
    Document.id.in_(_TAKES_PART.where(Participant.in_circle)),
    Document.school_year >= bindparam("year"),
    Document.plan_id.is_(None),
)

# A whole district is nearly all there is: the plans are walked, newest first, until a page is full, however many there
# are. A few schools are a small part of it: their plans are looked up.
_DISTRICTS = _champion_of(Membership.district_id, Membership.school_id.is_(None))
_SCHOOLS = _champion_of(Membership.school_id, Membership.school_id.is_not(None))
_DISTRICT_OF_IT = select(School.district_id).where(School.id == Document.school_id).scalar_subquery()
_FOR_OTHERS = not_(between_members())  # what is only between its members is not even counted
_OF_DISTRICTS = _newest_first(or_(_DISTRICT_OF_IT.in_(_DISTRICTS), Document.school_id.in_(_SCHOOLS)), _FOR_OTHERS)
_OF_SCHOOLS = _newest_first(Document.school_id.in_(_SCHOOLS), _FOR_OTHERS)


def now_mine(person_id: int) -> list[Listed]:
    """The documents of this school year in which someone takes part, newest first."""
    this_year = {"viewer": person_id, "year": this_school_year(), "most": ON_THE_HOME_PAGE, "after": 0}
    return _listed(execute(_THIS_YEAR, this_year).scalars().all(), person_id)


def closed_to(person_id: int, listed: list[Listed]) -> bool:
    """Whether a plan of this school year, in which someone takes part, is closed to them: they evaluate somebody in it."""
    this_year = {"viewer": person_id, "year": this_school_year(), "most": ON_THE_HOME_PAGE, "after": 0}
    ids = set(execute(_PLANS_THIS_YEAR, this_year).scalars())
    return not ids <= {one.opened.id for one in listed}


def page_of_mine(person_id: int, page: int) -> tuple[list[Listed], bool]:
    """One page of all documents in which someone takes part or took part, and whether there are more."""
    return _page(_ALL, person_id, page)


def page_of_portfolio(person_id: int, page: int) -> tuple[list[Listed], bool]:
    """One page of the documents at the schools that a champion supports, and whether there are more."""
    of_district = execute(_DISTRICTS, bind(person_id)).scalar() is not None
    return _page(_OF_DISTRICTS if of_district else _OF_SCHOOLS, person_id, page)


def _page(statement: Statement, person_id: int, page: int) -> tuple[list[Listed], bool]:
    ids = execute(statement, {**bind(person_id), "most": PAGE + 1, "after": PAGE * page}).scalars().all()
    return _listed(ids[:PAGE], person_id), len(ids) > PAGE


_PEOPLE = (
    select(Participant.document_id, Participant.role, Participant.name, Participant.standing)
    .where(Participant.document_id.in_(bindparam("ids", expanding=True)), named_now(Participant))
    .order_by(Participant.id)
)


def _listed(ids: Any, person_id: int) -> list[Listed]:
    opened = open_documents(ids, person_id) if ids else []
    people: dict[int, list[tuple[str, str, str]]] = {}
    rows = execute(_PEOPLE, {"ids": [one.id for one in opened]}) if opened else ()
    for document_id, role, name, stands in rows:
        people.setdefault(document_id, []).append((role, name, stands))
    return [Listed(one, people.get(one.id, []), progress.ribbon(one)) for one in opened]


# ---------------------------------------------------------------- what needs someone


def needs(listed: list[Listed]) -> list[Need]:
    """What the reader of these documents can do next, each a line with a verb; the most pressing first."""
    asked = mentions.waiting([one.opened for one in listed])
    lines = [(one, [*_asked(one, asked), *_of_document(one)]) for one in listed]
    found = [_with_its_plan(need, one) for one, needs_here in lines for need in needs_here]
    return sorted(found, key=lambda need: (need.page == "write", need.due or date.max))


def _with_its_plan(need: Need, one: Listed) -> Need:
    """Say whose plan it is, unless the words say so already."""
    says_it = one.opened.form.between_members or one.named("coach") in need.words
    return need if says_it else replace(need, plan=one.called)


def in_document(opened: Opened) -> list[Need]:
    """What its reader can do next in one document, beyond what its home page asks by itself."""
    return [need for need in needs(_listed([opened.id], opened.reader_id)) if need.page != "home"]


def _asked(one: Listed, asked: dict[int, list[mentions.Asked]]) -> list[Need]:
    """Who asks the reader something in a comment; not what."""
    found = []
    for said in asked.get(one.opened.id, []):
        part, _ = one.opened.form.section(said.section)
        words = f"{said.by} asks you something in {part.short_title}"
        found.append(Need(words, one.opened, f"comment-{said.section}", "comment", waiting=said.by, since=said.since))
    return found


def _of_document(one: Listed) -> list[Need]:
    opened = one.opened
    if opened.may("answer"):
        words = f"Confirm that you take part in {one.named('coach')}’s plan"
        return [Need(words, opened, "", "home", waiting=one.named("coach"))]
    found = [_of_part(one, part) for part in opened.form.parts]
    return [need for need in found if need is not None] + _of_pairs(opened)


def _of_pairs(opened: Opened) -> list[Need]:
    """With whom the coach of a plan that has been approved has no agreement yet."""
    if not opened.may("invite") or opened.parts[opened.form.parts[0].key].state != PartState.APPROVED:
        return []
    return [
        Need(f"Write the coaching agreement with {name}", opened, "coaching-agreement", "home")
        for name in agreements.without(opened)
    ]


def _of_part(one: Listed, part: type[Part]) -> Need | None:
    opened = one.opened
    if part.sign_off is SignOff.APPROVAL:
        return _of_approval(one, part)
    if part.sign_off is SignOff.REVIEW and opened.may("read", part.key):
        return _of_review(one, part)
    if part.sign_off is SignOff.ROW_BY_ROW and opened.may("agree", part.key):
        return _of_norms(one, part)
    if part.sign_off is SignOff.SIGNATURES:
        return _of_signatures(one, part)
    return None


def _of_approval(one: Listed, part: type[Part]) -> Need | None:
    opened, short = one.opened, part.short_title
    if not (opened.may("approve", part.key) or opened.may("submit", part.key)):
        return None
    due = progress.due(opened, part)
    if opened.may("approve", part.key):
        coach = one.named("coach")
        since = _decided_at(opened, part, "submitted")
        return Need(f"Approve {short} of {coach}’s plan", opened, part.key, "check", coach, since, due)
    state = opened.parts[part.key].state
    if state == "returned":
        principal = one.named("principal")
        since = _decided_at(opened, part, "returned")
        return Need(f"Change {short}: {principal} sent it back", opened, part.key, "write", principal, since, due)
    if state == "changed":
        return Need(f"{short} has changed since it was approved: ask again", opened, part.key, "check", due=due)
    return Need(f"Write {short} and send it to your principal", opened, part.key, "write", due=due)


def _of_review(one: Listed, part: type[Part]) -> Need | None:
    opened, short = one.opened, part.short_title
    stands = opened.parts[part.key]
    due = progress.due(opened, part)
    if opened.may("review", part.key) and not stands.reviewed:
        coach = one.named("coach")
        return Need(
            f"Read {short} of {coach}’s plan and say that you have reviewed it",
            opened,
            part.key,
            "check",
            coach,
            _decided_at(opened, part, "shared"),
            due,
        )
    if opened.may("agree", part.key) and not _i_agreed(opened, part):
        return Need(f"Agree on {short} of the coaching plan", opened, part.key, "check", due=due)
    if opened.may("write", part.key) and stands.state == "draft":
        return Need(f"Write {short} together", opened, part.key, "write", due=due)
    return None


def _of_signatures(one: Listed, part: type[Part]) -> Need | None:
    opened, stands = one.opened, one.opened.parts[part.key]
    if stands.state == PartState.ENDED:
        return _of_ending(one, part)
    signed = standing.signers(opened.id, part.key, stands.version)
    if stands.agreed or opened.reader_id in signed:
        return None
    if signed:
        return replace(_to_sign(one, part), waiting=one.other, since=_decided_at(opened, part, "signed"))
    if stands.state == PartState.SIGNED:
        who = "you" if stands.changed_by_id == opened.reader_id else one.other
        return replace(_to_sign(one, part), changed_by=who, since=stands.changed_at)
    if not progress.unanswered(part, standing.content(opened.id, part)):
        return _to_sign(one, part)
    return Need(f"Write the coaching agreement with {one.other}", opened, part.key, "write")


def _to_sign(one: Listed, part: type[Part]) -> Need:
    again = one.opened.parts[part.key].state == PartState.SIGNED
    words = f"Sign again: your coaching agreement with {one.other} has changed"
    first = f"Sign the coaching agreement with {one.other}"
    return Need(words if again else first, one.opened, part.key, "check")


def _of_ending(one: Listed, part: type[Part]) -> Need | None:
    """For a while, whoever did not end an agreement is told that it has ended."""
    here = {"document_id": one.opened.id, "part": part.key, "viewer": one.opened.reader_id, "since": now() - TOLD}
    if execute(_ENDED_BY_ANOTHER, here).scalar() is None:
        return None
    return Need(f"The coaching agreement with {one.other} has ended", one.opened, "", "home")


def _of_norms(one: Listed, part: type[Part]) -> Need | None:
    opened = one.opened
    if opened.parts[part.key].agreed:
        return None
    missing = _rows_i_have_not_agreed(opened, part)
    if missing is None:
        return Need("Choose the norms for your work together", opened, part.key, "write")
    if missing:
        return Need(f"Agree on {missing} norm{'s' if missing > 1 else ''}", opened, part.key, "write")
    return None


_DECIDED = (Decision.document_id == bindparam("document_id"), Decision.part == bindparam("part"))
_LAST_DECIDED_AT = (
    select(Decision.at).where(*_DECIDED, Decision.kind == bindparam("kind")).order_by(Decision.id.desc()).limit(1)
)
_AGREED = select(Decision.content_hash).where(
    *_DECIDED, Decision.kind == "agreed", Decision.person_id == bindparam("viewer")
)

_ENDED_BY_ANOTHER = select(Decision.id).where(
    *_DECIDED, Decision.kind == "ended", Decision.person_id != bindparam("viewer"), Decision.at >= bindparam("since")
)


def _decided_at(opened: Opened, part: type[Part], kind: str) -> datetime | None:
    return execute(_LAST_DECIDED_AT, {"document_id": opened.id, "part": part.key, "kind": kind}).scalar()


def _i_agreed(opened: Opened, part: type[Part]) -> bool:
    mine = {"document_id": opened.id, "part": part.key, "viewer": opened.reader_id}
    agreed = execute(_AGREED, mine).scalars().all()
    return bool(agreed) and standing.current_fingerprint(opened, part.key) in agreed


_AGREED_ROWS = (
    select(RowAgreement.row)
    .select_from(Answer)
    .outerjoin(
        RowAgreement,
        and_(
            RowAgreement.document_id == Answer.document_id,
            RowAgreement.prompt == Answer.prompt,
            RowAgreement.row == Answer.row,
            RowAgreement.version == Answer.version,
            RowAgreement.person_id == bindparam("viewer"),
        ),
    )
    .where(Answer.document_id == bindparam("document_id"), Answer.prompt.in_(bindparam("prompts", expanding=True)))
    .where(Answer.row != "", Answer.value.is_not(None))
)


def _rows_i_have_not_agreed(opened: Opened, part: type[Part]) -> int | None:
    """How many rows wait for the reader's agreement; None if there are no rows yet."""
    prompts = [prompt.name for prompt in part.prompts() if isinstance(prompt, Rows) and prompt.agreed]
    asked = {"document_id": opened.id, "viewer": opened.reader_id, "prompts": prompts}
    missing = [row is None for (row,) in execute(_AGREED_ROWS, asked)]
    return sum(missing) if missing else None
