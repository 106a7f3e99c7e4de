"""The walls: of all the ways to a confidential row (tests/ways.py), none leads a stranger there, and members get it."""

import ast
import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError, NoResultFound

from tests import cast as people
from tests.circles import Secret, as_person, begin, begin_plan, evaluate, writing_as
from tests.conftest import KEY_RING, SECRET_KEY, Templates
from tests.tables import past_the_wall
from tests.ways import WAYS, Scene
from webapp import create_app, keys
from webapp.coaching_sessions.models import SealedAnswer
from webapp.confidential import TABLES, TRUSTED, Unwalled, hold, trusted
from webapp.database import Model, ViewersSession, look_as

WEBAPP = Path(__file__).parent.parent / "webapp"
REFUSALS = (Unwalled, NoResultFound, InvalidRequestError, keys.Unreadable, pickle.PicklingError, ValueError)
NOWHERE = 100_000  # added to a number: there is nothing


@dataclass(frozen=True)
class World:
    """The site with three circles."""

    app: Flask
    cast: people.Cast
    secret: Secret  # of the coach, the teacher, and one who has come to evaluate the teacher
    another: Secret  # of two others
    seconds: Secret  # of the coach, the teacher and a third
    empty_plan_id: int  # nothing confidential in it
    before: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # what stands in the tables

    def scene(self, viewer: str, db: Any, to: Secret) -> Scene:
        """One person on the way to one row."""
        own = {"teacher": self.seconds, "other_coach": self.another}.get(viewer)
        viewer_id = self.cast[viewer].id if viewer != "nobody" else None
        return Scene(self.app, db, viewer_id, to, own, self.anothers)

    def anothers(self) -> SealedAnswer:
        """The answer as the coach has it."""
        with as_person(self.app, self.secret.by) as db:
            found = db.get_one(SealedAnswer, (self.secret.record_id, "focus", ""))
            db.expunge(found)
            return found

    def kept(self) -> dict[str, list[tuple[str, ...]]]:
        """Everything that stands in the tables."""
        with past_the_wall(), self.app.extensions["database"].engine.connect() as connection:
            return {
                name: sorted(tuple(map(str, row)) for row in connection.execute(select(table)))
                for name, table in Model.metadata.tables.items()
                if name in TABLES or name in ("people", "comments")
            }


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One database for all the ways: no stranger changes it, and what members change is rolled back."""
    templates: Templates = request.getfixturevalue(f"{request.param}_templates")
    url = templates.kind.new(like=templates.with_cast)
    settings: dict[str, object] = {"SECRET_KEY": SECRET_KEY, "KEY_RING": KEY_RING, "TESTING": True, "DATABASE_URL": url}
    app = create_app(settings, instance=tmp_path_factory.mktemp("walls"))
    cast = people.read(app.extensions["database"].engine)
    secret = begin(app, cast, "coach", "teacher", "removed")
    another = begin(app, cast, "other_coach", "other_teacher", school="lincoln", principal="other_principal")
    seconds = begin(app, cast, "coach", "teacher", "teacher2")
    evaluate(app, cast, "removed", "teacher")
    world = World(app, cast, secret, another, seconds, begin_plan(app, cast))
    yield replace(world, before=world.kept())
    app.extensions["database"].engine.dispose()
    templates.kind.drop(url)


def gone(world: World, viewer: str, name: str, to: Secret) -> str:
    """What came of a way: what it gave, or how it was refused. Changes that were made stay, so that they show."""
    try:
        with writing_as(world.app, world.cast[viewer].id if viewer != "nobody" else None) as db:
            came = WAYS[name].go(world.scene(viewer, db, to))
            return f"gave {came!r}" if came else "gave nothing"
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}"


def without_numbers(said: str) -> str:
    """The same words whichever row was asked for."""
    return re.sub(r"\d+", "n", said)


# ---------------------------------------------------------------- the matrix


def test_there_are_at_least_sixty_ways() -> None:
    assert len(WAYS) >= 60
    assert {way.member for way in WAYS.values()} == {"reads", "writes", "refused"}


@pytest.mark.parametrize("name", WAYS)
def test_no_way_leads_a_stranger_to_a_confidential_row(world: World, name: str) -> None:
    there = world.secret
    absent = replace(
        there,
        circle_id=there.circle_id + NOWHERE,
        record_id=there.record_id + NOWHERE,
        public_id="nothing-here",
        revision_id=there.revision_id + NOWHERE,
        plan_id=world.empty_plan_id,
    )
    for stranger in ("outsider", "other_coach", "removed", "nobody", "principal", "admin"):
        said = gone(world, stranger, name, there)
        assert not said.startswith("gave ") or said == "gave nothing", stranger
        assert without_numbers(said) == without_numbers(gone(world, stranger, name, absent)), stranger
    assert world.kept() == world.before


class RollBack(Exception):
    """What a member changed is not to stay."""


@pytest.mark.parametrize("name", WAYS)
def test_every_way_that_is_meant_to_work_works_for_a_member(world: World, name: str) -> None:
    came: list[Any] = []

    def go() -> None:
        with writing_as(world.app, world.cast["teacher"].id) as db:
            came.append(WAYS[name].go(world.scene("teacher", db, world.secret)))
            raise RollBack

    if WAYS[name].member == "refused":
        with pytest.raises((Unwalled, pickle.PicklingError, ValueError)):
            go()
    else:
        with pytest.raises(RollBack):
            go()
        assert came[0]
    assert world.kept() == world.before


# ---------------------------------------------------------------- loaded before, asked after


def test_what_was_loaded_before_the_evaluation_is_neither_refreshed_nor_written_after_it(
    app: Flask, cast: people.Cast
) -> None:
    secret = begin(app, cast, "coach", "teacher")
    with as_person(app, cast["teacher"].id) as db:
        held = db.get_one(SealedAnswer, (secret.record_id, "focus", ""))
        db.rollback()
        evaluate(app, cast, "teacher", "coach")
        with pytest.raises(InvalidRequestError):
            db.refresh(held)
        db.rollback()
        held.version = 77
        with pytest.raises((Unwalled, InvalidRequestError)):
            db.flush()
        db.rollback()


# ---------------------------------------------------------------- the trusted


MAY_SAY = {
    "a circle begins": {"coaching_sessions/circles.py"},
    "an evaluation closes circles": {"coaching_sessions/firewall.py"},
    "a password was set": {"coaching_sessions/circles.py", "coaching_sessions/firewall.py"},
    "a record is deleted for good": {"coaching_sessions/sessions.py"},
    "a release is read": {"coaching_sessions/received.py"},
    "an agreement is tightened": {"coaching_sessions/notices.py"},
    "the master key is changed": {"coaching_sessions/key_care.py"},
    "the database is upgraded": {"migrations/__init__.py"},
}


def calls_of(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function of this name in the site's sources."""
    for path in sorted(WEBAPP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                yield str(path.relative_to(WEBAPP)), node


def test_only_the_named_callers_go_past_the_walls() -> None:
    said: dict[str, set[str]] = {}
    for module, call in calls_of("trusted"):
        reason = call.args[1]
        assert isinstance(reason, ast.Constant), f"{module} gives no reason that could be read here"
        said.setdefault(str(reason.value), set()).add(module)
    assert said == MAY_SAY
    assert set(MAY_SAY) == TRUSTED


def test_nothing_is_handed_out_while_the_walls_are_lifted() -> None:
    for path in WEBAPP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.With) and any("trusted(" in ast.unparse(item) for item in node.items):
                inside = {type(one) for one in ast.walk(node)}
                assert not inside & {ast.Yield, ast.YieldFrom}, f"{path} yields within trusted"


def test_nobody_speaks_to_the_driver_past_the_proof() -> None:
    for name in ("raw_connection", "cursor", "driver_connection", "copy", "executescript"):
        modules = {module for module, call in calls_of(name) if name != "copy"}
        assert modules <= {"database.py", "watching.py"}, name


def test_a_reason_that_is_not_on_the_list_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="not a reason"), trusted(None, "I really want to"):
        pass


def test_every_table_with_a_circle_is_behind_the_wall() -> None:
    with_circle = {name for name, table in Model.metadata.tables.items() if "circle_id" in table.columns}
    assert with_circle | {"circles"} == set(TABLES)
    assert all(not Model.metadata.tables[name].columns["circle_id"].nullable for name in with_circle)


def test_being_in_a_circle_is_asked_anew_in_each_transaction(app: Flask, cast: people.Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    with app.app_context():
        look_as(cast["teacher"].id)
        engine = app.extensions["database"].writer_engine
        with ViewersSession(engine, viewer=cast["teacher"].id) as db:
            for _ in range(5):
                with db.begin_nested():
                    hold(db, {secret.circle_id})
            db.rollback()
            evaluate(app, cast, "teacher", "coach")
            for _ in range(5):
                with pytest.raises(Unwalled):
                    hold(db, {secret.circle_id})
                db.rollback()
