"""ladders of calls about emergencies.

Revision: 20261122ladders, after 20261122inboxes.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122ladders"
down_revision = "20261122inboxes"
branch_labels = None
depends_on = None

_RUNG = sa.Enum(
    "first", "backup", "district", name="rung", native_enum=False, create_constraint=True, length=40
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "duty_ladders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "calling",
                "nobody",
                "acknowledged",
                "over",
                name="ladderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(next_at IS NULL) = (state IN ('acknowledged', 'over'))",
            name=op.f("ck_duty_ladders_goes_on_until_it_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_duty_ladders_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_ladders")),
        sa.UniqueConstraint("report_id", "round", name=op.f("uq_duty_ladders_report_id_round")),
    )
    op.create_index(
        "ix_duty_ladders_due",
        "duty_ladders",
        ["next_at"],
        unique=False,
        postgresql_where="next_at IS NOT NULL",
    )
    op.create_table(
        "duty_rungs",
        sa.Column("ladder_id", sa.Uuid(), nullable=False),
        sa.Column("rung", _RUNG, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_duty", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ladder_id"], ["duty_ladders.id"], name=op.f("fk_duty_rungs_ladder_id_duty_ladders")
        ),
        sa.PrimaryKeyConstraint("ladder_id", "rung", name=op.f("pk_duty_rungs")),
    )
    op.create_table(
        "duty_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ladder_id", sa.Uuid(), nullable=False),
        sa.Column("rung", _RUNG, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_duty_calls_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["ladder_id"], ["duty_ladders.id"], name=op.f("fk_duty_calls_ladder_id_duty_ladders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_calls")),
        sa.UniqueConstraint(
            "ladder_id", "rung", "account_id", name=op.f("uq_duty_calls_ladder_id_rung_account_id")
        ),
    )
    op.create_index("ix_duty_calls_account", "duty_calls", ["account_id", "called_at"], unique=False)
    op.create_table(
        "duty_acknowledgements",
        sa.Column("ladder_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "signed_in",
                "link",
                "case",
                name="acknowledgedby",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_duty_acknowledgements_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["duty_calls.id"], name=op.f("fk_duty_acknowledgements_call_id_duty_calls")
        ),
        sa.ForeignKeyConstraint(
            ["ladder_id"], ["duty_ladders.id"], name=op.f("fk_duty_acknowledgements_ladder_id_duty_ladders")
        ),
        sa.PrimaryKeyConstraint("ladder_id", name=op.f("pk_duty_acknowledgements")),
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_reports_emergencies",
            "reports",
            ["submitted_at"],
            unique=False,
            postgresql_where="urgency = 'emergency' AND state = 'submitted'",
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_reports_emergencies", table_name="reports")
    op.drop_table("duty_acknowledgements")
    op.drop_index("ix_duty_calls_account", table_name="duty_calls")
    op.drop_table("duty_calls")
    op.drop_table("duty_rungs")
    op.drop_index("ix_duty_ladders_due", table_name="duty_ladders", postgresql_where="next_at IS NOT NULL")
    op.drop_table("duty_ladders")
