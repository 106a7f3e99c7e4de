"""Leaks to plant: each makes the site tell in one way that there is something confidential, and to whom."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, Response, flash, request, session
from markupsafe import Markup
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.cast import email_of
from tests.tables import past_the_wall
from webapp import database
from webapp.clock import now
from webapp.coaching_sessions import circles, firewall
from webapp.coaching_sessions.models import CircleMember, ConfidentialRecord, SealedComment
from webapp.coaching_sessions.sealed_keeper import SealedKeeper
from webapp.documents import beside, comments, history, needs, printed
from webapp.documents.commented_page import CommentedPage
from webapp.documents.models import Answer, DocumentPart
from webapp.documents.seen_by import Audience, Reader
from webapp.people import directory, mail, schools
from webapp.people.models import Person

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Leak:
    """One leak: who can see it, and among which addresses that no link leads to.

    `anew`: it shows only in what happens after it was planted.
    """

    plant: Plant
    who: str
    where: str = "nowhere but by links"
    anew: bool = False


def _there_are() -> int:
    """How many confidential records there are: what nobody outside may learn."""
    with past_the_wall(), Session(database.engine()) as db:
        return db.scalar(select(func.count()).select_from(ConfidentialRecord)) or 0


def _exists(public_id: Any) -> bool:
    with past_the_wall(), Session(database.engine()) as db:
        here = ConfidentialRecord.public_id == str(public_id)
        return db.scalar(select(ConfidentialRecord.id).where(here)) is not None


def _answering(patch: pytest.MonkeyPatch, change: Callable[[Response, int], Any]) -> None:
    """Change every answer of the site, by how many records there are."""
    process = Flask.process_response

    def leak(app: Flask, response: Response) -> Response:
        if (number := _there_are()) and not request.path.startswith("/assets/"):
            change(response, number)
        return process(app, response)

    patch.setattr(Flask, "process_response", leak)


def _refusing(patch: pytest.MonkeyPatch, change: Callable[[Response], Any]) -> None:
    """Answer otherwise where there is a record, but not for this reader."""

    def leak(response: Response, _number: int) -> None:
        if response.status_code == 404 and _exists((request.view_args or {}).get("public_id")):
            change(response)

    _answering(patch, leak)


def a_count(patch: pytest.MonkeyPatch) -> None:
    """The schools of an administrator count the records among the plans."""
    lines = schools.lines
    patch.setattr(schools, "lines", lambda: [replace(one, plans=one.plans + _there_are()) for one in lines()])


def an_order(patch: pytest.MonkeyPatch) -> None:
    """A champion's list has the plans with sessions first."""
    page = needs.page_of_portfolio

    def leak(*asked: Any) -> Any:
        listed, more = page(*asked)
        return listed[:: -1 if _there_are() else 1], more

    patch.setattr(needs, "page_of_portfolio", leak)


def a_title(patch: pytest.MonkeyPatch) -> None:
    """The title in the browser's tab counts."""

    def change(response: Response, number: int) -> None:
        if response.mimetype == "text/html":
            response.set_data(response.get_data(as_text=True).replace("</title>", f" ({number})</title>"))

    _answering(patch, change)


def a_time(patch: pytest.MonkeyPatch) -> None:
    """A text of a record moves the moment at which its plan was changed."""
    bump = SealedKeeper.bump

    def leak(keeper: SealedKeeper, part: str) -> int:
        db = database.session()
        record = db.get_one(ConfidentialRecord, keeper.record_id)
        here = DocumentPart.document_id == record.plan_id
        db.execute(update(DocumentPart).where(here).values(changed_at=now()))
        return bump(keeper, part)

    patch.setattr(SealedKeeper, "bump", leak)


def a_notification(patch: pytest.MonkeyPatch) -> None:
    """The home page says that something happened."""
    needed = needs.needs

    def leak(listed: Any) -> Any:
        return [replace(one, words=f"{one.words} again") if _there_are() else one for one in needed(listed)]

    patch.setattr(needs, "needs", leak)


def a_search_result(patch: pytest.MonkeyPatch) -> None:
    """Who meets in confidence is not found."""
    page_of_people = directory.people_page

    def leak(text: str, *, number: int = 1) -> Any:
        with past_the_wall(), Session(database.engine()) as db:
            inside = set(db.scalars(select(CircleMember.person_id)))
        page = page_of_people(text, number=number)
        return replace(page, people=[one for one in page.people if not text or one.id not in inside])

    patch.setattr(directory, "people_page", leak)


def a_mail(patch: pytest.MonkeyPatch) -> None:
    """The principal gets a mail, however neutral, when a circle begins."""
    begin = circles.begin

    def leak(db: Any, *people: Any, **more: Any) -> Any:
        mail.enqueue(
            db.scalar(select(Person.id).where(Person.email == email_of("principal"))), "notice", path="/plans/"
        )
        return begin(db, *people, **more)

    patch.setattr(circles, "begin", leak)


def a_footer_on_paper(patch: pytest.MonkeyPatch) -> None:
    """The foot of a printed plan says how much there is."""
    of = printed.of

    def leak(*page: Any, **reader: Any) -> Any:
        paper = of(*page, **reader)
        return replace(paper, foot=f"{paper.foot} · {_there_are()}") if request.path.endswith(".pdf") else paper

    patch.setattr(printed, "of", leak)


def an_error_text(patch: pytest.MonkeyPatch) -> None:
    """The page that refuses says a little more."""

    def change(response: Response) -> None:
        response.set_data(response.get_data(as_text=True).replace("it is not yours", "it is somebody else’s"))

    _refusing(patch, change)


def a_403(patch: pytest.MonkeyPatch) -> None:
    """Forbidden instead of not found."""
    _refusing(patch, lambda response: setattr(response, "status_code", 403))


def a_redirect(patch: pytest.MonkeyPatch) -> None:
    """Sent home instead of not found."""

    def change(response: Response) -> None:
        response.status_code, response.headers["Location"] = 303, "/"

    _refusing(patch, change)


def a_header(patch: pytest.MonkeyPatch) -> None:
    """A mark that changes with what there is."""
    _answering(patch, lambda response, number: response.set_etag(f"{number}"))


def a_cookie(patch: pytest.MonkeyPatch) -> None:
    """Something kept in the cookie."""
    _answering(patch, lambda response, number: session.update(seen=number))


def a_size(patch: pytest.MonkeyPatch) -> None:
    """Answers that are a few spaces longer."""
    _answering(patch, lambda response, number: response.set_data(response.get_data() + b" " * number))


def a_running_number(patch: pytest.MonkeyPatch) -> None:
    """Numbers that count through all of the site."""
    of_prompt = history.of_prompt

    def leak(*asked: Any, **how: Any) -> Any:
        with Session(database.engine()) as db:
            number = db.scalar(select(func.count()).select_from(Answer)) or 0
        found = of_prompt(*asked, **how)
        return replace(found, entries=[replace(one, number=one.number + number) for one in found.entries])

    patch.setattr(history, "of_prompt", leak)


def a_name_among_readers(patch: pytest.MonkeyPatch) -> None:
    """The page on who can see a plan knows who meets."""
    readers = Audience.readers

    def leak(*asked: Any) -> list[Reader]:
        return readers(*asked) + [Reader("Tom Becker", can=True, reason="meets the coach")] * bool(_there_are())

    patch.setattr(Audience, "readers", leak)


def an_answer_to_the_entry(patch: pytest.MonkeyPatch) -> None:
    """The administrator hears how many doors an evaluation has closed."""
    close = firewall.close

    def leak(*asked: Any) -> None:
        if _there_are():
            flash("Circles were closed.")
        close(*asked)

    patch.setattr(firewall, "close", leak)


def a_note_to_who_was_shut_out(patch: pytest.MonkeyPatch) -> None:
    """Somebody who is out is told what they no longer have."""
    on_today = beside.on_today

    def leak(person_id: int) -> list[Markup]:
        return [*on_today(person_id), *([Markup("<p>A session is closed to you.</p>")] * bool(_there_are()))]

    patch.setattr(beside, "on_today", leak)


def a_count_of_comments(patch: pytest.MonkeyPatch) -> None:
    """What is said in confidence counts among the open comments of a plan."""
    counted = CommentedPage.open_comments

    def leak(page: CommentedPage, *sections: Any) -> int:
        with past_the_wall(), Session(database.engine()) as db:
            hidden = db.scalar(select(func.count()).select_from(SealedComment)) or 0
        return counted(page, *sections) + hidden

    patch.setattr(CommentedPage, "open_comments", leak)


def somebody_to_tell(patch: pytest.MonkeyPatch) -> None:
    """Who meets in confidence is not offered to be told of a comment."""
    offered = comments.colleagues

    def leak(opened: Any) -> Any:
        with past_the_wall(), Session(database.engine()) as db:
            inside = set(db.scalars(select(CircleMember.person_id)))
        found = offered(opened).items()
        return {part: [one for one in people if one.person_id not in inside] for part, people in found}

    patch.setattr(comments, "colleagues", leak)


LEAKS = {
    "count": Leak(a_count, "admin"),
    "order": Leak(an_order, "champion"),
    "title": Leak(a_title, "superintendent"),
    "time": Leak(a_time, "principal", anew=True),
    "notification": Leak(a_notification, "principal"),
    "search": Leak(a_search_result, "admin"),
    "mail": Leak(a_mail, "principal", anew=True),
    "pdf": Leak(a_footer_on_paper, "principal", "/print.pdf"),
    "error": Leak(an_error_text, "outsider", "/sessions/"),
    "403": Leak(a_403, "depthead", "/notes/"),
    "redirect": Leak(a_redirect, "left", "/sessions/"),
    "header": Leak(a_header, "outsider"),
    "cookie": Leak(a_cookie, "signed_out"),
    "size": Leak(a_size, "signed_out"),
    "number": Leak(a_running_number, "principal"),
    "reader": Leak(a_name_among_readers, "principal"),
    "entry": Leak(an_answer_to_the_entry, "admin", anew=True),
    "comments": Leak(a_count_of_comments, "principal"),
    "told": Leak(somebody_to_tell, "principal"),
    "note": Leak(a_note_to_who_was_shut_out, "shut"),
}
