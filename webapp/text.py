"""The one place where text that people type or paste is tidied and checked."""

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_CONTROL = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{_NONCHARACTERS}]")
_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x0c|\x85|\u2028|\u2029")


class UnusableText(ValueError):
    """The text holds a character that cannot be kept; the message is for the person who typed it."""


def tidy(raw: str) -> str:
    """Text as we keep it: NFC, plain line ends, no space around it.

    Raises UnusableText for lone surrogates, control characters and noncharacters: one of the
    databases, or HTML itself, would refuse or silently cut them.
    """
    if _SURROGATE.search(raw):
        raise UnusableText("There is half of an emoji or symbol in this text. Please delete it and type it again.")
    text = _LINE_ENDS.sub("\n", raw)
    if _CONTROL.search(text):
        raise UnusableText(
            "There is an invisible character in this text that cannot be kept. It often comes with pasted text: "
            "please paste it again as plain text."
        )
    return unicodedata.normalize("NFC", text).strip()


def showable(raw: str) -> str:
    """Refused text as it can be shown again: what cannot be kept is replaced by a visible mark."""
    return _CONTROL.sub("\ufffd", _SURROGATE.sub("\ufffd", raw))
