"""How far a document is: each section's state, whose turn it is, what is due and what comes next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..access import Opened
from ..forms.declaration import Part, Section, SignOff
from ..programme import calendar
from .models import PartState
from .participants import Taking

NOT_STARTED, IN_PROGRESS, COMPLETE = "not started", "in progress", "complete"


@dataclass(frozen=True)
class SectionProgress:
    """One line of the task list."""

    section: type[Section]
    asked: int
    answered: int
    begun: bool

    @property
    def state(self) -> str:
        """Not started, in progress or complete. A section of optional prompts is complete once it says anything."""
        if self.answered >= self.asked and (self.asked or self.begun):
            return COMPLETE
        return IN_PROGRESS if self.begun else NOT_STARTED


def of_part(part: type[Part], values: dict[str, Any]) -> list[SectionProgress]:
    """Each section of a part with how many of its needed prompts have an answer."""
    return [_of_section(section, values) for section in part.sections if section.prompts()]


def _of_section(section: type[Section], values: dict[str, Any]) -> SectionProgress:
    needed = [prompt for prompt in section.asked(values) if not prompt.optional]
    begun = any(prompt.answered(values.get(prompt.name)) for prompt in section.prompts())
    return SectionProgress(section, len(needed), len(needed) - len(section.missing(values)), begun)


def unanswered(part: type[Part], values: dict[str, Any]) -> int:
    """How many needed prompts of a part have no answer yet."""
    return sum(one.asked - one.answered for one in of_part(part, values))


def due(opened: Opened, part: type[Part]) -> date | None:
    """When this part is due: before Session 2 of the programme, if that date is set and the part is not finished."""
    if not part.due_before_session_2 or finished(opened, part):
        return None
    return calendar.session_2_date(opened.school_id, opened.school_year)


def finished(opened: Opened, part: type[Part]) -> bool:
    """Whether nobody has anything left to do here."""
    stands = opened.parts[part.key]
    if part.sign_off is SignOff.APPROVAL:
        return stands.state == PartState.APPROVED
    if part.sign_off is SignOff.REVIEW:
        return stands.agreed and stands.reviewed
    if part.sign_off is SignOff.SIGNATURES:
        return stands.agreed or stands.state == PartState.ENDED
    return part.sign_off is SignOff.ROW_BY_ROW and stands.agreed


def stands_at(opened: Opened, part: type[Part]) -> tuple[str, str]:
    """Where a part stands, in words, with the tone of its tag."""
    stands = opened.parts[part.key]
    if part.sign_off is SignOff.APPROVAL:
        return APPROVAL_WORDS[PartState(stands.state)]
    if part.sign_off is SignOff.REVIEW:
        return _review_words(stands.state, reviewed=stands.reviewed, agreed=stands.agreed)
    if part.sign_off is SignOff.SIGNATURES:
        return _signed_words(stands.state, agreed=stands.agreed)
    if part.sign_off is SignOff.ROW_BY_ROW:
        if part.after_session_2 and "after_session_2" not in opened.facts:
            return "Opens with Session 2", "todo"
        return ("Agreed by everyone", "done") if stands.agreed else ("Being agreed", "doing")
    return "", ""


APPROVAL_WORDS: dict[PartState, tuple[str, str]] = {
    PartState.DRAFT: ("Being written", "doing"),
    PartState.SUBMITTED: ("With the principal", "wait"),
    PartState.RETURNED: ("Sent back with a reason", "warn"),
    PartState.APPROVED: ("Approved", "done"),
    PartState.CHANGED: ("Changed since approval", "warn"),
    PartState.SHARED: ("Shared", "wait"),
}


def _signed_words(state: str, *, agreed: bool) -> tuple[str, str]:
    if state == PartState.ENDED:
        return "Ended", "todo"
    if state == PartState.SIGNED:
        return ("Signed by both", "done") if agreed else ("Changed since both signed", "warn")
    return "Being written", "doing"


def _review_words(state: str, *, reviewed: bool, agreed: bool) -> tuple[str, str]:
    if state != PartState.SHARED:
        return "Being written", "doing"
    if reviewed and agreed:
        return "Reviewed and agreed", "done"
    if reviewed:
        return "Reviewed, not yet agreed by everyone", "wait"
    return ("Agreed, with the principal for review", "wait") if agreed else ("Shared for review", "wait")


def ribbon(opened: Opened) -> list[tuple[str, str]]:
    """Part 1 · approved · Part 2 · agreed · norms, each done, now (the first that is not done) or todo."""
    done: list[tuple[str, bool]] = []
    for part in opened.form.parts:
        stands = opened.parts[part.key]
        if part.sign_off is SignOff.APPROVAL:
            sent = stands.state not in (PartState.DRAFT, PartState.RETURNED)
            approved = stands.state == PartState.APPROVED
            done += [(part.short_title, sent), ("Approved" if approved else "Approval", approved)]
        elif part.sign_off is SignOff.REVIEW:
            shared = stands.state == PartState.SHARED
            done += [
                (part.short_title, shared),
                ("Agreed" if stands.agreed else f"{part.short_title} agreed", stands.agreed),
            ]
        elif part.sign_off is SignOff.ROW_BY_ROW:
            done.append((part.short_title, stands.agreed))
        elif part.sign_off is SignOff.SIGNATURES:
            done.append((stands_at(opened, part)[0], finished(opened, part)))
    first = next((index for index, (_, is_done) in enumerate(done) if not is_done), None)
    return [
        (title, "done" if is_done else "now" if index == first else "todo")
        for index, (title, is_done) in enumerate(done)
    ]


def turn(opened: Opened, part: type[Part], people: Sequence[Taking]) -> str:
    """Whom a part waits for, in words; "" where it waits for nobody."""
    who = _waits_for(opened, part)
    names = ["you" if one.person_id == opened.reader_id else one.name for one in people if who(one)]
    names.sort(key=lambda name: name != "you")
    return f"Waiting for {_listed(names)}" if names else ""


def _waits_for(opened: Opened, part: type[Part]) -> Callable[[Taking], bool]:
    stands = opened.parts[part.key]
    if finished(opened, part):
        return lambda _: False
    if part.sign_off is SignOff.APPROVAL:
        role = "principal" if stands.state == PartState.SUBMITTED else "coach"
        return lambda one: one.role == role
    if part.sign_off is SignOff.REVIEW and stands.state == PartState.SHARED and not stands.reviewed:
        return lambda one: one.role == "principal"
    if part.sign_off is SignOff.REVIEW or (part.sign_off is SignOff.ROW_BY_ROW and "after_session_2" in opened.facts):
        return lambda one: one.in_circle and not one.asked and one.person_id is not None
    return lambda _: False


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
