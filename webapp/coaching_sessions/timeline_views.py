"""The pages around coaching sessions: their list, one's own open steps and time, the norms check, calendar and print."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..access import Opened
from ..clock import this_school_year
from ..documents import answers, beside, pdf, written
from ..documents.answering_views import open_page
from ..documents.commenting_views import Commenting
from ..documents.printed import Printed
from ..people import links
from ..people.models import Role
from . import action_steps, booked_time, calendar_file, news, norms_check, notices, records, session_printing, timeline
from .norms_check import Meanwhile
from .records import OpenRecord
from .session_page import SessionPage

bp = Blueprint("timeline", __name__)
Answer = str | Response | Redirect | tuple[str, int]

guard = records.guard("session")
_writing = Commenting(SessionPage, find=partial(records.find, "session"))
FILE_NAME = "meeting"  # on other people's disks: it says nothing about anybody


# ---------------------------------------------------------------- the sessions of a plan


@bp.get("/plans/<public_id>/sessions")
@access.document("read")
def listing(opened: Opened) -> Answer:
    """The reader's sessions in this plan, newest first; for its circle only."""
    if not opened.may("hold_session"):
        abort(404)
    held = timeline.of_plan(opened)
    page = max(0, min(request.args.get("page", 0, type=int), 10_000))
    first = page * timeline.PAGE
    return render_template(
        "coaching_sessions/timeline.html",
        plan=opened,
        closed=news.closed_to_me(),
        held=held[first : first + timeline.PAGE],
        drawn=timeline.drawn(held, opened.school_year),
        page=page,
        more=len(held) > first + timeline.PAGE,
    )


def _told(opened: Opened) -> str:
    """On the plan's home page of principal and champion: what the agreements let them know."""
    told = notices.of_plan(opened)
    return render_template("coaching_sessions/_told.html", told=told) if told else ""


# ---------------------------------------------------------------- open action steps


def _my_steps(_person_id: int = 0) -> str:
    """On the home page: the reader's own open action steps."""
    steps = action_steps.mine(current_user.id, current_user.public_id)
    return render_template("coaching_sessions/_my_steps.html", steps=steps) if steps or request.htmx else ""  # type: ignore[attr-defined]


@bp.post("/sessions/<public_id>/steps/<row>/done")
@guard("write")
def step_done(opened: OpenRecord, row: str) -> Answer:
    """The owner of an action step ticks it off."""
    return _mark_step(opened, row, done=True)


@bp.post("/sessions/<public_id>/steps/<row>/open")
@guard("write")
def step_open(opened: OpenRecord, row: str) -> Answer:
    """The owner of an action step takes the tick back."""
    return _mark_step(opened, row, done=False)


def _mark_step(opened: OpenRecord, row: str, *, done: bool) -> Answer:
    if not action_steps.mark(opened, row, current_user.public_id, done=done):
        abort(404)
    if request.htmx:  # type: ignore[attr-defined]
        return _my_steps()
    flash("Done. You can undo it below until tomorrow." if done else "The step is open again.")
    return redirect(url_for("today.today", _anchor="my-steps"), 303)


# ---------------------------------------------------------------- the norms check


@bp.post("/sessions/<public_id>/norms")
@guard("write")
def mark_norms(opened: OpenRecord) -> Answer:
    """One attendee says which norms were kept, after all else that the page sent is saved."""
    if not request.htmx and (problem := _writing.saved_page(opened)):  # type: ignore[attr-defined]
        return problem
    marks = {
        name.removeprefix("norm."): value == "kept"
        for name, value in request.form.items()
        if name.startswith("norm.") and value in ("kept", "not")
    }
    seen = written.version(request.form.get("norms_seen", ""))
    try:
        norms_check.mark(opened, current_user.public_id, marks, seen=seen, page=open_page())
    except Meanwhile:
        return _norms_again(opened, marks), 409
    if request.htmx:  # type: ignore[attr-defined]
        return render_template("coaching_sessions/_norms_check.html", check=SessionPage(opened).check)
    flash("Saved. Only you who attend this session can see it.")
    return redirect(f"{opened.address}/write#norms-check", 303)


def _norms_again(opened: OpenRecord, marks: norms_check.Marks) -> str:
    """The marks as they were made here, to save once more, above those that stand."""
    page = SessionPage(opened)
    page.check = replace(page.check, typed=marks)
    if request.htmx:  # type: ignore[attr-defined]
        return render_template("coaching_sessions/_norms_check.html", check=page.check)
    return render_template(page.template, page=page)


# ---------------------------------------------------------------- my coaching time


@bp.get("/sessions/time")
@access.signed_in
def my_time() -> Answer:
    """A coach's own minutes of this school year by coaching action."""
    booked = booked_time.mine(current_user.id)
    total = booked_time.hours_and_minutes(sum(one.minutes for one in booked))
    return render_template("coaching_sessions/time.html", booked=booked, total=total, year=this_school_year())


# ---------------------------------------------------------------- what leaves the site


@bp.get("/sessions/<public_id>/calendar.ics")
@records.guard("session", "exported")("read")
def calendar(opened: OpenRecord) -> Answer:
    """The session and the next one for one's own calendar, with nothing but their times."""
    there = links.site_address() + opened.address
    found = calendar_file.meetings(answers.readable(opened).values(), address=there, uid=opened.public_id)
    if not found:
        flash("There is no date with a start yet. Fill in both, then take the calendar file.", "error")
        return redirect(f"{opened.address}/write#p-session_date", 303)
    return _file(calendar_file.calendar_file(*found), "text/calendar", f"{FILE_NAME}.ics", shown="attachment")


@bp.get("/sessions/<public_id>/print")
@records.guard("session", "printed")("read")
def printed_page(opened: OpenRecord) -> Answer:
    """The session on the plan's print frame."""
    return render_template("coaching_sessions/print.html", printed=_printed(opened), opened=opened)


@bp.get("/sessions/<public_id>/print.pdf")
@records.guard("session", "printed")("read")
def printed_pdf(opened: OpenRecord) -> Answer:
    """The same as a PDF."""
    size = request.args.get("paper", "")
    try:
        content = pdf.make(_printed(opened), size=size if size in pdf.SIZES else pdf.LETTER)
    except pdf.TooMany:
        abort(503)
    return _file(content, "application/pdf", f"{FILE_NAME}.pdf")


def _printed(opened: OpenRecord) -> Printed:
    return session_printing.of(SessionPage(opened), reader=current_user)


def _file(content: bytes, kind: str, name: str, *, shown: str = "inline") -> Response:
    headers = {"Content-Disposition": f'{shown}; filename="{name}"'}
    return Response(content, mimetype=kind, headers=headers)


def _way_to_my_time(_person_id: int) -> str:
    """On a coach's home page: the way to their own minutes."""
    return render_template("coaching_sessions/_my_time.html") if Role.COACH in current_user.roles else ""


beside.ON_HOME.append(_told)
beside.ON_TODAY += [_my_steps, _way_to_my_time]
