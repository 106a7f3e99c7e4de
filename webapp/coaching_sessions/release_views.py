"""The pages of a release for its circle: composing it, looking at the very page, asking, agreeing, taking it back."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from .. import access
from ..access import Opened
from ..database import writing as transaction
from ..documents.answering_views import Writing, hang_on
from . import records, release_news, release_seen_by, releases, trust_views
from .records import OpenRecord
from .release_page import ReleasePage
from .releases import CannotRelease, MovedOn, NotReady

bp = Blueprint("releases", __name__, url_prefix="/releases")
in_plan = Blueprint("releases_of_plan", __name__, url_prefix="/plans")
Answer = str | Response | tuple[str, int]

guard = records.guard("release")
writing = Writing(ReleasePage, find=partial(records.find, "release"))
hang_on(bp, guard, writing)
trust_views.hang_on(bp, "release", ReleasePage, release_seen_by.readers_of)


@in_plan.post("/<public_id>/releases/new")
@access.document("compose_release")
def compose(opened: Opened) -> Answer:
    """Begin a release of this plan's circle, or go on with the one that is being written."""
    try:
        public_id = releases.compose(opened)
    except CannotRelease as refusal:
        flash(str(refusal), "error")
        return redirect(opened.address, 303)
    return redirect(f"/releases/{public_id}/write", 303)


@bp.get("/<public_id>")
@guard("read")
def home(opened: OpenRecord) -> Answer:
    """The very page that its readers will see, who has agreed to it, and what can be done."""
    with transaction():
        release_news.seen(opened)
    return _home(opened)


@bp.post("/<public_id>/look")
@guard("write")
def look(opened: OpenRecord) -> Answer:
    """Save the writing page, then go on to look at the page as its readers will see it."""
    return writing.saved_page(opened) or redirect(opened.address, 303)


@bp.post("/<public_id>/ask")
@guard("read")
def ask(opened: OpenRecord) -> Answer:
    """Ask every member to agree to the page as the reader has seen it."""
    try:
        releases.ask(opened, seen=_seen())
    except MovedOn:
        return _home(opened, moved_on=True), 409
    except NotReady:
        return _home(opened, not_ready=True), 422
    except CannotRelease as refusal:
        return _home(opened, refusal=str(refusal)), 422
    flash("Everybody is asked. It can be read as soon as every one of you has agreed.")
    return redirect(opened.address, 303)


@bp.post("/<public_id>/answer")
@guard("read")
def answer(opened: OpenRecord) -> Answer:
    """The reader agrees to the page they have seen, or does not."""
    given = request.form.get("answer", "")
    if given not in ("yes", "no"):
        abort(400)
    try:
        out = releases.answer(opened, seen=_seen(), agrees=given == "yes")
    except MovedOn:
        return _home(opened, moved_on=True), 409
    except NotReady:
        return _home(opened, not_ready=True), 422
    flash(_told(out=out, agrees=given == "yes"))
    return redirect(opened.address, 303)


def _told(*, out: bool, agrees: bool) -> str:
    if out:
        return "All of you have agreed. The readers you chose can read it now."
    if agrees:
        return "Thank you. It can be read as soon as the others have agreed, too."
    return "You did not agree, so nothing is shown to anybody. Only your circle knows that you were asked."


@bp.post("/<public_id>/withdraw")
@guard("read")
def withdraw(opened: OpenRecord) -> Answer:
    """Take it back, at once."""
    try:
        releases.withdraw(opened)
    except MovedOn:
        return _home(opened, moved_on=True), 409
    flash("It is taken back. Nobody outside of your circle can open it any more.")
    return redirect(opened.address, 303)


@bp.post("/<public_id>/throw-away")
@guard("read")
def throw_away(opened: OpenRecord) -> Answer:
    """Do not go on with a draft."""
    try:
        releases.throw_away(opened)
    except MovedOn:
        return _home(opened, moved_on=True), 409
    flash("The draft is thrown away. Nobody was asked about it, and nobody outside of your circle saw it.")
    return redirect(opened.address, 303)


def _seen() -> str:
    """The fingerprint of the page that the reader had before them."""
    return request.form.get("seen", "")[:64]


def _home(opened: OpenRecord, *, moved_on: bool = False, not_ready: bool = False, refusal: str = "") -> str:
    now = records.find("release", opened.public_id, opened.reader_id) or opened
    shown = {"moved_on": moved_on, "not_ready": not_ready, "refusal": refusal}
    return render_template("coaching_sessions/release.html", page=ReleasePage(now), **shown)
