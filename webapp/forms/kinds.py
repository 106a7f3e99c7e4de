"""The kinds of prompt: what may be typed, what is kept, and how it reads in one line of text.

Each kind is a WTForms field, so a form is declared as WTForms classes. `words` gives the kept value as
plain text, for history, differences and the content hash; templates/forms/kinds.html draws each kind.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from wtforms import Form, StringField

from ..text import UnusableText, tidy

LINE_LENGTH = 300
TEXT_LENGTH = 20_000
MOST_ROWS = 200


class Prompt(StringField):
    """One question of a form. The kept value is a string; '' is no answer."""

    kind = "line"
    longest = LINE_LENGTH
    data: Any

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        example: str = "",
        optional: bool = False,
        only_if: tuple[str, str] | None = None,
        unless: str = "",
        prefill: str = "",
        fixed: bool = False,
        start_from: str = "",
        carry: bool = True,
        compose: Callable[[dict[str, Any]], str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`only_if`: asked when that choice is that option. `unless`: needs no answer once that prompt has one.

        `prefill`: a fact the account knows, or "now" in a column. `fixed`: not editable.

        `start_from`: another prompt whose answer may be taken as a start. `carry`: next year's plan may begin with it.
        `compose`: makes a first draft from the other answers.
        """
        super().__init__(label, description=hint, **kwargs)
        self.hint, self.example, self.optional = hint, example, optional
        self.only_if, self.unless, self.prefill, self.fixed = only_if, unless, prefill, fixed
        self.start_from, self.carry, self.compose = start_from, carry, compose

    @property
    def is_typed(self) -> bool:
        """Whether its value is the very text that people type, so that several can type in it at once."""
        return self.kind in ("line", "text")

    @property
    def question(self) -> str:
        """The question as people read it."""
        return str(self.label.text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was typed; raises ValueError with a message for the person."""
        self.data = ""
        if valuelist:
            self.data = self._tidy(str(valuelist[0]))

    def _tidy(self, raw: str) -> str:
        try:
            text = tidy(raw)
        except UnusableText as error:
            raise ValueError(str(error)) from error
        if len(text) > self.longest:
            raise ValueError(
                f"This text has {len(text):,} characters and there is room for {self.longest:,}. Please shorten it."
            )
        return text

    def pre_validate(self, form: Any) -> None:
        """Nothing beyond `process_formdata`."""

    def words(self, value: Any) -> str:
        """The kept value as plain text."""
        return str(value or "")

    def answered(self, value: Any) -> bool:
        """Whether there is an answer."""
        return bool(self.words(value))


class Line(Prompt):
    """One line of text."""

    def _tidy(self, raw: str) -> str:
        return " ".join(super()._tidy(raw).split("\n"))


class Text(Prompt):
    """As many lines as it takes."""

    kind = "text"
    longest = TEXT_LENGTH


class Date(Prompt):
    """A day, kept as 2026-11-21."""

    kind = "date"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the day as date inputs send it; also 11/21/2026 as Americans type it."""
        super().process_formdata(valuelist)
        raw = self.data or ""
        if raw:
            self.data = _day(raw).isoformat()

    def words(self, value: Any) -> str:
        """The day as people write it: November 21, 2026."""
        if not value:
            return ""
        day = date.fromisoformat(value)
        return f"{day:%B} {day.day}, {day.year}"


def _day(raw: str) -> date:
    try:
        if "/" in raw:
            month, day, year = (int(part) for part in raw.split("/"))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(raw)
    except (ValueError, OverflowError):
        raise ValueError(f"“{raw[:40]}” is not a date. Please write it like 11/21/2026.") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("This year cannot be right. Please write the date like 11/21/2026.")
    return found


class Options:
    """The options of a choice or of ticks: keys that are kept, labels that are read, meanings that explain."""

    choices: Sequence[tuple[str, str] | tuple[str, str, str]]

    def labels(self) -> dict[str, str]:
        """Key → label."""
        return {choice[0]: choice[1] for choice in self.choices}

    def meanings(self) -> dict[str, str]:
        """Key → what the option means, where that is explained."""
        return {choice[0]: choice[2] for choice in self.choices if len(choice) > 2}


class Choice(Options, Prompt):
    """One of a few options. The kept value is its key."""

    kind = "choice"

    def __init__(self, label: str, choices: Sequence[tuple[str, str] | tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.choices = choices

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the option; raises ValueError for one that is not offered."""
        super().process_formdata(valuelist)
        if self.data and self.data not in self.labels():
            raise ValueError("Please choose one of the options shown.")

    def words(self, value: Any) -> str:
        """The label of the option."""
        return self.labels().get(value, "")


class Ticks(Options, Prompt):
    """Any of a few options, each with a remark if `remark` names one. Kept: {key: remark}."""

    kind = "ticks"

    def __init__(
        self,
        label: str,
        choices: Sequence[tuple[str, str] | tuple[str, str, str]],
        *,
        remark: str = "",
        all_needed: bool = False,
        **kwargs: Any,
    ) -> None:
        """`remark`: the label of the line beside each option. `all_needed`: complete only when all are ticked."""
        super().__init__(label, **kwargs)
        self.choices, self.remark, self.all_needed = choices, remark, all_needed

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the ticked options and their remarks. A remark alone counts as a tick: its words must not be lost."""
        self.process_errors = []
        self.data = data
        if formdata is None or not formdata:
            return
        try:
            self.data = self._read(formdata)
        except ValueError as error:
            self.process_errors.append(str(error))

    def _read(self, formdata: Any) -> dict[str, str]:
        ticked = formdata.getlist(self.name)
        if any(key not in self.labels() for key in ticked):
            raise ValueError("Please choose from the options shown.")
        remarks = (
            {key: self._tidy(formdata.get(f"{self.name}.{key}", "")) for key in self.labels()} if self.remark else {}
        )
        return {key: remarks.get(key, "") for key in self.labels() if key in ticked or remarks.get(key)}

    def words(self, value: Any) -> str:
        """One line an option."""
        labels = self.labels()
        return "\n".join(
            f"{labels[key]}: {remark}" if remark else labels[key]
            for key, remark in (value or {}).items()
            if key in labels
        )

    def answered(self, value: Any) -> bool:
        """At least one tick, or all of them where all are needed."""
        return len(value or {}) == len(self.choices) if self.all_needed else bool(value)


class Row(Form):
    """One row of a list: its columns are prompts."""

    @classmethod
    def columns(cls) -> list[Prompt]:
        """The columns, in order."""
        return list(cls())  # type: ignore[arg-type]


class Rows(Prompt):
    """A list kept row by row. Each row's kept value is {column: value}; each row has its own versions.

    `agreed`: every member of the circle ticks "I agree" to each row. `starters`: rows to pick from, as values of the
    first column. `values_of`: these rows are dated values of the rows of that list, drawn as its charts.
    """

    kind = "rows"

    def __init__(
        self,
        label: str,
        row: type[Row],
        *,
        one: str,
        agreed: bool = False,
        starters: Sequence[str] = (),
        values_of: str = "",
        ordered: bool = False,
        **kwargs: Any,
    ) -> None:
        """`one`: what one row is called ("measure"). `ordered`: people may move rows up and down."""
        super().__init__(label, **kwargs)
        self.row, self.one, self.agreed, self.starters = row, one, agreed, starters
        self.values_of, self.ordered = values_of, ordered
        self.columns = row.columns()

    def read_row(self, formdata: Any, row: str) -> tuple[dict[str, Any], list[str]]:
        """One row as typed: its value, and what is wrong with it in words for the person."""
        filled = self.row(formdata, prefix=f"{self.name}.{row}.")
        filled.validate()
        mistakes = [f"{field.label.text}: {error}" for field in filled for error in field.errors]
        return {column.name: filled[column.name].data or "" for column in self.columns}, mistakes

    def words(self, value: Any) -> str:
        """A row (or a list of rows) as lines of text."""
        rows = [value] if isinstance(value, dict) else list(value or [])
        return "\n".join(self.row_words(row) for row in rows)

    def row_words(self, row: dict[str, Any]) -> str:
        """One row as a line of text; the first column leads."""
        filled = [(column, column.words(row.get(column.name))) for column in self.columns]
        if len(filled) == 1:
            return filled[0][1]
        return " · ".join(f"{column.question}: {words}" for column, words in filled if words)

    def says_something(self, row: dict[str, Any]) -> bool:
        """Whether a row holds more than what was filled in for it."""
        return any(column.words(row.get(column.name)) for column in self.columns if not column.prefill)

    def answered(self, value: Any) -> bool:
        """At least one row says something."""
        rows = [value] if isinstance(value, dict) else value or []
        return any(self.says_something(row) for row in rows)


class RowOf(Prompt):
    """A column that points at a row of another list, kept by that row's key."""

    kind = "row_of"

    def __init__(self, label: str, of: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.of = of


class Number(Prompt):
    """A number as people write it: 62, 62.5 or 62 %. Kept as written; drawn as its value."""

    kind = "number"
    longest = 40

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the number; raises ValueError where there is none in it."""
        super().process_formdata(valuelist)
        if self.data and number_in(self.data) is None:
            raise ValueError(f"There is no number in “{self.data}”. Please write one, such as 62 or 62%.")


def number_in(text: str) -> float | None:
    """The first number in a text ("62 % of pupils" → 62), or None."""
    digits = ""
    for character in text.replace(",", "") + " ":
        if character.isascii() and (character.isdigit() or (character == "." and digits and "." not in digits)):
            digits += character
        elif character == "-" and not digits:
            digits = "-"
        elif digits.strip("-."):
            return float(digits)
        else:
            digits = ""
    return None


class People(Prompt):
    """People in a role of the document: from the directory, by name, or not identified yet.

    Kept as a list of {"key", "name"}; changed only by inviting and removing (documents/participants.py).
    """

    kind = "people"

    def __init__(self, label: str, role: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.role = role

    def words(self, value: Any) -> str:
        """One name a line."""
        return "\n".join(person["name"] for person in value or [])
