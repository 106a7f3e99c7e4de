"""The commands of the site: flask --app wsgi …"""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from . import database, demo, keys, migrations, settings
from .backup import NotHere, backup
from .coaching_sessions import key_care
from .people import commands
from .serving import serve as run_server

db = AppGroup("db", help="The database: bring its tables up to date.")
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
PORT = click.option("--port", default=5000, show_default=True, help="The port to listen on.")


def init_app(app: Flask) -> None:
    """Put the commands on the app."""
    commands.init_app(app)
    key_care.init_app(app)
    for command in (db, serve, show_demo, make_backup):
        app.cli.add_command(command)


@db.command("upgrade")
def upgrade() -> None:
    """Bring the tables up to date. Safe to run again; an upgrade that fails changes nothing."""
    migrations.upgrade(database.engine())
    click.echo("The database is up to date.")


@click.command("serve")
@HOST
@PORT
def serve(host: str, port: int) -> None:
    """Serve the site."""
    app = _app()
    settings.require_secret_key(app)
    key_care.demand_right_keys(app)
    if not migrations.is_current(database.engine()):
        raise click.ClickException("The database is not up to date. Run `flask --app wsgi db upgrade` first.")
    click.echo(f"Accord is at http://{host}:{port}. Press Ctrl+C to stop.")
    _reached_at(app, host, port)
    run_server(app, host=host, port=port)


@click.command("demo")
@HOST
@PORT
@click.option("--fill-only", is_flag=True, help="Fill the demo school and stop.")
def show_demo(host: str, port: int, fill_only: bool) -> None:
    """Show the site with an invented school: makes the database, fills it, prints the logins, serves."""
    app = _app()
    settings.make_secret_key(app)
    keys.make(app)
    migrations.upgrade(database.engine())
    try:
        demo.fill()
    except demo.HoldsRealData as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"\nAccord, with an invented school, is at http://{host}:{port}\n")
    for login, shows in demo.logins():
        click.echo(f"  {login:28} {shows}")
    click.echo(f"\nThe password of them all: {demo.PASSWORD}\nPress Ctrl+C to stop.")
    if not fill_only:
        _reached_at(app, host, port)
        run_server(app, host=host, port=port)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def make_backup(file: Path) -> None:
    """Write a complete copy of the database to a new file, while the site runs."""
    try:
        size = backup(file)
    except NotHere as reason:
        raise click.ClickException(str(reason)) from reason
    except FileExistsError as error:
        raise click.ClickException(f"{file} is there already. Nothing was written; choose another name.") from error
    click.echo(f"Written: {file}, {size:,} bytes.")


def _reached_at(app: Flask, host: str, port: int) -> None:
    """Unless ACCORD_ADDRESS says otherwise, links lead to where we listen."""
    if app.config["ADDRESS"] == settings.DEFAULTS["ADDRESS"]:
        app.config["ADDRESS"] = f"http://{host}:{port}"


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
