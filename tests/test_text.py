"""Text that people type: what is kept of it, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.text import UnusableText, tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  plain words \n", "plain words"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("a\tb", "a\tb"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u00a0 hard space \u3000", "hard space"),
        ("👩🏽‍🏫 and 🇺🇸", "👩🏽‍🏫 and 🇺🇸"),
        ("שלום \u200fעולם", "שלום \u200fעולם"),
        ("\u200fمرحبا", "\u200fمرحبا"),
        ("<script>alert(1)</script> {{ 7*7 }} #import $x$", "<script>alert(1)</script> {{ 7*7 }} #import $x$"),
        ("x" * 200_000, "x" * 200_000),
    ],
)  # fmt: skip
def test_what_is_kept(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@pytest.mark.parametrize("typed", ["a\0b", "\0", "\ud83d", "x\udc00y", "\x01", "bell\x07", "\x1b[31m", "\x7f", "\x9f"])
def test_what_is_refused(typed: str) -> None:
    with pytest.raises(UnusableText, match=r"Please|please"):
        tidy(typed)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_tidying_twice_changes_nothing_more(typed: str) -> None:
    try:
        once = tidy(typed)
    except UnusableText:
        return
    assert tidy(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert "\0" not in once
    assert "\r" not in once
