"""A plan's home page, the list of plans, starting one, and the people in it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from .. import access, forms
from ..access import Opened
from ..database import writing
from ..people import directory
from ..people.models import Role
from . import agreement_views, agreements, beside, needs, norms, participants
from .participants import CannotTakePart
from .people_forms import NameForm, SearchForm, StartForm
from .writing_page import WritingPage
from .writing_views import saved_page

bp = Blueprint("plans", __name__, url_prefix="/plans")
today_bp = Blueprint("today", __name__)
Answer = str | Response | tuple[str, int]


@today_bp.get("/")
@access.signed_in
def today() -> Answer:
    """The home page: what needs me now, then my plans."""
    listed = needs.now_mine(current_user.id)
    return render_template(
        "documents/today.html",
        needs=needs.needs(listed),
        listed=listed,
        closed=needs.closed_to(current_user.id, listed),
        may_start=Role.COACH in current_user.roles,
        supported=needs.page_of_portfolio(current_user.id, 0)[0] if Role.CHAMPION in current_user.roles else None,
        put_first=beside.needs_today(current_user.id),
        put_beside=beside.on_today(current_user.id),
    )


@bp.get("/")
@access.signed_in
def listing() -> Answer:
    """My plans of all years, and for a champion those of their schools."""
    page = min(request.args.get("page", 0, type=int), 10_000)
    portfolio = request.args.get("of") == "schools" and Role.CHAMPION in current_user.roles
    found = needs.page_of_portfolio if portfolio else needs.page_of_mine
    listed, more = found(current_user.id, max(page, 0))
    return render_template(
        "documents/listing.html",
        listed=listed,
        more=more,
        page=max(page, 0),
        portfolio=portfolio,
        may_start=Role.COACH in current_user.roles,
    )


# ---------------------------------------------------------------- starting


@bp.get("/new")
@access.signed_in
def new() -> Answer:
    """The page on which a coach starts a plan."""
    if Role.COACH not in current_user.roles:
        return render_template("documents/not_a_coach.html"), 403
    return _start_page(StartForm.for_coach(current_user.id))


@bp.post("/new")
@access.signed_in
def start() -> Answer:
    """Start a plan."""
    if Role.COACH not in current_user.roles:
        return render_template("documents/not_a_coach.html"), 403
    form = StartForm.for_coach(current_user.id)
    if not form.validate():
        return _start_page(form), 422
    try:
        with writing():
            document = participants.start_plan(by=current_user.id, **form.chosen())
            public_id = document.public_id
    except CannotTakePart as refusal:
        form.form_errors.append(str(refusal))
        return _start_page(form), 422
    flash("Your plan is started. The top of it is filled in from your account.")
    return redirect(url_for("plans.home", public_id=public_id), 303)


def _start_page(form: StartForm) -> str:
    already = [one for one in needs.now_mine(current_user.id) if one.opened.may("invite")]
    return render_template("documents/start.html", form=form, already=already, blank=forms.latest("peer_coaching_plan"))


# ---------------------------------------------------------------- one plan


@bp.get("/<public_id>")
@access.document("read")
def home(opened: Opened) -> Answer:
    """The plan as one task list: each section with its state, whose turn it is, what is due and what comes next."""
    if opened.form.between_members:
        return agreement_views.home(opened)
    return render_template(
        "documents/home.html",
        page=WritingPage(opened),
        next=needs.in_document(opened),
        agreements=agreements.of_plan(opened),
        put_beside=beside.on_home(opened),
    )


@bp.post("/<public_id>/session-2")
@access.document("say_session_2")
def say_session_2(opened: Opened) -> Answer:
    """The coach says that Session 2 has taken place."""
    if problem := saved_page(opened):
        return problem
    norms.say_session_2_was_held(opened)
    flash("The norms are open. Everyone in the circle can write them now.")
    return redirect(url_for("writing.page", public_id=opened.public_id, _anchor="norms"), 303)


@bp.post("/<public_id>/answer")
@access.document("answer")
def answer(opened: Opened) -> Answer:
    """A teacher who was asked takes part, or does not."""
    if request.form.get("answer") == "yes":
        try:
            participants.confirm(opened)
        except CannotTakePart as refusal:
            flash(str(refusal), "error")
            return redirect(url_for("plans.home", public_id=opened.public_id), 303)
        flash("Thank you. You take part in this plan.")
        return redirect(url_for("plans.home", public_id=opened.public_id), 303)
    if request.form.get("answer") != "no":
        abort(400)
    participants.decline(opened)
    flash("You do not take part. The coach sees that you declined, and no reason.")
    return redirect(url_for("today.today"), 303)


# ---------------------------------------------------------------- the people in it


@bp.get("/<public_id>/teachers")
@access.document("invite")
def teachers(opened: Opened) -> Answer:
    """Choose collaborating teachers: from the directory, or by name."""
    return _teachers_page(opened)


@bp.post("/<public_id>/teachers")
@access.document("invite")
def go_to_teachers(opened: Opened) -> Answer:
    """Save the writing page, then go on to choose teachers."""
    return saved_page(opened) or redirect(url_for("plans.teachers", public_id=opened.public_id), 303)


@bp.post("/<public_id>/teachers/ask")
@access.document("invite")
def ask(opened: Opened) -> Answer:
    """Ask someone from the directory to take part."""
    asked = request.form.get("person", "").replace("\0", "")
    person = directory.colleague(asked, school_ids=[opened.school_id])
    if person is None:
        abort(404)
    try:
        participants.invite(opened, person)
    except CannotTakePart as refusal:
        return _teachers_page(opened, refusal=str(refusal)), 422
    flash(f"{person.name} is asked to confirm.")
    return redirect(url_for("plans.teachers", public_id=opened.public_id), 303)


@bp.post("/<public_id>/teachers/name")
@access.document("invite")
def note_name(opened: Opened) -> Answer:
    """Note down a teacher who has no account."""
    form = NameForm()
    if not form.validate():
        return _teachers_page(opened, by_name=form), 422
    try:
        participants.add_by_name(opened, str(form.name.data))
    except CannotTakePart as refusal:
        return _teachers_page(opened, refusal=str(refusal)), 422
    flash(f"{form.name.data} is noted down.")
    return redirect(url_for("plans.teachers", public_id=opened.public_id), 303)


@bp.post("/<public_id>/teachers/<participant>/remove")
@access.document("invite")
def remove(opened: Opened, participant: str) -> Answer:
    """Take a teacher out of the plan."""
    if not participants.remove(opened, participant):
        abort(404)
    flash("Removed from the plan.")
    return redirect(url_for("plans.teachers", public_id=opened.public_id), 303)


@bp.post("/<public_id>/principal")
@access.document("change_principal")
def change_principal(opened: Opened) -> Answer:
    """Name another principal of the school for this plan."""
    try:
        participants.change_principal(opened, request.form.get("principal", ""))
    except CannotTakePart as refusal:
        return _teachers_page(opened, refusal=str(refusal)), 422
    flash("The plan now goes to this principal.")
    return redirect(url_for("plans.teachers", public_id=opened.public_id), 303)


def _teachers_page(opened: Opened, *, refusal: str = "", by_name: NameForm | None = None) -> str:
    search = SearchForm(request.args)
    text = search.q.data if search.validate() and search.q.data else ""
    found = directory.search(text, school_ids=[opened.school_id]) if text else []
    return render_template(
        "documents/teachers.html",
        opened=opened,
        people=participants.taking_part(opened),
        search=search,
        text=text,
        found=[(person, participants.why_not(opened, person)) for person in found],
        heads=directory.heads(opened.school_id),
        by_name=by_name or NameForm(formdata=None),
        refusal=refusal,
    )
