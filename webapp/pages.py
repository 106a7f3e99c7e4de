"""The pages of the site, package by package."""

from typing import Any

from flask import Flask

from . import clock, promise_views
from .coaching_sessions import (
    notes_views,
    release_page,
    release_views,
    released_views,
    session_page,
    session_views,
    timeline_views,
    trust_views,
)
from .documents import agreement_views, plans_views, printing_views, seen_by_views, signoff_views, writing_views
from .people import account_views, link_views, person_views, school_views, sign_in_views, site
from .people.blueprints import administration, people
from .programme import views as programme_views

WITH_ROUTES = (account_views, link_views, person_views, school_views)  # they hang their pages on the two blueprints


def init_app(app: Flask) -> None:
    """Put every package's pages on the site."""
    sign_in_views.init_app(app)
    for blueprint in (
        people,
        administration,
        programme_views.programme,
        plans_views.today_bp,
        printing_views.bp,  # before the two that take any verb in their addresses
        promise_views.bp,
        session_views.in_plan,
        session_views.bp,
        timeline_views.bp,
        notes_views.bp,
        release_views.in_plan,
        release_views.bp,
        released_views.bp,
        trust_views.bp,
        seen_by_views.bp,
        agreement_views.bp,
        plans_views.bp,
        writing_views.bp,
        signoff_views.bp,
    ):
        app.register_blueprint(blueprint)
    trust_views.init_app(app)
    session_page.hang_in()
    release_page.hang_in()
    app.context_processor(_on_every_page)


def _on_every_page() -> dict[str, Any]:
    return {"is_demo": site.is_demo(), "this_school_year": clock.this_school_year()}
