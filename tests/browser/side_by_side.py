"""People who type into one box at the same time, key by key: who typed what, and where their carets must be."""

import heapq
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random

from playwright.sync_api import Locator, expect

from tests.browser.people import Person

BEGUN = " ".join(str(number) for number in range(100, 140))  # what stands in the box before anybody types
LETTERS = ("abcdefghijklm", "nopqrstuvwxyz")  # each person has letters of their own
WORD = 6
HUMAN, QUICK = 5, 20  # keys a second
SETTLES = 60  # seconds until both windows show the same, at most
INSIDE = r"(box) => /^\S/.test(box.value.slice(box.selectionStart))"  # a word
LOOK = """(box) => {
    const { pending } = box.closest(".prompt").typing;
    const status = document.getElementById(`status-${box.name}`).textContent;
    return [box.value.slice(0, box.selectionStart), box.selectionEnd - box.selectionStart, pending.saved, status];
}"""

Script = Iterator[float]  # does something, then says for how long to wait


class Typist:
    """One person at one box. `script` types until `keys` are typed; what must stand there in the end is in `words`."""

    def __init__(self, person: Person, prompt: str, letters: str, speed: int, seed: str = "") -> None:
        self.person, self.prompt, self.letters, self.speed = person, prompt, letters, speed
        self.box: Locator = person.page.locator(f"#f-{prompt}")
        self.keyboard = person.page.keyboard
        self.chance = Random(f"{prompt} {letters} {speed} {seed}")
        self.words: list[str] = []
        self.spaces = self.keys = 0
        self.waited = 0  # how often others typed while an input method put a word together
        self.near = ""  # the last keys of this person, which stand before their caret

    def script(self, keys: float) -> Script:
        """Words, and now and then a pause, a word taken out or replaced, a click elsewhere."""
        yield from self.click()
        while self.keys < keys:
            yield from self.word()
            act = self.chance.random()
            if act < 0.15:
                yield from self.take_out()
            elif act < 0.25:
                yield from self.replace()
            yield from self.end_word()
            if act > 0.9:
                yield from self.click()
            elif act > 0.75 and self.speed < QUICK:
                yield self.chance.uniform(0.5, 2)
            self.look()

    def click(self) -> Script:
        """Somewhere in the text with the mouse, then to the end of the word there: of kanji, a key takes some at a time."""
        room = self.box.bounding_box()
        assert room
        self.box.click(
            position={"x": self.chance.uniform(3, room["width"] - 20), "y": self.chance.uniform(3, room["height"] - 3)}
        )
        self.near = ""
        yield 2 / self.speed
        self.press("Control+ArrowRight")
        for _ in range(WORD):
            if not self.box.evaluate(INSIDE):
                break
            self.press("Control+ArrowRight")
        yield 1 / self.speed

    def word(self) -> Script:
        """One that nobody has typed yet."""
        word = "".join(self.chance.choices(self.letters, k=WORD))
        self.near = ""
        for letter in word:
            self.press(letter)
            self.near += letter
            yield 1 / self.speed
        self.look()
        self.words.append(word)

    def end_word(self) -> Script:
        """A space after it."""
        self.press("Space")
        self.spaces += 1
        self.near = " "
        yield 1 / self.speed

    def take_out(self) -> Script:
        """The word just typed, letter by letter."""
        for _ in self.words.pop():
            self.press("Backspace")
            self.near = self.near[:-1]
            self.look()
            yield 1 / self.speed

    def replace(self) -> Script:
        """The word just typed is selected, and another one typed over it."""
        for _ in self.words.pop():
            self.press("Shift+ArrowLeft")
            yield 1 / self.speed
        yield from self.word()

    def press(self, key: str) -> None:
        """One key."""
        self.keyboard.press(key)
        self.keys += 1

    def look(self) -> None:
        """The caret is where its person left it, and the page calls nothing saved that is not."""
        before, selected, saved, status = self.box.evaluate(LOOK)
        assert before.endswith(self.near), f"{self.near!r} was typed, the caret is behind {before[-20:]!r}"
        assert selected == 0, "more is selected than its person did"
        assert saved or not status.startswith("Saved"), f"{status!r} is said, and not everything is saved"


class Composer(Typist):
    """Somebody who writes with an input method: 漢字 out of かな, and é out of ´ and e.

    While a word is put together, what others type waits: the box holds what it held, and the unfinished word.
    """

    SIGNS = "山川田人口日月木水火土金石花草虫犬猫鳥魚貝牛馬羊米竹糸車舟門雨雪風空海池森林村町"
    STEPS = ("k", "か", "かn", "かな", "かなk", "かなか", "かなかn", "かなかな", "漢字仮名")

    def __init__(self, person: Person, prompt: str, letters: str, speed: int, seed: str = "") -> None:
        super().__init__(person, prompt, self.SIGNS + "é", speed, seed)
        self.browser = person.context.new_cdp_session(person.page)

    def word(self) -> Script:
        """Put together in steps; now and then begun and given up; then an accented letter with a dead key."""
        self.near = ""
        word = "".join(self.chance.choices(self.SIGNS, k=WORD - 2))
        if self.chance.random() < 0.2:
            yield from self._compose(self.STEPS[:3], "")
        yield from self._compose((*self.STEPS, word), word)
        self.words.append(word + "éé")
        for _ in "éé":
            yield from self._compose("´", "é")
        self.look()

    def _compose(self, steps: Iterable[str], gives: str) -> Script:
        """What is underlined, step by step, then what stands there."""
        value, begins = "", -1
        for step in steps:
            self._show(step)
            if begins < 0:  # until here, what others typed was let in
                value, begins = self._without(step)
            yield 1 / self.speed
            self._unbroken(step, value, begins)
        self.person.page.evaluate("() => together.ask()")
        self._unbroken(step, value, begins)
        if gives:
            self.browser.send("Input.insertText", {"text": gives})
        else:
            self._show("")
        self.waited += self._box()[0] != value[:begins] + gives + value[begins:]  # now it is let in
        self.keys += 1
        self.near += gives
        self.look()
        yield 1 / self.speed

    def _without(self, step: str) -> tuple[str, int]:
        """What the box holds beside a word that was just begun, and where that begins."""
        value, caret = self._box()
        begins = caret - len(step)
        assert value[begins:caret] == step, f"the input method was broken off at {step!r}"
        return value[:begins] + value[caret:], begins

    def _unbroken(self, step: str, value: str, begins: int) -> None:
        wanted = value[:begins] + step + value[begins:], begins + len(step)
        assert self._box() == wanted, f"the input method was broken off at {step!r}: {self._box()}, not {wanted}"

    def _show(self, step: str) -> None:
        self.keys += 1
        shown = {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
        self.browser.send("Input.imeSetComposition", shown)

    def _box(self) -> tuple[str, int]:
        value, caret = self.box.evaluate("(box) => [box.value, box.selectionStart]")
        return str(value), int(caret)

    def click(self) -> Script:
        """At the end or the beginning of the text: where words of kanji end, no key tells."""
        self.box.focus()
        self.press(self.chance.choice(("Control+End", "Control+Home")))
        self.near = ""
        yield 2 / self.speed


class Pair:
    """Two typists at one box, and what stood there when they began."""

    def __init__(self, path: str, prompt: str, *typists: Typist) -> None:
        self.path, self.prompt, self.typists = path, prompt, typists

    def end_the_same(self) -> None:
        """Both windows and the site hold the same text: every keystroke once, and nothing else."""
        text = self._settled()
        first = self.typists[0].person
        page = first.context.new_page()
        page.goto(f"{first.site.address}{self.path}/write")
        expect(page.locator(f"#f-{self.prompt}")).to_have_value(text)
        page.close()
        self._holds_all(text)

    def _settled(self) -> str:
        ends = time.monotonic() + SETTLES
        while True:
            looks = [one.box.evaluate(LOOK) for one in self.typists]
            texts = {one.box.input_value() for one in self.typists}
            if len(texts) == 1 and all(saved for _, _, saved, _ in looks):
                return texts.pop()
            assert time.monotonic() < ends, f"not the same after {SETTLES} s: {texts} {[look[2:] for look in looks]}"
            time.sleep(0.1)

    def _holds_all(self, text: str) -> None:
        for one in self.typists:
            wrong = [word for word in one.words if text.count(word) != 1]
            assert not wrong, f"{wrong} should stand there once: {text}"
        typed = Counter(BEGUN) + Counter(letter for one in self.typists for letter in "".join(one.words))
        typed[" "] += sum(one.spaces for one in self.typists)
        assert Counter(text) == typed, text
        assert "".join(sign for sign in text if sign.isdigit()) == BEGUN.replace(" ", "")


def side_by_side(scripts: Iterable[Script]) -> None:
    """Everybody's keys in the order of the clock. Whoever comes late types the sooner."""
    starts = time.monotonic()
    queue = [(starts, number, script) for number, script in enumerate(scripts)]
    heapq.heapify(queue)
    while queue:
        due, number, script = heapq.heappop(queue)
        time.sleep(max(0.0, due - time.monotonic()))
        wait = next(script, None)
        if wait is not None:
            heapq.heappush(queue, (due + wait, number, script))
