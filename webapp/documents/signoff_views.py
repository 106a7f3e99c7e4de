"""Checking a part as one page and deciding about it: send, take back, approve, return, share, review, agree."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from .. import access
from ..access import Opened
from ..forms.declaration import Part
from ..people.fields import SiteForm
from . import signoff, standing, written
from .agreement_page import AgreementPage, page_of
from .differences import Changed, between
from .people_forms import ReasonForm, SignatureForm
from .signoff import TextHasChanged
from .writing_page import WritingPage
from .writing_views import saved_page

bp = Blueprint("signoff", __name__, url_prefix="/plans")
Answer = str | Response | tuple[str, int]

DONE = {
    "submit": "Sent to your principal.",
    "take_back": "Taken back. You can go on writing.",
    "approve": "Approved. The coach can see it now.",
    "return": "Sent back with your reason.",
    "share": "Shared with your principal for review.",
    "review": "Thank you. The circle can see that you have reviewed it.",
    "agree": "You agree. Thank you.",
    "sign": "You have signed. Thank you.",
    "end": "The agreement has ended.",
}
FORMS: dict[str, type[SiteForm]] = {"return": ReasonForm, "sign": SignatureForm}  # what some decisions need besides


@bp.get("/<public_id>/<part>/check")
@access.document("read")
def check(opened: Opened, part: str) -> Answer:
    """One part as one page to read, with what can be decided about it."""
    if not opened.may("read", part):
        abort(404)
    return _check_page(opened, part)


@bp.post("/<public_id>/<part>/check")
@access.document("read")
def go_to_check(opened: Opened, part: str) -> Answer:
    """Save the writing page, then go on to check the part."""
    if not opened.may("read", part):
        abort(404)
    return saved_page(opened) or redirect(url_for("signoff.check", public_id=opened.public_id, part=part), 303)


@bp.post("/<public_id>/<part>/<verb>")
@access.document("read")
def decide(opened: Opened, part: str, verb: str) -> Answer:
    """Carry out one decision about the version that was shown."""
    if verb not in signoff.MOVES:
        abort(404)
    if not opened.may(verb, part):
        return _cannot(opened, part, verb)
    form = FORMS[verb]() if verb in FORMS else None
    if form is not None and not form.validate():
        return _check_page(opened, part, form=form), 422
    seen = written.version(request.form.get("seen", ""))
    said = {name: str(value) for name, value in form.data.items() if name != "csrf_token"} if form else {}
    try:
        signoff.decide(opened, part, verb, seen=seen, **said)
    except TextHasChanged:
        return _check_page(opened, part, seen=seen, form=form), 409
    flash(DONE[verb])
    return redirect(url_for("plans.home", public_id=opened.public_id), 303)


def _cannot(opened: Opened, part: str, verb: str) -> Answer:
    """Refuse; where only the state has moved on, say so on the page instead of a bare refusal."""
    opened.demand("read", part)
    if not access.could_in_another_state(opened, verb, part):
        abort(403)
    return _check_page(opened, part, moved_on=True), 409


def _check_page(
    opened: Opened, part: str, *, seen: int | None = None, form: SiteForm | None = None, moved_on: bool = False
) -> str:
    declared = opened.form.part(part)
    page = page_of(opened)
    shown = seen is not None and _was_theirs(page, declared, seen)
    return render_template(
        "documents/check.html",
        page=page,
        part=declared,
        decisions=page.decisions(declared),
        since=_since_decided(opened, part, page),
        since_seen=_since(opened, part, seen, page) if seen is not None and shown else None,
        moved_on=moved_on or (seen is not None and not shown),
        reason=form if isinstance(form, ReasonForm) else ReasonForm(formdata=None),
        signature=_signature(form),
    )


def _signature(form: SiteForm | None) -> SignatureForm:
    """The box for a name, with the reader's own as an example."""
    signature = form if isinstance(form, SignatureForm) else SignatureForm(formdata=None)
    signature.signed_as.description = f"Your full name, as in: {current_user.name}"
    return signature


def _was_theirs(page: WritingPage, part: type[Part], version: int) -> bool:
    """Whether the reader can have been shown this version: the history is theirs, or it was shared by then."""
    shared = signoff.last(page.decisions(part), "shared")
    return page.may("history", part) or (shared is not None and version >= shared.part_version)


def _since(opened: Opened, part: str, version: int, page: WritingPage) -> list[Changed]:
    """What changed in a part between a version and now."""
    declared = opened.form.part(part)
    before = standing.content_at(opened.id, declared, version)
    return between(declared, before, standing.of_answers(declared, page.values))


def _since_decided(opened: Opened, part: str, page: WritingPage) -> tuple[signoff.Decided, list[Changed]] | None:
    """What changed since the part was last approved, reviewed or signed by all, if the reader knows that text."""
    declared = opened.form.part(part)
    found = page.decisions(declared)
    decided = signoff.last(found, "approved") or signoff.last(found, "reviewed") or _signed_by_all(page, found)
    if decided is None or decided.content_hash == page.fingerprint(declared):
        return None
    if decided.person_id != opened.reader_id and not page.may("history", declared):
        return None
    return decided, _since(opened, part, decided.part_version, page)


def _signed_by_all(page: WritingPage, found: list[signoff.Decided]) -> signoff.Decided | None:
    """The last signature under the text that is in force."""
    text = page.in_force if isinstance(page, AgreementPage) else None
    return next((one for one in found if text and one.kind == "signed" and one.part_version == text.version), None)
