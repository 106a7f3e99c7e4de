"""Rows and ticks that two people changed at once: cell by cell and tick by tick, each from the value both began with."""

from typing import Any

from ..forms.kinds import Prompt, Rows, Ticks
from .text_operations import Typing, apply, transform
from .two_texts import BothChanged, both_replaced, difference, set_apart

Met = list[BothChanged]


def merged(prompt: Prompt, base: Any, mine: Any, theirs: Any) -> tuple[Any, Met]:
    """What stands when `mine` comes after `theirs`, and where both replaced the same words.

    Where it is not a matter of words, what comes last wins.
    """
    if isinstance(prompt, Rows) and mine is not None:
        return _row(prompt, base or {}, mine, base or {} if theirs is None else theirs)
    if isinstance(prompt, Ticks):
        return _ticks(prompt, base or {}, mine or {}, theirs or {})
    return mine, []


def _row(prompt: Rows, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> tuple[Any, Met]:
    value, met = {}, Met()
    for column in prompt.columns:
        began, here, there = (one.get(column.name) or "" for one in (base, mine, theirs))
        value[column.name] = _cell(began, here, there, met, typed=column.is_typed)
    return value, met


def _ticks(prompt: Ticks, base: dict[str, str], mine: dict[str, str], theirs: dict[str, str]) -> tuple[Any, Met]:
    met = Met()
    found = {
        key: _cell(base.get(key), mine.get(key), theirs.get(key), met, typed=key in mine and key in theirs)
        for key in prompt.labels()
    }
    return {key: remark for key, remark in found.items() if remark is not None} or None, met


def _cell(base: Any, mine: Any, theirs: Any, met: Met, *, typed: bool) -> Any:
    if mine == base:
        return theirs
    if theirs in (base, mine) or not typed:
        return mine
    here, there = (difference(base or "", text) for text in (mine, theirs))
    found = both_replaced(here, there, base or "")
    met += found
    together = apply(transform(Typing(here), Typing(there))[0].operation, theirs)
    return apply(set_apart(together, found, in_lines=False), together)
