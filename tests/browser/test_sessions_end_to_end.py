"""Coach and teacher at their browsers: they sign an agreement, hold three sessions, and show one page to the principal."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser.people import Person, Watch
from tests.browser.plans import Plans
from tests.browser.site import Site

COACH, TEACHER, OTHER_TEACHER, PRINCIPAL = "Maya Okafor", "Hannah Lindqvist", "Daniel Reyes", "Renee Whitfield"
NORM = "Start and end on time"
SECRET = "Hannah waited four seconds after the second question"
SHOWN = "Students in grade 7 now explain their graphs to each other in every lesson."
AsSomeone = Callable[..., Person]


def test_agreement_three_sessions_and_a_release(as_: AsSomeone, site: Site, watch: Watch) -> None:
    watch.expect("404 (NOT FOUND)")  # whoever is not in a session
    coach, teacher, other_teacher, principal = (
        as_(who, locale="en-US") for who in ("coach", "teacher2", "teacher", "principal")
    )
    plan = Plans(site).one(of="coach", part1="approved")
    _norms_are_agreed([coach, teacher, other_teacher], plan)
    _no_session_before_the_agreement(coach, plan)
    _both_sign_the_agreement(coach, teacher, plan)
    first = _start_session(coach, plan, "Planning")
    _write_together(coach, teacher, first)
    second = _start_session(teacher, plan, "Observation")
    _observe(coach, second)
    third = _start_session(coach, plan, "Debrief")
    _look_back(coach, teacher, third)
    coach.open(f"{plan}/sessions")
    expect(coach.page.locator(f"#main a[href^='{third}']").first).to_be_visible()
    _the_step_is_on_the_home_page_of_its_owner(teacher, third)
    _nobody_else_sees_anything([other_teacher, principal], plan, [first, second, third])
    _release(coach, [teacher, other_teacher], principal, plan)
    for person in (principal, other_teacher):
        person.open(first)
        person.sees("There is no such page")


def _norms_are_agreed(circle: list[Person], plan: str) -> None:
    circle[0].open(plan)
    circle[0].press("Session 2 has taken place")
    circle[0].press(NORM)
    for person in circle:
        person.open(f"{plan}/write#norms")
        person.page.get_by_label("I agree").first.focus()
        with person.page.expect_response(re.compile("/agreements/")):
            person.page.keyboard.press("Space")


def _no_session_before_the_agreement(coach: Person, plan: str) -> None:
    coach.open(plan)
    coach.sees(f"You and {TEACHER} have not both signed your coaching agreement yet.")
    coach.press("Start a coaching session")
    coach.sees(f"You and {TEACHER} have not both signed your coaching agreement yet.")
    expect(coach.page.get_by_label(TEACHER)).to_have_count(0)


def _both_sign_the_agreement(coach: Person, teacher: Person, plan: str) -> None:
    coach.open(plan)
    coach.press(f"Write the coaching agreement with {TEACHER}")
    agreement = re.sub(r"/write.*", "", coach.page.url.removeprefix(coach.site.address))
    coach.open(f"{agreement}/write")
    _write(coach, "goals_in_words", "Students explain their own graphs.")
    teacher.open(f"{agreement}/write")
    _write(teacher, "stays_between_us", "Everything that is said in a session.")
    for person, name in ((coach, COACH), (teacher, TEACHER)):
        person.open(agreement)
        person.press("Read it and sign")
        person.type(person.page.locator("input[name='signed_as'], input[name='name']").first, name)
        person.press("Sign this text")
    coach.open(plan)
    expect(coach.page.get_by_text("Signed by both")).to_have_count(2)


def _start_session(person: Person, plan: str, kind: str) -> str:
    person.open(plan)
    person.press("Start a coaching session")
    who = person.page.get_by_label(TEACHER if person.key == "coach" else COACH)
    if who.count():  # a teacher meets the coach in any case
        who.check()
    person.page.get_by_label(kind, exact=True).check()
    person.press("Start the session")
    person.sees("Only you and")
    return re.sub(r"/write.*", "", person.page.url.removeprefix(person.site.address))


def _write_together(coach: Person, teacher: Person, session: str) -> None:
    teacher.open(f"{session}/write")
    expect(teacher.page.locator(".room, .confidential").first).to_contain_text(COACH)
    teacher.sees(NORM)
    _write(coach, "focus", "Questions that make students explain.")
    _write(teacher, "shared_notes", "We try the second question first.")
    coach.open(f"{session}/write")
    expect(coach.page.locator("#f-shared_notes")).to_have_value("We try the second question first.")
    _keep_the_norm(coach)
    _keep_the_norm(teacher)


def _observe(coach: Person, session: str) -> None:
    coach.open(f"{session}/write")
    coach.sees("Describe what you saw and heard")
    coach.press("Add a look-for")
    _cell(coach, "look_fors", "look_for", "Students explain to each other")
    coach.press("Add an evidence line")
    expect(coach.page.locator("#p-evidence [name$='.at']").last).to_have_value(re.compile(r"^\d\d:\d\d$"))
    seen = coach.page.locator("#p-evidence [name$='.seen']").last
    expect(seen).to_be_focused()  # the first words typed belong into the new line
    coach.page.keyboard.type(SECRET)
    coach.page.keyboard.press("Tab")
    expect(seen).to_have_value(SECRET)
    row = coach.page.locator("#p-evidence .row-list > li .prompt").last
    coach.saved(str(row.get_attribute("data-prompt")))


def _look_back(coach: Person, teacher: Person, session: str) -> None:
    teacher.open(f"{session}/write")
    _write(teacher, "teacher_noticed", "The quiet students spoke.")
    teacher.press("Add an action step")
    row = teacher.page.locator("#p-action_steps .row-list > li").last
    row.locator("[name$='.who']").select_option(label=TEACHER)
    _cell(teacher, "action_steps", "step", "Bring three student reports")
    _keep_the_norm(teacher)
    coach.open(f"{session}/write")
    _keep_the_norm(coach, kept=False)
    coach.open(f"{session}/write")
    expect(coach.page.locator("#norms-check input:checked").first).to_have_value("not")
    coach.sees("How our norms go over time")


def _keep_the_norm(person: Person, *, kept: bool = True) -> None:
    choice = person.page.locator("#norms-check").get_by_label("Kept" if kept else "Not kept", exact=True).first
    choice.focus()
    with person.page.expect_response(re.compile("/norms$")):
        person.page.keyboard.press("Space")


def _the_step_is_on_the_home_page_of_its_owner(teacher: Person, session: str) -> None:
    teacher.open("/")
    teacher.sees("Bring three student reports")
    done = teacher.page.get_by_role("button", name=re.compile("^Done")).first
    done.focus()
    with teacher.page.expect_response(re.compile("/done$")):
        teacher.page.keyboard.press("Enter")
    expect(teacher.page.get_by_role("button", name=re.compile("^Done"))).to_have_count(0)
    teacher.open(f"{session}/write")
    expect(teacher.page.locator("#p-action_steps input[name$='.done']")).to_be_checked()


def _nobody_else_sees_anything(others: list[Person], plan: str, sessions: list[str]) -> None:
    for person in others:
        for path in ("/", plan, f"{plan}/print"):
            person.open(path)
            for words in (SECRET, "Bring three student reports", *sessions):
                assert words not in person.page.content()
        for session in sessions:
            person.open(f"{session}/write")
            person.sees("There is no such page")


def _release(coach: Person, others: list[Person], principal: Person, plan: str) -> None:
    coach.open(plan)
    coach.press("Write a page of progress")
    _write(coach, "release_heading", "What has changed in grade 7")
    _write(coach, "release_words", SHOWN)
    until = date.today() + timedelta(days=60)  # noqa: DTZ011 the day of this machine, as the browser types it
    coach.page.locator("#f-readable_until").focus()
    coach.page.keyboard.type(f"{until:%m%d%Y}")
    coach.page.keyboard.press("Tab")
    coach.saved("readable_until")
    coach.page.get_by_label(re.compile(PRINCIPAL)).first.check()
    coach.press("Look at it, then ask everybody")
    coach.sees(SHOWN)
    release = coach.page.url.removeprefix(coach.site.address)
    coach.press("I agree to this page. Ask the others")
    for person in others:
        principal.open("/")
        expect(principal.page.locator("#main")).not_to_contain_text("What has changed in grade 7")
        person.open(release)
        person.press("I agree to show this page")
    principal.open("/")
    principal.sees("Pages of progress for you")
    principal.press("What has changed in grade 7")
    principal.sees(SHOWN)
    coach.open(release)
    coach.sees(f"{PRINCIPAL} opened it")


def _write(person: Person, prompt: str, words: str) -> None:
    person.type(person.page.locator(f"#f-{prompt}"), words)
    person.page.keyboard.press("Tab")
    person.saved(prompt)


def _cell(person: Person, prompt: str, column: str, words: str) -> None:
    row = person.page.locator(f"#p-{prompt} .row-list > li").last
    row.locator(f"[name$='.{column}']").focus()
    person.page.keyboard.type(words)
    person.page.keyboard.press("Tab")
    person.saved(str(row.locator(".prompt").get_attribute("data-prompt")))
