"""Markup drawn once, with holes where a plan's own words go.

Most of a prompt's box says the same in every plan: the question, its hint, the names the browser needs. So the macro
in templates/forms/kinds.html draws each box once, and a page only fills the holes; the same for a section without
comments. That halves the time of the writing page. No stencil holds anybody's words.
"""

import re
from collections.abc import Callable, Hashable
from functools import partial
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from flask import current_app
from jinja2 import Template
from markupsafe import Markup, escape

from ..forms.declaration import DocumentForm, Section
from ..forms.kinds import Prompt
from ..once import MOST

TEXTS = ("line", "text", "date", "time", "number")  # kinds whose value is one text in a box
AS_WRITTEN = ("line", "text")  # kinds that read as they were written
_HOLES = re.compile(r"~hole ([\w.]+)~")
_stencils: "WeakKeyDictionary[Template, dict[Hashable, Stencil]]" = WeakKeyDictionary()  # gone with their template


def _hole(name: str) -> Markup:
    return Markup(f"~hole {name}~")  # noqa: S704 a name of ours


class Stencil:
    """Markup with named holes."""

    def __init__(self, drawn: str) -> None:
        self.pieces = _HOLES.split(drawn)  # markup, name of a hole, markup, …
        self.names = self.pieces[1::2]

    def fill(self, texts: dict[str, str]) -> Markup:
        """The markup with these texts in its holes, each escaped unless it is markup itself."""
        pieces = self.pieces.copy()
        pieces[1::2] = [escape(texts[name]) for name in self.names]
        return Markup("".join(pieces))  # noqa: S704 every text in it is escaped


def macros(name: str) -> Template:
    """A template with macros, as it is now."""
    return current_app.jinja_env.get_template(name)


def of_box(template: Template, form: type[DocumentForm], prompt: Prompt, value: Any) -> tuple[Stencil, dict[str, str]]:
    """The stencil of a box that holds a value like this, and the texts of the value for its holes."""
    if prompt.kind == "ticks":
        ticked: dict[str, str] = value or {}
        return _drawn(template, form, prompt, tuple(ticked)), {f"value.{key}": ticked[key] for key in ticked}
    if prompt.kind in (AS_WRITTEN if prompt.fixed else TEXTS) and value:
        if prompt.kind == "text" and value.startswith("\n"):
            value = "\n" + value  # a browser takes the first line end away
        return _drawn(template, form, prompt, _hole("value")), {"value": value}
    return _drawn(template, form, prompt, value or ""), {}


def _kept(template: Template, key: Hashable, draw: Callable[[], Stencil]) -> Stencil:
    kept = _stencils.setdefault(template, {})
    found = kept.get(key)
    if found is None:
        if len(kept) >= MOST:
            kept.clear()
        found = kept[key] = draw()
    return found


def _drawn(template: Template, form: type[DocumentForm], prompt: Prompt, like: str | tuple[str, ...]) -> Stencil:
    """`like`: a hole, an option or nothing; for ticks, which options are ticked."""
    return _kept(template, (form, prompt, like), lambda: _draw(template, form, prompt, like))


def _draw(template: Template, form: type[DocumentForm], prompt: Prompt, like: str | tuple[str, ...]) -> Stencil:
    value = {key: _hole(f"value.{key}") for key in like} if isinstance(like, tuple) else like
    opened = SimpleNamespace(address=_hole("address"), form=form)
    box = template.module.prompt_box  # type: ignore[attr-defined]
    return Stencil(box(prompt, value, _hole("version"), opened, caller=lambda: _hole("below")))


def of_no_comments(template: Template, section: type[Section], who_reads: str, *, shared: bool) -> Stencil:
    """The stencil of a section on which nobody has commented."""
    talk = template.module.no_comments  # type: ignore[attr-defined]
    draw = partial(talk, _hole("address"), section, who_reads, shared, _hole("whom"))
    return _kept(template, (section, who_reads, shared), lambda: Stencil(draw()))
