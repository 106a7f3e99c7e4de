"""The champion's page of training dates."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..clock import this_school_year
from ..people.fields import DateField, SiteForm, WholeNumberField
from ..people.models import District
from . import calendar

programme = Blueprint("programme", __name__, url_prefix="/programme")
Answer = str | Response | Redirect | tuple[str, int]
YEARS_AROUND = 3


class DateForm(SiteForm):
    """When a session takes place."""

    number = WholeNumberField("Session", least=1, most=calendar.MOST)
    held_on = DateField("Day", missing="Please say on which day.")


@programme.get("/dates")
@access.champion
def dates() -> Answer:
    """The dates of the champion's districts in one school year."""
    year = request.args.get("year", this_school_year(), type=int)
    return _page(_year(year))


@programme.post("/dates/<district_id>/<int:year>")
@access.champion
def set_date(district_id: str, year: int) -> Answer:
    """Add a date or change it."""
    district, form = _district(district_id), DateForm(prefix=f"{district_id}-")
    done = form.carry_out(
        calendar.set_date, district, year=_year(year), number=form.number.data, held_on=form.held_on.data
    )
    if not done:
        return _page(year, failed=form, at=district_id), 422
    flash(f"Session {form.number.data} is in the calendar.")
    return _back(year)


@programme.post("/dates/<district_id>/<int:year>/<int:number>/remove")
@access.champion
def remove_date(district_id: str, year: int, number: int) -> Answer:
    """Take a date out."""
    district = _district(district_id)
    if number > calendar.MOST or not calendar.remove_date(district, year=_year(year), number=number):
        abort(404)
    flash(f"Session {number} has no date now.")
    return _back(year)


def _district(public_id: str) -> District:
    """One of the champion's own districts."""
    own = calendar.districts_of_champion(current_user.id)
    return next((district for district in own if district.public_id == public_id), None) or abort(404)


def _year(year: int) -> int:
    if abs(year - this_school_year()) > YEARS_AROUND:
        abort(404)
    return year


def _page(year: int, *, failed: DateForm | None = None, at: str = "") -> str:
    programmes = [calendar.dates_of(district, year) for district in calendar.districts_of_champion(current_user.id)]
    forms = {
        one.district.public_id: failed if failed and at == one.district.public_id else _blank(one) for one in programmes
    }
    return render_template("programme/dates.html", year=year, programmes=programmes, forms=forms, failed=failed)


def _blank(programme: calendar.DistrictDates) -> DateForm:
    return DateForm(formdata=None, prefix=f"{programme.district.public_id}-", data={"number": programme.next_number})


def _back(year: int) -> Redirect:
    return redirect(url_for("programme.dates", year=None if year == this_school_year() else year), 303)
