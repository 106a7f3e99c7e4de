"""The outbox, sent to a real mail server."""

import re
import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import func, select, update

from tests.page import Client
from tests.tables import Tables
from webapp.clock import now
from webapp.database import writing
from webapp.people import accounts, mail
from webapp.people.models import Link, Mail, Person
from webapp.people.refusal import Refused

pytestmark = pytest.mark.on_sqlite

PATH = "/plans/8J2kfPqLmN0a"


class Inbox:
    """A mail server that keeps what it gets; `answer` is what it says to each message."""

    def __init__(self):
        self.messages, self.raw, self.answer = [], [], "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name is aiosmtpd's
        if self.answer.startswith("250"):
            self.raw.append(envelope)
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def server(inbox):
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def app(make_app, database_url, server):
    settings = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": server.port, "ADDRESS": "https://accord.example.org/"}
    return make_app(database_url, **settings)


@pytest.fixture
def db(app):
    return Tables(app)


def enqueue(app, person_id, kind="notice", path=PATH):
    with app.app_context(), writing():
        mail.enqueue(person_id, kind, path=path if kind == "notice" else "")


def send(app, status=0):
    outcome = app.test_cli_runner().invoke(args=["send-mail"])
    assert outcome.exit_code == status, outcome.output
    return outcome.output


# ---------------------------------------------------------------- what is sent


def test_a_notice_says_that_something_waits_and_where_but_not_what(app, cast, inbox, db):
    enqueue(app, cast["principal"].id)
    assert "1 sent, 0 failed" in send(app)
    [message] = inbox.messages
    assert message["To"] == "Paul Okafor <principal@example.org>"
    assert message["From"] == "Accord <accord@accord.example.org>"
    assert message["Subject"] == "Something on Accord needs you"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert f"https://accord.example.org{PATH}" in text.split()
    for word in ("Part", "Plan ", "Ana Ruiz", "Roosevelt", "coach"):
        assert word not in text + message["Subject"]
    assert db.one(select(Mail.sent_at)) is not None


def test_an_invitation_brings_a_link_that_works(app, db, inbox):
    newcomer = Person(name="Nora Quist", email="nora@example.org")
    db.add(newcomer)
    enqueue(app, newcomer.id, "invitation")
    assert db.all(select(Link.id)) == []
    send(app)
    [path] = re.findall(r"https://accord\.example\.org(/welcome/\S+)", inbox.messages[0].get_content())
    assert "Welcome, Nora Quist" in Client(app).get(path)


def test_a_reset_brings_one_too(app, cast, inbox):
    enqueue(app, cast["coach"].id, "reset")
    send(app)
    [path] = re.findall(r"(/welcome/\S+)", inbox.messages[0].get_content())
    assert "Choose a new password" in Client(app).get(path)


def test_a_name_cannot_smuggle_in_another_receiver(app, cast, db, inbox):
    db.do(update(Person).where(Person.id == cast["coach"].id).values(name='Ana" <evil@example.com>, "Ruiz'))
    enqueue(app, cast["coach"].id)
    send(app)
    assert inbox.raw[0].rcpt_tos == ["coach@example.org"]
    assert [address.addr_spec for address in inbox.messages[0]["To"].addresses] == ["coach@example.org"]


def test_names_from_everywhere_arrive(app, cast, db, inbox):
    db.do(update(Person).where(Person.id == cast["coach"].id).values(name="Åsa Żółć 李"))
    enqueue(app, cast["coach"].id)
    send(app)
    assert inbox.messages[0]["To"].addresses[0].display_name == "Åsa Żółć 李"
    assert "Hello Åsa Żółć 李," in inbox.messages[0].get_content()


def test_the_outbox_holds_no_link_no_address_and_no_words(app, cast, db):
    enqueue(app, cast["coach"].id, "reset")
    kept = db.one(select(Mail))
    assert (kept.person_id, kept.kind, kept.path) == (cast["coach"].id, "reset", "")
    assert set(Mail.__table__.columns.keys()) == {
        "id", "person_id", "kind", "path", "to_address", "created_at", "attempts", "sent_at", "given_up_at",
    }  # fmt: skip
    assert kept.to_address is None


# ---------------------------------------------------------------- another address


@pytest.fixture
def changed(app, cast):
    """The administrator gives the coach another address."""

    def change(email, who="coach"):
        with app.app_context():
            accounts.change(cast[who].id, name=cast[who].name, email=email, teaching_assignment="")

    return change


def test_the_old_address_is_told_that_it_was_changed_and_whom_to_ask(app, cast, changed, inbox):
    changed("new@example.org")
    send(app)
    assert [envelope.rcpt_tos for envelope in inbox.raw] == [["coach@example.org"]]
    [message] = inbox.messages
    assert message["Subject"] == "Your e-mail address on Accord was changed"
    text = message.get_content()
    assert "please ask your principal or an administrator" in text
    assert "new@example.org" not in message.as_string()
    assert "/welcome/" not in text


def test_nothing_is_sent_when_the_address_stays_or_cannot_be_had(app, cast, changed, inbox, db):
    changed("coach@example.org")
    with pytest.raises(Refused, match="already an account"):
        changed("teacher@example.org")
    assert db.all(select(Mail.id)) == []


def test_each_earlier_address_is_told_and_nothing_done_to_the_account_stops_it(app, cast, changed, inbox):
    changed("one@example.org")
    changed("two@example.org")
    with app.app_context():
        accounts.deactivate(cast["coach"].id)
    assert "2 sent" in send(app)
    assert [envelope.rcpt_tos for envelope in inbox.raw] == [["coach@example.org"], ["one@example.org"]]


def test_everything_else_goes_to_the_new_address(app, cast, changed, inbox):
    enqueue(app, cast["coach"].id)
    changed("new@example.org")
    send(app)
    assert [envelope.rcpt_tos for envelope in inbox.raw] == [["new@example.org"], ["coach@example.org"]]


# ---------------------------------------------------------------- once, and only what landed


def test_nothing_is_sent_twice(app, cast, inbox):
    enqueue(app, cast["coach"].id)
    send(app)
    assert "0 sent" in send(app)
    assert len(inbox.messages) == 1


def test_the_same_notice_waiting_twice_is_one_and_another_page_is_another(app, cast, inbox):
    for path in (PATH, PATH, "/plans/another"):
        enqueue(app, cast["coach"].id, path=path)
    enqueue(app, cast["teacher"].id)
    assert "3 sent" in send(app)


def test_what_was_undone_is_not_sent(app, cast, inbox):
    def write_and_fail():
        with app.app_context(), writing():
            mail.enqueue(cast["coach"].id, "notice", path=PATH)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert "0 sent" in send(app)


def test_two_senders_at_once_send_one(app, cast, inbox):
    enqueue(app, cast["coach"].id)
    with app.app_context():
        [(mail_id, attempts)] = mail._due()
        assert mail._claim(mail_id, attempts) is not None
        assert mail._claim(mail_id, attempts) is None
    assert "0 sent" in send(app)


def test_only_known_kinds_can_be_sent(app, cast):
    with app.app_context(), pytest.raises(ValueError, match="no such kind"):
        mail.enqueue(cast["coach"].id, "newsletter")


def test_who_has_left_or_needs_no_invitation_gets_none(app, cast, inbox, db):
    enqueue(app, cast["deactivated"].id)
    enqueue(app, cast["coach"].id, "invitation")
    assert "0 sent, 0 failed, 2 no longer needed" in send(app)
    assert inbox.messages == []
    assert db.one(select(func.count()).where(Mail.given_up_at.is_not(None))) == 2


# ---------------------------------------------------------------- when it does not work


def test_what_fails_is_tried_again_later_and_given_up_after_five_times(app, cast, inbox, db):
    enqueue(app, cast["coach"].id)
    inbox.answer = "451 try again later"
    tries = []
    for minutes in (0, 1, 6, 10, 31, 121, 481, 600):
        db.do(update(Mail).values(created_at=now() - timedelta(minutes=minutes)))
        out = send(app, status=1 if minutes not in (1, 10, 600) else 0)
        tries.append("1 failed" in out)
    assert tries == [True, False, True, False, True, True, True, False]
    assert db.one(select(Mail.attempts)) == 5
    assert db.one(select(Mail.given_up_at)) is not None
    inbox.answer = "250 OK"
    assert "0 sent" in send(app)


def test_one_bad_address_holds_up_nobody_else(app, cast, inbox, db):
    db.do(update(Person).where(Person.id == cast["coach"].id).values(email="bad address@@example.org"))
    enqueue(app, cast["coach"].id)
    enqueue(app, cast["teacher"].id)
    assert "1 sent, 1 failed" in send(app, status=1)
    assert inbox.messages[0]["To"].addresses[0].addr_spec == "teacher@example.org"


def test_a_server_that_is_away_is_said_and_nothing_is_lost(app, cast, server, db):
    enqueue(app, cast["coach"].id)
    app.config["MAIL_PORT"] = 1
    assert "did not take everything (ConnectionRefusedError)" in send(app, status=1)
    assert db.one(select(Mail.sent_at)) is None
    assert db.one(select(Mail.given_up_at)) is None


def test_what_has_waited_for_days_is_not_sent_any_more(app, cast, inbox, db):
    enqueue(app, cast["coach"].id)
    db.do(update(Mail).values(created_at=now() - timedelta(days=4)))
    assert "0 sent" in send(app)
    assert db.one(select(Mail.given_up_at)) is not None


def test_without_a_mail_server_the_command_says_so_loudly(make_app, database_url, cast):
    app = make_app(database_url)
    enqueue(app, cast["coach"].id)
    assert "There is no mail server, so nothing was sent (1 waiting)" in send(app, status=1)
    assert Tables(app).one(select(Mail.attempts)) == 0


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_mail_server_can_ask_for_a_name_and_a_password(make_app, database_url, cast, inbox):
    def check(server, session, envelope, mechanism, given):
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"accord", b"12345")
        return AuthResult(success=good, handled=False)  # the server says so itself

    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), authenticator=check, auth_required=True, auth_require_tls=False
    )
    controller.start()
    try:
        settings = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": controller.port, "MAIL_USER": "accord"}
        for password, sent in (("wrong", 0), (12345, 1)):
            app = make_app(database_url, MAIL_PASSWORD=password, **settings)
            enqueue(app, cast["coach"].id, path=f"/plans/{password}")
            send(app, status=1 - sent)
            assert len(inbox.messages) == sent
    finally:
        controller.stop()
