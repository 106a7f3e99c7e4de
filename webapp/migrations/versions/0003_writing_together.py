"""Writing together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "doorbells",
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_doorbells")),
    )
    op.create_table(
        "presences",
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("page", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_place"), "presences", ["place"])
    with op.batch_alter_table("document_parts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("around", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("operation", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("goes_on", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("key", sa.String(length=32), nullable=True))
        batch_op.create_index("uq_revisions_key", ["document_id", "prompt", "row", "by_id", "key"], unique=True)

    with op.batch_alter_table("sealed_revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_typing", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("key", sa.String(length=32), nullable=True))
        batch_op.create_index("uq_sealed_revisions_key", ["record_id", "prompt", "row", "by_id", "key"], unique=True)

    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("thread_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("prompt", sa.String(length=60), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("row", sa.String(length=20), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("quote", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("quote_at", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_foreign_key(batch_op.f("fk_comments_thread_id"), "comments", ["thread_id"], ["id"])

    op.create_table(
        "mentions",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_mentions_comment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mentions_person_id")),
        sa.PrimaryKeyConstraint("comment_id", "person_id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_person_id"), "mentions", ["person_id"])

    with op.batch_alter_table("confidential_records", schema=None) as batch_op:
        batch_op.add_column(sa.Column("around", sa.Integer(), server_default="0", nullable=False))

    op.create_table(
        "sealed_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_sealed_comments_by_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_sealed_comments_circle_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_sealed_comments_record_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["people.id"], name=op.f("fk_sealed_comments_resolved_by_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["sealed_comments.id"], name=op.f("fk_sealed_comments_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_comments")),
    )
    op.create_index(op.f("ix_sealed_comments_circle_id"), "sealed_comments", ["circle_id"])
    op.create_index(op.f("ix_sealed_comments_record_id"), "sealed_comments", ["record_id"])
