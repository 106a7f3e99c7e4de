"""The small forms around a plan: starting it, searching for people, noting down a name, a reason."""

from typing import Any

import wtforms

from ..clock import school_year_name
from ..forms.kinds import TEXT_LENGTH
from ..people import directory
from ..people.fields import LineField, SiteForm
from ..text import UnusableText, tidy
from . import participants


class StartForm(SiteForm):
    """Where the plan is made, who approves it, and whether it begins with last year's Part 1."""

    place = wtforms.RadioField("Which school, and which principal?")
    start_from = wtforms.RadioField("Start from")

    @classmethod
    def for_coach(cls, person_id: int) -> "StartForm":
        """The form with this coach's schools, their principals, and the coach's earlier plans to choose from."""
        form = cls()
        form.schools = {school.public_id: school for school in participants.schools_to_coach_at(person_id)}
        form.heads = {
            f"{school.public_id}.{head.public_id}": (school, head)
            for school in form.schools.values()
            for head in directory.heads(school.id)
            if head.id != person_id
        }
        form.earlier = {
            document.public_id: document for document in participants.earlier_plans(person_id, "peer_coaching_plan")
        }
        form.place.choices = [
            (key, f"{school.name}, with {head.name}, {head.role.label.lower()}")
            for key, (school, head) in form.heads.items()
        ]
        form.start_from.choices = [
            ("", "An empty plan"),
            *(
                (key, f"Part 1 of my plan of {school_year_name(document.school_year)}")
                for key, document in form.earlier.items()
            ),
        ]
        if not form.is_submitted():
            form.place.data = form.usual_place()
            form.start_from.data = ""
        form.start_from.data = form.start_from.data or ""
        return form

    def usual_place(self) -> str | None:
        """The coach's only school with its principal, to begin with; None if there is more than one."""
        first_of = {school.public_id: key for key, (school, _head) in reversed(self.heads.items())}
        return next(iter(first_of.values())) if len(first_of) == 1 else None

    def chosen(self) -> dict[str, Any]:
        """What was chosen, for `participants.start_plan`."""
        school, head = self.heads[self.place.data]
        return {"school": school, "principal_id": head.id, "start_from": self.earlier.get(self.start_from.data)}


class SearchForm(wtforms.Form):
    """A few letters of a name."""

    q = LineField("Name or e-mail", longest=100)


class NameForm(SiteForm):
    """The name of someone without an account."""

    name = LineField("Name", missing="Please write a name.", longest=100)


class SignatureForm(SiteForm):
    """A name, typed as a signature."""

    signed_as = LineField("Your name", missing="Please type your name. It is your signature.", longest=200)


class ReasonForm(SiteForm):
    """Why Part 1 goes back to the coach."""

    remark = wtforms.TextAreaField("What should the coach change?")

    def validate_remark(self, field: wtforms.Field) -> None:
        """A reason is needed, and it must be text we can keep."""
        try:
            field.data = tidy(field.data or "")
        except UnusableText as error:
            raise wtforms.ValidationError(str(error)) from error
        if not field.data:
            raise wtforms.ValidationError("Please say what should change, so that the coach knows what to do.")
        if len(field.data) > TEXT_LENGTH:
            raise wtforms.ValidationError(f"There is room for {TEXT_LENGTH:,} characters. Please shorten this.")
