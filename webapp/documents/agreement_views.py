"""A Coaching Agreement: starting it from its plan, its home page, ending it. Writing and signing go as for every form."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from .. import access
from ..access import Opened
from . import agreements
from .agreement_page import AgreementPage
from .participants import CannotTakePart

bp = Blueprint("agreements", __name__, url_prefix="/plans")
Answer = str | Response | tuple[str, int]


@bp.post("/<public_id>/agreement-with/<teacher>")
@access.document("start_agreement")
def start(opened: Opened, teacher: str) -> Answer:
    """Start the agreement of the coach and this teacher, or go to the one they have."""
    try:
        public_id = agreements.start(opened, teacher)
    except CannotTakePart as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("plans.home", public_id=opened.public_id), 303)
    if public_id is None:
        abort(404)
    return redirect(url_for("plans.home", public_id=public_id), 303)


@bp.get("/<public_id>/agreement/end")
@access.document("end", agreements.PART)
def ending(opened: Opened) -> Answer:
    """What follows when one of the two ends the agreement, and the button that does it."""
    return render_template("documents/agreement_end.html", page=AgreementPage(opened))


def home(opened: Opened) -> str:
    """The agreement's home page: who has signed, what is in force, what may be said to others."""
    return render_template("documents/agreement.html", page=AgreementPage(opened))
