"""A document as it read at the end of a day, or at a version with a name: the parts whose history the reader may see."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

import wtforms
from flask import request

from ..access import Opened
from ..clock import end_of, today
from ..forms.declaration import Part
from ..forms.kinds import Date
from .answers import Answers
from .answers_page import AnswersPage
from .keeping import Kept, keeper
from .named_versions import Named
from .past import Stood


class DayForm(wtforms.Form):
    """Which day to go back to; a page without one is of today."""

    on = Date("Show everything as it was at the end of this day")

    @classmethod
    def asked(cls) -> "DayForm":
        """The day that the address asks for."""
        form = cls(request.args)
        if "on" not in request.args:
            form.on.data = today().isoformat()
        return form

    def validate_on(self, field: Date) -> None:
        """A day that has come."""
        if field.process_errors:
            return
        if not field.data:
            raise wtforms.ValidationError("Please choose a day.")
        if self.day > today():
            raise wtforms.ValidationError("This day has not come yet. Please choose today or an earlier day.")

    @property
    def day(self) -> date:
        """The day, once it is checked."""
        return date.fromisoformat(self.on.data)

    @property
    def is_today(self) -> bool:
        """Whether that day is not over yet."""
        return self.day == today()

    @property
    def mistake(self) -> str:
        """What is wrong with it, in words for the person."""
        return str(self.on.errors[0]) if self.on.errors else ""


class AsItWas(AnswersPage):
    """What stood then, as a page to read."""

    def __init__(self, opened: Opened, parts: Iterable[type[Part]], stood: Iterable[Stood]) -> None:
        super().__init__(opened)
        self._parts, self._stood = list(parts), stood

    @cached_property
    def answers(self) -> Answers:
        """The answers as they were."""
        found = Answers()
        for one in self._stood:
            kept = Kept(one.value, one.version, one.row, one.position)
            if one.row:
                found.lists.setdefault(one.prompt, []).append(kept)
            else:
                found.single[one.prompt] = kept
        return found

    @cached_property
    def parts(self) -> list[type[Part]]:
        """The parts of which it is shown how they were."""
        return self._parts

    @property
    def is_empty(self) -> bool:
        """Whether nothing had been written in them."""
        return not any(
            prompt.answered(self.values.get(prompt.name)) for part in self.parts for prompt in part.prompts()
        )


def at_the_end_of(opened: Opened, day: date) -> AsItWas:
    """Everything as it read at the end of that day of the school."""
    return AsItWas(opened, opened.parts_i_may("history"), keeper(opened).stood(end_of(day)))


def at_version(opened: Opened, named: Named) -> AsItWas:
    """One part as it read when it got this name."""
    return AsItWas(opened, [named.part], keeper(opened).stood_at(named.part.key, named.version))
