"""The administrator's pages about districts and schools. Of plans they say only how many there are."""

from flask import Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect
from wtforms import BooleanField

from .. import access
from . import schools
from .blueprints import administration
from .fields import LineField, SelectField, SiteForm
from .models import District, School

Answer = str | Response | Redirect | tuple[str, int]


class DistrictForm(SiteForm):
    """A district's name."""

    name = LineField("Name of the district", missing="Please write the name of the district.")


class SchoolForm(SiteForm):
    """A school's name and its Title I mark."""

    name = LineField("Name of the school", missing="Please write the name of the school.")
    title_one = BooleanField("A Title I school")


class NewSchoolForm(SchoolForm):
    """A new school also needs its district."""

    district = SelectField("District", missing="Please choose the district.")


@administration.get("/schools", endpoint="schools")
@access.administrator
def listing() -> Answer:
    """All districts with their schools."""
    return render_template("people/schools.html", districts=schools.districts(), schools=schools.lines())


@administration.get("/districts/new")
@access.administrator
def new_district() -> Answer:
    """Where to add a district."""
    return _district_page(DistrictForm(), None)


@administration.post("/districts/new")
@access.administrator
def add_district() -> Answer:
    """Add a district."""
    form = DistrictForm()
    if not form.carry_out(schools.add_district, name=form.name.data):
        return _district_page(form, None), 422
    flash(f"{form.name.data} is added.")
    return _back()


@administration.get("/districts/<public_id>")
@access.administrator
def district(public_id: str) -> Answer:
    """One district."""
    known = _district(public_id)
    return _district_page(DistrictForm(obj=known), known)


@administration.post("/districts/<public_id>")
@access.administrator
def rename_district(public_id: str) -> Answer:
    """Give a district another name."""
    known, form = _district(public_id), DistrictForm()
    if not form.carry_out(schools.rename_district, public_id, name=form.name.data):
        return _district_page(form, known), 422
    flash("Saved.")
    return _back()


@administration.get("/schools/new")
@access.administrator
def new_school() -> Answer:
    """Where to add a school."""
    return _school_page(_new_school_form(), None)


@administration.post("/schools/new")
@access.administrator
def add_school() -> Answer:
    """Add a school."""
    form = _new_school_form()
    added = form.carry_out(
        schools.add_school,
        district=schools.district(str(form.district.data)),
        name=form.name.data,
        title_one=form.title_one.data,
    )
    if not added:
        return _school_page(form, None), 422
    flash(f"{form.name.data} is added.")
    return _back()


@administration.get("/schools/<public_id>")
@access.administrator
def school(public_id: str) -> Answer:
    """One school."""
    known = _school(public_id)
    return _school_page(SchoolForm(obj=known), known)


@administration.post("/schools/<public_id>")
@access.administrator
def change_school(public_id: str) -> Answer:
    """Change a school's name or its Title I mark."""
    known, form = _school(public_id), SchoolForm()
    if not form.carry_out(schools.change_school, public_id, name=form.name.data, title_one=form.title_one.data):
        return _school_page(form, known), 422
    flash("Saved.")
    return _back()


def _new_school_form() -> NewSchoolForm:
    form = NewSchoolForm()
    form.district.offer((known.public_id, known.name) for known in schools.districts())
    return form


def _district(public_id: str) -> District:
    return schools.district(public_id) or abort(404)


def _school(public_id: str) -> School:
    return schools.school(public_id) or abort(404)


def _district_page(form: DistrictForm, district: District | None) -> str:
    return render_template("people/district.html", form=form, district=district)


def _school_page(form: SchoolForm, school: School | None) -> str:
    return render_template("people/school.html", form=form, school=school)


def _back() -> Redirect:
    return redirect(url_for("administration.schools"), 303)
