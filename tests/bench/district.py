"""A district that grows: schools whose plans are copies of the demo school's, put straight into the tables.

Each school has a principal with 24 plans, three coaches with 8 each and six teachers with about as many. Every
plan has its parts and its people, one in FULL has all its answers with their history, the others only the top of the form.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from webapp.documents.models import Answer, Decision, Document, DocumentPart, Participant, Revision, RowAgreement
from webapp.people.models import District, Membership, Person, Role, School

PLANS_OF_A_SCHOOL = 24
COACHES, TEACHERS = 3, 6
FULL = 20
AT_ONCE = 200  # schools
CHAMPION = "champion@example.org"
COACH, PRINCIPAL = "coach0.of.school1@example.org", "principal0.of.school1@example.org"
TOP = ("coach_name", "coach_email", "school", "district")
FIRST = (
    "Amara",
    "Ben",
    "Chidi",
    "Dolores",
    "Elif",
    "Frank",
    "Grace",
    "Hiro",
    "Ines",
    "Jamal",
    "Kavita",
    "Lars",
    "Mina",
)
LAST = (
    "Abbott",
    "Banerjee",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Ferreira",
    "Goldberg",
    "Haddad",
    "Ito",
    "Johansson",
    "Kim",
)
IN_ORDER = (School, Person, Membership, Document, DocumentPart, Participant, Answer, Revision, Decision, RowAgreement)
Row = dict[str, Any]


class GrowingDistrict:
    """The demo school's district, with as many more plans as wanted."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.schools = self.plans = 0
        with engine.connect() as db:
            self.patterns = list(_patterns(db))
            self.district = db.scalar(select(District.id))
            self.password = db.scalar(select(Person.password_hash).where(Person.email == CHAMPION))
            self.last = {model: db.scalar(select(func.max(model.id))) or 0 for model in (School, Person, Document)}

    def grow(self, plans: int) -> None:
        """Add schools until there are this many plans more than the demo has."""
        while self.plans < plans:
            rows: dict[type[Any], list[Row]] = defaultdict(list)
            for _ in range(AT_ONCE):
                if self.plans < plans:
                    self._add_school(rows, min(PLANS_OF_A_SCHOOL, plans - self.plans))
            with self.engine.begin() as db:
                for model in IN_ORDER:
                    if rows[model]:
                        db.execute(insert(model), rows[model])
        with self.engine.begin() as db:
            if db.dialect.name == "postgresql":  # it does not see that rows came with their ids
                for model, last in self.last.items():
                    table = model.__tablename__
                    db.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), last)))
            db.exec_driver_sql("ANALYZE" if db.dialect.name == "postgresql" else "PRAGMA optimize")

    def plan_to_write(self) -> str:
        """The public id of the plan in the middle of its way: Part 1 approved, Part 2 being written."""
        with self.engine.connect() as db:
            coach = select(Person.id).where(Person.email == COACH).scalar_subquery()
            found = db.scalar(select(Document.public_id).where(Document.created_by_id == coach).order_by(Document.id))
        assert found is not None
        return found

    def _next(self, model: type[Any]) -> int:
        self.last[model] += 1
        return self.last[model]

    def _add_school(self, rows: dict[type[Any], list[Row]], plans: int) -> None:
        self.schools += 1
        school = self._next(School)
        rows[School].append(
            {"id": school, "district_id": self.district, "name": f"School {self.schools}", "title_one": False}
        )
        principal = self._people(rows, school, Role.PRINCIPAL, 1)
        coaches = self._people(rows, school, Role.COACH, COACHES)
        teachers = self._people(rows, school, Role.TEACHER, TEACHERS)
        for number in range(plans):
            pattern = self.patterns[number % len(self.patterns)]
            cast = {
                "principal": principal,
                "coach": [coaches[number % COACHES]],
                "teacher": _from(teachers, 2 * number),
            }
            full = self.schools == 1 or self.plans % FULL == 0
            pattern.copy(rows, self._next(Document), school, cast, full=full)
            self.plans += 1

    def _people(self, rows: dict[type[Any], list[Row]], school: int, role: Role, number: int) -> list[Row]:
        people = []
        for index in range(number):
            person = self._next(Person)
            name = f"{FIRST[person % len(FIRST)]} {LAST[person % len(LAST)]}"
            email = f"{role}{index}.of.school{self.schools}@example.org"
            people.append({"id": person, "name": name, "email": email, "password_hash": self.password})
            rows[Membership].append(
                {
                    "person_id": person,
                    "role": role,
                    "district_id": self.district,
                    "school_id": school,
                    "starts": date(2020, 7, 1),
                }
            )
        rows[Person] += people
        return people


def _from(people: list[Row], start: int) -> list[Row]:
    return [people[(start + index) % len(people)] for index in range(len(people))]


class _Pattern:
    """One plan of the demo school, to be copied with other people in it."""

    def __init__(self, document: Row, kept: dict[type[Any], list[Row]]) -> None:
        self.document, self.kept = document, kept

    @property
    def order(self) -> tuple[bool, int]:
        """The plan that is half-way, with 30 answers or a few more, comes first: the measurements write in it."""
        states = {row["part"]: row["state"] for row in self.kept[DocumentPart]}
        half_way = (states["part1"], states["part2"]) == ("approved", "draft")
        return not half_way, abs(len(self.kept[Answer]) - 33)

    def copy(
        self, rows: dict[type[Any], list[Row]], document: int, school: int, cast: dict[str, list[Row]], *, full: bool
    ) -> None:
        """Put a copy among the rows to insert."""
        waiting = {role: iter(people) for role, people in cast.items()}
        played = {row["person_id"]: next(waiting[row["role"]]) for row in self.kept[Participant] if row["person_id"]}
        coach = cast["coach"][0]
        ids = {was: person["id"] for was, person in played.items()}
        new = {"id": document, "school_id": school, "created_by_id": coach["id"]}
        rows[Document].append(self.document | new)
        for model, kept in self.kept.items():
            if model in (Revision, Decision, RowAgreement) and not full:
                continue
            for row in kept:
                if model is Answer and not full and row["prompt"] not in TOP:
                    continue
                rows[model].append(row | {"document_id": document} | _other_people(row, ids, coach["id"]))
                if model is Participant and row["person_id"]:
                    rows[model][-1]["name"] = played[row["person_id"]]["name"]


def _other_people(row: Row, ids: dict[int, int], coach: int) -> Row:
    people = ("person_id", "changed_by_id", "by_id")
    return {column: ids.get(row[column], coach) for column in people if row.get(column)}


def _patterns(db: Connection) -> Iterator[_Pattern]:
    kept: dict[int, dict[type[Any], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for model in (DocumentPart, Participant, Answer, Revision, Decision, RowAgreement):
        for row in db.execute(select(model.__table__)).mappings():
            kept[row["document_id"]][model].append(_without_ids(row))
    plans = select(Document.__table__).where(Document.form == "peer_coaching_plan")
    found = [_Pattern(_without_ids(row), kept[row["id"]]) for row in db.execute(plans).mappings()]
    yield from sorted(found, key=lambda pattern: pattern.order)


def _without_ids(row: Any) -> Row:
    return {key: value for key, value in row.items() if key not in ("id", "public_id")}
