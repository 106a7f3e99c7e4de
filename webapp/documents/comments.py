"""Comments: leaving one on a section or on some words in it, answering, telling somebody of it, resolving.

One written while a part is not shared stays within the circle, also afterwards, with everything that is answered to it.
"""

from collections.abc import Iterable

from ..access import Opened
from ..forms.declaration import Level, Part, Section
from ..forms.kinds import Prompt, Rows
from . import answers
from .answers import Answers
from .keeping import KeptElsewhere
from .models import PartState
from .talk import Colleague, New, PlainTalk, Quote, Talk, Thread

QUOTE_LENGTH = 1_000


class CannotComment(ValueError):
    """Why a comment is not kept, in words for the person who wrote it."""


def _talk(opened: Opened) -> Talk:
    return opened.talk if isinstance(opened, KeptElsewhere) else PlainTalk(opened)


def readable(opened: Opened) -> dict[str, list[Thread]]:
    """The threads that the reader may read, by section, oldest first."""
    return _talk(opened).threads()


def find(opened: Opened, thread: str) -> Thread | None:
    """One thread that the reader may read."""
    threads = (one for found in readable(opened).values() for one in found)
    return next((one for one in threads if one.public_id == thread), None)


def colleagues(opened: Opened) -> dict[str, list[Colleague]]:
    """Part → everybody else who may read comments there today, and so may be told of one."""
    return _talk(opened).colleagues()


# ---------------------------------------------------------------- who reads a comment


def beyond_the_circle(opened: Opened, part: type[Part]) -> bool:
    """Whether a comment on this part now is read by the principal too."""
    return part.level is Level.WITH_PRINCIPAL or opened.parts[part.key].state == PartState.SHARED


def stays_within(opened: Opened, section: str, *, knowing: bool) -> bool:
    """Whether a comment on this section stays within the circle.

    `knowing`: the page on which it was typed said that the principal reads it too. If the part was shared
    only while somebody in the circle typed, the comment stays within the circle.
    """
    part, _ = opened.form.section(section)
    knew = knowing or part.level is Level.WITH_PRINCIPAL or "circle" not in opened.facts
    return not (knew and beyond_the_circle(opened, part))


# ---------------------------------------------------------------- leaving one


def new(
    opened: Opened,
    section: str,
    body: str,
    *,
    knowing: bool,
    tell: Iterable[str] = (),
    quote: Quote | None = None,
) -> New:
    """A comment on a section of a part in which the reader may comment. `tell`: public ids of those to whom it speaks.
    Raises CannotComment."""
    part, declared = opened.form.section(section)
    circle_only = stays_within(opened, section, knowing=knowing)
    found = _found(opened, declared, quote) if quote else None
    told = _told(opened, part.key, tell, circle_only=circle_only)
    return New(part.key, section, body, circle_only=circle_only, quote=found, told=told)


def answer(opened: Opened, thread: Thread, body: str, *, tell: Iterable[str] = ()) -> New:
    """An answer to a comment that the reader may read: whoever may not see that one does not see it either.
    Raises CannotComment."""
    part, _ = opened.form.section(thread.section)
    told = _told(opened, part.key, tell, circle_only=thread.circle_only)
    to = thread.public_id
    return New(part.key, thread.section, body, to, thread.circle_only, told=told, reopens=thread.resolved)


def keep(opened: Opened, comment: New) -> None:
    """Keep it, and tell those to whom it speaks."""
    _talk(opened).keep(comment)


def add(opened: Opened, section: str, body: str, *, knowing: bool) -> None:
    """Leave a comment on a section."""
    keep(opened, new(opened, section, body, knowing=knowing))


def resolve(opened: Opened, section: str, thread: str, *, resolved: bool = True) -> bool:
    """Mark a thread as done, or open it again. False if the reader can see no such thread on this section."""
    found = find(opened, thread)
    if found is None or found.section != section:
        return False
    if found.resolved != resolved:
        _talk(opened).resolve(found, resolved=resolved)
    return True


def _told(opened: Opened, part: str, tell: Iterable[str], *, circle_only: bool) -> tuple[Colleague, ...]:
    """The people of these public ids; CannotComment unless all of them may read the comment."""
    wanted = set(tell)
    if not wanted:
        return ()
    readers = [one for one in colleagues(opened).get(part, []) if one.in_circle or not circle_only]
    if wanted - {one.public_id for one in readers}:
        raise CannotComment(
            "Somebody you wanted to tell cannot read comments here (any more). Nobody was told, and your comment is "
            "still here. Please look at whom to tell, then send it again."
        )
    return tuple(one for one in readers if one.public_id in wanted)


# ---------------------------------------------------------------- the words it is about


def _found(opened: Opened, section: type[Section], quote: Quote) -> Quote:
    """Where the words stand now, in an answer of this section that the reader may read. CannotComment if nowhere."""
    said = answers.readable(opened)
    places = [found for prompt in section.prompts() if prompt.name == quote.prompt for found in _texts(prompt, said)]
    for row, text in places:
        if (at := nearest(text, quote)) is not None and quote.row in ("", row):
            return Quote(quote.prompt, row, at, quote.words)
    raise CannotComment(
        "The words you chose are not in this section now: somebody may have changed them. Your comment is still here. "
        "Please choose the words again, or take them away and comment on the section."
    )


def nearest(text: str, quote: Quote) -> int | None:
    """Where the quoted words stand in a text, as near as can be to where they stood; None if they are gone."""
    found: list[int] = []
    at = text.find(quote.words)
    while at >= 0 and len(found) < QUOTE_LENGTH:
        found.append(at)
        at = text.find(quote.words, at + 1)
    return min(found, key=lambda place: abs(place - quote.at), default=None)


def still_there(section: type[Section], said: Answers, quote: Quote) -> bool:
    """Whether the quoted words still stand where they were quoted from."""
    texts = (found for prompt in section.prompts() if prompt.name == quote.prompt for found in _texts(prompt, said))
    return any(row == quote.row and quote.words in text for row, text in texts)


def _texts(prompt: Prompt, said: Answers) -> Iterable[tuple[str, str]]:
    """(row, text) of everything that people typed at a prompt."""
    if isinstance(prompt, Rows):
        names = [column.name for column in prompt.columns if column.is_typed]
        return [(kept.row, kept.value.get(name) or "") for kept in said.rows(prompt.name) for name in names]
    return [("", said.of(prompt.name).value or "")] if prompt.is_typed else []
