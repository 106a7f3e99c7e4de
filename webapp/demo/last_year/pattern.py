"""What last year's plans have in common: all of them finished, written in one pattern."""

from typing import Any

from ..schools import SCHOOL_GOALS, common
from ..story import Day, smart, ticks

STARTERS = (
    "Start and end on time",
    "Assume that everyone means well",
    "Ask questions before you give advice",
    "Talk about the teaching, not about the person",
    "What is said here stays here",
    "Make decisions together",
)
MAY: Day = (5, 14)


def part1(school: str, focus: str, team: str, skills: str, needs: str, data: str) -> dict[str, Any]:
    """Part 1. `team`: what brings the team together; one-to-one if there is none."""
    structure = {"structure": "team", "team_range": team} if team else {"structure": "one_to_one"}
    return {
        **common(school, focus, last_year=True),
        **structure,
        "skills_knowledge": skills,
        "teachers_needs": needs,
        "achievement_data": data,
    }


def part2(school: str, who: str, content_goal: str, work_helps: str, goal: str, usual_day: str) -> dict[str, Any]:
    """Part 2."""
    return {
        "work_with": who,
        "academic_goal": SCHOOL_GOALS[school, True],
        "content_goal": content_goal,
        "work_helps": work_helps,
        "improves": ticks("pedagogy", "higher_order"),
        "technology": ticks("basics", "lessons"),
        "timeline": "From October to the middle of May.",
        "goal_statement": goal,
        "smart": smart(
            "We decided it together.",
            "Students, number, and date are in it.",
            "We checked it against our calendar.",
            "It serves goal 1 of the school.",
            "See the table.",
        ),
        "meeting_times": ticks("common_planning", after_school="When a date falls on a holiday"),
        "usual_day": usual_day,
    }
