"""The form with which a coaching session is started."""

from datetime import date

import wtforms
from wtforms.widgets import CheckboxInput, ListWidget

from ..access import Opened
from ..clock import today
from ..forms import latest
from ..forms.kinds import Choice
from ..people.fields import DateField, SiteForm
from .sessions import Partner

MOST_DAYS_AWAY = 400


class StartForm(SiteForm):
    """Who meets, for which kind of session, and when."""

    attendees = wtforms.SelectMultipleField(
        "Who takes part, besides you?",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    kind = wtforms.RadioField("What kind of session is it?", validate_choice=False)
    kinds: dict[str, str]
    on = DateField("Date", missing="Please say on which day.", hint="The day of the session. You can change it later.")

    @classmethod
    def in_plan(cls, plan: Opened, partners: list[Partner]) -> "StartForm":
        """The form with those the reader can meet now."""
        form = cls()
        ready = [one.who for one in partners if not one.why_not]
        asked = latest("coaching_session").prompt("session_kind")[2]
        assert isinstance(asked, Choice)
        form.attendees.choices = [(one.public_id, one.name) for one in ready]
        form.kinds = asked.labels()
        form.kind.choices = list(form.kinds.items())
        if not form.is_submitted():
            form.on.data = today()
            form.attendees.data = [one.public_id for one in ready] if len(ready) == 1 else []
        form.attendees.data = [one.replace("\0", "") for one in form.attendees.data or []]
        return form

    def validate_attendees(self, field: wtforms.Field) -> None:
        """Somebody has to be met."""
        if not field.data:
            raise wtforms.ValidationError("Please choose who takes part.")

    def validate_kind(self, field: wtforms.Field) -> None:
        """One of those shown."""
        if field.data not in self.kinds:
            raise wtforms.ValidationError("Please choose one of the kinds shown.")

    def validate_on(self, field: wtforms.Field) -> None:
        """A day near today: a year that was mistyped is noticed."""
        if isinstance(field.data, date) and abs((field.data - today()).days) > MOST_DAYS_AWAY:
            raise wtforms.ValidationError("This is more than a year away. Please check the date.")
