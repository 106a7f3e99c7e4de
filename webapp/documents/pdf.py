"""The PDF of what is on paper. Texts reach typst as data, never as markup: nobody's words can become commands.

Every PDF is tagged for screen readers, and keeps to PDF/UA-1 unless a character stands in the way that nothing can show.
"""

import json
import re
import unicodedata
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from .plot import plot
from .printed import Printed
from .printed_answers import Table
from .writing_page import Chart

if TYPE_CHECKING:
    import typst

LETTER = "letter"
SIZES = {LETTER: "us-letter", "a4": "a4"}  # the name in an address → typst's
TEMPLATE = Path(__file__).parent / "paper.typ"
TRIES = 3
SUBSTITUTE = "\u25a1"  # □
ZERO_WIDTH_SPACE, ZERO_WIDTH_JOINER = "\u200b", "\u200d"
BREAK_EVERY = 8
LONGEST_WORD, LONGEST_WORD_IN_CELL = 30, 16  # longer ones may break anywhere
NOTE = (
    "Some characters cannot be shown in this file. Symbols stand here by their names in brackets, other characters "
    f"as {SUBSTITUTE}. The print page in your browser shows them all."
)

_one_at_a_time = Lock()  # the compiler is not for two threads at once
_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def make(printed: Printed, *, size: str = LETTER) -> bytes:
    """The PDF, on this size of paper. What no font here can show is shown otherwise, with a note that says so."""
    import typst  # noqa: PLC0415 the first PDF brings it in, not every start

    content = {**_data(printed, LONGEST_WORD), "size": SIZES[size], "note": ""}
    missing: set[str] = set()
    with _one_at_a_time:
        for _ in range(TRIES):
            try:
                return _compile(_with_substitutes(content, missing), ["ua-1"])
            except typst.TypstError as refusal:
                found = _not_shown(refusal.diagnostic) - missing
                missing |= found
            if not found:
                break
        return _compile(_with_substitutes(content, missing), [])


def _compile(data: str, standards: Any) -> bytes:
    made = _compiler().compile(format="pdf", sys_inputs={"data": data}, pdf_standards=standards)
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> "typst.Compiler":
    import typst  # noqa: PLC0415

    return typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent))


# ---------------------------------------------------------------- what typst gets


def _data(value: Any, longest: int) -> Any:
    """Dataclasses as plain data, with places to break in words that are too long for a line."""
    if isinstance(value, Chart):
        value = plot(value)
    if isinstance(value, Table):
        longest = LONGEST_WORD_IN_CELL
    if is_dataclass(value):
        return {field.name: _data(getattr(value, field.name), longest) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_data(one, longest) for one in value]
    return _breakable(value, longest) if isinstance(value, str) else value


def _breakable(text: str, longest: int) -> str:
    return re.sub(rf"\S{{{longest},}}", lambda run: _opened(run[0]), text)


def _opened(run: str) -> str:
    """A long run of letters with a place to break at every eighth, but never within one sign."""
    pieces = []
    for index, character in enumerate(run):
        joined = unicodedata.category(character)[0] == "M" or ZERO_WIDTH_JOINER in run[index - 1 : index + 1]
        if index % BREAK_EVERY == 0 and index and not joined:
            pieces.append(ZERO_WIDTH_SPACE)
        pieces.append(character)
    return "".join(pieces)


# ---------------------------------------------------------------- what no font here can show


def _not_shown(diagnostic: str) -> set[str]:
    """The characters that typst says it has no font for."""
    refused = "".join(_NOT_SHOWN.findall(diagnostic))
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), refused)
    return {character for character in plain if not character.isascii()}


def _with_substitutes(content: dict[str, Any], missing: set[str]) -> str:
    """The data as JSON, with what cannot be shown replaced and a note about it at the end."""
    if missing:
        content = {**content, "note": NOTE}
    shown = json.dumps(content, ensure_ascii=False)
    return shown.translate({ord(character): _substitute(character) for character in missing})


def _substitute(character: str) -> str:
    """A symbol by its name in brackets; nothing for what has no shape of its own; else an empty box."""
    category = unicodedata.category(character)
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # flags are two letters each
        return f"[{chr(ord('A') + ord(character) - 0x1F1E6)}]"
    if category in ("Cf", "Sk") or "\ufe00" <= character <= "\ufe0f":
        return ""
    name = unicodedata.name(character, "")
    return f"[{name.lower()}]" if category == "So" and name else SUBSTITUTE
