"""The first draft of a goal statement, put together from the five answers of the goal builder."""

from typing import Any

_IMPROVES = {
    "content": "content skills",
    "pedagogy": "pedagogy skills",
    "higher_order": "higher-order skills built into learning activities",
}
_TECHNOLOGY = {
    "basics": "basic skills and their first use in class",
    "lessons": "planning and teaching standards-based lessons",
    "projects": "active-learning projects in which students make something for a real audience",
}
_OPENS_A_TIMELINE = {
    *("after", "at", "before", "between", "by", "during", "for", "from", "in", "on", "over", "since", "starting"),
    *("this", "through", "throughout", "until", "while", "with", "within"),
}
_SMALL_WORDS = _OPENS_A_TIMELINE | {
    *("a", "all", "an", "and", "as", "both", "each", "every", "everyone", "her", "his", "how", "if", "it", "its"),
    *("many", "more", "most", "my", "no", "one", "our", "she", "some", "students", "teachers", "that", "the", "their"),
    *("they", "these", "those", "two", "three", "four", "five", "six", "to", "we", "what", "when"),
}


def compose_goal_statement(answers: dict[str, Any]) -> str:
    """A first draft of the goal statement from the five answers of the goal builder.

    What has not been answered becomes a gap in brackets, such as [by when].
    """
    opening, later = _timeline(str(answers.get("timeline") or ""))
    sentences = [
        f"{opening}, the coach will work with {_phrase(answers, 'work_with', 'who')}.",
        f"Our focus is this: {_phrase(answers, 'work_helps', 'how the work with teachers helps')}.",
        f"It supports our content or grade-level goal: {_phrase(answers, 'content_goal', 'content goal')}.",
        f"In this way it serves the school’s goal: {_phrase(answers, 'academic_goal', 'academic goal of the school')}.",
        f"The work will improve {_ticked(answers, 'improves', _IMPROVES, 'what the work improves')}.",
        f"Technology will come in through {_ticked(answers, 'technology', _TECHNOLOGY, 'how technology helps')}.",
        later,
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _timeline(text: str) -> tuple[str, str]:
    """How the draft opens, and a last sentence for a timeline that cannot open it."""
    fragment = _fragment(text)
    if not fragment:
        return "By [by when]", ""
    first_word = fragment.split(maxsplit=1)[0].lower()
    if first_word in _OPENS_A_TIMELINE and len(fragment) <= 120 and ". " not in fragment:
        return fragment[0].upper() + fragment[1:], ""
    return "In this plan", f"Our timeline: {fragment}."


def _phrase(answers: dict[str, Any], prompt: str, gap: str) -> str:
    return _fragment(str(answers.get(prompt) or "")) or f"[{gap}]"


def _fragment(text: str) -> str:
    """A text that fits into a sentence: on one line, no full stop, and a small first letter where that is safe."""
    lines = [line.strip(" \t-•*") for line in text.splitlines()]
    line = "; ".join(" ".join(line.split()).rstrip(".;: ") for line in lines if line).replace(",; ", ", ").rstrip(", ")
    first, _, rest = line.partition(" ")
    if first.lower() in _SMALL_WORDS and first[1:] == first[1:].lower():
        first = first.lower()
    return f"{first} {rest}" if rest else first


def _ticked(answers: dict[str, Any], prompt: str, phrases: dict[str, str], gap: str) -> str:
    ticked = [phrase for key, phrase in phrases.items() if key in (answers.get(prompt) or {})]
    if not ticked:
        remarks = _fragment(str(answers.get(f"{prompt}_remarks") or ""))
        return f"the following: {remarks}" if remarks else f"[{gap}]"
    if len(ticked) < 3:
        return " as well as ".join(ticked)
    return ", ".join(ticked[:-1]) + f", and {ticked[-1]}"
