"""Writing together: every save is kept, none is lost where two meet, and all of it works without JavaScript too."""

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import plans
from tests.cast import Cast
from tests.page import Client, Page
from tests.plans import MARKER, ROW, Plan
from tests.tables import Tables
from webapp.documents import answering_views
from webapp.documents.models import Answer, DocumentPart, Revision

Browsers = Callable[[str], Client]
GOAL = "goal_statement"


class Desk:
    """One open writing page of one person: what is typed on it saves itself, as htmx does it."""

    def __init__(self, client: Client, plan: Plan, page: str) -> None:
        self.client, self.plan, self.page = client, plan, page

    def type(self, prompt: str, text: str, *, base: int, row: str = "", status: int = 200, column: str = "") -> Page:
        """Type a text over what stood there in that version."""
        name = f"{prompt}.{row}" if row else prompt
        sent = {f"v.{name}": str(base), f"{name}.{column}" if row else name: text, "page": self.page}
        path = f"{self.plan.path}/answers/{name.replace('.', '/')}"
        return self.client.post(path, sent, htmx=True, status=status)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    """Every prompt is answered, in version 1; the norms are open."""
    return plans.write(app, cast, session_2=True)


@pytest.fixture
def tables(app: Flask) -> Tables:
    return Tables(app)


@pytest.fixture
def desk(as_: Browsers, plan: Plan) -> Callable[..., Desk]:
    """`desk("coach")`: the coach has the page open; `desk("coach", "b")`: in another browser too."""
    return lambda who, page="a": Desk(as_(who), plan, f"{who}-{page}")


@pytest.fixture
def kept(tables: Tables, plan: Plan) -> Callable[..., list[Any]]:
    """Every text that ever stood at a prompt, oldest first; `aside`: those that met another."""

    def found(prompt: str, row: str = "", *, aside: bool = False) -> list[Any]:
        here = (Revision.document_id == plan.id, Revision.prompt == prompt, Revision.row == row)
        return tables.all(select(Revision.value).where(*here, Revision.aside.is_(aside)).order_by(Revision.id))

    return found


@pytest.fixture
def stands(tables: Tables, plan: Plan) -> Callable[..., Any]:
    """What stands at a prompt now."""

    def found(prompt: str, row: str = "") -> Any:
        here = (Answer.document_id == plan.id, Answer.prompt == prompt, Answer.row == row)
        return tables.one(select(Answer.value).where(*here))

    return found


@pytest.fixture
def rows(tables: Tables, plan: Plan) -> Callable[[str], list[Any]]:
    """The rows of a list, in order: (key, value)."""

    def found(prompt: str) -> list[Any]:
        here = (Answer.document_id == plan.id, Answer.prompt == prompt, Answer.row != "", Answer.value.is_not(None))
        return tables.all(select(Answer).where(*here).order_by(Answer.position, Answer.row))

    return found


def versions(tables: Tables, plan: Plan) -> dict[str, int]:
    """How often each part has changed."""
    found = tables.all(select(DocumentPart).where(DocumentPart.document_id == plan.id))
    return {stands.part: stands.version for stands in found}


# ---------------------------------------------------------------- one prompt saves itself


def test_a_save_is_kept_and_says_so(
    desk: Callable[..., Desk], kept: Any, stands: Any, tables: Tables, plan: Plan
) -> None:
    line = desk("coach").type(GOAL, "More lab reports", base=1)
    assert line.words(".said").startswith("Saved ")
    assert line.find("input[type=hidden]").get("value") == "2", "the next save names this version"
    assert line.find("input[type=hidden]").get("name") == "v.goal_statement"
    assert stands(GOAL) == "More lab reports"
    assert kept(GOAL) == [f"{MARKER} {GOAL}", "More lab reports"]
    assert versions(tables, plan) == {"part1": 1, "part2": 2, "norms": 1, "progress": 1}


@pytest.mark.parametrize(
    "again", ["Zoë’s\ngoal", "Zoë’s\r\ngoal", "  Zoë’s\rgoal \n\n", unicodedata.normalize("NFD", "Zoë’s\ngoal")]
)
def test_a_save_that_changes_nothing_makes_no_revision(
    desk: Callable[..., Desk], kept: Any, tables: Tables, plan: Plan, again: str
) -> None:
    coach = desk("coach")
    coach.type(GOAL, "Zoë’s\ngoal", base=1)
    before = versions(tables, plan)
    line = coach.type(GOAL, again, base=2)
    assert line.find("input").get("value") == "2"
    assert len(kept(GOAL)) == 2
    assert versions(tables, plan) == before


def test_an_emptied_box_is_a_change_and_its_words_stay(
    desk: Callable[..., Desk], kept: Any, stands: Any, as_: Browsers, plan: Plan
) -> None:
    desk("coach").type(GOAL, "   ", base=1)
    assert stands(GOAL) is None
    assert kept(GOAL) == [f"{MARKER} {GOAL}", None]
    assert f"{MARKER} {GOAL}" in as_("teacher").get(f"{plan.path}/history/{GOAL}")


def test_each_kind_of_prompt_saves_itself(as_: Browsers, plan: Plan, stands: Any) -> None:
    coach = as_("coach")

    def save(prompt: str, **sent: str) -> None:
        named = {f"{prompt}.{key}" if key else prompt: value for key, value in sent.items()}
        coach.post(f"{plan.path}/answers/{prompt}", {f"v.{prompt}": "1", **named}, htmx=True)

    save("plan_date", **{"": "11/21/2026"})
    assert stands("plan_date") == "2026-11-21"
    save("usual_day", **{"": " every \n second  Tuesday "})
    assert stands("usual_day") == "every   second  Tuesday"
    save("structure", **{"": "one_to_one"})
    assert stands("structure") == "one_to_one"
    save("meeting_times", **{"": "release", "after_school": "two days"})
    assert stands("meeting_times") == {"release": "", "after_school": "two days"}, "a remark alone counts as a tick"
    coach.post(f"{plan.path}/answers/meeting_times", {"v.meeting_times": "2"}, htmx=True)
    assert stands("meeting_times") is None


# ---------------------------------------------------------------- two browsers, one prompt


def test_where_two_replace_the_same_words_both_stand(desk: Callable[..., Desk], kept: Any, stands: Any) -> None:
    desk("coach").type(GOAL, "alpha by the coach", base=1)
    page = desk("teacher").type(GOAL, "beta by the teacher", base=1)
    panel = page.words(f"#conflict-{GOAL}")
    for said in ("You both changed this", "alpha by the coach", "beta by the teacher", "Ana Ruiz wrote", "You wrote"):
        assert said in panel
    assert page.find(f"#status-{GOAL} input").get("value") == "4"
    assert stands(GOAL) == "beta by the teacher\nalpha by the coach", "each on lines of its own"
    assert kept(GOAL)[1] == "alpha by the coach"
    assert kept(GOAL, aside=True) == []


def test_words_in_different_places_simply_stand(desk: Callable[..., Desk], stands: Any) -> None:
    coach, teacher = desk("coach"), desk("teacher")
    coach.type(GOAL, "Pupils read. Pupils write.", base=1)
    coach.type(GOAL, "All pupils read. Pupils write.", base=2)
    page = teacher.type(GOAL, "Pupils read. Pupils write reports.", base=2)
    assert stands(GOAL) == "All pupils read. Pupils write reports."
    assert not page.has(f"#conflict-{GOAL}")


def test_of_two_choices_the_last_stands_and_can_be_undone(as_: Browsers, plan: Plan, stands: Any, kept: Any) -> None:
    coach, principal, path = as_("coach"), as_("principal"), f"{plan.path}/answers/structure"
    coach.post(path, {"v.structure": "1", "structure": "team"}, htmx=True)
    met = principal.post(path, {"v.structure": "1", "structure": ""}, htmx=True)
    newest = len(kept("structure"))
    assert "Ana Ruiz had changed this to" in met.words("#conflict-structure")
    assert stands("structure") is None
    again = principal.post(f"{plan.path}/undo/structure/{newest}", {})
    assert "What stood there before is back" in again
    assert stands("structure") == "team"
    assert "changed this again" in principal.post(f"{plan.path}/undo/structure/{newest}", {})
    for version in (0, 1, 10**9, 10**30):
        principal.post(f"{plan.path}/undo/structure/{version}", {}, status=404)


def test_ticks_of_two_people_are_all_kept(as_: Browsers, plan: Plan, stands: Any) -> None:
    coach, path = as_("coach"), f"{plan.path}/answers/meeting_times"
    coach.post(path, {"v.meeting_times": "1", "meeting_times": "release", "meeting_times.release": "one"}, htmx=True)
    both = {"v.meeting_times": "2", "meeting_times": ["release", "after_school"], "meeting_times.release": "one"}
    coach.post(path, both, htmx=True)
    as_("teacher").post(path, {"v.meeting_times": "2", "meeting_times": []}, htmx=True)
    assert stands("meeting_times") == {"after_school": ""}


@pytest.fixture
def met(desk: Callable[..., Desk], plan: Plan, tables: Tables, cast: Cast) -> None:
    """Two texts met before texts were kept together: the teacher's was set aside."""
    desk("coach").type(GOAL, "alpha by the coach", base=1)
    aside = {"value": "beta by the teacher", "version": 1, "part_version": 2, "aside": True, "page": "teacher-a"}
    tables.add(Revision(document_id=plan.id, part="part2", prompt=GOAL, by_id=cast["teacher"].id, **aside))


@pytest.mark.parametrize(
    ("who", "alpha", "beta"),
    [("coach", "You", "Tom Becker"), ("teacher", "Ana Ruiz", "You"), ("teacher2", "Ana Ruiz", "Tom Becker")],
)
def test_the_history_shows_both_texts_to_everyone_and_whose_is_whose(
    met: None, as_: Browsers, plan: Plan, who: str, alpha: str, beta: str
) -> None:
    history = as_(who).get(f"{plan.path}/history/{GOAL}")
    captions = ["".join(caption.itertext()) for caption in history.all(".conflict .caption")]
    assert [caption.split(" wrote")[0] for caption in captions] == [alpha, beta]
    assert "waits to be compared" in history
    assert "met another text and was set aside" in history.words("ol.history")
    written = as_(who).get(f"{plan.path}/write")
    assert "Two texts met here and both are kept." in written.words(f"#status-{GOAL}")


def test_choosing_keeps_both_in_the_history(met: None, as_: Browsers, plan: Plan, kept: Any, stands: Any) -> None:
    settled = as_("teacher").post(
        f"{plan.path}/both/{GOAL}", {f"v.{GOAL}": "2", GOAL: "alpha and beta", "page": "teacher-a"}, htmx=True
    )
    assert "alpha and beta" in settled.find(f"#f-{GOAL}").text
    assert settled.find(f"#conflict-{GOAL}").text is None, "the panel is gone"
    assert stands(GOAL) == "alpha and beta"
    assert kept(GOAL) == [f"{MARKER} {GOAL}", "alpha by the coach", "alpha and beta"]
    assert kept(GOAL, aside=True) == ["beta by the teacher"]
    for who in ("coach", "teacher"):
        history = as_(who).get(f"{plan.path}/history/{GOAL}")
        assert "waits to be compared" not in history
        for word in ("alpha by the coach", "beta by the teacher"):
            assert all(part in history for part in word.split()), word


def test_a_settled_text_that_cannot_be_kept_is_shown_again(
    met: None, as_: Browsers, plan: Plan, unchanged: Callable[[], Any]
) -> None:
    teacher, sent = as_("teacher"), {f"v.{GOAL}": "2", GOAL: "alpha and beta\0"}
    for htmx in (False, True):
        with unchanged():
            again = teacher.post(f"{plan.path}/both/{GOAL}", sent, status=422, htmx=htmx)
        assert "invisible character" in again
        assert "alpha and beta" in again.find("textarea").text
    as_("teacher").post(f"{plan.path}/both/{GOAL}", {f"v.{GOAL}": "2", "use": "theirs"})
    again = as_("teacher").post(f"{plan.path}/both/{GOAL}", sent, status=422)
    assert "alpha and beta" in again, "also when somebody else has settled it meanwhile"


def test_the_same_text_from_both_is_no_meeting(desk: Callable[..., Desk], kept: Any) -> None:
    desk("coach").type(GOAL, "the same", base=1)
    assert desk("teacher").type(GOAL, "the same", base=1).find("input").get("value") == "2"
    assert kept(GOAL, aside=True) == []


def test_an_answer_that_got_lost_on_the_way_is_no_meeting(desk: Callable[..., Desk], kept: Any, stands: Any) -> None:
    """The page did not hear that it was saved, so it sends the longer text with the version it still has."""
    coach = desk("coach")
    coach.type(GOAL, "one", base=1)
    coach.type(GOAL, "one two", base=1)
    coach.type(GOAL, "one two three", base=1)
    assert stands(GOAL) == "one two three"
    assert kept(GOAL, aside=True) == []
    desk("coach", "b").type(GOAL, "in my other browser", base=1)
    assert "one two three" in stands(GOAL) and "in my other browser" in stands(GOAL)


def test_a_version_that_never_was_writes_over_nothing(desk: Callable[..., Desk], stands: Any) -> None:
    for base in (0, 99, 999_999_999):
        desk("teacher", str(base)).type(GOAL, f"forged {base}", base=base)
    assert all(said in stands(GOAL) for said in (f"{MARKER} {GOAL}", "forged 0", "forged 99", "forged 999999999"))


# ---------------------------------------------------------------- lists


def norm(desk: Desk, row: str, text: str, *, base: int, status: int = 200) -> Page:
    return desk.type("norms", text, base=base, row=row, column="norm", status=status)


def test_rows_are_added_filled_moved_and_taken_out(as_: Browsers, plan: Plan, rows: Any, kept: Any) -> None:
    coach = as_("coach")
    coach.post(f"{plan.path}/rows/norms/add", {"starter": "0"})
    coach.post(f"{plan.path}/rows/norms/add")
    assert [row.value["norm"] for row in rows("norms")] == [f"{MARKER} norm", "Start and end on time", ""]
    third = rows("norms")[2].row
    norm(Desk(coach, plan, "a"), third, "Bring coffee", base=1)
    coach.post(f"{plan.path}/rows/norms/{third}/up")
    assert [row.value["norm"] for row in rows("norms")] == [f"{MARKER} norm", "Bring coffee", "Start and end on time"]
    coach.post(f"{plan.path}/rows/norms/{third}/up")
    coach.post(f"{plan.path}/rows/norms/{third}/up")  # it is the first already
    coach.post(f"{plan.path}/rows/norms/{ROW}/down")
    assert [row.value["norm"] for row in rows("norms")] == ["Bring coffee", "Start and end on time", f"{MARKER} norm"]
    coach.post(f"{plan.path}/rows/norms/{third}/remove")
    assert [row.value["norm"] for row in rows("norms")] == ["Start and end on time", f"{MARKER} norm"]
    assert kept("norms", third) == [{"norm": ""}, {"norm": "Bring coffee"}, None]
    assert "Bring coffee" in coach.get(f"{plan.path}/history/norms/{third}")


def test_a_full_list_takes_no_more(as_: Browsers, plan: Plan, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering_views, "MOST_ROWS", 2)
    coach = as_("coach")
    coach.post(f"{plan.path}/rows/norms/add", {"starter": "0"})
    assert "This list is full" in coach.post(f"{plan.path}/rows/norms/add", {"starter": "1"})
    assert [row.value["norm"] for row in rows("norms")] == [f"{MARKER} norm", "Start and end on time"]


def test_a_starter_is_offered_until_it_is_taken(as_: Browsers, plan: Plan) -> None:
    coach = as_("coach")
    assert coach.get(f"{plan.path}/write").has("button[name=starter][value='0']")
    page = coach.post(f"{plan.path}/rows/norms/add", {"starter": "0"})
    assert not page.has("button[name=starter][value='0']")
    assert page.has("button[name=starter][value='1']")


def test_different_rows_never_meet(desk: Callable[..., Desk], as_: Browsers, plan: Plan, rows: Any, kept: Any) -> None:
    as_("coach").post(f"{plan.path}/rows/norms/add", {"starter": "1"})
    first, second = rows("norms")
    norm(desk("coach"), first.row, "by the coach", base=1)
    norm(desk("teacher"), second.row, "by the teacher", base=1)
    as_("coach").post(f"{plan.path}/rows/norms/{second.row}/up")
    norm(desk("teacher2"), first.row, "by the coach, and more", base=2)
    assert [row.value["norm"] for row in rows("norms")] == ["by the teacher", "by the coach, and more"]
    assert kept("norms", first.row, aside=True) == kept("norms", second.row, aside=True) == []


def test_where_two_replace_the_words_of_one_cell_both_stand(desk: Callable[..., Desk], rows: Any) -> None:
    norm(desk("coach"), ROW, "by the coach", base=1)
    page = norm(desk("teacher"), ROW, "from a teacher", base=1)
    assert "You both changed this" in page.words(f"#conflict-norms-{ROW}")
    assert "by the coach" in rows("norms")[0].value["norm"] and "from a teacher" in rows("norms")[0].value["norm"]


def test_different_cells_of_a_row_are_merged(as_: Browsers, plan: Plan, rows: Any) -> None:
    was = rows("measures")[0].value
    sent = {f"measures.{ROW}.{name}": value for name, value in was.items()}
    path = f"{plan.path}/answers/measures/{ROW}"
    base = {f"v.measures.{ROW}": "1"}
    as_("coach").post(path, base | sent | {f"measures.{ROW}.baseline": "12"}, htmx=True)
    page = as_("teacher").post(path, base | sent | {f"measures.{ROW}.target": "90"}, htmx=True)
    assert rows("measures")[0].value == was | {"baseline": "12", "target": "90"}
    assert not page.has(f"#conflict-measures-{ROW}")


def brought(page: Page, name: str) -> Any:
    """What the answer to a save brings of what others wrote there: field → what stands in it."""
    return json.loads(page.find(f"#status-{name}").get("data-kept", "{}"))


def test_the_answer_to_a_save_brings_the_cells_that_others_wrote(as_: Browsers, plan: Plan, rows: Any) -> None:
    """And not those that were sent: their owner types on in them."""
    name = f"measures.{ROW}"
    sent = {f"{name}.{column}": value for column, value in rows("measures")[0].value.items()}
    coach, teacher, path = as_("coach"), as_("teacher"), f"{plan.path}/answers/measures/{ROW}"
    alone = coach.post(path, sent | {f"v.{name}": "1", f"{name}.how_collected": "Three questions on paper"}, htmx=True)
    assert brought(alone, f"measures-{ROW}") == {}
    mine = sent | {f"{name}.measure": " Questions that explain "}
    page = teacher.post(path, mine | {f"v.{name}": "1"}, htmx=True)
    assert brought(page, f"measures-{ROW}") == {f"{name}.how_collected": "Three questions on paper"}
    assert page.find(f"#status-measures-{ROW} input").get("value") == "3"
    mine[f"{name}.how_collected"] = "Three questions on paper"
    assert brought(teacher.post(path, mine | {f"v.{name}": "3"}, htmx=True), f"measures-{ROW}") == {}
    unchanged = coach.post(path, sent | {f"v.{name}": "1"}, htmx=True)
    assert brought(unchanged, f"measures-{ROW}") == {
        f"{name}.measure": "Questions that explain",
        f"{name}.how_collected": "Three questions on paper",
    }, "who changed nothing after all sees what others did"


def test_words_that_two_replaced_in_one_cell_come_with_the_answer(desk: Callable[..., Desk], rows: Any) -> None:
    alone = norm(desk("coach"), ROW, "by the coach", base=1)
    page = norm(desk("teacher"), ROW, "from a teacher", base=1)
    assert brought(page, f"norms-{ROW}") == {f"norms.{ROW}.norm": rows("norms")[0].value["norm"]}
    assert brought(alone, f"norms-{ROW}") == {}


def test_the_answer_to_a_tick_brings_the_ticks_of_others(as_: Browsers, plan: Plan, stands: Any) -> None:
    coach, teacher, path = as_("coach"), as_("teacher"), f"{plan.path}/answers/meeting_times"
    coach.post(path, {"v.meeting_times": "1", "meeting_times": []}, htmx=True)
    coach.post(path, {"v.meeting_times": "2", "meeting_times": "release", "meeting_times.release": "one"}, htmx=True)
    page = teacher.post(path, {"v.meeting_times": "2", "meeting_times": "after_school"}, htmx=True)
    there = brought(page, "meeting_times")
    assert there == {"meeting_times": ["release", "after_school"], "meeting_times.release": "one"}
    again = {"v.meeting_times": "4", **there, "meeting_times": ["release", "after_school", "other"]}
    assert brought(teacher.post(path, again, htmx=True), "meeting_times") == {}
    assert stands("meeting_times") == {"release": "one", "after_school": "", "other": ""}


def test_a_text_sent_whole_is_answered_with_what_others_wrote_in_it(desk: Callable[..., Desk], stands: Any) -> None:
    coach, teacher = desk("coach"), desk("teacher")
    coach.type(GOAL, "Pupils read. Pupils write.", base=1)
    coach.type(GOAL, "All pupils read. Pupils write.", base=2)
    page = teacher.type(GOAL, "Pupils read. Pupils write reports.", base=2)
    assert brought(page, GOAL) == {GOAL: stands(GOAL)}
    assert brought(teacher.type(GOAL, "All pupils read.", base=4), GOAL) == {}


def test_words_typed_into_a_row_that_was_taken_out_bring_it_back(
    desk: Callable[..., Desk], as_: Browsers, plan: Plan, rows: Any
) -> None:
    as_("coach").post(f"{plan.path}/rows/norms/{ROW}/remove")
    assert rows("norms") == []
    page = norm(desk("teacher"), ROW, "still typing", base=1)
    assert "had emptied this or taken it out" in page.words(f"#conflict-norms-{ROW}")
    assert [row.value for row in rows("norms")] == [{"norm": "still typing"}]


def test_a_row_stays_agreed_when_it_moves_and_asks_again_when_it_is_reworded(
    app: Flask, cast: Cast, as_: Browsers, desk: Callable[..., Desk]
) -> None:
    plan = plans.write(app, cast, session_2=True, ours=True)
    coach, principal = as_("coach"), as_("principal")
    assert f"{MARKER} norm" in principal.get(f"{plan.path}/write")
    coach.post(f"{plan.path}/rows/norms/add")
    coach.post(f"{plan.path}/rows/norms/{ROW}/down")
    assert f"{MARKER} norm" in principal.get(f"{plan.path}/write")
    norm(Desk(coach, plan, "a"), ROW, "worded otherwise", base=1)
    assert "norm" not in {part.get("id") for part in principal.get(f"{plan.path}/write").all("section.part")} - {
        "norms"
    }
    assert "worded otherwise" not in principal.get(f"{plan.path}/write").html
    assert "Nobody has agreed yet" in coach.get(f"{plan.path}/write").words(f"#agreement-norms-{ROW}")


# ---------------------------------------------------------------- the whole page, without JavaScript


def test_the_whole_page_is_saved_at_once(as_: Browsers, plan: Plan, stands: Any, rows: Any, kept: Any) -> None:
    page = as_("coach").get(f"{plan.path}/write").form("#plan").submit(
        {
            "school_goal": "one\ntwo", "plan_date": "2026-11-20", "structure": "one_to_one",
            f"norms.{ROW}.norm": "In the list", GOAL: "More lab reports", "comment.goal": "Is this good?",
        },
        button="Save this page",
    )  # fmt: skip
    assert "Saved. What you wrote on this page is kept." in page
    assert (stands("school_goal"), stands("plan_date"), stands("structure")) == ("one\ntwo", "2026-11-20", "one_to_one")
    assert (stands(GOAL), rows("norms")[0].value) == ("More lab reports", {"norm": "In the list"})
    assert "Is this good?" in page
    assert len(kept("timeline")) == 1, "what was not changed has no new revision"
    again = page.form("#plan").submit(button="Save this page")
    assert "Saved." in again
    assert len(kept(GOAL)) == 2


def test_every_button_of_the_page_saves_it_first(as_: Browsers, plan: Plan, stands: Any, rows: Any) -> None:
    page = as_("coach").get(f"{plan.path}/write")
    page = page.form("#plan").submit({GOAL: "typed before a button was pressed"}, button="Add a norm")
    assert stands(GOAL) == "typed before a button was pressed"
    assert len(rows("norms")) == 2
    page.form("#plan").submit({GOAL: "and again"}, button="Choose teachers")
    assert stands(GOAL) == "and again"


def test_texts_that_meet_on_the_whole_page_lose_nothing(
    as_: Browsers, plan: Plan, desk: Callable[..., Desk], stands: Any, kept: Any
) -> None:
    form = as_("teacher").get(f"{plan.path}/write").form("#plan")
    desk("coach").type(GOAL, "alpha by the coach", base=1)
    page = form.submit({GOAL: "beta by the teacher", "timeline": "until May"}, button="Save this page")
    assert "Everything on this page is saved" in page
    assert stands("timeline") == "until May"
    for said in ("alpha by the coach", "beta by the teacher"):
        assert said in page.words(f"#met-{GOAL}")
        assert said in stands(GOAL)
    page.form("#plan").submit({GOAL: "alpha and beta"}, button="Save this page")
    assert stands(GOAL) == "alpha and beta"


def test_a_page_with_a_mistake_keeps_every_word_and_saves_none(
    as_: Browsers, plan: Plan, unchanged: Callable[[], Any]
) -> None:
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    typed = {
        "school_goal": "kept word one", "plan_date": "31 of Juny", GOAL: "kept word two", f"norms.{ROW}.norm": "kept word three",
        "comment.goal": "kept word four", f"measures.{ROW}.by_when": "someday", "meeting_times.after_school": "kept word five",
    }  # fmt: skip
    with unchanged():
        page = form.submit(typed, button="Save this page", status=422)
    assert "Nothing is saved yet" in page
    again = page.form("#plan").values()
    for name, text in typed.items():
        assert again[name] == [text], name
    assert again["v.school_goal"] == ["1"]
    assert page.all("#errors a"), "each mistake leads to its box"
    for link in page.all("#errors a"):
        assert page.has(link.get("href")), link.get("href")
    mended = page.form("#plan").submit(
        {"plan_date": "11/20/2026", f"measures.{ROW}.by_when": "4/30/2027"}, button="Save this page"
    )
    assert "What you wrote on this page is kept" in mended
    assert "kept word three" in mended.html


def test_the_same_page_sent_twice_changes_nothing_the_second_time(as_: Browsers, plan: Plan, kept: Any) -> None:
    """The person pressed twice, or went back and pressed again."""
    form = as_("coach").get(f"{plan.path}/write").form("#plan")
    form.submit({GOAL: "once"}, button="Save this page")
    form.submit({GOAL: "once"}, button="Save this page")
    form.submit({GOAL: "once and more"}, button="Save this page")
    assert kept(GOAL) == [f"{MARKER} {GOAL}", "once", "once and more"]
    assert kept(GOAL, aside=True) == []


# ---------------------------------------------------------------- earlier texts, drafts


def test_an_earlier_text_comes_back_as_the_newest(
    as_: Browsers, plan: Plan, desk: Callable[..., Desk], kept: Any, stands: Any
) -> None:
    coach = desk("coach")
    coach.type(GOAL, "second", base=1)
    coach.type(GOAL, "third", base=2)
    history = as_("teacher").get(f"{plan.path}/history/{GOAL}?every=yes")
    page = history.form("ol.history > li:last-child form").submit()
    assert "The earlier text is back" in page
    assert stands(GOAL) == f"{MARKER} {GOAL}"
    assert kept(GOAL) == [f"{MARKER} {GOAL}", "second", "third", f"{MARKER} {GOAL}"]
    assert "brought back from earlier" in as_("coach").get(f"{plan.path}/history/{GOAL}")
    coach.type(GOAL, "third and on", base=3)
    assert "and on" in stands(GOAL)


def test_only_a_text_of_this_very_history_comes_back(
    app: Flask, cast: Cast, as_: Browsers, plan: Plan, tables: Tables, unchanged: Callable[[], Any]
) -> None:
    other = plans.write(app, cast)
    coach = as_("coach")
    foreign = tables.one(select(Revision.id).where(Revision.document_id == other.id, Revision.prompt == GOAL))
    with unchanged():
        for number in (foreign, 0, 2, 10**9, 2**31 - 1, 2**31, 2**63, 10**30):
            coach.post(f"{plan.path}/history/{GOAL}/{number}", status=404)


def test_a_draft_fills_an_empty_box_at_once(as_: Browsers, plan: Plan, desk: Callable[..., Desk], stands: Any) -> None:
    desk("coach").type(GOAL, "", base=1)
    form = as_("teacher").get(f"{plan.path}/write").form("#plan")
    page = form.submit({"work_with": "the grade 7 team"}, button="Compose a first draft from your answers")
    assert "A first draft is in the box" in page
    assert "the coach will work with the grade 7 team" in stands(GOAL), "made of the page as it is now"


def test_a_draft_replaces_words_only_after_asking(as_: Browsers, plan: Plan, stands: Any, kept: Any) -> None:
    page = as_("coach").get(f"{plan.path}/write").form("#plan")
    asks = page.submit(button="Compose a first draft from your answers")
    assert "Replace what is there?" in asks
    assert f"{MARKER} {GOAL}" in asks
    assert stands(GOAL) == f"{MARKER} {GOAL}"
    asks.form().submit(button="Use the new draft")
    assert stands(GOAL).startswith("In this plan, the coach will work with")
    assert kept(GOAL)[0] == f"{MARKER} {GOAL}", "the words that were there stay in the history"


def test_a_draft_is_only_for_prompts_that_have_one(as_: Browsers, plan: Plan) -> None:
    as_("coach").post(f"{plan.path}/drafts/timeline", status=404)
    as_("principal").post(f"{plan.path}/drafts/{GOAL}", status=404)


def test_what_the_plan_says_already_is_offered_as_a_start(as_: Browsers, plan: Plan, desk: Callable[..., Desk]) -> None:
    offered = "#p-academic_goal details:last-of-type"
    assert "What the plan says already" not in as_("teacher").get(f"{plan.path}/write").words("#p-academic_goal")
    desk("teacher").type("academic_goal", "", base=1)
    page = as_("teacher").get(f"{plan.path}/write")
    assert page.words(offered) == f"What the plan says already {MARKER} school_goal"


def test_history_is_numbered_by_what_was_really_written(desk: Callable[..., Desk], tables: Tables, plan: Plan) -> None:
    """Each revision names the version of the answer and of the part: approvals rely on it."""
    coach, teacher = desk("coach"), desk("teacher")
    coach.type(GOAL, "second", base=1)
    teacher.type("timeline", "until May", base=1)
    teacher.type(GOAL, "other", base=1)
    here = (Revision.document_id == plan.id, Revision.prompt == GOAL)
    found = tables.all(select(Revision).where(*here).order_by(Revision.id))
    assert [(one.version, one.part_version, one.aside) for one in found] == [
        (1, 1, False),
        (2, 2, False),
        (3, 4, False),  # what the teacher wrote, then the line end that keeps both versions apart
        (4, 4, False),
    ]
