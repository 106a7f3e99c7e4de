"""What every page and every fragment of the site must be like; `mistakes` says where one is not."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import html as lenient
from lxml.etree import _Element as Element
from markupever import HtmlOptions, Parser

LOADED = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "image": "href",
    "use": "href",
}
OUTSIDE = re.compile(r"\s*(//|(?!data:)[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
NAMES_OTHERS = (
    "for",
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "aria-details",
    "list",
    "form",
    "popovertarget",
)
CONTROLS = ("input", "select", "textarea", "button")
UNLABELLED = ("hidden", "submit", "button", "image", "reset")
NOT_ALLOWED = ("on", "hx-on", "hx-boost", "hx-push-url", "hx-replace-url", "hx-vars")
LEFT_OUT = ("head", "script", "style", "template")
WITHIN_A_LINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "tspan",
}  # fmt: skip


class Markup:
    """A page or a fragment as a tree, with what is wrong in it."""

    def __init__(self, html: str, *, fragment: bool = False) -> None:
        self.html = html
        self.is_fragment = fragment
        self.loose: list[str] = []  # words of a fragment that stand outside of its element
        self.roots = self._fragment(html) if fragment else [lenient.document_fromstring(html)]
        self.elements = [element for root in self.roots for element in root.iter() if isinstance(element.tag, str)]
        for element in self.elements:
            if (
                element.tag in ("textarea", "pre") and element.text
            ):  # a browser leaves out the line break they begin with
                element.text = element.text.removeprefix("\n")
        self.by_id = {element.get("id"): element for element in self.elements if element.get("id")}
        self.labels = {element.get("for"): element for element in self.elements if element.tag == "label"}

    def _fragment(self, html: str) -> list[Element]:
        found = lenient.fragments_fromstring(html)
        roots = [root for root in found if not isinstance(root, str) and isinstance(root.tag, str)]
        self.loose = [root for root in found if isinstance(root, str)] + [root.tail or "" for root in roots]
        return roots

    def mistakes(self) -> Iterator[str]:
        """Everything that is wrong, in words; nothing for a good page."""
        yield from self._broken()
        yield from self._wrong_fragment() if self.is_fragment else self._wrong_page()
        for name, times in Counter(element.get("id") for element in self.elements).items():
            if name is not None and (times > 1 or not name.strip()):
                yield f"the id {name!r} stands {times} times on this page"
        for element in self.elements:
            yield from _inline(element)
            yield from _from_outside(element)
            yield from self._form(element)
            yield from self._control(element)
            if element.tag == "img" and element.get("alt") is None:
                yield f"a picture has no alt text: {show(element)}"

    def _broken(self) -> Iterator[str]:
        found, lines = self._errors(self.html), self.html.splitlines(keepends=True)
        for error in found:
            there = bisect_left(
                range(len(lines)), True, key=lambda line: error in self._errors("".join(lines[: line + 1]))
            )
            yield f"broken HTML: {error} in line {there + 1}: {''.join(lines[there : there + 1]).strip()}"

    def _errors(self, html: str) -> list[str]:
        part_of_table = re.match(r"\s*<(tr|td|th|tbody)\b", html)
        around = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table"}[part_of_table[1]] if part_of_table else "div"
        parser = Parser(HtmlOptions(exact_errors=True, fragment_context=around if self.is_fragment else None))
        return parser.process(html).finish().errors()

    def _wrong_page(self) -> Iterator[str]:
        [root] = self.roots
        title = root.find("head/title")
        if title is None or not words(title):
            yield "the page has no title"
        if not root.get("lang"):
            yield "the page does not say its language"
        if sum(element.tag == "main" for element in self.elements) != 1:
            yield "the page has not exactly one <main>"
        for element in self.elements:
            named = [(attribute, name) for attribute in NAMES_OTHERS for name in (element.get(attribute) or "").split()]
            if (element.get("hx-target") or "").startswith("#"):
                named.append(("hx-target", element.get("hx-target", "")[1:]))
            for attribute, name in named:
                if name not in self.by_id:
                    yield f"{attribute}={name!r} names nothing on this page: {show(element)}"

    def _wrong_fragment(self) -> Iterator[str]:
        main = [root for root in self.roots if root.get("hx-swap-oob") is None]
        if len(main) != 1:
            yield f"a fragment has exactly one root, this one has {len(main)}: {[show(root) for root in main]}"
        yield from (f"the root of a fragment has no id: {show(root)}" for root in self.roots if not root.get("id"))
        yield from (f"words outside of the fragment: {loose.strip()!r}" for loose in self.loose if loose.strip())

    def _form(self, form: Element) -> Iterator[str]:
        if form.tag != "form":
            return
        method = (form.get("method") or "").lower()
        has_token = any(control.get("name") == "csrf_token" for control in self.controls_of(form))
        if not form.get("action"):
            yield f"a form without an action: {show(form)}"
        if method not in ("get", "post"):
            yield f"a form without a method: {show(form)}"
        if method == "post" and not has_token:
            yield f"a form that posts without its csrf_token: {show(form)}"
        if method == "get" and has_token:
            yield f"a form that puts its csrf_token into the address: {show(form)}"

    def _control(self, control: Element) -> Iterator[str]:
        if control.tag not in CONTROLS:
            return
        if control.tag == "button" or control.get("type") in UNLABELLED:
            if control.tag == "button" and not button_says(control):
                yield f"a button says nothing: {show(control)}"
            return
        if not control.get("name"):
            yield f"a box without a name is never sent: {show(control)}"
        if not self.label_of(control):
            yield f"a box without a label: {show(control)}"

    def controls_of(self, form: Element) -> list[Element]:
        """What belongs to a form, in the order of the page: what stands in it and what names it by `form=`."""
        return [element for element in self.elements if element.tag in CONTROLS and self._belongs(element, form)]

    def _belongs(self, control: Element, form: Element) -> bool:
        if control.get("form") is not None:
            return bool(form.get("id")) and control.get("form") == form.get("id")
        return next(control.iterancestors("form"), None) is form

    def label_of(self, control: Element) -> str:
        """What the label of a box says, or '' if it has none."""
        if control.get("aria-label"):
            return str(control.get("aria-label"))
        if control.get("aria-labelledby"):
            names = control.get("aria-labelledby", "").split()
            return " ".join(words(self.by_id[name]) for name in names if name in self.by_id)
        label = self.labels.get(control.get("id")) if control.get("id") else None
        if label is None:
            label = next(control.iterancestors("label"), None)
        return "" if label is None else words(label)


def _inline(element: Element) -> Iterator[str]:
    if element.tag == "style" or (element.tag == "script" and not element.get("src")):
        yield f"inline <{element.tag}>"
    for attribute, value in element.attrib.items():
        if attribute == "style" or str(attribute).startswith(NOT_ALLOWED):
            yield f"{attribute}= is not allowed: {show(element)}"
        if str(value).strip().lower().startswith(("javascript:", "js:")):
            yield f"{attribute}={value!r} is a script: {show(element)}"
    if "[" in (element.get("hx-trigger") or ""):
        yield f"a filter in hx-trigger is dropped, and the request fires anyway: {show(element)}"


def _from_outside(element: Element) -> Iterator[str]:
    if OUTSIDE.match(element.get(LOADED.get(str(element.tag), "src"), "")):
        yield f"this page loads something from outside: {show(element)}"
    for attribute in ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"):
        if not (element.get(attribute) or "/").startswith("/"):
            yield f"{attribute} does not begin with /: {show(element)}"


def button_says(button: Element) -> str:
    """What a button says."""
    return str(button.get("aria-label") or (button.get("value") if button.tag == "input" else words(button)) or "")


def words(element: Element) -> str:
    """What a reader reads of an element, its white space made even; what is hidden is left out."""
    return " ".join("".join(_words(element)).split())


def _words(element: Any) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in LEFT_OUT or element.get("hidden") is not None:
        return
    apart = "" if element.tag in WITHIN_A_LINE else " "
    yield apart + (element.text or "")
    for child in element:
        yield from _words(child)
        yield child.tail or ""
    yield apart


def show(element: Element) -> str:
    """An element's opening tag, for a message."""
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items())
    return f"<{element.tag}{attributes}>"[:200]
