"""E-mail: an outbox in the database, sent by `flask send-mail` after the change that caused it has landed.

Subjects and bodies are neutral: no plan, no name but the receiver's. Links are made when they are sent, so that
none is kept here.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select, update

from ..clock import now
from ..database import session, writing
from . import links
from .models import Mail, Person

TRIES = 5
WAITS = [timedelta(minutes=minutes) for minutes in (0, 5, 30, 120, 480)]  # since it was written, before each try
STALE = timedelta(days=3)
KEPT = timedelta(days=30)
SECONDS = 20

KINDS = {
    "invitation": (
        "Your account on Accord",
        """you have an account on Accord, where our schools write their coaching plans. Please open this link within
14 days and choose a password:""",
    ),
    "reset": (
        "Your password on Accord",
        """someone asked for a new password for your account on Accord. If it was you, please open this link within
2 hours. If it was not you, there is nothing to do: your password stays as it is.""",
    ),
    "notice": (
        "Something on Accord needs you",
        "something on Accord needs you. You can see it here after you sign in:",
    ),
    "new address": (
        "Your e-mail address on Accord was changed",
        """an administrator has given your account on Accord another e-mail address. From now on you sign in with that
one, and this is the last message to this address. If you know of it, there is nothing to do. If you do not,
somebody may be trying to use your account: please ask your principal or an administrator of Accord about it today.
Accord is here:""",
    ),
}


WITH_A_LINK = frozenset({"invitation", "reset"})
WHATEVER_BECAME_OF_IT = frozenset({"new address"})  # sent even if the account was closed in the meantime


@dataclass(frozen=True)
class Letter:
    """One message, ready to be written: to whom, of which kind, about which page."""

    person: Person
    kind: str
    path: str
    address: str


def enqueue(person_id: int, kind: str, path: str = "", *, to_address: str | None = None) -> None:
    """Put a message in the outbox, within the caller's transaction. The same one waiting there already is enough.

    It goes to the address that the person has when it is sent, or to `to_address`.
    """
    if kind not in KINDS:
        raise ValueError(f"no such kind of mail: {kind}")
    with writing() as db:
        waiting = select(Mail.id).where(
            Mail.person_id == person_id,
            Mail.kind == kind,
            Mail.path == path,
            Mail.to_address == to_address if to_address else Mail.to_address.is_(None),
            Mail.attempts == 0,
            *_waiting(),
        )
        if db.scalars(waiting).first() is None:
            db.add(Mail(person_id=person_id, kind=kind, path=path, to_address=to_address))


@dataclass
class Outcome:
    """What one run of the sender did."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    why: str = ""


def can_send() -> bool:
    """Whether this site has a mail server."""
    return bool(current_app.config["MAIL_HOST"])


def count_waiting() -> int:
    """How many messages are in the outbox."""
    return len(session().scalars(select(Mail.id).where(*_waiting())).all())


def send_waiting() -> Outcome:
    """Send what is due. What fails is tried again later, five times in all; no transaction is open while sending."""
    _clear_away()
    outcome = Outcome()
    for mail_id, attempts in _due():
        claimed = _claim(mail_id, attempts)
        if claimed is None:
            outcome.dropped += 1
            continue
        try:
            message = _compose(claimed)
            with _server() as server:
                server.send_message(message)
        except (smtplib.SMTPException, MessageError, OSError, ValueError) as error:
            outcome.failed += 1
            outcome.why = type(error).__name__
            if attempts + 1 >= TRIES:
                _mark(mail_id, given_up_at=now())
        else:
            outcome.sent += 1
            _mark(mail_id, sent_at=now())
    return outcome


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return Mail.sent_at.is_(None), Mail.given_up_at.is_(None)


def _due() -> list[tuple[int, int]]:
    rows = session().execute(select(Mail.id, Mail.attempts, Mail.created_at).where(*_waiting()).order_by(Mail.id))
    due = [(row.id, row.attempts) for row in rows if row.created_at + WAITS[row.attempts] <= now()]
    session().rollback()
    return due


def _claim(mail_id: int, attempts: int) -> Letter | None:
    """Count the try, so that two senders never send the same, and give what to send. None if not needed."""
    with writing() as db:
        claimed = db.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.attempts == attempts, *_waiting())
            .values(attempts=attempts + 1)
            .returning(Mail.kind, Mail.path, Mail.person_id, Mail.to_address)
        ).first()
        if claimed is None:
            return None
        person = db.get_one(Person, claimed.person_id)
        closed = not person.is_active and claimed.kind not in WHATEVER_BECAME_OF_IT
        if closed or (claimed.kind == "invitation" and person.password_hash):
            _mark(mail_id, given_up_at=now())
            return None
        return Letter(person, claimed.kind, claimed.path, claimed.to_address or person.email)


def _compose(letter: Letter) -> EmailMessage:
    subject, text = KINDS[letter.kind]
    person = letter.person
    leads_to = (
        links.make(person.id, letter.kind)
        if letter.kind in WITH_A_LINK
        else links.site_address() + (letter.path or "/")
    )
    host = urlsplit(links.site_address()).hostname or "localhost"
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = Address("Accord", addr_spec=str(current_app.config["MAIL_FROM"] or f"accord@{host}"))
    message["To"] = Address(person.name, addr_spec=letter.address)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"Hello {person.name},\n\n{text}\n\n{leads_to}\n\nAccord\n")
    return message


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    config = current_app.config
    with smtplib.SMTP(str(config["MAIL_HOST"]), int(config["MAIL_PORT"]), timeout=SECONDS) as server:
        if config["MAIL_STARTTLS"]:
            server.starttls(context=ssl.create_default_context())
        if config["MAIL_USER"]:
            server.login(str(config["MAIL_USER"]), str(config["MAIL_PASSWORD"]))
        yield server


def _mark(mail_id: int, **values: object) -> None:
    with writing() as db:
        db.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def _clear_away() -> None:
    """Give up on what has waited for days (a link to press at once), forget what is long done."""
    moment = now()
    with writing() as db:
        late = or_(Mail.created_at < moment - STALE, Mail.attempts >= TRIES)
        db.execute(update(Mail).where(late, *_waiting()).values(given_up_at=moment))
        db.execute(delete(Mail).where(Mail.created_at < moment - KEPT))
