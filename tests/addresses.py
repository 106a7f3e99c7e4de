"""Every address of the site with something real in every gap, so that a crawl leaves nothing out."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.cast import Cast
from tests.plans import ROW, Plan
from webapp import forms
from webapp.documents import changes, signoff
from webapp.documents.models import Comment, Participant
from webapp.forms.declaration import DocumentForm
from webapp.forms.kinds import Rows


def everywhere(app: Flask, cast: Cast, plan: Plan, method: str) -> Iterator[str]:
    """Every address that answers to this method. A new gap in an address must be filled here first."""
    with app.test_request_context():
        gaps = _of_the_plan(app, plan) | _of_the_rest(app, cast)
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()):
                for values in _fillings(rule, gaps):
                    yield adapter.build(rule.endpoint, values, method=method)


def changes_since(app: Flask, path: str, form: type[DocumentForm], reader_id: int) -> str:
    """Where a page of this reader that was opened when nothing had been written yet asks what has changed, and how far the
    sections are."""
    begun = {part.key: [0, -1] for part in form.parts}
    with app.test_request_context():
        return f"{path}/changes?since={changes.signed([path, reader_id, begun, [], ''])}&outline=1"


def _fillings(rule: Rule, gaps: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """What to put into the gaps of one rule: gaps that belong together are filled together."""
    names = [name for name in gaps if _fits(name, rule)]
    missing = rule.arguments - {gap for name in names for gap in gaps[name][0]}
    assert not missing, f"say in addresses.py what {missing} may be in {rule}"
    for chosen in product(*(gaps[name] for name in names)):
        values: dict[str, Any] = {}
        for filling in chosen:
            values |= {gap: value for gap, value in filling.items() if gap in rule.arguments}
        yield values


def _fits(name: str, rule: Rule) -> bool:
    """A filling `/plans public_id` is for the gap `public_id` in addresses that begin with /plans."""
    start, _, gaps = name.partition(" ")
    wanted = gaps.split("+")
    return rule.rule.startswith(start) and wanted[0] in rule.arguments and rule.arguments.issuperset(wanted)


def _of_the_plan(app: Flask, plan: Plan) -> dict[str, list[dict[str, Any]]]:
    sections = [section for part in plan.form.parts for section in part.sections]
    prompts = [section.prompts()[0] for section in sections if section.prompts()]
    rows = [prompt.name for section in sections for prompt in section.prompts() if isinstance(prompt, Rows)]
    with Session(app.extensions["database"].engine) as db:
        comments = db.scalars(select(Comment).where(Comment.document_id == plan.id)).all()
        participants = db.scalars(select(Participant).where(Participant.document_id == plan.id)).all()
        return {
            "/plans public_id": [{"public_id": plan.public_id}],
            "/plans part": [{"part": part.key} for part in plan.form.parts],
            "/plans/<public_id>/history/named number": [{"number": number} for number in (1, 2, 3)],
            "/plans verb": [{"verb": verb} for verb in signoff.MOVES],
            "/plans section": [{"section": one.section, "comment_id": one.public_id} for one in comments],
            "/plans teacher": [{"teacher": one.public_id} for one in participants],
            "/plans participant": [{"participant": one.public_id} for one in participants],
            "/plans/<public_id>/answers/<prompt> prompt": [{"prompt": one.name, "row": ROW} for one in prompts],
            "/plans/<public_id>/both/<prompt> prompt": [{"prompt": one.name, "row": ROW} for one in prompts],
            "/plans/<public_id>/undo prompt": [{"prompt": one.name, "row": ROW, "version": 1} for one in prompts],
            "/plans/<public_id>/drafts prompt": [{"prompt": one.name} for one in prompts],
            "/plans/<public_id>/agreements prompt": [{"prompt": name, "row": ROW} for name in rows],
            "/plans/<public_id>/rows prompt": [{"prompt": name, "row": ROW} for name in rows],
            "/plans/<public_id>/rows how": [{"how": how} for how in ("up", "down", "remove")],
            "/plans/<public_id>/comments how": [{"how": how} for how in ("done", "open")],
            "/plans/<public_id>/history prompt": [{"prompt": one.name, "row": ROW, "revision": 1} for one in prompts],
        }


def _of_the_rest(app: Flask, cast: Cast) -> dict[str, list[dict[str, Any]]]:
    asset_url: Any = app.jinja_env.globals["asset_url"]
    files = ["htmx.js", *(path.name for path in (Path(app.root_path).parent / "static").iterdir())]
    return {
        "/assets mark": [{"mark": asset_url(name).split("/")[2], "name": name} for name in files],
        "/forms form": [{"form": form.key} for form in forms.known()],
        "/administration/people public_id": [{"public_id": cast["other_teacher"].public_id}],
        "/administration/schools public_id": [{"public_id": cast.schools["lincoln"].public_id}],
        "/administration/districts public_id": [{"public_id": cast.districts["cedar_valley"].public_id}],
        "/administration assignment_id": [{"assignment_id": "nothing"}],
        "/administration membership_id": [{"membership_id": "nothing"}],
        "/account public_id": [{"public_id": "nothing"}],
        "/programme district_id": [
            {"district_id": cast.districts["cedar_valley"].public_id, "year": 2026, "number": 2}
        ],
        "/welcome token": [{"token": "nothing"}],
        "/sessions public_id": [{"public_id": "nothing", "participant": "nothing", "person": "nothing"}],
        "/sessions part": [{"part": forms.latest("coaching_session").parts[0].key, "number": 1}],
        "/sessions prompt": [{"prompt": "action_steps", "row": ROW, "how": "up", "revision": 1, "version": 1}],
        "/sessions section": [{"section": "focus", "comment_id": "nothing", "how": "done"}],
        "/notes public_id": [{"public_id": "nothing"}],
        "/notes part": [{"part": forms.latest("private_notes").parts[0].key, "number": 1}],
        "/notes prompt": [{"prompt": "private_notes", "row": ROW, "how": "up", "revision": 1, "version": 1}],
        "/releases public_id": [{"public_id": "nothing"}],
        "/releases part": [{"part": forms.latest("progress_release").parts[0].key, "number": 1}],
        "/releases prompt": [{"prompt": "shown_measures", "row": ROW, "how": "up", "revision": 1, "version": 1}],
        "/released public_id": [{"public_id": "nothing"}],
        "/circle person": [{"person": "nothing", "kind": "closed"}],
        "/sessions/<public_id>/steps row": [{"row": ROW}],
    }
