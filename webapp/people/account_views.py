"""My account: what I am called, my password, where I am signed in."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..database import session as database_session
from . import accounts, memberships, sign_in
from .blueprints import people
from .fields import LineField, PasswordField, SiteForm
from .models import Person
from .passwords import PASSWORD_HINT
from .sign_in_views import enter

Answer = str | Response | Redirect | tuple[str, int]


class AboutMeForm(SiteForm):
    """What people see of me."""

    name = LineField("Name", missing="Please write your name.")
    teaching_assignment = LineField("What I teach", hint="For example: Grade 7 mathematics.")


class ChangePasswordForm(SiteForm):
    """A new password, confirmed by the current one."""

    current_password = PasswordField("Current password", missing="Please type your current password.")
    new_password = PasswordField("New password", missing="Please type a new password.", hint=PASSWORD_HINT)


@people.get("/account")
@access.signed_in
def account() -> Answer:
    """The page about me."""
    return _page()


@people.post("/account")
@access.signed_in
def change_account() -> Answer:
    """Change my name and what I teach."""
    form = AboutMeForm()
    described = form.carry_out(
        accounts.describe, current_user.id, name=form.name.data, teaching_assignment=form.teaching_assignment.data
    )
    if not described:
        return _page(about=form), 422
    flash("Saved.")
    return _back()


@people.post("/account/password")
@access.signed_in
def change_password() -> Answer:
    """Change my password; every other browser is signed out."""
    form = ChangePasswordForm()
    changed = form.carry_out(
        accounts.change_password,
        by=current_user,
        current=form.current_password.data,
        new=form.new_password.data,
        browser=request.user_agent.string,
    )
    if not changed:
        return _page(password=form), 422
    enter(form.result)
    flash("Your password is changed. Every other browser is signed out.")
    return _back()


@people.post("/account/sign-ins/<public_id>/end")
@access.signed_in
def end_sign_in(public_id: str) -> Answer:
    """Sign out one of my browsers."""
    if not sign_in.end_by_public_id(public_id, by=current_user):
        abort(404)
    flash("That browser is signed out.")
    return _back()


@people.post("/account/sign-ins/end-others")
@access.signed_in
def end_other_sign_ins() -> Answer:
    """Sign out every browser of mine but this one."""
    sign_in.end_all(current_user.id, but=current_user.sign_in_id)
    flash("Every other browser is signed out.")
    return _back()


def _page(*, about: AboutMeForm | None = None, password: ChangePasswordForm | None = None) -> str:
    me = database_session().get_one(Person, current_user.id)
    return render_template(
        "people/account.html",
        me=me,
        about=about or AboutMeForm(formdata=None, obj=me),
        password=password or ChangePasswordForm(formdata=None),
        sign_ins=sign_in.open_ones(me.id),
        roles=memberships.today_of(me.id),
    )


def _back() -> Redirect:
    return redirect(url_for("people.account"), 303)
