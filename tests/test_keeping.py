"""The writing engine over another keeper: what is kept elsewhere is written, merged and looked back on like a plan."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any

import pytest
from flask import Blueprint, Flask, abort
from flask_login import current_user

from tests.cast import Cast
from tests.page import Client
from webapp import access
from webapp.clock import now
from webapp.documents.answering_views import Writing, hang_on
from webapp.documents.answers_page import AnswersPage
from webapp.documents.keeping import Changed, Keeper, Kept, KeptElsewhere, Key, Looking, Newer, Text
from webapp.documents.past import Past, Stood
from webapp.documents.talk import PlainTalk, Talk
from webapp.documents.text_operations import Typing
from webapp.forms.declaration import DocumentForm, Part, Section
from webapp.forms.kinds import Line, Row, Rows
from webapp.forms.kinds import Text as LongText

Browsers = Callable[[str], Client]
HERE = "/notebooks/n1"


class Seen(Row):
    """One thing seen."""

    time = Line("Time", prefill="now")
    what = Line("What you saw")


class Notes(Section):
    """The only section."""

    key = "notes"
    title = "Notes"
    thoughts = LongText("What do you think?")
    seen = Rows("What did you see?", Seen, one="note", ordered=True, starters=("A question",))


class Sheet(Part):
    """The only part."""

    key = "sheet"
    title = "Sheet"
    short_title = "Sheet"
    sections = (Notes,)


class NotebookForm(DocumentForm):
    """A form that no plan has."""

    key = "notebook"
    title = "Notebook"
    parts = (Sheet,)


@dataclass
class Shelf:
    """Where the notebook is kept."""

    names: dict[int, str]
    answers: dict[Key, tuple[Text, int]] = field(default_factory=dict)
    past: list[tuple[Text, int]] = field(default_factory=list)
    version: int = 0

    def here(self, prompt: str, row: str) -> Iterator[tuple[int, Text, int]]:
        """Number, text and writer of all that is past at one place."""
        for number, (text, by) in enumerate(self.past, start=1):
            if (text.prompt, text.row) == (prompt, row):
                yield number, text, by


class ShelfKeeper:
    """Keeps in memory."""

    def __init__(self, shelf: Shelf, reader_id: int) -> None:
        self.shelf, self.reader_id = shelf, reader_id

    def readable(self) -> Iterable[tuple[str, Kept]]:
        """Everything."""
        found = self.current({prompt for prompt, _ in self.shelf.answers})
        for (prompt, _row), kept in sorted(found.items(), key=lambda item: (item[1].position, item[0])):
            yield prompt, kept

    def current(self, prompts: Iterable[str]) -> dict[Key, Kept]:
        """What stands."""
        return {
            key: Kept(text.value, text.version, text.row, text.position, text.at, self.shelf.names[by])
            for key, (text, by) in self.shelf.answers.items()
            if key[0] in set(prompts)
        }

    def since(self, prompt: str, row: str, base: int, keys: Iterable[str] = ()) -> list[Newer]:
        """What came to stand."""
        return [
            Newer(by, t.page, t.version, t.value, Typing(t.operation, t.goes_on) if t.operation else None, t.key)
            for _, t, by in self.shelf.here(prompt, row)
            if t.version >= base or (t.key in list(keys) and by == self.reader_id)
        ]

    def put(self, text: Text, *, new: bool) -> None:
        """Let it stand."""
        assert new is ((text.prompt, text.row) not in self.shelf.answers)
        self.shelf.answers[text.prompt, text.row] = (text, self.reader_id)

    def revise(self, text: Text) -> None:
        """Add it to the past."""
        self.shelf.past.append((text, self.reader_id))

    def compared(self, prompt: str, row: str) -> None:
        """Nothing waits here."""

    def bump(self, part: str) -> int:
        """Count."""
        assert part == "sheet"
        self.shelf.version += 1
        return self.shelf.version

    def stir(self, part: str) -> None:
        """The version counts this too."""

    def changed(self, part: str, since: int) -> list[Changed]:
        """What was written after that version."""
        return [
            Changed(t.prompt, t.row, t.version, by, self.shelf.names[by], t.at, None, t.key, t.page, t.part_version)
            for t, by in self.shelf.past
            if t.part_version > since
        ]

    def settle(self, part: str) -> None:
        """Nothing is decided here."""

    def last_position(self, prompt: str) -> int:
        """The highest."""
        return max(
            (text.position for (name, _), (text, _by) in self.shelf.answers.items() if name == prompt), default=0
        )

    def place(self, prompt: str, row: str, position: int) -> None:
        """Move it."""
        text, by = self.shelf.answers[prompt, row]
        self.shelf.answers[prompt, row] = (replace(text, position=position), by)

    def secret(self) -> bytes:
        """None."""
        return b""

    def looking(self, people: Iterable[int], parts: frozenset[str]) -> dict[int, Looking]:
        """Nobody is seen in a notebook."""
        return {}

    def row_keys(self) -> set[Key]:
        """Every row."""
        return {key for key in self.shelf.answers if key[1]}

    def newest(self, prompt: str, row: str, *, below: int, most: int) -> list[Past]:
        """The past, newest first."""
        here = [one for one in self.shelf.past if not prompt or (one[0].prompt, one[0].row) == (prompt, row)]
        found = [self._past(number, text, by) for number, (text, by) in enumerate(here, start=1)]
        return [past for past in reversed(found) if not below or past.number < below][:most]

    def _past(self, number: int, text: Text, by: int) -> Past:
        names, restored, at = self.shelf.names, text.restored_from is not None, self.shelf.past.index((text, by))
        return Past(
            number,
            at,
            text.prompt,
            text.row,
            text.version,
            text.at,
            names[by],
            by,
            aside=False,
            waiting=False,
            restored=restored,
            emptied=text.value is None,
        )

    def waiting(self, prompt: str, row: str) -> list[Past]:
        """Nothing waits here."""
        return []

    def texts(self, ids: Collection[int]) -> dict[int, Any]:
        """What they say."""
        return {one: self.shelf.past[one][0].value for one in ids}

    def before(self, one: Past) -> Any:
        """What stood there."""
        here = [text.value for text, _ in self.shelf.past[: one.id] if (text.prompt, text.row) == (one.prompt, one.row)]
        return here[-1] if here else None

    def stood(self, until: datetime) -> list[Stood]:
        """How it all was."""
        then = {(text.prompt, text.row): text for text, _ in self.shelf.past if text.at < until}
        return [Stood(t.prompt, t.row, t.position, t.value, t.version) for t in then.values()]

    def stood_at(self, part: str, version: int) -> list[Stood]:
        """Versions have no names here."""
        return []


@dataclass(frozen=True)
class Notebook(KeptElsewhere):
    """A notebook before one reader."""

    shelf: Shelf

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/notebooks/{self.public_id}"

    @property
    def keeper(self) -> Keeper:
        """Its shelf."""
        return ShelfKeeper(self.shelf, self.reader_id)

    @property
    def talk(self) -> Talk:
        """Nobody comments on it."""
        return PlainTalk(self)

    def may(self, verb: str, part: str | None = None) -> bool:
        """Its readers read and write."""
        return verb in ("read", "write", "history") and part in (None, "sheet")


class NotebookPage(AnswersPage):
    """Its page."""

    @property
    def who(self) -> str:
        """Between whom."""
        return "Two people"


@pytest.fixture
def shelf(app: Flask, cast: Cast) -> Shelf:
    """A site on which the coach and the teacher share a notebook."""
    shelf = Shelf({cast[who].id: cast[who].name for who in ("coach", "teacher")})
    stands = access.PartStanding("draft", 0, False, False, now(), None, frozenset())

    def guard(verb: str) -> Callable[[access.View], access.View]:
        def declare(view: access.View) -> access.View:
            @wraps(view)
            def guarded(public_id: str, **values: Any) -> Any:
                if current_user.id not in shelf.names:
                    abort(404)
                opened = Notebook(
                    id=1,
                    public_id=public_id,
                    form=NotebookForm,
                    school_id=0,
                    school_name="",
                    school_year=0,
                    created_at=now(),
                    session_2_held_at=None,
                    reader_id=current_user.id,
                    facts=frozenset(),
                    parts={"sheet": replace(stands, version=shelf.version)},
                    shelf=shelf,
                )
                opened.demand(verb)
                return view(opened, **values)

            return access.signed_in(guarded)

        return declare

    bp = Blueprint("notebooks", __name__, url_prefix="/notebooks")
    hang_on(bp, guard, Writing(NotebookPage, find=lambda _public_id, _reader_id: None))
    app.register_blueprint(bp)
    return shelf


def say(client: Client, text: str, base: int, status: int = 200) -> Any:
    """Type a thought over that version; it saves itself."""
    sent = {"v.thoughts": str(base), "thoughts": text, "page": f"page{id(client)}"}
    return client.post(f"{HERE}/answers/thoughts", sent, htmx=True, status=status)


def test_its_page_speaks_of_the_notebook_only(shelf: Shelf, as_: Browsers) -> None:
    coach = as_("coach")
    say(coach, "First", 0)
    say(coach, "Second", 1)
    coach.post(f"{HERE}/rows/seen/add")
    page = coach.get(f"{HERE}/write")
    assert page.words("p.who") == "Two people"
    assert page.words("h1") == "Notebook"
    said = re.findall(r'(?:action|hx-post|formaction|href)="(/[^"]*)"', page.html[page.html.index("<main") :])
    assert {address for address in said if not address.startswith(HERE)} <= {"/sign-out"}
    assert f"{HERE}/history/thoughts" in said
    assert not page.has(".comments")


def test_nothing_of_it_comes_into_the_tables_of_the_plans(
    shelf: Shelf, as_: Browsers, unchanged: Callable[[], AbstractContextManager[None]]
) -> None:
    coach = as_("coach")
    coach.get(f"{HERE}/write")
    with unchanged():
        say(coach, "First", 0)
        say(coach, "Over it", 0)
        coach.post(f"{HERE}/rows/seen/add")
    assert shelf.answers["thoughts", ""][0].value == "Over it"


def test_where_two_replace_the_same_words_both_stand(shelf: Shelf, as_: Browsers) -> None:
    coach, teacher = as_("coach"), as_("teacher")
    say(coach, "We talked", 0)
    say(coach, "We talked a lot", 1)
    met = say(teacher, "We sang", 1)
    assert met.find("#status-thoughts input").get("value") == "3"
    assert shelf.answers["thoughts", ""][0].value == "We sang a lot"
    assert "You both changed this" in say(coach, "We danced a lot", 2)
    both = coach.get(f"{HERE}/write").form("#plan").value("thoughts")
    assert all(word in both for word in ("sang", "danced", "a lot"))


def test_an_earlier_text_comes_back(shelf: Shelf, as_: Browsers) -> None:
    coach = as_("coach")
    say(coach, "The first", 0)
    say(coach, "The second", 1)
    coach.get(f"{HERE}/history/thoughts?every=yes").form("ol.history li:last-child form").submit()
    assert shelf.answers["thoughts", ""][0].value == "The first"
    assert [text.restored_from is not None for text, _ in shelf.past] == [False, False, True]
    coach.post(f"{HERE}/history/thoughts/99", status=404)


def test_rows_are_added_with_the_time_moved_and_taken_out(shelf: Shelf, as_: Browsers) -> None:
    coach = as_("coach")
    coach.post(f"{HERE}/rows/seen/add")
    (first,) = [row for _, row in shelf.answers]
    value = shelf.answers["seen", first][0].value
    assert re.fullmatch(r"[0-2]\d:[0-5]\d", value["time"])
    assert value["what"] == ""
    coach.post(f"{HERE}/rows/seen/add")
    (second,) = [row for _, row in shelf.answers if row != first]
    coach.post(f"{HERE}/rows/seen/{second}/up")
    assert [shelf.answers["seen", row][0].position for row in (first, second)] == [2, 1]
    coach.post(f"{HERE}/rows/seen/{second}/remove")
    assert shelf.answers["seen", second][0].value is None
    assert [text.value is None for text, _ in shelf.past] == [False, False, True]


def test_comments_and_ticks_belong_to_plans(shelf: Shelf, as_: Browsers) -> None:
    coach = as_("coach")
    sent = {
        "comment.notes": "A remark",
        "a.seen.k1": "1",
        "agree.seen.k1": "yes",
        "v.thoughts": "0",
        "thoughts": "Kept",
    }
    coach.post(f"{HERE}/write", sent)
    assert shelf.answers["thoughts", ""][0].value == "Kept"
    coach.post(f"{HERE}/comments/notes", {"comment.notes": "A remark"}, status=404)


def test_only_its_readers_get_in(shelf: Shelf, as_: Browsers) -> None:
    as_("principal").get(f"{HERE}/write", status=404)
    as_("principal").post(f"{HERE}/answers/thoughts", {"v.thoughts": "0", "thoughts": "Mine"}, status=404)
    assert not shelf.answers
