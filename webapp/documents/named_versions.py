"""The versions of a part that have a name, because something was decided about them: sent, approved, shared, signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..access import Opened
from ..forms.declaration import Part
from . import signoff
from .keeping import KeptElsewhere

NAMES = {
    "submitted": "Sent to the principal",
    "approved": "Approved",
    "returned": "Sent back",
    "shared": "Shared for review",
    "taken_back": "Taken back",
    "reviewed": "Reviewed",
    "agreed": "Agreed to",
    "signed": "Signed",
    "ended": "Ended",
}


@dataclass(frozen=True)
class Named:
    """One decision, as the name of the version it was about. `number` counts the decisions about its part."""

    number: int
    part: type[Part]
    name: str
    by: str
    at: datetime
    version: int


def of(opened: Opened, parts: Sequence[type[Part]]) -> list[Named]:
    """The named versions of these parts, as far as the reader may see their history."""
    return [named for part in parts for named in _of_part(opened, part)]


def find(opened: Opened, part: str, number: int) -> Named | None:
    """One of them; None if there is none."""
    return next((named for named in _of_part(opened, opened.form.part(part)) if named.number == number), None)


def _of_part(opened: Opened, part: type[Part]) -> list[Named]:
    if isinstance(opened, KeptElsewhere) or not opened.may("history", part.key):
        return []
    decided = signoff.decisions(opened, part.key)[::-1]
    return [
        Named(number, part, NAMES[one.kind], one.name, one.at, one.part_version)
        for number, one in enumerate(decided, start=1)
    ]
