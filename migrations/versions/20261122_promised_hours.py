"""the hours that stations promised, kept from one instant to another.

Revision: 20261122promises, after 20261122doors.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122promises"
down_revision = "20261122doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "station_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=False),
        sa.Column(
            "holiday_policy",
            sa.Enum(
                "closed",
                "same",
                "own_hours",
                name="holidaypolicy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("holiday_hours", sa.Text(), nullable=False),
        sa.Column(
            "makeup_policy",
            sa.Enum(
                "as_workday",
                "as_weekend",
                name="makeuppolicy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seats", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_hours_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_hours")),
    )
    op.create_index("ix_station_hours_station_from", "station_hours", ["station_id", "valid_from"])
    op.create_index(
        "uq_station_hours_current",
        "station_hours",
        ["station_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    # What came before is not known: today's hours stand for all the time, and for a removed one until then.
    op.execute(
        """
        INSERT INTO station_hours (id, station_id, valid_from, valid_to, opening_hours, holiday_policy,
          holiday_hours, makeup_policy, seats)
        SELECT gen_random_uuid(), id, created_at, CASE WHEN status = 'removed' THEN changed_at END,
          opening_hours, holiday_policy, holiday_hours, makeup_policy, seats
        FROM stations WHERE status <> 'planned'
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("station_hours")
