"""A release of progress for those it was given to: the page, and the same for paper."""

from flask import Blueprint, abort, render_template
from flask_login import current_user

from .. import access
from ..database import writing
from ..documents import seen_by
from . import received, releases
from .release_page import Paper

bp = Blueprint("released", __name__, url_prefix="/released")


def _read(public_id: str, act: str) -> received.Received:
    """The release, its reading written down; 404 for everybody whom it is not for, today."""
    with writing():
        found = received.read(public_id, current_user.id, act)
    return found or abort(404)


@bp.get("/<public_id>")
@access.signed_in
def page(public_id: str) -> str:
    """The page that the circle agreed to show."""
    found = _read(public_id, releases.READ)
    plan = seen_by.opened_as(found.plan_public_id, current_user.id)
    return render_template("coaching_sessions/released.html", found=found, paper=Paper(found.page), plan=plan)


@bp.get("/<public_id>/print")
@access.signed_in
def on_paper(public_id: str) -> str:
    """The same for paper."""
    found = _read(public_id, releases.PRINTED)
    return render_template("coaching_sessions/released_print.html", found=found, paper=Paper(found.page))
