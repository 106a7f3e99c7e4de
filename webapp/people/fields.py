"""The boxes of the smaller forms (accounts, schools, dates): tidied text, limits, errors in friendly words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import wtforms
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # the types are of an older version
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from ..text import UnusableText, tidy
from .refusal import Refused

NAME_LENGTH = 200
EMAIL_LENGTH = 254
PASSWORD_LENGTH = 200

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class SiteForm(FlaskForm):
    """A form of the site. `carry_out` turns a refusal into an error beside the right box."""

    def carry_out(self, verb: Callable[..., Any], *arguments: Any, **values: Any) -> bool:
        """Check what was typed, then do it (giving `result`); False, with errors to show, if either says no."""
        if not self.validate():
            return False
        try:
            self.result = verb(*arguments, **values)
        except Refused as refused:
            self.refuse(refused)
            return False
        return True

    def refuse(self, refused: Refused) -> None:
        """Show the reason at its box, or at the top of the form."""
        if refused.field in self:
            self[refused.field].errors = [*self[refused.field].errors, refused.reason]
        else:
            self.form_errors.append(refused.reason)


class LineField(wtforms.StringField):
    """One line of text. `missing` is what to say when it is empty; without it, it may be left empty."""

    longest = NAME_LENGTH

    def __init__(
        self, label: str, *, missing: str = "", hint: str = "", longest: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, description=hint, **kwargs)
        self.missing, self.longest = missing, longest or self.longest
        self.flags.optional = None if missing else True

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take what was typed; ValueError with a message for the person."""
        raw = str(valuelist[0]) if valuelist else ""
        self.data = _UNSHOWABLE.sub("", raw)  # shown again if it cannot be kept
        try:
            text = self._one_line(tidy(raw))
        except UnusableText as error:
            raise ValueError(str(error)) from error
        if len(text) > self.longest:
            raise ValueError(
                f"This has {len(text):,} characters and there is room for {self.longest:,}. Please shorten it."
            )
        self.data = text

    def _one_line(self, text: str) -> str:
        return " ".join(text.split())

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse an empty box that must be filled in."""
        if self.missing and not self.data and not self.process_errors:
            raise StopValidation(self.missing)


class TextField(LineField):
    """Text of several lines."""

    longest = 2_000
    widget = wtforms.widgets.TextArea()

    def _one_line(self, text: str) -> str:
        return text


class EmailField(LineField):
    """An e-mail address, kept in lower case."""

    longest = EMAIL_LENGTH
    widget = wtforms.widgets.EmailInput()

    def __init__(self, label: str = "E-mail", *, missing: str = "Please write the e-mail address.", **kwargs: Any):
        super().__init__(label, missing=missing, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the address as typed; ValueError if it cannot be one."""
        super().process_formdata(valuelist)
        self.data = as_email(self.data or "")
        if self.data and not is_email(self.data):
            raise ValueError("This is not an e-mail address. Please write it like name@school.org.")


def as_email(typed: str) -> str:
    """An address the way we keep and compare it."""
    return typed.strip().lower()


def is_email(address: str) -> bool:
    """Whether mail could be sent to this address."""
    return len(address) <= EMAIL_LENGTH and _EMAIL.fullmatch(address) is not None


class PasswordField(wtforms.PasswordField):
    """A password: kept exactly as typed (spaces count), never shown again."""

    def __init__(
        self, label: str, *, missing: str = "Please type the password.", hint: str = "", **kwargs: Any
    ) -> None:
        super().__init__(label, description=hint, **kwargs)
        self.missing = missing

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the password in one Unicode form, so that every keyboard types the same; ValueError if unusable."""
        raw = str(valuelist[0]) if valuelist else ""
        self.data = ""
        try:
            tidy(raw)
        except UnusableText as error:
            raise ValueError("There is an invisible character in this password. Please type it again.") from error
        if len(raw) > PASSWORD_LENGTH:
            raise ValueError(f"This password is too long. There is room for {PASSWORD_LENGTH} characters.")
        self.data = unicodedata.normalize("NFC", raw)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse an empty password box."""
        if not self.data and not self.process_errors:
            raise StopValidation(self.missing)


class DateField(wtforms.Field):
    """A day, as date inputs send it (2026-11-21) or as Americans type it (11/21/2026); `data` is a date or None."""

    widget = wtforms.widgets.DateInput()
    data: date | None

    def __init__(self, label: str, *, missing: str = "", hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, description=hint, **kwargs)
        self.missing = missing
        self.flags.optional = None if missing else True

    def _value(self) -> str:
        if isinstance(self.data, date):
            return self.data.isoformat()
        return _UNSHOWABLE.sub("", str(self.raw_data[0])) if self.raw_data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the day; ValueError if it is none."""
        raw = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if raw:
            self.data = as_day(raw)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse an empty box that must be filled in."""
        if self.missing and self.data is None and not self.process_errors:
            raise StopValidation(self.missing)


def as_day(raw: str) -> date:
    """The day someone typed; ValueError, in words for that person, if it is none."""
    try:
        if "/" in raw:
            month, day, year = (int(part) for part in raw.split("/"))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(raw)
    except (ValueError, OverflowError):
        raise ValueError("This is not a date. Please write it like 11/21/2026.") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("This year cannot be right. Please write the date like 11/21/2026.")
    return found


class WholeNumberField(wtforms.Field):
    """A whole number between two bounds; `data` is an int or None."""

    widget = wtforms.widgets.NumberInput()
    data: int | None

    def __init__(self, label: str, *, least: int, most: int, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, description=hint, **kwargs)
        self.least, self.most = least, most

    def _value(self) -> str:
        if isinstance(self.data, int):
            return str(self.data)
        return _UNSHOWABLE.sub("", str(self.raw_data[0])) if self.raw_data else ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the number; ValueError if it is none or out of bounds."""
        raw = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not re.fullmatch(r"[0-9]{1,9}", raw, re.ASCII) or not self.least <= int(raw) <= self.most:
            raise ValueError(f"Please write a whole number from {self.least} to {self.most}.")
        self.data = int(raw)


class SelectField(wtforms.SelectField):
    """One of a list; `offer` says which, as (value, label)."""

    def __init__(
        self, label: str, *, missing: str = "Please choose one from the list.", hint: str = "", **kwargs: Any
    ) -> None:
        super().__init__(label, description=hint, validate_choice=False, **kwargs)
        self.missing, self.offered = missing, set[str]()

    def offer(self, options: Iterable[tuple[str, str]]) -> None:
        """Put these in the list. The one with value '' asks to choose and is refused as an answer."""
        listed = list(options)
        self.choices = [SelectChoice(value, label) for value, label in listed]
        self.offered = {value for value, _ in listed if value}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take what was chosen; no list offers a NUL, and PostgreSQL refuses to look for one."""
        super().process_formdata([str(value).replace("\0", "") for value in valuelist])

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not in the list."""
        if self.data not in self.offered:
            raise StopValidation(self.missing)
