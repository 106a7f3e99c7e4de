"""What the plans of one school have in common: its goals, and how it organizes coaching."""

from typing import Any

from .story import ticks

DISTRICT_GOALS = {
    "writing": "District strategic plan, goal 1: in every subject, students write clearly and back up what they say "
    "with evidence.",
    "mathematics": "District strategic plan, goal 2: students can solve unfamiliar problems in mathematics and explain "
    "how they did it.",
    "reading": "State literacy plan: every child reads informational text at grade level by the end of grade 4.",
    "technology": "District strategic plan, goal 4: students use technology to find out, to create, and to share what "
    "they have learned.",
}

SCHOOL_GOALS = {
    ("alder", False): "By the spring test, 60% of our students earn at least 3 of 4 points on questions that ask for "
    "evidence from a text, a graph, or an experiment (last spring: 44%). School improvement plan, goal 1.",
    ("alder", True): "By the spring test, 45% of our students earn at least 3 of 4 points on questions that ask for "
    "evidence (the spring before: 38%). School improvement plan, goal 1.",
    ("juniper", False): "By the end of the year, 70% of our students meet or exceed the grade-level benchmark in "
    "reading and in mathematics, and no group of students is more than 10 points behind (last June: 58%).",
    (
        "juniper",
        True,
    ): "By the end of the year, 60% of our students meet or exceed the grade-level benchmark in reading "
    "and in mathematics (the June before: 51%).",
    ("quarry", False): "By June, 80% of our students in grades 9 and 10 pass all four core courses, with no more than "
    "one in ten failing algebra I or biology (last June: 71%).",
    (
        "quarry",
        True,
    ): "By June, 75% of our students in grades 9 and 10 pass all four core courses (the June before: 68%).",
}

HABITS: dict[str, dict[str, Any]] = {
    "alder": {
        "roles_responsibilities": "Meets with the team every second week and keeps to the time.\n"
        "Plans lessons with colleagues, teaches beside them when invited, and visits only when invited.\n"
        "Finds materials, tries them out first, and shares what did not work, too.",
        "will_not_do": "Does not evaluate anyone and does not report on what a colleague said or did in class.\n"
        "Does not cover classes and does not repair computers during coaching time.",
        "resources": ticks(
            release_time="Two half days for each teacher, covered by our two building substitutes",
            training="Four district sessions for the coach, one summer workshop",
        ),
        "tell_principal": "A 20-minute talk on the first Monday of each month: how often we meet, what we work on, and "
        "what we need. Nothing about single lessons or teachers.",
        "tell_staff": "Five minutes in the staff meeting once a quarter. In spring, open classrooms for one week.",
        "pd_support": "Our Wednesday workshops this year are about using evidence. Coaching is where we try those "
        "ideas with our own students, look at their work, and decide what to keep.",
        "other_coaches": "The Title I reading coach works with grades 6 and 7. We share our calendars so that nobody "
        "is asked twice in one week, and we use the same words for parts of an argument.",
    },
    "juniper": {
        "roles_responsibilities": "Plans a short cycle with each teacher: set a goal, try it, look at student work, "
        "decide what comes next.\nModels a lesson when a colleague asks for it.\nKeeps our shared folder in order.",
        "will_not_do": "Does not evaluate, does not rank teachers or classes, and does not do hall or lunch duty in "
        "coaching time.",
        "resources": ticks(
            release_time="One hour every other week while specials are on",
            extra_pay="10 hours a year at the curriculum rate for the coach and each teacher",
        ),
        "tell_principal": "A short note at the end of each month: dates of meetings and the topic in one sentence. We "
        "talk in person each quarter.",
        "tell_staff": "A corner in the Friday letter once a month, and a gallery of student work in May.",
        "pd_support": "The district’s early-literacy and number-sense courses give us ideas. Coaching gives us time to "
        "fit them to our pacing guide.",
        "other_coaches": "Our literacy coach leads the reading assessments. We meet with her before each benchmark so "
        "that teachers hear one message and not two.",
    },
    "quarry": {
        "roles_responsibilities": "Leads a small team through three inquiry cycles in the year.\nCo-plans at least one "
        "unit for each cycle. Observes only what the teacher asks for.\nBrings data from common assessments.",
        "will_not_do": "No evaluation, no reports about colleagues, no grading for others, no substitute teaching.",
        "resources": ticks(
            release_time="Common planning in period 4 on two days of each cycle",
            training="The coach attends the four district sessions",
            other="$300 for lab and classroom material",
        ),
        "tell_principal": "A standing item in the meeting of department chairs each month. The coach says what the "
        "team works on and what it needs.",
        "tell_staff": "A one-page summary after each cycle. Anyone may come to our share-out in April.",
        "pd_support": "Our professional development days are about common assessments. Coaching is where the teams use "
        "the results to change their next unit.",
        "other_coaches": "None at our school.",
    },
}


def common(school: str, focus: str, *, last_year: bool) -> dict[str, Any]:
    """The answers in Part 1 that a plan of this school begins with."""
    return {
        "state_goal": DISTRICT_GOALS[focus],
        "school_goal": SCHOOL_GOALS[school, last_year],
        **HABITS[school],
    }
