"""Waiting times after failed sign-ins, per e-mail address, known or not. Kept in the database, for every worker."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ..clock import now
from ..database import session, writing
from .models import FailedSignIn

FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Try:
    """One try. `wait_until` is set if it comes too early; `number` counts the tries since the last good one."""

    number: int
    wait_until: datetime | None = None


def count(what: str, email: str) -> Try:
    """Count a try before it is made, so that many at once count as many. A good one is forgotten by `forget`."""
    key, moment = _key(what, email), now()
    with writing() as db:
        db.execute(delete(FailedSignIn).where(FailedSignIn.last_at < moment - FORGOTTEN_AFTER))
        insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
        first = insert(FailedSignIn).values(email_hash=key, failures=0, last_at=moment)
        db.execute(first.on_conflict_do_update(index_elements=["email_hash"], set_={"last_at": moment}))
        kept = db.execute(select(FailedSignIn).where(FailedSignIn.email_hash == key)).scalar_one()
        if kept.blocked_until and kept.blocked_until > moment:
            return Try(kept.failures, kept.blocked_until)
        kept.failures += 1
        kept.blocked_until = moment + _wait(kept.failures) if kept.failures >= FREE_TRIES else None
        return Try(kept.failures)


def forget(what: str, email: str) -> None:
    """A good try: the failed ones before it no longer count."""
    with writing():
        session().execute(delete(FailedSignIn).where(FailedSignIn.email_hash == _key(what, email)))


def _wait(failures: int) -> timedelta:
    """1 minute after the fifth, then 2, 4, 8, and 15 at most."""
    return min(timedelta(minutes=2 ** min(failures - FREE_TRIES, 10)), LONGEST_WAIT)


def _key(what: str, email: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{what}:{email}".encode(), sha256).hexdigest()
