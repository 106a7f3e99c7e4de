"""The moment an evaluation is entered: reads and writes of the evaluator-to-be race with it, and none gets past it.

In each round a teacher and the coach have a session. Threads of the teacher read and write it, another one writes as
the coach, while an administrator enters that the teacher evaluates the coach.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier, Event, Lock, Thread
from time import monotonic
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import ObjectDeletedError

from tests.cast import Cast, Someone
from tests.circles import Secret, as_person, begin, evaluate, private_notes, said, writing_as
from tests.conftest import sign_in
from tests.tables import Tables
from webapp import keys
from webapp.clock import now, today
from webapp.coaching_sessions import access_log, records
from webapp.coaching_sessions.models import CircleMember, CircleNews, LogEntry, SealedRevision
from webapp.confidential import Unwalled, hold, key_of
from webapp.documents import answers
from webapp.people import memberships
from webapp.people.models import Mail, Person

ROUNDS, OPERATIONS = 10, 200  # of the teacher's, in each round
OUT = (Unwalled, keys.Unreadable, NoResultFound, ObjectDeletedError)


@dataclass
class Done:
    """One read or write: when it began, and what it gave (None: nothing)."""

    what: str
    began: float
    gave: str | None = None


@dataclass
class Round:
    """What happened in one round."""

    app: Flask
    secret: Secret
    coach: Someone
    teacher: Someone
    lock: Lock = field(default_factory=Lock)
    done: list[Done] = field(default_factory=list)
    written: dict[str, float] = field(default_factory=dict)  # the coach's texts, and when each was begun
    half: Event = field(default_factory=Event)
    committed: float = 0.0
    landed: int = 0  # the teacher's texts that stood at that moment
    wrong: list[BaseException] = field(default_factory=list)

    def finished(self) -> bool:
        """Whether everything was done, some of it after the commit; sets `half` on the way."""
        if len(self.done) >= OPERATIONS // 2:
            self.half.set()
        late = self.committed and sum(began >= self.committed for began in list(self.written.values())) >= 2
        return bool(self.wrong) or (len(self.done) >= OPERATIONS and bool(late))

    def does(self, what: str, how: Callable[[int], str | None]) -> None:
        """The teacher does something again and again."""
        with self.failing_loudly():
            while not self.finished():
                one = Done(what, monotonic())
                try:
                    one.gave = how(len(self.done))
                except OUT:
                    one.gave = None
                with self.lock:
                    self.done.append(one)

    @contextmanager
    def failing_loudly(self) -> Iterator[None]:
        """What goes wrong in a thread is not lost."""
        try:
            yield
        except BaseException as error:
            self.wrong.append(error)
            self.half.set()

    # ------------------------------------------------------------ the teacher

    def read(self, _number: int) -> str | None:
        """What stands in the session."""
        return said(self.app, self.secret, self.teacher.id)

    def look(self) -> Callable[[int], str | None]:
        """The page, in a browser."""
        client = sign_in(self.app, self.teacher)

        def page(_number: int) -> str | None:
            code, text = client.answer(f"/sessions/{self.secret.public_id}/write")
            assert code in (200, 404), f"{code} {text}"
            return text if code == 200 else None

        return page

    def post(self) -> Callable[[int], str | None]:
        """The same, sending a text."""
        client = sign_in(self.app, self.teacher)

        def page(number: int) -> str | None:
            sent = {"v.agenda": "0", "agenda": f"posted {number}", "page": "p1"}
            code, text = client.answer(f"/sessions/{self.secret.public_id}/answers/agenda", sent)
            assert code in (200, 303, 404, 409), f"{code} {text}"
            return f"{code} {text}" if code != 404 else None

        return page

    def write(self, number: int) -> str | None:
        """A text of the teacher's, and a line in the log."""
        with writing_as(self.app, self.teacher.id) as db:
            found = records.find("session", self.secret.public_id, self.teacher.id)
            if found is None:
                return None
            base = answers.readable(found).of("shared_notes").version
            answers.save(found, [answers.Typed("shared_notes", f"teacher {number}", base)])
            access_log.opened(db, found.id, found.circle_id, "opened")
        return "landed"

    # ------------------------------------------------------------ the coach, and the administrator

    def keep_writing(self) -> None:
        """The coach writes on, before and after."""
        with self.failing_loudly():
            number = 0
            while not self.finished():
                text, number = f"coach {number} of {self.secret.record_id}.", number + 1
                self.written[text] = monotonic()
                with writing_as(self.app, self.coach.id):
                    found = records.find("session", self.secret.public_id, self.coach.id)
                    assert found is not None
                    base = answers.readable(found).of("focus").version
                    answers.save(found, [answers.Typed("focus", text, base)])

    def close(self, cast: Cast, by: Callable[[], Any]) -> None:
        """The administrator enters the evaluation."""
        with self.failing_loudly():
            assert self.half.wait(60)
            by()
            self.committed = monotonic()
            self.landed = self.count()

    def count(self) -> int:
        """The teacher's texts that stand in the database."""
        mine = SealedRevision.record_id == self.secret.record_id, SealedRevision.by_id == self.teacher.id
        return int(Tables(self.app).one(select(func.count()).select_from(SealedRevision).where(*mine)))


def somebody(app: Flask, number: int) -> Someone:
    """A new teacher."""
    person = Person(name=f"Teacher {number}", email=f"t{number}@example.org", password_hash="kept", created_at=now())
    Tables(app).add(person)
    return Someone(f"t{number}", person.id, person.public_id, person.name, person.email)


def race(app: Flask, cast: Cast, number: int) -> Round:
    """One round."""
    teacher = somebody(app, number)
    cast.people[teacher.key] = teacher
    one = Round(app, begin(app, cast, "coach", teacher.key), cast["coach"], teacher)
    jobs: list[Callable[[], None]] = [
        lambda: one.does("read", one.read),
        lambda: one.does("write", one.write),
        lambda: one.does("page", one.look()),
        lambda: one.does("post", one.post()),
        one.keep_writing,
        lambda: one.close(cast, lambda: evaluate(app, cast, teacher.key, "coach")),
    ]
    start = Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        start.wait()
        job()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if one.wrong:
        raise one.wrong[0]
    return one


def test_nothing_written_after_revocation_is_delivered(app: Flask, cast: Cast) -> None:
    app.config["RATELIMIT_ENABLED"] = False
    rounds = [race(app, cast, number) for number in range(ROUNDS)]
    assert sum(len(one.done) for one in rounds) >= 2_000
    for one in rounds:
        before = [done for done in one.done if done.began < one.committed]
        after = [done for done in one.done if done.began >= one.committed]
        assert any(done.gave for done in before)
        assert after, "nothing was tried after the commit"
        assert [done for done in after if done.gave] == [], "begun after the commit, and it gave something"
        late = [text for text, began in one.written.items() if began >= one.committed]
        assert late, "the coach wrote nothing after the commit"
        delivered = " ".join(done.gave or "" for done in one.done)
        assert [text for text in late if text in delivered] == [], "written after the commit, and delivered"
        assert one.count() == one.landed, "a text of the teacher's landed after the commit"
        closed_for_good(app, one)


def closed_for_good(app: Flask, one: Round) -> None:
    """The wrap is gone, the other one was told, and in the log nothing of the teacher's comes after the closing."""
    tables, circle = Tables(app), one.secret.circle_id
    members = {row.person_id: row for row in tables.all(select(CircleMember).where(CircleMember.circle_id == circle))}
    assert members[one.teacher.id].wrap is None
    assert members[one.teacher.id].closed_at is not None
    assert members[one.coach.id].wrap is not None
    told = tables.all(select(CircleNews).where(CircleNews.circle_id == circle))
    assert [(row.person_id, row.kind, row.about_id) for row in told] == [(one.coach.id, "closed", one.teacher.id)]
    assert tables.all(select(Mail.kind).where(Mail.person_id == one.coach.id))
    lines = tables.all(select(LogEntry).where(LogEntry.circle_id == circle).order_by(LogEntry.number))
    (closing,) = [line.number for line in lines if line.act == "closed"]
    assert lines[closing - 1].person_id is None
    assert [line.act for line in lines[closing:] if line.person_id == one.teacher.id] == []
    with as_person(app, one.coach.id) as db:
        verdict = access_log.verify(db, one.secret.record_id, circle, one.secret.public_id)
        assert verdict.holds, verdict.problem


# ---------------------------------------------------------------- one by one


def test_a_write_that_waited_for_the_evaluation_does_not_land(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    has_the_key, came = Event(), list[str]()

    def write() -> None:
        try:
            with writing_as(app, cast["teacher"].id) as db:
                key_of(db, secret.circle_id)
                has_the_key.set()
                hold(db, {secret.circle_id})
                came.append("wrote")
        except (Unwalled, keys.Unreadable):
            came.append("refused")

    thread = Thread(target=write)
    with writing_as(app, cast["admin"].id):
        memberships.assign_evaluator(cast["coach"].id, evaluator_email=cast["teacher"].email, starts=today())
        thread.start()
        has_the_key.wait(0.5)  # on SQLite it cannot even begin
        thread.join(0.5)
        assert came == []
    thread.join()
    assert came == ["refused"]


def test_the_evaluation_waits_for_a_write_that_came_first(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    entered = Event()

    def enter() -> None:
        evaluate(app, cast, "teacher", "coach")
        entered.set()

    thread = Thread(target=enter)
    with writing_as(app, cast["teacher"].id) as db:
        hold(db, {secret.circle_id})
        thread.start()
        assert not entered.wait(0.5)
        access_log.opened(db, secret.record_id, secret.circle_id, "opened")
    thread.join()
    lines = select(LogEntry.act).where(LogEntry.record_id == secret.record_id).order_by(LogEntry.number)
    assert Tables(app).all(lines)[-2:] == ["opened", "closed"]


def test_notes_of_ones_own_are_held_too(app: Flask, cast: Cast) -> None:
    secret = begin(app, cast, "coach", "teacher")
    notes = private_notes(app, secret, cast["teacher"].id, "Mine")
    entered = Event()

    def enter() -> None:
        evaluate(app, cast, "teacher", "coach")
        entered.set()

    thread = Thread(target=enter)
    with writing_as(app, cast["teacher"].id) as db:
        hold(db, {notes.circle_id})
        thread.start()
        assert not entered.wait(0.5)
    thread.join()
    with as_person(app, cast["teacher"].id):
        assert records.find("private_notes", notes.public_id, cast["teacher"].id) is None
