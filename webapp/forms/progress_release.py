"""A release of progress: the few words and measures that a circle shows to others, once every member has agreed."""

from .declaration import DocumentForm, Level, Part, Section
from .kinds import Date, Line, Row, Rows, Text
from .session_kinds import Measure, Readers


class ShownMeasure(Row):
    """One of the plan's measures, as it stood when it was chosen."""

    shown_measure = Measure("Measure", hint="It is shown as it is now. To show newer values, choose it again.")


class Shown(Section):
    """What the readers will see."""

    key = "shown"
    title = "What you show"
    intro = "Only what stands here will be shown, word for word. Everything else stays between you."
    release_heading = Line(
        "Heading", hint="One line that says what this is about.", example="Our coaching so far: lab reports in grade 7"
    )
    release_words = Text(
        "What do you want to say about your progress?",
        hint="Your own words. Do not write about one teacher, and do not name students.",
        example="Since October, we have planned and taught four lab units together. More students now write a "
        "conclusion that their data supports.",
    )
    shown_measures = Rows(
        "Which measures do you want to show?",
        ShownMeasure,
        one="measure",
        ordered=True,
        hint="Choose from the measures of your plan. You do not have to show any.",
        optional=True,
    )
    note_to_reader = Text(
        "Do you want to add a note to the readers?",
        hint="For example, how to read the numbers, or what would help you.",
        example="The numbers are small, so please read them with care. More release time in spring would help us.",
        optional=True,
    )


class Terms(Section):
    """Who can read it, and how long."""

    key = "terms"
    title = "For whom, and for how long"
    intro = "Nobody else can open it. Each of you can take it back at any time, alone and without giving a reason."
    readers = Readers(
        "Who may read it?",
        hint="The heads of your school and the coach champions who support it. Each reader sees who else can read it.",
    )
    readable_until = Date(
        "Readable until", hint="The last day on which it can be read. It can be up to a year from now."
    )


class ReleasePart(Part):
    """All of the release."""

    key = "release"
    title = "Page of progress"
    short_title = "Page"
    intro = "Write together what you want to show. It is shown only when every one of you has agreed to this very text."
    level = Level.RELEASE
    sections = (Shown, Terms)


class ProgressRelease(DocumentForm):
    """What a circle shows of its progress."""

    key = "progress_release"
    title = "Page of progress"
    intro = "A short summary that the members of the circle have chosen to show, for the readers whom they have named."
    parts = (ReleasePart,)
