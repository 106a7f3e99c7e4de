"""Sets what is on paper as a PDF: JSON comes in by stdin, the PDF goes out by stdout. pdf.py runs this as a process.

Every PDF is tagged for screen readers. It keeps to PDF/UA-1, which wants a glyph for every character: what no font
on this machine can show is replaced by something visible, and a note at the end says so.
"""

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import typst

TEMPLATE = Path(__file__).parent / "paper.typ"
TRIES = 3
SUBSTITUTE = "\u25a1"  # □
NOTE = (
    "Some characters cannot be shown in this file. Symbols stand here by their names in brackets, other characters "
    f"as {SUBSTITUTE}. The print page in your browser shows them all."
)
_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(content: dict[str, Any]) -> bytes:
    """The PDF of this content."""
    compiler = typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent))
    missing: set[str] = set()
    for _ in range(TRIES):
        try:
            return _compile(compiler, shown(content, missing), ["ua-1"])
        except typst.TypstError as refusal:
            found = not_shown(refusal.diagnostic) - missing
            missing |= found
        if not found:
            break
    return _compile(compiler, shown(content, missing), [])


def _compile(compiler: typst.Compiler, data: str, standards: Any) -> bytes:
    made = compiler.compile(format="pdf", sys_inputs={"data": data}, pdf_standards=standards)
    assert isinstance(made, bytes)
    return made


def not_shown(diagnostic: str) -> set[str]:
    """The characters that typst says it has no font for."""
    refused = "".join(_NOT_SHOWN.findall(diagnostic))
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), refused)
    return {character for character in plain if not character.isascii()}


def shown(content: dict[str, Any], missing: set[str]) -> str:
    """The content as JSON, with what cannot be shown replaced and a note about it at the end."""
    noted = json.dumps({**content, "note": NOTE if missing else ""}, ensure_ascii=False)
    return noted.translate({ord(character): substitute(character) for character in missing})


def substitute(character: str) -> str:
    """A symbol by its name in brackets; nothing for what has no shape of its own; else an empty box."""
    category = unicodedata.category(character)
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # flags are two letters each
        return f"[{chr(ord('A') + ord(character) - 0x1F1E6)}]"
    if category in ("Cf", "Sk") or "\ufe00" <= character <= "\ufe0f":
        return ""
    name = unicodedata.name(character, "")
    return f"[{name.lower()}]" if category == "So" and name else SUBSTITUTE


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.loads(sys.stdin.buffer.read())))
