"""Confidential records, opened: what stands in the address becomes the record for one of its circle, or 404.

Whether there is nothing, or something that is not theirs, is the same to everybody else: the same statements, the same
answer, and the same line in the list of refused tries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import abort, request
from flask_login import current_user
from sqlalchemy import bindparam, select

from .. import access, forms
from ..access import Opened, PartStanding, bind
from ..confidential import SealedAccount, carry_keys, key_of, knows, lock, wall
from ..database import ViewersSession, database, execute, session, writing
from ..documents import answers, seen_by
from ..documents.keeping import Keeper, KeptElsewhere
from ..documents.models import Document
from ..documents.talk import Talk
from ..forms.kinds import Rows
from ..people.models import School
from . import access_log, circles, readers
from .models import ConfidentialRecord
from .release_keeper import ReleaseKeeper
from .sealed_keeper import SealedKeeper
from .sealed_talk import SealedTalk
from .signals import record_changed

KINDS = {  # kind → its address, the form it is written under, and the fact that its circle has about it
    "session": ("/sessions", "coaching_session", "attends"),
    "private_notes": ("/notes", "private_notes", "author"),
    "release": ("/releases", "progress_release", "composes"),
}


@dataclass(frozen=True)
class OpenRecord(KeptElsewhere):
    """A confidential record as one member of its circle has it before them."""

    kind: str
    circle_id: int
    plan_id: int
    plan_public_id: str
    about_id: int | None
    created_by_id: int

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{KINDS[self.kind][0]}/{self.public_id}"

    @property
    def keeper(self) -> Keeper:
        """What keeps its answers."""
        return (ReleaseKeeper if self.kind == "release" else SealedKeeper)(self.id, self.circle_id, self.address)

    def shown(self) -> None:
        """A line in its log, unless its reader opened it within this sign-in's time."""
        access_log.opened_if_not_lately(session(), self.id, self.circle_id, address=self.public_id)

    @property
    def talk(self) -> Talk:
        """What keeps its comments."""
        return SealedTalk(self, self.circle_id)

    @property
    def part(self) -> str:
        """The key of its only part."""
        return self.form.parts[0].key

    @property
    def state(self) -> str:
        """Where it stands; only a release goes anywhere."""
        return self.parts[self.part].state

    def members(self) -> list[circles.Member]:
        """Everybody who is or was in its circle."""
        return circles.members(session(), self.circle_id)

    def offers(self, what: str) -> list[tuple[str, str]]:
        """The members of the circle, the measures of the plan, or whom to show them, to choose from: (key, words)."""
        if what == "members":
            return [(one.public_id, one.name) for one in self.members() if one.is_in]
        if what == "readers":
            inside = [one.person_id for one in self.members() if one.is_in]
            return [(one.public_id, one.words) for one in readers.around(self.school_id, but=inside)]
        plan = seen_by.opened_as(self.plan_public_id, self.reader_id)
        return _measures(plan) if plan else []


def _measures(plan: Opened) -> list[tuple[str, str]]:
    """Each measure of a plan with where it began and its dated values as one line, to be frozen when it is chosen."""
    said, values = answers.readable(plan), plan.form.prompt("progress_values")[2]
    assert isinstance(values, Rows)
    on = next(column for column in values.columns if column.name == "on")
    found = []
    for kept in said.rows("measures"):
        mine = [one for one in said.value("progress_values") or [] if one["measure"] == kept.row]
        dated = [f"{on.words(one['on'])}: {one['value']}" for one in sorted(mine, key=lambda one: str(one["on"]))]
        began = [f"at the start: {kept.value['baseline']}"] if kept.value["baseline"] else []
        aim = [f"aim: {kept.value['target']}"] if kept.value["target"] else []
        found.append((kept.row, "; ".join([str(kept.value["measure"]), *began, *dated, *aim])))
    return found


_OPEN = (
    select(
        ConfidentialRecord.id,
        ConfidentialRecord.public_id,
        ConfidentialRecord.circle_id,
        ConfidentialRecord.kind,
        ConfidentialRecord.form,
        ConfidentialRecord.form_version,
        ConfidentialRecord.plan_id,
        ConfidentialRecord.about_id,
        ConfidentialRecord.state,
        ConfidentialRecord.version,
        ConfidentialRecord.around,
        ConfidentialRecord.created_at,
        ConfidentialRecord.created_by_id,
        ConfidentialRecord.changed_at,
        ConfidentialRecord.changed_by_id,
        Document.public_id.label("plan_public_id"),
        Document.school_id,
        Document.school_year,
        School.name.label("school_name"),
    )
    .join(Document, Document.id == ConfidentialRecord.plan_id)
    .join(School, School.id == Document.school_id)
    .where(wall(ConfidentialRecord))
)
_BY_ADDRESS = _OPEN.where(
    ConfidentialRecord.public_id == bindparam("public_id"), ConfidentialRecord.kind == bindparam("kind")
)
_OF_KIND = _OPEN.where(ConfidentialRecord.kind == bindparam("kind")).order_by(ConfidentialRecord.id.desc())
_OF_PLAN = _OF_KIND.where(ConfidentialRecord.plan_id == bindparam("plan_id"))
_OF_MINE = _OF_KIND.where(Document.school_year >= bindparam("since_year"))
_ABOUT = _OF_KIND.where(ConfidentialRecord.about_id == bindparam("about_id"))


def find(kind: str, public_id: str, reader_id: int, *, locked: bool = False) -> OpenRecord | None:
    """The record at this address, for a member of its circle; None for everybody else and where there is none.

    With `locked`, nobody's standing in its circle changes until the transaction ends.
    """
    asked = {"kind": kind, "public_id": public_id, **bind(reader_id)}
    row = execute(_BY_ADDRESS, asked).first()
    if row and locked and lock(session(), [row.circle_id]):
        row = execute(_BY_ADDRESS, asked).first()  # what was true before we had it to ourselves may be over
    if row:
        knows(session(), row.id, row.circle_id)
    return _opened(row, reader_id) if row else None


_WOULD_FIND = _BY_ADDRESS.with_only_columns(ConfidentialRecord.id)


def would_find(kind: str, public_id: str, person_id: int) -> bool:
    """Whether the walls would give this record to somebody else: yes or no, and nothing of it. Asked through a
    database session of that person's own, which is over at once."""
    with ViewersSession(database().reader_engine, viewer=person_id) as theirs:
        asked = {"kind": kind, "public_id": public_id, **bind(person_id)}
        return theirs.connection().execute(_WOULD_FIND, asked).first() is not None


def of_plan(kind: str, plan_id: int, reader_id: int) -> list[OpenRecord]:
    """The reader's records of one kind in one plan, newest first."""
    rows = execute(_OF_PLAN, {"kind": kind, "plan_id": plan_id, **bind(reader_id)})
    return _not_sealed(rows, reader_id)


def about(kind: str, record_id: int, reader_id: int) -> OpenRecord | None:
    """The reader's record of this kind about another record: their private notes on a session."""
    row = execute(_ABOUT, {"kind": kind, "about_id": record_id, **bind(reader_id)}).first()
    return _opened(row, reader_id) if row else None


def all_of_mine(kind: str, reader_id: int, *, since_year: int) -> list[OpenRecord]:
    """The reader's records of one kind in plans of this school year and later, newest first."""
    rows = execute(_OF_MINE, {"kind": kind, "since_year": since_year, **bind(reader_id)})
    return _not_sealed(rows, reader_id)


def _not_sealed(rows: Any, reader_id: int) -> list[OpenRecord]:
    """Those whose key the reader has: of the others a sealed account is not even told that they exist."""
    sealed = circles.sealed_circles(session())
    return [_opened(row, reader_id) for row in rows if row.circle_id not in sealed]


def _opened(row: Any, reader_id: int) -> OpenRecord:
    form = forms.find(row.form, row.form_version)
    stands = PartStanding(
        state=row.state,
        version=row.version,
        reviewed=False,
        agreed=False,
        changed_at=row.changed_at,
        changed_by_id=row.changed_by_id,
        facts=frozenset([row.state]),
        around=row.around,
    )
    return OpenRecord(
        id=row.id,
        public_id=row.public_id,
        form=form,
        school_id=row.school_id,
        school_name=row.school_name,
        school_year=row.school_year,
        created_at=row.created_at,
        session_2_held_at=None,
        reader_id=reader_id,
        facts=frozenset([KINDS[row.kind][2]]),
        parts={form.parts[0].key: stands},
        kind=row.kind,
        circle_id=row.circle_id,
        plan_id=row.plan_id,
        plan_public_id=row.plan_public_id,
        about_id=row.about_id,
        created_by_id=row.created_by_id,
    )


def begin(db: ViewersSession, kind: str, *, plan_id: int, circle_id: int, about_id: int | None = None) -> OpenRecord:
    """A new record of a circle that the viewer is in; its first line in the log says who began it."""
    assert db.viewer is not None
    form = forms.latest(KINDS[kind][1])
    record = ConfidentialRecord(
        kind=kind,
        form=form.key,
        form_version=form.version,
        plan_id=plan_id,
        circle_id=circle_id,
        about_id=about_id,
        created_by_id=db.viewer,
        changed_by_id=db.viewer,
    )
    db.add(record)
    db.flush()
    access_log.append(db, record.id, circle_id, "begun")
    record_changed.send(circle_id=circle_id, what="begun")
    found = find(kind, record.public_id, db.viewer)
    assert found is not None
    return found


# ---------------------------------------------------------------- the guard of the routes

View = Callable[..., Any]


def guard(kind: str, act: str = "opened") -> Callable[[str], Callable[[View], View]]:
    """The guard of a kind of record, to be used like access.document: `guard("session")("read")`.

    The view gets the record as `opened`. A GET is written into its access log as `act`; a POST runs in one write
    transaction with the check.
    """

    def may(verb: str) -> Callable[[View], View]:
        def declare(view: View) -> View:
            @wraps(view)
            def guarded(public_id: str, **values: Any) -> Any:
                try:
                    if access.is_asked_by_itself(view):
                        return _demanded(view, _overhear(kind, public_id), verb, values)
                    if request.method in ("GET", "HEAD"):
                        return _demanded(view, _look(kind, public_id, _act_of(view, act)), verb, values)
                    with writing() as db:
                        opened = find(kind, public_id, current_user.id, locked=True)
                        if opened is not None:
                            return _carried_out(db, view, opened, verb, values)
                except SealedAccount:
                    _note_refused(public_id)
                    raise
                _note_refused(public_id)
                return abort(404)

            return access.declared(guarded, f"{verb} {kind}", background=access.is_asked_by_itself(view))

        return declare

    return may


def _act_of(view: View, act: str) -> str:
    return "looked back" if getattr(view, "looks_back", False) else act


def _look(kind: str, public_id: str, act: str) -> OpenRecord:
    with writing() as db:
        opened = find(kind, public_id, current_user.id, locked=True)
        if opened is None:
            access_log.refuse(db, public_id, current_user.id)
        else:
            access_log.opened(db, opened.id, opened.circle_id, act, address=public_id)
    carry_keys(db, session())
    return opened or abort(404)


def _overhear(kind: str, public_id: str) -> OpenRecord:
    """What an open page asks by itself is no opening, and no line in the log of those who may."""
    opened = find(kind, public_id, current_user.id)
    if opened is None:
        _note_refused(public_id)
        abort(404)
    key_of(session(), opened.circle_id)  # SealedAccount, before anything is told
    return opened


def _note_refused(public_id: str) -> None:
    with writing() as db:
        access_log.refuse(db, public_id, current_user.id)


def _carried_out(db: ViewersSession, view: View, opened: OpenRecord, verb: str, values: dict[str, Any]) -> Any:
    """What came of a POST; one that shows the record again, with what was wrong or what met, has opened it."""
    key_of(db, opened.circle_id)  # SealedAccount, before anything is done
    answer = _demanded(view, opened, verb, values)
    code = answer[1] if isinstance(answer, tuple) else getattr(answer, "status_code", 200)
    if code in (409, 422):
        access_log.opened(db, opened.id, opened.circle_id, "opened", address=opened.public_id)
    return answer


def _demanded(view: View, opened: OpenRecord, verb: str, values: dict[str, Any]) -> Any:
    opened.demand(verb, opened.part)
    return view(opened, **values)
