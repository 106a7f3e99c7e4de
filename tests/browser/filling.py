"""Filling in a plan as people do, prompt by prompt, from the declaration of its form."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.browser.people import Person
from webapp import forms
from webapp.forms.declaration import Part, Section
from webapp.forms.kinds import Choice, Date, Number, People, Prompt, RowOf, Rows, Text, Ticks

FORM = forms.latest("peer_coaching_plan")
PART_1, PART_2, NORMS, PROGRESS = FORM.parts
DAY_TYPED, DAY_READ = "10152026", "October 15, 2026"
BY_THE_SITE = {"coach_name", "coach_email", "principal_name", "principal_email", "school", "district"}
VALUES = {"by_when": DAY_TYPED, "on": DAY_TYPED, "value": "62%", "baseline": "48%", "target": "75%"}


def asked(part: type[Part]) -> Iterator[Prompt]:
    """The prompts of a part that a person fills in on the writing page."""
    for prompt in part.prompts():
        if prompt.name not in BY_THE_SITE and not isinstance(prompt, People) and prompt.name != "teachers_later":
            yield prompt


def sections(part: type[Part]) -> list[type[Section]]:
    """The sections of a part that ask something."""
    return [section for section in part.sections if section.prompts()]


def words(prompt: Prompt, option: str = "") -> str:
    """What people type here: its own words for each prompt, so that each can be found again."""
    name = prompt.name.replace("_", " ")
    return f"What we say about {option or name}" + (".\nAnd a second line." if isinstance(prompt, Text) else "")


def read_as(prompt: Prompt) -> list[str]:
    """The words that must stand wherever this answer is read."""
    match prompt:
        case Ticks():
            labels = list(prompt.labels().items())[: None if prompt.all_needed else 2]
            return [label for _, label in labels] + ([words(prompt, labels[0][0])] if prompt.remark else [])
        case Choice():
            return [list(prompt.labels().values())[1]]
        case Date():
            return [DAY_READ]
        case Rows():
            return [said for column in prompt.columns for said in read_as(column)]
        case RowOf():
            return []
    return [VALUES.get(prompt.name) or words(prompt).split("\n")[0]]


def fill(person: Person, prompt: Prompt) -> None:
    """Fill in one prompt by keyboard, and wait until it is saved."""
    if isinstance(prompt, Rows):
        return add_row(person, prompt)
    keyboard = person.page.keyboard
    match prompt:
        case Ticks():
            _tick(person, prompt)
        case Choice():
            person.page.locator(f"input[name='{prompt.name}']").first.focus()
            keyboard.press("ArrowDown")
        case Date():
            person.page.locator(f"#f-{prompt.name}").focus()
            keyboard.type(DAY_TYPED)
        case _:
            person.type(person.page.locator(f"#f-{prompt.name}"), words(prompt))
    keyboard.press("Tab")
    return person.saved(prompt.name)


def _tick(person: Person, prompt: Ticks) -> None:
    keys = list(prompt.labels())
    for key in keys if prompt.all_needed else keys[:2]:
        person.page.locator(f"#f-{prompt.name}-{key}").focus()
        person.page.keyboard.press("Space")
    if prompt.remark:
        person.type(person.page.locator(f"#r-{prompt.name}-{keys[0]}"), words(prompt, keys[0]))


def add_row(person: Person, prompt: Rows) -> None:
    """Add a row to a list and fill in its cells."""
    before = person.page.locator(f"#p-{prompt.name} .row-list > li").count()
    person.press(f"Add a {prompt.one}")
    rows = person.page.locator(f"#p-{prompt.name} .row-list > li")
    expect(rows).to_have_count(before + 1)
    row = rows.last
    for column in prompt.columns:
        box = row.locator(f"[name$='.{column.name}']")
        box.focus()
        match column:
            case RowOf():
                person.page.keyboard.press("ArrowDown")
            case Date():
                person.page.keyboard.type(DAY_TYPED)
            case Number():
                person.page.keyboard.type("62%")
            case _:
                person.page.keyboard.type(read_as(column)[0] if column.name in VALUES else words(column))
    person.page.keyboard.press("Tab")
    person.saved(str(row.locator(".prompt").get_attribute("data-prompt")))
