"""The administrator's pages: schools, people, roles, who evaluates whom. And that they are nobody else's."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from tests.cast import PASSWORD_HASH
from tests.conftest import sign_in
from tests.tables import Tables
from webapp.clock import now, this_school_year, today
from webapp.documents.models import Document
from webapp.people import accounts, memberships
from webapp.people.models import District, EvaluatorAssignment, Link, Mail, Membership, Person, Role, School, SignIn
from webapp.people.refusal import Refused

pytestmark = pytest.mark.on_sqlite

TOMORROW = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any day after today will do
PAGES = ["people", "people/invite", "schools", "schools/new", "districts/new"]
EVERYONE_ELSE = ["coach", "teacher", "principal", "champion", "outsider", "superintendent"]


@pytest.fixture
def db(app):
    """The tables, beside the site."""
    return Tables(app)


@pytest.fixture
def admin(as_):
    """The administrator's browser."""
    return as_("admin")


@pytest.fixture
def person(admin, cast):
    """The administrator's page about one of the cast."""
    return lambda key, **more: admin.get(f"/administration/people/{cast[key].public_id}", **more)


def path(cast, key):
    return f"/administration/people/{cast[key].public_id}"


# ---------------------------------------------------------------- whose pages they are


def test_an_administrator_opens_them_all(admin, person):
    for page in PAGES:
        admin.get(f"/administration/{page}")
    person("coach")


def test_for_everybody_else_they_do_not_exist(as_, signed_out, cast):
    pages = [*PAGES, f"people/{cast['coach'].public_id}", f"schools/{cast.schools['roosevelt'].public_id}"]
    for key in EVERYONE_ELSE:
        client = as_(key)
        for page in pages:
            client.get(f"/administration/{page}", status=404)
        client.post("/administration/people/invite", {"name": "X", "email": "x@example.org"}, status=404)
        client.post(f"{path(cast, 'coach')}/deactivate", status=404)
    assert signed_out().get("/administration/people").path == "/sign-in?next=/administration/people"


def test_what_is_not_there_is_not_there(admin, cast):
    for page in ("people/nobody", "schools/nowhere", "districts/nowhere"):
        admin.get(f"/administration/{page}", status=404)
    admin.post("/administration/people/nobody/deactivate", status=404)
    admin.post(f"{path(cast, 'coach')}/roles/none/end", {"none-last_day": "2026-01-01"}, status=422)


# ---------------------------------------------------------------- districts and schools


def test_a_district_and_its_first_school_are_added(admin):
    admin.get("/administration/districts/new").form().submit({"Name of the district": "Pine Hills"})
    form = admin.get("/administration/schools/new").form()
    page = form.submit(
        {"District": "Pine Hills", "Name of the school": "Maple Street Elementary", "A Title I school": True}
    )
    assert "Maple Street Elementary is added." in page
    assert page.words("section:has(h2 a) ~ section:last-of-type").startswith(
        "Pine Hills School Title I Plans this year Maple"
    )


def test_a_school_is_renamed_and_marked(admin, cast, db):
    roosevelt = cast.schools["roosevelt"]
    form = admin.get(f"/administration/schools/{roosevelt.public_id}").form()
    assert form.values()["title_one"] == ["y"]
    form.submit({"name": "Eleanor Roosevelt Middle School", "title_one": False})
    kept = db.one(select(School).where(School.id == roosevelt.id))
    assert (kept.name, kept.title_one) == ("Eleanor Roosevelt Middle School", False)


def test_a_district_is_renamed(admin, cast, db):
    valley = cast.districts["cedar_valley"]
    admin.get(f"/administration/districts/{valley.public_id}").form().submit({"name": "Cedar Valley Schools"})
    assert db.one(select(District.name).where(District.id == valley.id)) == "Cedar Valley Schools"


def test_two_of_one_name_are_refused_but_not_in_another_district(admin, cast, db):
    districts, schools = "/administration/districts/new", "/administration/schools/new"
    valley, harbor = cast.districts["cedar_valley"], cast.districts["harbor_unified"]
    same = {"name": "Roosevelt Middle School"}
    assert "already a district with this name" in admin.post(districts, {"name": valley.name}, status=422)
    renamed = admin.post(f"/administration/districts/{harbor.public_id}", {"name": valley.name}, status=422)
    assert "already a district with this name" in renamed
    assert "already has a school" in admin.post(schools, {"district": valley.public_id, **same}, status=422)
    lincoln = f"/administration/schools/{cast.schools['lincoln'].public_id}"
    assert "already has a school" in admin.post(lincoln, same, status=422)
    admin.post(schools, {"district": harbor.public_id, **same})
    assert db.one(select(func.count()).select_from(School)) == 4


def test_a_school_needs_a_name_and_a_district_that_exists(admin, db):
    page = admin.post("/administration/schools/new", {"name": "", "district": "made up"}, status=422)
    assert "Please write the name of the school." in page
    assert "Please choose the district." in page
    assert db.one(select(func.count()).select_from(School)) == 3


def test_of_plans_the_administrator_sees_only_how_many(admin, cast, db):
    for year in (this_school_year_in(admin), this_school_year_in(admin), this_school_year_in(admin) - 1):
        db.do(
            insert(Document).values(
                public_id=f"plan{year}{db.one(select(func.count()).select_from(Document))}",
                form="peer_coaching_plan",
                form_version=1,
                school_id=cast.schools["roosevelt"].id,
                school_year=year,
                created_at=now(),
                created_by_id=cast["coach"].id,
            )
        )
    page = admin.get("/administration/schools")
    assert "Roosevelt Middle School Title I 2 " in page.text
    assert "plan20" not in page.html


def this_school_year_in(client):
    with client.app.app_context():
        return this_school_year()


# ---------------------------------------------------------------- finding people


def test_people_are_found_by_words_in_name_or_email(admin):
    def found(words):
        page = admin.get("/administration/people").form("main form").submit({"q": words})
        return [link.text for link in page.all("tbody a")]

    assert found("ruiz") == ["Ana Ruiz"]
    assert found("RUIZ ana") == ["Ana Ruiz"]
    assert found("coach@example") == ["Ana Ruiz", "Otis Greene"]
    assert found("dora") == ["Dora Klein"]
    assert found("%") == []
    assert found("nobody at all") == []


def test_strange_searches_and_pages_are_harmless(admin):
    for query in ("q=%00", "q=%ED%A0%80", "q=" + "x" * 3000, "page=-1", "page=x", "page=99999999999999999999", "q='--"):
        admin.get(f"/administration/people?{query}")


def test_a_long_list_comes_in_pages_of_fifty(admin, db):
    db.do(
        insert(Person),
        [
            {
                "public_id": f"p{n:03}",
                "name": f"Zoe {n:03}",
                "email": f"zoe{n}@example.org",
                "teaching_assignment": "",
                "created_at": now(),
            }
            for n in range(120)
        ],
    )
    first = admin.get("/administration/people?q=zoe")
    names = [link.text for link in first.all("tbody a")]
    second = first.follow("Next")
    third = second.follow("Next")
    for page in (second, third):
        names += [link.text for link in page.all("tbody a")]
    assert names == [f"Zoe {n:03}" for n in range(120)]
    assert "51–100" in second
    assert "Next" not in third.links()
    assert third.follow("Previous").path == second.path


# ---------------------------------------------------------------- inviting


def invite(admin, **values):
    data = {"Name": "Nora Quist", "E-mail": "Nora@Example.org", **values}
    return admin.get("/administration/people/invite").form().submit(data)


def test_an_invitation_waits_in_the_outbox_and_its_link_is_shown_once(admin, signed_out, db):
    page = invite(admin)
    link = page.find("#link").get("value")
    assert link.startswith("http://127.0.0.1:5000/welcome/")
    assert "Welcome, Nora Quist" in signed_out().get(link.removeprefix("http://127.0.0.1:5000"))
    assert not admin.get(page.path).has("#link")
    assert db.all(select(Mail.kind)) == ["invitation"]
    assert db.one(select(Person.email).where(Person.name == "Nora Quist")) == "nora@example.org"


def test_the_invitation_can_be_shown_again_until_it_is_taken_up(admin, db, cast):
    page = invite(admin)
    again = page.form(button="Send the invitation again and show a link").submit()
    assert again.find("#link").get("value") != page.find("#link").get("value")
    db.do(update(Person).where(Person.name == "Nora Quist").values(password_hash=PASSWORD_HASH))
    assert "Send the invitation again" not in admin.get(page.path)
    refused = admin.post(f"{page.path}/invitation")
    assert "does not need an invitation" in refused
    assert not refused.has("#link")


def test_an_administrator_never_gets_a_link_into_an_account_with_a_password(make_app, database_url, person, cast, db):
    page = person("coach")
    assert "Whoever runs it can make a link" in page
    page.client.post(f"{path(cast, 'coach')}/invitation")
    page.client.post(f"{path(cast, 'coach')}/reset")
    assert db.all(select(Link.id)) == []
    assert db.all(select(Mail.id)) == []


def test_with_a_mail_server_a_reset_goes_to_the_person_alone(make_app, database_url, cast):
    app = make_app(database_url, MAIL_HOST="mail.example.org")
    page = sign_in(app, cast["admin"]).get(path(cast, "coach"))
    page = page.form(button="Send a link for a new password").submit()
    assert "is on its way to coach@example.org" in page
    assert "/welcome/" not in page.html
    assert Tables(app).all(select(Mail.kind)) == ["reset"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "", "email": "x@example.org"}, "Please write the person’s name."),
        ({"name": "X", "email": ""}, "Please write the e-mail address."),
        ({"name": "X", "email": "x@y"}, "This is not an e-mail address."),
        ({"name": "X", "email": "COACH@example.org"}, "There is already an account with this e-mail address."),
        ({"name": "x" * 201, "email": "x@example.org"}, "there is room for 200"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_beside_its_box(admin, db, values, says):
    before = db.one(select(func.count()).select_from(Person))
    page = admin.post("/administration/people/invite", values, status=422)
    assert says in page.words(".field .error")
    assert db.one(select(func.count()).select_from(Person)) == before
    assert db.all(select(Mail.id)) == []


# ---------------------------------------------------------------- changing and closing accounts


def test_a_name_and_an_email_are_changed(person, cast, db, signed_out):
    page = (
        person("coach")
        .form("form:has(#details-email)")
        .submit({"details-name": "Ana Ruiz-Vega", "details-email": "Vega@example.org"})
    )
    assert "Saved." in page
    kept = db.one(select(Person).where(Person.id == cast["coach"].id))
    assert (kept.name, kept.email) == ("Ana Ruiz-Vega", "vega@example.org")


def test_an_address_that_is_taken_changes_nothing_else_either(person, cast, db):
    form = person("coach").form("form:has(#details-email)")
    page = form.submit({"details-name": "Other", "details-email": "teacher@example.org"}, status=422)
    assert "already an account" in page.words("#details-email-error")
    assert page.form("form:has(#details-email)").value("details-name") == "Other"
    assert db.one(select(Person.name).where(Person.id == cast["coach"].id)) == "Ana Ruiz"


def test_links_sent_to_an_earlier_address_stop_working(admin, signed_out):
    page = invite(admin)
    link = page.find("#link").get("value").removeprefix("http://127.0.0.1:5000")
    page.form("form:has(#details-email)").submit({"details-email": "nora.quist@example.org"})
    signed_out().get(link, status=404)


def test_closing_an_account_signs_the_person_out_and_opening_it_lets_them_in(as_, person, db):
    teacher = as_("teacher")
    page = person("teacher").form(button="Close this account").submit()
    assert "closed" in page.words("h1 + .tag")
    assert teacher.http.get("/account").status_code == 303
    page.form(button="Open the account again").submit()
    assert teacher.http.get("/account").status_code == 303, "the old sign-in has ended for good"
    as_("teacher").get("/account")


# ---------------------------------------------------------------- roles


def add_role(page, status=200, **values):
    return page.form(button="Add this role").submit(
        {f"role-{name}": value for name, value in values.items()}, status=status
    )


def test_a_role_at_a_school_begins_and_ends(person, as_, cast, db):
    page = add_role(person("outsider"), role="Coach", place="Lincoln Elementary School", starts="2021-08-01")
    assert "Coach, Lincoln Elementary School" in page
    held = db.one(select(Membership).where(Membership.person_id == cast["outsider"].id, Membership.role == Role.COACH))
    assert (held.school_id, held.district_id) == (cast.schools["lincoln"].id, cast.districts["cedar_valley"].id)
    form = page.form(f"form[action$='{held.public_id}/end']")
    page = form.submit({f"{held.public_id}-last_day": "06/30/2022"})
    assert re.search(r"Coach, Lincoln Elementary School from Aug 1, 2021 to Jun 30, 2022 \(over\)", page.text)
    assert "Coach" not in as_("outsider").get("/account").words(".facts")


def test_a_role_in_the_district_needs_no_school(person, as_):
    add_role(
        person("outsider"),
        role="Coach champion",
        place="Cedar Valley School District (whole district)",
        starts="2021-08-01",
    )
    as_("outsider").get("/programme/dates")


def test_a_role_that_has_not_begun_gives_nothing_yet(person, as_):
    place = "Cedar Valley School District (whole district)"
    assert "(not yet)" in add_role(person("outsider"), role="Coach champion", place=place, starts=TOMORROW)
    as_("outsider").get("/programme/dates", status=404)


def test_roles_that_cannot_be_are_refused_with_the_reason(person, db):
    before = db.one(select(func.count()).select_from(Membership))
    district, school = "Cedar Valley School District (whole district)", "Roosevelt Middle School"
    for values, says in (
        ({"role": "Teacher", "place": district, "starts": "2021-08-01"}, "Teacher is a role at a school."),
        ({"role": "Administrator", "place": school, "starts": "2021-08-01"}, "in the whole district"),
        ({"role": "Teacher", "place": school, "starts": "2021-08-01"}, "already has this role there"),
        ({"role": "Coach", "place": school, "starts": "2021-08-01", "ends": "2021-07-31"}, "cannot be before"),
        ({"role": "Coach", "place": "", "starts": "2021-08-01"}, "Please choose the school or the district."),
        ({"role": "Coach", "place": school, "starts": "31/12/2021"}, "This is not a date."),
        ({"role": "Coach", "place": school, "starts": ""}, "Please say from which day."),
        ({"role": "Coach", "place": school, "starts": "0001-01-01"}, "This year cannot be right."),
    ):
        assert says in add_role(person("outsider"), status=422, **values), values
    assert db.one(select(func.count()).select_from(Membership)) == before


def test_forged_roles_and_places_are_refused(admin, cast, db):
    before = db.one(select(func.count()).select_from(Membership))
    for role, place in (
        ("god", "school:" + cast.schools["roosevelt"].public_id),
        ("coach", "school:1"),
        ("coach", "x"),
    ):
        data = {"role-role": role, "role-place": place, "role-starts": "2021-08-01"}
        admin.post(f"{path(cast, 'outsider')}/roles", data, status=422)
    assert db.one(select(func.count()).select_from(Membership)) == before


def test_a_role_cannot_end_before_it_began_and_not_by_the_page_of_somebody_else(admin, cast, db):
    held = db.one(select(Membership).where(Membership.person_id == cast["coach"].id))
    data = {f"{held.public_id}-last_day": "2019-01-01"}
    page = admin.post(f"{path(cast, 'coach')}/roles/{held.public_id}/end", data, status=422)
    assert "cannot be before the first day" in page
    data = {f"{held.public_id}-last_day": "2026-01-01"}
    admin.post(f"{path(cast, 'teacher')}/roles/{held.public_id}/end", data, status=422)
    assert db.one(select(Membership.ends).where(Membership.id == held.id)) is None


# ---------------------------------------------------------------- nobody locks everybody out


def end_of_role(cast, db, key="admin"):
    held = db.one(
        select(Membership.public_id).where(Membership.person_id == cast[key].id, Membership.role == Role.ADMINISTRATOR)
    )
    return f"{path(cast, key)}/roles/{held}/end", {f"{held}-last_day": "2026-01-01"}


def second_administrator(person):
    place = "Cedar Valley School District (whole district)"
    add_role(person("outsider"), role="Administrator", place=place, starts="2021-08-01")


def test_the_last_administrator_can_be_neither_closed_nor_relieved(admin, cast, db):
    assert "This is the last administrator." in admin.post(f"{path(cast, 'admin')}/deactivate")
    address, data = end_of_role(cast, db)
    assert "This is the last administrator." in admin.post(address, data, status=422)
    assert db.one(select(Person.deactivated_at).where(Person.id == cast["admin"].id)) is None
    admin.get("/administration/people")


def test_with_a_second_one_both_are_possible(admin, person, cast, db, as_):
    second_administrator(person)
    admin.post(f"{path(cast, 'admin')}/deactivate", follow=False, status=303)
    assert db.one(select(Person.deactivated_at).where(Person.id == cast["admin"].id)) is not None
    assert "This is the last administrator." in as_("outsider").post(f"{path(cast, 'outsider')}/deactivate")


@pytest.mark.parametrize("why", ["never took up the invitation", "account closed", "role ends"])
def test_a_second_one_who_could_not_help_does_not_count(admin, person, cast, db, why):
    second_administrator(person)
    other = cast["outsider"].id
    db.do(
        {
            "never took up the invitation": update(Person).where(Person.id == other).values(password_hash=None),
            "account closed": update(Person).where(Person.id == other).values(deactivated_at=now()),
            "role ends": update(Membership).where(Membership.person_id == other).values(ends=date(2035, 1, 1)),
        }[why]
    )
    assert "This is the last administrator." in admin.post(f"{path(cast, 'admin')}/deactivate")


def test_anyone_else_can_be_closed(admin, cast, db):
    admin.post(f"{path(cast, 'champion')}/deactivate")
    assert db.one(select(Person.deactivated_at).where(Person.id == cast["champion"].id)) is not None


# ---------------------------------------------------------------- who evaluates whom


def add_evaluator(page, status=200, **values):
    values = {"email": "depthead@example.org", "starts": "2021-08-01", **values}
    return page.form(button="Add this evaluator").submit(
        {f"evaluator-{name}": value for name, value in values.items()}, status=status
    )


def test_an_evaluator_by_assignment_is_added_and_ends(person, cast, db):
    assert "Today: Alma Stein, Paul Okafor." in person("teacher").words("#evaluators ~ p:not(.hint)")
    page = add_evaluator(person("teacher"))
    assert "Alma Stein, Dan Whitfield, Paul Okafor" in page
    one = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher"].id))
    assert "Tom Becker" in person("depthead")
    page = page.form(f"form[action$='{one.public_id}/end']").submit({f"{one.public_id}-last_day": "2022-06-30"})
    assert "Today: Alma Stein, Paul Okafor." in page
    assert "Dan Whitfield from Aug 1, 2021 to Jun 30, 2022 (over)" in page


def test_evaluators_that_cannot_be_are_refused(person, db):
    before = db.one(select(func.count()).select_from(EvaluatorAssignment))
    for key, values, says in (
        ("teacher", {"email": "nobody@example.org"}, "Nobody here has this e-mail address."),
        ("teacher", {"email": "teacher@example.org"}, "Nobody can evaluate themselves."),
        ("teacher2", {}, "Dan Whitfield already evaluates this person"),
        ("teacher", {"starts": ""}, "Please say from which day."),
        ("teacher", {"ends": "2020-01-01"}, "cannot be before the first day"),
    ):
        assert says in add_evaluator(person(key), status=422, **values), says
    assert db.one(select(func.count()).select_from(EvaluatorAssignment)) == before


def test_an_assignment_ends_only_on_the_page_it_stands_on(admin, cast, db):
    one = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher2"].id))
    data = {f"{one.public_id}-last_day": "2026-01-01"}
    admin.post(f"{path(cast, 'coach')}/evaluators/{one.public_id}/end", data, status=422)
    assert db.one(select(EvaluatorAssignment.ends).where(EvaluatorAssignment.id == one.id)) is None


# ---------------------------------------------------------------- entered by mistake

CLOSED = (
    "If it closed coaching records to somebody, the people in those records decide whether to open them again. "
    "You will not see whether there were any."
)


def void(page, entry, status=200):
    return page.form(f"form[action$='{entry.public_id}/mistake']").submit({}, status=status)


def test_a_role_entered_by_mistake_counts_for_nothing_and_stays_on_the_page_struck_through(person, as_, cast, db):
    held = db.one(select(Membership).where(Membership.person_id == cast["coach"].id))
    assert CLOSED in person("coach")
    page = void(person("coach"), held)
    assert "This now counts as never entered." in page
    assert page.words("#roles ~ ul s").startswith("Coach, Roosevelt Middle School from Aug 1, 2020")
    assert "entered by mistake, today" in page.words("#roles ~ ul")
    assert not page.has(f"form[action*='{held.public_id}']")
    kept = db.one(select(Membership).where(Membership.id == held.id))
    assert (kept.starts, kept.ends, kept.voided_by_id) == (held.starts, None, cast["admin"].id)
    assert "Coach" not in as_("coach").get("/account").words(".facts")
    assert "Coach" not in page.client.get("/administration/people?q=ruiz").words("tbody")


def test_a_role_entered_by_mistake_opens_no_page(person, as_, cast, db):
    champion = as_("champion")
    champion.get("/programme/dates")
    held = db.one(select(Membership).where(Membership.person_id == cast["champion"].id))
    void(person("champion"), held)
    champion.get("/programme/dates", status=404)


def test_the_same_role_can_be_entered_again(person, cast, db):
    held = db.one(select(Membership).where(Membership.person_id == cast["outsider"].id))
    again = {"role": "Teacher", "place": "Roosevelt Middle School", "starts": "2021-08-01"}
    assert "already has this role" in add_role(person("outsider"), status=422, **again)
    assert "The role is added." in add_role(void(person("outsider"), held), **again)


def test_an_assignment_entered_by_mistake_counts_for_nothing(person, cast, db):
    one = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher2"].id))
    page = void(person("teacher2"), one)
    assert "Today: Alma Stein, Paul Okafor." in page
    assert page.words("#evaluators ~ ul s").startswith("Dan Whitfield from Aug 1, 2020")
    assert person("depthead").words("#evaluators ~ ul s").startswith("Uma Patel from")
    assert "The evaluator is added." in add_evaluator(page)


def test_what_was_entered_by_mistake_cannot_be_changed_any_more(admin, person, cast, db, unchanged):
    held = db.one(select(Membership).where(Membership.person_id == cast["coach"].id))
    one = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher2"].id))
    void(person("coach"), held)
    void(person("teacher2"), one)
    with unchanged():
        for key, entry in (("coach", f"roles/{held.public_id}"), ("teacher2", f"evaluators/{one.public_id}")):
            day = {f"{entry.partition('/')[2]}-last_day": "2026-01-01"}
            assert "not there any longer" in admin.post(f"{path(cast, key)}/{entry}/end", day, status=422)
            assert "not there any longer" in admin.post(f"{path(cast, key)}/{entry}/mistake")


def test_it_is_said_only_on_the_page_it_stands_on_and_by_an_administrator(admin, as_, cast, db, unchanged):
    held = db.one(select(Membership).where(Membership.person_id == cast["coach"].id))
    one = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.evaluated_id == cast["teacher2"].id))
    others = [as_(key) for key in EVERYONE_ELSE]
    with unchanged():
        for entry in (f"roles/{held.public_id}", f"evaluators/{one.public_id}"):
            assert "not there any longer" in admin.post(f"{path(cast, 'outsider')}/{entry}/mistake")
        for client in others:
            client.post(f"{path(cast, 'coach')}/roles/{held.public_id}/mistake", status=404)
            client.post(f"{path(cast, 'teacher2')}/evaluators/{one.public_id}/mistake", status=404)


def test_the_role_of_the_last_administrator_was_no_mistake(admin, person, cast, db):
    held = db.one(select(Membership).where(Membership.person_id == cast["admin"].id))
    assert "This is the last administrator." in void(person("admin"), held)
    assert db.one(select(Membership.voided_at).where(Membership.id == held.id)) is None
    second_administrator(person)
    second = db.one(
        select(Membership).where(Membership.person_id == cast["outsider"].id, Membership.role == "administrator")
    )
    void(person("outsider"), second)
    assert "This is the last administrator." in void(person("admin"), held), "a voided one lets nobody in"


@pytest.mark.parametrize(
    ("starts", "ends", "last_day", "counted"),
    [
        (-30, None, -10, 0),  # in days from today; it did count until today
        (-30, None, 0, None),
        (-30, None, 10, None),
        (-30, -5, -10, -5),
        (-30, -10, -5, None),
        (5, None, 10, None),
    ],
)
def test_a_last_day_that_is_set_back_is_kept_beside_the_day_until_which_it_counted(
    app, cast, db, starts, ends, last_day, counted
):
    with app.app_context():
        day = today()

        def on(days):
            return None if days is None else day + timedelta(days)

        entry = EvaluatorAssignment(
            evaluator_id=cast["outsider"].id, evaluated_id=cast["coach"].id, starts=on(starts), ends=on(ends)
        )
        db.add(entry)
        memberships.end_assignment(entry.public_id, person_id=cast["coach"].id, last_day=on(last_day))
        kept = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.id == entry.id))
        assert (kept.ends, kept.counted_until) == (on(last_day), on(counted))
        memberships.void_assignment(entry.public_id, person_id=cast["coach"].id, by=cast["admin"].id)
        kept = db.one(select(EvaluatorAssignment).where(EvaluatorAssignment.id == entry.id))
        assert kept.counted_until == min(day, on(counted) or on(last_day)) if starts < 0 else kept.starts - timedelta(1)


# ---------------------------------------------------------------- reading changes nothing


def test_opening_a_page_writes_nothing_but_that_someone_is_here(admin, person, db):
    tables = [Person, Membership, School, District, Link, Mail, EvaluatorAssignment, SignIn]
    before = [db.one(select(func.count()).select_from(table)) for table in tables]
    for page in PAGES:
        admin.get(f"/administration/{page}")
    person("coach")
    assert [db.one(select(func.count()).select_from(table)) for table in tables] == before


def test_two_administrators_cannot_close_each_other_at_once(app, cast, db, person):
    second_administrator(person)

    def close(person_id):
        with app.app_context():
            try:
                accounts.deactivate(person_id)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(close, [cast["admin"].id, cast["outsider"].id]))
    assert sorted(done) == [False, True]
