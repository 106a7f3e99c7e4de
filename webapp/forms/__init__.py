"""The forms people fill in together, each declared once; screen, print, validation, progress and history walk them."""

from .coaching_agreement import CoachingAgreement
from .coaching_session import CoachingSession
from .declaration import DocumentForm
from .peer_coaching_plan import PeerCoachingPlan
from .private_notes import PrivateNotes
from .progress_release import ProgressRelease

_forms: dict[tuple[str, int], type[DocumentForm]] = {}


def register(form: type[DocumentForm]) -> None:
    """Make one version of a form known. A document keeps the version it was written under."""
    form.check()
    _forms[form.key, form.version] = form


def find(key: str, version: int) -> type[DocumentForm]:
    """The form as it was in that version; KeyError if there was none."""
    return _forms[key, version]


def latest(key: str) -> type[DocumentForm]:
    """The version that a new document is written under; KeyError if there is no such form."""
    return max((form for (name, _), form in _forms.items() if name == key), key=lambda form: form.version)


def known() -> list[type[DocumentForm]]:
    """The latest version of every form."""
    return [latest(key) for key in sorted({key for key, _ in _forms})]


register(PeerCoachingPlan)
register(CoachingAgreement)
register(CoachingSession)
register(PrivateNotes)
register(ProgressRelease)
