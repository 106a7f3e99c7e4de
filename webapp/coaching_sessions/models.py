"""What is confidential: circles, their members with the wrapped keys, sealed records, the access log.

Every table here has the key of its circle; webapp/confidential.py lets nobody else read or write it. Columns named
`sealed` hold ciphertext only.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import now, today
from ..database import Model, PublicId


class Confidential:
    """Mixin of the classes behind the wall; `wall_key` names the column with the circle."""

    wall_key = "circle_id"


class Circle(Confidential, Model):
    """The people a record is between. Whoever evaluates one of them on `since` or later is out of it.

    Private notes have a circle of one, `inside` the session's: its key is also kept closed with that one's key
    (`recovery`), so that a sealed account can get it back together with the session's.
    """

    __tablename__ = "circles"
    wall_key = "id"
    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(default=today)
    inside_id: Mapped[int | None] = mapped_column(ForeignKey("circles.id"), index=True)
    recovery: Mapped[bytes | None] = mapped_column(LargeBinary)


class CircleMember(Confidential, Model):
    """One member of a circle with the circle's data key, wrapped for them. Without the wrap there is nothing to read.

    `bound_to`: the credentials the wrap is bound to; others: sealed. `closed_at`: an evaluation took the key away; it is
    `put_away` then, closed so that it opens nothing, for the case that the entry was a mistake and nobody else has it.
    `readmitted_at`: the others let them in again after a mistaken entry. `witness`: the last head of the log they saw.
    """

    __tablename__ = "circle_members"
    __table_args__ = (Index("ix_circle_members_person", "person_id", "circle_id"),)
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    wrap: Mapped[bytes | None] = mapped_column(LargeBinary)
    put_away: Mapped[bytes | None] = mapped_column(LargeBinary)
    master_key: Mapped[str] = mapped_column(String(10), default="")
    bound_to: Mapped[str] = mapped_column(String(64), default="")
    joined_at: Mapped[datetime] = mapped_column(default=now)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    readmitted_at: Mapped[datetime | None]
    witness: Mapped[bytes | None] = mapped_column(LargeBinary)


class ConfidentialRecord(PublicId, Confidential, Model):
    """A coaching session, somebody's private notes on one (`about`), or a release of progress; of one plan."""

    __tablename__ = "confidential_records"
    __table_args__ = (CheckConstraint("kind IN ('session','private_notes','release')", name="kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(40))
    form_version: Mapped[int]
    plan_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("confidential_records.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="draft")  # of a release: see releases.py
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    around: Mapped[int] = mapped_column(default=0, server_default="0")  # counts comments
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class SealedAnswer(Confidential, Model):
    """What stands at one prompt of a confidential record now; like an answer of a plan, but sealed."""

    __tablename__ = "sealed_answers"
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"), primary_key=True)
    prompt: Mapped[str] = mapped_column(String(60), primary_key=True)
    row: Mapped[str] = mapped_column(String(20), primary_key=True, default="")
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class SealedRevision(Confidential, Model):
    """Every value that ever stood at a prompt of a confidential record, and those set aside; sealed.

    `mark` is the random name that its seal is bound to.
    """

    __tablename__ = "sealed_revisions"
    __table_args__ = (
        Index("ix_sealed_revisions_prompt", "record_id", "prompt", "row"),
        Index(
            "ix_sealed_revisions_waiting",
            "record_id",
            "prompt",
            "row",
            sqlite_where=text("aside IS 1 AND compared_at IS NULL"),
            postgresql_where=text("aside IS true AND compared_at IS NULL"),
        ),
        Index("uq_sealed_revisions_key", "record_id", "prompt", "row", "by_id", "key", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(20))
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"))
    prompt: Mapped[str] = mapped_column(String(60))
    row: Mapped[str] = mapped_column(String(20), default="")
    position: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int]
    part_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    page: Mapped[str] = mapped_column(String(20), default="")
    aside: Mapped[bool] = mapped_column(default=False)
    compared_at: Mapped[datetime | None]
    restored_from: Mapped[int | None]
    sealed_typing: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # text_operations.Typing: what was done to the text
    key: Mapped[str | None] = mapped_column(String(32))  # of the page's request, which may come twice


class SealedComment(Confidential, Model):
    """A comment on one section of a coaching session, or an answer to one, which names it as its thread.

    `sealed`: its words, the words it is about, and to whom it speaks. `mark`: its name, to which the seal is bound.
    """

    __tablename__ = "sealed_comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(20))
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"), index=True)
    section: Mapped[str] = mapped_column(String(60))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("sealed_comments.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Consent(Confidential, Model):
    """What one member said to one thing that needs every member: a release, letting somebody in again, deleting.

    `about` names the exact thing: the hash of the page to be released, the person to be let in.
    """

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("record_id", "person_id", "kind", "about", name="uq_consents_record_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(20))  # release, readmit, delete
    about: Mapped[str] = mapped_column(String(64))
    agrees: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)


class CircleNews(Confidential, Model):
    """Something one member is to be told about their circle, until they have seen it."""

    __tablename__ = "circle_news"
    id: Mapped[int] = mapped_column(primary_key=True)
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # closed, readmitted, left, added, asked; release_news.py
    about_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]


class LogEntry(Confidential, Model):
    """One line of a record's access log. Each line's mark covers the line before: a change or a gap shows."""

    __tablename__ = "log_entries"
    __table_args__ = (UniqueConstraint("record_id", "number", name="uq_log_entries_record_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: the site itself
    act: Mapped[str] = mapped_column(String(30))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    master_key: Mapped[str] = mapped_column(String(10))
    mark: Mapped[bytes] = mapped_column(LargeBinary)


# ---------------------------------------------------------------- beside the wall: what is no secret


class RefusedTry(Model):
    """Somebody opened an address that is not theirs to open, whether anything is there or not; chained like a log."""

    __tablename__ = "refused_tries"
    __table_args__ = (UniqueConstraint("address", "number", name="uq_refused_tries_address"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    master_key: Mapped[str] = mapped_column(String(10))
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class KeyProof(Model):
    """By what the database recognizes each master key that was ever used in it."""

    __tablename__ = "key_proofs"
    master_key: Mapped[str] = mapped_column(String(10), primary_key=True)
    proof: Mapped[bytes] = mapped_column(LargeBinary)


class SessionNotice(Model):
    """What the coaching agreements let the principal and the champion know of one session: that it took place and,
    where ticked, its date and its focus. Sealed with a key of the ring, not the circle's: others read it."""

    __tablename__ = "session_notices"
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    master_key: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Release(PublicId, Model):
    """Progress that every member of a circle agreed to show: the exact page, sealed for its recipients."""

    __tablename__ = "releases"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("confidential_records.id"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    master_key: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime] = mapped_column(default=now)
    ends_on: Mapped[date]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class ReleaseRecipient(Model):
    """Somebody a release is for."""

    __tablename__ = "release_recipients"
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
