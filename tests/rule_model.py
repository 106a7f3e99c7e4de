"""Who may read what is confidential, told a second time: in plain Python, from the words of the promise, day by day.

Nothing here comes from the site's own rule. A world is a list of people with roles at schools, of who is assigned to
evaluate whom, and of circles; `may_read` says who reads which circle.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

STAFF = ("teacher", "coach")
HEADS = ("principal", "assistant_principal")


@dataclass
class Entry:
    """Something an administrator entered, with its first and last day. A last day set back afterwards does not undo
    the days on which it counted (`counted_until`); nor does calling it a mistake, by itself."""

    starts: date
    ends: date | None
    counted_until: date | None
    voided_at: datetime | None

    def counted_on(self, day: date) -> bool:
        """Whether it counted on this day."""
        last = self.ends if self.counted_until is None else self.counted_until
        return self.starts <= day and (last is None or day <= last)


@dataclass
class Job(Entry):
    """A role at a school."""

    person: int = 0
    role: str = ""
    school: int = 0


@dataclass
class Assignment(Entry):
    """One evaluates another."""

    evaluator: int = 0
    evaluated: int = 0


@dataclass
class Member:
    """Somebody in a circle."""

    person: int
    has_key: bool
    left: bool
    joined_at: datetime
    readmitted_at: datetime | None


@dataclass
class Circle:
    """The people a record is between, since the day it was begun; perhaps inside another circle (private notes)."""

    since: date
    members: list[Member]
    inside: int | None = None


@dataclass
class World:
    """Everything that matters to the rule."""

    today: date
    people: int
    schools: int
    jobs: list[Job] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    circles: list[Circle] = field(default_factory=list)

    def may_read(self, person: int, circle: Circle) -> bool:
        """A member who holds the key and has not left reads it, unless they are out for evaluating one of the others."""
        mine = [one for one in circle.members if one.person == person and one.has_key and not one.left]
        return bool(mine) and not self.is_out(mine[0], circle)

    def is_out(self, me: Member, circle: Circle) -> bool:
        """Whether this member has evaluated another one, on any day from the circle's first to today. Who has left
        still counts: their words are there. Of notes, everybody in the session around them counts, too."""
        around = self.circles[circle.inside].members if circle.inside is not None else []
        others = {one.person for one in [*circle.members, *around]} - {me.person}
        days = [circle.since + timedelta(n) for n in range((self.today - circle.since).days + 1)]
        return any(self.evaluated(me, other, day) for other in others for day in days)

    def evaluated(self, me: Member, other: int, day: date) -> bool:
        """Whether a member evaluated somebody on one day, by assignment or as head of a school where they worked."""
        if any(
            one.evaluator == me.person and one.evaluated == other and self.stands(one, me, day)
            for one in self.assignments
        ):
            return True
        heads = [
            one for one in self.jobs if one.person == me.person and one.role in HEADS and self.stands(one, me, day)
        ]
        staff = [one for one in self.jobs if one.person == other and self.stands(one, me, day)]
        return any(head.school == job.school and self.is_above(head.role, job.role) for head in heads for job in staff)

    @staticmethod
    def is_above(head: str, job: str) -> bool:
        """A principal evaluates the staff and the assistant principals, an assistant principal the staff."""
        return job in STAFF or (head == "principal" and job == "assistant_principal")

    @staticmethod
    def stands(entry: Entry, me: Member, day: date) -> bool:
        """An entry counts against a member unless it was called a mistake and they joined, or were let in again by the
        others, after that."""
        came = max(me.joined_at, me.readmitted_at or me.joined_at)
        excused = entry.voided_at and came >= entry.voided_at
        return entry.counted_on(day) and not excused


# ---------------------------------------------------------------- worlds by chance


def by_chance(chance: random.Random, now: datetime, *, people: int = 50, circles: int = 80) -> World:
    """A world whose days lie close together, so that every edge is met."""
    world = World(now.date(), people, schools=12)

    def entered() -> dict[str, object]:
        starts = world.today + timedelta(chance.randint(-9, 1))
        ends = chance.choice([None, starts + timedelta(chance.randint(0, 5))])
        counted = chance.choice([None, None, starts + timedelta(chance.randint(-1, 5))])
        voided = now - timedelta(hours=chance.randint(0, 90)) if chance.random() < 0.25 else None
        return {"starts": starts, "ends": ends, "counted_until": counted, "voided_at": voided}

    for person in range(people):
        for _ in range(chance.choice([0, 1, 1, 2])):
            role = chance.choice(["teacher", "coach", "principal", "assistant_principal", "assistant_principal"])
            world.jobs.append(Job(**entered(), person=person, role=role, school=chance.randrange(world.schools)))  # type: ignore[arg-type]
    for _ in range(people):
        evaluator, evaluated = chance.sample(range(people), 2)
        world.assignments.append(Assignment(**entered(), evaluator=evaluator, evaluated=evaluated))  # type: ignore[arg-type]
    for _ in range(circles):
        inside = chance.randrange(len(world.circles)) if world.circles and chance.random() < 0.3 else None
        world.circles.append(_circle(chance, world, now, inside))
    return world


def _circle(chance: random.Random, world: World, now: datetime, inside: int | None) -> Circle:
    since = world.today - timedelta(chance.randint(0, 7))
    around = [one.person for one in world.circles[inside].members] if inside is not None else []
    who = chance.sample(around, 1) if around else chance.sample(range(world.people), chance.randint(2, 9))
    return Circle(since, [_member(chance, person, now) for person in who], inside)


def _member(chance: random.Random, person: int, now: datetime) -> Member:
    readmitted = now - timedelta(hours=chance.randint(0, 90)) if chance.random() < 0.3 else None
    joined = now - timedelta(hours=chance.randint(0, 90) if chance.random() < 0.3 else 480)
    has_key, left = chance.random() < 0.9, chance.random() < 0.1
    return Member(person, has_key, left, joined_at=joined, readmitted_at=readmitted)
