"""The lines of an access log as its circle reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from ..clock import local
from ..web import when
from .access_log import Line

SAID = {
    "begun": "{who} began it",
    "opened": "{who} opened it",
    "looked back": "{who} looked at earlier wordings",
    "read the log": "{who} opened this access log",
    "saw who can see it": "{who} looked at who can see it",
    "printed": "{who} printed it",
    "exported": "{who} took the calendar file",
    "commented": "{who} commented",
    "resolved a comment": "{who} resolved a comment",
    "opened a comment": "{who} opened a comment again",
    "refused": "{who} tried to open it and was refused",
    "added": "{who} added {about}",
    "taken out": "{who} took out {about}, who had not opened it",
    "left": "{who} left",
    "closed": "Closed to {about}, who now evaluates somebody in it",
    "agreed to let in": "{who} agreed to let {about} back in",
    "let in again": "{about} was let back in: everybody had agreed",
    "sealed": "The password of {about} was set anew: closed to that account until somebody confirms it",
    "confirmed": "{who} confirmed in person that the new password is {about}’s",
    "asked to release": "{who} asked everybody to agree to the page",
    "agreed to release": "{who} agreed to show the page",
    "said no to the release": "{who} did not agree to show the page",
    "changed after asking": "{who} changed it: what everybody had said is void",
    "released": "Everybody had agreed: the readers can read it",
    "read the release": "{who} read it",
    "printed the release": "{who} opened it to print",
    "took the release back": "{who} took it back: the readers can read it no longer",
    "threw the draft away": "{who} threw the draft away",
    "wants to delete": "{who} said yes to deleting it for good",
    "wants to keep": "{who} wants to keep it after all",
    "deleted": "{who} was the last to say yes: deleted for good",
}

LOOKS = {
    "opened", "looked back", "read the log", "saw who can see it", "printed", "exported", "refused",
    "read the release", "printed the release",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """One line of the page: one act, or several looks of one person one after the other."""

    words: str
    when: str
    refused: bool


def shown(lines: Iterable[Line]) -> list[Shown]:
    """The lines of a log, newest first, as they are shown. The log itself keeps each of them."""
    runs = groupby(enumerate(lines), lambda found: (found[1].who, found[1].act) if found[1].act in LOOKS else found[0])
    return [_shown([line for _, line in run]) for _, run in runs]


def _shown(run: list[Line]) -> Shown:
    times = f" {len(run)} times" if len(run) > 1 else ""
    return Shown(said(run[0]) + times, _span(run[-1].at, run[0].at), run[0].act == "refused")


def _span(first: datetime, last: datetime) -> str:
    """When a run of looks was: today 21:42–21:44."""
    began, ended = when(first), when(last)
    if began == ended:
        return began
    if local(first).date() == local(last).date():
        return f"{began}–{local(last):%H:%M}"
    return f"{began} – {ended}"


def said(line: Line) -> str:
    """One line in words; an act that has no words of its own is said as it is."""
    words = SAID.get(line.act, "{who}: " + line.act + (" ({about})" if line.about else ""))
    return words.format(who=line.who or "Accord", about=line.about)
