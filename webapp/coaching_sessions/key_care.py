"""The master keys and the database together: whether they belong to each other, and changing them."""

from dataclasses import dataclass

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, select

from .. import keys
from ..confidential import trusted
from ..database import engine, session, writing
from . import circles, handed_over, notices
from .models import CircleMember, KeyProof, Release, SessionNotice


def demand_right_keys(app: Flask) -> None:
    """keys.NoKeys where the ring is missing, or is not the one that this database was written with."""
    keys.ring(app)
    right = True  # a database without tables has no keys yet
    with app.app_context():
        if inspect(engine()).has_table(KeyProof.__tablename__):
            proofs = session().execute(select(KeyProof.master_key, KeyProof.proof)).all()
            right = all(keys.proves(name, proof) for name, proof in proofs)
    if not right:
        app.extensions["database"].engine.dispose()
        raise keys.NoKeys(keys.WRONG.format(path=keys.ring_file(app)))


@dataclass
class Changed:
    """What changing the master key did."""

    wraps: int = 0
    releases: int = 0
    unreadable: int = 0


def change_master_key() -> Changed:
    """Make a new master key the current one and wrap every data key with it. Texts stay as they are.

    The older keys stay on the ring: backups and the marks of the access log were made with them.
    """
    changed = Changed()
    keys.add(current_app._get_current_object())  # type: ignore[attr-defined]
    with writing() as db, trusted(db, "the master key is changed"):
        circles.note_proof(db, keys.ring().current)
        for member in db.scalars(select(CircleMember).where(circles.HOLDS)):
            _wrap_anew(member, changed)
        for release in db.scalars(select(Release).where(Release.withdrawn_at.is_(None))):
            _seal_anew(release, changed)
        for notice in db.scalars(select(SessionNotice)):
            if told := notices.unsealed(notice):
                notices.seal(notice, *told)
    return changed


def _wrap_anew(member: CircleMember, changed: Changed) -> None:
    try:
        circles.wrap_anew(member, member.bound_to)
        changed.wraps += 1
    except keys.Unreadable:
        changed.unreadable += 1


def _seal_anew(release: Release, changed: Changed) -> None:
    ring = keys.ring()
    place = handed_over.place(release)
    try:
        page = keys.unseal(ring.for_use(release.master_key, "release"), release.sealed, *place)
    except keys.Unreadable:
        changed.unreadable += 1
        return
    release.master_key, release.sealed = ring.current, keys.seal(ring.for_use(ring.current, "release"), page, *place)
    changed.releases += 1


@click.command("rotate-keys")
@with_appcontext
def rotate_keys() -> None:
    """Make a new master key and wrap every data key with it. Stop the site first; keep a new copy of the key file."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        demand_right_keys(app)
        changed = change_master_key()
    except keys.NoKeys as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"The master key is new: {changed.wraps} keys of members and {changed.releases} releases are closed with it."
    )
    click.echo(f"Keep a new copy of {keys.ring_file(app)} in a safe place, away from the database and its backups.")
    if changed.unreadable:
        click.echo(
            f"{changed.unreadable} could not be opened with the old key and stay closed: they were changed or copied."
        )


def init_app(app: Flask) -> None:
    """Put the command on the app."""
    app.cli.add_command(rotate_keys)
