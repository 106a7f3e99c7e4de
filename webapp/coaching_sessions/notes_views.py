"""Private notes on a coaching session: one person's own, written like everything else, seen by nobody else."""

from functools import partial

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from .. import access
from ..documents.answering_views import Writing, hang_on
from . import records, trust_views
from .session_page import NotesPage

bp = Blueprint("notes", __name__, url_prefix="/notes")
hang_on(bp, records.guard("private_notes"), Writing(NotesPage, find=partial(records.find, "private_notes")))
trust_views.hang_on(bp, "private_notes", NotesPage)


@bp.get("/<public_id>")
@access.signed_in
def home(public_id: str) -> Response:
    """The notes are one page; whether there are any, that page says."""
    return redirect(url_for("notes.page", public_id=public_id))
