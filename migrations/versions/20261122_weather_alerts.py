"""weather alerts, and who asked to be told of an area's.

Revision: 20261122weather, after 20261122sizes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122weather"
down_revision = "20261122sizes"
branch_labels = None
depends_on = None

KINDS = (
    "typhoon", "rain", "snow", "cold_wave", "gale", "sandstorm", "heat", "drought", "thunder", "hail",
    "frost", "fog", "haze", "road_ice",
)  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "weather_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="weatherkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "colour",
            sa.Enum(
                "blue", "yellow", "orange", "red",
                name="alertcolour", native_enum=False, create_constraint=True, length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cap_key", sa.Text(), nullable=True),
        sa.Column("replaces", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", instant, nullable=False),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_weather_alerts_lasts")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_weather_alerts_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_weather_alerts_entered_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weather_alerts")),
    )  # fmt: skip
    op.create_index("uq_weather_alerts_cap", "weather_alerts", ["cap_key", "area_code"], unique=True)
    op.create_index(
        "ix_weather_alerts_area",
        "weather_alerts",
        ["area_code", "ends_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "weather_watches",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_weather_watches_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_weather_watches_area_code_areas")
        ),
        sa.PrimaryKeyConstraint("account_id", "area_code", name=op.f("pk_weather_watches")),
    )
    op.create_index(op.f("ix_weather_watches_area_code"), "weather_watches", ["area_code"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("weather_watches")
    op.drop_table("weather_alerts")
