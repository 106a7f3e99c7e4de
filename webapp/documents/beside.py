"""What other packages put on the pages of documents. They stand above this one, so they hang their pieces in here.

Each piece is drawn by a template for one reader and holds only what is theirs; "" draws nothing.
"""

from collections.abc import Callable, Iterable

from markupsafe import Markup

from ..access import Opened

ON_HOME: list[Callable[[Opened], str]] = []  # on a plan's home page, below the next step
NEEDS_TODAY: list[Callable[[int], str]] = []  # on somebody's home page, first in what needs them
ON_TODAY: list[Callable[[int], str]] = []  # on somebody's home page, below what needs them


def on_home(opened: Opened) -> list[Markup]:
    """What is put on the home page of this plan for its reader."""
    return _marked(piece(opened) for piece in ON_HOME)


def needs_today(person_id: int) -> list[Markup]:
    """What this person's home page says first, because it needs them."""
    return _marked(piece(person_id) for piece in NEEDS_TODAY)


def on_today(person_id: int) -> list[Markup]:
    """What is put on this person's home page."""
    return _marked(piece(person_id) for piece in ON_TODAY)


def _marked(pieces: Iterable[str]) -> list[Markup]:
    return [Markup(drawn) for drawn in pieces if drawn]  # noqa: S704 a template has drawn it
