"""inboxes and copies.

Revision: 20261122inboxes, after 20261122public.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122inboxes"
down_revision = "20261122public"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "notification_preferences",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("topics", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("riding_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "language",
            sa.Enum("zh-CN", "en", name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notification_preferences_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template_version", sa.SmallInteger(), nullable=False),
        sa.Column("params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("event_key", sa.Text(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(collation="C"), nullable=True),
        sa.Column("collapse_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_tier", sa.SmallInteger(), nullable=False),
        sa.Column("is_gathered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notifications_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_inbox", "notifications", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_notifications_push",
        "notifications",
        ["push_at"],
        unique=False,
        postgresql_where="push_at IS NOT NULL",
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["account_id"],
        unique=False,
        postgresql_where="read_at IS NULL",
    )
    op.create_index(
        "uq_notifications_event", "notifications", ["account_id", "event_key", "kind"], unique=True
    )
    op.create_table(
        "push_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "getui",
                "jpush",
                "fcm",
                "web_push",
                "wechat",
                "sms",
                "voice",
                "email",
                name="pushchannel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("credits", sa.SmallInteger(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_devices_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_push_devices_token_hash")),
    )
    op.create_index("ix_push_devices_account", "push_devices", ["account_id"], unique=False)
    op.create_index("ix_push_devices_seen", "push_devices", ["seen_at"], unique=False)
    op.create_index("uq_push_devices_session_channel", "push_devices", ["session_id", "channel"], unique=True)
    op.create_table(
        "push_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "getui",
                "jpush",
                "fcm",
                "web_push",
                "wechat",
                "sms",
                "voice",
                "email",
                name="pushchannel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("covers", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "skipped",
                "held",
                name="pushstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_deliveries_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["push_devices.id"],
            name=op.f("fk_push_deliveries_device_id_push_devices"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_push_deliveries_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_deliveries")),
    )
    op.create_index("ix_push_deliveries_account", "push_deliveries", ["account_id"], unique=False)
    op.create_index("ix_push_deliveries_device", "push_deliveries", ["device_id"], unique=False)
    op.create_index(
        "ix_push_deliveries_done",
        "push_deliveries",
        ["done_at"],
        unique=False,
        postgresql_where="done_at IS NOT NULL",
    )
    op.create_index(
        "ix_push_deliveries_held", "push_deliveries", ["id"], unique=False, postgresql_where="state = 'held'"
    )
    op.create_index("ix_push_deliveries_notification", "push_deliveries", ["notification_id"], unique=False)
    op.create_index(
        "ix_push_deliveries_waiting",
        "push_deliveries",
        ["channel", "next_try_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(
        "ix_push_deliveries_waiting", table_name="push_deliveries", postgresql_where="state = 'waiting'"
    )
    op.drop_index("ix_push_deliveries_notification", table_name="push_deliveries")
    op.drop_index("ix_push_deliveries_held", table_name="push_deliveries", postgresql_where="state = 'held'")
    op.drop_index(
        "ix_push_deliveries_done", table_name="push_deliveries", postgresql_where="done_at IS NOT NULL"
    )
    op.drop_index("ix_push_deliveries_device", table_name="push_deliveries")
    op.drop_index("ix_push_deliveries_account", table_name="push_deliveries")
    op.drop_table("push_deliveries")
    op.drop_index("uq_push_devices_session_channel", table_name="push_devices")
    op.drop_index("ix_push_devices_seen", table_name="push_devices")
    op.drop_index("ix_push_devices_account", table_name="push_devices")
    op.drop_table("push_devices")
    op.drop_index("uq_notifications_event", table_name="notifications")
    op.drop_index("ix_notifications_unread", table_name="notifications", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notifications_push", table_name="notifications", postgresql_where="push_at IS NOT NULL")
    op.drop_index("ix_notifications_inbox", table_name="notifications")
    op.drop_table("notifications")
    op.drop_table("notification_preferences")
