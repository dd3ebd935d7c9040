"""systems of weather bureaus that post alerts by themselves.

Revision: 20261122feeds, after 20261122around.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122feeds"
down_revision = "20261122around"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "weather_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_weather_feeds_area_code_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weather_feeds")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_weather_feeds_key_hash")),
    )
    op.create_index(op.f("ix_weather_feeds_area_code"), "weather_feeds", ["area_code"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.drop_table("weather_feeds")
