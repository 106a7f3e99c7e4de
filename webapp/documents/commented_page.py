"""What a page shows of comments: the threads of each section with boxes to answer, how many are open, whom one may tell."""

from functools import cached_property
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from ..forms.declaration import Part, Section
from . import comments, stencils
from .answers_page import AnswersPage
from .talk import Colleague, Quote, Thread


class CommentedPage(AnswersPage):
    """A record with comments before one reader."""

    @cached_property
    def comments(self) -> dict[str, list[Thread]]:
        """Section → its threads, as far as the reader may read them."""
        return comments.readable(self.opened)

    @cached_property
    def colleagues(self) -> dict[str, list[Colleague]]:
        """Part → whom one may tell of a comment there."""
        return comments.colleagues(self.opened)

    @cached_property
    def _talk(self) -> Template:
        return stencils.macros("documents/comments.html")

    def shared(self, part: type[Part]) -> bool:
        """Whether a comment on this part is read by somebody outside of the circle too."""
        return comments.beyond_the_circle(self.opened, part)

    def thread(self, part: type[Part], section: type[Section]) -> Markup:
        """The comments on a section with a box for one more, for those who may comment."""
        if not self.may("comment", part):
            return Markup()
        whom = self.whom(part, f"comment.{section.key}", circle_only=self._stays_within(section))
        if not (section.key in self.comments or self._typed_in(section)):
            said = self.who_reads(part)
            stencil = stencils.of_no_comments(self._talk, section, said, shared=self.shared(part))
            return stencil.fill({"address": self.address, "whom": whom})
        return escape(self._talk.module.discussion(self, part, section, whom))  # type: ignore[attr-defined]

    def _typed_in(self, section: type[Section]) -> bool:
        return ("comment", section.key) in self.written.raw

    def _stays_within(self, section: type[Section]) -> bool:
        return comments.stays_within(self.opened, section.key, knowing=True)

    def who_reads(self, part: type[Part]) -> str:
        """Who will read a comment, said where it is typed."""
        if self.shared(part):
            return "The circle and the principal can read this comment."
        return "Only the circle can read this comment."

    def whom(self, part: type[Part], field: str, *, circle_only: bool) -> Markup:
        """The ticks with which somebody is told of a comment; nothing if there is nobody who could be."""
        people = [one for one in self.colleagues.get(part.key, []) if one.in_circle or not circle_only]
        ticked = self.written.raw.get(("tell", field), [])
        return escape(self._talk.module.whom(field, people, ticked))  # type: ignore[attr-defined]

    def typed(self, kind: str, key: str) -> Any:
        """What was typed in a comment that could not be kept."""
        return self.written.raw.get((kind, key), "")

    def still_there(self, section: type[Section], quote: Quote) -> bool:
        """Whether the words that a comment is about still stand where they stood."""
        return comments.still_there(section, self.answers, quote)

    def open_comments(self, *sections: type[Section]) -> int:
        """How many threads that the reader may read are not resolved."""
        return sum(not one.resolved for section in sections for one in self.comments.get(section.key, []))

    def open_in(self, part: type[Part]) -> int:
        """The same of a whole part."""
        return self.open_comments(*part.sections)

    def count(self, section: type[Section]) -> Markup:
        """How many are open, beside the section's name in the outline."""
        number = self.open_comments(section)
        return escape(self._talk.module.count(section, number))  # type: ignore[attr-defined]
