"""A browser without JavaScript that reads every answer critically, so that tests read like a person using the site.

coach = as_("coach")
page = coach.get("/plans/new")
page = page.form(button="Start this plan").submit({"School": "Roosevelt Middle School"})
assert "Part 1" in page
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask, has_app_context
from itsdangerous import URLSafeTimedSerializer
from lxml.etree import _Element as Element
from werkzeug.test import TestResponse

from tests.markup import Markup, button_says, show, words

HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
)
Value = str | bool | list[str] | tuple[Any, ...] | None


class Client:
    """One browser. Follows redirects; fails on a server error and on any mistake in what it is shown."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.http = app.test_client()
        self._token = ""

    def get(self, path: str, *, status: int | None = 200, htmx: bool = False, follow: bool = True) -> "Page":
        """Open an address; `htmx` asks for a fragment as htmx does, `status=None` takes any answer."""
        return self._open(path, status=status, htmx=htmx, follow=follow)

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        status: int | None = 200,
        htmx: bool = False,
        token: bool = True,
        follow: bool = True,
    ) -> "Page":
        """Send data that no form of ours holds, such as a forged one; `token=False` leaves out the CSRF token."""
        sent = dict(data or {})
        if token:
            sent.setdefault("csrf_token", self.csrf_token())
        return self._open(path, status=status, htmx=htmx, follow=follow, method="POST", data=sent)

    def answer(self, path: str, data: Mapping[str, Any] | None = None) -> tuple[int, str]:
        """The code and the bare words of one answer, unread and not followed: for asking thousands of times."""
        if data is None:
            response = self.http.get(path)
        else:
            self._token = self._token or self.csrf_token()
            response = self.http.post(path, data={**data, "csrf_token": self._token})
        response.close()
        return response.status_code, response.data.decode("utf-8", "replace")

    def csrf_token(self) -> str:
        """A token that is right for this browser."""
        with self.http.session_transaction() as kept:
            kept.setdefault("csrf_token", "a" * 40)
            raw = kept["csrf_token"]
        secret = str(self.app.config["SECRET_KEY"])
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))

    def _open(self, path: str, *, status: int | None, htmx: bool, follow: bool, **request: Any) -> "Page":
        assert not has_app_context(), "an app context left open would serve the first persona to the second"
        headers = {"Sec-Fetch-Site": "same-origin"} | ({"HX-Request": "true"} if htmx else {})
        response = self.http.open(path, headers=headers, **request)
        page = Page(self, response, is_fragment=htmx)
        hops = 0
        while follow and page.status in (301, 302, 303, 307, 308):
            assert request.get("method") != "POST" or hops or page.status == 303, f"{path}: a POST redirects with 303"
            hops += 1
            assert hops < 6, f"{path} redirects in a circle"
            page = Page(self, self.http.get(page.headers["Location"], headers=headers), is_fragment=htmx)
        assert status in (None, page.status), f"{path} answered {page.status}, not {status}: {page.text[:500]}"
        return page


class Page:
    """One answer of the site, read critically: see markup.py for what makes it fail."""

    def __init__(self, client: Client, response: TestResponse, *, is_fragment: bool = False) -> None:
        self.client = client
        self.status = response.status_code
        self.headers = response.headers
        self.path = response.request.full_path.rstrip("?")
        self.content: bytes = response.data
        self.is_fragment = is_fragment
        self.markup: Markup | None = None
        response.close()
        self._read_headers()
        is_html = response.mimetype == "text/html" and self.status not in (204, 301, 302, 303, 304, 307, 308)
        if is_html and (self.content or not (is_fragment and "HX-Redirect" in self.headers)):
            self.markup = Markup(self.html, fragment=is_fragment)
            mistakes = list(self.markup.mistakes())
            assert not mistakes, f"{self.path} ({self.status}):\n  " + "\n  ".join(mistakes)

    def _read_headers(self) -> None:
        missing = [name for name in HEADERS if name not in self.headers]
        assert not missing, f"{self.path} lacks {missing}"
        if not self.path.startswith("/assets/"):
            assert "no-store" in self.headers["Cache-Control"], f"{self.path} may be kept by the browser"

    @property
    def html(self) -> str:
        """The answer as it came."""
        return self.content.decode("utf-8")

    @property
    def tree(self) -> Markup:
        """The answer as a tree; fails if it is no HTML."""
        assert self.markup is not None, f"{self.path} is no page: {self.status} {self.headers.get('Content-Type')}"
        return self.markup

    @property
    def text(self) -> str:
        """What a reader reads."""
        return (
            " ".join(words(root) for root in self.markup.roots)
            if self.markup
            else self.content.decode("utf-8", "replace")
        )

    @property
    def title(self) -> str:
        """What the browser's tab says."""
        return words(self.find("head > title"))

    def __contains__(self, text: str) -> bool:
        return text in self.text

    def __repr__(self) -> str:
        return f"<{self.status} {self.path}: {self.text[:2000]}>"

    def all(self, css: str) -> list[Element]:
        """Every element that a CSS selector finds."""
        return [found for root in self.tree.roots for found in root.cssselect(css)]

    def has(self, css: str) -> bool:
        """Whether a CSS selector finds anything."""
        return bool(self.all(css))

    def find(self, css: str) -> Element:
        """The one element that a CSS selector finds; fails if there is none or more than one."""
        found = self.all(css)
        assert len(found) == 1, f"{self.path}: {css} finds {len(found)} elements"
        return found[0]

    def words(self, css: str) -> str:
        """What a reader reads of the one element that a CSS selector finds."""
        return words(self.find(css))

    def links(self) -> dict[str, str]:
        """What every link says, with where it leads."""
        return {
            link.get("aria-label") or words(link): urljoin(self.path, link.get("href")) for link in self.all("a[href]")
        }

    def follow(self, says: str, *, status: int = 200) -> "Page":
        """Open the link that says this."""
        links = self.links()
        assert says in links, f"{self.path}: no link says {says!r}, but {sorted(links)}"
        return self.client.get(links[says], status=status)

    def form(self, css: str = "", *, button: str = "") -> "Form":
        """The form that a selector finds, or that has this button; the only one in <main> if neither is said."""
        found = self.all(css or ("form" if self.is_fragment or button else "main form"))
        if button:
            found = [
                form for form in found if any(button_says(control) == button for control in self.tree.controls_of(form))
            ]
        forms = [show(form) for form in found]
        assert len(forms) == 1, f"{self.path}: {css} {button} finds {len(forms)} forms: {forms or self._buttons()}"
        return Form(self, found[0], button)

    def _buttons(self) -> list[str]:
        return [button_says(button) for button in self.all("button")]


class Form:
    """A form as it stands on a page, to be filled in by name or by label."""

    def __init__(self, page: Page, element: Element, button: str = "") -> None:
        self.page, self.element, self.button = page, element, button
        self.controls = [control for control in page.tree.controls_of(element) if not _is_off(control)]
        self.boxes = [control for control in self.controls if control.get("name") and not _is_button(control)]

    def names(self) -> list[str]:
        """The names of its boxes."""
        return list(dict.fromkeys(str(box.get("name")) for box in self.boxes))

    def values(self) -> dict[str, list[str]]:
        """What it would send as it stands, without a button."""
        return {name: [value for box in self._named(name) for value in _sent(box)] for name in self.names()}

    def value(self, name_or_label: str) -> str:
        """What stands in one box; '' if nothing does."""
        return "".join(self.values()[self._name(name_or_label)])

    def submit(
        self, values: Mapping[str, Value] | None = None, *, button: str = "", status: int = 200, **more: Value
    ) -> Page:
        """Fill in and send, as a browser would. A tick is True or False; several ticks of one name are a list.

        Keys are names of boxes or what their labels say. Without `button`, the first one is pressed.
        """
        sent: dict[str, Any] = dict(self.values())
        for key, value in {**(values or {}), **more}.items():
            name, chosen = self._fill(key, value)
            sent[name] = chosen
        pressed = self._pressed(button or self.button)
        if pressed is not None and pressed.get("name"):
            sent[str(pressed.get("name"))] = [pressed.get("value") or ""]
        return self._send(sent, pressed, status)

    def _send(self, sent: dict[str, Any], pressed: Element | None, status: int) -> Page:
        def said(attribute: str) -> str:
            own = None if pressed is None else pressed.get(f"form{attribute}")
            return own or self.element.get(attribute) or ""

        address = urljoin(self.page.path, said("action"))
        if said("method").lower() == "get":
            path = urlsplit(address).path
            return self.page.client.get(f"{path}?{urlencode(sent, doseq=True)}", status=status)
        return self.page.client.post(address, sent, status=status, token=False)

    def _pressed(self, says: str) -> Element | None:
        buttons = [control for control in self.controls if _is_button(control)]
        if not says:
            return buttons[0] if buttons else None
        found = [button for button in buttons if button_says(button) == says]
        assert len(found) == 1, (
            f"{len(found)} buttons say {says!r}; there are {[button_says(button) for button in buttons]}"
        )
        return found[0]

    def _named(self, name: str) -> list[Element]:
        return [box for box in self.boxes if box.get("name") == name]

    def _name(self, name_or_label: str) -> str:
        if name_or_label in self.names():
            return name_or_label
        labels = {self.page.tree.label_of(box): str(box.get("name")) for box in self.boxes} | self._legends()
        assert name_or_label in labels, (
            f"no box is called {name_or_label!r}; there are {self.names()}, {sorted(labels)}"
        )
        return labels[name_or_label]

    def _legends(self) -> dict[str, str]:
        groups = [(box, box.xpath("ancestor::fieldset[1]/legend")) for box in self.boxes if _can_be_ticked(box)]
        return {words(legend[0]): str(box.get("name")) for box, legend in groups if legend}

    def _fill(self, key: str, value: Value) -> tuple[str, Any]:
        by_label = [box for box in self.boxes if key not in self.names() and self.page.tree.label_of(box) == key]
        name = self._name(key)
        boxes = by_label if isinstance(value, bool) and by_label else self._named(name)
        assert all(box.get("readonly") is None for box in boxes), f"{key} cannot be changed"
        if isinstance(value, bool):
            others = [text for box in self._named(name) if box not in boxes for text in _sent(box)]
            return name, others + [box.get("value") or "on" for box in boxes if value and _can_be_ticked(box)]
        if isinstance(value, tuple):
            return name, value  # a file
        wanted = [] if value is None else [value] if isinstance(value, str) else list(value)
        return name, [self._choose(boxes, text) for text in wanted]

    def _choose(self, boxes: Iterable[Element], text: str) -> str:
        """A value that a person can give: what is typed, or one of the options on offer, by value or by words."""
        offered: dict[str, str] = {}
        for box in boxes:
            if box.tag == "select":
                offered |= {option.get("value", words(option)): words(option) for option in box.iter("option")}
            elif _can_be_ticked(box):
                offered[box.get("value") or "on"] = self.page.tree.label_of(box)
            else:
                return text.replace("\n", "\r\n") if box.tag == "textarea" else text
        for value, says in offered.items():
            if text in (value, says):
                return value
        raise AssertionError(f"{text!r} is not on offer, only {offered}")


def _is_button(control: Element) -> bool:
    return (control.tag == "button" and (control.get("type") or "submit") == "submit") or control.get(
        "type"
    ) == "submit"


def _can_be_ticked(control: Element) -> bool:
    return control.get("type") in ("checkbox", "radio")


def _is_off(control: Element) -> bool:
    if control.tag == "button" and control.get("type") in ("button", "reset"):
        return True
    off = [around.get("disabled") is not None for around in control.iterancestors("fieldset")]
    return control.get("disabled") is not None or any(off)


def _sent(box: Element) -> list[str]:
    """What one box would send as it stands."""
    if box.tag == "select":
        options = list(box.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and box.get("multiple") is None:
            chosen = options[:1]
        return [str(option.get("value", words(option))) for option in chosen]
    if _can_be_ticked(box):
        return [str(box.get("value") or "on")] if box.get("checked") is not None else []
    if box.tag == "textarea":
        return ["".join(box.itertext()).replace("\n", "\r\n")]
    return [] if box.get("type") == "file" else [str(box.get("value") or "")]
