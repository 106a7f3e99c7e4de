"""Writing in a plan: what every record has (answering_views), and agreements to norms, first drafts, comments."""

from flask import Blueprint, abort, flash, render_template, request

from .. import access
from ..access import Opened
from ..forms.kinds import Rows
from . import answers, norms, visitors, written
from .answering_views import Answer, back, find_rows, hang_on
from .commenting_views import Commenting, hang_comments_on
from .company import OneOfMany
from .looking_back_views import find_prompt
from .norms import Seen
from .writing_page import WritingPage
from .written import Written

bp = Blueprint("writing", __name__, url_prefix="/plans")


def _ticks(opened: Opened, _sent: Written) -> None:
    """Save the "I agree" ticks that the page sent."""
    for prompt, ticks in written.agreed_rows(request.form).items():
        part, declared = _agreed_rows(opened, prompt)
        opened.demand("agree", part)
        passed = _agree(opened, declared, ticks)[True]
        known = norms.agreements(opened, prompt) if passed else {}
        if any(opened.reader_id not in known.get(row, {}) for row in passed):
            flash(
                f"Somebody changed a {declared.one} while this page was open, so your “I agree” to it was not noted. "
                "All else is saved. Please read it as it is now, and tick it again if you agree.",
                "warn",
            )


def _agree(opened: Opened, prompt: Rows, ticks: written.Ticked) -> dict[bool, list[str]]:
    """Note the ticks (True) and those taken away (False) of one list; gives the rows that say something else now."""
    return {
        agrees: norms.agree(
            opened,
            prompt.name,
            [Seen(row, version, written.shown(prompt, row, request.form)) for row, version in rows],
            agrees=agrees,
        )
        for agrees, rows in ticks.items()
    }


_views = Commenting(WritingPage, _ticks, find=access.open_document, listener=OneOfMany, asked=visitors.come)
saved_page = _views.saved_page
hang_on(bp, access.document, _views)
hang_comments_on(bp, access.document, _views)


@bp.post("/<public_id>/agreements/<prompt>/<row>")
@access.document("read")
def agree_to_row(opened: Opened, prompt: str, row: str) -> Answer:
    """One tick of "I agree" saves itself. 409: the row says something else than the page showed."""
    part, declared = _agreed_rows(opened, prompt)
    opened.demand("agree", part)
    ticks = written.agreed_rows(request.form).get(prompt, {})
    is_other = any(row in passed for passed in _agree(opened, declared, ticks).values())
    page = WritingPage(opened)
    kept = next((one for one in page.answers.rows(prompt) if one.row == row), None)
    if kept is None:
        abort(404)
    shown = render_template("documents/_agreement.html", page=page, prompt=declared, row=kept, is_other=is_other)
    return (shown, 409) if is_other else shown


@bp.post("/<public_id>/drafts/<prompt>")
@access.document("read")
def compose(opened: Opened, prompt: str) -> Answer:
    """Compose a first draft from other answers: into an empty box at once, otherwise only after asking."""
    part, declared = find_prompt(opened, prompt)
    opened.demand("write", part)
    if declared.compose is None:
        abort(404)
    if problem := saved_page(opened):
        return problem
    page = WritingPage(opened)
    draft, kept = declared.compose(page.values), page.answers.of(prompt)
    if kept.value and request.form.get("replace") != "yes":
        return render_template("documents/draft.html", page=page, prompt=declared, draft=draft, kept=kept)
    answers.save(opened, [answers.Typed(prompt, draft, kept.version)])
    return back(opened, "A first draft is in the box. Change it until it is yours.", to=f"p-{prompt}")


def _agreed_rows(opened: Opened, name: str) -> tuple[str, Rows]:
    """A list whose rows are agreed to one by one."""
    part, prompt = find_rows(opened, name)
    if not prompt.agreed:
        abort(404)
    return part, prompt
