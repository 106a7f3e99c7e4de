"""What the pages of one Coaching Agreement show: who has signed what, what is in force, what may be said to others."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..access import Opened
from ..forms.declaration import Part
from ..forms.kinds import Prompt
from . import agreements, disclosure, signoff
from .agreements import PART
from .models import PartState
from .participants import Taking
from .writing_page import WritingPage


@dataclass(frozen=True)
class Setting:
    """One thing that may be said to others, and since when it may; None: it may not."""

    label: str
    since: datetime | None


class AgreementPage(WritingPage):
    """One agreement before one of the two."""

    @cached_property
    def part(self) -> type[Part]:
        """Its only part."""
        return self.form.part(PART)

    @cached_property
    def other(self) -> Taking:
        """The other of the two."""
        return next(one for one in self.people if one.person_id != self.opened.reader_id)

    @cached_property
    def decided(self) -> list[signoff.Decided]:
        """What was decided, newest first."""
        return self.decisions(self.part)

    @cached_property
    def signatures(self) -> list[tuple[Taking, signoff.Decided | None]]:
        """Each of the two with their signature under the text as it stands now."""
        version = self.opened.parts[PART].version
        now = {one.person_id: one for one in self.decided if one.kind == "signed" and one.part_version == version}
        return [(one, now.get(one.person_id or 0)) for one in self.people]

    @cached_property
    def in_force(self) -> agreements.InForce | None:
        """The last text that both signed, if the agreement has not ended."""
        return agreements.text_in_force(self.opened, self.decided)

    @property
    def has_ended(self) -> bool:
        """Whether one of the two has ended it."""
        return self.opened.parts[PART].state == PartState.ENDED

    @cached_property
    def ending(self) -> signoff.Decided | None:
        """Who ended it, and when."""
        return signoff.last(self.decided, "ended")

    @cached_property
    def text_signed(self) -> list[tuple[Prompt, Any]]:
        """The text in force, where it is not the one that stands now."""
        if self.in_force is None or self.opened.parts[PART].agreed:
            return []
        said = self.in_force.said
        return [(prompt, said[prompt.name]) for prompt in self.part.prompts() if prompt.name in said]

    @cached_property
    def settings(self) -> list[Setting]:
        """What may be said to others, as it is now."""
        since = disclosure.open_now(self.opened.id)
        labels: dict[str, str] = self.form.prompt(self.part.settings)[2].labels()  # type: ignore[attr-defined]
        return [Setting(label, since.get(key)) for key, label in labels.items()]

    @cached_property
    def plan(self) -> Opened | None:
        """The plan it belongs to, if the reader still takes part in it."""
        return agreements.plan_of(self.opened)

    @cached_property
    def again(self) -> agreements.Pair | None:
        """Where the two can start a new one after this one has ended, or find the one they started."""
        if self.plan is None or not self.has_ended:
            return None
        pairs = agreements.of_plan(self.plan)
        return next((pair for pair in pairs if pair.person_id == self.other.person_id and pair.teacher), None)


def page_of(opened: Opened) -> WritingPage:
    """The page of a document of whatever kind."""
    return AgreementPage(opened) if opened.form.between_members else WritingPage(opened)
