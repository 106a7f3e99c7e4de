"""Who can see a release and who cannot, by name and with the reason: its circle by the walls, its readers by their rule."""

from ..documents.seen_by import Reader
from . import readers, received, releases, who
from .records import OpenRecord
from .releases import Page


def readers_of(opened: OpenRecord) -> list[Reader]:
    """Everybody about whom people may wonder, those who can see it first."""
    page = releases.released_page(opened) or releases.page_of(opened)
    around = readers.around(opened.school_id, but=[one.person_id for one in releases.inside(opened)])
    return who.readers(opened, {one.id: _reader(opened, page, one) for one in around})


def _reader(opened: OpenRecord, page: Page, one: readers.Reader) -> Reader:
    can = received.find(opened.public_id, one.id) is not None
    chosen = one.public_id in {kept.partition(" ")[0] for kept in page.readers}
    return Reader(one.name, can, f"{one.role.label.lower()}: {_why(opened, page, can=can, chosen=chosen)}")


def _why(opened: OpenRecord, page: Page, *, can: bool, chosen: bool) -> str:
    if not chosen:
        return "not one of the readers you chose"
    if can:
        return "reads the page itself, because all of you agreed to show it"
    if opened.state == "withdrawn":
        return "one of you took it back"
    return "its last day has passed" if releases.is_over(page) else "only once all of you have agreed to this very page"
