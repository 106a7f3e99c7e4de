"""Invitations and forgotten passwords: asking for a link, opening it, choosing a password."""

from flask import Response, abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..extensions import limiter
from . import accounts, links, mail
from .blueprints import people
from .fields import EmailField, PasswordField, SiteForm
from .passwords import PASSWORD_HINT
from .sign_in_views import HOME, enter

Answer = str | Response | Redirect | tuple[str, int]


class ForgotForm(SiteForm):
    """Whose password was forgotten."""

    email = EmailField("Your e-mail")


class NewPasswordForm(SiteForm):
    """The password to sign in with from now on."""

    password = PasswordField("New password", missing="Please type a new password.", hint=PASSWORD_HINT)


@people.get("/forgot")
@access.anyone
def forgot() -> Answer:
    """Where to ask for a new password."""
    return render_template("people/forgot.html", form=ForgotForm(), can_send=mail.can_send())


@people.post("/forgot")
@limiter.limit("60 per minute; 600 per hour")
@access.anyone
def ask_for_reset() -> Answer:
    """Ask for a link; the answer is the same whether there is such an account or not."""
    form = ForgotForm()
    if not form.carry_out(accounts.ask_for_reset, form.email.data):
        return render_template("people/forgot.html", form=form, can_send=mail.can_send()), 422
    flash("If there is an account with this e-mail, a link is on its way. It may take a few minutes.")
    return redirect(HOME, 303)


@people.get("/welcome/<token>")
@access.anyone
def open_link(token: str) -> Answer:
    """Where an invitation or reset link leads. Opening it changes nothing, so a mail scanner cannot use it up."""
    link = links.find(token)
    if link is None:
        return render_template("people/link_gone.html"), 404
    return render_template("people/welcome.html", form=NewPasswordForm(), link=link, token=token)


@people.post("/welcome/<token>")
@limiter.limit("60 per minute; 600 per hour")
@access.anyone
def take_up(token: str) -> Answer:
    """Choose the password and begin."""
    link = links.find(token)
    if link is None:
        return render_template("people/link_gone.html"), 404
    form = NewPasswordForm()
    if not form.carry_out(accounts.take_up, link, form.password.data, browser=request.user_agent.string):
        return render_template("people/welcome.html", form=form, link=link, token=token), 422
    if not enter(form.result):
        abort(404)
    flash("Your password is set. Welcome!")
    return redirect(HOME, 303)
