"""The administrator's pages about people: accounts, roles, evaluators. No plan is ever read here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..clock import today
from . import accounts, directory, links, mail, memberships
from .blueprints import administration
from .models import EvaluatorAssignment, Membership, Person, Role
from .person_forms import DetailsForm, EndForm, EvaluatorForm, InvitationForm, RoleForm, for_today
from .refusal import Refused

Answer = str | Response | Redirect | tuple[str, int]
LINK_TO_SHOW = "link_to_show"  # in the cookie, between making an invitation link and the page that shows it once


@dataclass(frozen=True)
class Pager:
    """The ways on from one page of the list."""

    previous: str | None
    next: str | None
    shown: str


@administration.get("/people")
@access.administrator
def people() -> Answer:
    """Everyone, fifty a page; `q` looks for words in names and e-mails."""
    text = request.args.get("q", "")[:200].replace("\0", "")
    page = directory.people_page(text, number=min(max(request.args.get("page", 1, type=int), 1), 100_000))
    return render_template("people/people.html", page=page, text=text, pager=_pager(page, text))


def _pager(page: directory.PeoplePage, text: str) -> Pager:
    def address(number: int) -> str:
        return url_for("administration.people", page=number, q=text or None)

    first = (page.number - 1) * directory.PAGE
    return Pager(
        address(page.number - 1) if page.number > 1 else None,
        address(page.number + 1) if page.more else None,
        f"{first + 1}–{first + len(page.people)}" if page.people else "",
    )


# ---------------------------------------------------------------- accounts


@administration.get("/people/invite")
@access.administrator
def new_person() -> Answer:
    """Where to invite somebody."""
    return render_template("people/invite.html", form=InvitationForm())


@administration.post("/people/invite")
@access.administrator
def invite() -> Answer:
    """Invite somebody; the link is shown once on the page that follows."""
    form = InvitationForm()
    invited = form.carry_out(
        accounts.invite, name=form.name.data, email=form.email.data, teaching_assignment=form.teaching_assignment.data
    )
    if not invited:
        return render_template("people/invite.html", form=form), 422
    session[LINK_TO_SHOW] = [form.result.public_id, links.make(form.result.id, "invitation")]
    flash(f"{form.name.data} is added. Now say what they do, and where.")
    return _back(form.result.public_id)


@administration.get("/people/<public_id>")
@access.administrator
def person(public_id: str) -> Answer:
    """One person: account, roles, evaluators."""
    return _page(_person(public_id), link=_link_to_show(public_id))


@administration.post("/people/<public_id>")
@access.administrator
def change_person(public_id: str) -> Answer:
    """Change a person's name, e-mail and what they teach."""
    known, form = _person(public_id), DetailsForm(prefix="details-")
    changed = form.carry_out(
        accounts.change,
        known.id,
        name=form.name.data,
        email=form.email.data,
        teaching_assignment=form.teaching_assignment.data,
    )
    if not changed:
        return _page(known, details=form), 422
    flash("Saved.")
    return _back(public_id)


@administration.post("/people/<public_id>/invitation")
@access.administrator
def invite_again(public_id: str) -> Answer:
    """Send the invitation again and show a link to copy."""
    try:
        session[LINK_TO_SHOW] = [public_id, accounts.invite_again(_person(public_id))]
    except Refused as refused:
        return _refused(public_id, refused)
    return _back(public_id)


@administration.post("/people/<public_id>/reset")
@access.administrator
def send_reset(public_id: str) -> Answer:
    """Send somebody a link for a new password. It goes to them alone."""
    known = _person(public_id)
    if not mail.can_send():
        flash(
            "This site has no mail server. Whoever runs it can make a link with the command “people reset-link”.",
            "warn",
        )
        return _back(public_id)
    mail.enqueue(known.id, "reset")
    flash(f"A link for a new password is on its way to {known.email}.")
    return _back(public_id)


@administration.post("/people/<public_id>/deactivate")
@access.administrator
def deactivate(public_id: str) -> Answer:
    """Close an account; what the person wrote stays."""
    try:
        accounts.deactivate(_person(public_id).id)
    except Refused as refused:
        return _refused(public_id, refused)
    flash("This account is closed. The person is signed out everywhere.")
    return _back(public_id)


@administration.post("/people/<public_id>/reactivate")
@access.administrator
def reactivate(public_id: str) -> Answer:
    """Open an account again."""
    accounts.reactivate(_person(public_id).id)
    flash("This account is open again.")
    return _back(public_id)


# ---------------------------------------------------------------- roles and evaluators


@administration.post("/people/<public_id>/roles")
@access.administrator
def add_role(public_id: str) -> Answer:
    """Give a person a role at a school or in a district."""
    known, form = _person(public_id), RoleForm(prefix="role-")
    if not form.carry_out(_add_role, known.id, form):
        return _page(known, role=form), 422
    flash("The role is added.")
    return _back(public_id)


def _add_role(person_id: int, form: RoleForm) -> None:
    place, starts = form.chosen(), form.starts.data
    assert starts is not None, "the form has been validated"
    memberships.add(
        person_id,
        role=Role(form.role.data),
        district=place.district,
        school=place.school,
        starts=starts,
        ends=form.ends.data,
    )


@administration.post("/people/<public_id>/roles/<membership_id>/end")
@access.administrator
def end_role(public_id: str, membership_id: str) -> Answer:
    """Say which day is the last of a role."""
    known, form = _person(public_id), EndForm(prefix=f"{membership_id}-")
    if not form.carry_out(memberships.end, membership_id, person_id=known.id, last_day=form.last_day.data):
        return _page(known, ending={membership_id: form}), 422
    flash("The last day is set.")
    return _back(public_id)


@administration.post("/people/<public_id>/roles/<membership_id>/mistake")
@access.administrator
def void_role(public_id: str, membership_id: str) -> Answer:
    """Say that a role was entered by mistake."""
    return _void(memberships.void, membership_id, public_id)


@administration.post("/people/<public_id>/evaluators")
@access.administrator
def add_evaluator(public_id: str) -> Answer:
    """Say who evaluates this person."""
    known, form = _person(public_id), EvaluatorForm(prefix="evaluator-")
    assigned = form.carry_out(
        memberships.assign_evaluator,
        known.id,
        evaluator_email=form.email.data,
        starts=form.starts.data,
        ends=form.ends.data,
    )
    if not assigned:
        return _page(known, evaluator=form), 422
    flash("The evaluator is added.")
    return _back(public_id)


@administration.post("/people/<public_id>/evaluators/<assignment_id>/end")
@access.administrator
def end_evaluator(public_id: str, assignment_id: str) -> Answer:
    """Say which day is the last on which someone evaluates this person."""
    known, form = _person(public_id), EndForm(prefix=f"{assignment_id}-")
    if not form.carry_out(memberships.end_assignment, assignment_id, person_id=known.id, last_day=form.last_day.data):
        return _page(known, ending={assignment_id: form}), 422
    flash("The last day is set.")
    return _back(public_id)


@administration.post("/people/<public_id>/evaluators/<assignment_id>/mistake")
@access.administrator
def void_evaluator(public_id: str, assignment_id: str) -> Answer:
    """Say that an assignment was entered by mistake."""
    return _void(memberships.void_assignment, assignment_id, public_id)


def _void(verb: Callable[..., None], entry_id: str, public_id: str) -> Answer:
    try:
        verb(entry_id, person_id=_person(public_id).id, by=current_user.id)
    except Refused as refused:
        return _refused(public_id, refused)
    flash("This now counts as never entered. The page still lists it, as entered by mistake.")
    return _back(public_id)


# ---------------------------------------------------------------- the page about one person


def _person(public_id: str) -> Person:
    return directory.by_public_id(public_id) or abort(404)


def _page(known: Person, *, link: str = "", ending: dict[str, EndForm] | None = None, **forms: Any) -> str:
    """The page, with the one form in it that was just filled in wrongly."""
    held, evaluators = memberships.of_person(known.id), memberships.evaluators_of(known.id)
    dated: list[Membership | EvaluatorAssignment] = [*held, *evaluators]
    return render_template(
        "people/person.html",
        person=known,
        link=link,
        today=today(),
        can_send=mail.can_send(),
        memberships=held,
        evaluators=evaluators,
        evaluates=memberships.evaluated_by(known.id),
        evaluators_today=directory.evaluators_today(known.id),
        details=forms.get("details") or DetailsForm(formdata=None, prefix="details-", obj=known),
        role=forms.get("role") or for_today(RoleForm, "role-", today()),
        evaluator=forms.get("evaluator") or for_today(EvaluatorForm, "evaluator-", today()),
        endings={one.public_id: for_today(EndForm, f"{one.public_id}-", today()) for one in dated} | (ending or {}),
        failed=next((form for form in [*forms.values(), *(ending or {}).values()]), None),
    )


def _link_to_show(public_id: str) -> str:
    kept = session.get(LINK_TO_SHOW)
    if not kept or kept[0] != public_id:
        return ""
    session.pop(LINK_TO_SHOW)
    return str(kept[1])


def _refused(public_id: str, refused: Refused) -> Redirect:
    flash(refused.reason, "warn")
    return _back(public_id)


def _back(public_id: str) -> Redirect:
    return redirect(url_for("administration.person", public_id=public_id), 303)
