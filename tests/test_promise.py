"""The promise names only tests that exist, and its page and docs/promise.md say the same."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.page import Client
from webapp import promise
from webapp.promise import PROMISES, Promise

ROOT = Path(__file__).parent.parent


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the test functions of a file."""
    path = ROOT / file
    tree = ast.parse(path.read_text()) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def missing(promised: list[Promise]) -> set[str]:
    """The tests that are named and do not exist."""
    named = {test for one in promised for test in one.tests}
    return {test for test in named if test.partition("::")[2] not in names_in(test.partition("::")[0])}


def test_every_test_that_a_promise_names_exists() -> None:
    assert missing(PROMISES) == set()


def test_a_test_that_does_not_exist_would_be_found() -> None:
    invented = ("tests/test_promise.py::test_that_nobody_wrote", "tests/test_of_nothing.py::test_of_nothing")
    real = "tests/test_promise.py::test_every_test_that_a_promise_names_exists"
    assert missing([Promise("Anybody", can=True, sentence="Gets it.", tests=(real, *invented))]) == {*invented}


def test_no_promise_lacks_a_test_or_a_sentence() -> None:
    for one in PROMISES:
        assert one.tests, one.sentence
        assert one.sentence.endswith((".", ")")), one.sentence
        assert one.sentence[0].isupper(), one.sentence
    assert len({(one.who, one.sentence) for one in PROMISES}) == len(PROMISES)


def test_the_document_says_what_the_page_says() -> None:
    """If not: write the section anew (webapp/promise.py says how)."""
    assert promise.as_markdown() in (ROOT / "docs" / "promise.md").read_text()


@pytest.mark.parametrize("who", ["teacher", "principal", "admin"])
def test_everybody_who_is_signed_in_can_read_it(as_: Callable[[str], Client], who: str) -> None:
    page = as_(who).get("/").follow("The promise")
    for one in PROMISES:
        assert one.sentence in page
        assert all(test in page for test in one.tests)


def test_signed_out_it_asks_to_sign_in(signed_out: Callable[[], Client]) -> None:
    assert "Sign in" in signed_out().get("/promise")
