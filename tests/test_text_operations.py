"""Several people in one box: nothing is lost, both sides agree, whatever the network does (static/text_*.js too: browser/)."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import typists
from tests.typists import move_past, operation_on
from webapp.documents import text_operations, two_texts
from webapp.documents.text_operations import (
    Operation,
    Typing,
    apply,
    begins,
    compose,
    invert,
    length_after,
    length_before,
    move_caret,
    normal,
    read,
    transform,
)
from webapp.documents.two_texts import BothChanged, both_replaced, difference

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors" / "text_operations.json").read_text(encoding="utf-8")
)
SIGNS = "ab é\u0301😀👩\u200d🏫\n\t-5.ß漢"
PAIRS = 10_000


def vectors(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", VECTORS[name], ids=lambda one: str(one)[:60])


# ---------------------------------------------------------------- the vectors that the browser goes through, too


@vectors("normal")
def test_there_is_one_way_to_write_an_operation(one: dict[str, Any]) -> None:
    assert normal(one["parts"]) == one["operation"]


@vectors("apply")
def test_an_operation_makes_one_text_of_another(one: dict[str, Any]) -> None:
    assert apply(one["operation"], one["text"]) == one["after"]
    assert length_before(one["operation"]) == len(one["text"])
    assert length_after(one["operation"]) == len(one["after"])


@vectors("refused")
def test_an_operation_on_another_text_is_refused(one: dict[str, Any]) -> None:
    text, operation = one["text"], one["operation"]
    all_of_it: Operation = [len(text)]
    for wrong in (
        lambda: apply(operation, text),
        lambda: invert(operation, text),
        lambda: compose(all_of_it, operation),
        lambda: transform(Typing(operation), Typing(all_of_it)),
        lambda: transform(Typing(all_of_it), Typing(operation)),
        lambda: read(json.dumps(operation), len(text)),
    ):
        with pytest.raises(text_operations.OtherText, match="made in another text"):
            wrong()


@vectors("compose")
def test_two_operations_become_one(one: dict[str, Any]) -> None:
    assert compose(one["first"], one["then"]) == one["both"]


@vectors("transform")
def test_each_is_moved_past_the_other(one: dict[str, Any]) -> None:
    moved = transform(Typing(*one["mine"]), Typing(*one["theirs"]))
    assert [list(typing) for typing in moved] == [one["mine_after"], one["theirs_after"]]
    text = one["text"]
    assert apply(moved[0].operation, apply(one["theirs"][0], text)) == apply(
        moved[1].operation, apply(one["mine"][0], text)
    )


@vectors("invert")
def test_an_operation_can_be_taken_back(one: dict[str, Any]) -> None:
    assert invert(one["operation"], one["text"]) == one["back"]


@vectors("move_caret")
def test_carets_move_along(one: dict[str, Any]) -> None:
    assert move_caret(one["operation"], one["position"]) == one["pushed"]
    assert move_caret(one["operation"], one["position"], typing=True) == one["typing"]


@vectors("begins")
def test_going_on_begins_where_something_was_taken_out_before(one: dict[str, Any]) -> None:
    assert begins(one["operation"], one["goes_on"]) == one["at"]


@vectors("difference")
def test_whole_texts_are_compared_by_words(one: dict[str, Any]) -> None:
    assert difference(one["old"], one["new"]) == one["operation"]


@vectors("both_replaced")
def test_it_is_told_where_both_replaced_the_same_words(one: dict[str, Any]) -> None:
    found = both_replaced(one["mine"], one["theirs"], one["text"])
    assert found == [BothChanged(*place) for place in one["places"]]


# ---------------------------------------------------------------- laws


def typing_on(chance: Random, text: str) -> Typing:
    """Something typed in a text, going on somewhere or not."""
    return Typing(operation_on(chance, text, SIGNS), chance.choice([None, chance.randint(0, len(text))]))


def some_text(chance: Random) -> str:
    return "".join(chance.choices(SIGNS, k=chance.randrange(25)))


def both_ways_agree(chance: Random) -> bool:
    """apply(b′, apply(a, s)) = apply(a′, apply(b, s))."""
    text = some_text(chance)
    mine, theirs = typing_on(chance, text), typing_on(chance, text)
    mine_after, theirs_after = transform(mine, theirs)
    after_mine, after_theirs = apply(mine.operation, text), apply(theirs.operation, text)
    return apply(theirs_after.operation, after_mine) == apply(mine_after.operation, after_theirs)


def nothing_put_in_is_lost(chance: Random) -> bool:
    text = some_text(chance)
    mine, theirs = typing_on(chance, text), typing_on(chance, text)
    moved = transform(mine, theirs)
    said = [[part for part in one.operation if isinstance(part, str)] for one in (mine, theirs)]
    kept = [[part for part in one.operation if isinstance(part, str)] for one in moved]
    return ["".join(parts) for parts in said] == ["".join(parts) for parts in kept]


def one_after_the_other_is_both(chance: Random) -> bool:
    text = some_text(chance)
    first = operation_on(chance, text, SIGNS)
    then = operation_on(chance, apply(first, text), SIGNS)
    last = operation_on(chance, apply(then, apply(first, text)), SIGNS)
    both = compose(first, then)
    return apply(both, text) == apply(then, apply(first, text)) and apply(compose(both, last), text) == apply(
        compose(first, compose(then, last)), text
    )


def taking_back_gives_the_text_before(chance: Random) -> bool:
    text = some_text(chance)
    operation = operation_on(chance, text, SIGNS)
    back = invert(operation, text)
    return apply(back, apply(operation, text)) == text and invert(back, apply(operation, text)) == operation


def one_can_take_back_ones_own_after_others_typed(chance: Random) -> bool:
    """Taking back what one did, after somebody else typed, leaves what the other did."""
    text = some_text(chance)
    mine = operation_on(chance, text, SIGNS)
    theirs = Typing(operation_on(chance, apply(mine, text), SIGNS))
    back, _ = transform(Typing(invert(mine, text)), theirs)
    left = apply(back.operation, apply(theirs.operation, apply(mine, text)))
    put_in = "".join(part for part in theirs.operation if isinstance(part, str))
    return not any(left.count(sign) < put_in.count(sign) for sign in put_in)


def carets_stay_beside_their_words(chance: Random) -> bool:
    """What stands before the caret still does, what stands after it too, and nobody is pushed out of the text."""
    text = some_text(chance)
    operation = operation_on(chance, text, SIGNS)
    carets = range(len(text) + 1)
    pushed = [move_caret(operation, at) for at in carets]
    staying = [move_caret(operation, at, typing=True) for at in carets]
    after = apply(operation, text)
    kept_before = [apply(operation[:0] + _part_before(operation, at), text[:at]) for at in carets]
    return (
        pushed == sorted(pushed)
        and all(stays <= moves <= len(after) for stays, moves in zip(staying, pushed, strict=True))
        and all(after.startswith(before) for before in kept_before)
        and staying == [len(before) for before in kept_before]
    )


def _part_before(operation: Operation, at: int) -> Operation:
    """What an operation does to the first characters of a text, without what it puts in right behind them."""
    part_before: Operation = []
    for part in operation:
        here = length_before(part_before)
        if isinstance(part, int):
            part_before.append(max(-1, min(1, part)) * min(abs(part), at - here))
        elif here < at:
            part_before.append(part)
    return part_before


def a_difference_makes_one_text_of_the_other(chance: Random) -> bool:
    old = " ".join(
        chance.choices(["we", "meet", "after", "school.", "😀", "-5", "e\u0301", "\n", "a"], k=chance.randrange(30))
    )
    new = apply(operation_on(chance, old, SIGNS), old) if chance.random() < 0.5 else some_text(chance)
    operation = difference(old, new)
    return apply(operation, old) == new and operation == normal(operation)


def what_is_made_is_in_normal_form(chance: Random) -> bool:
    text = some_text(chance)
    mine, theirs = typing_on(chance, text), typing_on(chance, text)
    moved = transform(mine, theirs)
    made = [*(one.operation for one in moved), compose(mine.operation, moved[1].operation)]
    return all(one == normal(one) for one in [*made, invert(mine.operation, text)])


LAWS = [
    both_ways_agree,
    nothing_put_in_is_lost,
    one_after_the_other_is_both,
    taking_back_gives_the_text_before,
    one_can_take_back_ones_own_after_others_typed,
    carets_stay_beside_their_words,
    a_difference_makes_one_text_of_the_other,
    what_is_made_is_in_normal_form,
]
Law = Callable[[Random], bool]


@pytest.mark.parametrize("law", LAWS)
def test_the_law_holds(law: Law) -> None:
    chance = Random(4)
    for _ in range(PAIRS):
        state = chance.getstate()
        if not law(chance):
            chance.setstate(state)
            pytest.fail(f"{law.__name__}: {some_text(chance)!r}")


@st.composite
def two_in_one_text(draw: st.DrawFn) -> tuple[str, Typing, Typing]:
    text = draw(st.text(max_size=12))
    return text, draw(typings(text)), draw(typings(text))


@st.composite
def typings(draw: st.DrawFn, text: str) -> Typing:
    parts: list[int | str] = []
    while (left := len(text) - length_before(parts)) > 0:
        size = draw(st.integers(1, left))
        parts += [draw(st.text(max_size=3)), size if draw(st.booleans()) else -size]
    parts.append(draw(st.text(max_size=3)))
    return Typing(normal(parts), draw(st.none() | st.integers(0, len(text))))


@settings(max_examples=1500, deadline=None)
@given(two_in_one_text())
@example(("", Typing(["a"]), Typing(["b"], 0)))
def test_the_laws_hold_for_the_worst_texts(found: tuple[str, Typing, Typing]) -> None:
    text, mine, theirs = found
    mine_after, theirs_after = transform(mine, theirs)
    after = apply(theirs_after.operation, apply(mine.operation, text))
    assert after == apply(mine_after.operation, apply(theirs.operation, text))
    assert after == apply(compose(mine.operation, theirs_after.operation), text)
    assert apply(invert(mine.operation, text), apply(mine.operation, text)) == text
    assert apply(difference(text, after), text) == after
    assert both_replaced(mine.operation, theirs.operation, text) is not None


def _kept_text(chance: Random, count: int) -> str:
    return "".join(chance.choices("ab ", k=count))


def test_versions_and_places_of_what_both_replaced_are_right() -> None:
    chance, met = Random(7), 0
    for _ in range(2000):
        text = _kept_text(chance, 20)
        mine, theirs = (operation_on(chance, text, "xy ") for _ in range(2))
        together = apply(move_past(Typing(mine), [Typing(theirs)]).operation, apply(theirs, text))
        for place in both_replaced(mine, theirs, text):
            met += 1
            assert place.was in text
            assert place.mine in apply(mine, text)
            assert place.theirs in apply(theirs, text)
            between = together[place.start : place.end]
            assert all(between.count(sign) >= max(place.mine.count(sign), place.theirs.count(sign)) for sign in "xy")
    assert met > 500


# ---------------------------------------------------------------- many people, a bad network


@pytest.mark.parametrize("loss", [0, 0.2])
@pytest.mark.parametrize("people", [2, 3, 5])
@pytest.mark.parametrize("only_at_the_end", [False, True])
def test_every_word_is_there_once_and_all_boxes_show_the_same(
    people: int, loss: float, *, only_at_the_end: bool
) -> None:
    wrong = {
        seed: outcome.wrong
        for seed in range(60)
        if (outcome := typists.run(seed, people, loss=loss, only_at_the_end=only_at_the_end)).wrong
    }
    assert wrong == {}


# ---------------------------------------------------------------- each law can fail


def wrong_transform(mine: Typing, theirs: Typing) -> tuple[Typing, Typing]:
    """Both sides put their own first."""
    return RIGHT_TRANSFORM(mine, theirs)[0], RIGHT_TRANSFORM(theirs, mine)[0]


def polite_transform(mine: Typing, theirs: Typing) -> tuple[Typing, Typing]:
    """What arrives goes behind what is there."""
    their_after, mine_after = RIGHT_TRANSFORM(theirs, mine)
    return mine_after, their_after


def lossy_transform(mine: Typing, theirs: Typing) -> tuple[Typing, Typing]:
    """What is put in where the other takes out goes, too."""
    if any(isinstance(part, int) and part < 0 for part in theirs.operation):
        mine = Typing(normal(part for part in mine.operation if isinstance(part, int)), mine.goes_on)
    return RIGHT_TRANSFORM(mine, theirs)


def torn_transform(mine: Typing, theirs: Typing) -> tuple[Typing, Typing]:
    """Nobody knows who goes on."""
    return RIGHT_TRANSFORM(Typing(mine.operation), Typing(theirs.operation))


RIGHT_TRANSFORM, RIGHT_CARET = transform, move_caret
HERE = "tests.test_text_operations"
BROKEN: list[tuple[Law, str, Callable[..., Any]]] = [
    (both_ways_agree, "transform", wrong_transform),
    (nothing_put_in_is_lost, "transform", lossy_transform),
    (one_after_the_other_is_both, "compose", lambda _first, then: then),
    (taking_back_gives_the_text_before, "invert", lambda operation, _text: [-length_after(operation)]),
    (one_can_take_back_ones_own_after_others_typed, "transform", lambda mine, theirs: (mine, theirs)),
    (carets_stay_beside_their_words, "move_caret", lambda _operation, at, **_: at),
    (a_difference_makes_one_text_of_the_other, "difference", lambda old, new: [new[:5], -len(old)]),
    (what_is_made_is_in_normal_form, "compose", lambda first, then: [*first, *then]),
]


@pytest.mark.parametrize(("law", "name", "broken"), BROKEN)
def test_the_law_is_broken_by_what_is_wrong(
    law: Law, name: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(law.__globals__, name, broken)
    with pytest.raises((AssertionError, ValueError)):
        chance = Random(4)
        assert all(law(chance) for _ in range(500))


def twice(judge: typists.Judge, person: int, request: typists.Request) -> list[typists.Change]:
    """A server that does not know a repeated request by its key."""
    again = {**request, "key": f"{request['key']} {judge.revision}"}
    answer = RIGHT_SAVE(judge, person, again)
    return [{**change, "key": str(change["key"]).split(" ", maxsplit=1)[0]} for change in answer]


RIGHT_SAVE = typists.Judge.save


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        (text_operations, "transform", polite_transform),
        (typists, "transform", wrong_transform),
        (typists, "move_caret", lambda operation, at, **_: RIGHT_CARET(operation, at)),
        (typists.Judge, "save", twice),
    ],
)
def test_a_run_shows_what_is_wrong(
    where: Any, name: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, broken)
    assert any(_fails(seed) for seed in range(10))


def test_a_run_shows_words_torn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_operations, "transform", torn_transform)
    monkeypatch.setattr(typists, "transform", torn_transform)
    assert any(_fails(seed, only_at_the_end=True) for seed in range(10))


def _fails(seed: int, *, only_at_the_end: bool = False) -> bool:
    try:
        return bool(typists.run(seed, 3, loss=0.2, only_at_the_end=only_at_the_end).wrong)
    except ValueError:
        return True


# ---------------------------------------------------------------- what a browser sends


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "could not read"),
        ("{}", "could not read"),
        ("null", "could not read"),
        ('"text"', "could not read"),
        ("[" * 100_000, "could not read"),
        ("[true, 2]", "could not read"),
        ("[3.0]", "could not read"),
        ("[NaN]", "could not read"),
        ("[[3]]", "could not read"),
        ("[null, 3]", "could not read"),
        (f"[{'9' * 5000}]", "could not read"),
        ("[2]", "made in another text"),
        ("[4]", "made in another text"),
        ("[-4]", "made in another text"),
        ("[99999999999999999999]", "made in another text"),
        ('["a\\u0000", 3]', "invisible character"),
        ('["\\u0007", 3]', "invisible character"),
        ('["\\ufffe", 3]', "invisible character"),
        ('["\\ud83d", 3]', "half of an emoji"),
        ('["\\r\\n", 3]', "unusual line end"),
        ('["a\\u2028b", 3]', "unusual line end"),
        (f'["{"x" * 19_998}", 3]', "has 20,001 characters and there is room for 20,000"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(raw: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(raw, 3)


@pytest.mark.parametrize(
    ("raw", "operation"),
    [
        ("[3]", [3]),
        ("[1, 1, 0, 1]", [3]),
        ('[-1, "a\\n\\tb", "", 2]', ["a\n\tb", -1, 2]),
        ('["\\ud83d\\ude00 e\\u0301 ", 3]', ["😀 e\u0301 ", 3]),
        (f'["{"x" * 19_997}", 3]', ["x" * 19_997, 3]),
    ],
)
def test_what_can_be_kept_is_read(raw: str, operation: Operation) -> None:
    assert read(raw, 3) == operation


def test_a_text_that_is_too_long_already_can_be_shortened() -> None:
    assert read("[20004, -1]", 20_005) == [20_004, -1]
    with pytest.raises(ValueError, match="20,006"):
        read('["x", 20005]', 20_005)


# ---------------------------------------------------------------- time


def quickest(act: Callable[[], Any], tries: int = 5) -> float:
    """Milliseconds, when nothing else is in the way."""
    times = []
    for _ in range(tries):
        started = time.thread_time()
        act()
        times.append(time.thread_time() - started)
    return min(times) * 1000


def long_text(chance: Random, most: int = 20_000) -> str:
    words = [f"word{number}" for number in range(400)]
    said = " ".join(chance.choice(words) + chance.choice(["", "", "", "", ".", ",", "\n"]) for _ in range(4000))
    return said[:most]


def changed(chance: Random, text: str, places: int) -> str:
    """The text with changes in so many places."""
    for _ in range(places):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(["x", "new word ", ". "]) + text[at + chance.choice([0, 3, 9]) :]
    return text[:20_000]


@pytest.mark.parametrize("places", [1, 10, 100])
def test_a_save_of_a_long_text_takes_less_than_5_ms(places: int) -> None:
    chance = Random(5)
    text = long_text(chance)
    mine, theirs = (difference(text, changed(chance, text, places)) for _ in range(2))
    new, sent = apply(mine, text), json.dumps(mine)
    acts: list[Callable[[], Any]] = [
        lambda: apply(mine, text),
        lambda: invert(mine, text),
        lambda: compose(mine, difference(new, new)),
        lambda: transform(Typing(mine), Typing(theirs)),
        lambda: move_caret(mine, 19_000),
        lambda: read(sent, len(text)),
        lambda: difference(text, new),
        lambda: both_replaced(mine, theirs, text),
    ]
    assert max(quickest(act) for act in acts) < 5


def test_no_two_texts_take_long() -> None:
    chance = Random(6)
    text = long_text(chance)
    words = text.split(" ")
    chance.shuffle(words)
    for other in (
        long_text(chance),
        " ".join(words),
        text[::-1],
        changed(chance, text, 1000),
        "x" * 20_000,
        ". " * 10_000,
    ):
        assert quickest(partial(difference, text, other), 3) < 150
    dense: Operation = [1, "a", -1] * 6_666
    assert quickest(lambda: both_replaced(dense, dense, "x" * 13_332), 2) < 1000
    assert two_texts.difference("x" * 20_000, "x" * 19_999) == [19_999, -1]
