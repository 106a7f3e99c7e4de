"""Everything that can be set, from ACCORD_* variables and instance/.env; what is missing fails closed."""

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path

from dotenv import load_dotenv
from flask import Flask

DEFAULTS: dict[str, object] = {
    "DATABASE_URL": "",  # empty: SQLite in the instance folder
    "SECRET_KEY": None,
    "KEY_RING": "",  # the file with the master keys; empty: key_ring.json in the instance folder
    "TIMEZONE": "America/New_York",
    "ADDRESS": "http://127.0.0.1:5000",  # how people reach the site, for links in e-mails
    "HTTPS": False,  # True behind TLS: __Host- cookie, HSTS
    "TRUSTED_HOSTS": None,
    "PROXIES": 0,  # reverse proxies in front whose X-Forwarded-* headers count
    "IDLE_MINUTES": 60,  # a sign-in without activity ends after this
    "SIGN_IN_HOURS": 12,  # and in any case after this
    "THREADS": 300 if sys.platform == "win32" else 40,  # of each server process; there each stream holds one
    "STREAMS": None,  # open pages that are told of changes at once; nothing: see answering_views.most_streams
    "MAIL_HOST": "",  # empty: no mail is sent; links are shown to the administrator
    "MAIL_PORT": 25,
    "MAIL_STARTTLS": False,
    "MAIL_USER": "",
    "MAIL_PASSWORD": "",
    "MAIL_FROM": "",
}

FIXED: dict[str, object] = {
    "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 16 * 1024 * 1024,
    "MAX_FORM_PARTS": 5000,
    "WTF_CSRF_TIME_LIMIT": None,  # an hour would end a long edit
    "WTF_CSRF_CHECK_DEFAULT": True,
    "WTF_CSRF_SSL_STRICT": False,  # it wants a Referer, which Referrer-Policy: no-referrer withholds
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "COMPRESS_ALGORITHM": ["gzip"],
    "COMPRESS_ALGORITHM_STREAMING": ["gzip"],
    "COMPRESS_LEVEL": 1,
    "COMPRESS_MIN_SIZE": 1200,  # what fits into one packet is there as fast as it is
    "RATELIMIT_STORAGE_URI": "memory://",
    "RATELIMIT_HEADERS_ENABLED": False,
}


def instance_folder() -> Path:
    """Where the database and the keys are: instance/, or ACCORD_INSTANCE."""
    root = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("ACCORD_INSTANCE") or root / "instance").resolve()


def load(app: Flask, overrides: dict[str, object] | None = None) -> None:
    """Fill app.config: defaults, then instance/.env, then ACCORD_* variables, then a test's overrides."""
    instance = Path(app.instance_path)
    instance.mkdir(parents=True, exist_ok=True)
    load_dotenv(instance / ".env")
    app.config.update(DEFAULTS)
    app.config.from_prefixed_env("ACCORD")
    app.config.update(overrides or {})
    app.config.update(FIXED)
    if not app.config["DATABASE_URL"]:
        app.config["DATABASE_URL"] = f"sqlite:///{instance / 'accord.db'}"
    if not app.config["SECRET_KEY"] and secret_key_file(app).exists():
        app.config["SECRET_KEY"] = secret_key_file(app).read_text().strip()
    hosts = app.config["TRUSTED_HOSTS"]
    if isinstance(hosts, str):
        app.config["TRUSTED_HOSTS"] = [host.strip() for host in hosts.split(",") if host.strip()]
    https = bool(app.config["HTTPS"])
    app.config["SESSION_COOKIE_SECURE"] = https
    app.config["SESSION_COOKIE_NAME"] = "__Host-accord" if https else "accord"
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=int(app.config["SIGN_IN_HOURS"]))


def secret_key_file(app: Flask) -> Path:
    """The file that `flask demo` and `flask new-key` keep the secret key in."""
    return Path(app.instance_path) / "secret_key"


def make_secret_key(app: Flask) -> None:
    """Give this installation a secret key of its own, unless it has one."""
    if app.config["SECRET_KEY"]:
        return
    path = secret_key_file(app)
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(48))
    app.config["SECRET_KEY"] = path.read_text()


def require_secret_key(app: Flask) -> None:
    """Refuse to serve without a secret key: sign-ins could be forged."""
    if not app.config["SECRET_KEY"]:
        raise RuntimeError(
            "Accord has no secret key, so it will not start. Run `flask --app wsgi new-key` once, or set ACCORD_SECRET_KEY."
        )
