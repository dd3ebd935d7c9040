"""things for points.

Revision: 20261122offers, after 20261122again.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122offers"
down_revision = "20261122again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "points_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_code", sa.Text(collation="C"), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "goods", "service", name="offerkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("per_person", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("stocked", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_points_offers_dates")),
        sa.CheckConstraint("price > 0 AND per_person > 0", name=op.f("ck_points_offers_positive")),
        sa.CheckConstraint("stock >= 0 AND stock <= stocked", name=op.f("ck_points_offers_stock")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_points_offers_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_code"],
            ["points_schemes.area_code"],
            name=op.f("fk_points_offers_scheme_code_points_schemes"),
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_points_offers_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_offers")),
    )
    op.create_index(op.f("ix_points_offers_scheme_code"), "points_offers", ["scheme_code"], unique=False)
    op.create_index("ix_points_offers_station", "points_offers", ["station_id"], unique=False)
    op.create_table(
        "points_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "handed_over",
                "cancelled",
                "refused",
                "lapsed",
                name="holdstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_points_holds_ended")),
        sa.CheckConstraint("price > 0", name=op.f("ck_points_holds_price")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_points_holds_decided_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["points_offers.id"], name=op.f("fk_points_holds_offer_id_points_offers")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_points_holds_station_id_stations")
        ),
        sa.ForeignKeyConstraint(
            ["wallet_id"], ["points_wallets.id"], name=op.f("fk_points_holds_wallet_id_points_wallets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_holds")),
    )
    op.create_index(
        "ix_points_holds_due", "points_holds", ["expires_at"], unique=False, postgresql_where="state = 'open'"
    )
    op.create_index("ix_points_holds_offer", "points_holds", ["offer_id", "state"], unique=False)
    op.create_index("ix_points_holds_wallet", "points_holds", ["wallet_id", "held_at"], unique=False)
    op.create_index(
        "uq_points_holds_code",
        "points_holds",
        ["station_id", "code"],
        unique=True,
        postgresql_where="state = 'open'",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("uq_points_holds_code", table_name="points_holds", postgresql_where="state = 'open'")
    op.drop_index("ix_points_holds_wallet", table_name="points_holds")
    op.drop_index("ix_points_holds_offer", table_name="points_holds")
    op.drop_index("ix_points_holds_due", table_name="points_holds", postgresql_where="state = 'open'")
    op.drop_table("points_holds")
    op.drop_index("ix_points_offers_station", table_name="points_offers")
    op.drop_index(op.f("ix_points_offers_scheme_code"), table_name="points_offers")
    op.drop_table("points_offers")
