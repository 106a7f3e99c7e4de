"""A box filled from its stencil is the box that the macro draws, whatever somebody wrote."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from webapp.documents import stencils
from webapp.forms.coaching_session import CoachingSession
from webapp.forms.declaration import DocumentForm
from webapp.forms.kinds import Choice, Prompt, Ticks
from webapp.forms.peer_coaching_plan import PeerCoachingPlan

pytestmark = pytest.mark.on_sqlite

PROMPTS = [
    (form, prompt)
    for form in (PeerCoachingPlan, CoachingSession)
    for part in form.parts
    for prompt in part.prompts()
    if prompt.kind not in ("rows", "people")
]
WORDS = ["", None, "We write.", 'two\nlines, <b>"quoted"</b> & 50%', "~hole plan~ ~hole value~", "ü 日本 \u200fעברית"]


def values(prompt: Prompt) -> list[Any]:
    """What may stand at a prompt of this kind."""
    if isinstance(prompt, Ticks):
        keys = list(prompt.labels())
        return [None, {}, {keys[0]: ""}, dict.fromkeys(keys, WORDS[3]), {keys[-1]: WORDS[4]}]
    if isinstance(prompt, Choice):
        return [None, "", "no such option", *prompt.labels()]
    return ["", None, "2026-11-21"] if prompt.kind == "date" else WORDS


@pytest.mark.parametrize(("form", "prompt"), PROMPTS, ids=lambda named: getattr(named, "name", ""))
def test_a_filled_stencil_is_what_the_macro_draws(app: Flask, form: type[DocumentForm], prompt: Prompt) -> None:
    opened = SimpleNamespace(address="<plan>", form=form)
    with app.test_request_context():
        template = stencils.macros("forms/kinds.html")
        for value in values(prompt):
            drawn = template.module.prompt_box(prompt, value, 7, opened, caller=lambda: "<below>")  # type: ignore[attr-defined]
            stencil, texts = stencils.of_box(template, form, prompt, value)
            assert stencil.fill({**texts, "address": "<plan>", "version": "7", "below": "<below>"}) == drawn
