"""warnings of emergencies.

Revision: 20261122warnings, after 20261122vendors.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122warnings"
down_revision = "20261122vendors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "hazard_warnings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "confirmed",
                "corroborated",
                name="warningbasis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_hazard_warnings_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_warnings")),
        sa.UniqueConstraint("report_id", name=op.f("uq_hazard_warnings_report_id")),
    )
    op.create_index(op.f("ix_hazard_warnings_expires_at"), "hazard_warnings", ["expires_at"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(op.f("ix_hazard_warnings_expires_at"), table_name="hazard_warnings")
    op.drop_table("hazard_warnings")
