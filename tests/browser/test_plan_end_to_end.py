"""A new plan, taken from nothing to printed by the four people it takes; and the writing of it without JavaScript."""

import re
from collections.abc import Callable
from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.filling import FORM, NORMS, PART_1, PART_2, PROGRESS, asked, fill, read_as, words
from tests.browser.people import Person
from webapp.forms.kinds import Choice, Date, People, Rows, Ticks

REASON = "Please say which grade the goal is for."
COACH, TEACHER, TEACHER_2, PRINCIPAL = "Maya Okafor", "Daniel Reyes", "Hannah Lindqvist", "Renee Whitfield"
AsSomeone = Callable[..., Person]


def test_a_plan_from_nothing_to_printed(as_: AsSomeone) -> None:
    coach, principal = as_("coach", locale="en-US"), as_("principal", locale="en-US")
    teachers = [as_("teacher", locale="en-US"), as_("teacher2", locale="en-US")]
    plan = _start(coach)
    _write_part_1(coach, plan)
    _teachers_confirm(coach, teachers, plan)
    _part_1_is_sent_returned_and_approved(coach, principal, plan)
    _everyone_writes_part_2(coach, teachers, plan)
    _part_2_is_shared_reviewed_and_agreed(coach, teachers, principal, plan)
    _norms_are_agreed(coach, teachers, plan)
    coach.open(f"{plan}/write")
    for prompt in asked(PROGRESS):
        fill(coach, prompt)
    printed = _printed(coach, plan)
    for where, text in printed.items():
        _says_everything(text, where, progress=True)
    for where, text in _printed(principal, plan).items():
        _says_everything(text, where, progress=False)


def _start(coach: Person) -> str:
    coach.open("/")
    coach.press("Start another plan")
    coach.page.get_by_label("An empty plan").focus()
    coach.page.keyboard.press("Space")
    coach.press("Start the plan")
    return coach.page.url.removeprefix(coach.site.address)


def _write_part_1(coach: Person, plan: str) -> None:
    coach.press("Write")
    for name in ("Maya Okafor", "Renee Whitfield"):
        assert coach.page.locator(f"input[value='{name}']").count() == 1, "the top is filled in from the accounts"
    coach.sees("Alder Creek Middle School")
    for prompt in asked(PART_1):
        fill(coach, prompt)
    coach.press("Choose teachers")
    for name in (TEACHER, TEACHER_2):
        coach.type(coach.page.get_by_label("Name or e-mail"), name.split()[1])
        coach.press("Search")
        coach.press(f"Ask {name}")
    coach.sees("no answer yet")


def _teachers_confirm(coach: Person, teachers: list[Person], plan: str) -> None:
    for teacher in teachers:
        teacher.open("/")
        teacher.page.locator(f"#main a[href='{plan}']").first.focus()
        with teacher.page.expect_navigation():
            teacher.page.keyboard.press("Enter")
        teacher.press("Yes, I take part")
        teacher.sees("You take part in this plan")
    coach.open(plan)
    expect(coach.page.locator("#main")).not_to_contain_text("(asked)")


def _part_1_is_sent_returned_and_approved(coach: Person, principal: Person, plan: str) -> None:
    coach.open(f"{plan}/write")
    coach.press("Check Part 1 and send it")
    coach.press("Send Part 1 to your principal")

    principal.open("/")
    principal.page.locator(f"#main a[href='{plan}/part1/check']").first.focus()
    with principal.page.expect_navigation():
        principal.page.keyboard.press("Enter")
    for prompt in asked(PART_1):
        for said in read_as(prompt):
            principal.sees(said)
    principal.type(principal.page.get_by_label("What should the coach change?"), REASON)
    principal.press("Send back with this reason")

    coach.open("/")
    coach.page.get_by_role("link", name="sent it back").focus()
    with coach.page.expect_navigation():
        coach.page.keyboard.press("Enter")
    coach.sees(REASON)
    coach.type(coach.page.locator("#f-school_goal"), "In grade 7, four of five students explain their results.")
    coach.saved("school_goal")
    coach.press("Check Part 1 and send it")
    coach.press("Send Part 1 to your principal")

    principal.open(f"{plan}/part1/check")
    principal.sees("In grade 7, four of five students")
    principal.press("Approve Part 1")
    principal.sees("Approved")


def _everyone_writes_part_2(coach: Person, teachers: list[Person], plan: str) -> None:
    circle = [coach, *teachers]
    for person in circle:
        person.open(f"{plan}/write")
    for turn, prompt in enumerate(asked(PART_2)):
        writer = circle[turn % 3]
        if prompt.compose:
            writer.open(f"{plan}/write")
            writer.press("Compose a first draft")
            draft = writer.page.locator(f"#f-{prompt.name}")
            expect(draft).to_have_value(re.compile("what we say about work with"))
            person_box = writer.page.locator(f"#f-{prompt.name}")
            person_box.focus()
            writer.page.keyboard.press("Control+End")
            writer.page.keyboard.type(f" {words(prompt)}")
            writer.saved(prompt.name)
        else:
            fill(writer, prompt)
    coach.open(f"{plan}/write")
    diagram = coach.page.locator(".diagram")
    for said in ("In grade 7, four of five students", "content goal", "work helps", "goal statement"):
        expect(diagram).to_contain_text(said)


def _part_2_is_shared_reviewed_and_agreed(coach: Person, teachers: list[Person], principal: Person, plan: str) -> None:
    coach.press("Check Part 2 and share it")
    coach.press("Share Part 2 for review")
    principal.open("/")
    principal.page.locator(f"#main a[href='{plan}/part2/check']").first.focus()
    with principal.page.expect_navigation():
        principal.page.keyboard.press("Enter")
    principal.press("I have reviewed Part 2")
    for person in (coach, *teachers):
        person.open(f"{plan}/part2/check")
        person.press("I agree to Part 2")
    coach.open(plan)
    coach.sees("Reviewed and agreed")


def _norms_are_agreed(coach: Person, teachers: list[Person], plan: str) -> None:
    coach.press("Session 2 has taken place")
    coach.press("Start and end on time")
    coach.press("Come prepared, everyone, every time")
    norms = next(prompt for prompt in asked(NORMS))
    assert isinstance(norms, Rows)
    fill(coach, norms)
    coach.press("Move up norm 3")
    order = coach.page.locator("#p-norms textarea")
    expect(order.nth(1)).to_have_value(re.compile("What we say about norm"))
    for person in (coach, *teachers):
        person.open(f"{plan}/write#norms")
        for number in range(3):
            tick = person.page.get_by_label("I agree").nth(number)
            tick.focus()
            with person.page.expect_response(re.compile("/agreements/")):
                person.page.keyboard.press("Space")
    expect(teachers[1].page.get_by_text("Ours: everyone agrees")).to_have_count(3)
    coach.open(plan)
    coach.sees("Agreed by everyone")


def _printed(person: Person, plan: str) -> dict[str, str]:
    """The texts of the print page and of the PDF, as this person gets them."""
    person.open(plan)
    person.press("Print")
    person.page.emulate_media(media="print")
    page = person.page.locator("body").inner_text()
    person.page.emulate_media(media="screen")
    answer = person.context.request.get(f"{person.site.address}{plan}/print.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pdf = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages)
    return {f"print page of {person.key}": page, f"PDF of {person.key}": pdf}


def _says_everything(text: str, where: str, *, progress: bool) -> None:
    said = _plain(text)
    for part in (*FORM.parts[:3], *([PROGRESS] if progress else [])):
        for prompt in part.prompts():
            assert _plain(prompt.question) in said, f"{where} lacks the question “{prompt.question}”"
        for prompt in asked(part):
            for words_ in read_as(prompt) if prompt.name != "school_goal" else ["In grade 7, four of five students"]:
                assert _plain(words_) in said, f"{where} lacks “{words_}”, said to “{prompt.question}”"
    if not progress:
        assert "Progressovertime" not in said
    for name in (COACH, TEACHER, TEACHER_2, PRINCIPAL):
        assert said.count(_plain(name)) > 1, f"{where} says nothing about {name}"
    assert re.search("(?i)approved", said)
    assert re.search("(?i)version", said)


def _plain(text: str) -> str:
    """Only letters and digits, since lines break and words are divided differently everywhere."""
    return re.sub(r"[^\w%]|_", "", text).lower()


# ---------------------------------------------------------------- without JavaScript


def test_writing_without_javascript(as_: AsSomeone) -> None:
    coach = as_("coach", java_script_enabled=False, locale="en-US")
    plan = _start(coach)
    coach.open(f"{plan}/write")
    for prompt in asked(PART_1):
        _fill_plainly(coach, prompt)
    coach.press("Save this page")
    coach.sees("Saved")
    coach.press("Check Part 1 and send it")
    for prompt in asked(PART_1):
        for said in read_as(prompt):
            coach.sees(said)
    coach.press("Go on writing")

    for prompt in asked(PART_2):
        _fill_plainly(coach, prompt)
    coach.press("Compose a first draft")  # every button saves the page first
    coach.sees("Replace what is there?")
    coach.press("Keep what is there")
    coach.press("Add a measure")
    expect(coach.page.locator("#p-measures .row-list > li")).to_have_count(2)
    coach.press("Take out measure 2")
    coach.press("Session 2 has taken place")
    coach.press("Start and end on time")
    coach.page.get_by_label("I agree").first.check()
    coach.press("Save this page")
    expect(coach.page.get_by_label("I agree").first).to_be_checked()
    coach.press("Check Part 2 and share it")
    for prompt in asked(PART_2):
        for said in read_as(prompt):
            coach.sees(said)


def _fill_plainly(person: Person, prompt: object) -> None:
    """Fill in one prompt; nothing is saved until a button is pressed."""
    page = person.page
    match prompt:
        case People():
            return
        case Rows():
            person.press(f"Add a {prompt.one}")
            row = page.locator(f"#p-{prompt.name} .row-list > li").last
            for column in prompt.columns:
                box = row.locator(f"[name$='.{column.name}']")
                box.fill("2026-10-15" if isinstance(column, Date) else read_as(column)[0])
        case Ticks():
            keys = list(prompt.labels())
            for key in keys if prompt.all_needed else keys[:2]:
                page.locator(f"#f-{prompt.name}-{key}").check()
            if prompt.remark:
                page.locator(f"#r-{prompt.name}-{keys[0]}").fill(words(prompt, keys[0]))
        case Choice():
            page.locator(f"input[name='{prompt.name}']").nth(1).check()
        case Date():
            page.locator(f"#f-{prompt.name}").fill("2026-10-15")
        case _:
            page.locator(f"#f-{prompt.name}").fill(words(prompt))  # type: ignore[attr-defined, arg-type]
