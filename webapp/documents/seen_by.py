"""Who can see a document and each of its parts, by name and with the reason.

Nothing is decided here: for each person the policy (access.py) is asked what it would give them, and the facts that it
answers with are put into words.
"""

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased
from werkzeug.exceptions import NotFound

from .. import access, forms
from ..access import Opened, evaluates, evaluates_circle, in_force, named_now
from ..clock import today
from ..database import Statement, execute, session
from ..forms.declaration import DocumentForm, Level
from ..people.models import Membership, Person, Role, School
from .models import Document, Participant, Standing


@dataclass(frozen=True)
class Reader:
    """One person, whether they can read something, and why or why not, in words."""

    name: str
    can: bool
    reason: str


ASKED = "Was asked to take part and has not answered yet"
BECAUSE = {  # facts about a part in access.TABLE → why somebody outside the circle can read it
    "shared": "because the circle shared {part}",
    "some_ours": "but only what everyone in the circle agreed to",
}
UNTIL = {  # level of a part → what would have to be so for somebody who may read it at times
    Level.FOR_REVIEW: "only once the circle shares {part}",
    Level.NORMS: "only once everyone in the circle agreed to a norm",
}


# ---------------------------------------------------------------- whom to ask the policy about


@dataclass
class Candidate:
    """Someone about whom people may wonder, with everything that could be a reason."""

    id: int | None
    name: str
    closed: bool = False  # the account
    title: str = ""  # the role in the document
    standing: str = ""
    roles: list[Role] = field(default_factory=list)  # at the school and in its district
    evaluates: str = ""  # a member of the circle: today, or after the document was begun


_EVER_NAMED = (
    select(
        Participant.person_id,
        Participant.name,
        Participant.role,
        Participant.standing,
        Person.name.label("known_as"),
        Person.deactivated_at,
    )
    .outerjoin(Person, Person.id == Participant.person_id)
    .where(Participant.document_id == bindparam("document_id"))
    .order_by(Participant.id)
)
_HEADS = (Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL)
_HERE = or_(Membership.school_id.is_(None), Membership.school_id == bindparam("school_id"))
_AROUND = (
    select(Person.id, Person.name, Membership.role)
    .join(Membership, Membership.person_id == Person.id)
    .join(School, School.district_id == Membership.district_id)
    .where(
        School.id == bindparam("school_id"),
        Person.deactivated_at.is_(None),
        in_force(Membership),
        or_(and_(access.among(Membership.role, *_HEADS, Role.CHAMPION), _HERE), Membership.role == Role.ADMINISTRATOR),
    )
    .order_by(Membership.role.desc(), Person.name, Person.id)
)


def _evaluators() -> Statement:
    """Who is kept out for evaluating a member, and whether they evaluate one today."""
    member = aliased(Participant)
    still = exists().where(
        member.document_id == Document.id, member.in_circle, named_now(member), evaluates(Person.id, member.person_id)
    )
    return (
        select(Person.id, Person.name, still)
        .join(Document, Document.id == bindparam("document_id"))
        .where(Person.deactivated_at.is_(None), evaluates_circle(Person.id))
        .order_by(Person.name)
    )


_EVALUATORS = _evaluators()


def people_around(document_id: int, school_id: int, form: type[DocumentForm]) -> list[Candidate]:
    """Everyone ever named, then who heads the school or supports it, evaluates a member, or keeps the accounts."""
    asked = {"document_id": document_id, "school_id": school_id, "today": today()}
    found: dict[int | str, Candidate] = {}
    for row in execute(_EVER_NAMED, asked):
        title = form.roles[row.role].title
        closed = row.deactivated_at is not None
        who = Candidate(row.person_id, row.known_as or row.name, closed, title, row.standing)
        found[row.person_id or f"{row.name} without account {len(found)}"] = who
    for person_id, name, role in execute(_AROUND, asked):
        found.setdefault(person_id, Candidate(person_id, name)).roles.append(Role(role))
    for person_id, name, still in execute(_EVALUATORS, asked):
        found.setdefault(person_id, Candidate(person_id, name)).evaluates = "Evaluates" if still else "Evaluated"
    return list(found.values())


def form_of(document_id: int) -> type[DocumentForm]:
    """The form that a document is written under."""
    document = session().get_one(Document, document_id)
    return forms.find(document.form, document.form_version)


# ---------------------------------------------------------------- what the policy says about each


class Audience:
    """Who can see one document, as far as the reader who has opened it may know that.

    Whoever is outside the circle gets the names of those who can, and learns nothing about anybody else.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    @cached_property
    def _asked(self) -> list[tuple[Candidate, Opened | None]]:
        return [
            (who, _opened_by(who, self.opened))
            for who in people_around(self.opened.id, self.opened.school_id, self.opened.form)
        ]

    @property
    def tells_all(self) -> bool:
        """Whether the reader is told who cannot see it, too."""
        return "circle" in self.opened.facts

    def readers(self, part: str | None = None) -> list[Reader]:
        """Everyone about whom people may wonder, those who can read first: this part, or that the document exists."""
        said = [_reader(who, seen, part, self.opened.form.called) for who, seen in self._asked]
        said.sort(key=lambda one: not one.can)
        return [one for one in said if one.can or self.tells_all]

    def who_may(self, verb: str, part: str | None = None) -> list[str]:
        """The names of those who may do something, in this part or in the document as a whole."""
        return [who.name for who, seen in self._asked if seen and seen.may(verb, part)]


def _opened_by(who: Candidate, opened: Opened) -> Opened | None:
    return opened_as(opened.public_id, who.id) if who.id is not None else None


def opened_as(public_id: str, person_id: int) -> Opened | None:
    """The document as the policy would give it to somebody else, to say or show what that is; None: nothing.

    A closed account is given nothing, because nobody can sign in to it.
    """
    person = session().get(Person, person_id)
    if person is None or not person.is_active:
        return None
    try:
        return access.open_document(public_id, person_id)
    except NotFound:
        return None


# ---------------------------------------------------------------- in words


def _reader(who: Candidate, seen: Opened | None, part: str | None, called: str) -> Reader:
    can = seen is not None and seen.may("read", part)
    reason = _why(who, seen, part) if seen is not None and can else _why_not(who, seen, part)
    return Reader(who.name, can, reason.replace("this plan", f"this {called}"))


def _why(who: Candidate, seen: Opened, part: str | None) -> str:
    facts = access.grounds(seen, "read", part)
    because = [words.format(part=_title(seen, part)) for fact, words in BECAUSE.items() if fact in facts]
    return ", ".join([_stands(who, facts), *because])


def _stands(who: Candidate, facts: frozenset[str]) -> str:
    if "invited" in facts:
        return ASKED
    if "champion" in facts:
        return "Coach champion of the school"
    return "Principal of this plan" if "principal" in facts else who.title


def _why_not(who: Candidate, seen: Opened | None, part: str | None) -> str:
    """The first thing that keeps them out."""
    if seen is not None and part is not None and access.could_in_another_state(seen, "read", part):
        until = UNTIL.get(seen.form.part(part).level, "not as it stands now")
        return f"{_stands(who, seen.facts)}: {until.format(part=_title(seen, part))}"
    facts = seen.facts if seen else frozenset()
    return next(reason for holds, reason in _keep_out(who, facts) if holds)


def _keep_out(who: Candidate, facts: frozenset[str]) -> list[tuple[bool, str]]:
    """What can keep somebody out, the most telling first."""
    return [
        (who.id is None, "Has no account on this site"),
        (who.closed, "Their account is closed"),
        ("principal" in facts, "Principal of this plan: this stays within the circle"),
        (who.evaluates == "Evaluates", "Evaluates a member of this circle: cannot"),
        (who.evaluates == "Evaluated", "Evaluated a member of this circle after it began: cannot"),
        ("invited" in facts, ASKED),
        (who.standing in (Standing.DECLINED, Standing.REMOVED), "Was named in this plan once and has left it"),
        (Role.CHAMPION in who.roles, "Coach champion of the school: this stays within the circle"),
        (who.standing == Standing.CONFIRMED, "Does not head the school any more"),
        (bool({*_HEADS} & {*who.roles}), "Heads the school, but this plan does not go to them"),
        (Role.ADMINISTRATOR in who.roles, "Administrator: keeps accounts, sees no plan"),
        (True, "Has no part in this plan"),
    ]


def _title(seen: Opened, part: str | None) -> str:
    return seen.form.part(part).short_title if part else ""
