"""The champion's training dates, and when the norms open."""

import pytest
from sqlalchemy import select

from tests.tables import Tables
from webapp import clock
from webapp.programme import calendar
from webapp.programme.models import TrainingDate


@pytest.fixture
def db(app):
    """The tables, beside the site."""
    return Tables(app)


@pytest.fixture
def year(app):
    """This school year."""
    with app.app_context():
        return clock.this_school_year()


@pytest.fixture
def address(cast, year):
    """Where the dates of Cedar Valley are sent."""
    return f"/programme/dates/{cast.districts['cedar_valley'].public_id}/{year}"


@pytest.fixture
def set_date(as_, address, cast):
    """The champion sets a date."""
    prefix = cast.districts["cedar_valley"].public_id

    def set_date(number, held_on, *, key="champion", status=200, **more):
        data = {f"{prefix}-number": number, f"{prefix}-held_on": held_on}
        return as_(key).post(address, data, status=status, **more)

    return set_date


@pytest.fixture
def session_2(app, cast, year):
    """When Session 2 is for a school."""

    def session_2(school, at=None):
        with app.app_context():
            return calendar.session_2_date(cast.schools[school].id, at or year)

    return session_2


def test_dates_are_set_shown_in_order_and_the_next_number_is_offered(set_date, year):
    set_date("2", f"{year}-11-12")
    page = set_date("1", f"9/18/{year}")
    assert page.text.index("Session 1:") < page.text.index("Session 2:")
    assert page.form(button="Set this date").value("Session") == "3"


def test_setting_a_number_again_moves_it_and_removing_it_leaves_none(set_date, session_2, year, db):
    assert session_2("roosevelt") is None
    set_date("2", f"{year}-11-12")
    page = set_date("2", f"{year}-12-03")
    assert session_2("roosevelt").isoformat() == f"{year}-12-03"
    page.form("form[action$='/2/remove']").submit()
    assert session_2("roosevelt") is None
    assert db.all(select(TrainingDate.id)) == []


def test_session_2_counts_for_the_districts_schools_in_that_year_only(set_date, session_2, year):
    set_date("2", f"{year}-11-12")
    assert session_2("lincoln") is not None
    assert session_2("harbor") is None
    assert session_2("roosevelt", year - 1) is None


def test_next_years_dates_stand_on_a_page_of_their_own(as_, year):
    page = as_("champion").get(f"/programme/dates?year={year + 1}")
    page = page.form(button="Set this date").submit({"Session": "1", "Day": f"{year + 1}-09-10"})
    assert page.path == f"/programme/dates?year={year + 1}"
    assert "Session 1:" in page
    assert "Session 1:" not in as_("champion").get("/programme/dates")


def test_wrong_numbers_and_days_are_refused_and_nothing_is_kept(set_date, year, db):
    for number, day, says in (
        ("0", f"{year}-11-12", "a whole number from 1 to 20"),
        ("21", f"{year}-11-12", "a whole number from 1 to 20"),
        ("two", f"{year}-11-12", "a whole number from 1 to 20"),
        ("٢", f"{year}-11-12", "a whole number from 1 to 20"),
        ("9" * 5000, f"{year}-11-12", "a whole number from 1 to 20"),
        ("2", "", "Please say on which day."),
        ("2", "tomorrow", "This is not a date."),
        ("2", f"{year}-02-30", "This is not a date."),
        ("2", f"{year + 3}-11-12", "This day is not in the school year"),
    ):
        assert says in set_date(number, day, status=422), (number, day)
    assert db.all(select(TrainingDate.id)) == []


def test_a_champion_of_one_school_sets_the_districts_dates_too(set_date, session_2, year):
    set_date("2", f"{year}-11-12", key="lincoln_champion")
    assert session_2("roosevelt") is not None


def test_nobody_else_does(set_date, as_, address, year, db):
    for key in ("other_champion", "coach", "principal", "teacher", "admin", "outsider"):
        set_date("2", f"{year}-11-12", key=key, status=404)
        as_(key).post(f"{address}/2/remove", status=404)
    for key in ("coach", "principal", "teacher", "admin", "outsider"):
        as_(key).get("/programme/dates", status=404)
    assert "Cedar Valley" not in as_("other_champion").get("/programme/dates")
    assert db.all(select(TrainingDate.id)) == []


def test_years_far_away_and_districts_made_up_do_not_exist(as_, address, year):
    champion = as_("champion")
    champion.get(f"/programme/dates?year={year + 50}", status=404)
    champion.get("/programme/dates?year=x")
    champion.post(f"/programme/dates/nowhere/{year}", {"nowhere-number": "1"}, status=404)
    champion.post(f"{address.removesuffix(str(year))}99999999999999999999/1/remove", status=404)
    champion.post(f"{address}/99999999999999999999/remove", status=404)
