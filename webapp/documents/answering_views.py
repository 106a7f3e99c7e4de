"""Writing in something opened: the page, the prompt that saves itself, the rows of lists, texts that met.

Every button of the writing page sends the whole page, which is saved first: without JavaScript
no press of a button loses what was typed elsewhere.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hmac import digest
from typing import Any
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from ..access import Opened, View, asked_by_itself
from ..clock import local, now
from ..forms.kinds import MOST_ROWS, People, Prompt, Rows
from ..people import sign_in
from . import answers, changes, doorbell, history, presence, text_saves, texts_that_met, written
from .answers_page import AnswersPage
from .keeping import KeptElsewhere, Key, keeper
from .listening import Find, Listener
from .looking_back_views import LookingBack, find_prompt, number
from .written import Written

Answer = str | Response | Redirect | tuple[str, int]
Asked = Callable[[Find, Opened, str], None]
Guard = Callable[[str], Callable[[View], View]]  # like access.document: what may be done → a view that gets `opened`
MOST_STREAMS = 1000


def _nothing(*_of_it: object) -> None:
    """Nothing is to be done."""


class Writing(LookingBack):
    """The views with which one kind of record is written.

    `page_class`: what its pages show. `beside`: saves what a page sends beside its answers.
    `find`: the record at an address as somebody may have it now; None, or 404, if not at all. `listener`: who hears its bell.
    `asked`: hears of each page that has asked what has changed, and its sign-in.
    """

    def __init__(
        self,
        page_class: type[AnswersPage],
        beside: Callable[[Opened, Written], None] = _nothing,
        *,
        find: Find,
        listener: type[Listener] = Listener,
        asked: Asked = _nothing,
    ) -> None:
        super().__init__(page_class)
        self.beside, self.find, self.listener, self.asked = beside, find, listener, asked

    def page(self, opened: Opened) -> Answer:
        """The whole record as one page to scroll, with boxes where the reader may write."""
        return self._page(opened)

    def save_page(self, opened: Opened) -> Answer:
        """Save everything on the page (without JavaScript)."""
        saved = self._saved(opened)
        if not isinstance(saved, list):
            return saved
        if any(map(_has_met, saved)):
            is_shown(opened)
            return self._page(opened, outcomes=saved)
        return back(opened, "Saved. What you wrote on this page is kept.")

    def saved_page(self, opened: Opened) -> Answer | None:
        """Save what the page sent; None if all went well, else the page again with what is wrong."""
        saved = self._saved(opened)
        if not isinstance(saved, list):
            return saved
        for outcome in filter(_has_met, saved):
            question = opened.form.prompt(outcome.prompt)[2].question
            flash(f"Somebody else changed “{question}” at the same time. Please look at what stands there now.", "warn")
        return None

    def _saved(self, opened: Opened) -> list[answers.Saved] | Answer:
        sent = written.read(opened, request.form)
        for part in sent.parts:
            opened.demand("write", part)
        self.look_over(opened, sent)
        if sent.mistakes:
            return self._page(opened, written=sent), 422
        outcomes = answers.save(opened, sent.typed, page=open_page(), whole_page=True)
        self.beside(opened, sent)
        self.keep_beside(opened, sent)
        return outcomes

    def look_over(self, opened: Opened, sent: Written) -> None:
        """Read what else the page sent, with what is wrong with it."""

    def keep_beside(self, opened: Opened, sent: Written) -> None:
        """Keep what else the page sent."""

    def _page(self, opened: Opened, **saved: Any) -> str:
        return render_template(self.page_class.template, page=self.page_class(opened, **saved))

    # ------------------------------------------------------------ one prompt

    def save_prompt(self, opened: Opened, prompt: str, row: str = "") -> Answer:
        """One prompt (or one row) saves itself; the answer is its status line."""
        part, declared = find_prompt(opened, prompt)
        opened.demand("write", part)
        sent = written.read(opened, request.form)
        key = (prompt, row)
        if key in sent.mistakes:
            return _refused(sent, key, sent.mistakes[key] + " It is not saved yet; your words are still here.")
        typed = [one for one in sent.typed if (one.prompt, one.row) == key]
        if not typed:
            abort(400)
        try:
            outcome = answers.save(opened, typed, page=open_page())[0]
        except answers.CannotBeKept as error:
            kept = "" if "Your words" in str(error) else " It is not saved yet; your words are still here."
            return _refused(sent, key, f"{error}{kept}")
        said, beyond = None, dict[str, Any]()
        if typed[0].requests is not None:
            said = text_saves.changes(outcome.begun, opened.reader_id, outcome.steps, outcome.version)
        else:
            beyond = written.beyond(declared, outcome, typed[0].value)
        of_others = any(not one["key"] for one in said or [])
        if of_others or beyond or outcome.met or outcome.over:
            is_shown(opened)
        values = {"opened": opened, "prompt": declared, "saved": outcome, "changes": said, "kept": beyond}
        return render_template("documents/_saved.html", **values)

    def undo(self, opened: Opened, prompt: str, version: int, row: str = "") -> Answer:
        """Bring back what stood before this version, if it is still the newest."""
        part, declared = find_prompt(opened, prompt)
        opened.demand("write", part)
        if isinstance(declared, People) or declared.fixed or not 1 < version < 10**9:
            abort(404)
        if problem := self.saved_page(opened):
            return problem
        done = history.undo(opened, declared, version, row, since=number(request.form.get("since", "")))
        said = (
            "What stood there before is back." if done else "Somebody has changed this again, so it stays as it is now."
        )
        return back(
            opened, f"{said} Every version is in the history.", to=f"p-{_dotted(prompt, row).replace('.', '-')}"
        )

    def save_both(self, opened: Opened, prompt: str, row: str = "") -> Answer:
        """Two texts met; this is what the person made of them. Both stay in the history."""
        part, declared = find_prompt(opened, prompt)
        opened.demand("write", part)
        value, mistake = _made_of_both(opened, declared, row)
        if mistake:
            typed = written.raw(declared, row, request.form)
            met = texts_that_met.waiting(opened, declared, row, typed=typed)
            return self._both_again(opened, declared, met, typed=typed, mistake=mistake)
        base = written.version(request.form.get(f"v.{_dotted(prompt, row)}", ""))
        answers.save(opened, [answers.Typed(prompt, value, base, row)], page=open_page())
        answers.compared(opened, prompt, row)
        if request.htmx and not row:  # type: ignore[attr-defined]
            return render_template("documents/_settled.html", page=self.page_class(opened), prompt=declared)
        return back(opened, "Saved. Both texts stay in the history.", to=f"p-{_dotted(prompt, row).replace('.', '-')}")

    def _both_again(
        self,
        opened: Opened,
        prompt: Prompt,
        met: texts_that_met.Meeting | None,
        *,
        typed: Any,
        mistake: str,
    ) -> Response:
        """The two texts once more: as a page, or in their place below the box on the writing page."""
        shown = {"opened": opened, "prompt": prompt, "met": met, "typed": typed, "mistake": mistake}
        if met is None or not request.htmx:  # type: ignore[attr-defined]
            answer = make_response(render_template("documents/both.html", **shown, page=self.page_class(opened)), 422)
            answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "body", "innerHTML"
        else:
            answer = make_response(render_template("documents/_again.html", **shown, token=open_page()), 422)
            answer.headers["HX-Retarget"] = f"#conflict-{met.key}"
        return answer

    # ------------------------------------------------------------ what others do

    @asked_by_itself
    def changes(self, opened: Opened) -> Answer:
        """What has changed since the page was drawn, or since it asked last; nothing (204) if nothing has."""
        known = changes.read(opened, request.args.get("since", ""))
        if known is None:
            abort(409)
        self.asked(self.find, opened, current_user.get_id())
        then, saw = known.stands, presence.stamped(opened, known.stamp)
        seen = None if presence.still(saw, doorbell.moves(opened.address)) else presence.look(opened)
        moved = seen is not None and presence.mark(seen.here) != saw.mark
        outline = bool(request.args.get("outline"))
        if then == changes.stand(opened) and not moved and not outline:
            return Response(status=204)
        news = changes.since(opened, then, _plain(request.args.get("page", "")), outline=outline)
        news.here = seen.here if seen and moved else None
        since = changes.token(opened, changes.known(opened, seen or known.stamp))
        if news.is_light:
            return changes.drawn(opened.form, news, since)
        return render_template("documents/_changes.html", page=self.page_class(opened), news=news, since=since)

    @asked_by_itself
    def here(self, opened: Opened) -> Answer:
        """An open page says where its caret is, or that it is closed."""
        page = open_page()
        if not page:
            said = "This did not say which open page it came from. Nothing was changed. Please reload the page."
            return Response(said, status=422, mimetype="text/plain")
        if not changes.stand(opened):
            return Response(status=204)
        if request.form.get("gone"):
            presence.go(opened, page)
        else:
            presence.come(opened, page, request.form.get("at", ""))
        return Response(status=204)

    @asked_by_itself
    def bell(self, opened: Opened) -> Answer:
        """A stream that says when something has changed, and never what. 204: there is none now, so the page asks by itself."""
        bells: doorbell.Bells = current_app.extensions["doorbell"]
        take_over = request.environ.get(doorbell.CONNECTION)
        at_most = most_streams(each_has_a_thread=take_over is None)
        if not changes.stand(opened) or not bells.has_room(opened.reader_id, at_most=at_most):
            return Response(status=204)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        listener = self.listener(app, self.find, opened, current_user.get_id())
        place = doorbell.place_of(opened.address)
        listen = partial(bells.listen, place, opened.reader_id, listener, at_most=at_most)
        told = doorbell.handed_over(take_over, listen) if take_over else doorbell.awaited(bells, listen)
        answer = Response(told, mimetype="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    @asked_by_itself
    def waiting_key(self, opened: Opened) -> Answer:
        """The key that words wait under in this browser until they are saved: of this sign-in, or of an earlier one."""
        if not opened.parts_i_may("write"):
            abort(403)
        secret = keeper(opened).secret()
        found = sign_in.lasting(_plain(request.args.get("of", "")), by=current_user)
        if found is None:
            abort(403)
        of, token = found
        said = json.dumps([token, opened.address, opened.reader_id]).encode()
        return jsonify(of=of, key=b64encode(digest(b"words that wait" + secret, said, "sha256")).decode())

    # ------------------------------------------------------------ rows of a list

    def add_row(self, opened: Opened, prompt: str) -> Answer:
        """Put a row at the end of a list, empty or from the starters."""
        part, declared = find_rows(opened, prompt)
        opened.demand("write", part)
        if problem := self.saved_page(opened):
            return problem
        if len(answers.readable(opened).rows(prompt)) >= MOST_ROWS:
            return back(opened, f"This list is full: it has {MOST_ROWS} rows. All else is saved.", to=f"p-{prompt}")
        value = _new_row(declared, request.form.get("starter", ""))
        there = _already_there(opened, declared, value)
        if there:
            return back(opened, "Somebody has just added this one. Here it is.", to=f"row-{prompt}-{there}")
        row = answers.add_row(opened, prompt, value, page=open_page())
        return back(opened, to=f"row-{prompt}-{row}")

    def change_rows(self, opened: Opened, prompt: str, row: str, how: str) -> Answer:
        """Take a row out, or move it up or down."""
        part, _declared = find_rows(opened, prompt)
        opened.demand("write", part)
        if how not in ("remove", "up", "down"):
            abort(404)
        if problem := self.saved_page(opened):
            return problem
        if how == "remove":
            answers.take_out_row(opened, prompt, row)
            return back(opened, "Taken out. Its words stay in the history.", to=f"p-{prompt}")
        answers.move_row(opened, prompt, row, -1 if how == "up" else 1)
        return back(opened, to=f"row-{prompt}-{row}")

    # ------------------------------------------------------------ history

    def restore(self, opened: Opened, prompt: str, revision: int, row: str = "") -> Answer:
        """Bring an earlier text back, as the newest one."""
        part, declared = find_prompt(opened, prompt)
        opened.demand("write", part)
        if isinstance(declared, People) or declared.fixed:
            abort(404)
        if not history.restore(opened, declared, revision, row):
            abort(404)
        return back(opened, "The earlier text is back. The one it replaced stays in the history.", to=f"p-{prompt}")


ROUTES = (
    ("GET", "write", "page"),
    ("GET", "changes", "changes"),
    ("GET", "bell", "bell"),
    ("POST", "here", "here"),
    ("GET", "waiting-key", "waiting_key"),
    ("POST", "write", "save_page"),
    ("POST", "answers/<prompt>", "save_prompt"),
    ("POST", "answers/<prompt>/<row>", "save_prompt"),
    ("POST", "undo/<prompt>/<int:version>", "undo"),
    ("POST", "undo/<prompt>/<row>/<int:version>", "undo"),
    ("POST", "both/<prompt>", "save_both"),
    ("POST", "both/<prompt>/<row>", "save_both"),
    ("POST", "rows/<prompt>/add", "add_row"),
    ("POST", "rows/<prompt>/<row>/<how>", "change_rows"),
    ("GET", "history", "whole_history"),
    ("GET", "history/as-it-was", "as_it_was"),
    ("GET", "history/named/<part>/<int:number>", "named_version"),
    ("GET", "history/<prompt>", "prompt_history"),
    ("GET", "history/<prompt>/<row>", "prompt_history"),
    ("POST", "history/<prompt>/<int:revision>", "restore"),
    ("POST", "history/<prompt>/<row>/<int:revision>", "restore"),
)
LOOKS_BACK = {"whole_history", "as_it_was", "named_version", "prompt_history"}  # an access log says so


def hang_on(bp: Blueprint, guard: Guard, views: Writing) -> None:
    """Put the addresses of writing on a blueprint, below /<public_id>; the guard gives each view its `opened`."""
    guarded = {name: guard("read")(getattr(views, name)) for _, _, name in ROUTES}
    for method, address, name in ROUTES:
        bp.add_url_rule(f"/<public_id>/{address}", name, guarded[name], methods=[method])


# ---------------------------------------------------------------- who hears the bell


def most_streams(*, each_has_a_thread: bool) -> int:
    """How many pages may be told at once: where each of them holds a thread, saves never wait for one."""
    setting, threads = current_app.config["STREAMS"], int(current_app.config["THREADS"])
    if setting is None and each_has_a_thread:
        return threads - max(threads // 6, min(16, threads // 2))
    return MOST_STREAMS if setting is None else int(setting)


# ---------------------------------------------------------------- what was sent, and the way back


def is_shown(opened: Opened) -> None:
    """An answer to a save holds words of others."""
    if isinstance(opened, KeptElsewhere):
        opened.shown()


def _has_met(outcome: answers.Saved) -> bool:
    return bool(outcome.met or outcome.over)


def _refused(sent: Written, key: Key, said: str) -> Answer:
    values = {"name": _dotted(*key), "version": sent.bases[key], "said": said}
    return render_template("documents/_refused.html", **values), 422


def open_page() -> str:
    """The mark of the open page that this came from."""
    return _plain(request.form.get("page", ""))


def _plain(token: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", token[:100])[:20]


def back(opened: Opened, message: str = "", *, to: str = "") -> Redirect:
    """To the writing page, at this place on it."""
    if message:
        flash(message)
    return redirect(f"{opened.address}/write{'#' + quote(to) if to else ''}", 303)


def _made_of_both(opened: Opened, prompt: Prompt, row: str) -> tuple[Any, str]:
    """What to keep, and what is wrong with it in words for the person."""
    use = request.form.get("use", "")
    if use == "theirs":
        return answers.value_now(opened, prompt.name, row), ""
    if use == "mine":
        return texts_that_met.mine_waiting(opened, prompt, row), ""
    sent = written.read(opened, request.form)
    if (prompt.name, row) in sent.mistakes:
        return None, sent.mistakes[prompt.name, row]
    typed = [one for one in sent.typed if (one.prompt, one.row) == (prompt.name, row)]
    return (typed[0].value, "") if typed else (None, "Please choose which of the two to keep.")


def _new_row(prompt: Rows, starter: str) -> dict[str, Any]:
    """An empty row, or one that begins with a starter; the clock's time where a column asks for it."""
    known = next((words for index, words in enumerate(prompt.starters) if starter == str(index)), "")
    time = f"{local(now()):%H:%M}"
    return {
        column.name: time if column.prefill == "now" else known if index == 0 else ""
        for index, column in enumerate(prompt.columns)
    }


def _already_there(opened: Opened, prompt: Rows, value: dict[str, Any]) -> str:
    """The row with which somebody else has begun from the same starter, and that they left as it is; '' if there is none."""
    if value[prompt.columns[0].name] not in prompt.starters:
        return ""
    return next((kept.row for kept in answers.readable(opened).rows(prompt.name) if kept.value == value), "")


# ---------------------------------------------------------------- finding what the address names


def find_rows(opened: Opened, name: str) -> tuple[str, Rows]:
    """A list with the key of its part; 404 if there is none."""
    part, prompt = find_prompt(opened, name)
    if not isinstance(prompt, Rows):
        abort(404)
    return part, prompt


def _dotted(prompt: str, row: str) -> str:
    return f"{prompt}.{row}" if row else prompt
