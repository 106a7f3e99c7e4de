"""Private notes: one person's own words, which nobody else reads."""

from .declaration import DocumentForm, Level, Part, Section
from .kinds import Text


class OwnWords(Section):
    """All there is to private notes."""

    key = "own_words"
    title = "My notes"
    intro = "Nobody else can read this: not the others at the session, not your principal, not an administrator."
    private_notes = Text(
        "What do you want to remember for yourself?",
        hint="Only you can read this.",
        example="I talked too much today. Next time, I count to ten before I answer.",
        optional=True,
    )


class NotesPart(Part):
    """All of the notes."""

    key = "notes"
    title = "Private notes – only for you"
    short_title = "Private notes"
    intro = "Your own notes. Nobody else can read them."
    level = Level.PRIVATE
    sections = (OwnWords,)


class PrivateNotes(DocumentForm):
    """One person's private notes."""

    key = "private_notes"
    title = "Private notes"
    intro = "Your own notes on your coaching. Nobody else can read them."
    parts = (NotesPart,)
