"""What the writing page, the reading page and the print view show of one document: all of it read once, with the right."""

import secrets
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask import url_for
from jinja2 import Template
from markupsafe import Markup, escape

from ..access import Opened
from ..forms.declaration import Part, Section
from ..forms.kinds import Prompt, Rows, number_in
from ..programme import calendar
from . import answers, comments, history, norms, participants, progress, signoff, standing, stencils
from .answers import Kept
from .models import PartState
from .written import Written


@dataclass(frozen=True)
class Chart:
    """Dated values of one measure."""

    title: str
    points: list[tuple[date, float]]
    baseline: float | None
    target: float | None


class WritingPage:
    """One document before one reader. `written` and `outcomes` come from a save that did not simply succeed."""

    def __init__(
        self, opened: Opened, *, written: Written | None = None, outcomes: list[answers.Saved] | None = None
    ) -> None:
        self.opened = opened
        self.form = opened.form
        self.written = written or Written()
        self.outcomes = outcomes or []
        self.token = secrets.token_urlsafe(9)

    @cached_property
    def address(self) -> str:
        """Where the document is; what is done in it has addresses below."""
        return url_for("plans.home", public_id=self.opened.public_id)

    @cached_property
    def answers(self) -> answers.Answers:
        """The answers that the reader may read."""
        return answers.readable(self.opened)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Prompt → value."""
        return self.answers.values()

    @cached_property
    def parts(self) -> list[type[Part]]:
        """The parts that the reader may read."""
        return self.opened.parts_i_may("read")

    def may(self, verb: str, part: type[Part] | None = None) -> bool:
        """Whether the reader may do this here."""
        return self.opened.may(verb, part.key if part else None)

    # ------------------------------------------------------------ one prompt

    def shown(self, prompt: Prompt) -> Any:
        """The value in the box: what was typed if it could not be saved, else what is kept."""
        return self.written.raw.get((prompt.name, ""), self.answers.of(prompt.name).value)

    def version(self, prompt: Prompt) -> int:
        """The version the box was filled from."""
        return self.written.bases.get((prompt.name, ""), self.answers.of(prompt.name).version)

    def mistake(self, prompt: str, row: str = "") -> str | None:
        """What was wrong with what was typed here."""
        return self.written.mistakes.get((prompt, row))

    @cached_property
    def _kinds(self) -> Template:
        return stencils.macros("forms/kinds.html")

    @cached_property
    def _pieces(self) -> Template:
        return stencils.macros("documents/pieces.html")

    def box(self, prompt: Prompt) -> Markup:
        """The box of one prompt, with the small helps below its control."""
        value, version, kept = self.shown(prompt), self.version(prompt), self.answers.of(prompt.name)
        below, error = self._helps(prompt, kept), self.mistake(prompt.name)
        if error or kept.aside:
            draw = self._kinds.module.prompt_box  # type: ignore[attr-defined]
            return escape(draw(prompt, value, version, self.opened, error, kept.aside, caller=lambda: below))
        stencil, texts = stencils.of_box(self._kinds, self.form, prompt, value)
        return stencil.fill({**texts, "plan": self.opened.public_id, "version": str(version), "below": below})

    def _helps(self, prompt: Prompt, kept: Kept) -> Markup:
        if kept.version > 1 or kept.aside or prompt.compose or prompt.start_from:
            return escape(self._pieces.module.beside(self, prompt, kept))  # type: ignore[attr-defined]
        return Markup()

    def rows(self, prompt: Prompt) -> list[Kept]:
        """The rows of a list, as typed where they could not be saved."""
        return [
            Kept(
                self.written.raw.get((prompt.name, kept.row), kept.value),
                self.written.bases.get((prompt.name, kept.row), kept.version),
                kept.row,
                kept.position,
                aside=kept.aside,
            )
            for kept in self.answers.rows(prompt.name)
        ]

    def row_mistakes(self, prompt: Prompt) -> dict[str, str]:
        """Row → what was wrong with it."""
        return {row: said for (name, row), said in self.written.mistakes.items() if name == prompt.name}

    def asides(self, prompt: Prompt) -> list[str]:
        """The rows at which another text waits to be compared."""
        return [kept.row for kept in self.answers.rows(prompt.name) if kept.aside]

    @cached_property
    def rows_of(self) -> dict[str, list[tuple[str, str]]]:
        """For columns that point at another list: its rows by key."""
        return {
            prompt.name: [
                (kept.row, str(kept.value[prompt.columns[0].name])) for kept in self.answers.rows(prompt.name)
            ]
            for part in self.form.parts
            for prompt in part.prompts()
            if isinstance(prompt, Rows)
        }

    # ------------------------------------------------------------ around the prompts

    @cached_property
    def meetings(self) -> list[history.Meeting]:
        """The texts that met in this save."""
        return [
            history.meeting(self.form.prompt(outcome.prompt)[2], outcome) for outcome in self.outcomes if outcome.theirs
        ]

    @cached_property
    def comments(self) -> dict[str, list[comments.Remark]]:
        """Section → its comments."""
        return comments.readable(self.opened)

    def thread(self, part: type[Part], section: type[Section]) -> Markup:
        """The comments on a section with a box for one more, for those who may comment."""
        if not self.may("comment", part):
            return Markup()
        said = self.comments.get(section.key, [])
        typed, mistake = self.written.raw.get(("comment", section.key), ""), self.mistake("comment", section.key)
        if not (said or typed or mistake):
            shared = self.shared(part)
            return stencils.of_no_comments(self._pieces, section, shared=shared).fill({"address": self.address})
        draw = self._pieces.module.comment_thread  # type: ignore[attr-defined]
        return escape(draw(self.address, section, self.shared(part), said, typed, mistake))

    def shared(self, part: type[Part]) -> bool:
        """Whether a comment on this part is read by the principal too."""
        return comments.beyond_the_circle(self.opened, part)

    @cached_property
    def people(self) -> list[participants.Taking]:
        """Everyone named in the document."""
        return participants.taking_part(self.opened)

    def in_role(self, role: str) -> list[participants.Taking]:
        """The people in one role."""
        return [one for one in self.people if one.role == role]

    def circle(self) -> list[participants.Taking]:
        """The members of the circle who have confirmed and have accounts."""
        return [one for one in self.people if one.in_circle and not one.asked and one.person_id is not None]

    def agreements(self, prompt: Prompt) -> dict[str, dict[int, str]]:
        """Row → those who agree to it, id → name."""
        return norms.agreements(self.opened, prompt.name)

    def diagram(self, section: type[Section]) -> list[tuple[str, str, str]]:
        """The joined boxes of a section: caption, what stands there, prompt."""
        return [
            (caption, self.form.prompt(name)[2].words(self.values.get(name)), name) for caption, name in section.diagram
        ]

    def charts(self, prompt: Rows) -> list[Chart]:
        """One chart for each row of the list whose dated values these are."""
        found = []
        for measure in self.answers.rows(prompt.values_of):
            points = sorted(
                (date.fromisoformat(value["on"]), number)
                for value in self.values.get(prompt.name, [])
                if value.get("measure") == measure.row
                and value.get("on")
                and (number := number_in(value.get("value", ""))) is not None
            )
            if points:
                said = measure.value
                title = next(iter(said.values()))
                lines = [number_in(said.get(name, "")) for name in ("baseline", "target")]
                found.append(Chart(title, points, *lines))
        return found

    # ------------------------------------------------------------ where it stands

    def progress(self, part: type[Part]) -> list[progress.SectionProgress]:
        """Each section with its state."""
        return progress.of_part(part, self.values)

    def stands_at(self, part: type[Part]) -> tuple[str, str]:
        """Where a part stands, in words and tone."""
        return progress.stands_at(self.opened, part)

    @cached_property
    def ribbon(self) -> list[tuple[str, str]]:
        """The document's stage."""
        return progress.ribbon(self.opened)

    def due(self, part: type[Part]) -> date | None:
        """When a part is due, if it is not finished."""
        return progress.due(self.opened, part)

    def turn(self, part: type[Part]) -> str:
        """Whose turn it is in a part."""
        return progress.turn(self.opened, part, self.people)

    def unanswered(self, part: type[Part]) -> int:
        """How many needed prompts have no answer yet."""
        return progress.unanswered(part, self.values)

    def done_already(self, verb: str, part: type[Part]) -> bool:
        """Whether the reader has reviewed or agreed to this very text already."""
        if verb == "review":
            return self.opened.parts[part.key].reviewed
        mine = (one for one in self.decisions(part) if one.kind == "agreed" and one.person_id == self.opened.reader_id)
        return verb == "agree" and any(one.content_hash == self.fingerprint(part) for one in mine)

    @cached_property
    def session_2(self) -> date | None:
        """When Session 2 of the programme is, if that is set."""
        return calendar.session_2_date(self.opened.school_id, self.opened.school_year)

    def decisions(self, part: type[Part]) -> list[signoff.Decided]:
        """What was decided about a part."""
        return signoff.decisions(self.opened, part.key)

    def sent_back(self, part: type[Part]) -> signoff.Decided | None:
        """Who sent a part back, and why, if that is where it stands."""
        if self.opened.parts[part.key].state != PartState.RETURNED:
            return None
        return signoff.last(self.decisions(part), "returned")

    def fingerprint(self, part: type[Part]) -> str:
        """The hash of what the part says now."""
        return standing.fingerprint(self.form, part, standing.of_answers(part, self.values))
