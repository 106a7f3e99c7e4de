"""Printing: the print page, the PDF and the blank form say everything there is to say, to those who may read it."""

from collections.abc import Callable
from functools import cached_property
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import insert, select, update

from tests import plans
from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import MARKER, Plan
from tests.tables import Tables
from webapp import forms
from webapp.documents import typeset
from webapp.documents.models import Answer, DocumentPart, Participant, RowAgreement
from webapp.forms.declaration import DocumentForm, Part
from webapp.forms.kinds import Choice, Date, Prompt, RowOf, Rows, Ticks

pytestmark = pytest.mark.on_sqlite

FORM = forms.latest("peer_coaching_plan")
BLANK = f"/forms/{FORM.key}/blank"
As = Callable[[str], Client]
# for what has nothing to do with the kind of database
once = pytest.mark.parametrize("templates", ["sqlite"], indirect=True)


class Pdf:
    """A PDF, read back."""

    def __init__(self, page: Page) -> None:
        assert page.headers["Content-Type"] == "application/pdf"
        self.reader = PdfReader(BytesIO(page.content))

    @cached_property
    def text(self) -> str:
        """Everything it says."""
        return "".join(self.first_sheets(len(self.reader.pages)))

    def first_sheets(self, number: int) -> list[str]:
        """What its first sheets say."""
        return [sheet.extract_text() for sheet in self.reader.pages[:number]]

    def __contains__(self, words: str) -> bool:
        return close(words) in close(self.text)

    @property
    def size(self) -> tuple[int, int]:
        """Of its first sheet, in points."""
        box = self.reader.pages[0].mediabox
        return round(box.width), round(box.height)


def close(text: str) -> str:
    """A text without the white space that a line break may put into it, or leave out."""
    return "".join(text.replace("\u200b", "").split())


def pdf(client: Client, path: str) -> Pdf:
    return Pdf(client.get(path))


def printed(client: Client, plan: Plan) -> tuple[Page, Pdf]:
    """What someone prints, both ways."""
    return client.get(f"{plan.path}/print"), pdf(client, f"{plan.path}/print.pdf")


def say(app: Flask, plan: Plan, prompt: str, value: Any, row: str = "") -> None:
    """Put something into a plan, as if it had been saved."""
    where = (Answer.document_id == plan.id, Answer.prompt == prompt, Answer.row == row)
    Tables(app).do(update(Answer).where(*where).values(value=value))


def decide(client: Client, plan: Plan, part: str, verb: str) -> None:
    """Press the button of that verb on the page where a part is checked."""
    check = client.get(f"{plan.path}/{part}/check")
    form = next(form for form in check.all("form") if form.get("action") == f"{plan.path}/{part}/{verb}")
    seen = form.cssselect("[name=seen]")[0].get("value")
    client.post(f"{plan.path}/{part}/{verb}", {"seen": seen})


def change(app: Flask, plan: Plan, client: Client, prompt: str, text: str) -> None:
    """Save another text at a prompt, as its box on the writing page does."""
    base = Tables(app).one(select(Answer.version).where(Answer.document_id == plan.id, Answer.prompt == prompt))
    client.post(f"{plan.path}/answers/{prompt}", {f"v.{prompt}": base, prompt: text}, htmx=True)


# ---------------------------------------------------------------- everything is there


def prompts(form: type[DocumentForm]) -> list[Prompt]:
    """Every prompt of a form, and every column of its lists."""
    found = [prompt for part in form.parts for prompt in part.prompts()]
    tables = [prompt for prompt in found if isinstance(prompt, Rows) and len(prompt.columns) > 1]
    return found + [column for table in tables for column in table.columns]


def questions(form: type[DocumentForm]) -> list[str]:
    """Every question and every option a form holds."""
    asked = [prompt.question for prompt in prompts(form)]
    return asked + [
        label for prompt in prompts(form) if isinstance(prompt, (Choice, Ticks)) for label in prompt.labels().values()
    ]


def test_every_prompt_is_on_the_screen_on_paper_in_the_pdf_and_on_the_blank_form(
    app: Flask, cast: Cast, as_: As
) -> None:
    plan = plans.write(app, cast, session_2=True)
    coach = as_("coach")
    page, file = printed(coach, plan)
    everywhere: dict[str, Page | Pdf] = {
        "screen": coach.get(f"{plan.path}/write"),
        "print": page,
        "PDF": file,
        "blank": coach.get(BLANK),
        "blank PDF": pdf(coach, f"{BLANK}.pdf"),
    }
    for where, shown in everywhere.items():
        missing = [words for words in questions(plan.form) if words not in shown]
        assert not missing, f"{where} lacks {missing}"


@once
def test_the_blank_form_has_every_hint_and_every_starter(as_: As) -> None:
    coach = as_("coach")
    both: tuple[Page | Pdf, ...] = (coach.get(BLANK), pdf(coach, f"{BLANK}.pdf"))
    for shown in both:
        hints = [prompt.hint for prompt in prompts(FORM)]
        starters = [words for prompt in prompts(FORM) if isinstance(prompt, Rows) for words in prompt.starters]
        intros = [section.intro for part in FORM.parts for section in part.sections[part is FORM.parts[0] :]]
        missing = [words for words in hints + starters + intros if words not in shown]
        assert not missing
        assert "Signature" in shown
        assert MARKER not in shown


def answers(part: type[Part], cast: Cast) -> list[str]:
    """What stands in a part of a plan as plans.write fills it, as it reads on paper."""
    said = []
    for prompt in part.prompts():
        for one in prompt.columns if isinstance(prompt, Rows) else [prompt]:
            value = plans.value_of(one, cast)
            if isinstance(one, RowOf):
                said.append(f"{MARKER} measure")
            elif isinstance(one, Ticks):
                said += [words for words in value.values() if words]
            elif isinstance(one, Date) or isinstance(value, str):
                said.append(one.words(value))
            else:
                said += one.words(value).split("\n")
    return said


def test_every_answer_is_on_paper_and_in_the_pdf(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, session_2=True)
    for shown in printed(as_("coach"), plan):
        for part in plan.form.parts:
            missing = [words for words in answers(part, cast) if words not in shown]
            assert not missing
        assert "Participant copy" in shown
        assert f"Printed by {cast['coach'].name}" in shown


@once
def test_options_are_ticked_or_not_and_those_that_do_not_apply_are_not(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    page, file = printed(as_("coach"), plan)
    marks = {words(option) for option in page.all(".printed-options li")}
    assert "☑ Ticked: One-to-one" in marks
    assert "☐ Not ticked: With a team" in marks
    assert "☐ Not ticked: The same grade level" in marks  # it was answered, but only a team has one
    assert "☑One-to-one" in file
    assert "☐The same grade level" in file


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@once
def test_what_is_not_answered_says_so(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    Tables(app).do(update(Answer).where(Answer.document_id == plan.id).values(value=None))
    for shown in printed(as_("coach"), plan):
        assert "not answered yet" in shown
        assert "nothing added" in shown
        assert MARKER not in shown


def test_comments_are_not_printed(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, part1="returned")
    for key in ("coach", "principal"):
        for shown in printed(as_(key), plan):
            assert f"{MARKER} comment" not in shown
            assert f"{MARKER} reason" not in shown


@once
def test_a_long_answer_is_not_cut_and_its_box_in_the_diagram_is(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    long = " ".join(f"word{number}" for number in range(400))
    say(app, plan, "content_goal", long)
    page, file = printed(as_("coach"), plan)
    assert long in page
    assert all(f"word{number}" in file for number in range(400))
    boxes = [words(box) for box in page.all(".diagram .words")]
    assert max(len(box) for box in boxes) < 300


# ---------------------------------------------------------------- each reader's copy


@pytest.mark.parametrize(
    ("key", "copy"),
    [
        ("coach", "Participant copy"),
        ("teacher", "Participant copy"),
        ("principal", "Principal copy"),
        ("champion", "Copy for the coach champion"),
        ("invited", "Copy for an invited teacher"),
    ],
)
def test_each_copy_holds_what_its_reader_may_read(app: Flask, cast: Cast, as_: As, key: str, copy: str) -> None:
    plan = plans.write(app, cast, part1="approved", session_2=True)
    is_circle = copy == "Participant copy"
    for shown in printed(as_(key), plan):
        assert copy in shown
        assert ("Part 1 only" in shown) is not is_circle
        assert f"{MARKER} school_goal" in shown
        for hidden in ("goal_statement", "norm", "measure", "note"):
            assert (f"{MARKER} {hidden}" in shown) is is_circle
        assert ("Progress – only for the circle" in shown) is is_circle
        assert ("Part 2 – with the collaborating teachers" in shown) is is_circle


def test_the_principal_gets_part_2_once_shared_and_norms_once_agreed_but_never_progress(
    app: Flask, cast: Cast, as_: As
) -> None:
    plan = plans.write(app, cast, part1="approved", part2="shared", session_2=True, ours=True)
    by = cast["coach"].id
    other = {"document_id": plan.id, "part": "norms", "prompt": "norms", "row": "row2", "position": 2, "version": 1}
    Tables(app).do(insert(Answer), [{**other, "value": {"norm": f"{MARKER} not ours yet"}, "changed_by_id": by}])
    for shown in printed(as_("principal"), plan):
        assert "Part 1, Part 2 and Norms only" in shown
        assert f"{MARKER} goal_statement" in shown
        assert f"{MARKER} norm" in shown
        assert "Agreed by everyone in the circle" in shown
        assert cast["teacher2"].name in shown
        assert f"{MARKER} not ours yet" not in shown
        assert f"{MARKER} note" not in shown
        assert "Progress over time" not in shown


def test_the_circle_reads_who_agreed_to_each_norm(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, session_2=True)
    Tables(app).add(
        RowAgreement(document_id=plan.id, prompt="norms", row=plans.ROW, person_id=cast["teacher"].id, version=1)
    )
    said = f"Agreed by {cast['teacher'].name}; not yet by {cast['coach'].name}, {cast['teacher2'].name}"
    for shown in printed(as_("coach"), plan):
        assert said in shown


def test_teachers_who_have_not_answered_yet_are_marked(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    coach = as_("coach")
    asked = coach.get(f"{plan.path}/teachers", status=200)
    assert cast["invited"].name in asked
    named = [{"key": public_id(app, plan, cast, key), "name": cast[key].name} for key in ("teacher", "invited")]
    say(app, plan, "collaborating_teachers", named)
    for shown in printed(coach, plan):
        assert f"{cast['invited'].name} (asked, no answer yet)" in shown
        assert f"{cast['teacher'].name} (asked" not in shown


def public_id(app: Flask, plan: Plan, cast: Cast, key: str) -> str:
    where = (Participant.document_id == plan.id, Participant.person_id == cast[key].id)
    return str(Tables(app).one(select(Participant.public_id).where(*where)))


# ---------------------------------------------------------------- signatures


def test_who_approved_which_version_and_when(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    coach, principal = as_("coach"), as_("principal")
    page = coach.get(f"{plan.path}/print")
    assert "Signed on the site" not in page
    assert "Approved by Paul Okafor Principal Signature Date" in page

    decide(coach, plan, "part1", "submit")
    decide(principal, plan, "part1", "approve")
    for key in ("coach", "principal", "champion"):
        for shown in printed(as_(key), plan):
            assert "Approved by Paul Okafor Principal" in shown
            assert "Sent by Ana Ruiz Coach" in shown
            assert f"version 1 · content {content_of(page)}" in shown

    change(app, plan, coach, "school_goal", "Another goal.")
    for shown in printed(coach, plan):
        assert f"Approved version 1 (content {content_of(page)}) by Paul Okafor on " in shown
        assert "; changed since" in shown
        assert "Approved by Paul Okafor Principal Signature Date" in shown
        assert "Changed since approval · version 2 · content " in shown
        assert "Signed on the site" not in shown

    decide(coach, plan, "part1", "submit")
    decide(principal, plan, "part1", "approve")
    for shown in printed(coach, plan):
        assert "; changed since" in shown  # the earlier approval stays
        assert "Approved by Paul Okafor Principal Signature" not in shown


def content_of(page: Page) -> str:
    """The short content hash of Part 1 on paper."""
    stands = words(page.all(".printed-part-head .stands")[0])
    return stands.partition("content ")[2][:9]


def test_who_reviewed_and_who_agreed(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, part1="approved")
    coach, teacher = as_("coach"), as_("teacher")
    decide(coach, plan, "part2", "share")
    decide(as_("principal"), plan, "part2", "review")
    decide(teacher, plan, "part2", "agree")
    page, file = printed(coach, plan)
    lines = {words(line) for line in page.all(".signature")}
    assert "Agreed to by Ana Ruiz Coach Signature Date" in lines
    assert any("Tom Becker" in line and "Signed on the site" in line for line in lines)
    assert any("Reviewed by" in line and "Paul Okafor" in line and "Signed on the site" in line for line in lines)
    assert not any("Ines Duarte" in line for line in lines)  # has not answered yet: not in the circle
    assert "Agreed to by Tom Becker Collaborating teacher" in file

    change(app, plan, teacher, "goal_statement", "Another goal.")
    for shown in printed(coach, plan):
        assert "Reviewed version 1 (content " in shown
        assert "Agreed to version 1 (content " in shown
        assert "Reviewed by Paul Okafor Principal Signature Date" in shown


def test_a_part_sent_back_says_so_without_the_reason(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, part1="returned")
    for shown in printed(as_("coach"), plan):
        assert "Sent back at version 1 by Paul Okafor on " in shown
        assert "Approved by Paul Okafor Principal Signature Date" in shown


# ---------------------------------------------------------------- the file


@once
def test_the_pdf_is_tagged_and_its_names_tell_nothing(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    coach = as_("coach")
    for path, name in ((f"{plan.path}/print.pdf", "coaching-plan"), (f"{BLANK}.pdf", "peer-coaching-plan")):
        answer = coach.get(path)
        assert answer.headers["Content-Disposition"] == f'inline; filename="{name}.pdf"'
        root: Any = PdfReader(BytesIO(answer.content)).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert root["/Lang"].startswith("en")
        assert b"pdfuaid" in answer.content  # PDF/UA-1
        assert PdfReader(BytesIO(answer.content)).metadata.title == "Coaching plan"  # type: ignore[union-attr]
    assert coach.get(f"{plan.path}/print").title.startswith("Coaching plan")


@once
@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ("", (612, 792)),
        ("?paper=letter", (612, 792)),
        ("?paper=a4", (595, 842)),
        ("?paper=a0", (612, 792)),
        ("?paper=%00", (612, 792)),
    ],
)
def test_the_paper_is_letter_or_a4(as_: As, asked: str, size: tuple[int, int]) -> None:
    assert pdf(as_("coach"), f"{BLANK}.pdf{asked}").size == size


@once
def test_the_print_page_leads_to_both_sizes_and_back(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    page = as_("coach").get(f"{plan.path}/print")
    assert Pdf(page.follow("PDF (A4)")).size == (595, 842)
    assert Pdf(page.follow("PDF (Letter)")).size == (612, 792)
    assert page.follow("Back to the plan").path == plan.path
    assert page.has("button[data-print]")


# ---------------------------------------------------------------- texts of every kind

HOSTILE = """#import "x": * #{panic()} $ a^2 $ <script>alert(1)</script> \\ \\u{41} *_bold_* @ref // not a comment
= not a heading `raw` {{ 7*7 }} {% raise %} </p> &amp; "quoted" 'too' [x](y) ~ -- ---"""


@once
def test_hostile_text_stays_text(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast, session_2=True)
    first, second = HOSTILE.split("\n")
    say(app, plan, "school_goal", HOSTILE)
    say(app, plan, "resources", {"release_time": first})
    say(
        app,
        plan,
        "measures",
        {"measure": first, "how_collected": HOSTILE, "baseline": "", "target": "", "by_when": ""},
        plans.ROW,
    )
    say(app, plan, "norms", {"norm": second}, plans.ROW)
    page, file = printed(as_("coach"), plan)
    for shown in (page, file):
        assert first in shown
        assert second in shown
    assert not page.has("article script")


@once
@pytest.mark.parametrize(
    "text",
    [
        "Thumbs up 👍🏽, a family 👨‍👩‍👧, a flag 🇺🇸, a key 1️⃣",
        "مرحبا بالعالم، هذه خطة (2026) with English",
        "שלום עולם, 50% of pupils",
        "中文 日本語 한국어 สวัสดี नमस्ते",
        "\u0378 \ue000 \u202e turned \u2066 isolated \u200b\u00ad",
        "a\u0300\u0301\u0302\u20e3" * 50,
        "word " * 4000,
        "x" * 20_000,
        "x\n" * 10_000,
        "한" * 20_000,
    ],
    ids=["emoji", "Arabic", "Hebrew", "Asian", "odd", "marks", "words", "no spaces", "lines", "no font"],
)
def test_any_text_makes_a_pdf(app: Flask, cast: Cast, as_: As, text: str) -> None:
    plan = plans.write(app, cast, session_2=True)
    say(app, plan, "school_goal", text)
    say(app, plan, "usual_day", text[:300])
    say(app, plan, "norms", {"norm": text}, plans.ROW)
    page, file = printed(as_("coach"), plan)
    assert page.has(".answer[dir=auto]")
    assert f"{MARKER} state_goal" in file.first_sheets(1)[0]


@once
def test_a_long_word_does_not_leave_the_sheet(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    say(app, plan, "school_goal", "x" * 1000)
    file = pdf(as_("coach"), f"{plan.path}/print.pdf")
    assert max(line.count("x") for line in file.text.splitlines()) < 120
    assert close(file.text).count("x") >= 1000


def test_what_no_font_can_show_is_shown_otherwise() -> None:
    assert [typeset.substitute(one) for one in "👍🇺한\u200d\ufe0f\U0001f3fd\u0378"] == [
        "[thumbs up sign]", "[U]", "□", "", "", "", "□",
    ]  # fmt: skip
    said = 'the text `"👍"` could not be displayed … the text `"\\u{378}"` could not be displayed'
    assert typeset.not_shown(said) == {"👍", "\u0378"}
    assert typeset.NOTE in typeset.shown({"a": "한"}, {"한"})
    assert typeset.shown({"a": "ok"}, set()) == '{"a": "ok", "note": ""}'


# ---------------------------------------------------------------- who may not

STRANGERS = (
    "outsider",
    "admin",
    "declined",
    "removed",
    "depthead",
    "superintendent",
    "other_principal",
    "other_champion",
)


@pytest.mark.parametrize("key", sorted(STRANGERS))
def test_who_may_not_read_a_plan_cannot_print_it(app: Flask, cast: Cast, as_: As, key: str) -> None:
    plan = plans.write(app, cast)
    for path in ("print", "print.pdf"):
        as_(key).get(f"{plan.path}/{path}", status=404)


def test_signed_out_nothing_is_printed(app: Flask, cast: Cast, signed_out: Callable[[], Client]) -> None:
    plan = plans.write(app, cast)
    for path in (f"{plan.path}/print", f"{plan.path}/print.pdf", BLANK, f"{BLANK}.pdf"):
        assert MARKER not in signed_out().get(path)
        assert signed_out().get(path, status=303, follow=False).path == path


@once
def test_a_form_that_does_not_exist_has_no_blank(as_: As) -> None:
    as_("coach").get("/forms/another/blank", status=404)
    as_("coach").get("/forms/another/blank.pdf", status=404)


@once
def test_anyone_signed_in_can_print_the_blank_form(as_: As) -> None:
    assert "Blank form" in as_("outsider").get(BLANK)
    assert "Blank form" in as_("admin").get(BLANK)


def test_printing_writes_nothing(app: Flask, cast: Cast, as_: As) -> None:
    plan = plans.write(app, cast)
    before = Tables(app).all(select(DocumentPart.version).where(DocumentPart.document_id == plan.id))
    printed(as_("principal"), plan)
    assert Tables(app).all(select(DocumentPart.version).where(DocumentPart.document_id == plan.id)) == before
