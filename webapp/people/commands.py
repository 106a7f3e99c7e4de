"""flask people … and flask send-mail: the first administrator, and help where no mail server can."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from .. import keys, settings
from ..clock import today
from ..database import session, writing
from . import accounts, directory, links, mail, memberships, schools
from .fields import as_email, is_email
from .models import District, Person, Role
from .refusal import Refused
from .signals import about_to_send

people = AppGroup("people", help="Accounts: the first administrator, everyone, a link for a new password.")


def init_app(app: Flask) -> None:
    """Put the commands on the app."""
    for command in (people, send_mail, new_key):
        app.cli.add_command(command)


@people.command("add-administrator")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--district", "district_name", required=True, help="The district; made if there is none of that name.")
def add_administrator(email: str, name: str, district_name: str) -> None:
    """Make somebody an administrator; prints a link to choose a password with."""
    email = _email(email)
    with writing():
        person = _known(email) or accounts.invite(name=name.strip(), email=email)
        if not person.is_active:
            raise click.ClickException(f"The account of {person.name} is closed. Open it again first.")
        try:
            memberships.add(person.id, role=Role.ADMINISTRATOR, district=_district(district_name), starts=today())
        except Refused:
            click.echo(f"{person.name} is already an administrator of {district_name}.")
    if person.password_hash:
        click.echo(f"{person.name} has a password and can sign in at {links.site_address()}.")
    else:
        click.echo(f"Open this link within 14 days and choose a password:\n{links.make(person.id, 'invitation')}")


@people.command("list")
def list_everyone() -> None:
    """Print everyone with what they are today."""
    number = 1
    while True:
        page = directory.people_page("", number=number)
        for person in page.people:
            state = "" if person.is_active else " [closed]"
            click.echo(f"{person.email}\t{person.name}{state}\t{'; '.join(page.roles[person.id])}")
        if not page.more:
            return
        number += 1


@people.command("reset-link")
@click.argument("email")
def reset_link(email: str) -> None:
    """Print a link with which somebody can choose a new password. Give it to that person only."""
    person = _known(_email(email))
    if person is None or not person.is_active:
        raise click.ClickException("There is no open account with this e-mail.")
    purpose = "reset" if person.password_hash else "invitation"
    click.echo(links.make(person.id, purpose))


@click.command("send-mail")
@with_appcontext
def send_mail() -> None:
    """Send what waits in the outbox. Run it every minute or so."""
    with writing():
        about_to_send.send()
    if not mail.can_send():
        raise click.ClickException(
            f"There is no mail server, so nothing was sent ({mail.count_waiting()} waiting). Set ACCORD_MAIL_HOST."
        )
    outcome = mail.send_waiting()
    click.echo(f"{outcome.sent} sent, {outcome.failed} failed, {outcome.dropped} no longer needed.")
    if outcome.failed:
        raise click.ClickException(f"The mail server did not take everything ({outcome.why}). It is tried again later.")


@click.command("new-key")
@with_appcontext
def new_key() -> None:
    """Give this site its secret key and its master keys, once."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    had_secret, made_ring = bool(app.config["SECRET_KEY"]), keys.make(app)
    settings.make_secret_key(app)
    if had_secret and not made_ring:
        click.echo("This site has its keys. Nothing was changed.")
    if not had_secret:
        click.echo(f"This site has its secret key now, in {settings.secret_key_file(app)}. Keep it to yourself.")
    if made_ring:
        click.echo(
            f"This site has its master keys now, in {keys.ring_file(app)}. Keep a copy in a safe place, away from the\n"
            "database and its backups: without this file confidential records cannot be opened again."
        )


def _email(typed: str) -> str:
    email = as_email(typed)
    if not is_email(email):
        raise click.ClickException(f"“{typed}” is not an e-mail address.")
    return email


def _known(email: str) -> Person | None:
    return session().scalar(select(Person).where(Person.email == email))


def _district(name: str) -> District:
    known = session().scalar(select(District).where(District.name == name.strip()))
    return known or schools.add_district(name=name.strip())
