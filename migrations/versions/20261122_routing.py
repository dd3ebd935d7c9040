"""routing and promises.

Revision: 20261122routing, after 20261122consents.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrate import allow_values

revision = "20261122routing"
down_revision = "20261122consents"
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
    "make_safe",
    "resolve",
    "confirm",
    "fail_check",
    "close",
    "reopen",
    "revive",
    "undo",
)
_NOTES = (
    "move_pin",
    "change_category",
    "rehome",
    "extend",
    "note_delay",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "area_office_hours",
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("periods", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_area_office_hours_area_code_areas")
        ),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_area_office_hours")),
    )
    op.create_table(
        "deadline_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "acceptance",
                "dispatch",
                "handling",
                "made_safe",
                "feedback",
                "whole",
                name="deadlinestep",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column(
            "urgency",
            sa.Enum(
                "emergency",
                "urgent",
                "normal",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("amount", sa.SmallInteger(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "clock_minutes",
                "clock_hours",
                "working_hours",
                "working_days",
                name="limitunit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deadline_rules_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_deadline_rules_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_deadline_rules_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_rules")),
    )
    op.create_index(
        "uq_deadline_rules_current",
        "deadline_rules",
        ["area_code", "step", "category_id", "urgency"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("failing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_routing_rules_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_routing_rules_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
    )
    op.create_index(
        "ix_routing_rules_area",
        "routing_rules",
        ["area_code", "position"],
        unique=False,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "report_deadlines",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "acceptance",
                "dispatch",
                "handling",
                "made_safe",
                "feedback",
                "whole",
                name="deadlinestep",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("rule", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_s", sa.BigInteger(), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_deadlines_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("report_id", "step", "round", name=op.f("pk_report_deadlines")),
    )
    op.create_index(
        "ix_report_deadlines_due",
        "report_deadlines",
        ["due_at"],
        unique=False,
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND overdue_at IS NULL",
    )
    op.create_index(
        "ix_report_deadlines_provisional",
        "report_deadlines",
        ["due_at"],
        unique=False,
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND is_provisional",
    )
    op.create_index(
        "ix_report_deadlines_remind",
        "report_deadlines",
        ["remind_at"],
        unique=False,
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND reminded_at IS NULL",
    )
    op.create_table(
        "report_extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_name", sa.Text(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_name", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_extensions_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_extensions")),
    )
    op.create_index(
        "uq_report_extensions_once",
        "report_extensions",
        ["report_id"],
        unique=True,
        postgresql_where="is_granted IS NULL OR is_granted",
    )
    op.create_table(
        "routing_rule_revisions",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["routing_rules.id"], name=op.f("fk_routing_rule_revisions_rule_id_routing_rules")
        ),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_routing_rule_revisions")),
    )
    op.add_column("handling_units", sa.Column("code", sa.Text(), nullable=True))
    op.add_column(
        "reports",
        sa.Column(
            "neighbour_codes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "uq_handling_units_code",
            "handling_units",
            [sa.literal_column("left(area_code, 6)"), "code"],
            unique=True,
            postgresql_where="code IS NOT NULL",
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")
    for table in ("report_steps", "answer_templates", "report_batches"):
        allow_values(table, f"ck_{table}_move", *_MOVES, *_NOTES, column="move")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(
        "DELETE FROM report_steps "
        "WHERE move IN ('move_pin', 'change_category', 'rehome', 'extend', 'note_delay')"
    )
    for table in ("report_steps", "answer_templates", "report_batches"):
        allow_values(table, f"ck_{table}_move", *_MOVES, column="move")
    op.drop_column("reports", "neighbour_codes")
    op.drop_index("uq_handling_units_code", table_name="handling_units", postgresql_where="code IS NOT NULL")
    op.drop_column("handling_units", "code")
    op.drop_table("routing_rule_revisions")
    op.drop_index(
        "uq_report_extensions_once",
        table_name="report_extensions",
        postgresql_where="is_granted IS NULL OR is_granted",
    )
    op.drop_table("report_extensions")
    op.drop_index(
        "ix_report_deadlines_remind",
        table_name="report_deadlines",
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND reminded_at IS NULL",
    )
    op.drop_index(
        "ix_report_deadlines_provisional",
        table_name="report_deadlines",
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND is_provisional",
    )
    op.drop_index(
        "ix_report_deadlines_due",
        table_name="report_deadlines",
        postgresql_where="met_at IS NULL AND dropped_at IS NULL AND overdue_at IS NULL",
    )
    op.drop_table("report_deadlines")
    op.drop_index("ix_routing_rules_area", table_name="routing_rules", postgresql_where="ended_at IS NULL")
    op.drop_table("routing_rules")
    op.drop_index(
        "uq_deadline_rules_current",
        table_name="deadline_rules",
        postgresql_nulls_not_distinct=True,
        postgresql_where="ended_at IS NULL",
    )
    op.drop_table("deadline_rules")
    op.drop_table("area_office_hours")
