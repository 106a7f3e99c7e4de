"""The people of the tests: who works where, and who evaluates whom. Written straight into the tables, once a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from webapp.people.models import District, EvaluatorAssignment, Membership, Person, Role, School

PASSWORD = "green apples on a hill"
# argon2 of PASSWORD with the least work there is, so that signing in for real is quick.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$plAPmFOsM7I63TJYGf/9fg$LF7EM9PnvJQMvGWpq603OmGuTn0NHedkEUr/KXKyARk"
SINCE = date(2020, 8, 1)
LONG_AGO = datetime(2024, 1, 8, 9, tzinfo=UTC)

SCHOOLS = {  # name, district, Title I
    "roosevelt": ("Roosevelt Middle School", "cedar_valley", True),
    "lincoln": ("Lincoln Elementary School", "cedar_valley", False),
    "harbor": ("Harbor High School", "harbor_unified", False),
}
DISTRICTS = {"cedar_valley": "Cedar Valley School District", "harbor_unified": "Harbor Unified School District"}

TEACHER, COACH, PRINCIPAL = Role.TEACHER, Role.COACH, Role.PRINCIPAL
PEOPLE: dict[str, tuple[str, list[tuple[Role, str]]]] = {
    "coach": ("Ana Ruiz", [(COACH, "roosevelt")]),
    "teacher": ("Tom Becker", [(TEACHER, "roosevelt")]),
    "teacher2": ("Uma Patel", [(TEACHER, "roosevelt")]),
    "invited": ("Ines Duarte", [(TEACHER, "roosevelt")]),
    "declined": ("Dina Cole", [(TEACHER, "roosevelt")]),
    "removed": ("Remy Fox", [(TEACHER, "roosevelt")]),
    "principal": ("Paul Okafor", [(PRINCIPAL, "roosevelt")]),
    "assistant_principal": ("Alma Stein", [(Role.ASSISTANT_PRINCIPAL, "roosevelt")]),
    "champion": ("Cora Lindqvist", [(Role.CHAMPION, "cedar_valley")]),
    "admin": ("Adam Reyes", [(Role.ADMINISTRATOR, "cedar_valley")]),
    "outsider": ("Olga Brandt", [(TEACHER, "roosevelt")]),
    "depthead": ("Dan Whitfield", [(TEACHER, "roosevelt")]),  # evaluates teacher2
    "superintendent": ("Sue Marchetti", []),  # evaluates the principals
    "former_principal": ("Fay Holm", []),  # of Roosevelt, until some time ago
    "other_coach": ("Otis Greene", [(COACH, "lincoln")]),
    "other_teacher": ("Tara Nwosu", [(TEACHER, "lincoln")]),
    "other_principal": ("Petra Vance", [(PRINCIPAL, "lincoln")]),
    "lincoln_champion": ("Lars Egede", [(Role.CHAMPION, "lincoln")]),
    "other_champion": ("Hana Sato", [(Role.CHAMPION, "harbor_unified")]),
    "harbor_principal": ("Hugo Faber", [(PRINCIPAL, "harbor")]),
    "deactivated": ("Dora Klein", [(TEACHER, "roosevelt")]),  # has left
}
EVALUATES = [("depthead", "teacher2"), ("superintendent", "principal"), ("superintendent", "other_principal")]


@dataclass(frozen=True)
class Someone:
    """One of the cast."""

    key: str
    id: int
    public_id: str
    name: str
    email: str


@dataclass(frozen=True)
class Place:
    """A school or a district of the cast."""

    id: int
    public_id: str
    name: str


@dataclass(frozen=True)
class Cast:
    """Everybody, by their part: `cast["coach"].id`."""

    people: dict[str, Someone] = field(default_factory=dict)
    schools: dict[str, Place] = field(default_factory=dict)
    districts: dict[str, Place] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Someone:
        return self.people[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.people)


def write(engine: Engine) -> None:
    """Put the cast into an empty database."""
    with Session(engine) as db:
        districts = {key: District(name=name) for key, name in DISTRICTS.items()}
        schools = {
            key: School(name=name, district=districts[district], title_one=title_one)
            for key, (name, district, title_one) in SCHOOLS.items()
        }
        people = {key: _person(key, name) for key, (name, _) in PEOPLE.items()}
        db.add_all([*districts.values(), *schools.values(), *people.values()])
        for key, (_, roles) in PEOPLE.items():
            db.add_all(_membership(people[key], role, place, schools, districts) for role, place in roles)
        former = _membership(people["former_principal"], PRINCIPAL, "roosevelt", schools, districts)
        former.ends = date(2024, 6, 30)
        db.add(former)
        db.add_all(
            EvaluatorAssignment(evaluator=people[evaluator], evaluated=people[evaluated], starts=SINCE)
            for evaluator, evaluated in EVALUATES
        )
        db.commit()


def read(engine: Engine) -> Cast:
    """The cast as it stands in a database."""
    by_email = {email_of(key): key for key in PEOPLE}
    with Session(engine) as db:
        people = {by_email[p.email]: p for p in db.scalars(select(Person)) if p.email in by_email}
        schools = {s.name: Place(s.id, s.public_id, s.name) for s in db.scalars(select(School))}
        districts = {d.name: Place(d.id, d.public_id, d.name) for d in db.scalars(select(District))}
        return Cast(
            {
                key: Someone(key, people[key].id, people[key].public_id, people[key].name, people[key].email)
                for key in PEOPLE
            },
            {key: schools[name] for key, (name, _, _) in SCHOOLS.items()},
            {key: districts[name] for key, name in DISTRICTS.items()},
        )


def email_of(key: str) -> str:
    """The address of one of the cast."""
    return f"{key.replace('_', '.')}@example.org"


def _person(key: str, name: str) -> Person:
    deactivated = key == "deactivated"
    return Person(
        name=name,
        email=email_of(key),
        teaching_assignment="Grade 7 mathematics" if key in ("coach", "teacher") else "",
        password_hash=PASSWORD_HASH,
        deactivated_at=LONG_AGO if deactivated else None,
    )


def _membership(
    person: Person, role: Role, place: str, schools: dict[str, School], districts: dict[str, District]
) -> Membership:
    school = schools.get(place)
    district = school.district if school else districts[place]
    return Membership(person=person, role=role, school=school, district=district, starts=SINCE)
