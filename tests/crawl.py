"""Asking a site for everything: every address there is, and every page that links lead to. Keeps whole answers."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from tests.addresses import everywhere
from tests.cast import Cast
from tests.page import Client
from tests.plans import Plan

MOST_PAGES = 400
NOT_THERE = "aaaaaaaaaaaa"  # as long as an id of a plan, and no plan's
FORGED = {"seen": "2", "answer": "maybe"}
HTMX = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
PLAIN = {"Sec-Fetch-Site": "same-origin"}
TOKENS = re.compile(r"\.?[\w-]{10,}\.[\w-]{6}\.[\w-]{20,}")  # signed, with the second in them
PAGE_TOKENS = re.compile(
    r'name="page" value="[\w-]{12}"|\{"key":"[^"]{44}","of":"[\w-]{12}"\}'
)  # and keys of a sign-in
CLOCK = re.compile(r"\b\d\d:\d\d\b")
GETS = ("a[@href]/@href", "link[@href]/@href", "script[@src]/@src", "*[@hx-get]/@hx-get", "iframe/@src", "img/@src")


@dataclass(frozen=True)
class Answered:
    """One answer: everything in it that a person or a browser could read."""

    asked: str
    status: int
    headers: tuple[str, ...]
    cookie: str  # what the site's own cookie holds, unpacked
    body: str

    @property
    def said(self) -> str:
        """All of it as one text."""
        return "\n".join((self.body, *self.headers, self.cookie))

    def masked(self, *ids: str) -> tuple[Any, ...]:
        """The same without what differs from one request to the next: tokens, the clock, and these ids."""

        def mask(text: str) -> str:
            for one in ids:
                text = text.replace(one, "(id)")
            return CLOCK.sub("(clock)", PAGE_TOKENS.sub("(page)", TOKENS.sub("(token)", text)))

        headers = (line for line in self.headers if not line.startswith(("Set-Cookie", "Content-Length")))
        return self.status, tuple(map(mask, headers)), mask(self.cookie), mask(self.body)


def ask(client: Client, path: str, data: dict[str, str] | None = None, *, htmx: bool = False) -> Answered:
    """One request, not followed. A POST (with `data`) brings the right token."""
    headers = HTMX if htmx else PLAIN
    if data is None:
        response = client.http.get(path, headers=headers)
    else:
        response = client.http.post(path, headers=headers, data={**data, "csrf_token": client.csrf_token()})
    how = f"{'GET' if data is None else 'POST'} {path}{' as a fragment' if htmx else ''}"
    answered = Answered(
        how,
        response.status_code,
        tuple(sorted(f"{name}: {value}" for name, value in response.headers if name != "Date")),
        _unpacked(client.app, response),
        response.data.decode("utf-8", "surrogateescape"),  # a PDF to the byte
    )
    response.close()
    return answered


def _unpacked(app: Flask, response: TestResponse) -> str:
    name = app.config["SESSION_COOKIE_NAME"]
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    for line in response.headers.getlist("Set-Cookie"):
        if line.startswith(f"{name}=") and (value := line.split(";")[0].partition("=")[2]):
            kept = serializer.loads(value)
            return repr({key: kept[key] for key in kept if key not in ("_user_id", "csrf_token")})
    return ""


def addresses(app: Flask, cast: Cast, plan: Plan, method: str, *, each: int) -> Iterator[str]:
    """The addresses that answer to this method, so many of each kind."""
    adapter = app.url_map.bind("localhost")
    seen: Counter[Any] = Counter()
    for path in everywhere(app, cast, plan, method):
        rule, _ = adapter.match(path, method=method, return_rule=True)
        seen[rule.rule] += 1
        if seen[rule.rule] <= each:
            yield path


def by_address(
    app: Flask, cast: Cast, plan: Plan, browser: Callable[[], Client], *, pages: int, forms: int
) -> Iterator[Answered]:
    """Every kind of address the site has, so many of each, opened and sent a form to; with more than one page of
    each kind, also asked for as a fragment.
    """
    client = browser()
    for path in list(addresses(app, cast, plan, "GET", each=pages)):
        yield ask(client, path)
        if pages > 1:
            yield ask(client, path, htmx=True)
    for path in sorted(addresses(app, cast, plan, "POST", each=forms), key=_ends_sign_ins):
        yield ask(browser() if _ends_sign_ins(path) else client, path, FORGED)


def _ends_sign_ins(path: str) -> bool:
    return path.startswith(("/sign-", "/account"))


def by_links(client: Client, start: str = "/") -> dict[str, Answered]:
    """Every page that links, searches and redirects lead to from the start, by its address."""
    found: dict[str, Answered] = {}
    waiting = deque([start])
    while waiting:
        path = waiting.popleft()
        if path in found:
            continue
        found[path] = ask(client, path)
        assert len(found) <= MOST_PAGES, f"the crawl does not end: {sorted(found)[-20:]}"
        waiting.extend(_leads_to(found[path], path))
    return found


def _leads_to(answered: Answered, path: str) -> Iterator[str]:
    targets = [line.removeprefix("Location: ") for line in answered.headers if line.startswith("Location: ")]
    if answered.body.lstrip()[:1] == "<":
        tree = html.document_fromstring(answered.body)
        targets += [str(target) for way in GETS for target in tree.xpath(f"//{way}")]
        targets += [target for form in tree.forms if form.method.upper() == "GET" for target in _searches(form)]
    for target in targets:
        address = urlsplit(urljoin(f"http://localhost{path}", target))
        if address.netloc == "localhost" and not address.path.startswith("/assets/"):
            yield address.path + (f"?{address.query}" if address.query else "")


def _searches(form: html.FormElement) -> Iterator[str]:
    boxes = {name: value or "" for name, value in form.form_values()}
    words = [name for name in boxes if form.inputs[name].get("type") != "date"]
    for typed in ({}, dict.fromkeys(words, "an")):
        yield f"{form.action}?{urlencode(boxes | typed)}"
