"""the desk of the clerks.

Revision: 20261122desk, after 20261122handling.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122desk"
down_revision = "20261122handling"
branch_labels = None
depends_on = None

# A listed case is one that is not confidential; it counts for its town, in its state and urgency.
_COUNT = """
CREATE FUNCTION count_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
        (left(OLD.area_code, 9), OLD.state, OLD.urgency_rank, OLD.is_confidential) =
        (left(NEW.area_code, 9), NEW.state, NEW.urgency_rank, NEW.is_confidential) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND NOT OLD.is_confidential THEN
        INSERT INTO report_count_deltas (town_code, state, urgency_rank, delta)
        VALUES (left(OLD.area_code, 9), OLD.state, OLD.urgency_rank, -1);
    END IF;
    IF NOT NEW.is_confidential THEN
        INSERT INTO report_count_deltas (town_code, state, urgency_rank, delta)
        VALUES (left(NEW.area_code, 9), NEW.state, NEW.urgency_rank, 1);
    END IF;
    RETURN NULL;
END
$$
"""
_COUNT_ON = """
CREATE TRIGGER count_reports
AFTER INSERT OR UPDATE OF state, area_code, urgency, is_confidential ON reports
FOR EACH ROW EXECUTE FUNCTION count_reports()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "report_count_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("town_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "dispatched",
                "in_progress",
                "returned",
                "suspended",
                "resolved",
                "closed",
                "rejected",
                "duplicate",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("urgency_rank", sa.SmallInteger(), nullable=False),
        sa.Column("delta", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_count_deltas")),
    )
    op.create_table(
        "report_counts",
        sa.Column("town_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "dispatched",
                "in_progress",
                "returned",
                "suspended",
                "resolved",
                "closed",
                "rejected",
                "duplicate",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("urgency_rank", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("town_code", "state", "urgency_rank", name=op.f("pk_report_counts")),
    )
    op.create_table(
        "answer_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
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
                "make_safe",
                "resolve",
                "confirm",
                "fail_check",
                "close",
                "reopen",
                "revive",
                "undo",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_answer_templates_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_answer_templates_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_templates")),
    )
    op.create_index(op.f("ix_answer_templates_area_code"), "answer_templates", ["area_code"], unique=False)
    op.create_table(
        "stored_filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_stored_filters_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_filters")),
    )
    op.create_index(
        "ix_stored_filters_account", "stored_filters", ["account_id", "position", "id"], unique=False
    )
    op.create_table(
        "report_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
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
                "make_safe",
                "resolve",
                "confirm",
                "fail_check",
                "close",
                "reopen",
                "revive",
                "undo",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_report_batches_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_report_batches_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_batches")),
    )
    op.create_index("ix_report_batches_account", "report_batches", ["account_id", "made_at"], unique=False)
    op.create_index(
        "ix_report_batches_waiting",
        "report_batches",
        ["made_at"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_table(
        "report_batch_items",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "refused",
                "undone",
                "undo_refused",
                name="batchitemstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("version_after", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["report_batches.id"], name=op.f("fk_report_batch_items_batch_id_report_batches")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_batch_items_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("batch_id", "report_id", name=op.f("pk_report_batch_items")),
    )
    op.create_table(
        "report_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_notes_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_notes")),
    )
    op.create_index("ix_report_notes_report", "report_notes", ["report_id", "made_at"], unique=False)
    op.create_table(
        "report_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_questions_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_questions")),
    )
    op.create_index("ix_report_questions_report", "report_questions", ["report_id", "asked_at"], unique=False)
    op.execute(_COUNT)
    op.execute(_COUNT_ON)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP TRIGGER count_reports ON reports")
    op.execute("DROP FUNCTION count_reports")
    op.drop_index("ix_report_questions_report", table_name="report_questions")
    op.drop_table("report_questions")
    op.drop_index("ix_report_notes_report", table_name="report_notes")
    op.drop_table("report_notes")
    op.drop_table("report_batch_items")
    op.drop_index(
        "ix_report_batches_waiting", table_name="report_batches", postgresql_where="done_at IS NULL"
    )
    op.drop_index("ix_report_batches_account", table_name="report_batches")
    op.drop_table("report_batches")
    op.drop_index("ix_stored_filters_account", table_name="stored_filters")
    op.drop_table("stored_filters")
    op.drop_index(op.f("ix_answer_templates_area_code"), table_name="answer_templates")
    op.drop_table("answer_templates")
    op.drop_table("report_counts")
    op.drop_table("report_count_deltas")
