"""What every answer carries and how errors look: headers, error pages, what is logged of an error, how dates read."""

import traceback
from datetime import date, datetime
from typing import Any

from flask import Flask, Response, abort, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from .clock import local, now, school_year_name
from .extensions import login

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ERRORS: dict[int, tuple[str, str]] = {
    400: ("Something in this request was not right", "Nothing was changed. Please go back and try again."),
    403: (
        "You can read this, but not do that here",
        "Nothing was changed. If you think you should be able to, ask the coach of this plan.",
    ),
    404: ("There is no such page", "It may have moved, or it is not yours to see."),
    405: ("That does not work here", "Nothing was changed. Please go back and try again."),
    409: ("Somebody was quicker", "Nothing was changed. Please go back, look at the newest version and try again."),
    413: (
        "That was too much at once",
        "Nothing was saved. Please go back: your words are still there. Shorten them or save them in smaller pieces.",
    ),
    429: ("Too many tries", "Please wait a few minutes, then try again."),
    503: ("Too many people want this at once", "Nothing was lost. Please wait a minute and try again."),
    500: (
        "Something went wrong on our side",
        "Nothing was half saved. Please go back and try again; if it happens twice, tell your administrator the time.",
    ),
}


def init_app(app: Flask) -> None:
    """Headers on every answer, pages for errors, filters for templates."""
    app.before_request(_no_such_address)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(500, error_page)
    app.log_exception = lambda exc_info: _log(app, exc_info[1])  # type: ignore[method-assign]
    app.template_filter("when")(when)
    app.template_filter("day")(day)
    app.template_filter("exactly")(exactly)
    app.template_filter("clock")(at)
    app.template_filter("school_year")(school_year_name)


def _no_such_address() -> None:
    """No address of ours has a NUL in it, and PostgreSQL refuses to look for one."""
    if "\0" in request.path:
        abort(404)


def no_endless_form() -> None:
    """Millions of empty fields fit into a form of a few megabytes, and reading them would take all memory."""
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if is_form and request.get_data().count(b"&") >= current_app.config["MAX_FORM_PARTS"]:
        abort(413)


def _headers(response: Response) -> Response:
    cached = response.headers.get("Cache-Control")
    response.headers.update(headers(is_secure=request.is_secure))
    response.headers["Cache-Control"] = cached or response.headers["Cache-Control"]
    return response


def headers(*, is_secure: bool) -> dict[str, str]:
    """What every answer carries."""
    return _OVER_HTTPS if is_secure else _ALWAYS


_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
_OVER_HTTPS = {**_ALWAYS, "Strict-Transport-Security": "max-age=31536000"}


def error_page(error: Exception) -> tuple[str, int]:
    """A page (or, for htmx, a line) that says what happened, what was kept, and what to do."""
    code = (error.code or 500) if isinstance(error, HTTPException) else 500
    title, advice = ERRORS.get(code, ERRORS[400 if code < 500 else 500])
    if code >= 500 and "_login_user" not in g:  # the database may be what broke: nothing is asked of it
        g._login_user = login.anonymous_user()
    template = "_error.html" if request.headers.get("HX-Request") else "error.html"
    return render_template(template, title=title, advice=advice, code=code), code


def _log(app: Flask, error: BaseException | None) -> None:
    """What kind of error it was and where. Never its message, which may quote what somebody wrote."""
    said = without_words(error)
    app.logger.error("An error at %s %s\n%s", request.method, request.url_rule or "an unknown address", said)


def without_words(error: BaseException | None) -> str:
    """An error and what led to it, for a log: what kind of error and where, never what its message quotes."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return "\n".join(map(_kind_and_place, reversed(chain)))


def _kind_and_place(error: BaseException) -> str:
    kind, places = type(error), "".join(traceback.format_tb(error.__traceback__))
    name = getattr(error, "sqlite_errorname", "") or getattr(error, "sqlstate", "") or ""
    return f"{places}{kind.__module__}.{kind.__qualname__} {name}".rstrip()


def _foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
    """A host name that is not ours (TRUSTED_HOSTS): no page can be drawn, because no address can be built on it."""
    return "This is not an address of this site.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def when(moment: datetime) -> str:
    """A moment as people say it: today 10:42, yesterday 9:05, Tue Nov 24, Feb 3, 2025."""
    here, today = local(moment), local(now()).date()
    days = (today - here.date()).days
    if days == 0:
        return f"today {here:%H:%M}"
    if days == 1:
        return f"yesterday {here:%H:%M}"
    return day(here.date())


def day(on: date) -> str:
    """A day as people say it: Tue Nov 24, or Nov 24, 2025 when it is far away."""
    far = abs((local(now()).date() - on).days) > 150
    return f"{on:%b} {on.day}, {on.year}" if far else f"{on:%a %b} {on.day}"


def at(moment: datetime) -> str:
    """What the clock shows at a moment of today: 10:42."""
    return f"{local(moment):%H:%M}"


def exactly(moment: datetime) -> str:
    """A moment to the minute, for print and hover: November 21, 2026, 10:42."""
    here = local(moment)
    return f"{here:%B} {here.day}, {here.year}, {here:%H:%M}"


def fragment_or_page(fragment: str, page: str, **values: Any) -> str:
    """The fragment for htmx, the page that includes it for everybody else."""
    return render_template(fragment if request.headers.get("HX-Request") else page, **values)
