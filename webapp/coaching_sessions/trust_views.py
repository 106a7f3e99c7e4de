"""The pages that show trust: who can see a confidential record, its access log, and colleagues to be confirmed."""

from collections.abc import Callable

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from .. import access, keys
from ..confidential import SealedAccount
from ..database import session, writing
from ..documents.seen_by import Reader
from ..people import directory
from ..web import error_page
from . import access_log, circles, firewall, log_words, news, records
from . import who as who_can
from .records import OpenRecord
from .session_page import RoomPage

bp = Blueprint("circle", __name__, url_prefix="/circle")
Answer = str | Response | tuple[str, int]

SEALED = "Your account has to be confirmed"
CHANGED = "This cannot be shown"
CHANGED_ADVICE = (
    "Something in this record was changed outside of Accord, so it is not shown. Nothing was deleted. Tell the others "
    "in this record, and then your administrator; the access log and a backup can show what happened."
)


@bp.post("/confirm/<person>")
@access.signed_in
def confirm(person: str) -> Answer:
    """The viewer has spoken with a colleague whose password was set anew: it was them."""
    with writing() as db:
        found = directory.by_public_id(person)
        if found is None or not firewall.confirm_in_person(db, found.id):
            abort(404)
        name = found.name
    flash(f"Thank you. Your coaching sessions are open to {name} again.")
    return redirect(url_for("today.today"), 303)


@bp.post("/news/<kind>/<person>")
@access.signed_in
def seen(kind: str, person: str) -> Answer:
    """The viewer has read a piece of news."""
    with writing():
        if not news.seen(kind, person, request.form.get("session", "").replace("\0", "")):
            abort(404)
    return redirect(url_for("today.today"), 303)


# ---------------------------------------------------------------- of every kind of record


def hang_on(
    records_bp: Blueprint,
    kind: str,
    page_class: type[RoomPage],
    readers: Callable[[OpenRecord], list[Reader]] = who_can.readers,
) -> None:
    """Put "who can see this" and the access log on the blueprint of one kind of record."""

    @records_bp.get("/<public_id>/who")
    @records.guard(kind, "saw who can see it")("read")
    def who(opened: OpenRecord) -> str:
        """Who can see it and who cannot, by name and with the reason."""
        return render_template("coaching_sessions/who.html", page=page_class(opened), readers=readers(opened))

    @records_bp.get("/<public_id>/log")
    @records.guard(kind, "read the log")("history")
    def log(opened: OpenRecord) -> str:
        """Its access log; with `verify`, whether it is whole."""
        return _log_page(opened, page_class(opened))


def _log_page(opened: OpenRecord, page: RoomPage) -> str:
    db, noted = session(), request.args.get("noted", "")[:40]
    verdict = access_log.verify(db, opened.id, opened.circle_id, opened.public_id, noted=noted)
    return render_template(
        "coaching_sessions/log.html",
        page=page,
        lines=log_words.shown(access_log.lines(db, opened.id, opened.public_id)),
        code=verdict.code,
        verdict=verdict if "verify" in request.args or noted else None,
        noted=noted,
    )


# ---------------------------------------------------------------- what keeps a record closed


def _sealed(_error: SealedAccount) -> tuple[str, int]:
    """The viewer's password was set without the old one: in plain words what to do."""
    names = circles.who_can_confirm(session())
    whom = f"Ask {' or '.join(names)} in person." if names else "Ask somebody who was in them with you, in person."
    advice = (
        "A new password was made for you with a link. Until a colleague from your circle confirms that it is you, your "
        f"coaching sessions stay closed. {whom} What you typed just now was not saved."
        if request.method == "POST"
        else "A new password was made for you with a link. Until a colleague from your circle confirms that it is you, "
        f"your coaching sessions stay closed. {whom}"
    )
    return _said(SEALED, advice, 403)


def _unreadable(_error: keys.Unreadable) -> tuple[str, int]:
    """What is kept does not open. Or the reader was closed out while the page was drawn: then there is nothing here."""
    public_id = (request.view_args or {}).get("public_id", "")
    for kind, (address, *_) in records.KINDS.items():
        if request.path.startswith(f"{address}/") and records.find(kind, public_id, current_user.id) is None:
            return error_page(NotFound())
    return _said(CHANGED, CHANGED_ADVICE, 409)


def _said(title: str, advice: str, code: int) -> tuple[str, int]:
    template = "_error.html" if request.headers.get("HX-Request") else "coaching_sessions/sealed.html"
    return render_template(template, title=title, advice=advice, code=code), code


def init_app(app: Flask) -> None:
    """Say in words what keeps a record closed."""
    app.register_error_handler(SealedAccount, _sealed)
    app.register_error_handler(keys.Unreadable, _unreadable)
