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
