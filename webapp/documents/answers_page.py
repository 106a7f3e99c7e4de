"""What a page shows of the answers of something opened, whoever keeps them: boxes, rows, charts, texts that met."""

import secrets
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from ..access import Opened
from ..forms.declaration import Part, Section
from ..forms.kinds import Prompt, Rows, number_in
from ..forms.session_kinds import Offered
from . import answers, changes, presence, progress, stencils
from .answers import Saved
from .keeping import Kept
from .written import Written


@dataclass(frozen=True)
class Chart:
    """Dated values of one measure."""

    title: str
    points: list[tuple[date, float]]
    baseline: float | None
    target: float | None


class AnswersPage:
    """Something opened before one reader. `written` and `outcomes` come from a save that did not simply succeed.

    What each kind of record says for itself: its template, the way back (`crumbs`), its title, who it is between.
    """

    template = "documents/answers.html"
    back_words = "Back"

    def __init__(self, opened: Opened, *, written: Written | None = None, outcomes: list[Saved] | None = None) -> None:
        self.opened = opened
        self.form = opened.form
        self.written = written or Written()
        self.outcomes = outcomes or []
        self.token = secrets.token_urlsafe(9)

    @property
    def address(self) -> str:
        """Where it is; what is done in it has addresses below."""
        return self.opened.address

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The way back: words and addresses, the record itself last."""
        return [(self.title, self.address)]

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.form.title

    @property
    def who(self) -> str:
        """Who it is between, below the title."""
        return ""

    @cached_property
    def answers(self) -> answers.Answers:
        """The answers that the reader may read."""
        return answers.readable(self.opened)

    @property
    def since(self) -> str:
        """Where the page stands when it is drawn, to ask later what has changed; '' for who may not look back."""
        return changes.token(self.opened, changes.known(self.opened)) if changes.stand(self.opened) else ""

    def drawn(self, here: list[presence.Here]) -> presence.Drawn:
        """Who else is here."""
        return presence.Drawn(self.form, here)

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
        if error or kept.aside or isinstance(prompt, Offered):
            draw = self._kinds.module.prompt_box  # type: ignore[attr-defined]
            helps = {"rows_of": self.rows_of, "caller": lambda: below}
            return escape(draw(prompt, value, version, self.opened, error, kept.aside, **helps))
        stencil, texts = stencils.of_box(self._kinds, self.form, prompt, value)
        return stencil.fill({**texts, "address": self.opened.address, "version": str(version), "below": below})

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
        """For columns that point at another list: its rows by key; "@members" and the like: what is offered here."""
        prompts = [prompt for part in self.form.parts for prompt in part.prompts()]
        lists = [prompt for prompt in prompts if isinstance(prompt, Rows)]
        found = {prompt.name: self._first_words(prompt) for prompt in lists}
        for column in [*prompts, *(column for prompt in lists for column in prompt.columns)]:
            if isinstance(column, Offered):
                found[f"@{column.offered}"] = self.opened.offers(column.offered)
        return found

    def _first_words(self, prompt: Rows) -> list[tuple[str, str]]:
        first = prompt.columns[0]
        return [(kept.row, first.words(kept.value[first.name])) for kept in self.answers.rows(prompt.name)]

    # ------------------------------------------------------------ around the prompts

    @property
    def met(self) -> list[Saved]:
        """What this save did where somebody else changed the same words meanwhile, or chose something else."""
        return [outcome for outcome in self.outcomes if outcome.met or outcome.over]

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

    def part_line(self, part: type[Part]) -> Markup:
        """Where a part stands, as its head says it; nothing where that is not said."""
        return Markup()

    def thread(self, part: type[Part], section: type[Section]) -> Markup:
        """The comments on a section; nothing where there are none."""
        return Markup()

    def count(self, section: type[Section]) -> Markup:
        """How many comments on a section are open, beside its name in the outline; nothing where there are none."""
        return Markup()

    def progress(self, part: type[Part]) -> list[progress.SectionProgress]:
        """Each section with its state."""
        return progress.of_part(part, self.values)

    def unanswered(self, part: type[Part]) -> int:
        """How many needed prompts have no answer yet."""
        return progress.unanswered(part, self.values)
