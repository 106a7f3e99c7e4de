"""A document: its parts, the people in it, its answers with every revision, and what was decided about it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Model, PublicId
from ..people.models import Person, School


class PartState(StrEnum):
    """Where one part of a document stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"  # sent to the principal
    RETURNED = "returned"  # sent back with a reason
    APPROVED = "approved"
    CHANGED = "changed"  # since it was approved
    SHARED = "shared"  # for the principal's review
    SIGNED = "signed"  # every member has signed some text of it, which is in force
    ENDED = "ended"  # by one of those who signed


class Standing(StrEnum):
    """Where a participant stands."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    REMOVED = "removed"


class Document(PublicId, Model):
    """One filled-in form of one school in one school year, written under one version of its prompts."""

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_school_year", "school_id", "school_year"),
        Index("ix_documents_newest", "school_year", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(40))
    form_version: Mapped[int]
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"))
    school_year: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    session_2_held_at: Mapped[datetime | None]  # said by the coach
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)  # an agreement's plan
    school: Mapped[School] = relationship()


class DocumentPart(Model):
    """One part of a document. `version` counts its changes; an approval names the version it was given to."""

    __tablename__ = "document_parts"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default=PartState.DRAFT)
    version: Mapped[int] = mapped_column(default=0)
    reviewed: Mapped[bool] = mapped_column(default=False)  # by the principal, as it reads now
    agreed: Mapped[bool] = mapped_column(default=False)  # by every member of the circle, as it reads now
    around: Mapped[int] = mapped_column(default=0, server_default="0")  # counts comments, decisions, rows that moved, …
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Doorbell(Model):
    """How often something changed at a place (doorbell.place_of): a number, of which other processes hear. `moves`: how
    often it was that people came, went or moved."""

    __tablename__ = "doorbells"
    place: Mapped[str] = mapped_column(String(60), primary_key=True)
    rings: Mapped[int]
    moves: Mapped[int] = mapped_column(default=0, server_default="0")


class Presence(Model):
    """That somebody has a page open, for the moment. Who, and where on it, is sealed with a key of the ring, for plans as for
    what is confidential; `place` is doorbell.place_of, `page` names the open page as little as that."""

    __tablename__ = "presences"
    page: Mapped[str] = mapped_column(String(60), primary_key=True)
    place: Mapped[str] = mapped_column(String(60), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    seen_at: Mapped[datetime]


class Participant(PublicId, Model):
    """Someone named in a document, with an account or (a collaborating teacher without one) by name only."""

    __tablename__ = "participants"
    __table_args__ = (
        CheckConstraint("standing IN ('invited','confirmed','declined','removed')", name="standing"),
        CheckConstraint("name <> ''", name="named"),
        Index("ix_participants_document", "document_id"),
        Index("ix_participants_person", "person_id", "document_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(30))  # coach, teacher, principal, …: a role of the form
    leads: Mapped[bool] = mapped_column(default=False)
    in_circle: Mapped[bool] = mapped_column(default=False)
    standing: Mapped[str] = mapped_column(String(20), default=Standing.CONFIRMED)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    person: Mapped[Person | None] = relationship()


class Answer(Model):
    """What stands at one prompt now. Lists have one answer a row; `row` is '' everywhere else."""

    __tablename__ = "answers"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    prompt: Mapped[str] = mapped_column(String(60), primary_key=True)
    row: Mapped[str] = mapped_column(String(20), primary_key=True, default="")
    part: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(default=0)  # of a row in its list
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)  # None: emptied, or a row taken out
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class Revision(Model):
    """Every value that ever stood at a prompt, and (`aside`) every one that met another and waits to be compared."""

    __tablename__ = "revisions"
    __table_args__ = (
        Index("ix_revisions_prompt", "document_id", "prompt", "row"),
        Index("ix_revisions_part", "document_id", "part", "part_version"),
        Index(  # the few that wait to be compared: found without looking through a prompt's whole history
            "ix_revisions_waiting",
            "document_id",
            "prompt",
            "row",
            sqlite_where=text("aside IS 1 AND compared_at IS NULL"),
            postgresql_where=text("aside IS true AND compared_at IS NULL"),
        ),
        Index("uq_revisions_key", "document_id", "prompt", "row", "by_id", "key", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    part: Mapped[str] = mapped_column(String(40))
    prompt: Mapped[str] = mapped_column(String(60))
    row: Mapped[str] = mapped_column(String(20), default="")
    position: Mapped[int] = mapped_column(default=0)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    version: Mapped[int]  # of the answer; for one set aside, the version it was written against
    part_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    page: Mapped[str] = mapped_column(String(20), default="")  # the open page it came from
    aside: Mapped[bool] = mapped_column(default=False)
    compared_at: Mapped[datetime | None]
    restored_from: Mapped[int | None]
    operation: Mapped[Any] = mapped_column(
        JSON(none_as_null=True), nullable=True
    )  # what made this text of the one before
    goes_on: Mapped[int | None]  # text_operations.Typing
    key: Mapped[str | None] = mapped_column(String(32))  # of the page's request, which may come twice
    by: Mapped[Person] = relationship()


def _name_now(inserting: Any) -> str:
    """The name that the person who decides has at this moment."""
    person_id = inserting.get_current_parameters()["person_id"]
    name: str = inserting.connection.scalar(select(Person.name).where(Person.id == person_id))
    return name


class Decision(Model):
    """Something decided about one part, bound to the version and the content that the person was shown."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_part", "document_id", "part"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    part: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(
        String(20)
    )  # submitted, approved, returned, shared, taken_back, reviewed, agreed, …
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200), default=_name_now)  # stays as it was, like a signature
    at: Mapped[datetime] = mapped_column(default=now)
    part_version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    remark: Mapped[str] = mapped_column(Text, default="")
    signed_as: Mapped[str] = mapped_column(String(200), default="")  # the name typed as a signature
    person: Mapped[Person] = relationship()


class AgreementSetting(Model):
    """That something may be said to others about a pair's coaching, from one moment until another.

    Without the right `mark` (webapp/documents/disclosure.py) it counts for nothing.
    """

    __tablename__ = "agreement_settings"
    __table_args__ = (
        Index("ix_agreement_settings_document", "document_id", "key"),
        Index(  # each only once at a time
            "uq_agreement_settings_open",
            "document_id",
            "key",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    key: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime] = mapped_column(default=now)  # both have signed it
    until: Mapped[datetime | None]  # one of them has taken it back
    master_key: Mapped[str] = mapped_column(String(10), default="")
    mark: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class RowAgreement(Model):
    """One member's "I agree" to one row of a list (a norm), as that row was worded."""

    __tablename__ = "row_agreements"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    prompt: Mapped[str] = mapped_column(String(60), primary_key=True)
    row: Mapped[str] = mapped_column(String(20), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class Comment(PublicId, Model):
    """A remark on one section, or on some words in it; an answer to one names it as its thread and stands where it stands.
    A thread that began before the part was shared stays within the circle.

    `quote`: the words it is about, which stood `quote_at` code points into the text at this prompt (and row).
    """

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_document", "document_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    part: Mapped[str] = mapped_column(String(40))
    section: Mapped[str] = mapped_column(String(60))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    circle_only: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(String(60), default="", server_default=text("''"))
    row: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    quote: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    quote_at: Mapped[int] = mapped_column(default=0, server_default="0")
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class Mention(Model):
    """Somebody to whom a comment speaks: they are told of it while they may read it."""

    __tablename__ = "mentions"
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
