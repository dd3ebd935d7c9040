"""cases for other cities.

Revision: 20261122cities, after 20261122warnings.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122cities"
down_revision = "20261122warnings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "open311_endpoints",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "fmt",
            sa.Enum(
                "xml", "json", name="open311format", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("jurisdiction_id", sa.Text(), nullable=True),
        sa.Column("api_key_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("services", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("statuses", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("has_updates", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("updates_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_open311_endpoints_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_open311_endpoints")),
    )
    op.create_table(
        "open311_sendings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "acknowledged",
                "delivered",
                "failed",
                "gave_up",
                "cancelled",
                name="sendingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("remote_status", sa.Text(), nullable=True),
        sa.Column("remote_notes", sa.Text(), nullable=True),
        sa.Column("remote_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_open311_sendings_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_open311_sendings_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_sendings")),
        sa.UniqueConstraint("reference", name=op.f("uq_open311_sendings_reference")),
    )
    op.create_index(
        "ix_open311_sendings_due",
        "open311_sendings",
        ["next_try_at"],
        unique=False,
        postgresql_where="state IN ('queued', 'sent', 'acknowledged', 'failed')",
    )
    op.create_index(
        "ix_open311_sendings_followed",
        "open311_sendings",
        ["unit_id", "next_try_at"],
        unique=False,
        postgresql_where="state = 'delivered'",
    )
    op.create_index(
        "ix_open311_sendings_held",
        "open311_sendings",
        ["busy_until"],
        unique=False,
        postgresql_where="state = 'sending'",
    )
    op.create_index(
        "ix_open311_sendings_remote",
        "open311_sendings",
        ["unit_id", "remote_id"],
        unique=False,
        postgresql_where="remote_id IS NOT NULL",
    )
    op.create_index("ix_open311_sendings_report", "open311_sendings", ["report_id", "id"], unique=False)
    op.create_table(
        "open311_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sending_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_open311_notes_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["open311_sendings.id"], name=op.f("fk_open311_notes_sending_id_open311_sendings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_notes")),
    )
    op.create_index("ix_open311_notes_sending", "open311_notes", ["sending_id", "at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("open311_notes")
    op.drop_table("open311_sendings")
    op.drop_table("open311_endpoints")
