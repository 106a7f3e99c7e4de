"""What a form is made of: parts → sections → prompts, and what each part asks of whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wtforms import Form

from ..once import once
from .kinds import Prompt, Row, Rows


class Level(StrEnum):
    """Who a part is between (the table in docs/promise.md); access.py says what follows from it."""

    WITH_PRINCIPAL = "with the principal"  # level 0
    FOR_REVIEW = "for review"  # level 2
    NORMS = "norms"  # level 3
    CIRCLE = "circle"  # level 4
    AGREEMENT = "agreement"  # between two, who sign it
    RELEASE = "release"  # what leaves level 4, once every member has consented
    SESSION = "session"  # level 5
    PRIVATE = "private"  # level 6


class SignOff(StrEnum):
    """How a part is brought to an end."""

    APPROVAL = "approval"  # sent to the principal, who approves or returns it
    REVIEW = "review"  # shared for review, reviewed by the principal, agreed by each member
    ROW_BY_ROW = "row by row"  # each member agrees to each row
    SIGNATURES = "signatures"  # each member signs the same text with their name
    NONE = "none"


@dataclass(frozen=True)
class RoleInForm:
    """A role in one document. The first who leads starts the document."""

    title: str
    leads: bool = False
    in_circle: bool = False
    many: bool = False


class Section(Form):
    """A group of prompts under one heading. `key` is its place in addresses, `intro` a sentence under the heading."""

    key = ""
    title = ""
    intro = ""
    diagram: tuple[tuple[str, str], ...] = ()  # (caption, prompt) boxes, drawn above the prompts

    @classmethod
    @once
    def prompts(cls) -> list[Prompt]:
        """Its prompts, in order."""
        return list(cls())  # type: ignore[arg-type]

    @classmethod
    def asked(cls, answers: dict[str, Any]) -> list[Prompt]:
        """The prompts that apply, given the choices made so far."""
        return [
            prompt
            for prompt in cls.prompts()
            if prompt.only_if is None or answers.get(prompt.only_if[0]) == prompt.only_if[1]
        ]

    @classmethod
    def missing(cls, answers: dict[str, Any]) -> list[Prompt]:
        """The prompts that still need an answer before this section is complete."""
        given = {prompt.name for prompt in cls.prompts() if prompt.answered(answers.get(prompt.name))}
        return [
            prompt
            for prompt in cls.asked(answers)
            if not prompt.optional and prompt.name not in given and prompt.unless not in given
        ]


class Part:
    """A part of a form: its sections, who it is between, and how it is signed off."""

    key = ""
    title = ""
    short_title = ""
    called = ""  # in the middle of a sentence, where that is not the short title
    intro = ""
    level = Level.CIRCLE
    sign_off = SignOff.NONE
    sections: tuple[type[Section], ...] = ()
    after_session_2 = False  # opens with Session 2 of the programme
    due_before_session_2 = False
    settings = ""  # a prompt of ticks that are settings: they count once everyone has signed them

    @classmethod
    def prompts(cls) -> list[Prompt]:
        """All its prompts, in order."""
        return [prompt for section in cls.sections for prompt in section.prompts()]


class DocumentForm:
    """A whole form in one version."""

    key = ""
    version = 1
    title = ""
    intro = ""
    called = "plan"  # in the middle of a sentence
    between_members = False  # nobody but its members may know that such a document exists
    roles: dict[str, RoleInForm] = {}
    parts: tuple[type[Part], ...] = ()

    @classmethod
    def part(cls, key: str) -> type[Part]:
        """The part of that key; KeyError if there is none."""
        return cls._index()[0][key]

    @classmethod
    def prompt(cls, name: str) -> tuple[type[Part], type[Section], Prompt]:
        """A prompt with the part and the section it stands in; KeyError if there is none."""
        return cls._index()[1][name]

    @classmethod
    def section(cls, key: str) -> tuple[type[Part], type[Section]]:
        """A section with its part; KeyError if there is none."""
        return cls._index()[2][key]

    @classmethod
    @once
    def _index(
        cls,
    ) -> tuple[
        dict[str, type[Part]],
        dict[str, tuple[type[Part], type[Section], Prompt]],
        dict[str, tuple[type[Part], type[Section]]],
    ]:
        parts = {part.key: part for part in cls.parts}
        sections = {section.key: (part, section) for part in cls.parts for section in part.sections}
        prompts = {
            prompt.name: (part, section, prompt)
            for part in cls.parts
            for section in part.sections
            for prompt in section.prompts()
        }
        return parts, prompts, sections

    @classmethod
    def check(cls) -> None:
        """Refuse a declaration whose keys collide or point nowhere (ValueError)."""
        names = [prompt.name for part in cls.parts for prompt in part.prompts()]
        keys = [section.key for part in cls.parts for section in part.sections]
        for repeated in (names, keys, [part.key for part in cls.parts]):
            if len(repeated) != len(set(repeated)):
                raise ValueError(f"{cls.key}: a key is used twice in {sorted(repeated)}")
        for place, targets in cls._pointers():
            if missing := [target for target in targets if target and target not in names]:
                raise ValueError(f"{cls.key}: {place} points at {missing}")

    @classmethod
    def _pointers(cls) -> Iterator[tuple[str, list[str]]]:
        """Each place in the declaration that names prompts, with the names."""
        yield from ((part.key, [part.settings]) for part in cls.parts)
        for section in (section for part in cls.parts for section in part.sections):
            yield section.key, [prompt for _, prompt in section.diagram]
            for prompt in section.prompts():
                yield prompt.name, [prompt.start_from, prompt.unless, prompt.only_if[0] if prompt.only_if else ""]
                if isinstance(prompt, Rows):
                    yield prompt.name, [prompt.values_of, *(getattr(column, "of", "") for column in prompt.columns)]


__all__ = ["DocumentForm", "Level", "Part", "Prompt", "RoleInForm", "Row", "Rows", "Section", "SignOff"]
