"""The tests' own tools: each browser is one person, and the reader is as critical as it says."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.markup import Markup
from tests.page import Client, Form
from tests.pages import PAGE


def test_each_browser_sees_its_own_person(site: Flask, as_: Callable[[str], Client]) -> None:
    coach, principal = as_("coach"), as_("principal")
    for _ in range(3):
        assert coach.get("/test/me").text == "Ana Ruiz"
        assert principal.get("/test/me").text == "Paul Okafor"


@pytest.mark.parametrize(
    ("html", "mistake"),
    [
        (PAGE.format("<p>good"), ""),
        (PAGE.format("<p><div></p>"), "broken HTML"),
        (PAGE.format("<p>good").replace("<!doctype html>", ""), "broken HTML"),
        (PAGE.format('<p id="a"></p><p id="a"></p>'), "'a' stands 2 times"),
        (PAGE.replace("A page", ""), "no title"),
        (PAGE.replace(' lang="en"', ""), "language"),
        (PAGE.replace("main>", "div>"), "not exactly one <main>"),
        (PAGE.format('<form method="get"><button>Go</button></form>'), "without an action"),
        (PAGE.format('<form action="/x"><button>Go</button></form>'), "without a method"),
        (PAGE.format('<form action="/x" method="post"><button>Go</button></form>'), "without its csrf_token"),
        (PAGE.format('<form action="/x" method="get"><input type="hidden" name="csrf_token"></form>'), "the address"),
        (PAGE.format('<p style="color:red">'), "style="),
        (PAGE.format('<p onclick="x()">'), "onclick="),
        (PAGE.format('<p hx-on:click="x()">'), "hx-on"),
        (PAGE.format("<script>x()</script>"), "inline <script>"),
        (PAGE.format('<style>p {{ color: "red" }}</style>'), "inline <style>"),
        (PAGE.format('<img alt="" src="https://example.org/x.png">'), "from outside"),
        (PAGE.format('<img alt="" src="//example.org/x.png">'), "from outside"),
        (PAGE.format('<img alt="" src="data:image/png;base64,">'), ""),
        (PAGE.format('<img src="/x.png">'), "no alt text"),
        (PAGE.format('<a href="https://example.org/">elsewhere</a>'), ""),
        (PAGE.format('<a href="javascript:x()">x</a>'), "is a script"),
        (PAGE.format('<input name="q">'), "without a label"),
        (PAGE.format('<label>Q <input></label>'), "without a name"),
        (PAGE.format('<label for="q">Q</label>'), "names nothing"),
        (PAGE.format('<button type="button"></button>'), "says nothing"),
        (PAGE.format('<p hx-get="/x" hx-trigger="click[ctrlKey]">x'), "filter"),
        (PAGE.format('<p hx-get="/x" hx-target="#gone">x'), "names nothing"),
    ],
)  # fmt: skip
def test_the_reader_of_pages_is_critical(html: str, mistake: str) -> None:
    _reads(Markup(html), mistake)


@pytest.mark.parametrize(
    ("fragment", "mistake"),
    [
        ('<p id="a">good</p>', ""),
        ('<p id="a">good</p><p id="b" hx-swap-oob="true">too</p>', ""),
        ('<tr id="a"><td>good</td></tr>', ""),
        ('<p id="a">one</p><p id="b">two</p>', "exactly one root"),
        ("<p>one</p>", "has no id"),
        ('words <p id="a">one</p>', "words outside"),
        ('<p id="a"><b id="a">one</b></p>', "stands 2 times"),
    ],
)
def test_the_reader_of_fragments_is_critical(fragment: str, mistake: str) -> None:
    _reads(Markup(fragment, fragment=True), mistake)


def _reads(markup: Markup, mistake: str) -> None:
    found = list(markup.mistakes())
    assert any(mistake in one for one in found) if mistake else found == []


FORM = """
<form action="/sent" method="get" id="f">
  <label for="n">Name</label><input id="n" name="name" value="Ana">
  <label>Old <input name="old" value="x" disabled></label>
  <label>Remarks <textarea name="remarks">
one
two</textarea></label>
  <fieldset><legend>Days</legend>
    <label><input type="checkbox" name="days" value="mon" checked> Monday</label>
    <label><input type="checkbox" name="days" value="tue"> Tuesday</label>
  </fieldset>
  <label>School
    <select name="school"><option value="1">Roosevelt</option><option value="2">Lincoln</option></select>
  </label>
  <button type="button">Not this</button>
  <button name="do" value="save">Save</button>
  <button name="do" value="send" formaction="/other">Send</button>
</form>
<label>Outside <input form="f" name="outside" value="too"></label>
"""


@pytest.fixture
def form(app: Flask) -> Callable[[], Form]:
    app.add_url_rule("/form", "form", _open(lambda: PAGE.format(FORM)))
    app.add_url_rule("/<path:path>", "sent", _open(lambda path: PAGE.format("sent")))
    return lambda: Client(app).get("/form").form()


def _open(view: Callable[..., str]) -> Callable[..., str]:
    view.access = "anyone"  # type: ignore[attr-defined]
    return view


def test_a_form_sends_what_a_browser_would_send(form: Callable[[], Form]) -> None:
    assert form().values() == {
        "name": ["Ana"],
        "remarks": ["one\r\ntwo"],
        "days": ["mon"],
        "school": ["1"],
        "outside": ["too"],
    }
    sent = form().submit({"Name": "Bo", "Tuesday": True, "school": "Lincoln"}, button="Send")
    assert sent.path == "/other?name=Bo&remarks=one%0D%0Atwo&days=mon&days=tue&school=2&outside=too&do=send"
    assert form().submit(name="Bo").path.endswith("&do=save")
    assert "days=" not in form().submit({"days": []}).path
    assert "days=tue" in form().submit({"Days": ["Tuesday"]}).path


@pytest.mark.parametrize("what", [{"nothing": "x"}, {"school": "Harbor"}, {"Days": ["Sunday"]}, {"Old": "x"}])
def test_a_form_cannot_send_what_it_does_not_offer(form: Callable[[], Form], what: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        form().submit(what)


def test_a_button_that_is_not_there_cannot_be_pressed(form: Callable[[], Form]) -> None:
    with pytest.raises(AssertionError, match="Approve"):
        form().submit(button="Approve")
