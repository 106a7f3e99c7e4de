"""Writing in a document: the page, the prompt that saves itself, the rows of lists, texts that met, history.

Every button of the writing page sends the whole page, which is saved first: without JavaScript
no press of a button loses what was typed elsewhere.
"""

import re
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from .. import access
from ..access import Opened
from ..forms.kinds import MOST_ROWS, People, Prompt, Rows
from . import answers, comments, history, norms, written
from .writing_page import WritingPage

bp = Blueprint("writing", __name__, url_prefix="/plans")
Answer = str | Response | Redirect | tuple[str, int]


@bp.get("/<public_id>/write")
@access.document("read")
def page(opened: Opened) -> Answer:
    """The whole document as one page to scroll, with boxes where the reader may write."""
    return render_template("documents/write.html", page=WritingPage(opened))


@bp.post("/<public_id>/write")
@access.document("read")
def save_page(opened: Opened) -> Answer:
    """Save everything on the page (without JavaScript)."""
    return saved_page(opened) or _back(opened, "Saved. Everything on this page is kept.")


def saved_page(opened: Opened) -> Answer | None:
    """Save what the page sent; None if all went well, else the page again with what is wrong or what met."""
    sent = written.read(opened, request.form)
    for part in sent.parts:
        opened.demand("write", part)
    if sent.mistakes:
        return render_template("documents/write.html", page=WritingPage(opened, written=sent)), 422
    outcomes = answers.save(opened, sent.typed, page=_open_page(), whole_page=True)
    _save_ticks(opened)
    for section, body in sent.comments.items():
        opened.demand("comment", _part_of_section(opened, section))
        part = opened.form.section(section)[0].key
        comments.add(opened, section, body, knowing=part in request.form.getlist("shared"))
    if any(outcome.theirs for outcome in outcomes):
        return render_template("documents/write.html", page=WritingPage(opened, outcomes=outcomes)), 409
    return None


def _save_ticks(opened: Opened) -> None:
    for prompt, ticks in written.agreed_rows(request.form).items():
        opened.demand("agree", _agreed_prompt(opened, prompt)[0])
        for agrees, rows in ticks.items():
            norms.agree(opened, prompt, rows, agrees=agrees)


def _open_page() -> str:
    """The mark of the open page that this came from."""
    return re.sub(r"[^A-Za-z0-9_-]", "", request.form.get("page", "")[:100])[:20]


def _back(opened: Opened, message: str = "", *, to: str = "") -> Redirect:
    if message:
        flash(message)
    return redirect(url_for("writing.page", public_id=opened.public_id, _anchor=to or None), 303)


# ---------------------------------------------------------------- one prompt


@bp.post("/<public_id>/answers/<prompt>")
@bp.post("/<public_id>/answers/<prompt>/<row>")
@access.document("read")
def save_prompt(opened: Opened, prompt: str, row: str = "") -> Answer:
    """One prompt (or one row) saves itself; the answer is its status line."""
    part, declared = _prompt(opened, prompt)
    opened.demand("write", part)
    sent = written.read(opened, request.form)
    key = (prompt, row)
    if key in sent.mistakes:
        said = sent.mistakes[key] + " It is not saved yet; your words are still here."
        return render_template("documents/_refused.html", name=_dotted(*key), version=sent.bases[key], said=said), 422
    typed = [one for one in sent.typed if (one.prompt, one.row) == key]
    if not typed:
        abort(400)
    outcome = answers.save(opened, typed, page=_open_page())[0]
    if outcome.theirs:
        met = history.meeting(declared, outcome)
        values = {"opened": opened, "prompt": declared, "met": met, "base": sent.bases[key], "token": _open_page()}
        return render_template("documents/_met.html", **values), 409
    return render_template("documents/_saved.html", opened=opened, prompt=declared, saved=outcome)


@bp.post("/<public_id>/both/<prompt>")
@bp.post("/<public_id>/both/<prompt>/<row>")
@access.document("read")
def save_both(opened: Opened, prompt: str, row: str = "") -> Answer:
    """Two texts met; this is what the person made of them. Both stay in the history."""
    part, declared = _prompt(opened, prompt)
    opened.demand("write", part)
    value, mistake = _made_of_both(opened, declared, row)
    if mistake:
        typed = written.raw(declared, row, request.form)
        met = history.waiting(opened, declared, row, typed=typed)
        return _both_again(opened, declared, met, 422, typed=typed, mistake=mistake)
    base = written.version(request.form.get(f"v.{_dotted(prompt, row)}", ""))
    outcome = answers.save(opened, [answers.Typed(prompt, value, base, row)], page=_open_page())[0]
    if outcome.theirs:
        return _both_again(opened, declared, history.meeting(declared, outcome), 409)
    answers.compared(opened, prompt, row)
    if request.htmx and not row:  # type: ignore[attr-defined]
        return render_template("documents/_settled.html", page=WritingPage(opened), prompt=declared)
    return _back(opened, "Saved. Both texts stay in the history.", to=f"p-{_dotted(prompt, row).replace('.', '-')}")


def _both_again(
    opened: Opened, prompt: Prompt, met: history.Meeting | None, code: int, *, typed: Any = "", mistake: str = ""
) -> Response:
    """The two texts once more: as a page, or in their place below the box on the writing page."""
    shown = {"opened": opened, "prompt": prompt, "met": met, "typed": typed, "mistake": mistake}
    if met is None or not request.htmx:  # type: ignore[attr-defined]
        answer = make_response(render_template("documents/both.html", **shown), code)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "body", "innerHTML"
    else:
        answer = make_response(render_template("documents/_again.html", **shown, token=_open_page()), code)
        answer.headers["HX-Retarget"] = f"#conflict-{met.key}"
    return answer


def _made_of_both(opened: Opened, prompt: Prompt, row: str) -> tuple[Any, str]:
    """What to keep, and what is wrong with it in words for the person."""
    use = request.form.get("use", "")
    if use == "theirs":
        return answers.value_now(opened, prompt.name, row), ""
    if use == "mine":
        return history.mine_waiting(opened, prompt, row), ""
    sent = written.read(opened, request.form)
    if (prompt.name, row) in sent.mistakes:
        return None, sent.mistakes[prompt.name, row]
    typed = [one for one in sent.typed if (one.prompt, one.row) == (prompt.name, row)]
    return (typed[0].value, "") if typed else (None, "Please choose which of the two to keep.")


# ---------------------------------------------------------------- rows of a list


@bp.post("/<public_id>/rows/<prompt>/add")
@access.document("read")
def add_row(opened: Opened, prompt: str) -> Answer:
    """Put a row at the end of a list, empty or from the starters."""
    part, declared = _rows_prompt(opened, prompt)
    opened.demand("write", part)
    if problem := saved_page(opened):
        return problem
    if len(answers.readable(opened).rows(prompt)) >= MOST_ROWS:
        return _back(opened, f"This list is full: it has {MOST_ROWS} rows. All else is saved.", to=f"p-{prompt}")
    starter = request.form.get("starter", "")
    known = next((words for index, words in enumerate(declared.starters) if starter == str(index)), "")
    value = {column.name: known if index == 0 else "" for index, column in enumerate(declared.columns)}
    row = answers.add_row(opened, prompt, value, page=_open_page())
    return _back(opened, to=f"row-{prompt}-{row}")


@bp.post("/<public_id>/rows/<prompt>/<row>/<how>")
@access.document("read")
def change_rows(opened: Opened, prompt: str, row: str, how: str) -> Answer:
    """Take a row out, or move it up or down."""
    part, _declared = _rows_prompt(opened, prompt)
    opened.demand("write", part)
    if how not in ("remove", "up", "down"):
        abort(404)
    if problem := saved_page(opened):
        return problem
    if how == "remove":
        answers.take_out_row(opened, prompt, row)
        return _back(opened, "Taken out. Its words stay in the history.", to=f"p-{prompt}")
    answers.move_row(opened, prompt, row, -1 if how == "up" else 1)
    return _back(opened, to=f"row-{prompt}-{row}")


@bp.post("/<public_id>/agreements/<prompt>/<row>")
@access.document("read")
def agree_to_row(opened: Opened, prompt: str, row: str) -> Answer:
    """One tick of "I agree" saves itself."""
    part, declared = _agreed_prompt(opened, prompt)
    opened.demand("agree", part)
    for agrees, rows in written.agreed_rows(request.form).get(prompt, {}).items():
        norms.agree(opened, prompt, rows, agrees=agrees)
    page = WritingPage(opened)
    kept = next((one for one in page.answers.rows(prompt) if one.row == row), None)
    if kept is None:
        abort(404)
    return render_template("documents/_agreement.html", page=page, prompt=declared, row=kept)


# ---------------------------------------------------------------- drafts, comments, history


@bp.post("/<public_id>/drafts/<prompt>")
@access.document("read")
def compose(opened: Opened, prompt: str) -> Answer:
    """Compose a first draft from other answers: into an empty box at once, otherwise only after asking."""
    part, declared = _prompt(opened, prompt)
    opened.demand("write", part)
    if declared.compose is None:
        abort(404)
    if problem := saved_page(opened):
        return problem
    page = WritingPage(opened)
    draft, kept = declared.compose(page.values), page.answers.of(prompt)
    if kept.value and request.form.get("replace") != "yes":
        return render_template("documents/draft.html", opened=opened, prompt=declared, draft=draft, kept=kept)
    answers.save(opened, [answers.Typed(prompt, draft, kept.version)])
    return _back(opened, "A first draft is in the box. Change it until it is yours.", to=f"p-{prompt}")


@bp.post("/<public_id>/comments/<section>")
@access.document("read")
def comment(opened: Opened, section: str) -> Answer:
    """Leave a comment on a section."""
    opened.demand("comment", _part_of_section(opened, section))
    if problem := saved_page(opened):
        return problem
    if request.form.get("from") == _part_of_section(opened, section):
        check = url_for("signoff.check", public_id=opened.public_id, part=request.form["from"], _anchor=f"s-{section}")
        return redirect(check, 303)
    return _back(opened, to=f"s-{section}")


@bp.post("/<public_id>/comments/<section>/<comment_id>/<how>")
@access.document("read")
def resolve_comment(opened: Opened, section: str, comment_id: str, how: str) -> Answer:
    """Mark a comment as done, or open it again."""
    opened.demand("comment", _part_of_section(opened, section))
    if problem := saved_page(opened):
        return problem
    if how not in ("done", "open") or not comments.resolve(opened, section, comment_id, resolved=how == "done"):
        abort(404)
    return _back(opened, to=f"s-{section}")


@bp.get("/<public_id>/history/<prompt>")
@bp.get("/<public_id>/history/<prompt>/<row>")
@access.document("read")
def prompt_history(opened: Opened, prompt: str, row: str = "") -> Answer:
    """Every text that ever stood at one prompt."""
    part, declared = _prompt(opened, prompt)
    opened.demand("history", part)
    entries = history.of_prompt(opened, declared, row)
    if row and not entries:
        abort(404)
    return render_template(
        "documents/history.html",
        opened=opened,
        prompt=declared,
        row=row,
        entries=entries,
        met=history.waiting(opened, declared, row),
        may_write=opened.may("write", part) and not isinstance(declared, People) and not declared.fixed,
    )


@bp.post("/<public_id>/history/<prompt>/<int:revision>")
@bp.post("/<public_id>/history/<prompt>/<row>/<int:revision>")
@access.document("read")
def restore(opened: Opened, prompt: str, revision: int, row: str = "") -> Answer:
    """Bring an earlier text back, as the newest one."""
    part, declared = _prompt(opened, prompt)
    opened.demand("write", part)
    if isinstance(declared, People) or declared.fixed or revision >= 2**31:
        abort(404)
    if not history.restore(opened, declared, revision, row):
        abort(404)
    return _back(opened, "The earlier text is back. The one it replaced stays in the history.", to=f"p-{prompt}")


# ---------------------------------------------------------------- finding what the address names


def _prompt(opened: Opened, name: str) -> tuple[str, Prompt]:
    try:
        part, _, prompt = opened.form.prompt(name)
    except KeyError:
        abort(404)
    return part.key, prompt


def _rows_prompt(opened: Opened, name: str) -> tuple[str, Rows]:
    part, prompt = _prompt(opened, name)
    if not isinstance(prompt, Rows):
        abort(404)
    return part, prompt


def _agreed_prompt(opened: Opened, name: str) -> tuple[str, Rows]:
    """A list whose rows are agreed to one by one."""
    part, prompt = _rows_prompt(opened, name)
    if not prompt.agreed:
        abort(404)
    return part, prompt


def _part_of_section(opened: Opened, key: str) -> str:
    try:
        return opened.form.section(key)[0].key
    except KeyError:
        abort(404)


def _dotted(prompt: str, row: str) -> str:
    return f"{prompt}.{row}" if row else prompt
