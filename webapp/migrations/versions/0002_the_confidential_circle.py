"""The confidential circle."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "circles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("inside_id", sa.Integer(), nullable=True),
        sa.Column("recovery", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["inside_id"], ["circles.id"], name=op.f("fk_circles_inside_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circles")),
    )
    with op.batch_alter_table("circles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circles_inside_id"), ["inside_id"], unique=False)

    op.create_table(
        "key_proofs",
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("master_key", name=op.f("pk_key_proofs")),
    )
    op.create_table(
        "circle_members",
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=True),
        sa.Column("put_away", sa.LargeBinary(), nullable=True),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("bound_to", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("readmitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("witness", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["people.id"], name=op.f("fk_circle_members_added_by_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_circle_members_circle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_circle_members_person_id")),
        sa.PrimaryKeyConstraint("circle_id", "person_id", name=op.f("pk_circle_members")),
    )
    with op.batch_alter_table("circle_members", schema=None) as batch_op:
        batch_op.create_index("ix_circle_members_person", ["person_id", "circle_id"], unique=False)

    op.create_table(
        "circle_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["about_id"], ["people.id"], name=op.f("fk_circle_news_about_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_circle_news_circle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_circle_news_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_news")),
    )
    with op.batch_alter_table("circle_news", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_news_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_news_person_id"), ["person_id"], unique=False)

    op.create_table(
        "refused_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_refused_tries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_tries")),
        sa.UniqueConstraint("address", "number", name="uq_refused_tries_address"),
    )
    op.create_table(
        "agreement_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_agreement_settings_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_settings")),
    )
    with op.batch_alter_table("agreement_settings", schema=None) as batch_op:
        batch_op.create_index("ix_agreement_settings_document", ["document_id", "key"], unique=False)
        batch_op.create_index(
            "uq_agreement_settings_open",
            ["document_id", "key"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "confidential_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint("kind IN ('session','private_notes','release')", name=op.f("ck_confidential_records_kind")),
        sa.ForeignKeyConstraint(
            ["about_id"], ["confidential_records.id"], name=op.f("fk_confidential_records_about_id")
        ),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_confidential_records_changed_by_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_confidential_records_circle_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["people.id"], name=op.f("fk_confidential_records_created_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["documents.id"], name=op.f("fk_confidential_records_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidential_records")),
        sa.UniqueConstraint("public_id", name=op.f("uq_confidential_records_public_id")),
    )
    with op.batch_alter_table("confidential_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confidential_records_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_confidential_records_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_confidential_records_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_consents_circle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_consents_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("record_id", "person_id", "kind", "about", name="uq_consents_record_id"),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "log_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=30), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["people.id"], name=op.f("fk_log_entries_about_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_log_entries_circle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_log_entries_person_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_log_entries_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("record_id", "number", name="uq_log_entries_record_id"),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_entries_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["documents.id"], name=op.f("fk_releases_plan_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_releases_record_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["people.id"], name=op.f("fk_releases_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("public_id", name=op.f("uq_releases_public_id")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_releases_record_id"), ["record_id"], unique=False)

    op.create_table(
        "sealed_answers",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(length=60), nullable=False),
        sa.Column("row", sa.String(length=20), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["people.id"], name=op.f("fk_sealed_answers_changed_by_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_sealed_answers_circle_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_sealed_answers_record_id")),
        sa.PrimaryKeyConstraint("record_id", "prompt", "row", name=op.f("pk_sealed_answers")),
    )
    with op.batch_alter_table("sealed_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_answers_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "sealed_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("circle_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(length=60), nullable=False),
        sa.Column("row", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_sealed_revisions_by_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circles.id"], name=op.f("fk_sealed_revisions_circle_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_sealed_revisions_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_revisions")),
    )
    with op.batch_alter_table("sealed_revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_revisions_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index("ix_sealed_revisions_prompt", ["record_id", "prompt", "row"], unique=False)
        batch_op.create_index(
            "ix_sealed_revisions_waiting",
            ["record_id", "prompt", "row"],
            unique=False,
            sqlite_where=sa.text("aside IS 1 AND compared_at IS NULL"),
            postgresql_where=sa.text("aside IS true AND compared_at IS NULL"),
        )

    op.create_table(
        "session_notices",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("master_key", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["documents.id"], name=op.f("fk_session_notices_plan_id")),
        sa.ForeignKeyConstraint(["record_id"], ["confidential_records.id"], name=op.f("fk_session_notices_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_session_notices")),
    )
    with op.batch_alter_table("session_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_notices_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "release_recipients",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_release_recipients_person_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_release_recipients_release_id")),
        sa.PrimaryKeyConstraint("release_id", "person_id", name=op.f("pk_release_recipients")),
    )
    with op.batch_alter_table("release_recipients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_recipients_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signed_as", sa.String(length=200), nullable=False))

    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_documents_plan_id"), ["plan_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_documents_plan_id"), "documents", ["plan_id"], ["id"])

    with op.batch_alter_table("evaluator_assignments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("voided_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_evaluator_assignments_voided_by_id"), "people", ["voided_by_id"], ["id"]
        )

    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_address", sa.String(length=254), nullable=True))

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("voided_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_memberships_voided_by_id"), "people", ["voided_by_id"], ["id"])
