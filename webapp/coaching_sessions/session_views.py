"""The pages of coaching sessions: starting one, writing it together, the people in it, deleting it for good."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from .. import access
from ..access import Opened
from ..confidential import SealedAccount
from ..database import session
from ..documents.answering_views import hang_on
from ..documents.commenting_views import Commenting, hang_comments_on
from . import circles, news, records, sessions, trust_views
from .records import OpenRecord
from .session_forms import StartForm
from .session_page import SessionPage
from .sessions import CannotStart

bp = Blueprint("sessions", __name__, url_prefix="/sessions")
in_plan = Blueprint("sessions_of_plan", __name__, url_prefix="/plans")
Answer = str | Response | tuple[str, int]

guard = records.guard("session")
_writing = Commenting(SessionPage, find=partial(records.find, "session"))
hang_on(bp, guard, _writing)
hang_comments_on(bp, guard, _writing)
trust_views.hang_on(bp, "session", SessionPage)


# ---------------------------------------------------------------- starting


@in_plan.get("/<public_id>/sessions/new")
@access.document("hold_session")
def new(opened: Opened) -> Answer:
    """The page on which a session is started, or which says why none can be."""
    if circles.who_can_confirm(session()):
        raise SealedAccount
    return _start_page(opened)


@in_plan.post("/<public_id>/sessions/new")
@access.document("hold_session")
def start(opened: Opened) -> Answer:
    """Start a session."""
    form = StartForm.in_plan(opened, sessions.partners(opened))
    if not form.validate():
        return _start_page(opened, form), 422
    assert form.on.data is not None
    try:
        begun = sessions.start(opened, form.attendees.data or [], form.kind.data, form.on.data)
    except CannotStart as refusal:
        form.form_errors.append(f"{refusal} Nothing was started.")
        return _start_page(opened, form), 422
    flash("Your coaching session is started. Decide together what it is about.")
    return redirect(url_for("sessions.page", public_id=begun.public_id), 303)


def _start_page(plan: Opened, form: StartForm | None = None) -> str:
    partners = sessions.partners(plan)
    return render_template(
        "coaching_sessions/start.html",
        plan=plan,
        form=form or StartForm.in_plan(plan, partners),
        waiting=[one for one in partners if one.why_not],
        ready=[one for one in partners if not one.why_not],
    )


# ---------------------------------------------------------------- one session


@bp.get("/<public_id>")
@access.signed_in
def home(public_id: str) -> Answer:
    """The session is one page; whether there is one, that page says."""
    return redirect(url_for("sessions.page", public_id=public_id))


@bp.get("/<public_id>/people")
@guard("read")
def people(opened: OpenRecord) -> Answer:
    """Who is in the session, and the ways in and out of it."""
    return _people_page(opened)


def _people_page(opened: OpenRecord, refusal: str = "") -> str:
    return render_template(
        "coaching_sessions/people.html",
        page=SessionPage(opened),
        could_join=sessions.could_join(opened),
        may_be_taken_out=sessions.may_be_taken_out(opened),
        may_leave=sessions.may_leave(opened),
        refusal=refusal,
    )


@bp.get("/<public_id>/people/<participant>/add")
@guard("read")
def adding(opened: OpenRecord, participant: str) -> Answer:
    """What it means to add this person, and the button that does it."""
    one = next((found for found in sessions.could_join(opened) if found.who.public_id == participant), None)
    if one is None:
        abort(404)
    return render_template("coaching_sessions/add.html", page=SessionPage(opened), one=one)


@bp.post("/<public_id>/people/<participant>/add")
@guard("write")
def add(opened: OpenRecord, participant: str) -> Answer:
    """Take a teacher of the plan into the session."""
    try:
        name = sessions.add(opened, participant)
    except CannotStart as refusal:
        return _people_page(opened, str(refusal)), 422
    if name is None:
        abort(404)
    flash(f"{name} is in the session now and can read all of it.")
    return redirect(url_for("sessions.people", public_id=opened.public_id), 303)


@bp.post("/<public_id>/people/<person>/take-out")
@guard("write")
def take_out(opened: OpenRecord, person: str) -> Answer:
    """Take out somebody who was added by mistake and has not opened the session yet."""
    if opened_since := _has_opened(opened, person):
        return _people_page(opened, opened_since), 422
    name = sessions.take_out(opened, person)
    if name is None:
        abort(404)
    flash(f"{name} is not in the session any more, and has not opened it.")
    return redirect(url_for("sessions.people", public_id=opened.public_id), 303)


def _has_opened(opened: OpenRecord, person: str) -> str:
    """Why this member cannot be taken out any more; "" if they can, or are none."""
    others = [one for one in opened.members() if one.is_in and one.person_id != opened.reader_id]
    name = next((one.name for one in others if one.public_id == person and one.opened), "")
    return f"{name} has opened the session and stays in it. Only {name} can leave it." if name else ""


@bp.get("/<public_id>/leave")
@guard("read")
def leaving(opened: OpenRecord) -> Answer:
    """What it means to leave, and the button that does it."""
    return render_template(
        "coaching_sessions/leave.html", page=SessionPage(opened), may_leave=sessions.may_leave(opened)
    )


@bp.post("/<public_id>/leave")
@guard("write")
def leave(opened: OpenRecord) -> Answer:
    """Leave the session."""
    page = SessionPage(opened)
    to = page.back_address
    if not sessions.leave(opened):
        return render_template("coaching_sessions/leave.html", page=page, may_leave=False), 422
    flash("You have left the session. What you wrote stays with the others.")
    return redirect(to, 303)


@bp.get("/<public_id>/delete")
@guard("read")
def deleting(opened: OpenRecord) -> Answer:
    """What deleting for good means, and who wants it so far."""
    return render_template("coaching_sessions/delete.html", page=SessionPage(opened))


@bp.post("/<public_id>/delete")
@guard("write")
def delete(opened: OpenRecord) -> Answer:
    """Say that the session shall be deleted for good, or take that back."""
    agrees = {"yes": True, "no": False}.get(request.form.get("answer", ""))
    if agrees is None:
        abort(400)
    to = SessionPage(opened).back_address
    if sessions.ask_to_delete(opened, agrees=agrees):
        flash("The coaching session is deleted for good, with all private notes on it. Nobody can read it any more.")
        return redirect(to, 303)
    flash(
        "Noted. It is deleted once everybody in it has said yes." if agrees else "Noted. The coaching session is kept."
    )
    return redirect(url_for("sessions.deleting", public_id=opened.public_id), 303)


@bp.post("/<public_id>/let-in/<person>")
@guard("write")
def let_in(opened: OpenRecord, person: str) -> Answer:
    """Agree that somebody comes back whom only a mistaken entry closed out."""
    answer = news.let_in(opened, person)
    if answer is None:
        abort(404)
    name, is_back = answer
    flash(f"{name} is back." if is_back else f"Noted. {name} is back once everybody in the session has agreed.")
    return redirect(url_for("sessions.page", public_id=opened.public_id), 303)


@bp.post("/<public_id>/notes")
@guard("read")
def private_notes(opened: OpenRecord) -> Answer:
    """Save the page, then go to the reader's own notes on the session, begun if there are none yet."""
    if problem := _writing.saved_page(opened):
        return problem
    return redirect(url_for("notes.page", public_id=sessions.private_notes(opened).public_id), 303)
