"""Looking back: the history of one prompt and of everything, how it all read on a day, and the versions with a name."""

import re

from flask import abort, render_template, request

from ..access import Opened, View
from ..clock import today
from ..forms.kinds import People, Prompt
from . import answers, as_it_was, history, named_versions, texts_that_met
from .answers_page import AnswersPage


def looks_back(view: View) -> View:
    """An access log says of this view that somebody looked at earlier wordings."""
    view.looks_back = True  # type: ignore[attr-defined]
    return view


class LookingBack:
    """The views of the history of one kind of record."""

    def __init__(self, page_class: type[AnswersPage]) -> None:
        self.page_class = page_class

    @looks_back
    def whole_history(self, opened: Opened) -> str | tuple[str, int]:
        """Everything that was written, by whom and when, in the parts in which the reader may look back."""
        _demand_some_history(opened)
        return self._looked_back(opened, as_it_was.DayForm(on=today().isoformat()))

    def _looked_back(self, opened: Opened, form: as_it_was.DayForm) -> str:
        stretch = history.of_all(opened, below=_below())
        page = self.page_class(opened)
        return render_template("documents/whole_history.html", page=page, stretch=stretch, form=form, below=_below())

    @looks_back
    def as_it_was(self, opened: Opened) -> str | tuple[str, int]:
        """Everything as it read at the end of one day."""
        _demand_some_history(opened)
        form = as_it_was.DayForm.asked()
        if not form.validate():
            return self._looked_back(opened, form), 422
        then = as_it_was.at_the_end_of(opened, form.day)
        page = self.page_class(opened)
        return render_template("documents/as_it_was.html", page=page, then=then, form=form, named=None)

    @looks_back
    def named_version(self, opened: Opened, part: str, number: int) -> str | tuple[str, int]:
        """One part as it was sent, approved, shared or signed."""
        if part not in {one.key for one in opened.form.parts}:
            abort(404)
        opened.demand("history", part)
        named = named_versions.find(opened, part, number) or abort(404)
        then = as_it_was.at_version(opened, named)
        page = self.page_class(opened)
        return render_template("documents/as_it_was.html", page=page, then=then, form=None, named=named)

    @looks_back
    def prompt_history(self, opened: Opened, prompt: str, row: str = "") -> str | tuple[str, int]:
        """Every text that ever stood at one prompt."""
        part, declared = find_prompt(opened, prompt)
        opened.demand("history", part)
        every = bool(request.args.get("every"))
        stretch = history.of_prompt(opened, declared, row, below=_below(), every=every)
        if row and not stretch.entries and not _below():
            abort(404)
        return render_template(
            "documents/history.html",
            page=self.page_class(opened),
            opened=opened,
            prompt=declared,
            row=row,
            stretch=stretch,
            every=every,
            below=_below(),
            stands=answers.version_of(opened, prompt, row),
            met=texts_that_met.waiting(opened, declared, row),
            may_write=opened.may("write", part) and not isinstance(declared, People) and not declared.fixed,
        )


# ---------------------------------------------------------------- what was asked for


def find_prompt(opened: Opened, name: str) -> tuple[str, Prompt]:
    """A prompt with the key of its part; 404 if there is none."""
    try:
        part, _, prompt = opened.form.prompt(name)
    except KeyError:
        abort(404)
    return part.key, prompt


def _demand_some_history(opened: Opened) -> None:
    """Refuse whoever may look back in no part of this; that it is there they know."""
    if not opened.parts_i_may("history"):
        abort(403)


def _below() -> int:
    """The number in the history below which the page begins; 0: with the newest."""
    return number(request.args.get("below", "")) or 0


def number(raw: str) -> int | None:
    """A number as an address or a form brings it; None if it is none."""
    return int(raw) if re.fullmatch(r"[0-9]{1,9}", raw) else None
