"""The demo school: one district, three schools, everyone in them and two years of plans, all invented."""

from sqlalchemy import delete, select

from ..clock import this_school_year
from ..database import session, writing
from ..documents.models import Document
from ..people.models import District, Mail, Person, Site
from ..people.passwords import hashed
from . import alder_creek, coaching, juniper_street, last_year, progress_release, quarry_hill
from .calendar import set_training_dates
from .people import LOGINS, email, settle_in
from .plans import let_happen

PASSWORD = "cedar-bend-demo"  # noqa: S105 printed by `flask demo`: it protects nothing
PLANS = (*last_year.PLANS, *alder_creek.PLANS, *juniper_street.PLANS, *quarry_hill.PLANS)


class HoldsRealData(Exception):
    """The database belongs to a real school; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "This database already holds people who are not from the demo school, so nothing was added. "
            "For a demo, point ACCORD_INSTANCE at an empty folder (or ACCORD_DATABASE_URL at an empty database)."
        )


def fill() -> bool:
    """Fill an empty, migrated database with the demo school; False if it is there already. Raises HoldsRealData.

    All of the school and its plans or nothing of it; then the coaching sessions, which each person writes alone.
    """
    with writing() as db:
        site = db.scalar(select(Site))
        if site is not None and site.is_demo:
            return False
        if db.scalar(select(Person.id).limit(1)) or db.scalar(select(District.id).limit(1)):
            raise HoldsRealData
        if site is None:
            db.add(site := Site())
        site.is_demo = True
        _tell()
    everyone = (*progress_release.MEMBERS, progress_release.READER)
    people = {key: session().scalars(select(Person).where(Person.email == email(key))).one() for key in everyone}
    coaching.let_happen(people, _plan_of(people["coach"]))
    progress_release.let_happen(people, _plan_of(people["coach"]))
    return True


def _plan_of(coach: Person) -> str:
    """The public id of this coach's plan of this year."""
    mine = (Document.created_by_id == coach.id, Document.school_year == this_school_year())
    plan = select(Document.public_id).where(*mine, Document.form == "peer_coaching_plan")
    return session().scalars(plan).one()


def _tell() -> None:
    district, schools, people = settle_in(hashed(PASSWORD))
    set_training_dates(district)
    session().flush()
    for story in PLANS:
        let_happen(story, schools, people)
    session().execute(delete(Mail))  # nobody waits for news of an invented past


def logins() -> list[tuple[str, str]]:
    """The addresses to sign in with, each with what it shows."""
    return [(email(key), shows) for key, shows in LOGINS.items()]
