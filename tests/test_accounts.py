"""Accounts: taking up an invitation, a new password, my account, the commands of whoever runs the site."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.cast import PASSWORD, email_of
from tests.page import Client
from tests.tables import Tables
from webapp.clock import now
from webapp.people import links
from webapp.people.models import District, FailedSignIn, Link, Mail, Membership, Person, Role, SignIn
from webapp.people.sign_in import describe

pytestmark = pytest.mark.on_sqlite

NEW = "three boats and a bell"


@pytest.fixture
def db(app):
    """The tables, beside the site."""
    return Tables(app)


@pytest.fixture
def newcomer(db):
    """Somebody who was invited and has no password yet."""
    person = Person(name="Nora Quist", email="nora@example.org")
    db.add(person)
    return person


@pytest.fixture
def link_for(app):
    """The path of a fresh link for a person."""

    def link_for(person_id, purpose="invitation"):
        with app.app_context():
            return links.make(person_id, purpose).removeprefix("http://127.0.0.1:5000")

    return link_for


def can_sign_in(client, email, password):
    data = {"email": email, "password": password, "csrf_token": client.csrf_token()}
    return client.http.post("/sign-in", data=data).status_code == 303


# ---------------------------------------------------------------- invitations


def test_an_invitation_is_taken_up_by_choosing_a_password(signed_out, newcomer, link_for):
    page = signed_out().get(link_for(newcomer.id))
    assert "Welcome, Nora Quist" in page
    page = page.form().submit({"New password": NEW})
    assert page.path == "/"
    assert "nora@example.org" in page.client.get("/account")
    assert can_sign_in(signed_out(), "nora@example.org", NEW)


def test_opening_the_link_uses_nothing_up_but_choosing_a_password_does(signed_out, newcomer, link_for, db):
    link = link_for(newcomer.id)
    signed_out().get(link)
    page = signed_out().get(link)
    page.form().submit({"New password": NEW})
    assert "does not work any longer" in signed_out().get(link, status=404)
    assert "does not work any longer" in signed_out().post(link, {"password": "another good one"}, status=404)
    assert can_sign_in(signed_out(), "nora@example.org", NEW)


def test_every_other_link_of_the_person_stops_working_too(signed_out, newcomer, link_for):
    first, second = link_for(newcomer.id), link_for(newcomer.id)
    signed_out().get(second).form().submit({"New password": NEW})
    signed_out().get(first, status=404)


@pytest.mark.parametrize(("purpose", "days"), [("invitation", 14), ("reset", 2 / 24)])
def test_links_expire(signed_out, newcomer, link_for, db, purpose, days):
    link = link_for(newcomer.id, purpose)
    expires = db.one(select(Link.expires_at))
    assert abs(expires - now() - timedelta(days=days)) < timedelta(minutes=1)
    db.do(update(Link).values(expires_at=now() - timedelta(seconds=1)))
    signed_out().get(link, status=404)
    signed_out().post(link, {"password": NEW}, status=404)


def test_a_link_of_a_closed_account_does_not_work(signed_out, newcomer, link_for, db):
    link = link_for(newcomer.id)
    db.do(update(Person).where(Person.id == newcomer.id).values(deactivated_at=now()))
    signed_out().get(link, status=404)


def test_a_made_up_link_does_not_work_and_the_real_one_is_not_in_the_database(signed_out, newcomer, link_for, db):
    token = link_for(newcomer.id).rsplit("/", 1)[1]
    kept = db.one(select(Link.token_hash))
    assert kept != token
    signed_out().get(f"/welcome/{kept}", status=404)


def test_two_who_use_a_link_at_once_do_not_both_get_in(app, newcomer, link_for):
    token = link_for(newcomer.id).rsplit("/", 1)[1]
    with app.test_request_context():
        first, second = links.find(token), links.find(token)
        assert first
        assert second
        assert links.use(first)
        assert not links.use(second)


# ---------------------------------------------------------------- which passwords are good


WEAK = {
    "": "Please type a new password.",
    "short one": "at least 10 characters",
    "nora@example.org": "too easy to guess",
    "Nora Quist": "too easy to guess",
    "password123": "one of the first that anyone would try",
    "Qwerty 12345": "one of the first that anyone would try",
    "aaaaaaaaaaaa": "one of the first that anyone would try",
    "x" * 201: "too long",
    "three boats\0and a bell": "invisible character",
}
GOOD = ["ten chars!", "  spaces around  ", "пароль из слов", "🦊🦊 foxes 🦊", "a1B2c3D4e5" * 20]


def test_a_weak_password_is_refused_with_the_reason(signed_out, newcomer, link_for, db):
    link = link_for(newcomer.id)
    for password, says in WEAK.items():
        page = signed_out().post(link, {"password": password}, status=422)
        assert says in page.words(".field .error")
        assert not page.find("#password").get("value")
    assert db.one(select(Person.password_hash).where(Person.id == newcomer.id)) is None
    assert db.one(select(Link.used_at)) is None


def test_any_other_is_fine_without_rules_about_digits_and_capitals(signed_out, newcomer, link_for):
    for password in GOOD:
        signed_out().post(link_for(newcomer.id), {"password": password})
        assert can_sign_in(signed_out(), "nora@example.org", password)
        assert not can_sign_in(signed_out(), "nora@example.org", password[:-1])


def test_a_password_typed_on_another_keyboard_is_the_same(signed_out, newcomer, link_for):
    signed_out().post(link_for(newcomer.id), {"password": "cafe\u0301 in the morning"})
    assert can_sign_in(signed_out(), "nora@example.org", "caf\u00e9 in the morning")


# ---------------------------------------------------------------- a forgotten password


@pytest.fixture
def with_mail(make_app, database_url):
    """The site with a mail server."""
    return make_app(database_url, MAIL_HOST="mail.example.org")


def ask(client, email, status=200):
    return client.get("/forgot").form().submit({"Your e-mail": email}, status=status)


def test_asking_for_a_link_gives_the_same_answer_for_unknown_addresses(with_mail):
    db = Tables(with_mail)
    known, unknown = ask(Client(with_mail), "coach@example.org"), ask(Client(with_mail), "nobody@example.org")
    closed = ask(Client(with_mail), "deactivated@example.org")
    assert known.words(".flash") == unknown.words(".flash") == closed.words(".flash")
    assert db.all(select(Mail.kind)) == ["reset"]


def test_who_never_took_up_the_invitation_gets_it_again(with_mail, newcomer):
    ask(Client(with_mail), "nora@example.org")
    assert Tables(with_mail).all(select(Mail.kind)) == ["invitation"]


def test_nobody_can_fill_somebodys_mailbox(with_mail):
    db = Tables(with_mail)
    for _ in range(8):
        ask(Client(with_mail), "coach@example.org")
        db.do(update(Mail).values(sent_at=now(), attempts=1))
    assert db.one(select(func.count()).select_from(Mail)) == 5


def test_without_a_mail_server_the_page_says_whom_to_ask(signed_out):
    page = signed_out().get("/forgot")
    assert "ask your administrator" in page
    assert not page.has("main form")


def test_a_new_password_signs_out_every_browser_and_ends_the_waiting(signed_out, as_, link_for, cast, db):
    old = as_("coach")
    for _ in range(5):
        signed_out().post("/sign-in", {"email": "coach@example.org", "password": "wrong one"}, status=422)
    signed_out().get(link_for(cast["coach"].id, "reset")).form().submit({"New password": NEW})
    assert old.http.get("/account").status_code == 303
    assert db.one(select(func.count()).select_from(FailedSignIn)) == 0
    assert can_sign_in(signed_out(), "coach@example.org", NEW)
    assert not can_sign_in(signed_out(), "coach@example.org", PASSWORD)


# ---------------------------------------------------------------- my account


def test_i_can_change_my_name_and_what_i_teach(as_):
    page = (
        as_("coach")
        .get("/account")
        .form(button="Save")
        .submit({"name": " Ana  María Ruiz ", "teaching_assignment": ""})
    )
    assert "Saved." in page
    assert page.form(button="Save").value("Name") == "Ana María Ruiz"


def test_a_name_that_cannot_be_kept_is_refused_and_shown_again(as_, cast, db):
    wrong = {
        "": "Please write your name.",
        " \n ": "Please write your name.",
        "x" * 200_000: "there is room for 200",
        "A\0na": "invisible character",
    }
    for name, says in wrong.items():
        page = as_("coach").post("/account", {"name": name, "teaching_assignment": "Art"}, status=422)
        assert says in page.words("#name-error")
        assert page.form(button="Save").value("teaching_assignment") == "Art"
    assert db.one(select(Person.name).where(Person.id == cast["coach"].id)) == "Ana Ruiz"


def test_i_cannot_change_my_email_or_anyone_elses_account(as_, cast, db):
    as_("coach").post("/account", {"name": "Ana", "teaching_assignment": "", "email": "x@example.org", "id": "2"})
    assert db.one(select(Person.email).where(Person.id == cast["coach"].id)) == "coach@example.org"
    assert db.one(select(Person.name).where(Person.id == 2)) != "Ana"


def test_changing_my_password_asks_for_the_current_one_and_signs_out_my_other_browsers(as_, signed_out):
    here, elsewhere = as_("coach"), as_("coach")
    form = here.get("/account").form(button="Change my password")
    assert "not your current password" in form.submit({"Current password": "wrong", "New password": NEW}, status=422)
    assert elsewhere.http.get("/account").status_code == 200
    assert "Your password is changed." in form.submit({"Current password": PASSWORD, "New password": NEW})
    assert here.http.get("/account").status_code == 200
    assert elsewhere.http.get("/account").status_code == 303
    assert can_sign_in(signed_out(), "coach@example.org", NEW)
    assert not can_sign_in(signed_out(), "coach@example.org", PASSWORD)


def test_the_current_password_cannot_be_guessed_from_an_open_browser(as_):
    client = as_("coach")
    for _ in range(5):
        client.post("/account/password", {"current_password": "wrong", "new_password": NEW}, status=422)
    page = client.post("/account/password", {"current_password": PASSWORD, "new_password": NEW}, status=422)
    assert "Too many tries" in page


def test_i_see_where_i_am_signed_in_and_can_end_one_or_all_others(as_, db, cast):
    here, second, third = as_("coach"), as_("coach"), as_("coach")
    page = here.get("/account")
    assert len(page.all("#my-sign-ins ~ table tbody tr")) == 3
    assert "This browser" in page
    public_id = db.all(select(SignIn.public_id).order_by(SignIn.id))[1]
    here.post(f"/account/sign-ins/{public_id}/end")
    assert second.http.get("/account").status_code == 303
    assert third.http.get("/account").status_code == 200
    here.post("/account/sign-ins/end-others")
    assert third.http.get("/account").status_code == 303
    assert here.http.get("/account").status_code == 200


def test_nobody_can_end_a_sign_in_of_somebody_else(as_, db):
    as_("coach")
    public_id = db.one(select(SignIn.public_id))
    as_("teacher").post(f"/account/sign-ins/{public_id}/end", status=404)
    assert db.all(select(SignIn.ended_at).where(SignIn.ended_at.is_not(None))) == []


USER_AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
    "Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36": "Chrome on Chromebook",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604": "Safari on iPhone",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Mac",
    "<script>alert(1)</script>" * 50: "A browser",
}


def test_browsers_are_named_as_their_owners_would(signed_out):
    for user_agent, reads in USER_AGENTS.items():
        assert describe(user_agent) == reads
    client = signed_out()
    data = {"email": "coach@example.org", "password": PASSWORD, "csrf_token": client.csrf_token()}
    client.http.post("/sign-in", data=data, headers={"User-Agent": next(iter(USER_AGENTS))})
    assert "Edge on Windows" in client.get("/account")


# ---------------------------------------------------------------- the commands


def run(app, *arguments, status=0):
    outcome = app.test_cli_runner().invoke(args=arguments)
    assert outcome.exit_code == status, outcome.output
    return outcome.output


def test_the_first_administrator_is_made_by_command_and_gets_in(empty_app):
    arguments = ("people", "add-administrator", "Ada@Example.org", "--name", "Ada Lund", "--district", "Cedar Valley")
    link = re.search(r"http://127.0.0.1:5000(/welcome/\S+)", run(empty_app, *arguments))
    assert link
    page = Client(empty_app).get(link[1])
    client = page.form().submit({"New password": NEW}).client
    assert "Cedar Valley" in client.get("/administration/schools")
    assert Tables(empty_app).all(select(Membership.role)) == [Role.ADMINISTRATOR]


def test_making_the_same_administrator_again_changes_nothing(empty_app):
    arguments = ("people", "add-administrator", "ada@example.org", "--name", "Ada Lund", "--district", "Cedar Valley")
    run(empty_app, *arguments)
    assert "already an administrator" in run(empty_app, *arguments)
    db = Tables(empty_app)
    assert [len(db.all(select(table.id))) for table in (Person, Membership, District)] == [1, 1, 1]


def test_someone_with_an_account_becomes_administrator_without_a_link(app, as_):
    out = run(
        app,
        "people",
        "add-administrator",
        "coach@example.org",
        "--name",
        "x",
        "--district",
        "Cedar Valley School District",
    )
    assert "/welcome/" not in out
    as_("coach").get("/administration/people")


def test_the_command_refuses_what_is_no_address(empty_app):
    out = run(empty_app, "people", "add-administrator", "ada", "--name", "Ada", "--district", "D", status=1)
    assert "is not an e-mail address" in out


def test_a_reset_link_comes_from_a_command_where_there_is_no_mail(app, signed_out):
    path = run(app, "people", "reset-link", "coach@example.org").strip().removeprefix("http://127.0.0.1:5000")
    signed_out().get(path).form().submit({"New password": NEW})
    assert can_sign_in(signed_out(), "coach@example.org", NEW)


@pytest.mark.parametrize("email", ["nobody@example.org", email_of("deactivated")])
def test_but_not_for_who_has_no_open_account(app, email):
    assert "no open account" in run(app, "people", "reset-link", email, status=1)


def test_everyone_can_be_listed(app):
    out = run(app, "people", "list")
    assert "coach@example.org\tAna Ruiz\tCoach, Roosevelt Middle School" in out
    assert "Dora Klein [closed]" in out


def test_a_secret_key_is_made_once(make_app, database_url, tmp_path):
    app = make_app(database_url)
    app.config["SECRET_KEY"] = None
    assert "has its secret key now" in run(app, "new-key")
    key = (tmp_path / "secret_key").read_text()
    assert len(key) > 40
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert key not in run(app, "new-key")
    assert (tmp_path / "secret_key").read_text() == key
