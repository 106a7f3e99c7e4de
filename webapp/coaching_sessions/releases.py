"""A release of progress: composed by the circle of a plan, agreed to by every member, then readable by those it is for.

What every member agrees to is one exact page: its words, who it is from, who it is for, and until when. Each consent
names the hash of that page, so it speaks of no other. A change takes all consents away. Nothing leaves the circle before
the last of them: until then there is no row, no mail and no count outside of the sealed record.

A release stays until its last day or until any member takes it back. Who has left the circle meanwhile, or was closed
out of it by an evaluation, cannot take it back any more; those who stay can.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, select, update

from .. import keys
from ..access import Opened
from ..clock import now, today
from ..confidential import SealedAccount
from ..database import session
from ..documents import answers, seen_by
from ..people import directory, mail
from . import access_log, circles, firewall, handed_over, readers, records, release_news
from .handed_over import USE
from .models import ConfidentialRecord, Consent, Release, ReleaseRecipient
from .records import OpenRecord
from .release_keeper import CHANGED
from .sessions import circle_of, unconfirmed

LONGEST = timedelta(days=366)
ASKED, AGREED, SAID_NO = "asked to release", "agreed to release", "said no to the release"
RELEASED, WITHDREW, THREW_AWAY = "released", "took the release back", "threw the draft away"
GOING = ("draft", "asked")  # the states of one that is not out yet
READ, PRINTED = "read the release", "printed the release"


class CannotRelease(ValueError):
    """These people cannot release anything; the message says why."""


class MovedOn(Exception):
    """It is not any more as it was when the page was opened. Nothing was decided."""


class NotReady(Exception):
    """Something is missing before anybody can be asked: prompt → what, in words."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class Page:
    """The page that everybody agrees to, word for word. `readers`: as the answer keeps them."""

    heading: str
    words: str
    measures: tuple[str, ...]
    note: str
    members: tuple[str, ...]
    readers: tuple[str, ...]
    school: str
    school_year: int
    until: str

    @property
    def canonical(self) -> bytes:
        """The one way in which this page is written as bytes: what is hashed, and what is sealed."""
        said = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return said.encode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all of it, in hexadecimal digits."""
        return sha256(self.canonical).hexdigest()

    @classmethod
    def of(cls, canonical: bytes) -> "Page":
        """The page again."""
        kept = json.loads(canonical).items()
        said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept}
        return cls(**said)


def page_of(opened: OpenRecord) -> Page:
    """The page as the record stands now."""
    said = answers.readable(opened)
    return Page(
        heading=said.value("release_heading") or "",
        words=said.value("release_words") or "",
        measures=tuple(row["shown_measure"] for row in said.value("shown_measures") or [] if row["shown_measure"]),
        note=said.value("note_to_reader") or "",
        members=tuple(one.name for one in inside(opened)),
        readers=tuple(said.value("readers") or ()),
        school=opened.school_name,
        school_year=opened.school_year,
        until=said.value("readable_until") or "",
    )


def inside(opened: OpenRecord) -> list[circles.Member]:
    """The members who are in: whoever evaluates another today is not, even before their key is taken."""
    out = firewall.shut_out(session(), opened.circle_id)
    return [one for one in opened.members() if one.is_in and one.person_id not in out]


# ---------------------------------------------------------------- composing


def compose(plan: Opened) -> str:
    """Begin a release of the plan's circle, or find the one that is being written; gives its public id.

    One that was begun by another circle than the plan's today is put aside: its words stay with those who wrote them,
    and the new one begins empty. Raises CannotRelease unless there are two members, and none of them evaluates another.
    """
    demand_confirmed()
    db = session()
    going = [one for one in of_plan(plan) if one.state in GOING]
    if fitting := next((one for one in going if fits(one)), None):
        return fitting.public_id
    ids = _who_composes(plan)
    for one in going:
        _put_aside(one)
    circle = circles.begin(db, ids)
    return records.begin(db, "release", plan_id=plan.id, circle_id=circle.id).public_id


def demand_confirmed() -> None:
    """SealedAccount while a colleague has yet to confirm whose account this is: it decides nothing in its owner's name."""
    if circles.who_can_confirm(session()):
        raise SealedAccount


def fits(opened: OpenRecord) -> bool:
    """Whether the release is between exactly those who are in the circle of its plan today. Nobody is taken in or out
    on the way: who came or went since asks for another page."""
    plan = seen_by.opened_as(opened.plan_public_id, opened.reader_id)
    if plan is None or "circle" not in plan.facts:
        return False
    return {one.person_id for one in circle_of(plan)} == {one.person_id for one in inside(opened)}


def _put_aside(opened: OpenRecord) -> None:
    _go(opened, opened.state, "thrown away")
    access_log.append(session(), opened.id, opened.circle_id, THREW_AWAY)
    release_news.tell(opened, release_news.THROWN)


def of_plan(plan: Opened) -> list[OpenRecord]:
    """The reader's releases of a plan, newest first."""
    return records.of_plan("release", plan.id, plan.reader_id)


def _who_composes(plan: Opened) -> list[int]:
    members = circle_of(plan)
    ids = [one.person_id for one in members if one.person_id is not None]
    if len(ids) < 2:
        raise CannotRelease(
            "A page of progress needs you and at least one more member of the circle who has an account and has said yes."
        )
    for one in ids:
        for other in ids:
            if reason := directory.evaluation_reason(one, other):
                raise CannotRelease(f"{reason} People who evaluate each other cannot show a page together.")
    for member in members:
        seen = seen_by.opened_as(plan.public_id, member.person_id or 0)
        if seen is None or "circle" not in seen.facts:
            raise CannotRelease(
                f"{member.name} is not in the circle of this plan any more. The coach can take the name out of the plan."
            )
    if waiting := unconfirmed(members):
        raise CannotRelease(waiting)
    return ids


# ---------------------------------------------------------------- asking everybody


def problems(opened: OpenRecord, page: Page) -> dict[str, str]:
    """What is missing or wrong before this page can be released: prompt → what, in words."""
    said = {
        "release_heading": "" if page.heading else "Write a heading.",
        "release_words": "" if page.words else "Write what you want to say about your progress.",
        "readers": _about_readers(opened, page),
        "readable_until": _about_the_end(page),
    }
    return {prompt: what for prompt, what in said.items() if what}


def _about_readers(opened: OpenRecord, page: Page) -> str:
    offered = {one.kept for one in possible_readers(opened)}
    gone = [one for one in page.readers if one not in offered]
    if gone:
        return f"Choose again who may read it: {names(gone)[0]} does not head or support the school in this role today."
    return "" if page.readers else "Choose at least one reader."


def _about_the_end(page: Page) -> str:
    if not page.until:
        return "Choose the last day on which it can be read."
    ends = date.fromisoformat(page.until)
    if ends <= today():
        return "The last day on which it can be read must be after today."
    return "" if ends <= today() + LONGEST else "The last day must be within a year from today."


def possible_readers(opened: OpenRecord) -> list[readers.Reader]:
    """Everybody who could be shown it."""
    return readers.around(opened.school_id, but=[one.person_id for one in inside(opened)])


def names(kept: Sequence[str]) -> list[str]:
    """The words of readers without their keys: Paul Okafor, principal."""
    return [one.partition(" ")[2] for one in kept]


def ask(opened: OpenRecord, *, seen: str) -> None:
    """Ask every member to agree to the page that the reader has seen; asking is agreeing.

    Raises MovedOn if it reads otherwise now (or the circle of the plan is another one), NotReady if something is missing,
    CannotRelease if a member is not confirmed yet.
    """
    demand_confirmed()
    if opened.state != "draft" or not fits(opened) or page_of(opened).fingerprint != seen:
        raise MovedOn
    if waiting := ", ".join(one.name for one in inside(opened) if one.sealed):
        raise CannotRelease(f"{waiting} has a new password, made with a link, and has to be confirmed in person first.")
    if missing := problems(opened, page_of(opened)):
        raise NotReady(missing)
    _go(opened, "draft", "asked")
    access_log.append(session(), opened.id, opened.circle_id, ASKED)
    for one in inside(opened):
        if one.person_id != opened.reader_id:
            mail.enqueue(one.person_id, "notice", path="/")
    _say(opened, seen, agrees=True)


def _go(opened: OpenRecord, before: str, after: str) -> None:
    """From one state to another; MovedOn if it is not in the first any more."""
    changed = session().execute(
        update(ConfidentialRecord)
        .where(ConfidentialRecord.id == opened.id, ConfidentialRecord.state == before)
        .values(state=after)
        .returning(ConfidentialRecord.id),
        execution_options={"synchronize_session": False},
    )
    if changed.scalar() is None:
        raise MovedOn


# ---------------------------------------------------------------- consent


@dataclass(frozen=True)
class Said:
    """One member, and what they said to the page as it stands: None is nothing yet."""

    name: str
    is_me: bool
    agrees: bool | None
    at: datetime | None
    is_in: bool


def said(opened: OpenRecord, page: Page) -> list[Said]:
    """Every member who is in, and whoever left after they had agreed, with what they said to this very page."""
    found = {one.person_id: one for one in _consents(opened, page.fingerprint)}
    stay = {one.person_id for one in inside(opened)}
    here = [one for one in opened.members() if one.person_id in stay or one.person_id in found]
    me = opened.reader_id
    return [_said(one, one.person_id == me, found.get(one.person_id), one.person_id in stay) for one in here]


def _said(member: circles.Member, is_me: bool, given: Consent | None, is_in: bool) -> Said:
    return Said(member.name, is_me, given.agrees if given else None, given.at if given else None, is_in)


def _consents(opened: OpenRecord, about: str) -> list[Consent]:
    return list(
        session().scalars(
            select(Consent).where(Consent.record_id == opened.id, Consent.kind == USE, Consent.about == about)
        )
    )


def answer(opened: OpenRecord, *, seen: str, agrees: bool) -> bool:
    """The reader agrees to the page that they have seen, or does not. True if that was the last consent: it is released.

    Raises MovedOn if the page reads otherwise now, or (for a yes) somebody came or went; NotReady (and all are asked
    anew) if it can no longer be released; keys.Unreadable if somebody's consent is not the one in the access log.
    """
    demand_confirmed()
    db = session()
    _go(opened, "asked", "asked")  # nobody else decides until we are done
    page = page_of(opened)
    if page.fingerprint != seen or (agrees and not fits(opened)):
        raise MovedOn
    if agrees and (missing := problems(opened, page)):
        opened.keeper.settle(opened.part)
        raise NotReady(missing)
    _say(opened, seen, agrees=agrees)
    everybody = {one.person_id for one in inside(opened)}
    if not everybody <= {one.person_id for one in _consents(opened, seen) if one.agrees} or len(everybody) < 2:
        return False
    if not everybody <= _agreed_in_the_log(opened):
        raise keys.Unreadable
    _go(opened, "asked", "released")
    _hand_over(opened, page)
    access_log.append(db, opened.id, opened.circle_id, RELEASED)
    release_news.tell(opened, release_news.OUT)
    return True


def _agreed_in_the_log(opened: OpenRecord) -> set[int | None]:
    """Who has agreed since everybody was asked, by the access log: its marks show whether it was changed."""
    agreed: set[int | None] = set()
    for person_id, act in access_log.whole(session(), opened.id):
        if act in (ASKED, CHANGED):
            agreed.clear()
        elif act == AGREED:
            agreed.add(person_id)
        elif act == SAID_NO:
            agreed.discard(person_id)
    return agreed


def _say(opened: OpenRecord, about: str, *, agrees: bool) -> None:
    """Keep what the reader says to this page; they may think again until it is released."""
    db = session()
    mine = next((one for one in _consents(opened, about) if one.person_id == opened.reader_id), None)
    if mine is not None and mine.agrees == agrees:
        return
    if mine is None:
        here = {"circle_id": opened.circle_id, "record_id": opened.id, "person_id": opened.reader_id}
        db.add(Consent(**here, kind=USE, about=about, agrees=agrees))
    else:
        mine.agrees, mine.at = agrees, now()
    db.flush()
    if agrees:
        release_news.forget(opened, release_news.SAID_NO)
    else:
        release_news.tell(opened, release_news.SAID_NO)
    access_log.append(db, opened.id, opened.circle_id, AGREED if agrees else SAID_NO)


# ---------------------------------------------------------------- out, and back


def _hand_over(opened: OpenRecord, page: Page) -> None:
    """The page leaves the circle: sealed for its readers, who are told that something is there."""
    db = session()
    to = [reader.id for reader in possible_readers(opened) if reader.kept in page.readers]
    release = Release(
        public_id=opened.public_id,
        record_id=opened.id,
        plan_id=opened.plan_id,
        content_hash=page.fingerprint,
        ends_on=date.fromisoformat(page.until),
    )
    handed_over.close_for(release, page.canonical, to)
    circles.note_proof(db, release.master_key)
    db.add(release)
    db.flush()
    for person_id in to:
        db.add(ReleaseRecipient(release_id=release.id, person_id=person_id))
        mail.enqueue(person_id, "notice", path="/")
    db.flush()


def unsealed(release: Release | Row[Any], reader_id: int) -> Page | None:
    """The page of a release for one of its readers; None if what is kept there is not what was agreed to, to be read by
    them and today: the row was copied or changed."""
    try:
        canonical, to = handed_over.unsealed(release)
    except keys.Unreadable:
        return None
    page = Page.of(canonical)
    return page if page.fingerprint == release.content_hash and reader_id in to and not is_over(page) else None


def released_page(opened: OpenRecord) -> Page | None:
    """The page that was released, whoever has come or gone since; None if none was, or it was changed."""
    db = session()
    release = db.scalar(select(Release).where(Release.record_id == opened.id))
    if release is None:
        return None
    try:
        if release.withdrawn_at:
            return Page.of(handed_over.taken_back(db, release, opened.circle_id))
        return Page.of(handed_over.unsealed(release)[0])
    except keys.Unreadable:
        return None


def withdraw(opened: OpenRecord) -> None:
    """Take a release back, at once. Raises MovedOn if it is not out."""
    _go(opened, "released", "withdrawn")
    db = session()
    release = db.scalars(select(Release).where(Release.record_id == opened.id, Release.withdrawn_at.is_(None))).one()
    handed_over.take_back(db, release, opened.circle_id)
    release.withdrawn_at, release.withdrawn_by_id = now(), opened.reader_id
    db.flush()
    access_log.append(db, opened.id, opened.circle_id, WITHDREW)
    release_news.tell(opened, release_news.BACK)


def throw_away(opened: OpenRecord) -> None:
    """A draft is not gone on with; its circle can still look at it. Raises MovedOn if it is no draft any more."""
    _go(opened, "draft", "thrown away")
    access_log.append(session(), opened.id, opened.circle_id, THREW_AWAY)
    release_news.tell(opened, release_news.THROWN)


def is_over(page: Page) -> bool:
    """Whether its last day has passed."""
    return bool(page.until) and date.fromisoformat(page.until) < today()
