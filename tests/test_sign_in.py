"""Signing in and out, how long it lasts, and that words survive it when it has ended."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, event, func, select, update

from tests.cast import PASSWORD
from tests.page import Page
from tests.tables import Tables
from webapp.clock import now
from webapp.people.models import FailedSignIn, Membership, Person, SignIn

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
WRONG = "This e-mail and password do not go together."


@pytest.fixture
def db(app):
    """The tables, beside the site."""
    return Tables(app)


@pytest.fixture
def sign_in(signed_out):
    """Sign in by the page, in a new browser."""

    def sign_in(email="coach@example.org", password=PASSWORD, *, client=None, status=200, **more):
        page = (client or signed_out()).get("/sign-in")
        return page.form().submit({"E-mail": email, "Password": password, **more}, status=status)

    return sign_in


def is_signed_in(client):
    return client.get("/account", follow=False, status=client.http.get("/account").status_code).status == 200


def age(db, **values):
    """Make every sign-in older."""
    db.do(update(SignIn).values(values))


# ---------------------------------------------------------------- in and out


def test_the_right_password_signs_in(sign_in):
    page = sign_in()
    assert page.path == "/"
    assert "Ana Ruiz" in page.client.get("/account")


def test_capitals_and_spaces_in_the_email_do_not_matter_but_in_the_password_they_do(sign_in):
    assert is_signed_in(sign_in("  Coach@Example.ORG ").client)
    assert not is_signed_in(sign_in(password=f" {PASSWORD}", status=422).client)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("coach@example.org", "not the password"),
        ("nobody@example.org", PASSWORD),
        ("deactivated@example.org", PASSWORD),
        ("newcomer@example.org", PASSWORD),
    ],
    ids=["wrong password", "unknown address", "account closed", "invitation not taken up"],
)
def test_everyone_else_gets_the_same_answer(sign_in, db, email, password):
    db.add(Person(name="New Comer", email="newcomer@example.org"))
    page = sign_in(email, password, status=422)
    assert WRONG in page
    assert not is_signed_in(page.client)


def test_what_cannot_be_an_address_is_said_beside_the_box(signed_out):
    wrong = {
        "": "Please write the e-mail address.",
        "not an address": "This is not an e-mail address.",
        "a" * 300 + "@example.org": "there is room for 254",
        "coach\0@example.org": "invisible character",
    }
    for email, says in wrong.items():
        page = signed_out().post("/sign-in", {"email": email, "password": "x"}, status=422)
        assert says in page.words(".field .error")


def test_signing_out_ends_the_row_so_that_a_copied_cookie_is_worth_nothing(sign_in, db, app):
    client = sign_in().client
    with client.http.session_transaction() as kept:
        copied = dict(kept)
    page = client.get("/account").form(button="Sign out").submit()
    assert page.path == "/sign-in"
    assert db.one(select(SignIn.ended_at)) is not None
    with client.http.session_transaction() as kept:
        kept.update(copied)
    assert not is_signed_in(client)


def test_signing_out_leaves_nothing_in_the_browser(sign_in):
    client = sign_in().client
    answer = client.http.post("/sign-out", data={"csrf_token": client.csrf_token()})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    with client.http.session_transaction() as kept:
        assert "_user_id" not in kept
        assert "csrf_token" not in kept


def test_signing_out_takes_a_press_of_a_button(as_):
    client = as_("coach")
    client.get("/sign-out", status=405)
    assert is_signed_in(client)


def test_the_token_itself_is_nowhere_in_the_database(sign_in, db):
    client = sign_in().client
    with client.http.session_transaction() as kept:
        token = kept["_user_id"]
    assert db.one(select(SignIn.token_hash)) != token
    assert len(token) >= 43


def test_signing_in_again_in_the_same_browser_ends_the_earlier_sign_in(sign_in, db):
    client = sign_in().client
    client.post("/sign-in", {"email": "teacher@example.org", "password": PASSWORD})
    ended = db.all(select(SignIn.ended_at).order_by(SignIn.id))
    assert [moment is not None for moment in ended] == [True, False]
    assert "Tom Becker" in client.get("/account")


def test_there_is_no_way_to_be_remembered(sign_in):
    client = sign_in().client
    cookie = client.http.get_cookie("accord")
    assert cookie.expires is None
    assert cookie.http_only
    assert client.http.get_cookie("remember_token") is None


def test_forms_can_be_sent_over_https_by_a_browser_that_tells_no_referrer(make_app, database_url):
    app = make_app(database_url, HTTPS=True)
    http = app.test_client()
    page = http.get("/sign-in", base_url="https://localhost").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"email": "coach@example.org", "password": PASSWORD, "csrf_token": token}
    answer = http.post("/sign-in", base_url="https://localhost", data=sent)
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-accord=")
    assert "Secure" in answer.headers["Set-Cookie"]


# ---------------------------------------------------------------- where it leads


def test_after_signing_in_the_wanted_page_opens(signed_out):
    page = signed_out().get("/account")
    assert page.path == "/sign-in?next=/account"
    assert page.form().submit({"E-mail": "coach@example.org", "Password": PASSWORD}).path == "/account"


def test_it_leads_nowhere_else(signed_out):
    for goal in (
        "https://example.com/",
        "//example.com/",
        "/\\example.com",
        "/%09/example.com",
        "/\t/example.com",
        "javascript:alert(1)",
        "account",
        "/no/such/page",
        "/sign-out",
        "http:///account",
    ):
        client = signed_out()
        data = {"email": "coach@example.org", "password": PASSWORD, "next": goal, "csrf_token": client.csrf_token()}
        assert client.http.post("/sign-in", data=data).headers["Location"] == "/", goal


def test_whoever_is_signed_in_already_goes_straight_there(as_):
    assert as_("coach").get("/sign-in?next=/account").path == "/account"
    assert as_("coach").http.get("/sign-in?next=//example.com").headers["Location"] == "/"


# ---------------------------------------------------------------- guessing


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(sign_in, db):
    for _ in range(5):
        sign_in(password="not the password", status=422)
    assert "Too many tries" in sign_in(status=429)
    db.do(update(FailedSignIn).values(blocked_until=now() - timedelta(seconds=1)))
    assert is_signed_in(sign_in().client)


def test_waiting_doubles_up_to_fifteen_minutes(sign_in, db):
    waits = []
    for _ in range(10):
        sign_in(password="not the password", status=422)
        until = db.one(select(FailedSignIn.blocked_until))
        waits.append(round((until - now()).total_seconds() / 60) if until else 0)
        db.do(update(FailedSignIn).values(blocked_until=until and now() - timedelta(seconds=1)))
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15]


def test_unknown_addresses_wait_just_the_same(sign_in):
    for _ in range(5):
        sign_in("nobody@example.org", status=422)
    assert "Too many tries" in sign_in("nobody@example.org", status=429)


def test_four_mistakes_are_forgiven_by_the_right_password(sign_in, db):
    for _ in range(4):
        sign_in(password="not the password", status=422)
    sign_in()
    assert db.one(select(func.count()).select_from(FailedSignIn)) == 0


def test_one_persons_mistakes_keep_nobody_else_waiting(sign_in):
    for _ in range(5):
        sign_in(password="not the password", status=422)
    assert is_signed_in(sign_in("teacher@example.org").client)


def test_addresses_that_were_mistyped_are_not_kept_in_clear(sign_in, db):
    sign_in("my.secret.hobby@example.org", status=422)
    assert "hobby" not in db.one(select(FailedSignIn.email_hash))


def test_no_password_is_checked_while_someone_has_to_wait(sign_in, monkeypatch):
    for _ in range(5):
        sign_in(password="not the password", status=422)
    monkeypatch.setattr("webapp.people.passwords.matches", lambda *_: pytest.fail("checked"))
    sign_in(status=429)


def test_the_database_is_not_held_while_a_password_is_checked(sign_in, app, monkeypatch):
    database = app.extensions["database"]

    def matches(*_):
        assert not database.thread_lock.locked()
        assert database.engine.pool.checkedout() == 0
        return False

    monkeypatch.setattr("webapp.people.passwords.matches", matches)
    sign_in(status=422)


# ---------------------------------------------------------------- how long it lasts


def test_an_hour_without_activity_ends_it(as_, db):
    client = as_("coach")
    age(db, active_at=now() - timedelta(minutes=59))
    assert is_signed_in(client)
    age(db, active_at=now() - timedelta(minutes=61))
    assert not is_signed_in(client)


def test_twelve_hours_end_it_whatever_is_done(as_, db):
    client = as_("coach")
    age(db, created_at=now() - timedelta(hours=11, minutes=59))
    assert is_signed_in(client)
    age(db, created_at=now() - timedelta(hours=12, minutes=1))
    assert not is_signed_in(client)


def test_opening_a_page_puts_the_end_off_but_is_written_once_a_minute_at_most(as_, db):
    client = as_("coach")
    earlier = now() - timedelta(minutes=30)
    age(db, active_at=earlier)
    client.get("/account")
    stamped = db.one(select(SignIn.active_at))
    assert stamped > earlier
    client.get("/account")
    assert db.one(select(SignIn.active_at)) == stamped


def test_a_page_that_asks_by_itself_keeps_nothing_alive(as_, db):
    client = as_("coach")
    earlier = now() - timedelta(minutes=30)
    age(db, active_at=earlier)
    client.get("/idle", htmx=True, status=204)
    assert db.one(select(SignIn.active_at)) == earlier


def test_closing_an_account_ends_its_sign_ins_at_once(as_, db, cast):
    client = as_("teacher")
    db.do(update(Person).where(Person.id == cast["teacher"].id).values(deactivated_at=now()))
    assert not is_signed_in(client)


def test_a_role_that_ends_is_gone_with_the_next_page(as_, db, cast):
    client = as_("admin")
    client.get("/administration/people")
    yesterday = now().date() - timedelta(days=2)
    db.do(update(Membership).where(Membership.person_id == cast["admin"].id).values(ends=yesterday))
    client.get("/administration/people", status=404)


def test_a_made_up_cookie_signs_nobody_in(app, signed_out):
    client = signed_out()
    client.http.set_cookie("accord", "eyJfdXNlcl9pZCI6IjEifQ.made.up")
    assert not is_signed_in(client)
    with client.http.session_transaction() as kept:
        kept["_user_id"] = "1"
    assert not is_signed_in(client)


# ---------------------------------------------------------------- a sign-in is its person's


def cookie_of(client):
    with client.http.session_transaction() as kept:
        return kept["_user_id"]


def test_a_sign_in_that_is_pointed_at_somebody_else_signs_nobody_in(as_, sign_in, db, cast):
    for client in (as_("admin"), sign_in("admin@example.org").client):
        assert is_signed_in(client)
        age(db, person_id=cast["coach"].id)
        assert not is_signed_in(client)
        age(db, person_id=cast["admin"].id)
        assert is_signed_in(client)


def test_nor_does_one_whose_token_was_put_into_the_row_of_somebody_else(as_, db, cast):
    admin, coach = as_("admin"), as_("coach")
    mine = db.one(select(SignIn.token_hash).where(SignIn.person_id == cast["admin"].id))
    db.do(delete(SignIn).where(SignIn.person_id == cast["admin"].id))
    db.do(update(SignIn).where(SignIn.person_id == cast["coach"].id).values(token_hash=mine))
    assert not is_signed_in(admin)
    assert not is_signed_in(coach)


def test_a_token_that_names_nobody_signs_nobody_in(as_, db, cast):
    client = as_("coach")
    number, _, rest = cookie_of(client).partition(".")
    assert number == str(cast["coach"].id)
    for token in (
        rest,
        f".{rest}",
        f"-{number}.{rest}",
        f"²{number}.{rest}",
        f"{'9' * 40}.{rest}",
        "0",
        "x.y",
        "",
        "\0.a",
    ):
        db.do(update(SignIn).values(token_hash=sha256(token.encode()).hexdigest()))
        with client.http.session_transaction() as kept:
            kept["_user_id"] = token
        assert not is_signed_in(client), token


# ---------------------------------------------------------------- the warning


def test_the_last_five_minutes_are_announced_and_one_press_stays(as_, db):
    client = as_("coach")
    age(db, active_at=now() - timedelta(minutes=54))
    client.get("/idle", htmx=True, status=204)
    age(db, active_at=now() - timedelta(minutes=56))
    warning = client.get("/idle", htmx=True)
    assert "because nothing was typed" in warning
    assert "nothing was typed" not in client.post("/stay", htmx=True)
    client.get("/idle", htmx=True, status=204)


def test_a_warning_goes_away_when_the_person_is_active_elsewhere(as_, db):
    client = as_("coach")
    assert client.get("/idle?shown=", htmx=True).text.strip() == ""
    age(db, active_at=now() - timedelta(minutes=56))
    assert "because nothing was typed" in client.get("/idle?shown=", htmx=True)


def test_near_the_twelve_hours_there_is_no_button_that_could_not_help(as_, db):
    client = as_("coach")
    age(db, created_at=now() - timedelta(hours=11, minutes=57))
    warning = client.get("/idle", htmx=True)
    assert "you signed in many hours ago" in warning
    assert not warning.has("button")


def test_staying_works_without_javascript(as_):
    assert as_("coach").post("/stay").path == "/"


# ---------------------------------------------------------------- words typed after it has ended


def test_in_the_open_page_a_note_says_so_and_the_words_stay(as_, db):
    client = as_("coach")
    client.get("/account")
    age(db, ended_at=now())
    note = client.post("/account", {"name": "Anna Ruiz"}, htmx=True, status=401)
    assert "You have been signed out. Your words are still here." in note
    assert note.headers["HX-Retarget"] == "#idle-slot"
    assert note.find("a").get("target") == "_blank"


def test_after_signing_in_again_in_another_tab_the_open_page_can_still_be_saved(sign_in, db):
    client = sign_in().client
    open_page = client.get("/account").form(button="Save")
    age(db, active_at=now() - timedelta(hours=2))
    assert not is_signed_in(client)
    sign_in(client=client)
    assert "Anna Ruiz" in open_page.submit({"Name": "Anna Ruiz"})


def test_another_person_in_the_same_browser_gets_another_token(sign_in, db):
    client = sign_in().client
    open_page = client.get("/account").form(button="Save")
    age(db, ended_at=now())
    sign_in("teacher@example.org", client=client)
    open_page.submit({"Name": "Anna Ruiz"}, status=400)
    assert "Tom Becker" in client.get("/account")


@pytest.fixture
def late(sign_in, db):
    """What comes back when a form is sent after the sign-in has ended; and the browser."""

    def late(path="/account", *, headers=SAME_ORIGIN, **fields):
        client = sign_in().client
        token = client.csrf_token()
        age(db, ended_at=now())
        data = {"csrf_token": token, **fields}
        answer = client.http.post(path, data=data, headers=headers)
        return client, answer

    return late


def sign_in_on(client, answer, email="coach@example.org", password=PASSWORD):
    """Sign in on the very page that came back."""
    page = Page(client, answer)
    return page.form("#sign-in").submit({"E-mail": email, "Password": password})


def test_a_form_sent_too_late_can_be_saved_after_signing_in_on_the_spot(late, db, cast):
    client, answer = late(name="Anna Ruiz", teaching_assignment="Grade 8\r\nand “more” <b>")
    assert answer.status_code == 401
    assert "Anna Ruiz" in answer.text
    page = sign_in_on(client, answer)
    assert "These words are not saved yet" in page
    assert db.one(select(Person.name).where(Person.id == cast["coach"].id)) == "Ana Ruiz"
    saved = page.form(button="Save these words").submit()
    assert "Saved." in saved
    assert saved.form(button="Save").value("Name") == "Anna Ruiz"
    assert saved.form(button="Save").value("teaching_assignment") == "Grade 8 and “more” <b>"


def test_a_mistyped_password_on_that_page_loses_nothing(late):
    client, answer = late(name="Anna Ruiz", teaching_assignment="")
    again = Page(client, answer).form("#sign-in").submit({"E-mail": "coach@example.org", "Password": "x"}, status=422)
    assert "Anna Ruiz" in again
    page = again.form("#sign-in").submit({"E-mail": "coach@example.org", "Password": PASSWORD})
    assert "These words are not saved yet" in page


def test_words_that_somebody_else_typed_are_not_offered(late):
    client, answer = late(name="Anna Ruiz", teaching_assignment="")
    page = sign_in_on(client, answer, "teacher@example.org")
    assert page.path == "/"
    assert "Anna Ruiz" not in page


def test_passwords_are_never_kept(late):
    _, answer = late("/account/password", current_password="my old one here", new_password="my new one here")
    assert answer.status_code == 401
    assert "one here" not in answer.text


def test_another_site_cannot_have_its_words_shown(late):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.com"}, {"Origin": "null"}, {}):
        _, answer = late(headers=headers, name="Send your password to example.com")
        assert answer.status_code == 401
        assert "example.com" not in answer.text


def test_an_older_browser_says_its_origin_instead(late):
    _, answer = late(headers={"Origin": "http://localhost"}, name="Anna Ruiz")
    assert "Anna Ruiz" in answer.text


def test_kept_words_lead_nowhere_but_to_a_form_of_ours(signed_out):
    for kept in (
        '{"action": "https://example.com/", "fields": [["a", "b"]], "typed_by": ""}',
        '{"action": "//example.com/account", "fields": [["a", "b"]], "typed_by": ""}',
        '{"action": "/no/such", "fields": [["a", "b"]], "typed_by": ""}',
        '{"action": "/account", "fields": 7, "typed_by": ""}',
        '{"action": 7, "fields": [], "typed_by": ""}',
        "[" * 100_000,
        "nonsense",
        "7",
    ):
        data = {"email": "coach@example.org", "password": PASSWORD, "kept": kept}
        assert signed_out().post("/sign-in", data).path == "/"


def test_words_from_a_page_of_an_earlier_sign_in_are_shown_for_copying(as_):
    client = as_("coach")
    data = {"csrf_token": "old", "name": "Anna Ruiz", "current_password": "do not show", "teaching_assignment": ""}
    answer = client.http.post("/account", data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 400
    assert "Anna Ruiz" in answer.text
    assert "do not show" not in answer.text
    other_site = client.http.post("/account", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert other_site.status_code == 400
    assert "Anna Ruiz" not in other_site.text


def test_a_form_without_its_token_from_someone_signed_out_keeps_the_words_too(signed_out):
    answer = signed_out().http.post("/account", data={"name": "Anna Ruiz"}, headers=SAME_ORIGIN)
    assert answer.status_code == 401
    assert "Anna Ruiz" in answer.text


def test_a_sign_in_page_left_open_too_long_asks_once_more_and_keeps_the_address(signed_out):
    client = signed_out()
    page = client.post("/sign-in", {"email": "coach@example.org", "password": PASSWORD}, token=False, status=400)
    assert "Please sign in once more." in page
    assert page.form("#sign-in").value("E-mail") == "coach@example.org"
    assert is_signed_in(page.form("#sign-in").submit({"Password": PASSWORD}).client)


def test_every_request_asks_the_database_once_who_is_there(as_, app):
    seen = []
    event.listen(app.extensions["database"].engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    as_("coach").get("/idle", htmx=True, status=204)
    assert len([statement for statement in seen if "sign_ins" in statement and statement.startswith("SELECT")]) == 1
