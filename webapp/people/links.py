"""Invitation and reset links: random, for one use, expiring. Only the hash of a link is kept."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask import current_app
from sqlalchemy import delete, select, update

from ..clock import now
from ..database import session, writing
from .models import Link, Person

LIFE = {"invitation": timedelta(days=14), "reset": timedelta(hours=2)}


@dataclass(frozen=True)
class OpenLink:
    """A link that still works, and whose it is."""

    id: int
    purpose: str
    person_id: int
    name: str
    email: str


def make(person_id: int, purpose: str) -> str:
    """A new link for this person; gives its address. Links that expired long ago are cleared away."""
    token = secrets.token_urlsafe(32)
    with writing() as db:
        db.execute(delete(Link).where(Link.person_id == person_id, Link.expires_at < now() - timedelta(days=30)))
        db.add(Link(token_hash=_hash(token), person_id=person_id, purpose=purpose, expires_at=now() + LIFE[purpose]))
    return full_address("people.open_link", token=token)


def find(token: str) -> OpenLink | None:
    """The link with this token, unless it was used, has expired or its person was deactivated."""
    row = (
        session()
        .execute(
            select(Link.id, Link.purpose, Person.id.label("person_id"), Person.name, Person.email)
            .join(Person, Person.id == Link.person_id)
            .where(
                Link.token_hash == _hash(token),
                Link.used_at.is_(None),
                Link.expires_at > now(),
                Person.deactivated_at.is_(None),
            )
        )
        .first()
    )
    return OpenLink(*row) if row else None


def use(link: OpenLink) -> bool:
    """Use it up, and with it every other open link of this person; False if someone was quicker."""
    with writing() as db:
        used = db.execute(
            update(Link)
            .where(Link.id == link.id, Link.used_at.is_(None), Link.expires_at > now())
            .values(used_at=now())
            .returning(Link.id)
        ).first()
        if used:
            end_all(link.person_id)
        return used is not None


def end_all(person_id: int) -> None:
    """No link of this person works any longer."""
    with writing() as db:
        db.execute(update(Link).where(Link.person_id == person_id, Link.used_at.is_(None)).values(used_at=now()))


def full_address(endpoint: str, **values: str) -> str:
    """The address of a page for an e-mail or a screen to copy from, also outside of a request."""
    return site_address() + current_app.url_map.bind("site").build(endpoint, values)


def site_address() -> str:
    """How people reach the site (setting ADDRESS)."""
    return str(current_app.config["ADDRESS"]).rstrip("/")


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
