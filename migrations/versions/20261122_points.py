"""points.

Revision: 20261122points, after 20261122free.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122points"
down_revision = "20261122free"
branch_labels = None
depends_on = None


# Points are moved, never rewritten: the function stands since the hours' ledger.
_TABLE = "points_transfers"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "points_schemes",
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("hold_minutes", sa.BigInteger(), nullable=False),
        sa.Column("lasts_months", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("hold_minutes > 0", name=op.f("ck_points_schemes_hold_minutes")),
        sa.CheckConstraint("lasts_months > 0", name=op.f("ck_points_schemes_lasts_months")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_points_schemes_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_points_schemes_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_points_schemes")),
    )
    op.create_table(
        "points_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "hours",
                "report",
                "check",
                name="pointssource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "activity_kind",
            sa.Enum(
                "peace_building",
                "civility",
                "community_service",
                "care",
                "environment",
                "health",
                "training",
                "traffic",
                "night_patrol",
                "relief",
                "other",
                name="activitykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("includes_typed", sa.Boolean(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("per_minutes", sa.BigInteger(), nullable=True),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column(
            "cap_per",
            sa.Enum("day", "month", name="capper", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(source = 'hours') = (per_minutes IS NOT NULL)", name=op.f("ck_points_rules_minutes_for_hours")
        ),
        sa.CheckConstraint(
            "source = 'hours' OR activity_kind IS NULL", name=op.f("ck_points_rules_kind_of_hours")
        ),
        sa.CheckConstraint(
            "points > 0 AND per_minutes > 0 AND cap > 0", name=op.f("ck_points_rules_positive")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_points_rules_made_by_accounts")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["points_rules.id"], name=op.f("fk_points_rules_replaces_id_points_rules")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_code"],
            ["points_schemes.area_code"],
            name=op.f("fk_points_rules_scheme_code_points_schemes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_rules")),
    )
    op.create_index(
        "ix_points_rules_scheme", "points_rules", ["scheme_code", "source", "valid_from"], unique=False
    )
    op.create_table(
        "points_wallets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_code", sa.Text(collation="C"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_points_wallets_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_code"],
            ["points_schemes.area_code"],
            name=op.f("fk_points_wallets_scheme_code_points_schemes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_wallets")),
    )
    op.create_index("ix_points_wallets_account", "points_wallets", ["account_id"], unique=False)
    op.create_index(
        "ix_points_wallets_expiry",
        "points_wallets",
        ["look_on"],
        unique=False,
        postgresql_where="look_on IS NOT NULL",
    )
    op.create_index(
        "ix_points_wallets_nameless",
        "points_wallets",
        ["id"],
        unique=False,
        postgresql_where="account_id IS NULL",
    )
    op.create_index(
        "uq_points_wallets_current",
        "points_wallets",
        ["account_id", "scheme_code"],
        unique=True,
        postgresql_where="is_current",
    )
    op.create_table(
        "points_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "available",
                "held",
                "issued",
                "redeemed",
                "expired",
                name="pointsaccountkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wallet_id", sa.Uuid(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('available', 'held')) = (wallet_id IS NOT NULL)", name=op.f("ck_points_accounts_whose")
        ),
        sa.CheckConstraint("kind <> 'held' OR balance >= 0", name=op.f("ck_points_accounts_held")),
        sa.CheckConstraint("kind <> 'issued' OR balance <= 0", name=op.f("ck_points_accounts_issued")),
        sa.CheckConstraint(
            "kind NOT IN ('redeemed', 'expired') OR balance >= 0", name=op.f("ck_points_accounts_gone")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_code"],
            ["points_schemes.area_code"],
            name=op.f("fk_points_accounts_scheme_code_points_schemes"),
        ),
        sa.ForeignKeyConstraint(
            ["wallet_id"], ["points_wallets.id"], name=op.f("fk_points_accounts_wallet_id_points_wallets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_accounts")),
        sa.UniqueConstraint(
            "scheme_code",
            "kind",
            "wallet_id",
            name=op.f("uq_points_accounts_scheme_code_kind_wallet_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_points_accounts_wallet", "points_accounts", ["wallet_id"], unique=False)
    op.create_table(
        "points_rewarded_reports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_points_rewarded_reports_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_points_rewarded_reports")),
    )
    op.create_table(
        "points_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scheme_code", sa.Text(collation="C"), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "earn",
                "take_back",
                "hold",
                "refund",
                "redeem",
                "expire",
                "merge",
                name="transferkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("debit_id", sa.Uuid(), nullable=False),
        sa.Column("credit_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "hours",
                "report",
                "check",
                name="pointssource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("points_to", sa.Uuid(), nullable=True),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'earn') = (rule_id IS NOT NULL)", name=op.f("ck_points_transfers_earned_by_a_rule")
        ),
        sa.CheckConstraint(
            "(kind = 'take_back') = (points_to IS NOT NULL)",
            name=op.f("ck_points_transfers_takes_back_something"),
        ),
        sa.CheckConstraint("source <> 'report' OR origin IS NULL", name=op.f("ck_points_transfers_no_case")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_transfers_amount")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_points_transfers_two_accounts")),
        sa.ForeignKeyConstraint(
            ["credit_id"], ["points_accounts.id"], name=op.f("fk_points_transfers_credit_id_points_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["debit_id"], ["points_accounts.id"], name=op.f("fk_points_transfers_debit_id_points_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["points_to"],
            ["points_transfers.id"],
            name=op.f("fk_points_transfers_points_to_points_transfers"),
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["points_rules.id"], name=op.f("fk_points_transfers_rule_id_points_rules")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_code"],
            ["points_schemes.area_code"],
            name=op.f("fk_points_transfers_scheme_code_points_schemes"),
        ),
        sa.ForeignKeyConstraint(
            ["wallet_id"], ["points_wallets.id"], name=op.f("fk_points_transfers_wallet_id_points_wallets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_transfers")),
        sa.UniqueConstraint("points_to", name=op.f("uq_points_transfers_points_to")),
        sa.UniqueConstraint("seq", name=op.f("uq_points_transfers_seq")),
    )
    op.create_index("ix_points_transfers_credit", "points_transfers", ["credit_id"], unique=False)
    op.create_index("ix_points_transfers_debit", "points_transfers", ["debit_id"], unique=False)
    op.create_index(op.f("ix_points_transfers_rule_id"), "points_transfers", ["rule_id"], unique=False)
    op.create_index("ix_points_transfers_wallet", "points_transfers", ["wallet_id", "seq"], unique=False)
    op.create_index(
        "uq_points_transfers_origin",
        "points_transfers",
        ["kind", "source", "origin"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="origin IS NOT NULL",
    )
    op.execute(
        f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON {_TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
    )
    op.execute(
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {_TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(
        "uq_points_transfers_origin",
        table_name="points_transfers",
        postgresql_nulls_not_distinct=True,
        postgresql_where="origin IS NOT NULL",
    )
    op.drop_index("ix_points_transfers_wallet", table_name="points_transfers")
    op.drop_index(op.f("ix_points_transfers_rule_id"), table_name="points_transfers")
    op.drop_index("ix_points_transfers_debit", table_name="points_transfers")
    op.drop_index("ix_points_transfers_credit", table_name="points_transfers")
    op.drop_table("points_transfers")
    op.drop_table("points_rewarded_reports")
    op.drop_index("ix_points_accounts_wallet", table_name="points_accounts")
    op.drop_table("points_accounts")
    op.drop_index("uq_points_wallets_current", table_name="points_wallets", postgresql_where="is_current")
    op.drop_index(
        "ix_points_wallets_nameless", table_name="points_wallets", postgresql_where="account_id IS NULL"
    )
    op.drop_index(
        "ix_points_wallets_expiry", table_name="points_wallets", postgresql_where="look_on IS NOT NULL"
    )
    op.drop_index("ix_points_wallets_account", table_name="points_wallets")
    op.drop_table("points_wallets")
    op.drop_index("ix_points_rules_scheme", table_name="points_rules")
    op.drop_table("points_rules")
    op.drop_table("points_schemes")
