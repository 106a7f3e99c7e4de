"""The dates of the coaching programme."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model


class TrainingDate(Model):
    """When Session 1, 2, … of the coaching programme takes place in a district in one school year."""

    __tablename__ = "training_dates"
    __table_args__ = (
        UniqueConstraint("district_id", "school_year", "number"),
        CheckConstraint("number BETWEEN 1 AND 20", name="number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    school_year: Mapped[int]
    number: Mapped[int]
    held_on: Mapped[date]
