"""Districts, schools, people and how they relate."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Model, PublicId


class Role(StrEnum):
    """What someone does at a school or in the district."""

    TEACHER = "teacher"
    COACH = "coach"
    PRINCIPAL = "principal"
    ASSISTANT_PRINCIPAL = "assistant_principal"
    CHAMPION = "champion"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role as people say it."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.TEACHER: "Teacher",
    Role.COACH: "Coach",
    Role.PRINCIPAL: "Principal",
    Role.ASSISTANT_PRINCIPAL: "Assistant principal",
    Role.CHAMPION: "Coach champion",
    Role.ADMINISTRATOR: "Administrator",
}


class Site(Model):
    """This installation: one row. A demo site holds invented people only."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_demo: Mapped[bool] = mapped_column(default=False)


class District(PublicId, Model):
    """A school district."""

    __tablename__ = "districts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class School(PublicId, Model):
    """A school of one district. Title I: its families' incomes bring it federal money (ESEA, Title I, Part A)."""

    __tablename__ = "schools"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    title_one: Mapped[bool] = mapped_column(default=False)
    district: Mapped[District] = relationship()


class Person(PublicId, Model):
    """Someone with an account. Without a password yet: invited. Deactivated: cannot sign in, is kept."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # kept in lower case
    teaching_assignment: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    deactivated_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        """Whether this person may sign in."""
        return self.deactivated_at is None


class Dated:
    """Mixin: between two dates (both included), unless it was entered by mistake (voided): then it counts for nothing."""

    starts: Mapped[date]
    ends: Mapped[date | None]
    counted_until: Mapped[date | None]  # the day to which it did count here, where `ends` does not tell
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Membership(Dated, PublicId, Model):
    """A role someone has at a school, or in the whole district (no school), between two dates (both included)."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("ends IS NULL OR ends >= starts", name="ends_after_start"),
        CheckConstraint(
            "role IN ('teacher','coach','principal','assistant_principal','champion','administrator')", name="role"
        ),
        Index("ix_memberships_person_role", "person_id", "role"),
        Index("ix_memberships_school_role", "school_id", "role"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(30))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    school: Mapped[School | None] = relationship()
    district: Mapped[District] = relationship()

    @property
    def title(self) -> str:
        """What and where: Coach, Roosevelt Middle School. Needs school and district loaded."""
        return f"{Role(self.role).label}, {self.school.name if self.school else self.district.name}"


class EvaluatorAssignment(Dated, PublicId, Model):
    """One person evaluates another by assignment, between two dates (both included)."""

    __tablename__ = "evaluator_assignments"
    __table_args__ = (
        CheckConstraint("evaluator_id <> evaluated_id", name="not_oneself"),
        CheckConstraint("ends IS NULL OR ends >= starts", name="ends_after_start"),
        Index("ix_evaluator_assignments_pair", "evaluator_id", "evaluated_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    evaluator_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    evaluated_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    evaluator: Mapped[Person] = relationship(foreign_keys=[evaluator_id])
    evaluated: Mapped[Person] = relationship(foreign_keys=[evaluated_id])


class SignIn(PublicId, Model):
    """One signed-in browser. The cookie holds a random token; here is only its hash."""

    __tablename__ = "sign_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    browser: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    active_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Link(Model):
    """An invitation or a password reset: works once, until it expires. Only the hash is kept."""

    __tablename__ = "links"
    __table_args__ = (CheckConstraint("purpose IN ('invitation','reset')", name="purpose"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FailedSignIn(Model):
    """Failed sign-ins for one e-mail address (hashed, so that typing errors are not kept), known or not."""

    __tablename__ = "failed_sign_ins"
    email_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class Mail(Model):
    """A message waiting to be sent. Links are made when it is sent, so none is ever kept here."""

    __tablename__ = "mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    path: Mapped[str] = mapped_column(String(200), default="")  # the page that a notice points at
    to_address: Mapped[str | None] = mapped_column(String(254))  # only where the person's own is not meant
    created_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
