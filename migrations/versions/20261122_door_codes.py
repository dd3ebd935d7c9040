"""codes of unattended stations' doors, and who was shown them.

Revision: 20261122doors, after 20261122reports.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122doors"
down_revision = "20261122reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "door_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("code_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(code_encrypted IS NULL) = (retired_at IS NOT NULL)",
            name=op.f("ck_door_codes_retired_is_forgotten"),
        ),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_door_codes_set_by_accounts")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_door_codes_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_codes")),
    )
    op.create_index(
        "uq_door_codes_current",
        "door_codes",
        ["station_id"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "door_code_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_door_code_reads_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["door_codes.id"], name=op.f("fk_door_code_reads_code_id_door_codes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_code_reads")),
    )
    op.create_index("ix_door_code_reads_account_at", "door_code_reads", ["account_id", "read_at"])
    op.create_index("ix_door_code_reads_code_at", "door_code_reads", ["code_id", "read_at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("door_code_reads")
    op.drop_table("door_codes")
