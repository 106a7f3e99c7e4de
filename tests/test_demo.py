"""The demo school: all of it or nothing, every state, and believable dates on any day of the year."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import KEY_RING
from webapp import clock, create_app, demo
from webapp.access import open_document
from webapp.database import session
from webapp.demo import alder_creek, last_year, quarry_hill
from webapp.documents import agreements, answers
from webapp.documents.models import Decision, Document, DocumentPart, Participant, Revision, Standing
from webapp.people.models import District, Mail, Person, Site
from webapp.programme.models import TrainingDate


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site with the demo school: filled once, only read after that."""
    templates = request.getfixturevalue(f"{request.param}_templates")
    url = templates.kind.new(like=templates.empty)
    app = create_app(
        {"SECRET_KEY": "x", "DATABASE_URL": url, "KEY_RING": KEY_RING}, instance=tmp_path_factory.mktemp("demo")
    )
    with app.app_context():
        assert demo.fill()
    yield app
    app.extensions["database"].engine.dispose()
    templates.kind.drop(url)


@pytest.fixture
def demo_school(filled_app: Flask) -> Iterator[Session]:
    with filled_app.app_context():
        yield session()


def states(db: Session, part: str, *, year: int) -> Counter[str]:
    found = db.scalars(
        select(DocumentPart.state)
        .join(Document, Document.id == DocumentPart.document_id)
        .where(DocumentPart.part == part, Document.school_year == year)
    )
    return Counter(found)


def plan_of(db: Session, email: str, *, year: int) -> Document:
    return db.scalars(
        select(Document)
        .join(Participant, Participant.document_id == Document.id)
        .join(Person, Person.id == Participant.person_id)
        .where(
            Person.email == email,
            Participant.leads,
            Document.school_year == year,
            Document.form == "peer_coaching_plan",
        )
    ).one()


def person(db: Session, email: str) -> Person:
    return db.scalars(select(Person).where(Person.email == email)).one()


def test_the_demo_school_shows_every_state(demo_school: Session) -> None:
    this_year = clock.this_school_year()
    assert set(states(demo_school, "part1", year=this_year)) == {
        "draft",
        "submitted",
        "returned",
        "approved",
        "changed",
    }
    assert set(states(demo_school, "part2", year=this_year)) == {"draft", "shared"}
    assert states(demo_school, "part1", year=this_year - 1) == {"approved": 10}
    assert states(demo_school, "part2", year=this_year - 1) == {"shared": 10}
    standings = set(demo_school.scalars(select(Participant.standing)))
    assert standings == {Standing.CONFIRMED, Standing.INVITED, Standing.DECLINED}
    finished = select(func.count()).where(DocumentPart.part == "norms", DocumentPart.agreed)
    assert demo_school.scalar(finished) == 11
    agreed = select(func.count()).where(DocumentPart.part == "part2", DocumentPart.agreed, DocumentPart.reviewed)
    assert demo_school.scalar(agreed) == 13
    assert demo_school.scalar(select(func.count()).select_from(Mail)) == 0


def test_the_coach_and_a_teacher_have_signed_their_agreement(demo_school: Session) -> None:
    plan = plan_of(demo_school, "coach@example.org", year=clock.this_school_year())
    coach, *others = (person(demo_school, f"{who}@example.org").id for who in ("coach", "teacher", "teacher2"))
    assert [agreements.in_force(demo_school, plan.id, coach, teacher) for teacher in others] == [True, False]
    assert agreements.allowed(plan.id, [coach, others[0]], clock.now()) == {"take_place"}


def test_filling_again_changes_nothing(demo_school: Session) -> None:
    before = demo_school.scalar(select(func.count()).select_from(Revision))
    assert not demo.fill()
    assert session().scalar(select(func.count()).select_from(Revision)) == before


def test_every_login_is_there(demo_school: Session) -> None:
    addresses = set(demo_school.scalars(select(Person.email)))
    assert {address for address, _ in demo.logins()} <= addresses
    assert demo_school.scalars(select(Site)).one().is_demo


def test_nothing_happens_in_the_future_and_each_plan_goes_on_for_days(demo_school: Session) -> None:
    now = clock.now()
    assert demo_school.scalars(select(Decision.at).where(Decision.at > now)).all() == []
    assert demo_school.scalars(select(Revision.at).where(Revision.at > now)).all() == []
    plan = plan_of(demo_school, "coach@example.org", year=clock.this_school_year())
    moments = list(
        demo_school.scalars(select(Revision.at).where(Revision.document_id == plan.id).order_by(Revision.id))
    )
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days > 14


def test_last_years_measures_have_values_for_their_charts(demo_school: Session) -> None:
    plan = plan_of(demo_school, "coach@example.org", year=clock.this_school_year() - 1)
    kept = answers.readable(open_document(plan.public_id, person(demo_school, "coach@example.org").id))
    measures = {row.row for row in kept.rows("measures")}
    values = [row.value for row in kept.rows("progress_values")]
    assert len(values) == 8
    assert {value["measure"] for value in values} == measures
    assert [value["value"] for value in values][:2] == ["18%", "30%"]


def test_a_norm_that_one_member_has_not_agreed_to_is_not_ours(demo_school: Session) -> None:
    plan = plan_of(demo_school, "linh.nguyen@example.org", year=clock.this_school_year())
    coach, principal = (
        person(demo_school, "linh.nguyen@example.org"),
        person(demo_school, "arturo.villanueva@example.org"),
    )
    written = answers.readable(open_document(plan.public_id, coach.id)).rows("norms")
    ours = answers.readable(open_document(plan.public_id, principal.id)).rows("norms")
    assert [row.row for row in ours] == [row.row for row in written[:-1]]


@pytest.mark.parametrize(
    "real", [Person(name="A", email="a@example.com"), District(name="A real district")], ids=["a person", "a district"]
)
def test_a_database_with_real_data_is_refused(empty_app: Flask, real: Person | District) -> None:
    with empty_app.app_context():
        with Session(empty_app.extensions["database"].writer_engine) as db:
            db.merge(real)
            db.commit()
        with pytest.raises(demo.HoldsRealData, match="nothing was added"):
            demo.fill()
        assert session().scalars(select(Site).where(Site.is_demo)).all() == []
        assert session().scalar(select(func.count()).select_from(Document)) == 0


SOME = (last_year.PLANS[0], last_year.PLANS[-1], alder_creek.EVIDENCE, quarry_hill.INQUIRY)


@pytest.mark.parametrize("day", [(2027, 6, 30), (2027, 7, 1), (2027, 9, 5), (2028, 2, 29)])
def test_the_demo_school_can_be_filled_on_any_day(
    sqlite_empty_app: Flask, monkeypatch: pytest.MonkeyPatch, day: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(demo, "PLANS", SOME)
    with sqlite_empty_app.app_context(), clock.at(datetime(*day, 16, tzinfo=UTC)):
        demo.fill()
        this_year = clock.this_school_year()
        db = session()
        assert sum(states(db, "part1", year=this_year).values()) == 2
        assert sum(states(db, "part1", year=this_year - 1).values()) == 2
        assert db.scalars(select(Revision.at).where(Revision.at > clock.now())).all() == []
        dates = db.scalars(select(TrainingDate).where(TrainingDate.school_year == this_year)).all()
        assert [one for one in dates if clock.school_year(one.held_on) != this_year] == []
        assert any(one.number == 2 for one in dates)


@pytest.fixture
def sqlite_empty_app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Before anybody is in it, on SQLite only: what this is about is the calendar."""
    templates = request.getfixturevalue("sqlite_templates")
    url = templates.kind.new(like=templates.empty)
    yield request.getfixturevalue("make_app")(url)
    templates.kind.drop(url)
