"""The page that says what each kind of person can and cannot get."""

from flask import Blueprint, render_template

from . import access, promise

bp = Blueprint("promise", __name__)


@bp.get("/promise")
@access.signed_in
def page() -> str:
    """The promise, each sentence with the tests that show it."""
    return render_template("promise.html", promised=promise.by_who())
