"""Looking people up, and who evaluates whom in words."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tests.cast import PEOPLE
from tests.tables import Tables
from webapp import clock
from webapp.people import directory
from webapp.people.models import EvaluatorAssignment, Membership, Role


@pytest.fixture
def db(app):
    """The tables, beside the site."""
    return Tables(app)


@pytest.fixture
def search(app, cast):
    """The names that the people picker of a plan at Roosevelt offers."""

    def search(text, *schools, limit=50):
        with app.app_context():
            ids = [cast.schools[school].id for school in schools or ("roosevelt",)]
            return [found.name for found in directory.search(text, school_ids=ids, limit=limit)]

    return search


@pytest.fixture
def reason(app, cast):
    """Why one evaluates another, in words."""

    def reason(evaluator, evaluated):
        with app.app_context():
            return directory.evaluation_reason(cast[evaluator].id, cast[evaluated].id)

    return reason


def at(school):
    """Whoever works at a school: key and name."""
    return [(key, name) for key, (name, roles) in PEOPLE.items() if school in [place for _, place in roles]]


def end(db, person_id, table=Membership, column="person_id"):
    """Everything of this person ended the day before yesterday."""
    ended = date.today() - timedelta(days=2)  # noqa: DTZ011 - a day that is over everywhere
    db.do(update(table).where(getattr(table, column) == person_id).values(ends=ended))


# ---------------------------------------------------------------- the people picker


def test_people_of_the_district_are_found_those_of_the_same_school_first(search):
    everyone = search("")
    roosevelt = {name for key, name in at("roosevelt") if key != "deactivated"}
    assert set(everyone[: len(roosevelt)]) == roosevelt
    assert set(everyone[len(roosevelt) :]) == {"Otis Greene", "Tara Nwosu", "Petra Vance", "Lars Egede"}


def test_other_districts_people_without_a_school_and_closed_accounts_are_not(search):
    for name in ("Hugo", "Hana", "Adam", "Sue", "Fay", "Dora"):
        assert search(name) == []
    assert search("Hugo", "harbor") == ["Hugo Faber"]


def test_someone_who_has_left_is_not_found_any_more(search, cast, db):
    assert search("tom becker") == ["Tom Becker"]
    end(db, cast["teacher"].id)
    assert search("tom becker") == []


def test_every_word_counts_in_name_or_email_and_no_sign_is_magic(search):
    assert search("becker TOM") == ["Tom Becker"]
    assert search("tom teacher@example") == ["Tom Becker"]
    assert search("tom patel") == []
    assert search("%") == search("_") == search("\\") == []


def test_no_more_than_asked_for_and_with_their_schools(app, cast, search):
    assert len(search("", limit=3)) == 3
    with app.app_context():
        [found] = directory.search("otis", school_ids=[cast.schools["roosevelt"].id], limit=5)
    assert (found.id, found.public_id, found.schools) == (
        cast["other_coach"].id,
        cast["other_coach"].public_id,
        ["Lincoln Elementary School"],
    )


def test_without_a_school_nobody_is_found(app):
    with app.app_context():
        assert directory.search("a", school_ids=[], limit=5) == []


# ---------------------------------------------------------------- heads of a school


def test_the_principal_comes_before_the_assistant_principal(app, cast):
    with app.app_context():
        heads = directory.heads(cast.schools["roosevelt"].id)
    assert [(head.name, head.role) for head in heads] == [
        ("Paul Okafor", Role.PRINCIPAL),
        ("Alma Stein", Role.ASSISTANT_PRINCIPAL),
    ]


def test_a_former_principal_and_one_of_another_school_are_not_among_them(app, cast, db):
    end(db, cast["principal"].id)
    with app.app_context():
        assert [head.name for head in directory.heads(cast.schools["roosevelt"].id)] == ["Alma Stein"]


# ---------------------------------------------------------------- why someone evaluates someone


def test_a_principal_evaluates_the_staff(reason):
    assert (
        reason("principal", "teacher")
        == "Paul Okafor is principal at Roosevelt Middle School, where Tom Becker teaches."
    )
    assert (
        reason("principal", "coach")
        == "Paul Okafor is principal at Roosevelt Middle School, where Ana Ruiz is a coach."
    )
    assert reason("principal", "assistant_principal").endswith("where Alma Stein is assistant principal.")


def test_an_assistant_principal_evaluates_the_staff_but_not_the_principal(reason):
    assert reason("assistant_principal", "teacher").startswith("Alma Stein is assistant principal at Roosevelt")
    assert reason("assistant_principal", "principal") is None


def test_by_assignment(reason):
    assert reason("depthead", "teacher2") == "Dan Whitfield evaluates Uma Patel: the district has arranged it that way."
    assert reason("superintendent", "principal") is not None


def test_and_nobody_else(reason, cast):
    pairs = {(one, other) for one in cast for other in cast if reason(one, other)}
    staff = {key for key, _ in at("roosevelt")} - {"principal", "assistant_principal"}
    assert pairs == (
        {(head, one) for head in ("principal", "assistant_principal") for one in staff}
        | {("principal", "assistant_principal")}
        | {("other_principal", one) for one in ("other_coach", "other_teacher")}
        | {("depthead", "teacher2"), ("superintendent", "principal"), ("superintendent", "other_principal")}
    )


def test_it_ends_with_the_role_or_the_assignment(reason, cast, db):
    end(db, cast["principal"].id)
    assert reason("principal", "teacher") is None
    end(db, cast["teacher2"].id, EvaluatorAssignment, "evaluated_id")
    assert reason("depthead", "teacher2") is None


def test_the_first_and_the_last_day_count(app, reason, cast, db):
    with app.app_context():
        today = clock.today()
    for starts, ends, holds in (
        (today, today, True),
        (today + timedelta(days=1), None, False),
        (today - timedelta(days=9), today - timedelta(days=1), False),
    ):
        row = EvaluatorAssignment.evaluated_id == cast["teacher2"].id
        db.do(update(EvaluatorAssignment).where(row).values(starts=starts, ends=ends))
        assert (reason("depthead", "teacher2") is not None) is holds
