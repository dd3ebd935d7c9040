"""attendance at shifts.

Revision: 20261122attendance, after 20261122robots.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122attendance"
down_revision = "20261122robots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "attendances",
        sa.Column("sign_up_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("in_id", sa.Uuid(), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_offline", sa.Boolean(), nullable=False),
        sa.Column(
            "in_provenance",
            sa.Enum(
                "code",
                "geofence",
                "organiser_list",
                "manual",
                "imported",
                name="in_provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "in_grade",
            sa.Enum(
                "A", "B", "C", "D", name="in_grade", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("out_id", sa.Uuid(), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_offline", sa.Boolean(), nullable=True),
        sa.Column(
            "out_provenance",
            sa.Enum(
                "code",
                "geofence",
                "organiser_list",
                "manual",
                "imported",
                name="out_provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "out_grade",
            sa.Enum(
                "A", "B", "C", "D", name="out_grade", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("is_doubtful", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(out_id, out_at, out_received_at, out_provenance) IN (0, 4)",
            name=op.f("ck_attendances_out_as_a_whole"),
        ),
        sa.CheckConstraint("out_at >= in_at", name=op.f("ck_attendances_lasts")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_attendances_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_attendances_entered_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["activity_shifts.id"], name=op.f("fk_attendances_shift_id_activity_shifts")
        ),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_ups.id"], name=op.f("fk_attendances_sign_up_id_sign_ups")
        ),
        sa.PrimaryKeyConstraint("sign_up_id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("in_id", name=op.f("uq_attendances_in_id")),
        sa.UniqueConstraint("out_id", name=op.f("uq_attendances_out_id")),
    )
    op.create_index("ix_attendances_account", "attendances", ["account_id", "in_at"], unique=False)
    op.create_index(
        "ix_attendances_device",
        "attendances",
        ["shift_id", "device_id"],
        unique=False,
        postgresql_where="device_id IS NOT NULL",
    )
    op.create_index("ix_attendances_shift", "attendances", ["shift_id", "in_at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("attendances")
