"""broadcasts, texts that people wrote for many inboxes, and rows for which a digest will speak.

Revision: 20261122broadcasts, after 20261122plates.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122broadcasts"
down_revision = "20261122plates"
branch_labels = None
depends_on = None

STATES = ("draft", "waiting", "scheduled", "sending", "sent", "cancelled")
MOVES = (
    "write", "edit", "ask", "schedule", "approve", "hand_back", "hold", "begin", "finish", "cancel",
)  # fmt: skip
AUDIENCES = ("area", "worker_kind", "station", "team")
WORKERS = ("food_rider", "courier", "truck_driver", "ride_hail_driver", "other")
_DUE = "state IN ('scheduled', 'sending')"
_UNCOUNTED = "done_at IS NOT NULL AND counted_at IS NULL"
_NEW = {
    "ix_notifications_broadcast": ("subject_id", "kind = 'broadcast'"),
    "ix_notifications_digest": ("digest_at", "digest_at IS NOT NULL"),
}


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "notification_texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("written_at", instant, nullable=False),
        sa.Column("withdrawn_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_texts")),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("audience", _one_of(*AUDIENCES, name="audiencekind"), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("worker_kind", _one_of(*WORKERS, name="workerkind"), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("urgency", _one_of("emergency", "urgent", "normal", name="urgency"), nullable=False),
        sa.Column("send_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=True),
        sa.Column("state", _one_of(*STATES, name="broadcaststate"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", instant, nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("counted_from", instant, nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("done_at", instant, nullable=True),
        sa.Column("pushed", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.BigInteger(), nullable=True),
        sa.Column("opened", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", instant, nullable=True),
        sa.CheckConstraint(
            "(audience = 'station') = (station_id IS NOT NULL)",
            name=op.f("ck_broadcasts_audience_has_station"),
        ),
        sa.CheckConstraint(
            "(audience = 'worker_kind') = (worker_kind IS NOT NULL)",
            name=op.f("ck_broadcasts_audience_has_kind"),
        ),
        sa.CheckConstraint(
            "(audience = 'team') = (team_id IS NOT NULL)", name=op.f("ck_broadcasts_audience_has_team")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_broadcasts_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_teams.id"], name=op.f("fk_broadcasts_team_id_volunteer_teams")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_broadcasts_station_id_stations")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_broadcasts_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_area", "broadcasts", ["area_code", "id"])
    op.create_index("ix_broadcasts_due", "broadcasts", ["send_at"], postgresql_where=sa.text(_DUE))
    op.create_index(
        "ix_broadcasts_uncounted", "broadcasts", ["done_at"], postgresql_where=sa.text(_UNCOUNTED)
    )
    op.create_table(
        "broadcast_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("broadcast_id", sa.Uuid(), nullable=False),
        sa.Column("move", _one_of(*MOVES, name="broadcastmove"), nullable=False),
        sa.Column("to_state", _one_of(*STATES, name="to_state"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_steps_broadcast_id_broadcasts")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_broadcast_steps_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_steps")),
    )
    op.create_index("ix_broadcast_steps_broadcast", "broadcast_steps", ["broadcast_id", "id"])
    op.add_column("notifications", sa.Column("digest_at", instant, nullable=True))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        for name, (column, where) in _NEW.items():
            op.create_index(
                name,
                "notifications",
                [column],
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
            )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for name in _NEW:
        op.drop_index(name, table_name="notifications")
    op.drop_column("notifications", "digest_at")
    op.drop_table("broadcast_steps")
    op.drop_table("broadcasts")
    op.drop_table("notification_texts")
