"""The rule of the walls against a second telling of it (tests/rule_model.py), in worlds made by chance."""

import inspect
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import false, insert, select, text, update

from tests import rule_model
from tests.circles import as_person, writing_as
from tests.conftest import KEY_RING, SECRET_KEY, Templates
from tests.rule_model import World
from tests.tables import Tables, past_the_wall
from webapp import access, clock, confidential, create_app
from webapp.access import bind
from webapp.coaching_sessions import firewall, records
from webapp.coaching_sessions.models import Circle, CircleMember, ConfidentialRecord
from webapp.documents.models import Document
from webapp.people.models import District, EvaluatorAssignment, Membership, Person, School

WORLDS = 2  # of either kind: known ones, in which every mutant shows at least three times, and new ones
DECISIONS = 10_000
KNOWN = 17
NOW = clock.now().replace(hour=17, minute=0)
SEED = random.SystemRandom().randrange(10**9)
Decision = tuple[int, int]  # a person, a circle


@dataclass(frozen=True)
class Kept:
    """A world that was written into the database; `people` and `circles` hold the ids there."""

    world: World
    people: list[int]
    circles: list[int]
    addresses: list[str]

    def may_read(self) -> set[Decision]:
        """Who reads what by the model."""
        return {
            (self.people[person], self.circles[number])
            for number, circle in enumerate(self.world.circles)
            for person in range(self.world.people)
            if self.world.may_read(person, circle)
        }


@dataclass(frozen=True)
class Worlds:
    """Several worlds in one database, which share nothing."""

    app: Flask
    kept: list[Kept]
    expected: set[Decision]

    @property
    def decisions(self) -> int:
        """How many pairs of a person and a circle there are."""
        return sum(len(one.people) * len(one.circles) for one in self.kept)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """The worlds of this run, written once."""
    templates: Templates = request.getfixturevalue(f"{request.param}_templates")
    url = templates.kind.new(like=templates.with_cast)
    settings: dict[str, object] = {"SECRET_KEY": SECRET_KEY, "KEY_RING": KEY_RING, "TESTING": True, "DATABASE_URL": url}
    app = create_app(settings, instance=tmp_path_factory.mktemp("worlds"))
    chances = [one for seed in (KNOWN, SEED) for one in [random.Random(seed)] * WORLDS]
    with app.app_context(), clock.at(NOW):
        here = clock.local(NOW).replace(tzinfo=NOW.tzinfo)
        kept = [write(app, rule_model.by_chance(chance, here), number) for number, chance in enumerate(chances)]
        Tables(app).do(text("ANALYZE"))
    yield Worlds(app, kept, set().union(*(one.may_read() for one in kept)))
    app.extensions["database"].engine.dispose()
    templates.kind.drop(url)


def write(app: Flask, world: World, number: int) -> Kept:
    """Put a world into the tables."""
    tables = Tables(app)
    district = District(name=f"District of world {number}")
    tables.add(district)
    schools = [School(name=f"School {n} of world {number}", district_id=district.id) for n in range(world.schools)]
    persons = [Person(name=f"Person {n}", email=f"p{n}.of{number}@example.org") for n in range(world.people)]
    tables.add(*schools, *persons)
    ids = [one.id for one in persons]
    plan = Document(
        form="peer_coaching_plan", form_version=1, school_id=schools[0].id, school_year=2026, created_by_id=ids[0]
    )
    tables.add(
        plan,
        *(
            Membership(
                person_id=ids[job.person],
                role=job.role,
                school_id=schools[job.school].id,
                district_id=district.id,
                **dated(job),
            )
            for job in world.jobs
        ),
        *(
            EvaluatorAssignment(evaluator_id=ids[one.evaluator], evaluated_id=ids[one.evaluated], **dated(one))
            for one in world.assignments
        ),
    )
    circles = [Circle(since=made.since) for made in world.circles]
    tables.add(*circles)
    inside = [
        {"id": circles[n].id, "inside_id": circles[one.inside].id}
        for n, one in enumerate(world.circles)
        if one.inside is not None
    ]
    tables.do(update(Circle), inside)
    tables.do(
        insert(CircleMember), [row for n, one in enumerate(world.circles) for row in members(one, circles[n].id, ids)]
    )
    found = [record(plan.id, circle.id, ids[0]) for circle in circles]
    tables.add(*found)
    return Kept(world, ids, [one.id for one in circles], [one.public_id for one in found])


def dated(entry: rule_model.Entry) -> dict[str, Any]:
    """The days of an entry, for its table."""
    names = ("starts", "ends", "counted_until", "voided_at")
    return {name: getattr(entry, name) for name in names}


def members(circle: rule_model.Circle, circle_id: int, ids: list[int]) -> Iterator[dict[str, Any]]:
    """The members of a circle, for their table."""
    for one in circle.members:
        yield {
            "circle_id": circle_id,
            "person_id": ids[one.person],
            "added_by_id": ids[one.person],
            "wrap": b"a key" if one.has_key else None,
            "master_key": "1",
            "bound_to": "",
            "joined_at": one.joined_at,
            "left_at": NOW if one.left else None,
            "readmitted_at": one.readmitted_at,
        }


def record(plan_id: int, circle_id: int, by: int) -> ConfidentialRecord:
    """A coaching session of a circle."""
    about = {"kind": "session", "form": "coaching_session", "form_version": 1}
    return ConfidentialRecord(plan_id=plan_id, circle_id=circle_id, created_by_id=by, changed_by_id=by, **about)


# ---------------------------------------------------------------- asking the site


def by_rule(worlds: Worlds, mine: Any) -> Iterator[Decision]:
    """The decisions in which a rule in SQL differs from the model: one statement for each person."""
    circles = Circle.__table__
    asked = select(circles.c.id).where(circles.c.id.in_(mine))
    engine = worlds.app.extensions["database"].engine
    with worlds.app.app_context(), clock.at(NOW), past_the_wall(), engine.connect() as connection:
        for person in [person for kept in worlds.kept for person in kept.people]:
            found = {(person, circle) for circle in connection.execute(asked, bind(person)).scalars()}
            yield from found ^ {decision for decision in worlds.expected if decision[0] == person}


def shown(wrong: set[Decision]) -> str:
    """What to say of decisions that differ."""
    return f"{len(wrong)} decisions differ, seed {SEED}: {sorted(wrong)[:5]}"


def test_the_rule_agrees_with_a_model_of_it(worlds: Worlds) -> None:
    print(f"seed {SEED}")
    assert worlds.decisions >= DECISIONS
    wrong = set(by_rule(worlds, confidential.MINE))
    assert not wrong, shown(wrong)


def test_the_worlds_have_something_to_decide(worlds: Worlds) -> None:
    in_a_circle = sum(len(circle.members) for kept in worlds.kept for circle in kept.world.circles)
    assert 150 <= len(worlds.expected) <= in_a_circle - 150


def test_so_do_objects_and_addresses(worlds: Worlds) -> None:
    wrong: set[Decision] = set()
    for kept in worlds.kept:
        for person in kept.people:
            with clock.at(NOW), as_person(worlds.app, person) as db:
                seen = set(db.scalars(select(Circle.id)))
                listed = {one.circle_id for one in records.all_of_mine("session", person, since_year=2000)}
                mine = {circle for one, circle in worlds.expected if one == person}
                wrong |= {(person, circle) for circle in (seen ^ mine) | (listed ^ mine)}
    assert not wrong, shown(wrong)
    chance = random.Random(SEED)
    for kept in worlds.kept:
        for _ in range(100):
            person, number = chance.choice(kept.people), chance.randrange(len(kept.circles))
            with clock.at(NOW), as_person(worlds.app, person):
                found = records.find("session", kept.addresses[number], person) is not None
            assert found is ((person, kept.circles[number]) in worlds.expected), f"seed {SEED}"


# ---------------------------------------------------------------- mutants

_REACHES, _HAS, _EVALUATION = (access, "_reaches"), (access, "has_evaluated"), (access, "_evaluation")
_SHUT, _MINE = (confidential, "_shut_out"), (confidential, "_mine")
BOTH_WAYS = "or_(by_role.correlate_except(head, staff), by_assignment.correlate_except(assignment))"

MUTANTS: dict[str, tuple[tuple[ModuleType, str], str, str]] = {
    "the last day does not count": (_REACHES, "last >= day", "last > day"),
    "a day set back opens again": (_REACHES, "func.coalesce(dated.counted_until, dated.ends)", "dated.ends"),
    "an entry ends whatever its last day": (_REACHES, "last.is_(None), ", ""),
    "the first day does not count": (_HAS, "one.starts <= TODAY", "one.starts < TODAY"),
    "only today counts": (_HAS, "_reaches(one, since)", "_reaches(one, TODAY)"),
    "what was before the circle counts": (_HAS, "*(_reaches(one, since) for one in relations),", ""),
    "not on one and the same day": (_HAS, "*(_reaches(one, other.starts) for one, other in product(relations, repeat=2)),", ""),
    "no assignments": (_EVALUATION, BOTH_WAYS, "by_role.correlate_except(head, staff)"),
    "no roles": (_EVALUATION, BOTH_WAYS, "by_assignment.correlate_except(assignment)"),
    "no assistant principals": (_EVALUATION, "Role.PRINCIPAL, Role.ASSISTANT_PRINCIPAL", "Role.PRINCIPAL"),
    "an assistant is not evaluated": (_EVALUATION, "head.role == Role.PRINCIPAL,", "head.role == '',"),
    "of whatever school": (_EVALUATION, "staff.school_id == head.school_id,", ""),
    "a mistake counts for nothing at once": (_SHUT, "or_(_ME.c.readmitted_at >= relation.voided_at, _ME.c.joined_at >= relation.voided_at),", ""),
    "let in again for whatever comes": (_SHUT, "_ME.c.readmitted_at >= relation.voided_at", "_ME.c.readmitted_at.is_not(None)"),
    "joined whenever": (_SHUT, "_ME.c.joined_at >= relation.voided_at", "_ME.c.joined_at.is_not(None)"),
    "a mistake counts against who joins later": (_SHUT, ", _ME.c.joined_at >= relation.voided_at", ""),
    "a mistake never ends": (_SHUT, ", unless=came_after", ", unless=lambda _one: false()"),
    "who has left is forgotten": (_SHUT, "_OTHER.c.person_id != VIEWER,", "_OTHER.c.person_id != VIEWER, _OTHER.c.left_at.is_(None),"),
    "the circle around notes is forgotten": (_SHUT, ", _OTHER.c.circle_id == _CIRCLE.c.inside_id", ""),
    "the wrong way round": (_SHUT, "has_evaluated(VIEWER, _OTHER.c.person_id,", "has_evaluated(_OTHER.c.person_id, VIEWER,"),
    "who has left still reads": (_MINE, ", _ME.c.left_at.is_(None)", ""),
    "without a key": (_MINE, "_ME.c.wrap.is_not(None), ", ""),
    "anybody's membership": (_MINE, "_ME.c.person_id == VIEWER, ", ""),
    "deny does not win": (_MINE, ", not_(_shut_out())", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught(worlds: Worlds, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (module, function), old, new = MUTANTS[name]
    mutated = changed(module, function, old, new)
    monkeypatch.setattr(module, function, mutated)
    monkeypatch.setattr(confidential, "has_evaluated", access.has_evaluated)
    assert any(by_rule(worlds, confidential._mine())), f"seed {SEED}"


def changed(module: ModuleType, function: str, old: str, new: str) -> Any:
    """A function of the rule with a mistake in it."""
    source = textwrap.dedent(inspect.getsource(getattr(module, function)))
    assert source.count(old) == 1, f"{function} does not say {old!r} once"
    known = {**vars(module), "false": false}
    names: dict[str, Any] = {}
    exec(compile(source.replace(old, new), f"<{function} with a mistake>", "exec"), known, names)
    return names[function]


def test_a_function_without_a_mistake_passes(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidential, "_shut_out", changed(confidential, "_shut_out", "exists()", "exists()"))
    assert not any(by_rule(worlds, confidential._mine()))


# ---------------------------------------------------------------- the keys follow the rule


def test_closing_takes_exactly_the_keys_of_those_who_are_out(worlds: Worlds) -> None:
    held = {
        (kept.people[me.person], kept.circles[number]): kept.world.is_out(me, circle)
        for kept in worlds.kept
        for number, circle in enumerate(kept.world.circles)
        for me in circle.members
        if me.has_key
    }
    with clock.at(NOW), writing_as(worlds.app, worlds.kept[0].people[0]) as db:
        firewall.close(db)
    still = select(CircleMember).where(CircleMember.wrap.is_not(None))
    found = {(one.person_id, one.circle_id) for one in Tables(worlds.app).all(still)}
    assert found == {decision for decision, out in held.items() if not out}, f"seed {SEED}"
    assert not any(by_rule(worlds, confidential.MINE))
    given_back = update(CircleMember).where(CircleMember.closed_at.is_not(None)).values(wrap=b"a key", closed_at=None)
    Tables(worlds.app).do(given_back)  # the other tests may come afterwards
