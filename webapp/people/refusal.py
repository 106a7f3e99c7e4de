"""When the site says no to something a person asked for, with the reason in words for that person."""


class Refused(ValueError):
    """Not done, and why. `field` names the box of the form that the reason belongs to, if there is one."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field
