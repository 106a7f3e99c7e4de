"""Pages that only the tests have, for what no real page does."""

from flask import Flask, redirect, request
from flask_login import current_user
from werkzeug import Response

from webapp import access

PAGE = '<!doctype html><html lang="en"><head><title>A page</title></head><body><main>{}</main></body></html>'


def add_to(app: Flask) -> None:
    """Put them on a site that has not answered yet."""

    @app.get("/test/me")
    @access.signed_in
    def test_me() -> str:
        return PAGE.format(current_user.name)

    @app.get("/test/page")
    @access.anyone
    def test_page() -> str:
        return PAGE.format("A page of the tests.")

    @app.get("/test/broken")
    @access.anyone
    def test_broken() -> str:
        raise RuntimeError("the test broke this page")

    @app.get("/test/redirect")
    @access.anyone
    def test_redirect() -> Response:
        return redirect("/test/page")

    @app.get("/test/fragment")
    @access.anyone
    def test_fragment() -> str:
        return '<p id="answer">to htmx</p>' if request.htmx else PAGE.format("to a browser")  # type: ignore[attr-defined]

    @app.post("/test/form")
    @access.anyone
    def test_form() -> str:
        return PAGE.format("The form arrived.")
