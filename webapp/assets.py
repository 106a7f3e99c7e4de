"""The style sheets, the scripts and the icon, each under an address that changes with its content.

htmx comes from its installed package (PyPI django-js-lib-htmx, which has nothing to do with Django).
"""

import gzip
from hashlib import sha256
from importlib import resources
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

from . import access

HTMX_VERSION = "2.0.3"
HTMX_SHA256 = "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


class Asset:
    """One file, held in memory, with its compressed form and the mark of its content."""

    def __init__(self, name: str, content: bytes) -> None:
        self.content = content
        self.compressed = gzip.compress(content, 9)
        self.mark = sha256(content).hexdigest()[:12]
        self.type = TYPES[Path(name).suffix]


def htmx_source() -> bytes:
    """htmx itself; RuntimeError if the installed package is not the one we checked."""
    content = (resources.files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js").read_bytes()
    if sha256(content).hexdigest() != HTMX_SHA256:
        raise RuntimeError(f"the installed htmx is not the {HTMX_VERSION} that was checked")
    return content


def init_app(app: Flask, folder: Path) -> None:
    """Load every file once and serve it for a year under its marked address."""
    found = {
        path.name: Asset(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.suffix in TYPES
    }
    found["htmx.js"] = Asset("htmx.js", htmx_source())

    @app.get("/assets/<mark>/<name>")
    @access.anyone
    def asset(mark: str, name: str) -> Response:
        file = found.get(name)
        if file is None or file.mark != mark:
            abort(404)
        zipped = request.accept_encodings.quality("gzip") > 0
        response = Response(file.compressed if zipped else file.content, content_type=f"{file.type}; charset=utf-8")
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    @app.template_global()
    def asset_url(name: str) -> str:
        """The address of a file as it is now."""
        return url_for("asset", mark=found[name].mark, name=name)
