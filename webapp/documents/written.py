"""What a page sends: the answers typed on it, each with the version it was typed against, and what is wrong with them.

Field names: `v.PROMPT` the version the page had, `PROMPT` the answer; for a list `v.PROMPT.ROW` and
`PROMPT.ROW.COLUMN`. A page without JavaScript sends all of them at once, a prompt that saves itself only its own.
`ops.PROMPT`: what was done to a text, as operations (text_saves).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from werkzeug.datastructures import MultiDict

from ..access import Opened
from ..forms.declaration import Section
from ..forms.kinds import People, Prompt, RowOf, Rows, Ticks
from ..forms.session_kinds import Offered, Readers
from ..text import showable, tidy
from . import answers, text_saves
from .answers import Saved, Typed
from .keeping import Key
from .talk import New

Ticked = dict[bool, list[tuple[str, int]]]  # ticked or not → (row, the version that it was worded in)


@dataclass
class Written:
    """A page's answers: those that can be saved, and for the others what is wrong and what was typed."""

    typed: list[Typed] = field(default_factory=list)
    mistakes: dict[Key, str] = field(default_factory=dict)
    raw: dict[Key, Any] = field(default_factory=dict)  # as typed, to show again
    bases: dict[Key, int] = field(default_factory=dict)  # the versions the page had
    comments: list[New] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)

    def refuse(self, prompt: Prompt, row: str, mistake: str) -> None:
        """Say what is wrong with an answer, which is not to be saved."""
        self.mistakes[prompt.name, row] = " ".join([*filter(None, [self.mistakes.get((prompt.name, row))]), mistake])
        self.typed = [one for one in self.typed if (one.prompt, one.row) != (prompt.name, row)]


def read(opened: Opened, sent: MultiDict[str, str]) -> Written:
    """Everything a page sent for prompts of this form; names of no prompt and of no row are passed over."""
    written, rows = Written(), Known(opened)
    bound: dict[type[Section], Section] = {}
    for name in sent:
        if not name.startswith("v."):
            continue
        prompt_name, _, row = name[2:].partition(".")
        try:
            part, section, prompt = opened.form.prompt(prompt_name)
        except KeyError:
            continue
        if isinstance(prompt, People) or prompt.fixed or bool(row) != isinstance(prompt, Rows):
            continue
        if row and row not in rows.of(prompt):
            continue
        written.parts.add(part.key)
        if section not in bound:
            bound[section] = section(sent)
        _take(written, prompt, row, bound[section], sent)
        if wrong := rows.mistake(prompt, row, sent):
            written.refuse(prompt, row, wrong)
    return written


class Known:
    """What somebody typed may point at: the rows that the lists have or had, and what the page offers."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    @cached_property
    def _keys(self) -> set[Key]:
        return answers.row_keys(self.opened)

    def of(self, prompt: Prompt) -> set[str]:
        """The keys of one list's rows."""
        return {row for name, row in self._keys if name == prompt.name}

    def mistake(self, prompt: Prompt, row: str, sent: MultiDict[str, str]) -> str:
        """What is wrong with a choice among rows of another list, or among what the page offers; '' if nothing is."""
        if isinstance(prompt, Readers):
            return next(
                filter(None, (self._not_offered(prompt, prompt, row, one) for one in sent.getlist(prompt.name))), ""
            )
        if isinstance(prompt, Offered):
            return self._not_offered(prompt, prompt, row, sent.get(prompt.name, ""))
        for column in prompt.columns if isinstance(prompt, Rows) else []:
            chosen = sent.get(f"{prompt.name}.{row}.{column.name}", "")
            if isinstance(column, RowOf) and chosen.strip() and (column.of, chosen.strip()) not in self._keys:
                return f"{column.question}: Please choose one from the list."
            if isinstance(column, Offered) and (wrong := self._not_offered(prompt, column, row, chosen)):
                return f"{column.question}: {wrong}"
        return ""

    def _not_offered(self, prompt: Prompt, asked: Offered, row: str, chosen: str) -> str:
        """Whether this cannot be chosen here, in words. What stands may stay."""
        if not chosen.strip() or asked.may_keep(chosen, self.opened.offers(asked.offered)):
            return ""
        stands = answers.value_now(self.opened, prompt.name, row) or ""
        standing = stands.get(asked.name) or "" if isinstance(stands, dict) else stands
        if any(asked.may_keep(chosen, [], one) for one in (standing if isinstance(standing, list) else [standing])):
            return ""
        return "What you chose is no longer in the list. Please choose from the list as it is now."


def _take(written: Written, prompt: Prompt, row: str, section: Section, sent: MultiDict[str, str]) -> None:
    base = version(sent[f"v.{prompt.name}{'.' + row if row else ''}"])
    written.raw[prompt.name, row], written.bases[prompt.name, row] = raw(prompt, row, sent), base
    requests, unreadable = _requests(prompt, sent)
    if unreadable:
        written.mistakes[prompt.name, row] = unreadable
        return
    if requests is not None and prompt.name not in sent:
        written.typed.append(Typed(prompt.name, None, base, row, requests))
        return
    if isinstance(prompt, Rows):
        value, mistakes = prompt.read_row(sent, row)
    else:
        bound = section[prompt.name]
        bound.validate(section)
        value, mistakes = bound.data, list(bound.errors)
    if mistakes:
        written.mistakes[prompt.name, row] = " ".join(mistakes)
        return
    written.typed.append(Typed(prompt.name, value, base, row, requests))


def _requests(prompt: Prompt, sent: MultiDict[str, str]) -> tuple[tuple[text_saves.Request, ...] | None, str]:
    """The operations on a text, and what is wrong with them; beside the whole text they are not needed."""
    given = sent.get(f"ops.{prompt.name}") if prompt.is_typed else None
    if given is None:
        return None, ""
    try:
        return text_saves.read_requests(given), ""
    except ValueError as error:
        return None, "" if prompt.name in sent else str(error)


def version(raw: str) -> int:
    """A version as the page sent it; nonsense counts as 0, so that nothing is written over."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


def raw(prompt: Prompt, row: str, sent: MultiDict[str, str]) -> Any:
    """What was typed, as it can be shown again."""
    if isinstance(prompt, Rows):
        return {column.name: showable(sent.get(f"{prompt.name}.{row}.{column.name}", "")) for column in prompt.columns}
    if isinstance(prompt, Ticks):
        ticked = {key for key in sent.getlist(prompt.name) if key in prompt.labels()}
        remarks = {key: showable(sent.get(f"{prompt.name}.{key}", "")) for key in prompt.labels()}
        return {key: remark for key, remark in remarks.items() if key in ticked or remark}
    if isinstance(prompt, Readers):
        return [showable(one) for one in sent.getlist(prompt.name)]
    return showable(sent.get(prompt.name, ""))


def fields(prompt: Prompt, row: str, value: Any) -> dict[str, Any]:
    """What the fields of a page hold where this value stands: name → value, for ticks all that are set."""
    if isinstance(prompt, Rows):
        said = value or {}
        return {f"{prompt.name}.{row}.{column.name}": said.get(column.name) or "" for column in prompt.columns}
    if isinstance(prompt, Ticks):
        said = value or {}
        remarks = {f"{prompt.name}.{key}": said.get(key, "") for key in prompt.labels()} if prompt.remark else {}
        return {prompt.name: list(said)} | remarks
    return {prompt.name: tidy(value or "") if prompt.is_typed else value or ""}


def beyond(prompt: Prompt, saved: Saved, typed: Any) -> dict[str, Any]:
    """The fields that hold something else now than what a page typed: what others wrote there meanwhile."""
    was = fields(prompt, saved.row, typed)
    return {name: value for name, value in fields(prompt, saved.row, saved.value).items() if value != was[name]}


def agreed_rows(sent: MultiDict[str, str]) -> dict[str, Ticked]:
    """The "I agree" ticks a page sent: prompt → ticked or not → (row, version it was worded in).

    `a.PROMPT.ROW` says that the tick was on the page and for which version, `agree.PROMPT.ROW` that it is set.
    """
    found: dict[str, Ticked] = {}
    for name in sent:
        if name.startswith("a.") and "\0" not in name:
            prompt, _, row = name[2:].partition(".")
            ticked = f"agree.{prompt}.{row}" in sent
            found.setdefault(prompt, {True: [], False: []})[ticked].append((row[:20], version(sent[name])))
    return found


def shown(prompt: Rows, row: str, sent: MultiDict[str, str]) -> dict[str, Any] | None:
    """What a page shows of one row, as it would be kept; None if the page did not send it."""
    if not any(f"{prompt.name}.{row}.{column.name}" in sent for column in prompt.columns):
        return None
    return prompt.read_row(sent, row)[0]
