"""duty rosters.

Revision: 20261122roster, after 20261122open311.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122roster"
down_revision = "20261122open311"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "duty_shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "rank",
            sa.Enum("first", "backup", name="dutyrank", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("in_place_of_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_shifts_lasts")),
        sa.CheckConstraint(
            "(rank IS NULL) = (in_place_of_id IS NOT NULL)", name=op.f("ck_duty_shifts_deputy_has_no_rank")
        ),
        sa.CheckConstraint("in_place_of_id <> account_id", name=op.f("ck_duty_shifts_deputy_is_another")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_duty_shifts_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_duty_shifts_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_duty_shifts_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shifts")),
    )
    op.create_index(
        "ix_duty_shifts_area",
        "duty_shifts",
        ["area_code", "ends_at"],
        unique=False,
        postgresql_where="cancelled_at IS NULL",
    )
    op.create_index("ix_duty_shifts_account", "duty_shifts", ["account_id", "ends_at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_duty_shifts_account", table_name="duty_shifts")
    op.drop_index("ix_duty_shifts_area", table_name="duty_shifts", postgresql_where="cancelled_at IS NULL")
    op.drop_table("duty_shifts")
