"""A coaching session on paper, for those who attend it: on the plan's print frame, with a foot that says for whom it is."""

from ..clock import now, school_year_name
from ..documents import printed
from ..documents.printed import Fact, Printed, PrintedPart, PrintedSection, Question
from ..documents.printed_answers import Item, Listed, Words
from ..forms.declaration import Section
from ..people.models import Person
from ..web import exactly
from .norms_check import Check
from .session_page import SessionPage


def of(page: SessionPage, *, reader: Person) -> Printed:
    """The session as its attendees may have it on paper. Sections in which nothing is said are left out."""
    year = school_year_name(page.opened.school_year)
    names = _together([one.name for one in page.members if one.is_in])
    return Printed(
        title="Coaching session",
        intro="",
        copy="Confidential",
        holds="",
        said=f"Printed by {reader.name} on {exactly(now())}",
        foot=f"Confidential: for {names}",
        facts=[
            Fact("Attended by", Words(names)),
            Fact("School", Words(f"{page.opened.school_name} · {year}")),
        ],
        parts=[PrintedPart("What stays with us", "", "", _sections(page))],
        signatures=[],
    )


def _sections(page: SessionPage) -> list[PrintedSection]:
    part = page.parts[0]
    said = {section.title for section in part.sections if _says_something(page, section)}
    kept = [
        *([_norms(page.check)] if page.check.norms else []),
        *(one for one in printed.sections(page, part) if one.title in said),
    ]
    return [
        PrintedSection(number, one.title, one.intro, one.boxes, one.questions)
        for number, one in enumerate(kept, start=1)
    ]


def _says_something(page: SessionPage, section: type[Section]) -> bool:
    return any(prompt.answered(page.values.get(prompt.name)) for prompt in section.prompts())


def _norms(check: Check) -> PrintedSection:
    items = [Item(one.words, one.result) for one in check.norms]
    return PrintedSection(0, "Our norms", "", [], [Question("What we agreed on, and what was kept", Listed(items))])


def _together(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
