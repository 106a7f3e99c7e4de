"""The pages that show who can see what: of a plan and its parts by name, and the plan as its principal has it."""

from flask import Blueprint, render_template, request

from .. import access
from ..access import Opened
from . import participants, seen_as, seen_by
from .writing_page import WritingPage

bp = Blueprint("seen_by", __name__, url_prefix="/plans")


@bp.get("/<public_id>/who")
@access.document("read")
def whole(opened: Opened) -> str:
    """Who can see that the plan exists, and for each part who can read it."""
    return _who(opened, None)


@bp.get("/<public_id>/who/<part>")
@access.document("read")
def of_part(opened: Opened, part: str) -> str:
    """Who can read one part."""
    return _who(opened, part)


def _who(opened: Opened, part: str | None) -> str:
    return render_template(
        "documents/who.html",
        opened=opened,
        crumbs=WritingPage(opened).crumbs,
        part=opened.form.part(part) if part else None,
        parts=opened.parts_i_may("read"),
        audience=seen_by.Audience(opened),
    )


@bp.get("/<public_id>/as-principal")
@access.document("see_as_principal")
def as_principal(opened: Opened) -> str:
    """The plan as its principal has it, to read."""
    heads = [one for one in participants.taking_part(opened) if one.role == "principal"]
    chosen = request.args.get("of", "")
    head = next((one for one in heads if one.public_id == chosen), heads[0] if heads else None)
    page = seen_as.by(head, opened.public_id) if head else None
    return render_template(
        "documents/as_principal.html",
        opened=opened,
        heads=heads,
        head=head,
        page=page,
    )
