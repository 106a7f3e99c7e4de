"""What kind of site this is: a school's own, or the demo."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..database import execute
from .models import Site

_IS_DEMO = select(Site.is_demo)


def is_demo() -> bool:
    """Whether everyone here is invented. Asked of the database until it says yes once; a site never changes back."""
    if not current_app.config.get("IS_DEMO"):
        current_app.config["IS_DEMO"] = _asked()
    return bool(current_app.config["IS_DEMO"])


def _asked() -> bool:
    try:
        return bool(execute(_IS_DEMO, {}).scalar())
    except SQLAlchemyError:  # no database: an error page must still be drawn
        return False
