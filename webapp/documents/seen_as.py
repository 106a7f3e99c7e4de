"""A document as somebody else has it before them, to read: only what the policy would give that person, and no forms."""

from ..forms.declaration import Part
from ..forms.kinds import Prompt
from . import history, seen_by
from .history import Entry
from .participants import Taking
from .writing_page import WritingPage


class SeenAs(WritingPage):
    """What one person reads of a document, with the earlier wordings that they could look up."""

    def earlier(self, part: type[Part], prompt: Prompt) -> list[Entry]:
        """The texts that stood at a prompt before, or were set aside there, the newest ones."""
        if not self.may("history", part):
            return []
        kept = [self.answers.of(prompt.name), *self.answers.rows(prompt.name)]
        return [
            entry
            for one in kept
            if one.version > 1 or one.aside
            for entry in _without_the_newest(history.of_prompt(self.opened, prompt, one.row).entries)
        ]


def _without_the_newest(entries: list[Entry]) -> list[Entry]:
    stands = next((entry for entry in entries if not entry.aside), None)
    return [entry for entry in entries if entry is not stands]


def by(one: Taking, public_id: str) -> SeenAs | None:
    """The document as this participant has it; None if they have nothing of it."""
    opened = seen_by.opened_as(public_id, one.person_id) if one.person_id is not None else None
    return SeenAs(opened) if opened else None
