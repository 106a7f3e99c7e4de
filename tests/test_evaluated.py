"""Who has evaluated whom since a day: the SQL against days counted one by one, and the school's day of a moment."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, Date, delete, false, insert, literal, select, true, update

from tests.cast import Cast
from tests.tables import Tables
from webapp import access
from webapp.access import bind, has_evaluated
from webapp.clock import now, today
from webapp.database import school_day, session
from webapp.documents.models import Document
from webapp.people.models import EvaluatorAssignment, Membership, Role, School

WORLDS = 150
EVALUATED_BY = {
    Role.PRINCIPAL: {Role.TEACHER, Role.COACH, Role.ASSISTANT_PRINCIPAL},
    Role.ASSISTANT_PRINCIPAL: {Role.TEACHER, Role.COACH},
}


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


# ---------------------------------------------------------------- many worlds


@dataclass
class Entry:
    """A role or an assignment with its days; `school` is None for an assignment."""

    starts: date
    ends: date | None
    counted_until: date | None
    voided: bool
    person: str = ""
    role: Role = Role.TEACHER
    school: int = 0

    def on(self, day: date) -> bool:
        """Whether it counted on this day."""
        last = self.counted_until or self.ends
        return not self.voided and self.starts <= day and (last is None or day <= last)


@dataclass
class World:
    """What is entered about two people, and the day that is asked about."""

    since: date
    roles: list[Entry] = field(default_factory=list)
    assignments: list[Entry] = field(default_factory=list)

    def says(self, day: date) -> bool:
        """Whether the one evaluated the other on this day."""
        return any(entry.on(day) for entry in self.assignments) or any(
            head.on(day) and staff.on(day) and head.school == staff.school
            for head in self.roles
            for staff in self.roles
            if head.person == "outsider" and staff.person == "coach" and staff.role in EVALUATED_BY.get(head.role, ())
        )


def worlds(day: date, seed: int) -> Iterator[World]:
    """Worlds whose days lie close together, so that every edge is met."""
    chance = random.Random(seed)

    def entry(**what: Any) -> Entry:
        starts = day + timedelta(chance.randint(-6, 1))
        ends = chance.choice([None, starts + timedelta(chance.randint(0, 5))])
        counted = chance.choice([None, None, starts + timedelta(chance.randint(-1, 4))])
        return Entry(starts, ends, counted, chance.random() < 0.15, **what)

    for _ in range(WORLDS):
        yield World(
            day - timedelta(chance.randint(0, 5)),
            [
                entry(
                    person=person, role=chance.choice(list(EVALUATED_BY[Role.PRINCIPAL] | {Role.PRINCIPAL})), school=at
                )
                for person in ("outsider", "coach")
                for at in chance.choices([0, 1], k=chance.randint(0, 2))
            ],
            [entry() for _ in range(chance.choice([0, 0, 1, 2]))],
        )


def test_the_days_are_counted_right_in_many_worlds(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    wrong, yes = [], 0
    for number, world in enumerate(worlds(day, seed=7)):
        put(tables, cast, world)
        expected = any(world.says(day - timedelta(back)) for back in range((day - world.since).days + 1))
        yes += expected
        if asked(app, cast, world.since) is not expected:
            wrong.append((number, world))
    assert wrong == []
    assert WORLDS / 4 < yes < WORLDS * 3 / 4


def put(tables: Tables, cast: Cast, world: World) -> None:
    """Nothing is entered about the two but this."""
    pair = {"evaluator_id": cast["outsider"].id, "evaluated_id": cast["coach"].id}
    both = (cast["outsider"].id, cast["coach"].id)
    tables.do(delete(Membership).where(Membership.person_id.in_(both)))
    tables.do(delete(EvaluatorAssignment).where(EvaluatorAssignment.evaluator_id == cast["outsider"].id))
    schools = [cast.schools["roosevelt"].id, cast.schools["lincoln"].id]
    district = cast.districts["cedar_valley"].id
    tables.add(
        *(EvaluatorAssignment(**pair, **_days(entry)) for entry in world.assignments),
        *(
            Membership(
                person_id=cast[entry.person].id,
                role=entry.role,
                school_id=schools[entry.school],
                district_id=district,
                **_days(entry),
            )
            for entry in world.roles
        ),
    )


def _days(entry: Entry) -> dict[str, Any]:
    return {
        "starts": entry.starts,
        "ends": entry.ends,
        "counted_until": entry.counted_until,
        "voided_at": now() if entry.voided else None,
    }


def asked(
    app: Flask,
    cast: Cast,
    since: date,
    unless: Callable[[Any], ColumnElement[bool]] | None = None,
    turned: bool = False,
) -> bool:
    """What the SQL says of the outsider having evaluated the coach (turned: the other way round)."""
    pair = (cast["outsider"].id, cast["coach"].id)
    evaluator, evaluated = pair[::-1] if turned else pair
    fact = has_evaluated(literal(evaluator), evaluated, literal(since, Date()), unless)
    with app.app_context():
        return session().execute(select(true()).where(fact), bind(evaluator)).first() is not None


def test_it_goes_one_way_only(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    put(tables, cast, World(day, assignments=[Entry(day, None, None, voided=False)]))
    assert asked(app, cast, day)
    assert not asked(app, cast, day, turned=True)


def test_it_holds_whenever_one_evaluates_the_other_today(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    for number, world in enumerate(worlds(day, seed=3)):
        for entry in (*world.roles, *world.assignments):
            entry.counted_until = None
        put(tables, cast, world)
        with app.app_context():
            fact = access.evaluates(literal(cast["outsider"].id), cast["coach"].id)
            evaluates = session().execute(select(true()).where(fact), bind(0)).first() is not None
        assert evaluates is world.says(day), number
        assert evaluates is asked(app, cast, day), number


# ---------------------------------------------------------------- entered by mistake


def test_a_voided_entry_counts_until_the_condition_holds_of_it(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    by_assignment = World(day, assignments=[Entry(day, None, None, voided=True)])
    by_roles = World(
        day,
        roles=[
            Entry(day, None, None, voided=True, person="outsider", role=Role.PRINCIPAL),
            Entry(day, None, None, voided=False, person="coach"),
        ],
    )
    for world in (by_assignment, by_roles):
        put(tables, cast, world)
        assert not asked(app, cast, day)
        assert asked(app, cast, day, unless=lambda _relation: false())
        assert not asked(app, cast, day, unless=lambda _relation: true())
        assert not asked(app, cast, day, unless=lambda relation: relation.voided_by_id.is_(None))
        assert asked(app, cast, day, unless=lambda relation: relation.voided_by_id.is_not(None))


def test_the_condition_says_nothing_of_an_entry_that_was_no_mistake(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    put(tables, cast, World(day, assignments=[Entry(day, None, None, voided=False)]))
    assert asked(app, cast, day, unless=lambda _relation: true())


def test_the_condition_may_ask_other_tables(app: Flask, cast: Cast, tables: Tables) -> None:
    with app.app_context():
        day = today()
    put(tables, cast, World(day, assignments=[Entry(day, None, None, voided=True)]))

    def named(name: str) -> Callable[[Any], ColumnElement[bool]]:
        school = select(School.id).where(School.name == name).exists()
        return lambda relation: school.where(relation.id > 0)

    assert not asked(app, cast, day, unless=named("Roosevelt Middle School"))
    assert asked(app, cast, day, unless=named("No Such School"))


# ---------------------------------------------------------------- the school's day of a moment

MOMENTS = {  # setting TIMEZONE, the moment, and the day that it is there
    "evening in New York": ("America/New_York", datetime(2026, 11, 22, 4, 59, tzinfo=UTC), date(2026, 11, 21)),
    "midnight in New York": ("America/New_York", datetime(2026, 11, 22, 5, 0, tzinfo=UTC), date(2026, 11, 22)),
    "in summer, an hour earlier": ("America/New_York", datetime(2026, 7, 22, 4, 0, tzinfo=UTC), date(2026, 7, 22)),
    "morning in Auckland": ("Pacific/Auckland", datetime(2026, 11, 21, 11, 0, tzinfo=UTC), date(2026, 11, 22)),
    "by the clock": ("UTC", datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC), date(2026, 11, 21)),
}


def test_the_schools_day_of_a_moment(
    make_app: Callable[..., Flask], database_url: str, cast: Cast, tables: Tables
) -> None:
    tables.do(
        insert(Document).values(
            form="peer_coaching_plan",
            form_version=1,
            school_id=cast.schools["roosevelt"].id,
            school_year=2026,
            created_by_id=cast["coach"].id,
        )
    )
    for name, (zone, moment, day) in MOMENTS.items():
        tables.do(update(Document).values(created_at=moment))
        with make_app(database_url, TIMEZONE=zone).app_context():
            found = select(school_day(Document.created_at))
            assert session().scalar(found) == day, name
            assert session().scalar(found.where(school_day(Document.created_at) >= day)) == day, name
            assert session().scalar(found.where(school_day(Document.created_at) > day)) is None, name
