"""The operations and the boxes of the page, in a real Chromium: the same as on the server, to the last character."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import typists
from tests.browser.site import ROOT, Site
from tests.test_text_operations import SIGNS, VECTORS, some_text, typing_on
from tests.typists import BASE, Change, Judge, Look, Request, Typist, operation_on, simulate
from webapp.assets import Asset
from webapp.documents.text_operations import apply, begins, compose, invert, move_caret, transform

PAIRS = 2_000
SCRIPTS = ("text_operations.js", "text_box.js")


@pytest.fixture(scope="module")
def page(browser: Browser, demo_school: Site) -> Iterator[Page]:
    """A page of the site, under its own strict rules, with the scripts from their marked addresses."""
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto(f"{demo_school.address}/sign-in")
    for name in SCRIPTS:
        mark = Asset(name, Path(ROOT, "static", name).read_bytes()).mark
        page.add_script_tag(url=f"{demo_school.address}/assets/{mark}/{name}")
    yield page
    page.close()
    assert troubles == []


def the_same(page: Page, script: str, asked: list[Any], expected: list[Any]) -> None:
    """Every answer of the browser is Python's."""
    found = page.evaluate(f"(all) => all.map((one) => {{ const t = textOperations; return {script}; }})", asked)
    wrong = [(one, here, there) for one, here, there in zip(asked, found, expected, strict=True) if here != there]
    assert wrong[:3] == []


# ---------------------------------------------------------------- the vectors

VECTOR_CALLS = {
    "normal": ("t.normal(one.parts)", "operation"),
    "apply": ("t.apply(one.operation, one.text)", "after"),
    "compose": ("t.compose(one.first, one.then)", "both"),
    "invert": ("t.invert(one.operation, one.text)", "back"),
    "begins": ("t.begins(one.operation, one.goes_on)", "at"),
    "edit": ("textBox.edit(t.points(one.old), t.points(one.new), one.caret)", "operation"),
}
TYPING = "const typing = ([operation, goes_on]) => ({ operation, goes_on })"
TRANSFORM = f"(() => {{ {TYPING}; return t.transform(typing(one.mine), typing(one.theirs)).map(Object.values); }})()"


@pytest.mark.parametrize("name", VECTOR_CALLS)
def test_the_vectors_hold_in_the_browser(page: Page, name: str) -> None:
    script, result = VECTOR_CALLS[name]
    the_same(page, script, VECTORS[name], [one[result] for one in VECTORS[name]])


def test_the_vectors_of_moving_hold_in_the_browser(page: Page) -> None:
    many = VECTORS["transform"]
    the_same(page, TRANSFORM, many, [[one["mine_after"], one["theirs_after"]] for one in many])
    carets = VECTORS["move_caret"]
    script = "[t.moveCaret(one.operation, one.position), t.moveCaret(one.operation, one.position, true)]"
    the_same(page, script, carets, [[one["pushed"], one["typing"]] for one in carets])


def test_an_operation_on_another_text_is_refused_in_the_browser(page: Page) -> None:
    for call in (
        "t.apply(one.operation, one.text)",
        "t.invert(one.operation, one.text)",
        "t.compose([t.points(one.text).length], one.operation)",
        "t.transform({ operation: one.operation, goes_on: null }, { operation: [t.points(one.text).length], goes_on: null })",
    ):
        script = f"(() => {{ try {{ {call}; return 'taken'; }} catch (error) {{ return error.name; }} }})()"
        the_same(page, script, VECTORS["refused"], ["RangeError"] * len(VECTORS["refused"]))


# ---------------------------------------------------------------- random pairs


def test_thousands_of_random_pairs_come_out_as_on_the_server(page: Page) -> None:
    chance = Random(8)
    asked, expected = [], []
    for _ in range(PAIRS):
        text = some_text(chance)
        mine, theirs = typing_on(chance, text), typing_on(chance, text)
        at, then = chance.randint(0, len(text)), operation_on(chance, apply(mine.operation, text), SIGNS)
        asked.append({"text": text, "mine": list(mine), "theirs": list(theirs), "then": then, "at": at})
        expected.append(
            [
                [list(one) for one in transform(mine, theirs)],
                apply(mine.operation, text),
                compose(mine.operation, then),
                invert(mine.operation, text),
                [move_caret(mine.operation, at), move_caret(mine.operation, at, typing=True)],
                begins(mine.operation, at),
            ]
        )
    script = (
        f"[{TRANSFORM}, t.apply(one.mine[0], one.text), t.compose(one.mine[0], one.then), t.invert(one.mine[0], one.text),"
        " [t.moveCaret(one.mine[0], one.at), t.moveCaret(one.mine[0], one.at, true)], t.begins(one.mine[0], one.at)]"
    )
    the_same(page, script, asked, expected)


def test_long_texts_take_less_than_5_ms_in_the_browser(page: Page) -> None:
    text = "We read each other’s lessons 😀. " * 620
    length = len(text)
    operation = [part for _ in range(100) for part in (100, "new", -3)]
    operation.append(length - 103 * 100)
    times = page.evaluate(
        """([text, operation, length]) => {
            const t = textOperations;
            const mine = { operation, goes_on: null };
            const box = new textBox.Pending(text, 0);
            const all = [
                () => t.apply(operation, text),
                () => t.invert(operation, text),
                () => t.compose(operation, [length]),
                () => t.transform(mine, mine),
                () => { box.place(500, 500); box.typed(`${box.text.slice(0, 500)}x${box.text.slice(500)}`, 501); },
            ];
            const time = (act) => { const began = performance.now(); act(); return performance.now() - began; };
            return all.map((act) => Math.min(...Array.from({ length: 9 }, () => time(act))));
        }""",
        [text, operation, length],
    )
    assert max(times) < 5, times


# ---------------------------------------------------------------- many people, a bad network


class BrowserBox:
    """One `Pending` in the page, driven as a text area would drive it."""

    numbers = itertools.count()

    def __init__(self, page: Page, text: str) -> None:
        self.page, self.name = page, f"box{next(self.numbers)}"
        self._do("boxes[name] = new textBox.Pending(given, 0)", text)

    def look(self) -> Look:
        return self._look("")

    def go(self, caret: int) -> Look:
        return self._look("const at = points(box.text).slice(0, given).join('').length; box.place(at, at)", caret)

    def put(self, character: str) -> Look:
        return self._look(
            "const all = points(box.text); const at = given ? box.start : box.start - 1;"
            "const before = all.slice(0, at).join('') + given;"
            "box.typed(before + all.slice(box.start).join(''), before.length)",
            character,
        )

    def sent(self) -> Request | None:
        found: Request | None = self._do("return box.sent()")
        return found

    def failed(self) -> None:
        self._do("box.failed()")

    def hear(self, changes: list[Change], *, answer: bool) -> Look:
        return self._look(
            "given.answer ? box.acknowledged(given.news) : box.receive(given.news)", {"news": changes, "answer": answer}
        )

    def _look(self, script: str, given: Any = None) -> Look:
        return Look(*self._do(f"{script}; return [box.text, box.start, box.revision, box.saved]", given))

    def _do(self, script: str, given: Any = None) -> Any:
        start = "const boxes = (globalThis.boxes ??= {}); const box = boxes[name]; const { points } = textOperations;"
        return self.page.evaluate(f"([name, given]) => {{ {start} {script} }}", [self.name, given])


@pytest.mark.parametrize(("people", "seed"), [(2, 1), (2, 2), (2, 3), (3, 4), (3, 5), (5, 6)])
@pytest.mark.parametrize("only_at_the_end", [False, True])
def test_boxes_in_the_browser_end_as_those_on_the_server(
    page: Page, people: int, seed: int, *, only_at_the_end: bool
) -> None:
    several = [
        Typist("ABCDE"[number], BrowserBox(page, BASE), 4, Random(seed * 100 + number), only_at_the_end)
        for number in range(people)
    ]
    outcome = simulate(several, Judge(BASE), Random(seed), loss=0.2)
    assert outcome.wrong == []
    assert outcome == typists.run(seed, people, words=4, loss=0.2, only_at_the_end=only_at_the_end)


# ---------------------------------------------------------------- a real text area


@pytest.fixture
def area(page: Page) -> Iterator[Page]:
    """A text area that is followed, with somebody else who can be heard in it."""
    page.evaluate(
        """() => {
            const area = document.createElement("textarea");
            area.id = "shared";
            area.value = "We meet on Monday. We read.";
            document.body.prepend(area);
            const pending = new textBox.Pending(area.value, 0);
            const said = [];
            globalThis.shared = { area, pending, said, take: textBox.follow(area, pending, (what) => said.push(what)) };
            area.focus();
        }"""
    )
    yield page
    page.evaluate("() => shared.area.remove()")


def somebody_else(page: Page, operation: list[int | str], revision: int = 0) -> None:
    """Somebody else's change arrives; `revision`: its number, if it is not the next."""
    page.evaluate(
        "([operation, revision]) =>"
        " shared.take([{ revision: revision || shared.pending.revision + 1, operation, goes_on: null, key: '' }])",
        [operation, revision],
    )


def shown(page: Page) -> tuple[str, int, int]:
    """The text of the area and its selection; the box agrees."""
    found = page.evaluate(
        "() => [shared.area.value, shared.area.selectionStart, shared.area.selectionEnd, shared.pending.text,"
        " ...shared.pending.selection]"
    )
    assert found[0] == found[3] and found[1:3] == found[4:]
    return found[0], found[1], found[2]


def caret(page: Page, start: int, end: int | None = None) -> None:
    page.evaluate("([start, end]) => shared.area.setSelectionRange(start, end)", [start, start if end is None else end])


def unsent(page: Page) -> Any:
    return page.evaluate("() => shared.pending.unsent.operation")


def test_what_is_typed_is_one_operation_and_the_caret_stays_at_its_word(area: Page) -> None:
    caret(area, 11, 17)
    area.keyboard.type("Fri 😀")
    assert unsent(area) == [11, "Fri 😀", -6, 10]
    somebody_else(area, ["Dear all. ", 27])
    assert shown(area) == ("Dear all. We meet on Fri 😀. We read.", 27, 27)
    area.keyboard.press("Backspace")
    area.keyboard.type("day")
    assert unsent(area) == [21, "Fri day", -6, 10]
    area.keyboard.press("Control+Home")
    area.keyboard.press("Delete")
    area.keyboard.press("Enter")
    assert shown(area)[0] == "\near all. We meet on Fri day. We read."
    assert apply(unsent(area), "Dear all. We meet on Monday. We read.") == shown(area)[0]


def test_in_a_row_of_the_same_letters_the_right_one_is_meant(area: Page) -> None:
    caret(area, 8)
    area.keyboard.type("ooo")
    caret(area, 9)
    area.keyboard.type("o")
    assert unsent(area) == [8, "oooo", 19]
    area.evaluate("() => { shared.pending.sent(); }")
    area.keyboard.press("Delete")
    assert unsent(area) == [10, -1, 20]
    area.keyboard.press("Backspace")
    assert unsent(area) == [9, -2, 20]


def test_a_selection_stays_around_its_words(area: Page) -> None:
    caret(area, 11, 17)
    somebody_else(area, [11, "last ", 6, " morning", 10])
    text, start, end = shown(area)
    assert text[start:end] == "Monday"


def test_who_types_at_the_end_is_not_interrupted(area: Page) -> None:
    area.keyboard.press("Control+End")
    somebody_else(area, [27, " Tom"])
    area.keyboard.type(" Ann")
    somebody_else(area, [31, "'s"])
    area.keyboard.type("a")
    assert shown(area) == ("We meet on Monday. We read. Tom Anna's", 36, 36)


def saved(page: Page) -> None:
    """The server has everything."""
    page.evaluate(
        """() => {
            const { key, operation, goes_on } = shared.pending.sent();
            shared.take([{ revision: shared.pending.revision + 1, operation, goes_on, key }], { answer: true });
        }"""
    )
    assert page.evaluate("() => shared.pending.saved")


def test_undo_takes_back_ones_own_and_leaves_what_others_typed(area: Page) -> None:
    caret(area, 11, 17)
    area.keyboard.type("Friday")
    saved(area)
    somebody_else(area, [14, "(!)", 13])
    somebody_else(area, [30, " And write."])
    assert shown(area)[0] == "We meet on Fri(!)day. We read. And write."
    area.keyboard.press("Control+z")
    assert shown(area)[0] == "We meet on Monday(!). We read. And write."
    area.keyboard.press("Control+Shift+z")
    assert shown(area)[0] == "We meet on Fri(!)day. We read. And write."
    for _ in range(3):
        area.keyboard.press("Control+z")
    assert shown(area)[0] == "We meet on Monday(!). We read. And write."
    assert not area.evaluate("() => shared.pending.saved")
    saved(area)


def test_while_an_input_method_composes_others_wait(area: Page) -> None:
    caret(area, 11)
    keyboard = area.context.new_cdp_session(area)
    for number, so_far in enumerate(("n", "ni", "你")):
        size = len(so_far)
        keyboard.send("Input.imeSetComposition", {"text": so_far, "selectionStart": size, "selectionEnd": size})
        somebody_else(area, ["! ", 27 + 2 * number], revision=number + 1)
        assert shown(area)[0] == f"We meet on {so_far}Monday. We read."
    keyboard.send("Input.insertText", {"text": "你好"})
    assert shown(area) == ("! ! ! We meet on 你好Monday. We read.", 19, 19)
    area.keyboard.type(" ok ")
    saved(area)
    assert shown(area)[0] == "! ! ! We meet on 你好 ok Monday. We read."


def test_a_change_that_is_missing_is_asked_for(area: Page) -> None:
    later = "() => shared.take([{ revision: 2, operation: [28, '?'], goes_on: null, key: '' }])"
    assert not area.evaluate(later)
    somebody_else(area, [27, "!"])
    assert area.evaluate(later)
    assert shown(area)[0] == "We meet on Monday. We read.!?"


def test_what_cannot_be_kept_is_put_right_while_it_is_typed(area: Page) -> None:
    caret(area, 0)
    area.evaluate("() => document.execCommand('insertText', false, 'a\\u2028b\\u0007\\u0000\\ufffe')")
    assert shown(area)[0].startswith("a\nbWe meet")
    assert unsent(area) == ["a\nb", 27]


def test_half_an_emoji_waits_for_the_other(area: Page) -> None:
    half = (
        "([at, half]) => shared.area.setRangeText(half, at, at, 'end') ?? shared.area.dispatchEvent(new Event('input'))"
    )
    area.evaluate("() => shared.area.setSelectionRange(0, 0)")
    area.evaluate(half, [0, "\ud83d"])
    somebody_else(area, [27, "!"])
    assert unsent(area) == [27]
    area.evaluate(half, [1, "\ude00"])
    assert shown(area) == ("😀We meet on Monday. We read.!", 2, 2)
    area.evaluate(half, [0, "\ud83d"])
    area.evaluate("() => shared.area.dispatchEvent(new Event('change'))")
    assert unsent(area) == ["\ufffd😀", 28]
