"""handling of cases.

Revision: 20261122handling, after 20261122promises.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrate import allow_values

revision = "20261122handling"
down_revision = "20261122promises"
branch_labels = None
depends_on = None

_MOVES = (
    "submit",
    "accept",
    "reject",
    "mark_duplicate",
    "withdraw",
    "dispatch",
    "take_on",
    "return",
    "suspend",
    "resume",
    "resolve",
    "confirm",
    "fail_check",
    "close",
    "reopen",
    "revive",
    "undo",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "report_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_links_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_report_links_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_report_links_secret_hash")),
    )
    op.create_index("ix_report_links_report", "report_links", ["report_id", "issued_at"], unique=False)
    op.create_table(
        "report_satisfactions",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("closing", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_satisfied", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (is_satisfied IS NULL)",
            name=op.f("ck_report_satisfactions_answered_has_answer"),
        ),
        sa.CheckConstraint(
            "answered_at IS NULL OR expired_at IS NULL",
            name=op.f("ck_report_satisfactions_answered_or_expired"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_satisfactions_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("report_id", "closing", name=op.f("pk_report_satisfactions")),
    )
    op.create_index(
        "ix_report_satisfactions_waiting",
        "report_satisfactions",
        ["expires_at"],
        unique=False,
        postgresql_where="answered_at IS NULL AND expired_at IS NULL",
    )
    op.create_table(
        "report_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken",
                "done",
                "returned",
                "dropped",
                name="taskstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("photo_ids", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_tasks_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_report_tasks_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_tasks")),
    )
    op.create_index("ix_report_tasks_report", "report_tasks", ["report_id"], unique=False)
    op.create_index(
        "ix_report_tasks_unit", "report_tasks", ["unit_id", "state", "due_at", "id"], unique=False
    )
    op.create_table(
        "report_updates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("is_still_there", sa.Boolean(), nullable=False),
        sa.Column("is_from_reporter", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_handled", sa.Boolean(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_updates_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_updates")),
    )
    op.create_index("ix_report_updates_report", "report_updates", ["report_id", "at"], unique=False)
    op.create_index(
        "ix_report_updates_unhandled",
        "report_updates",
        ["at", "report_id"],
        unique=False,
        postgresql_where="NOT is_handled",
    )
    allow_values("report_steps", "ck_report_steps_move", *_MOVES, "make_safe", column="move")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("report_updates")
    op.drop_table("report_tasks")
    op.drop_table("report_satisfactions")
    op.drop_table("report_links")
    op.execute("DELETE FROM report_steps WHERE move = 'make_safe'")
    allow_values("report_steps", "ck_report_steps_move", *_MOVES, column="move")
