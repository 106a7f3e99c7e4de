"""Signing in and out, the warning before an idle sign-in ends, and what happens to words typed after it has ended."""

from collections.abc import Mapping
from datetime import datetime

from flask import Flask, Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as Redirect
from wtforms import HiddenField

from .. import access
from ..extensions import limiter, login
from ..web import error_page, when
from . import kept_words, sign_in
from .blueprints import people
from .fields import EmailField, PasswordField, SiteForm
from .kept_words import TYPED_BY, KeptWords

HOME = "/"
PER_ADDRESS = "200 per minute; 5000 per hour"  # a whole school is behind one address; the throttle counts per account
Answer = str | Response | Redirect | tuple[str, int]

WRONG = "This e-mail and password do not go together. Please check both and try again."


class SignInForm(SiteForm):
    """E-mail and password, and what to do afterwards: open a page, or offer words for saving."""

    email = EmailField("E-mail")
    password = PasswordField("Password")
    next = HiddenField()
    kept = HiddenField()


def init_app(app: Flask) -> None:
    """Tell Flask-Login who is signed in and what to answer to everybody else."""
    login.session_protection = None  # our sign-ins are rows in the database, ended there
    login.user_loader(sign_in.load)
    login.unauthorized_handler(unauthorized)
    app.register_error_handler(CSRFError, stale_page)


# ---------------------------------------------------------------- in and out


@people.get("/sign-in", endpoint="sign_in")
@access.anyone
def sign_in_page() -> Answer:
    """The page to sign in on."""
    goal = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(_safe(goal), 303)
    return render_template("people/sign_in.html", form=SignInForm(formdata=None, data={"next": goal}), kept=None)


@people.post("/sign-in")
@limiter.limit(PER_ADDRESS)
@access.anyone
def check_sign_in() -> Answer:
    """Sign in; then the page that was wanted, or the words that were kept."""
    form = SignInForm()
    kept = kept_words.unpacked(form.kept.data or "")
    if not form.validate():
        return _sign_in_again(form, kept, 422)
    tried = sign_in.attempt(str(form.email.data), str(form.password.data), browser=request.user_agent.string)
    if tried.wait_until:
        form.form_errors.append(f"Too many tries with this e-mail. Please try again {_at(tried.wait_until)}.")
        return _sign_in_again(form, kept, 429)
    before = session.get(TYPED_BY)
    if not tried.token or not enter(tried.token):
        form.form_errors.append(WRONG)
        return _sign_in_again(form, kept, 422)
    if kept and before in (None, current_user.public_id) and kept.typed_by in ("", current_user.public_id):
        return render_template("people/not_saved.html", kept=kept)
    if kept:
        flash("The words on the page before were somebody else’s, so they were not kept.", "warn")
    return redirect(_safe(form.next.data), 303)


def enter(token: str) -> bool:
    """Use this browser with a sign-in that has begun; False if it does not hold.

    The same person keeps the CSRF token, so that a page open in another tab can still be saved.
    """
    signed_in = sign_in.load(token)
    if signed_in is None:
        return False
    if current_user.is_authenticated:
        sign_in.end(current_user.sign_in_id)
    csrf_token = session.get("csrf_token") if session.get(TYPED_BY) == signed_in.public_id else None
    session.clear()
    g.pop("csrf_token", None)
    if csrf_token:
        session["csrf_token"] = csrf_token
    session[TYPED_BY] = signed_in.public_id
    login_user(signed_in)
    return True


@people.post("/sign-out")
@access.anyone
def sign_out() -> Answer:
    """End this sign-in and leave nothing behind in the browser."""
    if current_user.is_authenticated:
        sign_in.end(current_user.sign_in_id)
    session.clear()
    flash("You are signed out.")
    response = redirect(url_for("people.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _sign_in_again(form: SignInForm, kept: KeptWords | None, status: int) -> Answer:
    return render_template("people/sign_in.html", form=form, kept=kept), status


def _safe(goal: str | None) -> str:
    return goal if goal and kept_words.is_page(goal) else HOME


def _at(moment: datetime) -> str:
    return when(moment).replace("today ", "at ")


# ---------------------------------------------------------------- before it ends by itself


@people.get("/idle")
@access.in_background
def idle() -> Answer:
    """Nothing while there is time; a warning in the last five minutes. `shown`: a notice is there and may go again."""
    if current_user.ends_soon():
        last = current_user.ends_at() >= current_user.last_moment()
        return render_template("people/_idle.html", ends_at=current_user.ends_at(), for_good=last)
    if "shown" in request.args:
        return render_template("people/_stays.html")
    return Response(status=204)


@people.post("/stay")
@access.signed_in
def stay() -> Answer:
    """Someone is still here: the guard has put off the end."""
    if request.headers.get("HX-Request"):
        return render_template("people/_stays.html")
    return redirect(HOME, 303)


# ---------------------------------------------------------------- not signed in


def unauthorized() -> Answer:
    """What a page answers to someone who is not signed in: the way in, and back to what they were doing."""
    if request.headers.get("HX-Request"):
        return _signed_out_fragment()
    if request.accept_mimetypes.best == "text/event-stream":
        return Response(status=204)  # a browser then asks for this stream no more
    if request.method in ("GET", "HEAD"):
        goal = request.full_path.rstrip("?")
        return redirect(url_for("people.sign_in", next=None if goal == HOME else goal), 303)
    return _signed_out_page()


def _signed_out_fragment() -> Response:
    response = make_response(render_template("people/_signed_out.html"), 401)
    if request.endpoint == "people.idle" and "shown" in request.args:
        response.headers["HX-Reswap"] = "none"  # it says so already
    else:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#idle-slot", "innerHTML"
    return response


def _signed_out_page() -> tuple[str, int]:
    kept = kept_words.from_request()
    form = SignInForm(formdata=None, data={"kept": kept.packed() if kept else ""})
    return render_template("people/signed_out.html", form=form, kept=kept), 401


def stale_page(error: CSRFError) -> Answer | tuple[str, int]:
    """A form without the right token: from before a sign-in ended, or from another site, which gets no words back."""
    if request.endpoint == "people.check_sign_in":
        form = SignInForm(formdata=None, data=_typed_to_sign_in())
        form.form_errors.append("This page was open for a long time. Please sign in once more.")
        return _sign_in_again(form, kept_words.unpacked(form.kept.data or ""), 400)
    if request.endpoint == "people.sign_out":
        return redirect(HOME, 303)
    if not kept_words.from_this_site():
        return error_page(error)
    if not current_user.is_authenticated:
        return unauthorized()
    if request.headers.get("HX-Request"):
        return render_template("people/_stale.html"), 400
    return render_template("people/stale.html", kept=kept_words.from_request()), 400


def _typed_to_sign_in() -> Mapping[str, str]:
    return {name: request.form.get(name, "") for name in ("email", "next", "kept")}
