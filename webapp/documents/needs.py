"""What needs someone now, and their documents: the home page and the list of plans."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from ..access import Opened, bind, in_force, open_documents
from ..clock import this_school_year
from ..database import session
from ..forms.declaration import Part, SignOff
from ..forms.kinds import Rows
from ..people.models import Membership, Role, School
from . import progress, standing
from .models import Answer, Decision, Document, Participant, RowAgreement, Standing

PAGE = 25
ON_THE_HOME_PAGE = 60


@dataclass(frozen=True)
class Listed:
    """A document in a list: what it is, whose, and its stage."""

    opened: Opened
    people: list[tuple[str, str, str]]  # role, name, standing
    ribbon: list[tuple[str, str]]

    def named(self, role: str) -> str:
        """The names in one role."""
        return ", ".join(name for held, name, _ in self.people if held == role)


@dataclass(frozen=True)
class Need:
    """One line of "Needs you": a verb, where it leads, who waits and since when, and when it is due."""

    words: str
    opened: Opened
    part: str
    page: str  # home, write or check
    waiting: str = ""
    since: datetime | None = None
    due: date | None = None


# ---------------------------------------------------------------- which documents


def _mine(year: ColumnElement[bool]) -> Select[Any]:
    takes_part = select(Participant.document_id).where(
        Participant.person_id == bindparam("viewer"),
        Participant.standing.in_([Standing.INVITED, Standing.CONFIRMED]),
    )
    return select(Document.id).where(Document.id.in_(takes_part), year)


_ORDER = (Document.school_year.desc(), Document.id.desc())
_THIS_YEAR = _mine(Document.school_year >= bindparam("year")).order_by(*_ORDER).limit(ON_THE_HOME_PAGE)
_ALL = _mine(Document.id.is_not(None)).order_by(*_ORDER)


def now_mine(person_id: int) -> list[Listed]:
    """The documents of this school year in which someone takes part, newest first."""
    ids = session().scalars(_THIS_YEAR, {"viewer": person_id, "year": this_school_year()}).all()
    return _listed(ids, person_id)


def page_of_mine(person_id: int, page: int) -> tuple[list[Listed], bool]:
    """One page of all documents in which someone takes part or took part, and whether there are more."""
    ids = session().scalars(_ALL.limit(PAGE + 1).offset(PAGE * page), {"viewer": person_id}).all()
    return _listed(ids[:PAGE], person_id), len(ids) > PAGE


def page_of_portfolio(person_id: int, page: int) -> tuple[list[Listed], bool]:
    """One page of the documents at the schools that a champion supports, and whether there are more."""
    supported = select(School.id).join(
        Membership,
        and_(
            Membership.district_id == School.district_id,
            or_(Membership.school_id.is_(None), Membership.school_id == School.id),
        ),
    )
    mine = supported.where(
        Membership.person_id == bindparam("viewer"), Membership.role == Role.CHAMPION, in_force(Membership)
    )
    statement = select(Document.id).where(Document.school_id.in_(mine)).order_by(*_ORDER)
    ids = session().scalars(statement.limit(PAGE + 1).offset(PAGE * page), bind(person_id)).all()
    return _listed(ids[:PAGE], person_id), len(ids) > PAGE


def _listed(ids: Any, person_id: int) -> list[Listed]:
    opened = open_documents(ids, person_id) if ids else []
    people: dict[int, list[tuple[str, str, str]]] = {}
    rows = session().execute(
        select(Participant.document_id, Participant.role, Participant.name, Participant.standing)
        .where(
            Participant.document_id.in_([one.id for one in opened]),
            Participant.standing.in_([Standing.INVITED, Standing.CONFIRMED]),
        )
        .order_by(Participant.id)
    )
    for document_id, *person in rows:
        people.setdefault(document_id, []).append(tuple(person))
    return [Listed(one, people.get(one.id, []), progress.ribbon(one)) for one in opened]


# ---------------------------------------------------------------- what needs someone


def needs(listed: list[Listed]) -> list[Need]:
    """What the reader of these documents can do next, each a line with a verb; the most pressing first."""
    found = [need for one in listed for need in _of_document(one)]
    return sorted(found, key=lambda need: (need.page == "write", need.due or date.max))


def _of_document(one: Listed) -> list[Need]:
    opened = one.opened
    if opened.may("answer"):
        words = f"Confirm that you take part in {one.named('coach')}’s plan"
        return [Need(words, opened, "", "home", waiting=one.named("coach"))]
    found = [_of_part(one, part) for part in opened.form.parts]
    return [need for need in found if need is not None]


def _of_part(one: Listed, part: type[Part]) -> Need | None:
    opened = one.opened
    if part.sign_off is SignOff.APPROVAL:
        return _of_approval(one, part)
    if part.sign_off is SignOff.REVIEW and opened.may("read", part.key):
        return _of_review(one, part)
    if part.sign_off is SignOff.ROW_BY_ROW and opened.may("agree", part.key):
        return _of_norms(one, part)
    return None


def _of_approval(one: Listed, part: type[Part]) -> Need | None:
    opened, short = one.opened, part.short_title
    due = progress.due(opened, part)
    if opened.may("approve", part.key):
        coach = one.named("coach")
        since = _decided_at(opened, part, "submitted")
        return Need(f"Approve {short} of {coach}’s plan", opened, part.key, "check", coach, since, due)
    if not opened.may("submit", part.key):
        return None
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
        return Need(f"Read {short} of {coach}’s plan and say that you have reviewed it", opened, part.key, "check", coach, _decided_at(opened, part, "shared"), due)
    if opened.may("agree", part.key) and not _i_agreed(opened, part):
        return Need(f"Agree on {short} of the coaching plan", opened, part.key, "check", due=due)
    if opened.may("write", part.key) and stands.state == "draft":
        return Need(f"Write {short} together", opened, part.key, "write", due=due)
    return None


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


def _decided_at(opened: Opened, part: type[Part], kind: str) -> datetime | None:
    return session().scalar(
        select(Decision.at)
        .where(Decision.document_id == opened.id, Decision.part == part.key, Decision.kind == kind)
        .order_by(Decision.id.desc())
        .limit(1)
    )


def _i_agreed(opened: Opened, part: type[Part]) -> bool:
    agreed = session().scalars(
        select(Decision.content_hash).where(
            Decision.document_id == opened.id,
            Decision.part == part.key,
            Decision.kind == "agreed",
            Decision.person_id == opened.reader_id,
        )
    ).all()
    return bool(agreed) and standing.current_fingerprint(opened, part.key) in agreed


def _rows_i_have_not_agreed(opened: Opened, part: type[Part]) -> int | None:
    """How many rows wait for the reader's agreement; None if there are no rows yet."""
    prompts = [prompt.name for prompt in part.prompts() if isinstance(prompt, Rows) and prompt.agreed]
    rows = session().execute(
        select(RowAgreement.row)
        .select_from(Answer)
        .outerjoin(
            RowAgreement,
            and_(
                RowAgreement.document_id == Answer.document_id,
                RowAgreement.prompt == Answer.prompt,
                RowAgreement.row == Answer.row,
                RowAgreement.version == Answer.version,
                RowAgreement.person_id == opened.reader_id,
            ),
        )
        .where(Answer.document_id == opened.id, Answer.prompt.in_(prompts), Answer.row != "", Answer.value.is_not(None))
    )
    agreed = [row for (row,) in rows]
    return agreed.count(None) if agreed else None

