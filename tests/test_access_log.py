"""The access log of a confidential record: every act is a line of it, and whoever changes, takes out, puts in, mixes up
or cuts lines behind the site's back is found out by "verify".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from tests.cast import Cast
from tests.circles import Secret, as_person, begin, evaluate, writing_as
from tests.page import Client
from tests.tables import Tables
from webapp.coaching_sessions import access_log, circles, firewall, records
from webapp.coaching_sessions.access_log import Verdict
from webapp.coaching_sessions.models import CircleMember, LogEntry, RefusedTry
from webapp.documents import answers
from webapp.people import memberships

Browsers = Callable[[str], Client]


@dataclass
class Log:
    """The log of one session of the coach and the teacher, and what somebody with the database's console does to it."""

    app: Flask
    cast: Cast
    secret: Secret

    @property
    def tables(self) -> Tables:
        """The console."""
        return Tables(self.app)

    def open(self, *who: str, act: str = "opened") -> None:
        """Members open the session."""
        for key in who:
            with writing_as(self.app, self.cast[key].id) as db:
                access_log.opened(db, self.secret.record_id, self.secret.circle_id, act)

    def try_as(self, *who: str) -> None:
        """Strangers try its address."""
        for key in who:
            with writing_as(self.app, self.cast[key].id) as db:
                access_log.refuse(db, self.secret.public_id, self.cast[key].id)

    def verify(self, who: str = "coach", noted: str = "") -> Verdict:
        """What "verify" says."""
        with as_person(self.app, self.cast[who].id) as db:
            secret = self.secret
            return access_log.verify(db, secret.record_id, secret.circle_id, secret.public_id, noted=noted)

    def said(self, who: str = "coach") -> list[tuple[str, str, str]]:
        """The lines, oldest first, as a member reads them: who, did what, about whom."""
        with as_person(self.app, self.cast[who].id) as db:
            lines = access_log.lines(db, self.secret.record_id, self.secret.public_id)
            return [(line.who, line.act, line.about) for line in reversed(lines)]

    def numbers(self) -> list[int]:
        """The numbers of its lines."""
        here = LogEntry.record_id == self.secret.record_id
        return self.tables.all(select(LogEntry.number).where(here).order_by(LogEntry.number))

    def change(self, number: int, /, **values: Any) -> None:
        """Write over a line."""
        self.tables.do(update(LogEntry).where(self._line(number)).values(**values))

    def cut(self, number: int) -> None:
        """Take out a line."""
        self.tables.do(delete(LogEntry).where(self._line(number)))

    def _line(self, number: int) -> Any:
        return (LogEntry.record_id == self.secret.record_id) & (LogEntry.number == number)

    def line(self, number: int) -> LogEntry:
        """A line as it stands."""
        found: LogEntry = self.tables.one(select(LogEntry).where(self._line(number)))
        return found

    def witnesses(self) -> dict[int, tuple[bytes | None, Any]]:
        """What each member last saw of the log, sealed, and since when they read."""
        here = select(CircleMember).where(CircleMember.circle_id == self.secret.circle_id)
        return {one.person_id: (one.witness, one.opened_at) for one in self.tables.all(here)}

    def roll_back(self, before: dict[int, tuple[bytes | None, Any]]) -> None:
        """Put back what they had seen earlier."""
        for person_id, (witness, opened_at) in before.items():
            one = CircleMember.circle_id == self.secret.circle_id, CircleMember.person_id == person_id
            self.tables.do(update(CircleMember).where(*one).values(witness=witness, opened_at=opened_at))


@pytest.fixture
def log(app: Flask, cast: Cast) -> Log:
    """A log of six lines and three refused tries."""
    log = Log(app, cast, begin(app, cast, "coach", "teacher"))
    log.open("teacher", "coach", "teacher", "coach")
    log.try_as("outsider", "principal", "outsider")
    log.open("coach")  # so only the coach has seen the last line, and the tries
    return log


# ---------------------------------------------------------------- what is written


def test_every_act_is_a_line(app: Flask, cast: Cast) -> None:
    log = Log(app, cast, begin(app, cast, "coach", "teacher", "teacher2"))
    log.open("teacher", act="printed")
    log.open("teacher2", act="exported")
    log.try_as("principal")
    evaluate(app, cast, "teacher2", "coach")
    coach, teacher, third = (cast[key].name for key in ("coach", "teacher", "teacher2"))
    assert log.said() == [
        (coach, "begun", ""),
        (coach, "opened", ""),
        (teacher, "printed", ""),
        (third, "exported", ""),
        (cast["principal"].name, "refused", ""),
        ("", "closed", third),
    ]
    assert log.verify().holds


def test_somebody_let_in_again_is_a_line_for_each_who_agreed(app: Flask, cast: Cast) -> None:
    log = Log(app, cast, begin(app, cast, "coach", "teacher", "teacher2"))
    entry = evaluate(app, cast, "teacher2", "coach")
    with writing_as(app, cast["admin"].id):
        memberships.void_assignment(entry, person_id=cast["coach"].id, by=cast["admin"].id)
    third = cast["teacher2"]
    for key in ("coach", "teacher"):
        with writing_as(app, cast[key].id) as db:
            firewall.let_in_again(db, log.secret.record_id, log.secret.circle_id, third.id)
    assert [(act, about) for _, act, about in log.said()][-3:] == [
        ("agreed to let in", third.name),
        ("agreed to let in", third.name),
        ("let in again", third.name),
    ]
    assert log.verify().holds


def test_the_pages_write_it_too(app: Flask, cast: Cast, as_: Browsers) -> None:
    log = Log(app, cast, begin(app, cast, "coach", "teacher"))
    here = f"/sessions/{log.secret.public_id}"
    as_("teacher").get(f"{here}/write")
    as_("teacher").get(f"{here}/log")
    as_("principal").get(f"{here}/write", status=404)
    as_("outsider").post(f"{here}/answers/focus", {"v.focus": "1", "focus": "Mine"}, status=404)
    acts = [(who, act) for who, act, _ in log.said()][2:]
    teacher, principal, outsider = (cast[key].name for key in ("teacher", "principal", "outsider"))
    assert acts == [(teacher, "opened"), (teacher, "read the log"), (principal, "refused"), (outsider, "refused")]
    assert log.verify().holds


def test_a_try_is_written_down_whether_there_is_anything_or_not(app: Flask, cast: Cast, as_: Browsers) -> None:
    log = Log(app, cast, begin(app, cast, "coach", "teacher"))
    for address in (log.secret.public_id, "nothing-here", "nothing-here"):
        as_("outsider").get(f"/sessions/{address}/write", status=404)
    tries = Tables(app).all(select(RefusedTry).order_by(RefusedTry.id))
    assert [(one.address, one.number) for one in tries] == [
        (log.secret.public_id, 1),
        ("nothing-here", 1),
        ("nothing-here", 2),
    ]


def test_many_at_once_each_have_their_line(app: Flask, cast: Cast) -> None:
    log = Log(app, cast, begin(app, cast, "coach", "teacher"))
    start, wrong = Barrier(6), list[BaseException]()

    def work(do: Callable[[], None]) -> None:
        try:
            start.wait()
            for _ in range(5):
                do()
        except BaseException as error:
            wrong.append(error)

    jobs = [lambda: log.open("coach"), lambda: log.open("teacher"), lambda: log.try_as("outsider")] * 2
    threads = [Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert log.numbers() == list(range(1, 23))
    assert sum(act == "refused" for _, act, _ in log.said()) == 10
    assert log.verify().holds


# ---------------------------------------------------------------- what is found


def edited_who(log: Log) -> None:
    log.change(3, person_id=log.cast["coach"].id)


def edited_act(log: Log) -> None:
    log.change(4, act="begun")


def edited_about(log: Log) -> None:
    log.change(2, about_id=log.cast["outsider"].id)


def edited_time(log: Log) -> None:
    log.change(5, at=log.line(5).at + timedelta(microseconds=1))


def edited_mark(log: Log) -> None:
    log.change(3, mark=bytes(32))


def edited_key(log: Log) -> None:
    log.change(3, master_key="77")


def taken_out(log: Log) -> None:
    log.cut(3)


def taken_out_and_closed_up(log: Log) -> None:
    log.cut(3)
    for number in range(4, 8):
        log.change(number, number=number - 1)


def first_taken_out(log: Log) -> None:
    log.cut(1)
    for number in range(2, 8):
        log.change(number, number=number - 1)


def put_in(log: Log) -> None:
    for number in range(7, 3, -1):
        log.change(number, number=number + 1)
    copied(log, 3, number=4)


def put_at_the_end(log: Log) -> None:
    copied(log, 7, number=8)


def copied(log: Log, number: int, /, **values: Any) -> None:
    """Put in a copy of a line with something else in it."""
    like = log.line(number)
    names = ("circle_id", "record_id", "number", "at", "person_id", "act", "about_id", "master_key", "mark")
    log.tables.do(insert(LogEntry).values(**{name: getattr(like, name) for name in names} | values))


def mixed_up(log: Log) -> None:
    log.change(3, number=99)
    log.change(4, number=3)
    log.change(99, number=4)


def moved_to_another_circle(log: Log) -> None:
    other = begin(log.app, log.cast, "coach", "teacher2")
    log.change(5, circle_id=other.circle_id)


def cut_at_the_end(log: Log) -> None:
    log.cut(7)


def cut_to_the_beginning(log: Log) -> None:
    for number in range(2, 8):
        log.cut(number)


def emptied(log: Log) -> None:
    for number in range(1, 8):
        log.cut(number)
    log.roll_back(dict.fromkeys(log.witnesses(), (None, None)))


def cut_with_the_witnesses_gone(log: Log) -> None:
    log.cut(7)
    log.roll_back({person: (None, opened) for person, (_, opened) in log.witnesses().items()})


def cut_with_a_witness_of_another(log: Log) -> None:
    seen = log.witnesses()
    log.cut(7)
    log.roll_back({log.cast["coach"].id: seen[log.cast["teacher"].id]})


def cut_with_a_witness_made_up(log: Log) -> None:
    log.cut(7)
    log.roll_back({log.cast["coach"].id: (bytes(60), log.witnesses()[log.cast["coach"].id][1])})


def a_try_edited(log: Log) -> None:
    log.tables.do(update(RefusedTry).where(RefusedTry.number == 2).values(person_id=log.cast["admin"].id))


def a_try_taken_out(log: Log) -> None:
    log.tables.do(delete(RefusedTry).where(RefusedTry.number == 2))


def a_try_at_another_address(log: Log) -> None:
    log.tables.do(update(RefusedTry).where(RefusedTry.number == 1).values(address="elsewhere"))


def the_last_try_taken_out(log: Log) -> None:
    log.tables.do(delete(RefusedTry).where(RefusedTry.number == 3))


def all_tries_taken_out(log: Log) -> None:
    log.tables.do(delete(RefusedTry))


FOUND = [
    edited_who, edited_act, edited_about, edited_time, edited_mark, edited_key, taken_out, taken_out_and_closed_up,
    first_taken_out, put_in, put_at_the_end, mixed_up, moved_to_another_circle, cut_at_the_end, cut_to_the_beginning,
    emptied, cut_with_the_witnesses_gone, cut_with_a_witness_of_another, cut_with_a_witness_made_up, a_try_edited,
    a_try_taken_out, a_try_at_another_address, the_last_try_taken_out, all_tries_taken_out,
]  # fmt: skip


@pytest.mark.parametrize("tamper", FOUND, ids=lambda tamper: str(tamper.__name__))
def test_a_changed_deleted_or_cut_log_is_found(log: Log, tamper: Callable[[Log], None]) -> None:
    assert log.verify().holds, log.verify().problem
    tamper(log)
    for who in ("coach", "teacher"):
        assert not log.verify(who).holds
        assert not log.verify(who, noted="0000-0000-0000").only_the_code
    log.open("coach", "teacher", "coach")  # looking again does not make it good
    for who in ("coach", "teacher"):
        assert not log.verify(who).holds


def test_a_log_cut_together_with_what_everybody_saw_is_found_by_a_noted_code(log: Log) -> None:
    seen = log.witnesses()
    log.open("teacher")
    noted = log.verify().code
    log.cut(8)
    log.roll_back(seen)
    assert log.verify().holds, "nothing in the database tells"
    verdict = log.verify(noted=noted)
    assert "code you noted" in verdict.problem
    assert verdict.only_the_code


def test_a_noted_code_is_good_as_long_as_its_line_stands(log: Log) -> None:
    noted = log.verify().code
    log.open("teacher", "coach")
    for typed in (noted, noted.lower(), noted.replace("-", " "), f" {noted} "):
        assert log.verify(noted=typed).holds
    assert not log.verify(noted="0000-0000-0000").holds


def test_the_page_says_whether_the_log_is_whole(log: Log, as_: Browsers) -> None:
    here = f"/sessions/{log.secret.public_id}/log"
    assert "The log is whole" in as_("coach").get(f"{here}?verify=1").words("#verdict")
    for number in log.numbers()[6:]:
        log.cut(number)
    assert "cut off" in as_("coach").get(f"{here}?verify=1").words("#verdict"), "by the only one who saw that line"


def test_what_one_did_with_another_record_tells_nothing_here(log: Log) -> None:
    other = begin(log.app, log.cast, "coach", "teacher")
    with writing_as(log.app, log.cast["teacher"].id) as db:
        access_log.opened(db, other.record_id, other.circle_id, "opened")
        found = records.find("session", other.public_id, log.cast["teacher"].id)
        assert found is not None
        answers.save(found, [answers.Typed("agenda", "Later", 0)])
    assert log.verify().holds


def test_a_member_who_left_and_one_who_never_looked_do_not_break_it(log: Log) -> None:
    third = log.cast["teacher2"]
    with writing_as(log.app, log.cast["coach"].id) as db:
        circles.add(db, log.secret.circle_id, third.id)
    assert log.verify().holds
    log.open("teacher2")
    with writing_as(log.app, third.id) as db:
        circles.leave(db, log.secret.circle_id, third.id)
    assert log.verify().holds
