"""What others are told of, in the write transaction of the change: a new password, and who may evaluate whom now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from blinker import Signal
from flask import Flask, g
from sqlalchemy import select

from tests.cast import PASSWORD, PASSWORD_HASH, Cast
from tests.page import Client
from tests.tables import Tables
from webapp.clock import today
from webapp.database import session
from webapp.people import accounts, links, memberships, passwords, sign_in, signals
from webapp.people.models import District, EvaluatorAssignment, Membership, Person, Role
from webapp.people.refusal import Refused

NEW = "three boats and a bell"


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """What is sent in the meantime; each time within a write transaction that holds the change already."""
    sent: list[dict[str, Any]] = []

    def listen(_sender: object, **what: Any) -> None:
        assert g.get("db_writes")
        assert not session().new
        assert not session().dirty
        sent.append(what)

    with signal.connected_to(listen):
        yield sent


@contextmanager
def refusing(signal: Signal) -> Iterator[None]:
    """Somebody listens who cannot do what follows from it."""

    def listen(_sender: object, **_what: Any) -> None:
        raise ZeroDivisionError

    with signal.connected_to(listen):
        yield


def password_of(tables: Tables, cast: Cast, key: str) -> Any:
    return tables.one(select(Person.password_hash).where(Person.id == cast[key].id))


def take_up(app: Flask, person_id: int, purpose: str) -> None:
    with app.test_request_context():
        link = links.find(links.make(person_id, purpose).rsplit("/", 1)[1])
        assert link is not None
        accounts.take_up(link, NEW, browser="")


# ---------------------------------------------------------------- a new password


def test_who_types_the_old_password_has_proven_it(as_: Any, cast: Cast, tables: Tables) -> None:
    form = as_("coach").get("/account").form(button="Change my password")
    with heard(signals.password_changed) as sent:
        form.submit({"Current password": "not this one", "New password": NEW}, status=422)
        form.submit({"Current password": PASSWORD, "New password": "short"}, status=422)
        assert sent == []
        form.submit({"Current password": PASSWORD, "New password": NEW})
    after = password_of(tables, cast, "coach")
    assert passwords.matches(NEW, after)
    assert sent == [{"person_id": cast["coach"].id, "before": PASSWORD_HASH, "after": after, "proven": True}]


@pytest.mark.parametrize("purpose", ["reset", "invitation"])
def test_a_link_proves_nothing(app: Flask, cast: Cast, tables: Tables, purpose: str) -> None:
    with heard(signals.password_changed) as sent:
        take_up(app, cast["coach"].id, purpose)
    after = password_of(tables, cast, "coach")
    assert sent == [{"person_id": cast["coach"].id, "before": PASSWORD_HASH, "after": after, "proven": False}]


def test_nor_does_a_link_that_was_pointed_at_somebody_else(app: Flask, cast: Cast) -> None:
    with heard(signals.password_changed) as sent, app.test_request_context():
        link = links.find(links.make(cast["admin"].id, "reset").rsplit("/", 1)[1])
        assert link is not None
        accounts.take_up(links.OpenLink(link.id, "reset", cast["coach"].id, "x", "x@example.org"), NEW, browser="")
    assert [(one["person_id"], one["proven"]) for one in sent] == [(cast["coach"].id, False)]


def test_the_first_password_has_none_before(app: Flask, tables: Tables) -> None:
    newcomer = Person(name="Nora Quist", email="nora@example.org")
    tables.add(newcomer)
    with heard(signals.password_changed) as sent:
        take_up(app, newcomer.id, "invitation")
    assert [(one["before"], one["proven"]) for one in sent] == [(None, False)]


def test_signing_in_tells_only_of_a_password_that_is_kept_anew(
    app: Flask, cast: Cast, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heard(signals.password_changed) as sent, app.test_request_context():
        assert sign_in.attempt(cast["coach"].email, PASSWORD).token
        assert sent == []
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        assert not sign_in.attempt(cast["coach"].email, "not this one").token
        assert sent == []
        assert sign_in.attempt(cast["coach"].email, PASSWORD).token
    after = password_of(tables, cast, "coach")
    assert after != PASSWORD_HASH
    assert sent == [{"person_id": cast["coach"].id, "before": PASSWORD_HASH, "after": after, "proven": True}]


def test_what_a_listener_cannot_follow_is_not_done(app: Flask, as_: Any, cast: Cast, tables: Tables) -> None:
    coach: Client = as_("coach")
    with refusing(signals.password_changed), pytest.raises(ZeroDivisionError):
        coach.post("/account/password", {"current_password": PASSWORD, "new_password": NEW})
    with refusing(signals.password_changed), pytest.raises(ZeroDivisionError):
        take_up(app, cast["coach"].id, "reset")
    assert password_of(tables, cast, "coach") == PASSWORD_HASH


# ---------------------------------------------------------------- who may evaluate whom now


def test_every_change_of_a_role_is_told(app: Flask, cast: Cast, tables: Tables) -> None:
    outsider, admin = cast["outsider"].id, cast["admin"].id
    with app.app_context(), heard(signals.evaluation_changed) as sent:
        district = session().scalars(select(District)).first()
        assert district is not None
        held = memberships.add(outsider, role=Role.CHAMPION, district=district, starts=today() - timedelta(days=9))
        with pytest.raises(Refused):
            memberships.add(outsider, role=Role.CHAMPION, district=district, starts=today())
        memberships.end(held.public_id, person_id=outsider, last_day=today())
        with pytest.raises(Refused):
            memberships.end(held.public_id, person_id=admin, last_day=today())
        memberships.void(held.public_id, person_id=outsider, by=admin)
        with pytest.raises(Refused):
            memberships.void(held.public_id, person_id=outsider, by=admin)
    assert sent == [{"person_ids": frozenset({outsider})}] * 3


def test_every_change_of_an_assignment_is_told_with_both_people(app: Flask, cast: Cast) -> None:
    outsider, coach = cast["outsider"], cast["coach"]
    with app.app_context(), heard(signals.evaluation_changed) as sent:
        made = memberships.assign_evaluator(coach.id, evaluator_email=outsider.email, starts=today())
        with pytest.raises(Refused):
            memberships.assign_evaluator(coach.id, evaluator_email=outsider.email, starts=today())
        memberships.end_assignment(made.public_id, person_id=coach.id, last_day=today())
        memberships.void_assignment(made.public_id, person_id=coach.id, by=cast["admin"].id)
    assert sent == [{"person_ids": frozenset({outsider.id, coach.id})}] * 3


def test_the_command_for_the_first_administrator_tells_it_too(app: Flask, cast: Cast) -> None:
    arguments = ["people", "add-administrator", cast["coach"].email, "--name", "x", "--district", "Cedar Valley"]
    with heard(signals.evaluation_changed) as sent:
        assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
        assert app.test_cli_runner().invoke(args=arguments).exit_code == 0, "already one: nothing changed"
    assert sent == [{"person_ids": frozenset({cast["coach"].id})}]


def test_an_entry_that_a_listener_cannot_follow_is_not_made(app: Flask, cast: Cast, tables: Tables) -> None:
    held = tables.one(select(Membership).where(Membership.person_id == cast["coach"].id))
    one = tables.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher2"].id))
    tries = (
        lambda: memberships.void(held.public_id, person_id=cast["coach"].id, by=cast["admin"].id),
        lambda: memberships.end(held.public_id, person_id=cast["coach"].id, last_day=today()),
        lambda: memberships.void_assignment(one.public_id, person_id=cast["teacher2"].id, by=cast["admin"].id),
        lambda: memberships.assign_evaluator(cast["coach"].id, evaluator_email=cast["outsider"].email, starts=today()),
    )
    for attempt in tries:
        with app.app_context(), refusing(signals.evaluation_changed), pytest.raises(ZeroDivisionError):
            attempt()
    kept = tables.one(select(Membership).where(Membership.id == held.id))
    assert (kept.ends, kept.voided_at) == (None, None)
    assert len(tables.all(select(EvaluatorAssignment.id).where(EvaluatorAssignment.voided_at.is_(None)))) == 3
