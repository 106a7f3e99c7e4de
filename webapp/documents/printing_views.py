"""Printing: the page that any browser can print, the PDF, and both of the blank form."""

from flask import Blueprint, Response, abort, render_template, request
from flask_login import current_user

from .. import access, forms
from ..access import Opened
from ..forms.declaration import DocumentForm
from . import pdf, printed
from .writing_page import WritingPage

bp = Blueprint("printing", __name__)


@bp.get("/plans/<public_id>/print")
@access.document("read")
def page(opened: Opened) -> str:
    """The document as this reader may have it on paper."""
    filled = printed.of(WritingPage(opened), reader=current_user)
    return render_template("documents/print.html", printed=filled, opened=opened, form=opened.form)


@bp.get("/plans/<public_id>/print.pdf")
@access.document("read")
def as_pdf(opened: Opened) -> Response:
    """The same as a PDF."""
    return _pdf(printed.of(WritingPage(opened), reader=current_user), "coaching-plan")


@bp.get("/forms/<form>/blank")
@access.signed_in
def blank(form: str) -> str:
    """The blank form, to fill in by hand."""
    declared = _form(form)
    return render_template("documents/print.html", printed=printed.blank(declared), opened=None, form=declared)


@bp.get("/forms/<form>/blank.pdf")
@access.signed_in
def blank_pdf(form: str) -> Response:
    """The blank form as a PDF."""
    return _pdf(printed.blank(_form(form)), form.replace("_", "-"))


def _form(key: str) -> type[DocumentForm]:
    """The newest version of a form."""
    return next((form for form in forms.known() if form.key == key), None) or abort(404)


def _pdf(paper: printed.Printed, name: str) -> Response:
    size = request.args.get("paper", "")
    try:
        content = pdf.make(paper, size=size if size in pdf.SIZES else pdf.LETTER)
    except pdf.TooMany:
        abort(503)
    # `name`: a file name that says nothing about anybody
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )
