"""Accounts: invited, taken up, changed, deactivated. Deactivated people are kept, with all they have written."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ..clock import now
from ..database import session, writing
from . import links, mail, memberships, passwords, sign_in, signals, throttle
from .models import Person
from .refusal import Refused
from .sign_in import SignedIn


def invite(*, name: str, email: str, teaching_assignment: str = "") -> Person:
    """A new person without a password; the invitation waits in the outbox."""
    with writing() as db:
        _demand_free(email)
        person = Person(name=name, email=email, teaching_assignment=teaching_assignment)
        db.add(person)
        _flush_email()
        mail.enqueue(person.id, "invitation")
    return person


def invite_again(person: Person) -> str:
    """Send the invitation once more; gives a link to copy too. Refused once the person has a password."""
    if person.password_hash or not person.is_active:
        raise Refused(f"{person.name} does not need an invitation.")
    with writing():
        mail.enqueue(person.id, "invitation")
        return links.make(person.id, "invitation")


def ask_for_reset(email: str) -> None:
    """Somebody forgot their password. Whether there is such an account shows nowhere."""
    with writing() as db:
        tried = throttle.count("reset", email)
        person = db.scalar(select(Person).where(Person.email == email, Person.deactivated_at.is_(None)))
        if person and not tried.wait_until:
            mail.enqueue(person.id, "reset" if person.password_hash else "invitation")


def take_up(link: links.OpenLink, password: str, *, browser: str) -> str:
    """Choose the password with an invitation or reset link; ends all sign-ins and begins one. Gives its token."""
    passwords.demand_good(password, name=link.name, email=link.email)
    kept = passwords.hashed(password)
    with writing() as db:
        if not links.use(link):
            raise Refused("This link was used in the meantime. Please ask for a new one.")
        before = db.scalar(select(Person.password_hash).where(Person.id == link.person_id).with_for_update())
        db.execute(update(Person).where(Person.id == link.person_id).values(password_hash=kept))
        signals.password_changed.send(person_id=link.person_id, before=before, after=kept, proven=False)
        sign_in.end_all(link.person_id)
        throttle.forget("sign-in", link.email)
        throttle.forget("reset", link.email)
        return sign_in.begin(link.person_id, browser)


def change_password(*, by: SignedIn, current: str, new: str, browser: str = "") -> str:
    """Change one's own password; signs out every browser, and begins a sign-in for this one. Gives its token.

    Refused if the current password is wrong.
    """
    tried = throttle.count("change", by.email)
    if tried.wait_until:
        raise Refused("Too many tries. Please wait a few minutes, then try again.", field="current_password")
    old = session().scalar(select(Person.password_hash).where(Person.id == by.id))
    session().rollback()  # nothing is held while passwords are checked
    if not passwords.matches(current, old):
        raise Refused("This is not your current password. Please type it again.", field="current_password")
    passwords.demand_good(new, name=by.name, email=by.email, field="new_password")
    anew = passwords.hashed(new)
    with writing() as db:
        changed = db.execute(
            update(Person)
            .where(Person.id == by.id, Person.password_hash == old)
            .values(password_hash=anew)
            .returning(Person.id)
        )
        if changed.first() is None:
            raise Refused("Your password was changed in another window just now. Please sign in again.")
        signals.password_changed.send(person_id=by.id, before=old, after=anew, proven=True)
        throttle.forget("change", by.email)
        links.end_all(by.id)
        sign_in.end_all(by.id)
        return sign_in.begin(by.id, browser)


def describe(person_id: int, *, name: str, teaching_assignment: str) -> None:
    """Change the name and what someone teaches."""
    with writing() as db:
        db.execute(
            update(Person).where(Person.id == person_id).values(name=name, teaching_assignment=teaching_assignment)
        )


def change(person_id: int, *, name: str, email: str, teaching_assignment: str) -> None:
    """Change also the address someone signs in with; the old one is told so, and links sent to it stop working."""
    with writing() as db:
        describe(person_id, name=name, teaching_assignment=teaching_assignment)
        person = db.get_one(Person, person_id)
        if person.email != email:
            _demand_free(email)
            mail.enqueue(person_id, "new address", to_address=person.email)
            person.email = email
            _flush_email()
            links.end_all(person_id)


def deactivate(person_id: int) -> None:
    """Nobody can sign in with this account any longer, starting now. Refused for the last administrator."""
    with writing() as db:
        memberships.demand_another_administrator(person_id)
        db.execute(
            update(Person).where(Person.id == person_id, Person.deactivated_at.is_(None)).values(deactivated_at=now())
        )
        sign_in.end_all(person_id)
        links.end_all(person_id)


def reactivate(person_id: int) -> None:
    """The account works again, with the password it had."""
    with writing() as db:
        db.execute(update(Person).where(Person.id == person_id).values(deactivated_at=None))


def _demand_free(email: str) -> None:
    if session().scalar(select(Person.id).where(Person.email == email)) is not None:
        raise _taken()


def _flush_email() -> None:
    try:
        session().flush()
    except IntegrityError as error:
        raise _taken() from error


def _taken() -> Refused:
    return Refused("There is already an account with this e-mail address.", field="email")
