"""The cast of the demo school: invented people with addresses at example.org."""

from dataclasses import dataclass
from datetime import date

from ..clock import this_school_year
from ..database import session
from ..people import signals
from ..people.models import District, EvaluatorAssignment, Membership, Person, Role, School

DISTRICT = "Cedar Bend School District"
SCHOOLS = {
    "alder": ("Alder Creek Middle School", True),
    "juniper": ("Juniper Street Elementary School", True),
    "quarry": ("Quarry Hill High School", False),
}
LOGINS = {
    "coach": "coaches two science teachers; her plan is half-way",
    "teacher": "takes part in that plan, and is asked to join another",
    "teacher2": "takes part in that plan",
    "principal": "heads the school; plans wait for approval",
    "champion": "supports the coaches of the district",
    "admin": "keeps accounts and schools; sees no plan",
    "outsider": "teaches at the same school, takes part in no plan",
    "depthead": "evaluates teacher2 by assignment",
    "leadercoach": "coaches leaders in the district",
    "superintendent": "evaluates the principals by assignment",
}


@dataclass(frozen=True)
class Cast:
    """Someone at the demo school. `left`: until the end of last school year. `new`: has not set a password yet."""

    name: str
    school: str
    assignment: str
    roles: tuple[Role, ...] = (Role.TEACHER,)
    left: bool = False
    new: bool = False


COACHING = (Role.TEACHER, Role.COACH)

CAST = {
    "coach": Cast("Maya Okafor", "alder", "Grade 7 science", COACHING),
    "teacher": Cast("Daniel Reyes", "alder", "Grade 7 science"),
    "teacher2": Cast("Hannah Lindqvist", "alder", "Grade 7 science and mathematics"),
    "principal": Cast("Renee Whitfield", "alder", "Principal", (Role.PRINCIPAL,)),
    "bellamy": Cast("Marcus Bellamy", "alder", "Assistant principal", (Role.ASSISTANT_PRINCIPAL,)),
    "outsider": Cast("Gus Petrakis", "alder", "Grade 8 social studies"),
    "depthead": Cast("Lorraine Tran", "alder", "Head of the science department, grade 8 science"),
    "fuentes": Cast("Yolanda Fuentes", "alder", "Grade 6 English language arts", COACHING),
    "novak": Cast("Peter Novak", "alder", "Grade 8 mathematics", COACHING),
    "thornton": Cast("Will Thornton", "alder", "Special education, grades 6 to 8", COACHING),
    "haddad": Cast("Noor Haddad", "alder", "English as a second language, grades 6 to 8", COACHING),
    "castellano": Cast("Elena Castellano", "alder", "Grade 7 mathematics", COACHING),
    "rahman": Cast("Aisha Rahman", "alder", "Grade 6 English language arts"),
    "mbeki": Cast("Colin Mbeki", "alder", "Grade 6 English language arts and reading"),
    "park": Cast("Joon Park", "alder", "Grade 8 mathematics"),
    "oyelaran": Cast("Grace Oyelaran", "alder", "Algebra, grade 8"),
    "sorensen": Cast("Ingrid Sorensen", "alder", "Grade 6 science", left=True),
    "villanueva": Cast("Arturo Villanueva", "juniper", "Principal", (Role.PRINCIPAL,)),
    "bianchi": Cast("Rosa Bianchi", "juniper", "Grade 4", COACHING),
    "washington": Cast("Denise Washington", "juniper", "Grade 2", COACHING),
    "kowalski": Cast("Mark Kowalski", "juniper", "Library and technology, all grades", COACHING),
    "nguyen": Cast("Linh Nguyen", "juniper", "Grade 5", COACHING),
    "abdi": Cast("Fatima Abdi", "juniper", "Kindergarten", COACHING),
    "morales": Cast("Carmen Morales", "juniper", "Grade 4"),
    "jensen": Cast("Tyler Jensen", "juniper", "Grade 4"),
    "begay": Cast("Shawna Begay", "juniper", "Grade 2"),
    "patel": Cast("Anjali Patel", "juniper", "Grade 2"),
    "friedman": Cast("Leah Friedman", "juniper", "Grade 5"),
    "osei": Cast("Kwame Osei", "juniper", "Grade 5"),
    "mcallister": Cast("Brigid McAllister", "juniper", "Kindergarten"),
    "feld": Cast("Judith Feld", "quarry", "Principal", (Role.PRINCIPAL,)),
    "siddiqui": Cast("Omar Siddiqui", "quarry", "Assistant principal", (Role.ASSISTANT_PRINCIPAL,)),
    "delgado": Cast("Ramon Delgado", "quarry", "English 10", COACHING),
    "chen": Cast("Vivian Chen", "quarry", "Biology", COACHING),
    "ivanov": Cast("Sergei Ivanov", "quarry", "Algebra I", COACHING),
    "yamada": Cast("Kenji Yamada", "quarry", "Biology and chemistry", COACHING),
    "lopez": Cast("Marisol Lopez", "quarry", "English 9 and 10"),
    "carter": Cast("Jerome Carter", "quarry", "English 10"),
    "rossi": Cast("Paula Rossi", "quarry", "Algebra I"),
    "bauer": Cast("Anneliese Bauer", "quarry", "Geometry and algebra I"),
    "singh": Cast("Harpreet Singh", "quarry", "World history", new=True),
    "champion": Cast("Tobias Grant", "", "Coordinator of instructional coaching", (Role.CHAMPION,)),
    "admin": Cast("Priya Raman", "", "Information technology", (Role.ADMINISTRATOR,)),
    "leadercoach": Cast("Samuel Adeyemi", "", "Leadership coach", (Role.COACH,)),
    "superintendent": Cast("Carol Whitehorse", "", "Superintendent", ()),
}
EVALUATES = (
    ("depthead", "teacher2"),
    ("superintendent", "principal"),
    ("superintendent", "villanueva"),
    ("superintendent", "feld"),
)


def email(key: str) -> str:
    """The address of someone in the cast."""
    return f"{key if key in LOGINS else CAST[key].name.lower().replace(' ', '.')}@example.org"


def settle_in(password_hash: str) -> tuple[District, dict[str, School], dict[str, Person]]:
    """The district, its schools and everyone in them, with their roles and who evaluates whom."""
    district = District(name=DISTRICT)
    schools = {key: School(district=district, name=name, title_one=poor) for key, (name, poor) in SCHOOLS.items()}
    people = {key: _person(key, one, password_hash) for key, one in CAST.items()}
    session().add_all([district, *schools.values(), *people.values()])
    session().flush()
    session().add_all(_memberships(district, schools, people))
    session().add_all(
        EvaluatorAssignment(evaluator_id=people[evaluator].id, evaluated_id=people[evaluated].id, starts=_first_day())
        for evaluator, evaluated in EVALUATES
    )
    session().flush()
    signals.evaluation_changed.send(person_ids=frozenset(person.id for person in people.values()))
    return district, schools, people


def _first_day() -> date:
    return date(this_school_year() - 3, 7, 1)


def _person(key: str, one: Cast, password_hash: str) -> Person:
    return Person(
        name=one.name,
        email=email(key),
        teaching_assignment=one.assignment,
        password_hash=None if one.new else password_hash,
    )


def _memberships(district: District, schools: dict[str, School], people: dict[str, Person]) -> list[Membership]:
    last_day = date(this_school_year(), 6, 30)
    return [
        Membership(
            person_id=people[key].id,
            role=role,
            district_id=district.id,
            school_id=schools[one.school].id if one.school else None,
            starts=_first_day(),
            ends=last_day if one.left else None,
        )
        for key, one in CAST.items()
        for role in one.roles
    ]
