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
from ..database import session
from ..documents import answers, seen_by
from ..people import directory, mail
from . import access_log, circles, firewall, readers, records
from .models import ConfidentialRecord, Consent, Release, ReleaseRecipient
from .records import OpenRecord
from .sessions import circle_of

LONGEST = timedelta(days=366)
USE = "release"  # of the master key, and the first word of the place that the page is sealed to
ASKED, AGREED, SAID_NO = "asked to release", "agreed to release", "said no to the release"
RELEASED, WITHDREW = "released", "took the release back"
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

    Raises CannotRelease unless there are two members, and none of them evaluates another.
    """
    db = session()
    if going := next((one for one in of_plan(plan) if one.state in GOING), None):
        return going.public_id
    ids = _who_composes(plan)
    circle = circles.begin(db, ids)
    return records.begin(db, "release", plan_id=plan.id, circle_id=circle.id).public_id


def of_plan(plan: Opened) -> list[OpenRecord]:
    """The reader's releases of a plan, newest first."""
    return records.of_plan("release", plan.id, plan.reader_id)


def _who_composes(plan: Opened) -> list[int]:
    members = circle_of(plan)
    ids = [one.person_id for one in members if one.person_id is not None]
    if len(ids) < 2:
        raise CannotRelease(
            "A release needs you and at least one more member of the circle who has an account and has said yes."
        )
    for one in ids:
        for other in ids:
            if reason := directory.evaluation_reason(one, other):
                raise CannotRelease(f"{reason} People who evaluate each other cannot agree on a release together.")
    for member in members:
        seen = seen_by.opened_as(plan.public_id, member.person_id or 0)
        if seen is None or "circle" not in seen.facts:
            raise CannotRelease(
                f"{member.name} is not in the circle of this plan any more. The coach can take the name out of the plan."
            )
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

    Raises MovedOn if it reads otherwise now (or the circle of the plan is another one), NotReady if something is missing.
    """
    if opened.state != "draft" or _came_or_went(opened) or page_of(opened).fingerprint != seen:
        raise MovedOn
    if missing := problems(opened, page_of(opened)):
        raise NotReady(missing)
    _go(opened, "draft", "asked")
    access_log.append(session(), opened.id, opened.circle_id, ASKED)
    for one in inside(opened):
        if one.person_id != opened.reader_id:
            mail.enqueue(one.person_id, "notice", path="/")
    _say(opened, seen, agrees=True)


def _came_or_went(opened: OpenRecord) -> bool:
    """Bring the release's circle in step with the plan's; whether that changed anything."""
    db, plan = session(), seen_by.opened_as(opened.plan_public_id, opened.reader_id)
    if plan is None or "circle" not in plan.facts:
        return False
    wanted, here = set(_who_composes(plan)), {one.person_id for one in inside(opened)}
    for person_id in wanted - here:
        circles.add(db, opened.circle_id, person_id)
        access_log.append(db, opened.id, opened.circle_id, "added", about_id=person_id)
    for person_id in here - wanted:
        circles.leave(db, opened.circle_id, person_id)
        access_log.append(db, opened.id, opened.circle_id, "left", about_id=person_id)
    return wanted != here


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


def said(opened: OpenRecord, page: Page) -> list[Said]:
    """Every member who is in, with what they said to this very page."""
    found = {one.person_id: one for one in _consents(opened, page.fingerprint)}
    return [_said(one, one.person_id == opened.reader_id, found.get(one.person_id)) for one in inside(opened)]


def _said(member: circles.Member, is_me: bool, given: Consent | None) -> Said:
    return Said(member.name, is_me, given.agrees if given else None, given.at if given else None)


def _consents(opened: OpenRecord, about: str) -> list[Consent]:
    return list(
        session().scalars(
            select(Consent).where(Consent.record_id == opened.id, Consent.kind == USE, Consent.about == about)
        )
    )


def answer(opened: OpenRecord, *, seen: str, agrees: bool) -> bool:
    """The reader agrees to the page that they have seen, or does not. True if that was the last consent: it is released.

    Raises MovedOn if the page reads otherwise now; NotReady (and all are asked anew) if it can no longer be released.
    """
    db = session()
    _go(opened, "asked", "asked")  # nobody else decides until we are done
    page = page_of(opened)
    if page.fingerprint != seen:
        raise MovedOn
    if agrees and (missing := problems(opened, page)):
        opened.keeper.settle(opened.part)
        raise NotReady(missing)
    _say(opened, seen, agrees=agrees)
    everybody = {one.person_id for one in inside(opened)}
    if not everybody <= {one.person_id for one in _consents(opened, seen) if one.agrees} or len(everybody) < 2:
        return False
    _go(opened, "asked", "released")
    _hand_over(opened, page)
    access_log.append(db, opened.id, opened.circle_id, RELEASED)
    return True


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
    access_log.append(db, opened.id, opened.circle_id, AGREED if agrees else SAID_NO)


# ---------------------------------------------------------------- out, and back


def _hand_over(opened: OpenRecord, page: Page) -> None:
    """The page leaves the circle: sealed for its readers, who are told that something is there."""
    db, ring = session(), keys.ring()
    place = (USE, opened.public_id, page.fingerprint)
    release = Release(
        public_id=opened.public_id,
        record_id=opened.id,
        plan_id=opened.plan_id,
        master_key=ring.current,
        sealed=keys.seal(ring.for_use(ring.current, USE), page.canonical, *place),
        content_hash=page.fingerprint,
        ends_on=date.fromisoformat(page.until),
    )
    circles.note_proof(db, ring.current)
    db.add(release)
    db.flush()
    for reader in possible_readers(opened):
        if reader.kept in page.readers:
            db.add(ReleaseRecipient(release_id=release.id, person_id=reader.id))
            mail.enqueue(reader.id, "notice", path="/")
    db.flush()


def unsealed(release: Release | Row[Any]) -> Page | None:
    """The page of a release; None if what is kept there is not what was agreed to: it was copied or changed."""
    place = (USE, release.public_id, release.content_hash)
    try:
        page = Page.of(keys.unseal(keys.ring().for_use(release.master_key, USE), release.sealed, *place))
    except keys.Unreadable:
        return None
    return page if page.fingerprint == release.content_hash else None


def released_page(opened: OpenRecord) -> Page | None:
    """The page that was released, whoever has come or gone since; None if none was, or it was changed."""
    release = session().scalar(select(Release).where(Release.record_id == opened.id))
    return unsealed(release) if release else None


def withdraw(opened: OpenRecord) -> None:
    """Take a release back, at once. Raises MovedOn if it is not out."""
    _go(opened, "released", "withdrawn")
    db = session()
    db.execute(
        update(Release)
        .where(Release.record_id == opened.id, Release.withdrawn_at.is_(None))
        .values(withdrawn_at=now(), withdrawn_by_id=opened.reader_id),
        execution_options={"synchronize_session": False},
    )
    access_log.append(db, opened.id, opened.circle_id, WITHDREW)


def is_over(page: Page) -> bool:
    """Whether its last day has passed."""
    return bool(page.until) and date.fromisoformat(page.until) < today()
