"""What every answer carries, what the site refuses to start with, and how its files are served."""

import gzip
import re
from collections.abc import Callable
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests import plans
from tests.addresses import everywhere
from tests.cast import Cast
from tests.conftest import KEY_RING
from tests.page import HEADERS, Client
from webapp import access, assets, create_app, pages
from webapp.web import CONTENT_SECURITY_POLICY

SETTINGS: dict[str, object] = {"SECRET_KEY": "x", "DATABASE_URL": "sqlite://"}


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/test/page", 200),
        ("HEAD", "/test/page", 200),
        ("OPTIONS", "/test/page", 200),
        ("GET", "/test/redirect", 302),
        ("POST", "/test/form", 400),  # no token
        ("GET", "/nothing/here", 404),
        ("GET", "/assets/000000000000/app.css", 404),
        ("DELETE", "/test/page", 405),
        ("GET", "/test/broken", 500),
    ],
)
def test_every_answer_carries_the_headers(site: Flask, method: str, path: str, status: int) -> None:
    site.testing = False  # show the page for errors instead of raising them
    answer = site.test_client().open(path, method=method)
    assert answer.status_code == status
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers


def test_the_policy_lets_nothing_in() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(("path", "status"), [("/nothing/here", 404), ("/test/broken", 500)])
@pytest.mark.parametrize("htmx", [False, True])
def test_an_error_is_a_page_that_says_what_to_do(site: Flask, path: str, status: int, htmx: bool) -> None:
    site.testing = False
    page = Client(site).get(path, status=status, htmx=htmx)
    assert "the test broke" not in page.html
    assert "There is no such page" in page if status == 404 else "went wrong on our side" in page


def test_over_tls_the_cookie_is_bound_to_the_host(make_app: Callable[..., Flask], database_url: str) -> None:
    app = make_app(database_url, HTTPS=True)
    answer = app.test_client().get("/sign-in", base_url="https://accord.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-accord=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"]


def test_a_foreign_host_name_is_refused(make_app: Callable[..., Flask], database_url: str) -> None:
    app = make_app(database_url, TRUSTED_HOSTS="accord.example.org")
    browser = app.test_client()
    assert browser.get("/sign-in", base_url="http://accord.example.org").status_code == 200
    assert browser.get("/sign-in", base_url="http://evil.example.com").status_code == 400


def test_a_huge_request_is_refused_with_a_page(site: Flask) -> None:
    client = Client(site)
    page = client.post("/test/form", {"text": "x" * 17_000_000}, status=413)
    assert "words are still there" in page


def test_every_form_needs_its_token(
    app: Flask, cast: Cast, as_: Callable[[str], Client], unchanged: Callable[[], Any]
) -> None:
    plan = plans.write(app, cast)
    coach = as_("coach")
    with unchanged():
        for path in everywhere(app, cast, plan, "POST"):
            answer = coach.http.post(path, data={"seen": "1"})
            assert answer.status_code == (303 if path == "/sign-out" else 400), path


# ---------------------------------------------------------------- refusals at the start


def test_an_undeclared_route_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(app: Flask) -> None:
        app.add_url_rule("/forgotten", "forgotten", lambda: "for everybody")

    monkeypatch.setattr(pages, "init_app", forgetful)
    with pytest.raises(RuntimeError, match="forgotten"):
        create_app(SETTINGS, instance=tmp_path)


def test_every_route_says_who_may_use_it(site: Flask) -> None:
    access.refuse_undeclared(site)
    for name, view in site.view_functions.items():
        assert vars(view)["access"], name


def test_without_a_secret_key_there_is_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCORD_SECRET_KEY", raising=False)
    with pytest.raises(RuntimeError, match="no secret key"):
        create_app(SETTINGS | {"SECRET_KEY": None}, instance=tmp_path)
    (tmp_path / "secret_key").write_text("a key of its own\n")
    kept = create_app(SETTINGS | {"SECRET_KEY": None, "KEY_RING": KEY_RING}, instance=tmp_path)
    assert kept.config["SECRET_KEY"] == "a key of its own"


# ---------------------------------------------------------------- files


def test_htmx_is_the_one_that_was_checked(site: Flask) -> None:
    assert metadata.version("django-js-lib-htmx").startswith(f"{assets.HTMX_VERSION}.")
    source = assets.htmx_source()
    assert sha256(source).hexdigest() == assets.HTMX_SHA256
    assert f'version:"{assets.HTMX_VERSION}"'.encode() in source


def test_another_htmx_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "HTMX_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match="not the 2"):
        assets.htmx_source()


def test_files_stay_in_the_browser_under_the_mark_of_their_content(site: Flask) -> None:
    browser = site.test_client()
    addresses = re.findall(r'/assets/[^"]+', browser.get("/sign-in").text)
    assert {address.rpartition("/")[2] for address in addresses} >= {"app.css", "app.js", "htmx.js"}
    for address in addresses:
        plain = browser.get(address)
        assert plain.status_code == 200
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert sha256(plain.data).hexdigest().startswith(address.split("/")[2])
        zipped = browser.get(address, headers={"Accept-Encoding": "gzip"})
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.data) == plain.data
        assert "Set-Cookie" not in plain.headers


@pytest.mark.parametrize("name", ["nothing.css", "..%2fapp.css", "app.css%00", "../../wsgi.py"])
def test_there_are_no_other_files(site: Flask, name: str) -> None:
    assert site.test_client().get(f"/assets/000000000000/{name}").status_code == 404


def test_a_page_is_small_on_the_wire(site: Flask) -> None:
    answer = site.test_client().get("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_htmx_gets_the_fragment_and_a_browser_the_page(site: Flask) -> None:
    client = Client(site)
    assert client.get("/test/fragment", htmx=True).text == "to htmx"
    assert client.get("/test/fragment").text == "to a browser"
