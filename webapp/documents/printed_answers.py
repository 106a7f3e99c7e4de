"""One answer on paper, filled in or with room to write it by hand: words, options, a table or a list."""

from dataclasses import dataclass, field
from typing import Any

from ..forms.kinds import Choice, Options, People, Prompt, RowOf, Rows, Ticks
from .answers_page import AnswersPage
from .writing_page import WritingPage

RULED = {"text": 4, "people": 3}  # lines to write on; one for every other kind
EMPTY_ROWS = 5
EMPTY_ITEMS = 4


@dataclass(frozen=True)
class Words:
    """A text as it was written; `instead`: what is said where there is none; `room`: ruled lines to write on."""

    text: str = ""
    instead: str = ""
    room: int = 0
    kind: str = "words"


@dataclass(frozen=True)
class Option:
    """One option, ticked or not."""

    ticked: bool
    label: str
    meaning: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Ticked:
    """Every option there is; `remark`: the label of the line beside each."""

    options: list[Option]
    remark: str = ""
    instead: str = ""
    filled: bool = True
    kind: str = "options"


@dataclass(frozen=True)
class Table:
    """Rows of several columns; `heads`: (title, hint, kind)."""

    heads: list[tuple[str, str, str]]
    rows: list[list[str]]
    instead: str = ""
    filled: bool = True
    kind: str = "table"


@dataclass(frozen=True)
class Item:
    """One row of a list, with who agreed to it."""

    text: str
    agreed: str = ""


@dataclass(frozen=True)
class Listed:
    """A numbered list; `room`: empty places; `suggestions`: what people may pick from."""

    items: list[Item]
    instead: str = ""
    room: int = 0
    suggestions: list[str] = field(default_factory=list)
    kind: str = "list"


Answer = Words | Ticked | Table | Listed


# ---------------------------------------------------------------- filled in


def filled(page: AnswersPage, prompt: Prompt) -> Answer:
    """What stands at a prompt."""
    value = page.values.get(prompt.name)
    if isinstance(prompt, Rows):
        return _listed(page, prompt) if len(prompt.columns) == 1 else _table(page, prompt, value or [])
    if isinstance(prompt, People) and isinstance(page, WritingPage):
        return Words(_people(page, prompt, value or []), _instead(prompt))
    if isinstance(prompt, (Choice, Ticks)):
        return Ticked(_options(prompt, value), _remark(prompt), "" if value or prompt.optional else _instead(prompt))
    return words(page, prompt)


def does_not_apply(prompt: Prompt) -> Answer:
    """A prompt that the choices made so far leave out: its options, none of them ticked."""
    return Ticked(_options(prompt, None)) if isinstance(prompt, (Choice, Ticks)) else Words(instead="does not apply")


def words(page: AnswersPage, prompt: Prompt) -> Words:
    """An answer that is a text, a line or a date."""
    return Words(prompt.words(page.values.get(prompt.name)), _instead(prompt))


def _instead(prompt: Prompt) -> str:
    return "nothing added" if prompt.optional else "not answered yet"


def _remark(prompt: Prompt) -> str:
    return prompt.remark if isinstance(prompt, Ticks) else ""


def _options(prompt: Options, value: Any, *, meanings: bool = False) -> list[Option]:
    explained = prompt.meanings() if meanings or getattr(prompt, "all_needed", False) else {}
    ticked = value if isinstance(value, dict) else {value: ""}
    return [
        Option(key in ticked, label, explained.get(key, ""), ticked.get(key, ""))
        for key, label in prompt.labels().items()
    ]


def _people(page: WritingPage, prompt: People, named: list[dict[str, str]]) -> str:
    asked = {one.public_id for one in page.in_role(prompt.role) if one.asked}
    return "\n".join(f"{one['name']}{' (asked, no answer yet)' if one['key'] in asked else ''}" for one in named)


def _table(page: AnswersPage, prompt: Rows, rows: list[dict[str, Any]]) -> Table:
    said = [row for row in rows if prompt.says_something(row)]
    cells = [[_cell(page, column, row.get(column.name)) for column in prompt.columns] for row in said]
    return Table(_heads(prompt), cells, "" if cells else _instead(prompt))


def _cell(page: AnswersPage, column: Prompt, value: Any) -> str:
    if isinstance(column, RowOf):
        return dict(page.rows_of.get(column.of, [])).get(value, "")
    return column.words(value)


def _heads(prompt: Rows) -> list[tuple[str, str, str]]:
    return [(column.question, column.hint, column.kind) for column in prompt.columns]


def _heads_to_fill_in(prompt: Rows) -> list[tuple[str, str, str]]:
    """On paper there is no list to choose from, so the heads name the options."""
    options = [", ".join(column.labels().values()) if isinstance(column, Choice) else "" for column in prompt.columns]
    return [
        (title, " ".join(filter(None, [hint, more])), kind)
        for (title, hint, kind), more in zip(_heads(prompt), options, strict=True)
    ]


def _listed(page: AnswersPage, prompt: Rows) -> Listed:
    column = prompt.columns[0]
    agreements = page.agreements(prompt) if prompt.agreed and isinstance(page, WritingPage) else {}
    items = [
        Item(column.words(kept.value[column.name]), _agreed(page, prompt, agreements.get(kept.row, {})))
        for kept in page.answers.rows(prompt.name)
        if kept.value[column.name]
    ]
    return Listed(items, "" if items else _instead(prompt))


def _agreed(page: AnswersPage, prompt: Rows, agreed: dict[int, str]) -> str:
    """Who agreed to a row. Whoever is not in the circle reads only rows that everyone agreed to."""
    if not (prompt.agreed and isinstance(page, WritingPage)):
        return ""
    if not page.may("history", page.form.prompt(prompt.name)[0]):
        return "Agreed by everyone in the circle"
    missing = [one.name for one in page.circle() if one.person_id not in agreed]
    if not agreed:
        return "Nobody has agreed yet"
    return f"Agreed by {', '.join(agreed.values())}" + (f"; not yet by {', '.join(missing)}" if missing else "")


# ---------------------------------------------------------------- blank


def blank(prompt: Prompt) -> Answer:
    """Room to answer a prompt by hand."""
    if isinstance(prompt, Rows) and len(prompt.columns) == 1:
        return Listed([], room=EMPTY_ITEMS, suggestions=list(prompt.starters))
    if isinstance(prompt, Rows):
        return Table(_heads_to_fill_in(prompt), [[""] * len(prompt.columns) for _ in range(EMPTY_ROWS)], filled=False)
    if isinstance(prompt, (Choice, Ticks)):
        return Ticked(_options(prompt, None, meanings=True), _remark(prompt), filled=False)
    return Words(room=2 if prompt.optional else RULED.get(prompt.kind, 1))
