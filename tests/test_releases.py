"""A release of progress: every member agrees to one exact page, or nothing of it ever leaves the circle."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from difflib import unified_diff
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from tests import crawl, held, plans, releases
from tests.cast import Cast
from tests.markup import words
from tests.page import Client
from tests.plans import Plan
from tests.releases import AGREE, ASK, COMPOSE, HEADING, MARKS, REFUSE, THROW_AWAY, WITHDRAW, WORDS, Release, reader
from tests.tables import Tables
from webapp import clock
from webapp.clock import now
from webapp.coaching_sessions import models, records, release_page
from webapp.coaching_sessions import releases as verbs
from webapp.coaching_sessions.models import ConfidentialRecord, Consent, LogEntry, RefusedTry, ReleaseRecipient
from webapp.database import look_as
from webapp.documents.models import Participant, Standing
from webapp.people.models import EvaluatorAssignment, Mail, Membership, Person

Browsers = Callable[[str], Client]
OUTSIDE = (
    "principal",
    "assistant_principal",
    "champion",
    "admin",
    "outsider",
    "depthead",
    "superintendent",
    "teacher2",
)
ARTICLE = re.compile(r'<article class="released".*?</article>', re.DOTALL)


@pytest.fixture
def plan(app: Flask, cast: Cast) -> Plan:
    return plans.write(app, cast, part1="approved", part2="shared", circle=("coach", "teacher"))


@pytest.fixture
def release(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> Release:
    """Written, and nobody asked yet."""
    return releases.compose(app, cast, plan, browser_of)


@contextmanager
def in_days(days: int) -> Iterator[None]:
    """As if so many days had passed."""
    with clock.at(now() + timedelta(days=days)):
        yield


def log_of(release: Release) -> list[str]:
    """What stands in its log, without who opened it."""
    here = select(ConfidentialRecord.id).where(ConfidentialRecord.public_id == release.public_id).scalar_subquery()
    acts = Tables(release.app).all(select(LogEntry.act).where(LogEntry.record_id == here).order_by(LogEntry.number))
    return [act for act in acts if act not in ("opened", "looked back")]


def mails(app: Flask) -> list[int]:
    """To whom something waits in the outbox."""
    return sorted(Tables(app).all(select(Mail.person_id)))


# ---------------------------------------------------------------- composing


def test_a_member_writes_a_page_and_sees_it_as_its_readers_will(release: Release) -> None:
    page = release.look("teacher")
    assert HEADING in page.words("#released h2")
    for said in (WORDS, "From Ana Ruiz and Tom Becker", "For Paul Okafor, principal", "Readable until"):
        assert said in page.words("#released")
    assert "Only you and Ana Ruiz can see this" in page
    assert release.state == "draft"


def test_a_measure_is_shown_with_its_dated_values(release: Release, browser_of: Browsers) -> None:
    coach = browser_of("coach")
    coach.get(f"{release.path}/write").form(button="Add a measure").submit({})
    page = coach.get(f"{release.path}/write")
    box = page.find("select[name$='.shown_measure']")
    offered = box.findall("option")[1].get("value")
    page = page.form(button=releases.LOOK).submit({box.get("name"): offered})
    shown = page.words(".measured")
    assert f"{plans.MARKER} measure" in shown
    assert "October 1, 2026 62%" in shown
    assert "Our aim" in shown


def test_a_measure_line_is_read_back_into_its_pieces() -> None:
    whole = release_page.measured(
        "r1 Reports; read aloud; at the start: 48%; October 1, 2026: 52%; May 2, 2027: 61; aim: 75%"
    )
    assert (whole.title, whole.began, whole.aim) == ("Reports; read aloud", "48%", "75%")
    assert whole.values == [("October 1, 2026", "52%"), ("May 2, 2027", "61")]
    assert [number for _, number in whole.points] == [52, 61]
    bare = release_page.measured("r1 Talks; Octember 41, 2026: 5")
    assert (bare.title, bare.values, bare.points) == ("Talks; Octember 41, 2026: 5", [], [])


def test_pressing_the_button_again_goes_on_with_the_same_page(
    release: Release, plan: Plan, browser_of: Browsers
) -> None:
    again = browser_of("teacher").get(plan.path).form(button="Go on with your page of progress").submit({})
    assert again.path == f"{release.path}/write"


def test_one_alone_cannot_release_anything(app: Flask, cast: Cast, browser_of: Browsers) -> None:
    plan = plans.write(app, cast, part1="approved", circle=("coach",))
    page = browser_of("coach").get(plan.path).form(button=COMPOSE).submit({})
    assert "at least one more member of the circle" in page
    assert Tables(app).all(select(ConfidentialRecord)) == []


@pytest.mark.parametrize("who", [*OUTSIDE, "invited", "former_principal", "signed_out"])
def test_nobody_outside_of_the_circle_can_compose_or_find_one(
    release: Release, browser_of: Browsers, unchanged: Any, who: str
) -> None:
    client = browser_of(who)
    compose = client.answer(f"{release.plan.path}/releases/new", {})[0]
    assert compose == {"principal": 403, "champion": 403, "invited": 403, "signed_out": 401}.get(who, 404)
    for path, data in (
        (release.path, None),
        (f"{release.path}/write", None),
        (f"{release.path}/who", None),
        (f"{release.path}/log", None),
        (release.out, None),
        (f"{release.out}/print", None),
        (f"{release.path}/look", {}),
        (f"{release.path}/ask", {"seen": ""}),
        (f"{release.path}/answer", {"answer": "yes", "seen": ""}),
        (f"{release.path}/withdraw", {}),
        (f"{release.path}/throw-away", {}),
    ):
        code, said = client.answer(path, data)
        assert code == ((303 if data is None else 401) if who == "signed_out" else 404), path
        assert not any(mark in said for mark in MARKS)


def test_the_readers_are_the_heads_and_champions_of_the_school(
    release: Release, cast: Cast, browser_of: Browsers
) -> None:
    page = browser_of("coach").get(f"{release.path}/write")
    offered = [box.get("value") for box in page.all("[name=readers]")]
    assert offered == [reader(cast, one) for one in ("principal", "assistant_principal", "champion")]
    forged = f"{cast['outsider'].public_id} Olga Brandt, principal"
    refused = browser_of("coach").post(
        f"{release.path}/answers/readers", {"v.readers": "2", "readers": forged}, status=422, htmx=True
    )
    assert "no longer in the list" in refused


# ---------------------------------------------------------------- asking


def test_what_is_missing_is_said_and_nobody_is_asked(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    coach = browser_of("coach")
    page = coach.get(plan.path).form(button=COMPOSE).submit({})
    release = Release(app, cast, plan, browser_of, page.path.split("/")[2])
    page = release.look("coach")
    for said in (
        "Write a heading.",
        "Write what you want to say",
        "Choose at least one reader.",
        "Choose the last day",
    ):
        assert said in page
    assert ASK not in page
    seen = release_seen(release)
    assert "Nobody was asked yet" in coach.post(f"{release.path}/ask", {"seen": seen}, status=422)
    assert release.state == "draft"


def release_seen(release: Release, who: str = "coach") -> str:
    """The fingerprint of the page as it stands, of which a member knows the first digits."""
    with release.app.test_request_context():
        look_as(release.cast[who].id)
        opened = records.find("release", release.public_id, release.cast[who].id)
        assert opened is not None
        return verbs.page_of(opened).fingerprint


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "must be after today"), (-1, "must be after today"), (367, "within a year"), (1, ""), (366, "")],
)
def test_the_last_day_is_after_today_and_within_a_year(app: Flask, release: Release, days: int, said: str) -> None:
    page = release.write("coach", readable_until=releases.until(app, days))
    assert (said in page) if said else (ASK in page.html)


def test_everybody_is_asked_and_the_last_consent_releases_it(
    app: Flask, cast: Cast, release: Release, browser_of: Browsers
) -> None:
    release.press("coach", ASK)
    assert release.state == "asked"
    assert mails(app) == [cast["teacher"].id]
    assert HEADING in browser_of("teacher").get("/")
    page = release.press("teacher", AGREE)
    assert "All of you have agreed" in page
    assert release.state == "released"
    assert mails(app) == sorted([cast["teacher"].id, cast["principal"].id])
    assert log_of(release) == [
        "begun", "asked to release", "agreed to release", "agreed to release", "released",
    ]  # fmt: skip


def test_the_page_that_was_agreed_to_is_the_page_that_is_read_to_the_letter(
    release: Release, browser_of: Browsers
) -> None:
    agreed_to = ARTICLE.findall(release.look("teacher").html)
    release.release()
    read = ARTICLE.findall(browser_of("principal").get(release.out).html)
    with in_days(20):
        later = ARTICLE.findall(browser_of("principal").get(release.out).html)
    on_paper = ARTICLE.findall(browser_of("principal").get(f"{release.out}/print").html)
    assert len(read) == 1
    assert agreed_to == read == later == on_paper


def test_nobody_is_asked_about_a_page_that_reads_otherwise_now(release: Release, browser_of: Browsers) -> None:
    page = release.look("coach").form(button=ASK)
    release.write("teacher", release_words="Other words")
    answered = page.submit({}, status=409)
    assert "This has changed since you opened the page" in answered
    assert "Other words" in answered.words("#released")
    assert release.state == "draft"


# ---------------------------------------------------------------- consent is to one exact page


@pytest.mark.parametrize(
    "changed",
    [
        {"release_heading": "Another heading"},
        {"release_words": "Other words"},
        {"note_to_reader": ""},
        {"readers": ("assistant_principal",)},
        {"readers": ("principal", "champion")},
        {"readable_until": 31},
    ],
    ids=" ".join,
)
def test_any_change_makes_every_consent_void(app: Flask, cast: Cast, release: Release, changed: dict[str, Any]) -> None:
    release.press("coach", ASK)
    agree = release.look("teacher").form(button=AGREE)
    values = {
        name: [reader(cast, one) for one in value]
        if name == "readers"
        else releases.until(app, value)
        if isinstance(value, int)
        else value
        for name, value in changed.items()
    }
    release.write("teacher", **values)
    assert release.state == "draft"
    assert Tables(app).all(select(Consent)) == []
    agree.submit({}, status=409)
    assert release.state == "draft"
    release.press("teacher", ASK)
    assert release.state == "asked"  # the coach's earlier consent was to another page
    assert "changed after asking" in log_of(release)
    assert Tables(app).all(select(models.Release)) == []


def test_going_back_to_the_first_words_does_not_bring_the_consents_back(release: Release) -> None:
    release.press("coach", ASK)
    release.write("teacher", release_words="Other words")
    release.write("teacher", release_words=WORDS)
    assert release.state == "draft"
    release.press("teacher", ASK)
    assert release.state == "asked"


def test_a_new_row_of_measures_asks_anew_too(release: Release, browser_of: Browsers) -> None:
    release.press("coach", ASK)
    browser_of("teacher").get(f"{release.path}/write").form(button="Add a measure").submit({})
    assert release.state == "draft"


def test_a_consent_to_an_old_page_is_not_taken_for_the_new_one(release: Release) -> None:
    release.press("coach", ASK)
    agree = release.look("teacher").form(button=AGREE)
    release.write("coach", release_words="Other words")
    release.press("coach", ASK)
    answered = agree.submit({}, status=409)
    assert "Nothing was decided" in answered
    assert release.state == "asked"


def test_an_answer_that_is_none_and_an_answer_too_early_change_nothing(
    release: Release, browser_of: Browsers, unchanged: Any
) -> None:
    seen, teacher = release_seen(release), browser_of("teacher")
    teacher.csrf_token()
    with unchanged():
        assert teacher.answer(f"{release.path}/answer", {"answer": "maybe", "seen": seen})[0] == 400
        assert teacher.answer(f"{release.path}/answer", {"seen": seen})[0] == 400


def test_the_page_names_whom_it_is_from_so_nobody_is_spoken_for(app: Flask, cast: Cast, release: Release) -> None:
    """Somebody who evaluates a member is out, and the page they had agreed to was another one."""
    release.press("coach", ASK)
    agree = release.look("teacher").form(button=AGREE)
    assign(app, cast, "coach", "teacher")
    assert agree.submit({}, status=409)
    assert release.state == "asked"
    assert Tables(app).all(select(models.Release)) == []


def assign(app: Flask, cast: Cast, evaluator: str, evaluated: str) -> None:
    """From today on, one evaluates the other."""
    Tables(app).do(
        insert(EvaluatorAssignment).values(
            evaluator_id=cast[evaluator].id, evaluated_id=cast[evaluated].id, starts=releases.day(app)
        )
    )


def take_part(app: Flask, cast: Cast, plan: Plan, who: str) -> None:
    """Somebody is in the circle of the plan from now on."""
    here = {"document_id": plan.id, "person_id": cast[who].id, "name": cast[who].name, "role": "teacher"}
    Tables(app).add(Participant(**here, standing=Standing.CONFIRMED, in_circle=True))


def take_no_part(app: Flask, cast: Cast, plan: Plan, who: str) -> None:
    """The name is out of the plan."""
    here = Participant.document_id == plan.id, Participant.person_id == cast[who].id
    Tables(app).do(delete(Participant).where(*here))


def members_of(release: Release) -> set[int]:
    """Who was given the key of its circle, as the rows say."""
    here = select(ConfidentialRecord.circle_id).where(ConfidentialRecord.public_id == release.public_id)
    given = models.CircleMember.circle_id == here.scalar_subquery(), models.CircleMember.wrap.is_not(None)
    return set(Tables(release.app).all(select(models.CircleMember.person_id).where(*given)))


def test_who_joined_the_plan_since_gets_no_key_and_a_new_page_is_begun(
    app: Flask, cast: Cast, release: Release, plan: Plan, browser_of: Browsers
) -> None:
    ask = release.look("coach").form(button=ASK)
    before = members_of(release)
    take_part(app, cast, plan, "outsider")
    answered = ask.submit({}, status=409)
    assert "Your circle has changed" in answered
    assert members_of(release) == before == {cast["coach"].id, cast["teacher"].id}
    assert browser_of("outsider").answer(release.path)[0] == 404
    page = release.look("coach").form(button="Begin a new page").submit({})
    new = Release(app, cast, plan, browser_of, page.path.split("/")[2])
    assert release.state == "thrown away"
    assert WORDS in release.look("teacher")
    assert WORDS not in new.look("outsider")
    assert members_of(new) == {*before, cast["outsider"].id}
    said = {"release_heading": HEADING, "release_words": "New words", "readers": [reader(cast, "principal")]}
    new.write("coach", **said, readable_until=releases.until(app))
    new.press("coach", ASK)
    new.press("teacher", AGREE)
    assert new.state == "asked"
    new.press("outsider", AGREE)
    assert new.state == "released"


def test_who_joins_after_the_asking_is_not_passed_over(app: Flask, cast: Cast, release: Release, plan: Plan) -> None:
    release.press("coach", ASK)
    agree = release.look("teacher").form(button=AGREE)
    take_part(app, cast, plan, "outsider")
    assert "Your circle has changed" in agree.submit({}, status=409)
    assert release.state == "asked"
    take_no_part(app, cast, plan, "outsider")
    release.press("teacher", AGREE)
    assert release.state == "released"


def test_who_says_no_is_not_taken_out_to_get_it_through(app: Flask, cast: Cast, browser_of: Browsers) -> None:
    plan = plans.write(app, cast, part1="approved", circle=("coach", "teacher", "teacher2"))
    release = releases.compose(app, cast, plan, browser_of)
    release.press("coach", ASK)
    release.press("teacher2", REFUSE)
    agree = release.look("teacher").form(button=AGREE)
    take_no_part(app, cast, plan, "teacher2")
    agree.submit({}, status=409)
    seen = release_seen(release)
    assert browser_of("coach").answer(f"{release.path}/ask", {"seen": seen})[0] == 409
    assert browser_of("teacher2").answer(f"{release.path}/ask", {"seen": seen})[0] == 409  # not in the plan any more
    assert cast["teacher2"].id in members_of(release)
    assert release.state == "asked"
    assert Tables(app).all(select(models.Release)) == []


def test_a_consent_written_into_the_database_releases_nothing(
    app: Flask, cast: Cast, release: Release, browser_of: Browsers
) -> None:
    release.press("coach", ASK)
    release.press("teacher", REFUSE)
    Tables(app).do(update(Consent).where(Consent.person_id == cast["teacher"].id).values(agrees=True))
    agreed = {"answer": "yes", "seen": release_seen(release)}
    assert browser_of("coach").answer(f"{release.path}/answer", agreed)[0] == 409
    assert release.state == "asked"
    Tables(app).do(update(Consent).where(Consent.person_id == cast["teacher"].id).values(agrees=False))
    release.press("teacher", AGREE)
    assert release.state == "released"


def test_after_a_mistaken_entry_a_new_page_can_be_begun(
    app: Flask, cast: Cast, release: Release, plan: Plan, browser_of: Browsers
) -> None:
    held.make_evaluator(app, cast, "teacher", "coach")
    held.call_it_a_mistake(app, cast, "teacher", "coach")
    seen = release_seen(release)
    assert browser_of("coach").answer(f"{release.path}/ask", {"seen": seen})[0] == 409
    assert cast["teacher"].id not in members_of(release)
    page = release.look("coach").form(button="Begin a new page").submit({})
    new = Release(app, cast, plan, browser_of, page.path.split("/")[2])
    said = {"release_heading": HEADING, "release_words": "New words", "readers": [reader(cast, "principal")]}
    new.write("coach", **said, readable_until=releases.until(app))
    new.release()


# ---------------------------------------------------------------- accounts that nobody has confirmed


def test_an_unconfirmed_account_composes_and_answers_nothing(
    app: Flask, cast: Cast, plan: Plan, release: Release, browser_of: Browsers, unchanged: Any
) -> None:
    release.press("coach", ASK)
    seen, teacher = release_seen(release), browser_of("teacher")
    held.reset(app, cast["teacher"].id)
    teacher = browser_of("teacher")
    teacher.csrf_token()
    with unchanged():
        assert teacher.answer(f"{plan.path}/releases/new", {})[0] == 403
        assert teacher.answer(f"{release.path}/answer", {"answer": "yes", "seen": seen})[0] == 403
        assert teacher.answer(f"{release.path}/ask", {"seen": seen})[0] == 403
    confirm = f"/circle/confirm/{cast['teacher'].public_id}"
    browser_of("coach").post(confirm)
    release.press("teacher", AGREE)
    assert release.state == "released"


def test_with_an_unconfirmed_member_no_page_is_begun_or_asked_about(
    app: Flask, cast: Cast, plan: Plan, release: Release, browser_of: Browsers
) -> None:
    seen, coach = release_seen(release), browser_of("coach")
    held.reset(app, cast["teacher"].id)
    assert "confirmed in person first" in coach.post(f"{release.path}/ask", {"seen": seen}, status=422)
    assert release.state == "draft"
    coach.post(f"{release.path}/throw-away")
    page = coach.get(plan.path).form(button=COMPOSE).submit({})
    assert "Speak with Tom Becker in person first" in page
    assert len(Tables(app).all(select(ConfidentialRecord.id))) == 1


# ---------------------------------------------------------------- no


def test_a_refusal_leaves_no_trace(app: Flask, cast: Cast, plan: Plan, browser_of: Browsers) -> None:
    """All that the readers have of the site, before and after a page for them was composed, asked about, and refused."""
    readers = ("principal", "champion", "assistant_principal")
    theirs = {who: browser_of(who) for who in readers}
    with clock.at(now().replace(microsecond=0)):
        for client in theirs.values():
            client.get("/")  # the first answer sets the cookie
        before = {who: everything_of(theirs[who]) for who in readers}
        release = releases.compose(app, cast, plan, browser_of, readers=readers)
        release.press("coach", ASK)
        assert "You did not agree, so nothing is shown" in release.press("teacher", REFUSE)
        assert "does not agree" in release.look("coach")
        after = {who: everything_of(theirs[who]) for who in readers}
    assert {who: differing(before[who], after[who]) for who in readers} == {who: {} for who in readers}
    assert release.state == "asked"
    assert mails(app) == [cast["teacher"].id]
    assert Tables(app).all(select(models.Release)) == Tables(app).all(select(ReleaseRecipient)) == []
    assert log_of(release)[-1] == "said no to the release"


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    """The addresses whose answers are not the same to the letter, each with the lines that differ."""
    return {
        path: [
            line for line in unified_diff(lines(before, path), lines(after, path), n=0) if line[:2] not in ("--", "++")
        ]
        for path in {*before, *after}
        if before.get(path) != after.get(path)
    }


def lines(pages: dict[str, Any], path: str) -> list[str]:
    """One answer, line by line."""
    return "\n".join(map(str, pages.get(path, ()))).splitlines()


def everything_of(client: Client) -> dict[str, Any]:
    """Every page that links lead to, without what differs from one request to the next."""
    return {path: answered.masked() for path, answered in crawl.by_links(client).items()}


def test_the_same_crawl_finds_a_release_that_is_out(app: Flask, release: Release, browser_of: Browsers) -> None:
    """The negative of the test above: it would see it."""
    with clock.at(now().replace(microsecond=0)):
        before = everything_of(principal := browser_of("principal"))
        release.release()
        after = everything_of(principal)
    assert set(after) - set(before) == {release.out, f"{release.out}/print"}
    assert after["/"] != before["/"]
    assert after[release.plan.path] != before[release.plan.path]


def test_the_circle_is_told_what_came_of_it_and_nobody_else(release: Release, browser_of: Browsers) -> None:
    no, out, back = (
        "Tom Becker did not agree to show",
        "All of you have agreed: your page",
        "took your page of progress",
    )
    tag = "Not shown: not everyone agrees"
    release.press("coach", ASK)
    assert tag not in release.look("coach")
    release.press("teacher", REFUSE)
    assert no in browser_of("coach").get("/")
    assert no not in browser_of("teacher").get("/")
    assert tag in browser_of("teacher").get(release.plan.path)
    assert tag in browser_of("coach").get("/").follow(f"{no} your page of progress")
    assert no not in browser_of("coach").get("/"), "read"
    release.press("teacher", AGREE)
    assert out in browser_of("coach").get("/")
    release.press("coach", WITHDRAW)
    assert out not in browser_of("coach").get("/")
    assert f"Ana Ruiz {back}" in browser_of("teacher").get("/")
    for who in OUTSIDE:
        pages = crawl.by_links(browser_of(who)).values()
        for said in (no, out, back, tag):
            assert all(said not in page.said for page in pages), (who, said)


def test_a_no_that_was_taken_back_is_no_news(release: Release, browser_of: Browsers) -> None:
    release.press("coach", ASK)
    release.press("coach", "I do not agree any more")
    release.press("coach", AGREE)
    assert "did not agree" not in browser_of("teacher").get("/")


def test_any_member_throws_a_draft_away(release: Release, plan: Plan, browser_of: Browsers) -> None:
    teacher = browser_of("teacher")
    page = release.press("coach", THROW_AWAY)
    assert "The draft is thrown away." in page
    assert "Thrown away" in page
    assert "Ana Ruiz threw the draft of your page of progress away" in teacher.get("/")
    assert log_of(release)[-1] == "threw the draft away"
    assert HEADING not in teacher.get(plan.path)
    for path, data, code in (
        ("/throw-away", {}, 409),
        ("/ask", {"seen": release_seen(release)}, 409),
        ("/look", {"v.release_words": "1", "release_words": "Other words"}, 403),
    ):
        assert teacher.answer(f"{release.path}{path}", data)[0] == code, path
    again = teacher.get(plan.path).form(button=COMPOSE).submit({})
    assert again.path != f"{release.path}/write"


@pytest.mark.parametrize("state", ["asked", "released", "withdrawn"])
def test_only_a_draft_is_thrown_away(release: Release, browser_of: Browsers, state: str) -> None:
    if state == "asked":
        release.press("coach", ASK)
    else:
        release.release()
    if state == "withdrawn":
        release.press("coach", WITHDRAW)
    assert THROW_AWAY not in release.look("teacher").html
    assert browser_of("teacher").answer(f"{release.path}/throw-away", {})[0] == 409
    assert release.state == state


def test_a_member_may_think_again_until_it_is_out(release: Release) -> None:
    release.press("coach", ASK)
    release.press("teacher", REFUSE)
    release.press("coach", "I do not agree any more")
    release.press("teacher", AGREE)
    assert release.state == "asked"
    release.press("coach", AGREE)
    assert release.state == "released"


# ---------------------------------------------------------------- reading


def test_its_readers_read_it_and_the_circle_sees_that(release: Release, browser_of: Browsers) -> None:
    release.release()
    principal = browser_of("principal")
    assert HEADING in principal.get("/").follow(HEADING)
    assert principal.get(release.plan.path).follow(HEADING).follow("Print")
    assert log_of(release)[-3:] == ["read the release", "read the release", "printed the release"]
    page = release.look("teacher")
    assert "Paul Okafor opened it" in page
    assert "Paul Okafor opened it to print" in page
    assert "You and Ana Ruiz can see this – and Paul Okafor until " in page
    assert "Only you" not in page
    assert "Paul Okafor read it" in browser_of("coach").get(f"{release.path}/log?verify=1")
    assert "The log is whole" in browser_of("coach").get(f"{release.path}/log?verify=1")


@pytest.mark.parametrize("who", [one for one in OUTSIDE if one != "principal"])
def test_nobody_else_reads_it(release: Release, browser_of: Browsers, who: str) -> None:
    release.release()
    for path in (release.out, f"{release.out}/print"):
        code, said = browser_of(who).answer(path)
        assert (code, [mark for mark in MARKS if mark in said]) == (404, [])
    assert all(mark not in answered.said for answered in crawl.by_links(browser_of(who)).values() for mark in MARKS)
    tries = Tables(release.app).all(select(RefusedTry.person_id).where(RefusedTry.address == release.public_id))
    assert tries == [release.cast[who].id] * 2


def test_a_champion_and_an_assistant_principal_read_what_is_for_them(
    app: Flask, cast: Cast, plan: Plan, browser_of: Browsers
) -> None:
    release = releases.compose(app, cast, plan, browser_of, readers=("champion", "assistant_principal")).release()
    for who, code in (("champion", 200), ("assistant_principal", 200), ("principal", 404)):
        assert browser_of(who).answer(release.out)[0] == code


def test_it_can_be_read_on_its_last_day_and_not_after(release: Release, browser_of: Browsers) -> None:
    release.release()
    for days, code in ((29, 200), (30, 200), (31, 404)):
        with in_days(days):
            assert browser_of("principal").answer(release.out)[0] == code
            assert (HEADING in browser_of("principal").get("/").text) == (code == 200)
    with in_days(31):
        assert "Was readable until" in release.look("coach")


def test_who_heads_the_school_no_more_cannot_read_it(
    app: Flask, cast: Cast, release: Release, browser_of: Browsers
) -> None:
    release.release()
    ended = update(Membership).where(Membership.person_id == cast["principal"].id).values(ends=releases.day(app, -1))
    Tables(app).do(ended)
    assert browser_of("principal").answer(release.out)[0] == 404
    assert not any(HEADING in page.said for page in crawl.by_links(browser_of("principal")).values())


def test_an_end_that_came_before_the_last_consent_asks_anew(release: Release) -> None:
    release.press("coach", ASK)
    with in_days(30):
        answered = release.look("teacher").form(button=AGREE).submit({}, status=422)
        assert "must be after today" in answered
    assert release.state == "draft"


def test_a_reader_who_lost_the_role_before_the_last_consent_gets_nothing(
    app: Flask, cast: Cast, release: Release
) -> None:
    release.press("coach", ASK)
    ended = update(Membership).where(Membership.person_id == cast["principal"].id).values(ends=releases.day(app, -1))
    Tables(app).do(ended)
    answered = release.look("teacher").form(button=AGREE).submit({}, status=422)
    assert "Paul Okafor, principal does not head or support the school" in answered
    assert release.state == "draft"
    assert Tables(app).all(select(models.Release)) == []


# ---------------------------------------------------------------- taking it back


@pytest.mark.parametrize("who", ["coach", "teacher"])
def test_any_member_takes_it_back_at_once_and_alone(
    app: Flask, release: Release, browser_of: Browsers, who: str
) -> None:
    never_there = browser_of("principal").get("/released/aaaaaaaaaaaa", status=404)
    release.release()
    browser_of("principal").get(release.out)
    sent = mails(app)
    assert "It is taken back" in release.press(who, WITHDRAW)
    gone = browser_of("principal").get(release.out, status=404)
    assert gone.text == never_there.text
    assert all(mark not in page.said for page in crawl.by_links(browser_of("principal")).values() for mark in MARKS)
    assert mails(app) == sent
    assert log_of(release)[-1] == "took the release back"
    page = release.look("coach")
    assert "Taken back" in page
    assert "Paul Okafor opened it" in page
    assert HEADING in page


def test_it_is_taken_back_once(release: Release, browser_of: Browsers) -> None:
    release.release()
    again = release.look("teacher").form(button=WITHDRAW)
    release.press("coach", WITHDRAW)
    assert "Nothing was decided" in again.submit({}, status=409)
    assert browser_of("coach").answer(f"{release.path}/answer", {"answer": "yes", "seen": ""})[0] == 409


def test_a_new_one_can_be_composed_afterwards(release: Release, plan: Plan, browser_of: Browsers) -> None:
    release.release().press("coach", WITHDRAW)
    new = browser_of("coach").get(plan.path).form(button=COMPOSE).submit({})
    assert new.path != f"{release.path}/write"
    assert HEADING in browser_of("teacher").get(plan.path)


def test_nothing_is_written_any_more_once_it_is_out(release: Release, browser_of: Browsers, unchanged: Any) -> None:
    release.release()
    teacher = browser_of("teacher")
    for path, data in (
        (f"{release.path}/answers/release_words", {"v.release_words": "1", "release_words": "Other words"}),
        (f"{release.path}/look", {"v.release_words": "1", "release_words": "Other words"}),
        (f"{release.path}/ask", {"seen": release_seen(release)}),
    ):
        with unchanged():
            assert teacher.answer(path, data)[0] in (403, 409), path
    assert WORDS in browser_of("principal").get(release.out)


def test_who_is_closed_out_cannot_take_it_back_and_it_stays(
    app: Flask, cast: Cast, release: Release, browser_of: Browsers
) -> None:
    release.release()
    assign(app, cast, "coach", "teacher")
    assert browser_of("coach").answer(release.path)[0] == 404
    assert browser_of("coach").answer(f"{release.path}/withdraw", {})[0] == 404
    assert HEADING in browser_of("principal").get(release.out)
    page = release.look("teacher")
    assert "From Ana Ruiz and Tom Becker" in page
    assert [words(one) for one in page.all("#h-said + ul .tag")] == ["agreed, later left", "agreed"]
    assert "Ana Ruiz" not in page.words(".who-sees")
    release.press("teacher", WITHDRAW)
    assert browser_of("principal").answer(release.out)[0] == 404


# ---------------------------------------------------------------- the row itself


def test_a_page_copied_to_another_row_is_not_read(
    app: Flask, cast: Cast, release: Release, plan: Plan, browser_of: Browsers
) -> None:
    release.release()
    other = releases.compose(app, cast, plan, browser_of)
    other.write("coach", release_words="A quite different text")
    other.release()
    rows = {row.public_id: row for row in Tables(app).all(select(models.Release))}
    mine, theirs = rows[release.public_id], rows[other.public_id]
    for values in (
        {"sealed": theirs.sealed},
        {"sealed": theirs.sealed, "content_hash": theirs.content_hash},
        {"content_hash": theirs.content_hash},
        {"sealed": mine.sealed[:-1] + bytes([mine.sealed[-1] ^ 1])},
        {"master_key": "9"},
    ):
        Tables(app).do(update(models.Release).where(models.Release.id == mine.id).values(**values))
        assert browser_of("principal").answer(release.out)[0] == 404
        assert release.public_id not in browser_of("principal").get("/").html
        back = {name: getattr(mine, name) for name in values}
        Tables(app).do(update(models.Release).where(models.Release.id == mine.id).values(**back))
        assert browser_of("principal").answer(release.out)[0] == 200


def test_rows_put_into_the_database_show_it_to_nobody_else(
    app: Flask, cast: Cast, release: Release, plan: Plan, browser_of: Browsers
) -> None:
    release.release()
    row = Tables(app).one(select(models.Release))
    Tables(app).add(ReleaseRecipient(release_id=row.id, person_id=cast["champion"].id))
    for path in (release.out, "/", plan.path):
        assert WORDS not in browser_of("champion").get(path, status=None)
        assert HEADING not in browser_of("champion").get(path, status=None)
    assert browser_of("principal").answer(release.out)[0] == 200
    Tables(app).do(update(models.Release).values(ends_on=releases.day(app, 900)))
    with in_days(31):
        assert browser_of("principal").answer(release.out)[0] == 404
    other = releases.compose(app, cast, plan, browser_of)
    there = select(ConfidentialRecord.id).where(ConfidentialRecord.public_id == other.public_id)
    Tables(app).do(update(models.Release).values(record_id=Tables(app).one(there)))
    assert browser_of("principal").answer(release.out)[0] == 404


def test_what_was_taken_back_cannot_be_put_out_again_by_its_row(
    app: Flask, cast: Cast, release: Release, browser_of: Browsers
) -> None:
    release.release()
    page = ARTICLE.findall(release.look("teacher").html)
    release.press("coach", WITHDRAW)
    assert ARTICLE.findall(release.look("teacher").html) == page
    Tables(app).do(update(models.Release).values(withdrawn_at=None))
    Tables(app).do(update(ConfidentialRecord).values(state="released"))
    assert browser_of("principal").answer(release.out)[0] == 404
    assert HEADING not in browser_of("principal").get("/")


def test_the_row_holds_no_word_of_it(app: Flask, release: Release) -> None:
    release.release()
    row = Tables(app).one(select(models.Release))
    assert not any(mark.encode() in row.sealed for mark in MARKS)


# ---------------------------------------------------------------- who can see it


def test_who_can_see_it_is_said_by_name_before_and_after(app: Flask, release: Release, browser_of: Browsers) -> None:
    def said() -> dict[str, bool]:
        page = browser_of("coach").get(f"{release.path}/who")
        return {words(name): css == ".can" for css in (".can", ".cannot") for name in page.all(f"{css} .name")}

    before = said()
    assert {name for name, can in before.items() if can} == {"Ana Ruiz", "Tom Becker"}
    assert {"Paul Okafor", "Cora Lindqvist", "Adam Reyes"} <= set(before)
    release.release()
    assert {name for name, can in said().items() if can} == {"Ana Ruiz", "Tom Becker", "Paul Okafor"}
    with in_days(31):
        assert {name for name, can in said().items() if can} == {"Ana Ruiz", "Tom Becker"}
    release.press("coach", WITHDRAW)
    assert {name for name, can in said().items() if can} == {"Ana Ruiz", "Tom Becker"}


def test_a_closed_account_is_no_reader(app: Flask, cast: Cast, release: Release, browser_of: Browsers) -> None:
    Tables(app).do(update(Person).where(Person.id == cast["principal"].id).values(deactivated_at=now()))
    offered = [box.get("value") for box in browser_of("coach").get(f"{release.path}/write").all("[name=readers]")]
    assert offered == [reader(cast, one) for one in ("principal", "assistant_principal", "champion")]  # ticked still
    assert "does not head or support the school" in release.look("coach")
    release.write("coach", readers=[reader(cast, "champion")])
    offered = [box.get("value") for box in browser_of("coach").get(f"{release.path}/write").all("[name=readers]")]
    assert offered == [reader(cast, one) for one in ("assistant_principal", "champion")]
