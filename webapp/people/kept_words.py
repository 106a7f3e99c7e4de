"""Words typed after a sign-in had ended: shown, carried through signing in again, offered for saving."""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request, session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from ..text import showable

TYPED_BY = "person"  # in the cookie: the public id of whoever signed in here last
_TECHNICAL = {"csrf_token"}


@dataclass(frozen=True)
class KeptWords:
    """What a form held and where it was to go."""

    action: str
    fields: list[tuple[str, str]]
    typed_by: str = ""

    def to_show(self) -> list[str]:
        """The values that look like words a person typed, for showing and copying."""
        return [value for _, value in self.fields if re.search(r"\s", value.strip()) or value.strip().isalpha()]

    def packed(self) -> str:
        """All of it in one hidden field."""
        return json.dumps({"action": self.action, "fields": self.fields, "typed_by": self.typed_by})


def from_request() -> KeptWords | None:
    """The words of the present POST; None if it came from another site, held none or leads nowhere. Never passwords."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _TECHNICAL and "password" not in name.lower() and name != "kept"
    ]
    if not fields or not from_this_site() or not takes_posts(request.path):
        return None
    return KeptWords(request.full_path.rstrip("?"), fields, session.get(TYPED_BY, ""))


def unpacked(text: str) -> KeptWords | None:
    """The words from the hidden field; None if it was tampered with."""
    try:
        raw = json.loads(text)
        action, fields, typed_by = raw["action"], raw["fields"], raw["typed_by"]
        pairs = [(showable(str(name)), showable(str(value))) for name, value in fields]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(action, str) or not isinstance(typed_by, str) or not is_ours(action) or not takes_posts(action):
        return None
    return KeptWords(action, pairs, typed_by)


def from_this_site() -> bool:
    """Whether the browser says that this request came from one of our own pages."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}"


def is_ours(address: str) -> bool:
    """Whether this is an address within this site and nothing cleverer: one slash, no host, no control characters."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and "\\" not in address
        and not re.search(r"[\x00-\x20\x7f-\x9f]", address)
    )


def takes_posts(address: str) -> bool:
    """Whether one of our pages takes forms at this address (signing in itself aside)."""
    endpoint = _endpoint(address, "POST")
    return endpoint is not None and endpoint not in {"people.sign_in", "people.check_sign_in", "people.sign_out"}


def is_page(address: str) -> bool:
    """Whether one of our pages is at this address."""
    return is_ours(address) and _endpoint(address, "GET") is not None


def _endpoint(address: str, method: str) -> str | None:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        endpoint, _ = adapter.match(urlsplit(address).path, method=method)
    except (RequestRedirect, HTTPException, ValueError):
        return None
    return str(endpoint)
