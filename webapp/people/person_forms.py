"""The forms on the administrator's page about one person, and the places a role can be at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from . import schools
from .fields import DateField, EmailField, LineField, SelectField, SiteForm
from .models import District, Role, School

NOWHERE = ("", "Choose a place")


@dataclass(frozen=True)
class Place:
    """A school, or a whole district (no school)."""

    district: District
    school: School | None = None


class InvitationForm(SiteForm):
    """A new person."""

    name = LineField("Name", missing="Please write the person’s name.")
    email = EmailField("E-mail", hint="They sign in with this address.")
    teaching_assignment = LineField("What they teach", hint="For example: Grade 7 mathematics.")


class DetailsForm(InvitationForm):
    """What is known of a person."""


class RoleForm(SiteForm):
    """A role, where, and from when."""

    role = SelectField("Role")
    place = SelectField("School or district", missing="Please choose the school or the district.")
    starts = DateField("First day", missing="Please say from which day.")
    ends = DateField("Last day")

    def __init__(self, *arguments: Any, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.places = _places()
        self.place.offer([NOWHERE, *((key, _label(place)) for key, place in self.places.items())])
        self.role.offer((role.value, role.label) for role in Role)

    def chosen(self) -> Place:
        """The place that was chosen; only after `validate`."""
        return self.places[self.place.data]


class EvaluatorForm(SiteForm):
    """Who evaluates this person, and from when."""

    email = EmailField("E-mail of the person who evaluates", missing="Please write the e-mail of that person.")
    starts = DateField("First day", missing="Please say from which day.")
    ends = DateField("Last day")


class EndForm(SiteForm):
    """The last day of something."""

    last_day = DateField("Last day", missing="Please say which day is the last.")


def for_today(form: type[SiteForm], prefix: str, today: date) -> SiteForm:
    """A form that nobody has filled in yet, its day being today."""
    return form(formdata=None, prefix=prefix, data={"starts": today, "last_day": today})


def _places() -> dict[str, Place]:
    found = {f"district:{known.public_id}": Place(known) for known in schools.districts()}
    for school in schools.all_schools():
        found[f"school:{school.public_id}"] = Place(school.district, school)
    return found


def _label(place: Place) -> str:
    return place.school.name if place.school else f"{place.district.name} (whole district)"
