"""Accord: coaching agreements and plans that teachers, coaches and principals write together."""

from pathlib import Path

import click
from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from . import access, assets, cli, database, keys, pages, settings, web
from .coaching_sessions import firewall, key_care, notices
from .documents import doorbell, visitors
from .documents.ahead import Ahead
from .extensions import compress, csrf, htmx, limiter, login

ROOT = Path(__file__).resolve().parent.parent


def create_app(overrides: dict[str, object] | None = None, *, instance: Path | None = None) -> Flask:
    """The site: settings, extensions, pages, then one last check."""
    app = Flask(
        "webapp",
        instance_path=str(instance or settings.instance_folder()),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    settings.load(app, overrides)
    keys.load(app)
    if click.get_current_context(silent=True) is None:  # not one of our commands, which say for themselves
        settings.require_secret_key(app)
    app.wsgi_app = Ahead(app)  # type: ignore[method-assign]
    if app.config["PROXIES"]:
        hops = int(app.config["PROXIES"])
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    database.init_app(app)
    app.before_request(web.no_endless_form)  # before any extension reads the form
    for extension in (csrf, htmx, login, limiter, compress):
        extension.init_app(app)
    assets.init_app(app, ROOT / "static")
    web.init_app(app)
    pages.init_app(app)
    firewall.listen()
    notices.listen()
    doorbell.init_app(app)
    visitors.init_app(app)
    cli.init_app(app)
    access.refuse_undeclared(app)
    if click.get_current_context(silent=True) is None:
        key_care.demand_right_keys(app)
    return app
