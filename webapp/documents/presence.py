"""Who is here: each open page says at which prompt its caret is, for the moment, and others who write there are told.

Somebody is shown only to those who could see what they do there, and only while both may look back in it today. What is
kept is sealed with a key of the ring: without it the table tells neither who is where nor whether two are together.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest

from markupsafe import escape
from sqlalchemy import bindparam, delete, select, text

from .. import keys
from ..access import Opened
from ..clock import now
from ..database import execute, writing
from ..forms.declaration import DocumentForm
from ..people.models import Person
from . import doorbell
from .doorbell import place_of
from .keeping import Looking, keeper
from .models import Presence

STAYS = timedelta(seconds=45)  # after a page was heard last
USE = "presence"  # of the master key, and the first word of what a row is sealed to
MOST = 40  # people on one page; more are not looked up
MOST_PAGES = 64  # of one person at one place: a browser that says it has a thousand does not fill the table
LENGTH = 120  # every row is as long as every other
_PROMPT = re.compile(r"(\w{1,60})(?:\.[A-Za-z0-9_-]{1,20})?", re.ASCII)

Told = tuple[int, "Here"]
Place = tuple[int, str]  # a person, and the prompt (or prompt.row) where the caret is; "" for nowhere in particular


@dataclass(frozen=True)
class Here:
    """Somebody who is here, as another is told of it. `section` and `at` are "" where they are nowhere in particular."""

    name: str
    section: str = ""
    at: str = ""

    @property
    def initials(self) -> str:
        """The first letters of the first and of the last name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@dataclass(frozen=True)
class Look:
    """Who else is here, as far as the reader may know it. It need not be looked at again `until` then, unless somebody
    `moves`."""

    here: list[Here]
    moves: int
    until: datetime


@dataclass(frozen=True)
class Room:
    """Who is at a place, and at which of its prompts."""

    said: set[Place]
    people: list[int]
    moves: int
    until: datetime


@dataclass(frozen=True)
class Stamp:
    """What an open page keeps of its last look: a mark of who was where (`mark`), and the rest of it."""

    mark: str
    moves: int
    until: datetime


NOTHING = Stamp("", 0, datetime.fromtimestamp(0, UTC))  # without any look, at an empty place, long ago

_SEALED = select(Presence.page, Presence.sealed)
_THIS_PAGE = _SEALED.where(Presence.page == bindparam("its_page"))
_AT = select(Presence.page, Presence.sealed, Presence.seen_at).where(
    Presence.place == bindparam("place"), Presence.seen_at > bindparam("after")
)
_STAY = text(
    "INSERT INTO presences (page, place, sealed, seen_at) VALUES (:page, :place, :sealed, :seen_at)"
    " ON CONFLICT (page) DO UPDATE SET sealed = excluded.sealed, seen_at = excluded.seen_at"
).bindparams(bindparam("seen_at", type_=Presence.seen_at.type))
_NAMES = select(Person.id, Person.name).where(Person.id.in_(bindparam("people", expanding=True)))
_GO = delete(Presence).where(Presence.page == bindparam("its_page")).returning(Presence.page)
_OLD = select(Presence.page).where(Presence.seen_at <= bindparam("after")).with_for_update(skip_locked=True)
_FORGET = delete(Presence).where(Presence.page.in_(_OLD))


# ---------------------------------------------------------------- what pages say


def come(opened: Opened, page: str, at: str) -> None:
    """One open page of the reader has its caret at this prompt (or prompt.row); elsewhere than where they may look back it
    is nowhere."""
    name, where = _name(opened, page), (opened.reader_id, at if _is_theirs(opened, at) else "")
    row = {"page": name, "place": place_of(opened.address), "sealed": _sealed(opened, name, where), "seen_at": now()}
    with writing():
        execute(_FORGET, {"after": now() - STAYS})
        before = execute(_THIS_PAGE, {"its_page": name}).first()
        execute(_STAY, row)
        if before is None or _said(opened, *before) != where:
            doorbell.ring(opened.address, moved=True)


def go(opened: Opened, page: str) -> None:
    """One open page of the reader is closed."""
    with writing():
        if execute(_GO, {"its_page": _name(opened, page)}).first():
            doorbell.ring(opened.address, moved=True)


def _is_theirs(opened: Opened, at: str) -> bool:
    prompts = {prompt.name for part in opened.parts_i_may("history") for prompt in part.prompts()}
    found = _PROMPT.fullmatch(at)
    return found is not None and found[1] in prompts


# ---------------------------------------------------------------- what others are told


def look(opened: Opened) -> Look:
    """Look who else is here."""
    room = enter(opened)
    others = [one for one in room.people if one != opened.reader_id]
    looking = keeper(opened).looking(others[:MOST], frozenset(part.key for part in opened.form.parts))
    mine = looking.get(opened.reader_id)
    everybody = told(opened.form, room, looking, mine.parts) if mine else []
    return seen(room, everybody, opened.reader_id)


def enter(opened: Opened) -> Room:
    """Who is there at all; nobody is told this as it is."""
    moves = doorbell.moves(opened.address)  # first: who comes meanwhile is looked for again
    rows = execute(_AT, {"place": place_of(opened.address), "after": now() - STAYS}).all()
    until = min((seen_at for _, _, seen_at in rows), default=now()) + STAYS
    said = {found for page, sealed, _ in rows if (found := _said(opened, page, sealed))}
    return Room(said, sorted({person_id for person_id, _ in said}), moves, until)


def called(looks_back: Mapping[int, frozenset[str]]) -> dict[int, Looking]:
    """Those of these people who may look back anywhere, with their names."""
    names = execute(_NAMES, {"people": [one for one, parts in looks_back.items() if parts]})
    return {person_id: Looking(name, looks_back[person_id]) for person_id, name in names}


def told(form: type[DocumentForm], room: Room, looking: Mapping[int, Looking], mine: frozenset[str]) -> list[Told]:
    """Everybody who may be shown to whoever may look back in these parts. `looking`: who may look back, and where."""
    found: dict[int, set[Here]] = {}
    for person_id, at in room.said:
        theirs = looking.get(person_id)
        if theirs and (here := _here(form, mine, theirs, at)):
            found.setdefault(person_id, set()).add(here)
    for somewhere in found.values():
        if len(somewhere) > 1:  # another window of theirs, that is nowhere in particular
            somewhere.discard(Here(next(iter(somewhere)).name))
    everybody = ((person_id, one) for person_id, somewhere in found.items() for one in somewhere)
    return sorted(everybody, key=lambda one: (one[1].name, one[1].section, one[1].at))


def seen(room: Room, everybody: Iterable[Told], reader_id: int) -> Look:
    """The others among them."""
    others = {*[one for one in room.people if one != reader_id][:MOST]}
    return Look([here for person_id, here in everybody if person_id in others], room.moves, room.until)


def still(saw: "Look | Room | Stamp", moves: int) -> bool:
    """Whether somebody would see the same when there have been so many moves."""
    return now() < saw.until and moves == saw.moves


def _here(form: type[DocumentForm], mine: frozenset[str], theirs: Looking, at: str) -> Here | None:
    if not at:
        return Here(theirs.name) if theirs.parts <= mine else None
    part, section, _ = form.prompt(at.partition(".")[0])
    return Here(theirs.name, section.key, at) if part.key in mine & theirs.parts else None


@dataclass(frozen=True)
class Drawn:
    """The list of them as a page reads it: static/presence.js puts each of them in their place."""

    form: type[DocumentForm]
    here: list[Here]

    def __html__(self) -> str:
        """Built here, because few things are sent as often."""
        return f"<ul data-here>{''.join(map(self._line, self.here))}</ul>"

    def _line(self, one: Here) -> str:
        where = f"in {escape(self.form.section(one.section)[1].title)}" if one.section else "on this page"
        name, at = escape(one.name), one.at.replace(".", "-")
        about = f'data-name="{name}" data-initials="{escape(one.initials)}" data-section="{one.section}" data-at="{at}"'
        return f"<li {about}>{name} is {where}</li>"


def mark(here: Iterable[Here]) -> str:
    """A short text that is the same as long as the same people are at the same places; "" for nobody."""
    said = [(one.name, one.section, one.at) for one in here]
    return sha256(json.dumps(said).encode()).hexdigest()[:16] if said else ""


def stamp(opened: Opened, found: Look) -> str:
    """What an open page keeps of its last look, closed: how often others moved is nobody's to know."""
    said = json.dumps([mark(found.here), found.moves, found.until.timestamp()]).ljust(LENGTH)
    return urlsafe_b64encode(keys.seal(_key(), said.encode(), "look", opened.address, opened.reader_id)).decode()


def stamped(opened: Opened, raw: str) -> Stamp:
    """The last look of an open page."""
    try:
        sealed = keys.unseal(_key(), urlsafe_b64decode(raw), "look", opened.address, opened.reader_id)
        seen, moves, until = json.loads(sealed)
    except (keys.Unreadable, ValueError):
        return NOTHING
    return Stamp(seen, moves, datetime.fromtimestamp(until, UTC))


# ---------------------------------------------------------------- sealed


def _key() -> bytes:
    ring = keys.ring()
    return ring.for_use(ring.current, USE)


def _name(opened: Opened, page: str) -> str:
    """What an open page of the reader is called in the table: no other person's page is called that."""
    number = int.from_bytes(sha256(page.encode()).digest()) % MOST_PAGES
    said = json.dumps([opened.address, opened.reader_id, number]).encode()
    return urlsafe_b64encode(digest(_key(), said, "sha256")).decode()


def _sealed(opened: Opened, page: str, where: Place) -> bytes:
    return keys.seal(_key(), json.dumps(where).ljust(LENGTH).encode(), USE, opened.address, page)


def _said(opened: Opened, page: str, sealed: bytes) -> Place | None:
    """The person and the prompt; None if it was not written here, or was copied from elsewhere."""
    try:
        person_id, at = json.loads(keys.unseal(_key(), sealed, USE, opened.address, page))
    except keys.Unreadable:
        return None
    return person_id, at
