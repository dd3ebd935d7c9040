"""privacy officers, where data were read, bans.

Revision: 20261122oversight, after 20261122first.
"""

import sqlalchemy as sa
from alembic import op

from app.core.migrate import allow_values

revision = "20261122oversight"
down_revision = "20261122first"
branch_labels = None
depends_on = None

ROLES = ("worker", "station_manager", "community_staff", "district_officer", "sysadmin")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "account_bans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("banned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("banned_by", sa.Uuid(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_bans_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["banned_by"], ["accounts.id"], name=op.f("fk_account_bans_banned_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["accounts.id"], name=op.f("fk_account_bans_lifted_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_bans")),
    )
    op.create_index(op.f("ix_account_bans_account_id"), "account_bans", ["account_id"], unique=False)
    op.create_index(
        "uq_account_bans_in_force",
        "account_bans",
        ["account_id"],
        unique=True,
        postgresql_where="lifted_at IS NULL",
    )
    op.add_column("personal_data_reads", sa.Column("area_code", sa.Text(collation="C"), nullable=True))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_personal_data_reads_read_at",
            "personal_data_reads",
            ["read_at"],
            unique=False,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")
    allow_values("role_grants", "ck_role_grants_role", *ROLES, "privacy_officer", column="role")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_personal_data_reads_read_at", table_name="personal_data_reads")
    op.drop_column("personal_data_reads", "area_code")
    op.drop_table("account_bans")
    op.execute("DELETE FROM role_grants WHERE role = 'privacy_officer'")
    allow_values("role_grants", "ck_role_grants_role", *ROLES, column="role")
