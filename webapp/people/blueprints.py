"""Where the pages about accounts and those of the administrator hang."""

from flask import Blueprint

people = Blueprint("people", __name__)
administration = Blueprint("administration", __name__, url_prefix="/administration")
