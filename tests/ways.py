"""Ways to reach a confidential row through SQLAlchemy. Each is tried by people who are in the circle and who are not.

Each way says what becomes of it for a member: "reads" (the row, or that there is one), "writes" (the row is changed),
or "refused": it is no way for anybody, because a mistake in it would show.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from flask import Flask
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    and_,
    bindparam,
    case,
    cast,
    column,
    create_engine,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    true,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import (
    DeclarativeBase,
    Session,
    aliased,
    contains_eager,
    defer,
    joinedload,
    load_only,
    make_transient,
    make_transient_to_detached,
    relationship,
    selectinload,
    subqueryload,
)
from sqlalchemy.orm.attributes import set_committed_value

from tests.circles import Secret
from webapp.access import bind
from webapp.clock import now
from webapp.coaching_sessions import access_log, circles, records
from webapp.coaching_sessions.models import (
    Circle,
    CircleMember,
    CircleNews,
    ConfidentialRecord,
    LogEntry,
    SealedAnswer,
    SealedRevision,
)
from webapp.coaching_sessions.sealed_keeper import SealedKeeper
from webapp.confidential import MINE, key_of, trusted, wall
from webapp.database import ViewersSession, engine
from webapp.documents import answers
from webapp.documents.models import Comment, Document
from webapp.documents.past import Past
from webapp.people.models import Person

ANSWERS: Table = SealedAnswer.__table__  # type: ignore[assignment]
RECORDS: Table = ConfidentialRecord.__table__  # type: ignore[assignment]
MEMBERS: Table = CircleMember.__table__  # type: ignore[assignment]


class Shadows(DeclarativeBase):
    """Classes of the tests' own, over the site's tables."""


class PlanWithRecords(Shadows):
    """A plan that knows its confidential records: relationships, which the site's own classes have none of."""

    __table__ = Document.__table__
    records = relationship(
        ConfidentialRecord,
        primaryjoin=lambda: Document.__table__.c.id == ConfidentialRecord.plan_id,
        foreign_keys=lambda: ConfidentialRecord.plan_id,
        viewonly=True,
    )
    records_written = relationship(
        ConfidentialRecord,
        primaryjoin=lambda: Document.__table__.c.id == ConfidentialRecord.plan_id,
        foreign_keys=lambda: ConfidentialRecord.plan_id,
        viewonly=True,
        lazy="write_only",
    )


class ShadowAnswer(Shadows):
    """The sealed answers under another class, which is not marked as confidential."""

    __table__ = ANSWERS


PLAN: Any = PlanWithRecords
SHADOW: Any = ShadowAnswer


@dataclass(frozen=True)
class Scene:
    """Who goes which way to what."""

    app: Flask
    db: ViewersSession
    viewer: int | None
    to: Secret
    own: Secret | None  # where the viewer is a member
    anothers: Callable[[], SealedAnswer]  # the object as somebody in the circle has it

    @property
    def key(self) -> tuple[int, str, str]:
        """The primary key of the answer."""
        return (self.to.record_id, "focus", "")

    @property
    def here(self) -> Any:
        """The answer's row, for the ORM."""
        return SealedAnswer.record_id == self.to.record_id

    @property
    def row(self) -> Any:
        """The answer's row, for Core."""
        return ANSWERS.c.record_id == self.to.record_id

    @property
    def bound(self) -> dict[str, Any]:
        """The viewer as a parameter."""
        return bind(self.viewer or 0)

    @property
    def core(self) -> Any:
        """The session's connection."""
        return self.db.connection()

    @property
    def record(self) -> str:
        """The record's number, to stand in text."""
        return str(self.to.record_id)


@dataclass(frozen=True)
class Way:
    """One way."""

    name: str
    go: Callable[[Scene], Any]
    member: str


WAYS: dict[str, Way] = {}


def way(member: str) -> Callable[[Callable[[Scene], Any]], Callable[[Scene], Any]]:
    """Put a function on the list."""

    def add(go: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
        name = go.__name__.replace("_", " ").strip()
        assert name not in WAYS
        WAYS[name] = Way(name, go, member)
        return go

    return add


reads, writes, refused = way("reads"), way("writes"), way("refused")


def texts(name: str, *statements: str) -> None:
    """Ways that are one statement each, written by hand: refused whoever asks."""
    for number, statement in enumerate(statements, start=1):
        WAYS[f"{name} {number}"] = Way(f"{name} {number}", _by_hand(statement), "refused")


def _by_hand(statement: str) -> Callable[[Scene], Any]:
    def go(s: Scene) -> Any:
        schema = "public" if s.db.get_bind().dialect.name == "postgresql" else "main"
        said = text(statement.replace("{record}", s.record).replace("{schema}", schema))
        return s.db.execute(said, s.bound if ":viewer" in statement else {}).all()

    return go


# ---------------------------------------------------------------- the site's own


@reads
def find_a_record(s: Scene) -> Any:
    return records.find("session", s.to.public_id, s.viewer or 0) is not None


@reads
def read_its_answers(s: Scene) -> Any:
    found = records.find("session", s.to.public_id, s.viewer or 0)
    return found and answers.readable(found).of("focus").value


@reads
def the_records_of_a_plan(s: Scene) -> Any:
    return len(records.of_plan("session", s.to.plan_id, s.viewer or 0))


@reads
def all_of_mine(s: Scene) -> Any:
    return [
        one.id for one in records.all_of_mine("session", s.viewer or 0, since_year=2000) if one.id == s.to.record_id
    ]


@reads
def the_keeper_of_answers(s: Scene) -> Any:
    return [kept.value for _, kept in SealedKeeper(s.to.record_id, s.to.circle_id).readable()]


@reads
def the_keeper_of_history(s: Scene) -> Any:
    return SealedKeeper(s.to.record_id, s.to.circle_id).newest("focus", "", below=0, most=9)


@reads
def the_keeper_of_everything_past(s: Scene) -> Any:
    return SealedKeeper(s.to.record_id, s.to.circle_id).newest("", "", below=0, most=9)


@reads
def the_keeper_of_past_texts(s: Scene) -> Any:
    return list(SealedKeeper(s.to.record_id, s.to.circle_id).texts([s.to.revision_id]).values())


@reads
def the_keeper_of_what_stood_before(s: Scene) -> Any:
    later = Past(
        0, s.to.revision_id + 1, "focus", "", 2, now(), "", 0, aside=False, waiting=False, restored=False, emptied=False
    )
    return SealedKeeper(s.to.record_id, s.to.circle_id).before(later)


@reads
def the_keeper_of_what_stood_on_a_day(s: Scene) -> Any:
    return SealedKeeper(s.to.record_id, s.to.circle_id).stood(now())


@reads
def the_keeper_of_what_stood_at_a_version(s: Scene) -> Any:
    return SealedKeeper(s.to.record_id, s.to.circle_id).stood_at("", 9)


@reads
def the_members_of_a_circle(s: Scene) -> Any:
    return circles.members(s.db, s.to.circle_id)


@reads
def the_lines_of_a_log(s: Scene) -> Any:
    return access_log.lines(s.db, s.to.record_id, "")


@reads
def the_key_of_a_circle(s: Scene) -> Any:
    return key_of(s.db, s.to.circle_id)


@writes
def add_a_line_to_its_log(s: Scene) -> Any:
    access_log.append(s.db, s.to.record_id, s.to.circle_id, "opened")
    return 1


# ---------------------------------------------------------------- ORM, reading


@reads
def select_the_entity(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer).where(s.here)).all()


@reads
def select_without_a_condition(s: Scene) -> Any:
    return [one for one in s.db.scalars(select(SealedAnswer)) if one.record_id == s.to.record_id]


@reads
def select_columns(s: Scene) -> Any:
    return s.db.execute(select(SealedAnswer.sealed, SealedAnswer.prompt).where(s.here)).all()


@reads
def select_only_a_key(s: Scene) -> Any:
    return s.db.scalars(select(CircleMember.person_id).where(CircleMember.circle_id == s.to.circle_id)).all()


@reads
def select_an_alias(s: Scene) -> Any:
    other = aliased(SealedAnswer, name="other")
    return s.db.scalars(select(other).where(other.record_id == s.to.record_id)).all()


@reads
def select_a_circle(s: Scene) -> Any:
    return s.db.scalars(select(Circle).where(Circle.id == s.to.circle_id)).all()


@reads
def select_a_log(s: Scene) -> Any:
    return s.db.scalars(select(LogEntry).where(LogEntry.record_id == s.to.record_id)).all()


@reads
def select_a_past_text(s: Scene) -> Any:
    return s.db.scalars(select(SealedRevision).where(SealedRevision.id == s.to.revision_id)).all()


@reads
def join_from_an_open_table(s: Scene) -> Any:
    joined = select(Person.name, SealedAnswer.sealed).join(SealedAnswer, SealedAnswer.changed_by_id == Person.id)
    return s.db.execute(joined.where(s.here)).all()


@reads
def outer_join_from_an_open_table(s: Scene) -> Any:
    joined = (
        select(SealedAnswer.sealed).select_from(Person).outerjoin(SealedAnswer, SealedAnswer.changed_by_id == Person.id)
    )
    return [row.sealed for row in s.db.execute(joined.where(Person.id == s.to.by)) if row.sealed]


@reads
def outer_join_to_an_open_table(s: Scene) -> Any:
    joined = select(SealedAnswer.sealed, Person.name).outerjoin(Person, SealedAnswer.changed_by_id == Person.id)
    return s.db.execute(joined.where(s.here)).all()


@refused
def full_outer_join(s: Scene) -> Any:
    joined = select(Person.id, SealedAnswer.sealed).join(
        SealedAnswer, SealedAnswer.changed_by_id == Person.id, full=True
    )
    return [row.sealed for row in s.db.execute(joined) if row.sealed]


@reads
def join_two_confidential(s: Scene) -> Any:
    joined = select(SealedAnswer.sealed).join(ConfidentialRecord, ConfidentialRecord.id == SealedAnswer.record_id)
    return s.db.scalars(joined.where(ConfidentialRecord.public_id == s.to.public_id)).all()


@reads
def join_an_alias_of_itself(s: Scene) -> Any:
    other = aliased(CircleMember)
    joined = select(other.person_id).select_from(CircleMember).join(other, other.circle_id == CircleMember.circle_id)
    return s.db.scalars(joined.where(CircleMember.circle_id == s.to.circle_id)).all()


@reads
def name_two_tables_without_a_join(s: Scene) -> Any:
    both = select(Document.id, ConfidentialRecord.id).where(
        Document.id == ConfidentialRecord.plan_id, Document.id == s.to.plan_id
    )
    return s.db.execute(both).all()


@reads
def select_from_a_subquery(s: Scene) -> Any:
    inner = select(SealedAnswer.sealed).where(s.here).subquery()
    return s.db.execute(select(inner.c.sealed)).all()


@reads
def an_entity_of_a_subquery(s: Scene) -> Any:
    inner = aliased(SealedAnswer, select(SealedAnswer).where(s.here).subquery())
    return s.db.scalars(select(inner)).all()


@reads
def select_from_a_cte(s: Scene) -> Any:
    inner = select(SealedAnswer.record_id).where(s.here).cte("inner_ones")
    return s.db.execute(select(inner)).all()


@refused
def a_cte_named_like_the_table(s: Scene) -> Any:
    inner = select(SealedAnswer.record_id).where(s.here).cte("sealed_answers")
    return s.db.execute(select(inner)).all()


@reads
def a_cte_that_repeats_itself(s: Scene) -> Any:
    first = select(SealedAnswer.record_id, literal(1).label("n")).where(s.here).cte("again", recursive=True)
    again = first.union_all(select(first.c.record_id, first.c.n + 1).where(first.c.n < 2))
    return s.db.execute(select(again)).all()


@reads
def whether_there_is_one(s: Scene) -> Any:
    return s.db.scalar(select(exists().where(s.here)))


@reads
def whether_an_open_row_has_one(s: Scene) -> Any:
    has = exists().where(ConfidentialRecord.plan_id == Document.id)
    return s.db.scalars(select(Document.id).where(Document.id == s.to.plan_id, has)).all()


@reads
def whether_an_open_row_has_none(s: Scene) -> Any:
    has = exists().where(ConfidentialRecord.plan_id == Document.id)
    plans = s.db.scalars(select(Document.id).where(Document.id == s.to.plan_id, not_(has))).all()
    absent = s.db.get(Document, s.to.plan_id) is None
    return not plans and not absent


@reads
def whether_a_person_is_a_member(s: Scene) -> Any:
    is_in = Person.id.in_(select(CircleMember.person_id).where(CircleMember.circle_id == s.to.circle_id))
    return s.db.scalars(select(Person.name).where(is_in)).all()


@reads
def union_of_two(s: Scene) -> Any:
    return s.db.execute(
        union(
            select(SealedAnswer.sealed).where(s.here),
            select(SealedRevision.sealed).where(SealedRevision.id == s.to.revision_id),
        )
    ).all()


@reads
def count_rows(s: Scene) -> Any:
    return s.db.scalar(select(func.count()).select_from(SealedAnswer).where(s.here))


@reads
def count_a_column(s: Scene) -> Any:
    return s.db.scalar(select(func.count(SealedAnswer.sealed)).where(s.here))


@reads
def the_highest_version(s: Scene) -> Any:
    return s.db.scalar(select(func.max(SealedAnswer.version)).where(s.here))


@reads
def a_sum_beside_an_open_column(s: Scene) -> Any:
    how_many = (
        select(func.count(ConfidentialRecord.id)).where(ConfidentialRecord.plan_id == Document.id).scalar_subquery()
    )
    return [row[1] for row in s.db.execute(select(Document.id, how_many).where(Document.id == s.to.plan_id)) if row[1]]


@reads
def order_open_rows_by_it(s: Scene) -> Any:
    newest = select(func.max(ConfidentialRecord.id)).where(ConfidentialRecord.plan_id == Document.id).scalar_subquery()
    rows = s.db.execute(select(newest).select_from(Document).where(Document.id == s.to.plan_id).order_by(newest.desc()))
    return [row[0] for row in rows if row[0]]


@reads
def group_and_having(s: Scene) -> Any:
    grouped = select(SealedAnswer.changed_by_id, func.count()).where(s.here).group_by(SealedAnswer.changed_by_id)
    return s.db.execute(grouped.having(func.count() > 0).order_by(func.count())).all()


@reads
def a_window_over_it(s: Scene) -> Any:
    numbered = func.row_number().over(partition_by=SealedAnswer.record_id, order_by=SealedAnswer.position)
    return s.db.execute(select(numbered, SealedAnswer.prompt).where(s.here)).all()


@reads
def a_condition_with_or(s: Scene) -> Any:
    found = s.db.scalars(select(SealedAnswer).where(or_(s.here, SealedAnswer.prompt == "focus")))
    return [one for one in found if one.record_id == s.to.record_id]


@reads
def a_case_in_a_column(s: Scene) -> Any:
    said = case((SealedAnswer.sealed.is_not(None), "there"), else_="empty")
    return s.db.scalars(select(said).where(s.here)).all()


@reads
def distinct_and_limit(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer.prompt).where(s.here).distinct().limit(5).offset(0)).all()


@reads
def locked_for_change(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer).where(s.here).with_for_update()).all()


@reads
def stream_in_pieces(s: Scene) -> Any:
    rows = s.db.scalars(select(SealedAnswer).where(s.here).execution_options(yield_per=1))
    return [one for part in rows.partitions() for one in part]


@reads
def stream_results(s: Scene) -> Any:
    return list(s.db.execute(select(SealedAnswer.sealed).where(s.here), execution_options={"stream_results": True}))


@reads
def the_older_query(s: Scene) -> Any:
    return s.db.query(SealedAnswer).filter(s.here).all()


@reads
def the_older_count(s: Scene) -> Any:
    return s.db.query(SealedAnswer).filter(s.here).count()


@refused
def the_older_query_from_text(s: Scene) -> Any:
    return s.db.query(SealedAnswer).from_statement(text("SELECT * FROM sealed_answers")).all()


@reads
def get(s: Scene) -> Any:
    return s.db.get(SealedAnswer, s.key)


@reads
def get_one(s: Scene) -> Any:
    return s.db.get_one(SealedAnswer, s.key)


@reads
def get_with_a_lock(s: Scene) -> Any:
    return s.db.get(SealedAnswer, s.key, with_for_update=True)


@reads
def get_anew(s: Scene) -> Any:
    return s.db.get(SealedAnswer, s.key, populate_existing=True)


@reads
def get_a_membership(s: Scene) -> Any:
    return s.db.get(CircleMember, (s.to.circle_id, s.to.by))


@reads
def refresh_what_was_got(s: Scene) -> Any:
    found = s.db.get_one(SealedAnswer, s.key)
    s.db.refresh(found)
    return found.sealed


@reads
def read_again_what_expired(s: Scene) -> Any:
    found = s.db.get_one(SealedAnswer, s.key)
    s.db.expire(found)
    return found.sealed


@reads
def read_what_was_deferred(s: Scene) -> Any:
    found = s.db.scalars(select(SealedAnswer).where(s.here).options(defer(SealedAnswer.sealed))).one()
    return found.sealed


@reads
def load_only_one_column(s: Scene) -> Any:
    found = s.db.scalars(select(SealedAnswer).where(s.here).options(load_only(SealedAnswer.version))).one()
    return found.sealed


@reads
def populate_existing(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer).where(s.here).execution_options(populate_existing=True)).all()


@refused
def a_statement_of_text_for_the_entity(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer).from_statement(text("SELECT * FROM sealed_answers"))).all()


# ---------------------------------------------------------------- ORM, relationships


@reads
def a_lazy_relationship(s: Scene) -> Any:
    plan = s.db.get(PLAN, s.to.plan_id)
    return plan and plan.records


@refused
def a_relationship_joined(s: Scene) -> Any:
    plans = s.db.scalars(select(PLAN).options(joinedload(PLAN.records))).unique()
    return [plan.records for plan in plans if plan.id == s.to.plan_id and plan.records]


@reads
def a_relationship_selected_in(s: Scene) -> Any:
    plans = s.db.scalars(select(PLAN).options(selectinload(PLAN.records)))
    return [plan.records for plan in plans if plan.id == s.to.plan_id and plan.records]


@reads
def a_relationship_by_subquery(s: Scene) -> Any:
    plans = s.db.scalars(select(PLAN).options(subqueryload(PLAN.records)))
    return [plan.records for plan in plans if plan.id == s.to.plan_id and plan.records]


@reads
def a_relationship_written_only(s: Scene) -> Any:
    plan = s.db.get(PLAN, s.to.plan_id)
    return plan and s.db.scalars(plan.records_written.select()).all()


@reads
def a_relationship_filled_by_a_join(s: Scene) -> Any:
    joined = select(PLAN).join(PLAN.records).options(contains_eager(PLAN.records))
    return [one.records for one in s.db.scalars(joined.where(PLAN.id == s.to.plan_id)).unique()]


@reads
def whether_a_relationship_has_any(s: Scene) -> Any:
    has = select(PLAN.id).where(PLAN.id == s.to.plan_id, PLAN.records.any())
    return s.db.scalars(has).all()


@refused
def another_class_over_the_table(s: Scene) -> Any:
    return s.db.scalars(select(SHADOW).where(SHADOW.record_id == s.to.record_id)).all()


@refused
def get_another_class_over_the_table(s: Scene) -> Any:
    return s.db.get(SHADOW, s.key)


# ---------------------------------------------------------------- ORM, objects


@refused
def take_over_anothers_object(s: Scene) -> Any:
    s.db.add(s.anothers())
    return s.db.get(SealedAnswer, s.key)


@reads
def merge_anothers_object(s: Scene) -> Any:
    merged = s.db.merge(s.anothers())
    s.db.flush()
    return merged in s.db


@refused
def merge_anothers_object_unseen(s: Scene) -> Any:
    return s.db.merge(s.anothers(), load=False)


@refused
def take_over_a_pickled_object(s: Scene) -> Any:
    s.db.add(pickle.loads(pickle.dumps(s.anothers())))
    return s.db.get(SealedAnswer, s.key)


@refused
def make_up_an_object_and_refresh_it(s: Scene) -> Any:
    made = SealedAnswer(record_id=s.to.record_id, prompt="focus", row="", circle_id=s.to.circle_id)
    make_transient_to_detached(made)
    s.db.add(made)
    s.db.refresh(made)
    return made.sealed


@refused
def turn_ones_own_object_into_it(s: Scene) -> Any:
    mine = s.db.get_one(SealedAnswer, ((s.own or s.to).record_id, "focus", ""))
    make_transient(mine)
    mine.record_id = s.to.record_id
    make_transient_to_detached(mine)
    s.db.add(mine)
    mine.version = 99
    s.db.flush()
    return mine


@refused
def turn_ones_own_object_into_it_unseen(s: Scene) -> Any:
    mine = s.db.get_one(SealedAnswer, ((s.own or s.to).record_id, "focus", ""))
    set_committed_value(mine, "record_id", s.to.record_id)
    mine.version = 99
    s.db.flush()
    return mine


@reads
def look_into_the_session_after_a_trusted_read(s: Scene) -> Any:
    with trusted(s.db, "the database is upgraded"):
        s.db.scalars(select(SealedAnswer)).all()
    assert not list(s.db)
    return s.db.get(SealedAnswer, s.key)


@refused
def take_back_what_a_trusted_read_left(s: Scene) -> Any:
    with trusted(s.db, "the database is upgraded"):
        found = s.db.scalars(select(SealedAnswer)).first()
    s.db.add(found)
    return found


@reads
def within_a_savepoint(s: Scene) -> Any:
    with s.db.begin_nested():
        return s.db.scalars(select(SealedAnswer).where(s.here)).all()


@reads
def after_a_rollback(s: Scene) -> Any:
    s.db.scalars(select(SealedAnswer).where(s.here)).all()
    s.db.rollback()
    return s.db.scalars(select(SealedAnswer).where(s.here)).all()


@reads
def after_a_refused_statement(s: Scene) -> Any:
    try:
        s.db.execute(text("SELECT * FROM sealed_answers"))
    except Exception:
        s.db.rollback()
    return s.db.scalars(select(SealedAnswer).where(s.here)).all()


# ---------------------------------------------------------------- ORM, writing


@writes
def change_the_object(s: Scene) -> Any:
    s.db.get_one(SealedAnswer, s.key).version = 7
    s.db.flush()
    return 1


@writes
def delete_the_object(s: Scene) -> Any:
    s.db.delete(s.db.get_one(SealedAnswer, s.key))
    s.db.flush()
    return 1


@writes
def add_a_row(s: Scene) -> Any:
    s.db.add(_another_answer(s))
    s.db.flush()
    return 1


@writes
def add_all(s: Scene) -> Any:
    news = CircleNews(circle_id=s.to.circle_id, person_id=s.to.by, kind="left", about_id=s.to.by)
    s.db.add_all([_another_answer(s), news])
    s.db.flush()
    return 1


@writes
def make_somebody_a_member(s: Scene) -> Any:
    somebody = s.db.scalars(select(Person.id).order_by(Person.id.desc())).first() or 0
    s.db.add(CircleMember(circle_id=s.to.circle_id, person_id=somebody, added_by_id=s.to.by))
    s.db.flush()
    return 1


@refused
def put_a_row_of_ones_own_circle_into_the_record(s: Scene) -> Any:
    s.db.add(_another_answer(s, circle_id=s.own.circle_id if s.own and s.own != s.to else 999_999))
    s.db.flush()
    return 1


@refused
def put_a_line_of_ones_own_circle_into_the_log(s: Scene) -> Any:
    circle_id = s.own.circle_id if s.own and s.own != s.to else 999_999
    access_log.append(s.db, s.to.record_id, circle_id, "opened")
    return 1


@refused
def take_a_number_that_may_be_taken(s: Scene) -> Any:
    own = s.own or s.to
    place = {"record_id": own.record_id, "circle_id": own.circle_id, "prompt": "focus", "mark": "m"}
    s.db.add(SealedRevision(id=s.to.revision_id, version=1, part_version=1, by_id=own.by, **place))
    s.db.flush()
    return 1


@refused
def take_an_address_that_may_be_taken(s: Scene) -> Any:
    own = s.own or s.to
    about = {"kind": "session", "form": "x", "form_version": 1, "plan_id": own.plan_id}
    by = {"created_by_id": own.by, "changed_by_id": own.by}
    s.db.add(ConfidentialRecord(circle_id=own.circle_id, public_id=s.to.public_id, **about, **by))
    s.db.flush()
    return 1


@refused
def change_its_circle(s: Scene) -> Any:
    s.db.get_one(SealedAnswer, s.key).circle_id = (s.own or s.to).circle_id + 1000
    s.db.flush()
    return 1


@refused
def change_its_circle_unseen(s: Scene) -> Any:
    found = s.db.scalars(select(SealedAnswer).where(s.here).options(load_only(SealedAnswer.version))).one()
    found.circle_id = s.own.circle_id if s.own else 0
    s.db.flush()
    return 1


@refused
def change_its_record(s: Scene) -> Any:
    own = s.own or s.to
    s.db.get_one(SealedAnswer, (own.record_id, "focus", "")).record_id = s.to.record_id + (own == s.to)
    s.db.flush()
    return 1


@refused
def count_into_a_row_of_ones_own(s: Scene) -> Any:
    own = s.db.get_one(SealedAnswer, ((s.own or s.to).record_id, "focus", ""))
    own.position = (
        select(func.count()).select_from(LogEntry).where(LogEntry.record_id == s.to.record_id).scalar_subquery()
    )
    s.db.flush()
    s.db.refresh(own)
    return own.position


@refused
def count_into_an_open_row(s: Scene) -> Any:
    how_many = select(func.count()).select_from(ANSWERS).where(s.row).scalar_subquery()
    s.db.add(
        Comment(document_id=s.to.plan_id, part="part1", section="x", circle_only=True, body=how_many, by_id=s.to.by)
    )
    s.db.flush()
    return 1


@writes
def update_by_statement(s: Scene) -> Any:
    return _count(s.db.execute(update(SealedAnswer).where(s.here).values(version=8)))


@writes
def update_and_give_back(s: Scene) -> Any:
    changed = update(SealedAnswer).where(s.here).values(version=8).returning(SealedAnswer.sealed)
    return s.db.execute(changed, execution_options={"synchronize_session": False}).all()


@writes
def update_what_is_loaded_too(s: Scene) -> Any:
    changed = update(SealedAnswer).where(s.here).values(version=8)
    return _count(s.db.execute(changed, execution_options={"synchronize_session": "fetch"}))


@refused
def update_into_another_circle(s: Scene) -> Any:
    circle_id = s.own.circle_id if s.own else 0
    return _count(s.db.execute(update(SealedAnswer).where(s.here).values(circle_id=circle_id)))


@refused
def update_many_by_key(s: Scene) -> Any:
    s.db.execute(update(SealedAnswer), [{"record_id": s.to.record_id, "prompt": "focus", "row": "", "version": 8}])
    return s.db.flush()


@refused
def update_from_it(s: Scene) -> Any:
    copied = select(ANSWERS.c.prompt).where(s.row).limit(1).scalar_subquery()
    return _count(s.db.execute(update(Person).where(Person.id == s.viewer).values(teaching_assignment=copied)))


@writes
def delete_by_statement(s: Scene) -> Any:
    return _count(s.db.execute(delete(SealedAnswer).where(s.here)))


@refused
def insert_by_statement(s: Scene) -> Any:
    s.db.execute(insert(SealedAnswer), [_values(s)])
    return 1


@refused
def insert_and_give_back(s: Scene) -> Any:
    return s.db.scalars(insert(SealedAnswer).returning(SealedAnswer.record_id), [_values(s)]).all()


@refused
def insert_or_update(s: Scene) -> Any:
    kind = postgresql if s.db.get_bind().dialect.name == "postgresql" else sqlite
    put = kind.insert(SealedAnswer).values(**_values(s, prompt="focus"))
    return s.db.execute(put.on_conflict_do_update(index_elements=["record_id", "prompt", "row"], set_={"version": 9}))


@refused
def insert_unless_it_is_there(s: Scene) -> Any:
    kind = postgresql if s.db.get_bind().dialect.name == "postgresql" else sqlite
    put = kind.insert(SealedAnswer).values(**_values(s, prompt="focus")).on_conflict_do_nothing()
    return _count(s.db.execute(put))


@refused
def copy_rows_into_an_open_table(s: Scene) -> Any:
    copied = select(
        SealedAnswer.record_id,
        SealedAnswer.prompt,
        SealedAnswer.prompt,
        true(),
        SealedAnswer.prompt,
        SealedAnswer.changed_by_id,
    )
    names = ["document_id", "part", "section", "circle_only", "body", "by_id"]
    return _count(s.db.execute(insert(Comment).from_select(names, copied.where(s.here))))


@refused
def save_in_bulk(s: Scene) -> Any:
    s.db.bulk_save_objects([SealedAnswer(**_values(s))])
    return 1


@refused
def insert_mappings_in_bulk(s: Scene) -> Any:
    s.db.bulk_insert_mappings(SealedAnswer.__mapper__, [_values(s)])
    return 1


@refused
def update_mappings_in_bulk(s: Scene) -> Any:
    s.db.bulk_update_mappings(SealedAnswer.__mapper__, [_values(s, prompt="focus")])
    return 1


def _count(result: Any) -> int:
    """How many rows a statement changed."""
    return int(result.rowcount)


def _values(s: Scene, **more: Any) -> dict[str, Any]:
    place = {"record_id": s.to.record_id, "prompt": "agenda", "row": "", "circle_id": s.to.circle_id}
    return {**place, "version": 1, "changed_by_id": s.to.by, **more}


def _another_answer(s: Scene, **more: Any) -> SealedAnswer:
    return SealedAnswer(**_values(s, **more))


# ---------------------------------------------------------------- Core


@refused
def core_select(s: Scene) -> Any:
    return s.db.execute(select(ANSWERS).where(s.row)).all()


@refused
def core_select_on_the_connection(s: Scene) -> Any:
    return s.core.execute(select(ANSWERS.c.sealed).where(s.row), s.bound).all()


@reads
def core_select_behind_the_wall(s: Scene) -> Any:
    return s.core.execute(select(ANSWERS.c.sealed).where(s.row, wall(SealedAnswer)), s.bound).all()


@reads
def core_join_behind_the_wall(s: Scene) -> Any:
    joined = ANSWERS.join(RECORDS, RECORDS.c.id == ANSWERS.c.record_id)
    both = select(ANSWERS.c.sealed).select_from(joined).where(wall(SealedAnswer), wall(ConfidentialRecord), s.row)
    return s.core.execute(both, s.bound).all()


@refused
def core_join_with_only_one_behind_the_wall(s: Scene) -> Any:
    joined = ANSWERS.join(RECORDS, RECORDS.c.id == ANSWERS.c.record_id)
    return s.core.execute(select(ANSWERS.c.sealed).select_from(joined).where(wall(ConfidentialRecord)), s.bound).all()


@refused
def core_union_with_only_one_behind_the_wall(s: Scene) -> Any:
    walled, bare = select(ANSWERS.c.sealed).where(wall(SealedAnswer)), select(ANSWERS.c.sealed).where(s.row)
    return s.core.execute(union(walled, bare), s.bound).all()


@refused
def core_with_the_wall_in_an_or(s: Scene) -> Any:
    return s.core.execute(select(ANSWERS.c.sealed).where(or_(wall(SealedAnswer), s.row)), s.bound).all()


@refused
def core_with_the_wall_in_half_of_an_or(s: Scene) -> Any:
    half = and_(ANSWERS.c.version < 0, wall(SealedAnswer))
    return s.core.execute(select(ANSWERS.c.sealed).where(or_(s.row, half)), s.bound).all()


@refused
def core_with_the_wall_turned_round(s: Scene) -> Any:
    return s.core.execute(select(ANSWERS.c.sealed).where(not_(wall(SealedAnswer)), s.row), s.bound).all() or 1


@refused
def core_with_the_wall_as_a_column(s: Scene) -> Any:
    return s.core.execute(select(ANSWERS.c.sealed, wall(SealedAnswer)).where(s.row), s.bound).all()


@refused
def core_with_the_wall_in_a_case(s: Scene) -> Any:
    said = case((wall(SealedAnswer), 1), else_=1)
    return s.core.execute(select(ANSWERS.c.sealed).where(said == 1, s.row), s.bound).all()


@refused
def core_with_the_wall_on_the_wrong_side(s: Scene) -> Any:
    joined = ANSWERS.outerjoin(Person.__table__, wall(SealedAnswer))
    return s.core.execute(select(ANSWERS.c.sealed).select_from(joined).where(s.row), s.bound).all()


@refused
def core_with_the_wall_of_another_column(s: Scene) -> Any:
    wrong = ANSWERS.c.version.in_(MINE)
    return s.core.execute(select(ANSWERS.c.sealed).where(wrong, s.row), s.bound).all()


@refused
def core_subquery_outside_the_wall(s: Scene) -> Any:
    inner = select(ANSWERS.c.record_id).where(s.row).subquery()
    return s.core.execute(select(inner), s.bound).all()


@refused
def core_with_a_rule_of_ones_own(s: Scene) -> Any:
    mine = select(MEMBERS.c.circle_id).where(bindparam("viewer", type_=Integer) > 0)
    return s.core.execute(select(ANSWERS.c.sealed).where(ANSWERS.c.circle_id.in_(mine)), s.bound).all()


@refused
def core_under_the_names_of_the_rule(s: Scene) -> Any:
    me = MEMBERS.alias("wall_me")
    return s.core.execute(select(me.c.wrap).where(bindparam("viewer", type_=Integer) > 0), s.bound).all()


@refused
def core_asking_about_somebody_else(s: Scene) -> Any:
    statement = select(ANSWERS.c.sealed).where(s.row, wall(SealedAnswer))
    return s.core.execute(statement, bind(s.to.by if s.viewer != s.to.by else 0)).all()


@reads
def orm_asking_about_somebody_else(s: Scene) -> Any:
    return s.db.scalars(select(SealedAnswer).where(s.here), bind(s.to.by)).all()


@refused
def core_of_a_light_table(s: Scene) -> Any:
    light = table("sealed_answers", column("sealed"))
    return s.core.execute(select(light.c.sealed), s.bound).all()


@refused
def core_of_a_table_read_from_the_database(s: Scene) -> Any:
    read = Table("sealed_answers", MetaData(), Column("record_id", Integer), Column("sealed", LargeBinary))
    return s.core.execute(select(read.c.sealed).where(read.c.record_id == s.to.record_id)).all()


@refused
def core_of_a_column_in_words(s: Scene) -> Any:
    return s.db.execute(select(literal_column("sealed")).select_from(text("sealed_answers"))).all()


@refused
def core_update(s: Scene) -> Any:
    return s.core.execute(update(ANSWERS).where(s.row).values(version=9)).rowcount


@refused
def core_update_of_the_circle(s: Scene) -> Any:
    moved = update(ANSWERS).where(s.row, wall(SealedAnswer)).values(circle_id=s.own.circle_id if s.own else 0)
    return s.core.execute(moved, s.bound).rowcount


@writes
def core_update_behind_the_wall(s: Scene) -> Any:
    return s.core.execute(update(ANSWERS).where(s.row, wall(SealedAnswer)).values(version=9), s.bound).rowcount


@refused
def core_delete(s: Scene) -> Any:
    return s.core.execute(delete(ANSWERS).where(s.row)).rowcount


@refused
def core_insert(s: Scene) -> Any:
    return s.core.execute(insert(ANSWERS).values(**_values(s))).rowcount


@refused
def core_insert_from_a_select(s: Scene) -> Any:
    copied = select(ANSWERS.c.prompt, cast(ANSWERS.c.version, Integer)).where(s.row)
    return s.core.execute(insert(Person.__table__).from_select(["name", "id"], copied)).rowcount  # type: ignore[arg-type]


# ---------------------------------------------------------------- text


@refused
def text_on_the_session(s: Scene) -> Any:
    return s.db.execute(text("SELECT * FROM sealed_answers WHERE record_id = :id"), {"id": s.to.record_id}).all()


@refused
def text_with_columns(s: Scene) -> Any:
    return s.db.execute(text("SELECT sealed FROM sealed_answers").columns(SealedAnswer.sealed)).all()


@refused
def text_at_the_driver(s: Scene) -> Any:
    return s.core.exec_driver_sql(f"SELECT * FROM sealed_answers WHERE record_id = {s.record}").all()


@refused
def the_rule_at_the_driver(s: Scene) -> Any:
    compiled = select(ANSWERS.c.sealed).where(wall(SealedAnswer)).compile(s.db.get_bind())
    params = {**compiled.params, **bind(s.to.by)}
    given = tuple(params[name] for name in compiled.positiontup) if compiled.positiontup else params
    return s.core.exec_driver_sql(str(compiled), given).all()


FROM = "FROM sealed_answers WHERE record_id = {record}"
texts("text in capitals", "SELECT * FROM SEALED_ANSWERS WHERE record_id = {record}")
texts(
    "text with quotes",
    'SELECT * FROM "sealed_answers" WHERE record_id = {record}',
    'SELECT 1 AS "it\'s" FROM sealed_answers AS "x\'" WHERE :viewer = :viewer',
    "SELECT '''', sealed FROM sealed_answers WHERE ':viewer' = '' OR :viewer > -1",
)
texts(
    "text with comments",
    f"SELECT * /* nothing */ {FROM} -- nothing",
    "SELECT * FROM/**/sealed_answers/**/WHERE record_id = {record}",
    f"/* ' */ SELECT * {FROM} AND :viewer = :viewer --'",
    f"-- ' \nSELECT * {FROM} AND :viewer = :viewer --'",
)
texts(
    "text with another name",
    "SELECT a.* FROM sealed_answers a WHERE a.record_id = {record}",
    "SELECT wall_me.* FROM circle_members AS wall_me WHERE :viewer = :viewer",
    "SELECT s.* FROM sealed_answers AS s WHERE s.circle_id IN (SELECT wall_me.circle_id FROM circle_members AS wall_me)"
    " AND :viewer = :viewer",
)
texts("text with a schema", "SELECT * FROM {schema}.sealed_answers WHERE record_id = {record}")
texts(
    "text that counts",
    f"SELECT count(*) {FROM}",
    f"SELECT 1 WHERE EXISTS (SELECT 1 {FROM})",
    "SELECT max(id) FROM circles",
)
texts(
    "text around it",
    f"WITH x AS (SELECT * {FROM}) SELECT * FROM x",
    f"WITH sealed_answers AS (SELECT * {FROM}) SELECT * FROM sealed_answers",
    f"SELECT * FROM (SELECT * {FROM}) AS x",
    f"SELECT id, (SELECT count(*) {FROM}) FROM documents",
    f"SELECT 1; SELECT * {FROM}",
    f"VALUES ((SELECT count(*) {FROM}))",
)
texts(
    "text that changes",
    "UPDATE sealed_answers SET version = 9 WHERE record_id = {record}",
    "DELETE FROM sealed_answers WHERE record_id = {record}",
    "INSERT INTO circle_news (circle_id, person_id, kind, about_id, at) SELECT id, 1, 'x', 1, '2026-01-01' FROM circles",
    "INSERT INTO circle_members (circle_id, person_id, master_key, bound_to, joined_at, added_by_id)"
    " VALUES (1, 1, '', '', '2026-01-01', 1)",
    "UPDATE people SET teaching_assignment = (SELECT count(*) FROM sealed_answers)",
)
texts(
    "text that leaves something open behind",
    f"CREATE VIEW looked AS SELECT * {FROM}",
    f"CREATE TEMPORARY TABLE looked AS SELECT * {FROM}",
    "ALTER TABLE sealed_answers RENAME TO looked",
    "CREATE TRIGGER looked AFTER INSERT ON sealed_answers BEGIN SELECT 1; END",
    "DROP TABLE consents",
)
texts(
    "text about the table",
    f"EXPLAIN SELECT * {FROM}",
    f"EXPLAIN ANALYZE SELECT * {FROM}",
    "PRAGMA table_info(sealed_answers)",
    "PRAGMA index_list('sealed_answers')",
    "ANALYZE sealed_answers",
    "SELECT * FROM sqlite_stat1",
    "SELECT reltuples FROM pg_class",
    "SELECT * FROM pg_stat_user_tables",
    "SELECT pg_relation_size('sealed_answers')",
    "SELECT reltuples FROM pg_class WHERE :viewer = :viewer",
    "SELECT n_live_tup FROM pg_stat_user_tables WHERE :viewer = :viewer",
    "COPY sealed_answers TO STDOUT",
    "TABLE sealed_answers",
    "LOCK TABLE sealed_answers",
    "SELECT query_to_xml('SELECT * FROM sealed_answers', true, false, '') WHERE :viewer = :viewer",
)


@refused
def a_text_that_runs_another(s: Scene) -> Any:
    hidden = {"said": "SELECT * FROM sealed_" + "answers"}
    return s.db.execute(text("SELECT query_to_xml(:said, true, false, '')"), hidden).all()


# ---------------------------------------------------------------- other sessions, other connections


@refused
def a_plain_session(s: Scene) -> Any:
    with Session(engine()) as db:
        return db.scalars(select(SealedAnswer).where(s.here)).all()


@refused
def get_in_a_plain_session(s: Scene) -> Any:
    with Session(engine()) as db:
        return db.get(SealedAnswer, s.key)


@refused
def a_plain_session_with_the_wall(s: Scene) -> Any:
    with Session(engine()) as db:
        return db.scalars(select(SealedAnswer).where(s.here, wall(SealedAnswer)), bind(s.to.by)).all()


@refused
def write_in_a_plain_session(s: Scene) -> Any:
    with Session(engine()) as db:
        db.add(_another_answer(s))
        db.commit()
        return 1


@refused
def a_connection_of_the_engine(s: Scene) -> Any:
    with engine().connect() as connection:
        return connection.execute(select(ANSWERS).where(s.row)).all()


@refused
def a_connection_with_the_wall(s: Scene) -> Any:
    with engine().connect() as connection:
        return connection.execute(select(ANSWERS.c.sealed).where(wall(SealedAnswer)), bind(s.to.by)).all()


@refused
def a_connection_that_says_who_it_is_for(s: Scene) -> Any:
    connection = s.core.execution_options(accord_viewer=s.to.by)
    return connection.execute(select(ANSWERS.c.sealed).where(wall(SealedAnswer)), bind(s.to.by)).all()


@refused
def an_engine_of_ones_own(s: Scene) -> Any:
    made = create_engine(s.app.config["DATABASE_URL"])
    try:
        with Session(made) as db:
            return db.execute(select(ANSWERS).where(s.row)).all()
    finally:
        made.dispose()


@refused
def a_session_without_a_viewer(s: Scene) -> Any:
    with ViewersSession(engine()) as db:
        return db.scalars(select(SealedAnswer).where(s.here)).all()


@reads
def another_session_of_the_same_viewer(s: Scene) -> Any:
    with ViewersSession(engine(), viewer=s.viewer) as db:
        return db.scalars(select(SealedAnswer).where(s.here)).all()


@reads
def the_session_in_another_thread(s: Scene) -> Any:
    def read() -> Any:
        with s.app.app_context():
            return s.db.execute(select(SealedAnswer.prompt).where(s.here)).all()

    return _in_a_thread(read)


@refused
def another_thread_while_this_one_is_trusted(s: Scene) -> Any:
    with trusted(None, "the database is upgraded"):
        return _in_a_thread(lambda: _read_plainly(s))


def _read_plainly(s: Scene) -> Any:
    with s.app.app_context(), Session(engine()) as db:
        return db.execute(select(ANSWERS).where(s.row)).all()


def _in_a_thread(do: Callable[[], Any]) -> Any:
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(do())
        except Exception as error:
            came.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(came[0], Exception):
        raise came[0]
    return came[0]


@refused
def a_reason_that_nobody_knows(s: Scene) -> Any:
    with trusted(s.db, "I really want to"):
        return s.db.scalars(select(SealedAnswer).where(s.here)).all()
