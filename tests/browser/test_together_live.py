"""Two windows with the same plan: what one types stands in the other at once, in one box and in others."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.bad_connection import BadConnection
from tests.browser.people import Person, Watch
from tests.browser.plans import Plans
from tests.browser.side_by_side import BEGUN, HUMAN, LETTERS, QUICK, Composer, Pair, Script, Typist, side_by_side
from tests.browser.site import Site

SECONDS = int(os.environ.get("ACCORD_TEST_SECONDS", "8"))  # in which two windows type into one box
SAVING = "(box) => box.closest('.prompt').typing.pending.request?.key ?? null"
SAYS_SO = """([prompt, saving]) => {
    const note = document.getElementById("unsaved");
    const { request } = document.querySelector(`.prompt[data-prompt="${prompt}"]`).typing.pending;
    return note.checkVisibility() && note.textContent.includes("Not saved yet: “") || request?.key !== saving;
}"""
AsSomeone = Callable[..., Person]


@pytest.fixture
def plan(site: Site) -> str:
    return Plans(site).one(of="coach")


Begun = Callable[..., Pair]


@pytest.fixture
def pair(as_: AsSomeone) -> Begun:
    """Two people have the same page open, with some words in the box that they will type in."""

    def begin(path: str, prompt: str, *speeds: int, who: Mapping[str, type[Typist]] = {}, **options: Any) -> Pair:
        typists = []
        for key, letters, speed in zip(("coach", "teacher"), LETTERS, speeds, strict=True):
            person = as_(key, **(options if key == "teacher" else {}))
            person.open(f"{path}/write")
            if key == "coach":
                person.type(person.page.locator(f"#f-{prompt}"), BEGUN)
                person.saved(prompt)
            expect(person.page.locator(f"#f-{prompt}")).to_have_value(BEGUN)
            typists.append(who.get(key, Typist)(person, prompt, letters, speed))
        return Pair(path, prompt, *typists)

    return begin


def test_two_windows_type_into_one_box(pair: Begun, site: Site, plan: str) -> None:
    """At the speed of people in a plan, and at twenty keys a second in a coaching session."""
    slow = pair(plan, "work_with", HUMAN, HUMAN)
    quick = pair(Plans(site).noted_session(of="coach")["session"], "shared_notes", QUICK, QUICK)
    pairs = (slow, quick)
    side_by_side(one.script(SECONDS * one.speed) for pair in pairs for one in pair.typists)
    for one in pairs:
        one.end_the_same()


@pytest.fixture
def connections() -> Iterator[list[BadConnection]]:
    connections = [BadConnection(delay=2) for _ in range(2)]
    yield connections
    for connection in connections:
        connection.close()


def test_one_of_the_two_has_a_bad_connection(
    pair: Begun, site: Site, plan: str, watch: Watch, connections: list[BadConnection]
) -> None:
    """Two seconds late, and one in ten fails, before the site has it or after: nothing is lost or comes twice, and the
    page says what is not saved yet."""
    watch.expect("ERR_", "htmx:", "/bell", "/changes")
    badly = [{"proxy": {"server": connection.address}} for connection in connections]
    slow = pair(plan, "work_helps", HUMAN, HUMAN, **badly[0])
    quick = pair(Plans(site).noted_session(of="coach")["session"], "we_take", QUICK, QUICK, **badly[1])
    scripts = []
    for one, connection in zip((slow, quick), connections, strict=True):
        at_home, away = (typist.script(SECONDS * typist.speed) for typist in one.typists)
        scripts += [at_home, says_so(one.typists[1], away, connection)]
    side_by_side(scripts)
    for one in (slow, quick):
        one.end_the_same()
    assert all(connection.failed for connection in connections)


def says_so(typist: Typist, script: Script, connection: BadConnection) -> Script:
    """As somebody types on, the page tells them of each save that failed, until it came through after all, or until it is
    heard from the site that it had."""
    told = 0
    connection.bad = connection.watches = True
    for wait in script:
        yield wait
        if connection.failed > told:
            told = connection.failed
            saving = typist.box.evaluate(SAVING)
            typist.person.page.wait_for_function(SAYS_SO, arg=[typist.prompt, saving])
            yield next(script, 0)
            assert typist.person.page.evaluate(SAYS_SO, [typist.prompt, saving])
            connection.seen.set()
    connection.watches = False
    connection.seen.set()


def test_one_of_the_two_writes_with_an_input_method(pair: Begun, plan: str) -> None:
    """What the other types meanwhile breaks no word that is being put together, and nothing of either is lost."""
    both = pair(plan, "timeline", QUICK, HUMAN, who={"teacher": Composer})
    side_by_side(one.script(SECONDS * one.speed) for one in both.typists)
    both.end_the_same()
    composer = both.typists[1]
    assert isinstance(composer, Composer) and composer.waited


def test_what_others_type_and_tick_appears(as_: AsSomeone, plan: str) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    for person in (coach, teacher):
        person.open(f"{plan}/write")
    for words in ("", "We read more."):
        teacher.page.locator("#f-content_goal").fill(words)
        expect(coach.page.locator("[data-mirror=content_goal]")).to_have_text(words)
    teacher.page.locator("#f-timeline").fill("")
    expect(coach.page.locator("#outline-goal_builder")).to_contain_text("(in progress)")
    teacher.page.locator("#f-timeline").fill("until May")
    expect(coach.page.locator("#f-timeline")).to_have_value("until May", timeout=5_000)
    expect(coach.page.locator("#status-timeline")).to_contain_text("wrote here")
    coach.page.locator("#f-timeline").press("End")
    coach.page.keyboard.type(", or June")
    expect(teacher.page.locator("#f-timeline")).to_have_value("until May, or June", timeout=5_000)
    expect(coach.page.locator("#status-timeline")).to_have_text(re.compile(r"^\s*Saved .* wrote here, "))
    teacher.page.locator("#f-timeline").fill("until May")
    expect(coach.page.locator("#f-timeline")).to_have_value("until May", timeout=5_000)
    expect(coach.page.locator("#status-timeline"), "one’s own words are still saved").to_have_text(
        re.compile(r"^\s*Saved .* wrote here, ")
    )
    started = time.monotonic()
    teacher.page.locator("#f-timeline").press("End")
    teacher.page.keyboard.type("!")
    expect(coach.page.locator("#f-timeline")).to_have_value("until May!", timeout=5_000)
    assert time.monotonic() - started < 3
