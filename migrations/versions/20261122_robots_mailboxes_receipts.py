"""robots mailboxes receipts.

Revision: 20261122robots, after 20261122wordings.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrate import allow_values

revision = "20261122robots"
down_revision = "20261122wordings"
branch_labels = None
depends_on = None

_FACTS = ("new_case", "dispatched", "returned", "due_soon", "overdue", "emergency", "nobody_on_duty")
_HAS_NEWS = "receipt IS NULL AND provider_id IS NOT NULL"


def _words(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "mailboxes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_mailboxes_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mailboxes")),
    )
    op.create_table(
        "cap_taken_back",
        sa.Column("cap_key", sa.Text(), nullable=False),
        sa.Column("within_code", sa.Text(collation="C"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cap_key", "within_code", name=op.f("pk_cap_taken_back")),
    )
    op.create_index(op.f("ix_cap_taken_back_noted_at"), "cap_taken_back", ["noted_at"], unique=False)
    _create_robots()
    op.add_column("push_deliveries", sa.Column("receipt", sa.String(length=40), nullable=True))
    op.add_column("push_deliveries", sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_push_deliveries_receipt",
            "push_deliveries",
            ["provider_id"],
            postgresql_where=_HAS_NEWS,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")
    allow_values("push_deliveries", "ck_push_deliveries_pushreceipt", "delivered", "failed", column="receipt")


def _create_robots() -> None:
    op.create_table(
        "group_robots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("vendor", _words("wecom", "dingtalk", "feishu", name="robotvendor"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("minute_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute_count", sa.SmallInteger(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_group_robots_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_group_robots_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_robots")),
    )
    op.create_index(op.f("ix_group_robots_area_code"), "group_robots", ["area_code"], unique=False)
    op.create_index(op.f("ix_group_robots_unit_id"), "group_robots", ["unit_id"], unique=False)
    op.create_table(
        "robot_news",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("robot_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("fact", _words(*_FACTS, name="robotfact"), nullable=False),
        sa.Column("state", _words("waiting", "sent", "failed", name="robotnewsstate"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_robot_news_report_id_reports")),
        sa.ForeignKeyConstraint(
            ["robot_id"], ["group_robots.id"], name=op.f("fk_robot_news_robot_id_group_robots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_news")),
        sa.UniqueConstraint("robot_id", "event_id", name=op.f("uq_robot_news_robot_id_event_id")),
    )
    op.create_index("ix_robot_news_age", "robot_news", ["created_at"], unique=False)
    op.create_index(
        "ix_robot_news_waiting",
        "robot_news",
        ["robot_id", "event_id"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_push_deliveries_receipt", table_name="push_deliveries", postgresql_where=_HAS_NEWS)
    op.drop_column("push_deliveries", "receipt_at")
    op.drop_column("push_deliveries", "receipt")
    op.drop_table("robot_news")
    op.drop_table("group_robots")
    op.drop_table("cap_taken_back")
    op.drop_table("mailboxes")
