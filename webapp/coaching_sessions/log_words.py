"""The lines of an access log as its circle reads them."""

from .access_log import Line

SAID = {
    "begun": "{who} began it",
    "opened": "{who} opened it",
    "looked back": "{who} looked at earlier wordings",
    "read the log": "{who} opened this access log",
    "saw who can see it": "{who} looked at who can see it",
    "printed": "{who} printed it",
    "exported": "{who} exported it",
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
    "wants to delete": "{who} said yes to deleting it for good",
    "wants to keep": "{who} wants to keep it after all",
    "deleted": "{who} was the last to say yes: deleted for good",
}


def said(line: Line) -> str:
    """One line in words; an act that has no words of its own is said as it is."""
    words = SAID.get(line.act, "{who}: " + line.act + (" ({about})" if line.about else ""))
    return words.format(who=line.who or "Accord", about=line.about)
