"""Signing in: one row per signed-in browser, with an idle and an absolute limit.

The (signed) cookie holds a token that names its person and the password it was begun with: a row that is pointed at
somebody else signs nobody in, and neither does a password that is not there any longer.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from flask import current_app, g
from flask_login import UserMixin
from sqlalchemy import String, and_, bindparam, cast, delete, func, select, update

from .. import keys
from ..access import in_force
from ..clock import now, today
from ..database import execute, session, writing
from . import passwords, signals, throttle
from .models import Membership, Person, Role, SignIn

STAMP_EVERY = timedelta(minutes=1)
WARN_BEFORE = timedelta(minutes=5)
KEPT = timedelta(days=30)

_STILL_GOOD = (
    SignIn.ended_at.is_(None),
    SignIn.active_at > bindparam("idle_since", type_=SignIn.active_at.type),
    SignIn.created_at > bindparam("begun_since", type_=SignIn.created_at.type),
)
_LOAD = (
    select(
        SignIn.id,
        SignIn.created_at,
        SignIn.active_at,
        Person.id.label("person_id"),
        Person.public_id,
        Person.name,
        Person.email,
        Person.password_hash,
        Membership.role,
    )
    .join(Person, Person.id == SignIn.person_id)
    .outerjoin(Membership, and_(Membership.person_id == Person.id, in_force(Membership)))
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.person_id == bindparam("person_id"),
        Person.deactivated_at.is_(None),
        *_STILL_GOOD,
    )
)
_THESE = (  # in one row: between two rows all other threads have their turn
    select(
        func.aggregate_strings(
            SignIn.token_hash + " " + cast(SignIn.person_id, String) + " " + func.coalesce(Person.password_hash, ""),
            "\n",
        )
    )
    .join(Person, Person.id == SignIn.person_id)
    .where(SignIn.token_hash.in_(bindparam("hashes", expanding=True)), Person.deactivated_at.is_(None), *_STILL_GOOD)
)
_BY_EMAIL = select(Person.id, Person.password_hash).where(
    Person.email == bindparam("email"), Person.deactivated_at.is_(None)
)


@dataclass
class SignedIn(UserMixin):
    """Who is using the site in this request, and what they are here as today."""

    id: int
    public_id: str
    name: str
    email: str
    roles: frozenset[Role]
    sign_in_id: int
    begun_at: datetime
    active_at: datetime
    token: str = field(repr=False)

    def get_id(self) -> str:
        """What the cookie holds: the token of this sign-in."""
        return self.token

    def is_here(self) -> None:
        """Put off the idle limit; written at most once a minute, and never inside another write."""
        if now() - self.active_at < STAMP_EVERY or g.get("db_writes"):
            return
        self.active_at = now()
        with writing() as db:
            db.execute(
                update(SignIn)
                .where(SignIn.id == self.sign_in_id, SignIn.ended_at.is_(None))
                .values(active_at=self.active_at)
            )

    def ends_at(self) -> datetime:
        """When this sign-in ends if nothing more is typed."""
        return min(self.active_at + idle_limit(), self.last_moment())

    def last_moment(self) -> datetime:
        """When this sign-in ends whatever is done."""
        return self.begun_at + longest()

    def ends_soon(self) -> bool:
        """Whether it is time to warn."""
        return self.ends_at() - now() <= WARN_BEFORE


def idle_limit() -> timedelta:
    """How long a sign-in lasts without activity."""
    return timedelta(minutes=int(current_app.config["IDLE_MINUTES"]))


def longest() -> timedelta:
    """How long a sign-in lasts at most."""
    return timedelta(hours=int(current_app.config["SIGN_IN_HOURS"]))


def load(token: str) -> SignedIn | None:
    """The person behind a cookie with today's roles, in one statement; None if that sign-in has ended."""
    whose = {"token_hash": _hash(token), "person_id": _owner(token)}
    rows = execute(_LOAD, {**whose, "today": today(), **_limits()}).all()
    if not rows or not _begun_with(token, rows[0].password_hash):
        return None
    first = rows[0]
    return SignedIn(
        id=first.person_id,
        public_id=first.public_id,
        name=first.name,
        email=first.email,
        roles=frozenset(Role(row.role) for row in rows if row.role),
        sign_in_id=first.id,
        begun_at=first.created_at,
        active_at=first.active_at,
        token=token,
    )


def those_that_hold(tokens: Iterable[str]) -> set[str]:
    """Of these sign-ins, those that have not ended."""
    by_hash = {_hash(token): token for token in tokens}
    found = execute(_THESE, {"hashes": list(by_hash), **_limits()}).scalar() or ""
    kept = (line.split(" ", 2) for line in found.split("\n") if line)
    return {
        by_hash[token_hash]
        for token_hash, owner, password_hash in kept
        if int(owner) == _owner(by_hash[token_hash]) and _begun_with(by_hash[token_hash], password_hash or None)
    }


@dataclass(frozen=True)
class Attempt:
    """What came of a try to sign in: a token for the cookie, or until when to wait, or neither (wrong)."""

    token: str = ""
    wait_until: datetime | None = None


def attempt(email: str, password: str, *, browser: str = "") -> Attempt:
    """Try to sign in. Unknown, wrong, invited and deactivated all look and last the same."""
    tried = throttle.count("sign-in", email)
    if tried.wait_until:
        return Attempt(wait_until=tried.wait_until)
    found = session().execute(_BY_EMAIL, {"email": email}).first()
    session().rollback()  # nothing is held while the password is checked
    if not passwords.matches(password, found.password_hash if found else None) or found is None:
        return Attempt()
    anew = passwords.hashed(password) if passwords.outdated(found.password_hash) else found.password_hash
    with writing() as db:
        person = db.scalar(select(Person).where(Person.id == found.id).with_for_update())
        if person is None or not person.is_active or person.password_hash != found.password_hash:
            return Attempt()  # changed while we were checking
        if anew != found.password_hash:
            _keep_anew(person, anew)
        throttle.forget("sign-in", email)
        return Attempt(token=begin(person.id, browser))


def _keep_anew(person: Person, anew: str) -> None:
    before, person.password_hash = person.password_hash, anew
    session().flush()
    signals.password_changed.send(person_id=person.id, before=before, after=anew, proven=True)


def new_token(person_id: int, password_hash: str | None) -> str:
    """A random token for the cookie of this person, which says whose it is and with which password it was begun."""
    return f"{person_id}.{keys.credential(password_hash)[:16]}.{secrets.token_urlsafe(32)}"


def begin(person_id: int, browser: str = "") -> str:
    """Begin a sign-in; gives the token for the cookie. Rows of long ago are cleared away."""
    with writing() as db:
        token = new_token(person_id, db.scalar(select(Person.password_hash).where(Person.id == person_id)))
        db.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.created_at < now() - KEPT))
        db.add(SignIn(token_hash=_hash(token), person_id=person_id, browser=describe(browser)))
    return token


def end(sign_in_id: int) -> None:
    """End one sign-in."""
    with writing() as db:
        db.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=now()))


def end_by_public_id(public_id: str, *, by: SignedIn) -> bool:
    """End one of one's own sign-ins; False if there is no such one."""
    with writing() as db:
        ended = db.execute(
            update(SignIn)
            .where(SignIn.public_id == public_id, SignIn.person_id == by.id, SignIn.ended_at.is_(None))
            .values(ended_at=now())
            .returning(SignIn.id)
        )
        return ended.first() is not None


def end_all(person_id: int, *, but: int | None = None) -> None:
    """End every sign-in of a person, except perhaps the one being used."""
    with writing() as db:
        db.execute(
            update(SignIn)
            .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.id != (but or 0))
            .values(ended_at=now())
        )


def lasting(public_id: str, *, by: SignedIn) -> tuple[str, str] | None:
    """The name and the secret of one of one's own sign-ins (of this one without a name) that nobody has ended.

    One that ran out by itself counts: what its browser kept is still its owner's.
    """
    which = SignIn.public_id == public_id if public_id else SignIn.id == by.sign_in_id
    mine = (SignIn.person_id == by.id, SignIn.ended_at.is_(None))
    found = session().execute(select(SignIn.public_id, SignIn.token_hash).where(which, *mine)).first()
    return (found.public_id, found.token_hash) if found else None


def open_ones(person_id: int) -> list[SignIn]:
    """The browsers where a person is signed in, the most recently used first."""
    return list(
        session().scalars(
            select(SignIn).where(SignIn.person_id == person_id, *_STILL_GOOD).order_by(SignIn.active_at.desc()),
            _limits(),
        )
    )


def _limits() -> dict[str, datetime]:
    return {"idle_since": now() - idle_limit(), "begun_since": now() - longest()}


def _begun_with(token: str, password_hash: str | None) -> bool:
    """Whether the sign-in was begun with the password that is kept now: one put there for a while opens nothing later."""
    return token.split(".")[1:2] == [keys.credential(password_hash)[:16]]


def _owner(token: str) -> int:
    """Whose a token says it is; 0 (nobody) if it says nothing that could be."""
    digits = token.partition(".")[0]
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else 0


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


# The first name found in the browser's own description wins: Edge also says Chrome, Chrome also says Safari.
_BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari")
_SYSTEMS = ("CrOS", "Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")
_NAMES = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "CrOS": "Chromebook",
    "Macintosh": "Mac",
}


def describe(user_agent: str) -> str:
    """A browser as its owner would name it: Firefox on Windows."""
    browser = next((name for name in _BROWSERS if name in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    words = [_NAMES.get(name, name) for name in (browser, system) if name]
    return " on ".join(words) or "A browser"
