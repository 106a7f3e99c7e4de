"""Asking two worlds the same things, and finding every difference in what they answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from werkzeug.routing import Rule

from tests import addresses, crawl
from tests.crawl import HTMX, PAGE_TOKENS, PLAIN, TOKENS, Answered
from tests.page import Client
from tests.worlds import SECRET, World
from webapp import forms
from webapp.coaching_sessions.records import KINDS
from webapp.extensions import limiter
from webapp.people import mail
from webapp.people.models import Mail

GARBAGE = "zzzzzzzzzzzz"
THOROUGH = ("left", "outsider")  # are asked with ids of nothing, and by methods that no view answers, too
METHODS = ("GET", "POST", "DELETE", "OPTIONS", "HEAD")
GAP = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
KNOWN = {  # what stands in a gap of this name, beside ids and garbage
    "prompt": "focus",
    "part": "session",
    "section": "focus",
    "verb": "sign",
    "how": "remove",
    "kind": "session",
    "form": "coaching_session",
}
Asked = tuple[str, str, bool, bool]  # method, path, as a fragment, with the right token


@dataclass(frozen=True)
class Heard:
    """One answer as it came, its tokens masked."""

    status: int
    headers: tuple[str, ...]
    cookie: str
    body: bytes


def differences(a: World, b: World, who: str, *, where: str = "/") -> list[str]:
    """Everything in which the two worlds answer this person differently, a line each.

    `where`: ask only for such addresses, beside all to which links lead.
    """
    asked = [
        one for one in (*_shared(a), *_hidden(b, thorough=who in THOROUGH), *_open_pages(b, who)) if where in one[1]
    ]
    here, there = (dict(everything(world, who, asked)) for world in (a, b))
    found = [
        f"{what}: {_where(here.get(what), there.get(what))}"
        for what in {**here, **there}
        if here.get(what) != there.get(what)
    ]
    return found + [f"{what} tells the secret" for what, said in there.items() if SECRET in f"{said}"]


def _where(one: Any, other: Any) -> str:
    """Where two answers begin to differ."""
    said, instead = f"{one}", f"{other}"
    at = next((at for at, (x, y) in enumerate(zip_longest(said, instead)) if x != y), 0)
    return f"…{said[max(0, at - 80) : at + 80]!r} | {instead[at : at + 80]!r}"


def everything(world: World, who: str, ask_for: list[Asked]) -> Iterator[tuple[str, Any]]:
    """All that this person can be told by a world: on paper, on pages, in errors, by mail."""
    limiter.reset()
    client = world.browser(who)
    for path, answered in sorted(crawl.by_links(client).items()):
        yield f"link {path}", answered_as_heard(answered)
    for asked in ask_for:
        if _ends_sign_ins(asked):
            client = world.browser(who)
        yield _said(asked), hear(client, asked)
    yield "mail", letters(world, who)
    if who == "admin":
        yield "the administrator's own entries", [answered_as_heard(one) for one in world.said]


def _said(asked: Asked) -> str:
    method, path, fragment, token = asked
    return f"{method} {path}{' as a fragment' if fragment else ''}{'' if token else ' without a token'}"


# ---------------------------------------------------------------- one answer


def hear(client: Client, asked: Asked) -> Heard:
    """Ask, and keep the whole answer."""
    method, path, fragment, token = asked
    sent: dict[str, Any] = {}
    if method not in ("GET", "HEAD", "OPTIONS"):
        sent = {"data": {"seen": "2", "answer": "maybe"} | ({"csrf_token": client.csrf_token()} if token else {})}
    response = client.http.open(path, method=method, headers=HTMX if fragment else PLAIN, **sent)
    cookie = mask(crawl._unpacked(client.app, response))
    headers = tuple(mask(f"{name}: {value}") for name, value in response.headers)
    heard = Heard(response.status_code, headers, cookie, mask_bytes(response.data))
    response.close()
    return heard


def answered_as_heard(answered: Answered) -> tuple[Any, ...]:
    """The same of an answer that the crawl has kept."""
    return answered.status, tuple(map(mask, answered.headers)), mask(answered.cookie), mask(answered.body)


def mask(text: str) -> str:
    """Without the tokens of this sign-in, form and page; nothing else is taken out."""
    return PAGE_TOKENS.sub("(page)", TOKENS.sub("(token)", text))


def mask_bytes(body: bytes) -> bytes:
    """The same of a body; what is no text stays as it is, to the byte."""
    try:
        return mask(body.decode()).encode()
    except UnicodeDecodeError:
        return body


def letters(world: World, who: str) -> list[str]:
    """The mails of this person in the outbox: when, and word for word."""
    if who == "signed_out":
        return []
    with world.app.test_request_context():
        found = world.tables.all(select(Mail).where(Mail.person_id == world.cast[who].id).order_by(Mail.created_at))
        person = world.cast[who]
        return [
            f"{one.created_at} {one.attempts} {one.to_address} {mail.KINDS[one.kind]} {one.path} {person.email}"
            for one in found
        ]


# ---------------------------------------------------------------- what to ask for


def _shared(world: World) -> Iterator[Asked]:
    """Every address of what both worlds have; what only one has is among the hidden ones."""
    with world.app.test_request_context():
        gaps = addresses._of_the_plan(world.app, world.plan) | addresses._of_the_rest(world.app, world.cast)
    adapter = world.app.url_map.bind("localhost")
    for rule in _rules(world):
        known = {gap for name in gaps if addresses._fits(name, rule) for gap in (gaps[name] or [{}])[0]}
        if "GET" in (rule.methods or ()) and rule.arguments <= known:
            for values in addresses._fillings(rule, gaps):
                path = adapter.build(rule.endpoint, values, method="GET")
                yield ("GET", path, False, True)
                yield ("GET", path, True, True)


def _rules(world: World) -> list[Rule]:
    return sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def _hidden(world: World, *, thorough: bool) -> Iterator[Asked]:
    """Every address with ids of what is hidden and of something else, with and without a token; if it is to be thorough,
    also with ids of nothing, and by every method."""
    for rule in _rules(world):
        methods = {"GET", "POST"} & set(rule.methods or ())
        fitting = [public_id for of, public_id in world.hidden.items() if rule.rule.startswith(_where_it_is(of))]
        others = [one for one in sorted({*world.hidden.values()}) if one not in fitting][:1] if "GET" in methods else []
        ids = [*fitting, *others, *([GARBAGE] if thorough else [])] or [GARBAGE]
        for path in _fillings(rule, ids):
            yield from ((method, path, False, True) for method in sorted(methods))
        path = next(_fillings(rule, ids))
        yield from ((method, path, False, True) for method in METHODS if thorough and method not in methods)
        yield from ((method, path, True, True) for method in sorted(methods))
        yield ("POST", path, False, False)


def _open_pages(world: World, who: str) -> Iterator[Asked]:
    """Where pages ask what has changed that this person has had open since nothing was written there."""
    if who == "signed_out":
        return
    places = [(plan.path, plan.form) for plan in (world.plan, world.other_plan)]
    for of, public_id in world.hidden.items():
        kind = of.rsplit(maxsplit=1)[-1]
        if kind in KINDS or of.startswith("documents "):
            form = forms.latest(KINDS[kind][1] if kind in KINDS else kind)
            places.append((f"{_where_it_is(of)}{public_id}", form))
    for path, form in places:
        yield ("GET", addresses.changes_since(world.app, path, form, world.cast[who].id), True, True)


def _where_it_is(of: str) -> str:
    """The beginning of the addresses of one kind of thing; "" for what stands in the addresses of others."""
    kind = of.rsplit(maxsplit=1)[-1]
    return KINDS[kind][0] + "/" if kind in KINDS else "/plans/" if of.startswith("documents") else ""


def _fillings(rule: Rule, ids: list[str]) -> Iterator[str]:
    """The addresses of one rule: each id in all of its gaps, and in its first with what is known in the others."""
    ways = [_filled(rule, one, *rest) for one in ids for rest in ((1, {}), (3, KNOWN))]
    yield from dict.fromkeys(ways)


def _filled(rule: Rule, public_id: str, number: int, known: dict[str, str]) -> str:
    return GAP.sub(lambda gap: str(number) if gap[1] == "int" else known.get(gap[2], public_id), rule.rule)


def _ends_sign_ins(asked: Asked) -> bool:
    return asked[0] == "POST" and asked[1].startswith(("/sign-", "/account", "/welcome"))
