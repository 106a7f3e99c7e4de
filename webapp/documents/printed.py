"""What stands on paper: one structure that the print page and the PDF both walk, filled in or blank."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..access import Opened
from ..clock import now, school_year_name
from ..forms.declaration import DocumentForm, Part, Section
from ..forms.kinds import Prompt, Rows
from ..people.models import Person
from ..web import exactly
from . import printed_answers, signatures
from .answers_page import AnswersPage, Chart
from .printed_answers import Answer, Words
from .signatures import Signatures
from .writing_page import WritingPage

COPIES = {  # what the reader is in this document → the copy they print; the first that holds
    "circle": "Participant copy",
    "leads": "Participant copy",
    "invited": "Copy for an invited teacher",
    "principal": "Principal copy",
    "champion": "Copy for the coach champion",
}
BOX_LENGTH = 280  # characters in a box of the diagram; the whole text stands below


@dataclass(frozen=True)
class Fact:
    """One cell of the title block."""

    question: str
    words: Words
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """One prompt with what stands there. `note`: when it applies, or that it may be left out."""

    question: str
    answer: Answer
    note: str = ""
    hint: str = ""
    charts: list[Chart] = field(default_factory=list)


@dataclass(frozen=True)
class PrintedSection:
    """A numbered section; `boxes`: (caption, text) of its diagram."""

    number: int
    title: str
    intro: str
    boxes: list[tuple[str, str]]
    questions: list[Question]


@dataclass(frozen=True)
class PrintedPart:
    """One part with where it stands."""

    title: str
    intro: str
    stands: str
    sections: list[PrintedSection]


@dataclass(frozen=True)
class Printed:
    """A whole document on paper. `copy`: whose copy it is; `holds`: which parts are in it, if not all."""

    title: str
    intro: str
    copy: str
    holds: str
    said: str  # who printed it and when
    foot: str  # school and year
    facts: list[Fact]
    parts: list[PrintedPart]
    signatures: list[Signatures]


def of(page: WritingPage, *, reader: Person) -> Printed:
    """The document as this reader may have it on paper: the parts they may read, without comments."""
    opened = page.opened
    year = school_year_name(opened.school_year)
    return Printed(
        title=f"{page.form.title} {year}",
        intro="",
        copy=copy_for(opened),
        holds=_holds(page),
        said=f"Printed by {reader.name} on {exactly(now())}",
        foot=f"{opened.school_name} · {year}",
        facts=[
            Fact(prompt.question, printed_answers.words(page, prompt))
            for section in _title_blocks(page.parts)
            for prompt in section.prompts()
        ],
        parts=[_part(page, part) for part in page.parts],
        signatures=[found for part in page.parts if (found := signatures.of_part(page, part))],
    )


def blank(form: type[DocumentForm]) -> Printed:
    """The form with nothing in it, to fill in by hand: every prompt with its hint and room to write."""
    return Printed(
        title=form.title,
        intro=form.intro,
        copy="Blank form",
        holds="",
        said="",
        foot=form.title,
        facts=[
            Fact(prompt.question, Words(room=1), prompt.hint)
            for section in _title_blocks(form.parts)
            for prompt in section.prompts()
        ],
        parts=[_blank_part(form, part) for part in form.parts],
        signatures=[found for part in form.parts if (found := signatures.blank(form, part))],
    )


def copy_for(opened: Opened) -> str:
    """Whose copy this reader prints."""
    return next(copy for fact, copy in COPIES.items() if fact in opened.facts)


def _holds(page: WritingPage) -> str:
    titles = [part.short_title for part in page.parts]
    if len(titles) == len(page.form.parts):
        return ""
    return f"{' and '.join([', '.join(titles[:-1]), titles[-1]]) if len(titles) > 1 else titles[0]} only"


# ---------------------------------------------------------------- parts and sections


def _is_title_block(section: type[Section]) -> bool:
    """A section of facts that the accounts know already: whose plan it is, and where."""
    prompts = section.prompts()
    return bool(prompts) and all(prompt.prefill for prompt in prompts)


def _title_blocks(parts: list[type[Part]] | tuple[type[Part], ...]) -> list[type[Section]]:
    return [section for part in parts for section in part.sections if _is_title_block(section)]


def _numbered(form: type[DocumentForm], part: type[Part]) -> Iterator[tuple[int, type[Section]]]:
    """The sections of a part with their numbers, which are the same in every copy of the form."""
    everything = [section for each in form.parts for section in each.sections if not _is_title_block(section)]
    return ((everything.index(section) + 1, section) for section in part.sections if section in everything)


def _part(page: WritingPage, part: type[Part]) -> PrintedPart:
    return PrintedPart(part.title, "", signatures.stands(page, part), sections(page, part))


def sections(page: AnswersPage, part: type[Part]) -> list[PrintedSection]:
    """The sections of a part with what stands in them."""
    return [
        PrintedSection(
            number,
            section.title,
            intro="",
            boxes=[(caption, _shortened(words)) for caption, words, _ in page.diagram(section)],
            questions=[_question(page, section, prompt) for prompt in section.prompts()],
        )
        for number, section in _numbered(page.form, part)
    ]


def _question(page: AnswersPage, section: type[Section], prompt: Prompt) -> Question:
    applies = prompt in section.asked(page.values)
    answer = printed_answers.filled(page, prompt) if applies else printed_answers.does_not_apply(prompt)
    charts = page.charts(prompt) if isinstance(prompt, Rows) and prompt.values_of else []
    return Question(prompt.question, answer, _note(page.form, prompt), charts=charts)


def _blank_part(form: type[DocumentForm], part: type[Part]) -> PrintedPart:
    sections = [
        PrintedSection(
            number,
            section.title,
            section.intro,
            boxes=[(caption, "") for caption, _ in section.diagram],
            questions=[
                Question(prompt.question, printed_answers.blank(prompt), _note(form, prompt), prompt.hint)
                for prompt in section.prompts()
            ],
        )
        for number, section in _numbered(form, part)
    ]
    return PrintedPart(part.title, part.intro, "", sections)


def _note(form: type[DocumentForm], prompt: Prompt) -> str:
    if prompt.only_if:
        choice, option = prompt.only_if
        return f"only if you chose “{form.prompt(choice)[2].labels()[option]}”"  # type: ignore[attr-defined]
    return "optional" if prompt.optional else ""


def _shortened(text: str) -> str:
    if len(text) <= BOX_LENGTH:
        return text
    return f"{text[:BOX_LENGTH].rsplit(maxsplit=1)[0]} …"
