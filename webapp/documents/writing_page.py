"""What the writing page, the reading page and the print view show of one document: all of it read once, with the right."""

from datetime import date
from functools import cached_property
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from ..access import Opened
from ..clock import school_year_name
from ..forms.declaration import Part
from ..forms.kinds import Prompt
from ..programme import calendar
from . import agreements, norms, participants, progress, signoff, standing
from .commented_page import CommentedPage
from .models import PartState


class WritingPage(CommentedPage):
    """One document before one reader: beside the answers its comments, people, norms and where it stands."""

    template = "documents/write.html"

    def __init__(self, opened: Opened, **saved: Any) -> None:
        super().__init__(opened, **saved)
        self.back_words = f"Back to the {opened.form.called}"

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The plans, the plan that an agreement belongs to, then this one."""
        plan = agreements.plan_of(self.opened) if self.form.between_members else None
        steps = [plan, self.opened] if plan else [self.opened]
        named = [(f"{one.form.title} {school_year_name(one.school_year)}", one.address) for one in steps]
        return [("Plans", url_for("plans.listing")), *named]

    @property
    def who(self) -> str:
        """The people who write it, the school and the school year."""
        writers = (f"{one.name}{' (asked)' if one.asked else ''}" for one in self.people if one.role != "principal")
        place = f"{self.opened.school_name} · {school_year_name(self.opened.school_year)}"
        return f"{', '.join(writers)} · {place}"

    @cached_property
    def people(self) -> list[participants.Taking]:
        """Everyone named in the document."""
        return participants.taking_part(self.opened)

    @cached_property
    def closed_out(self) -> list[str]:
        """Members of the circle who can no longer open this, for the others in it."""
        return participants.closed_out(self.opened)

    def in_role(self, role: str) -> list[participants.Taking]:
        """The people in one role."""
        return [one for one in self.people if one.role == role]

    def circle(self) -> list[participants.Taking]:
        """The members of the circle who have confirmed and have accounts."""
        return [one for one in self.people if one.in_circle and not one.asked and one.person_id is not None]

    def agreements(self, prompt: Prompt) -> dict[str, dict[int, str]]:
        """Row → those who agree to it, id → name."""
        return norms.agreements(self.opened, prompt.name)

    # ------------------------------------------------------------ where it stands

    def part_line(self, part: type[Part]) -> Markup:
        """Where a part stands, and who can see it."""
        return escape(self._pieces.module.part_line(self, part))  # type: ignore[attr-defined]

    def stands_at(self, part: type[Part]) -> tuple[str, str]:
        """Where a part stands, in words and tone."""
        return progress.stands_at(self.opened, part)

    @cached_property
    def ribbon(self) -> list[tuple[str, str]]:
        """The document's stage."""
        return progress.ribbon(self.opened)

    def due(self, part: type[Part]) -> date | None:
        """When a part is due, if it is not finished."""
        return progress.due(self.opened, part)

    def turn(self, part: type[Part]) -> str:
        """Whose turn it is in a part."""
        return progress.turn(self.opened, part, self.people)

    def done_already(self, verb: str, part: type[Part]) -> bool:
        """Whether the reader has reviewed or agreed to this very text already."""
        if verb == "review":
            return self.opened.parts[part.key].reviewed
        if verb == "sign":
            version = self.opened.parts[part.key].version
            return self.opened.reader_id in standing.signers(self.opened.id, part.key, version)
        mine = (one for one in self.decisions(part) if one.kind == "agreed" and one.person_id == self.opened.reader_id)
        return verb == "agree" and any(one.content_hash == self.fingerprint(part) for one in mine)

    @cached_property
    def session_2(self) -> date | None:
        """When Session 2 of the programme is, if that is set."""
        return calendar.session_2_date(self.opened.school_id, self.opened.school_year)

    def decisions(self, part: type[Part]) -> list[signoff.Decided]:
        """What was decided about a part."""
        return signoff.decisions(self.opened, part.key)

    def sent_back(self, part: type[Part]) -> signoff.Decided | None:
        """Who sent a part back, and why, if that is where it stands."""
        if self.opened.parts[part.key].state != PartState.RETURNED:
            return None
        return signoff.last(self.decisions(part), "returned")

    def fingerprint(self, part: type[Part]) -> str:
        """The hash of what the part says now."""
        return standing.fingerprint(self.form, part, standing.of_answers(part, self.values))
