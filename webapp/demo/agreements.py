"""What the coaches of the demo school and one of their teachers have agreed on and signed."""

from typing import Any

from .story import ticks

MAYA_AND_DANIEL: dict[str, Any] = {
    "goal_areas": ticks(
        engagement="All four students of a lab table talk, not one for all.", skills="Asking “How do you know?”"
    ),
    "goals_in_words": "In every lab, each table has said aloud which number in their data backs up their claim.",
    "coach_does": "Maya comes on time, watches what we agreed on, writes down what students say, and asks before she "
    "suggests anything.",
    "teacher_does": "Daniel chooses the lesson, sends the plan the evening before, and tries one thing between two "
    "sessions.",
    "coach_does_not": "Maya does not evaluate, does not report to the principal, and does not step in during a lesson "
    "unless Daniel waves.",
    "how_often": "Every second week, and once more before a new unit",
    "how_long": "40 minutes, and the first 20 minutes of a lab",
    "observations": ticks("part_lesson", "focused", students="One table at a time."),
    "feedback": ticks("questions", "evidence", "together"),
    "progress_tracked": "After each third session we sort 20 lab reports together and write the number down.",
    "stays_between_us": "What we say, what Maya sees in the room, and everything in our notes.",
    "may_be_said": ticks("take_place"),
    "safety_exception": "If a student is in danger, or the law asks for it, Maya reports what is needed and nothing "
    "more.",
    "teacher_told": "before",
    "notes_kept": "Until the end of the school year",
    "who_keeps_copy": "Both of us, on Accord only",
    "channels": "E-mail for dates, a talk for everything else, never in the staff room.",
    "check_ins": "Fridays at lunch, five minutes",
    "answer_time": "Within two school days",
}
