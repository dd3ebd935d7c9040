"""reports and who handles them.

Revision: 20261122reports, after 20261122photos.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrate import allow_values, replace_check

revision = "20261122reports"
down_revision = "20261122photos"
branch_labels = None
depends_on = None

_ROLES = (
    "worker",
    "station_manager",
    "community_staff",
    "district_officer",
    "sysadmin",
    "privacy_officer",
)

_OPEN_AND_LISTED = (
    "state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn') AND is_confidential IS false"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "categories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("standard_ref", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "component",
                "matter",
                name="categorykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_2013", sa.Text(), nullable=True),
        sa.Column("is_local_extension", sa.Boolean(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("hint_zh", sa.Text(), nullable=False),
        sa.Column("hint_en", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
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
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("phones", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("questions", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("handled_by", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "is_local_extension = (code IS NULL)", name=op.f("ck_categories_local_has_no_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint(
            "standard_ref", "kind", "code", name=op.f("uq_categories_standard_ref_kind_code")
        ),
    )
    op.create_table(
        "category_revisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_category_revisions")),
    )
    op.create_table(
        "handling_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "community",
                "department",
                "property_company",
                "utility",
                "contractor",
                "open311",
                name="unitkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_handling_units_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_handling_units_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["handling_units.id"],
            name=op.f("fk_handling_units_successor_id_handling_units"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handling_units")),
    )
    op.create_index(op.f("ix_handling_units_area_code"), "handling_units", ["area_code"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False, start=100001), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "dispatched",
                "in_progress",
                "returned",
                "suspended",
                "resolved",
                "closed",
                "rejected",
                "duplicate",
                "withdrawn",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("category_version", sa.BigInteger(), nullable=False),
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
        sa.Column(
            "urgency_rank",
            sa.SmallInteger(),
            sa.Computed(
                "CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("is_escalated", sa.Boolean(), nullable=False),
        sa.Column("is_trust_low", sa.Boolean(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("h3", sa.BigInteger(), nullable=False),
        sa.Column("given_lat", sa.Double(), nullable=False),
        sa.Column("given_lon", sa.Double(), nullable=False),
        sa.Column(
            "given_coord_type",
            sa.Enum(
                "wgs84",
                "gcj02",
                "bd09",
                name="coordtype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("is_pin_moved", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("grid_ids", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "placed_by",
            sa.Enum(
                "inside",
                "nearest",
                "declared",
                "moved",
                name="placedby",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_offline", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acceptance_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_due_provisional", sa.Boolean(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "queue_at",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(next_due_at, '9999-12-31 00:00:00+00'::timestamptz)", persisted=True),
            nullable=False,
        ),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_safe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "fixed",
                "explained",
                "not_found",
                "referred",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("proposed_unit_id", sa.Uuid(), nullable=True),
        sa.Column("proposal", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("is_designated", sa.Boolean(), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("case_worker_id", sa.Uuid(), nullable=True),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("return_count", sa.SmallInteger(), nullable=False),
        sa.Column("reopened_count", sa.SmallInteger(), nullable=False),
        sa.Column("public_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_reports_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "(state = 'duplicate') = (parent_id IS NOT NULL)", name=op.f("ck_reports_duplicate_has_parent")
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_reports_parent_is_another")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_reports_category_id_categories")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["reports.id"], name=op.f("fk_reports_follows_id_reports")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_reports_grid_id_grids")),
        sa.ForeignKeyConstraint(["parent_id"], ["reports.id"], name=op.f("fk_reports_parent_id_reports")),
        sa.ForeignKeyConstraint(
            ["proposed_unit_id"],
            ["handling_units.id"],
            name=op.f("fk_reports_proposed_unit_id_handling_units"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["handling_units.id"], name=op.f("fk_reports_unit_id_handling_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_reports_number")),
    )
    op.create_index("ix_reports_area", "reports", ["area_code", "state", "submitted_at", "id"], unique=False)
    op.create_index(
        "ix_reports_county",
        "reports",
        [sa.literal_column("left(area_code, 6)"), "state", "submitted_at", "id"],
        unique=False,
    )
    op.create_index("ix_reports_h3", "reports", ["h3", "submitted_at"], unique=False)
    op.create_index("ix_reports_newest", "reports", ["submitted_at", "id"], unique=False)
    for name, digits in (("prefecture", 4), ("county", 6)):
        op.create_index(
            f"ix_reports_open_{name}",
            "reports",
            [sa.literal_column(f"left(area_code, {digits})"), "urgency_rank", "queue_at", "id"],
            unique=False,
            postgresql_where=_OPEN_AND_LISTED,
        )
    op.create_index(
        "ix_reports_town",
        "reports",
        [sa.literal_column("left(area_code, 9)"), "state", "submitted_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_reports_parent", "reports", ["parent_id"], unique=False, postgresql_where="parent_id IS NOT NULL"
    )
    op.create_index(
        "ix_reports_unit",
        "reports",
        ["unit_id", "state", "next_due_at"],
        unique=False,
        postgresql_where="unit_id IS NOT NULL",
    )
    op.create_table(
        "report_followers",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("is_reporter", sa.Boolean(), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_report_followers_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_followers_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("report_id", "account_id", name=op.f("pk_report_followers")),
    )
    op.create_index(
        "ix_report_followers_account",
        "report_followers",
        ["account_id", "followed_at", "report_id"],
        unique=False,
    )
    op.create_table(
        "report_origins",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=True),
        sa.Column("device_lat", sa.Double(), nullable=True),
        sa.Column("device_lon", sa.Double(), nullable=True),
        sa.Column("device_accuracy_m", sa.Double(), nullable=True),
        sa.Column(
            "device_coord_type",
            sa.Enum(
                "wgs84",
                "gcj02",
                "bd09",
                name="coordtype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("is_mock", sa.Boolean(), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_report_origins_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_origins_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_origins")),
    )
    op.create_index("ix_report_origins_account", "report_origins", ["account_id"], unique=False)
    op.create_table(
        "report_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
                "submit",
                "accept",
                "reject",
                "mark_duplicate",
                "withdraw",
                "dispatch",
                "take_on",
                "return",
                "suspend",
                "resume",
                "resolve",
                "confirm",
                "fail_check",
                "close",
                "reopen",
                "revive",
                "undo",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "from_state",
            sa.Enum(
                "submitted",
                "accepted",
                "dispatched",
                "in_progress",
                "returned",
                "suspended",
                "resolved",
                "closed",
                "rejected",
                "duplicate",
                "withdrawn",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "submitted",
                "accepted",
                "dispatched",
                "in_progress",
                "returned",
                "suspended",
                "resolved",
                "closed",
                "rejected",
                "duplicate",
                "withdrawn",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor",
            sa.Enum(
                "reporter",
                "staff",
                "officer",
                "unit",
                "contractor",
                "duty",
                "verifier",
                "system",
                name="stepactor",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_steps_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_steps")),
    )
    op.create_index("ix_report_steps_report", "report_steps", ["report_id", "id"], unique=False)
    op.add_column("role_grants", sa.Column("unit_id", sa.Uuid(), nullable=True))
    allow_values(
        "role_grants", "ck_role_grants_role", *_ROLES, "part_time_grid_member", "handling_unit", column="role"
    )
    replace_check(
        "role_grants", "ck_role_grants_one_scope", "num_nonnulls(area_code, station_id, unit_id) <= 1"
    )
    replace_check(
        "role_grants",
        "ck_role_grants_has_scope",
        "role = 'sysadmin' OR num_nonnulls(area_code, station_id, unit_id) = 1",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM role_grants WHERE role IN ('part_time_grid_member', 'handling_unit')")
    allow_values("role_grants", "ck_role_grants_role", *_ROLES, column="role")
    replace_check("role_grants", "ck_role_grants_one_scope", "area_code IS NULL OR station_id IS NULL")
    replace_check(
        "role_grants",
        "ck_role_grants_has_scope",
        "role = 'sysadmin' OR area_code IS NOT NULL OR station_id IS NOT NULL",
    )
    op.drop_column("role_grants", "unit_id")
    op.drop_index("ix_report_steps_report", table_name="report_steps")
    op.drop_table("report_steps")
    op.drop_index("ix_report_origins_account", table_name="report_origins")
    op.drop_table("report_origins")
    op.drop_index("ix_report_followers_account", table_name="report_followers")
    op.drop_table("report_followers")
    op.drop_index("ix_reports_unit", table_name="reports", postgresql_where="unit_id IS NOT NULL")
    op.drop_index("ix_reports_parent", table_name="reports", postgresql_where="parent_id IS NOT NULL")
    op.drop_index("ix_reports_town", table_name="reports")
    op.drop_index("ix_reports_open_county", table_name="reports", postgresql_where=_OPEN_AND_LISTED)
    op.drop_index("ix_reports_open_prefecture", table_name="reports", postgresql_where=_OPEN_AND_LISTED)
    op.drop_index("ix_reports_newest", table_name="reports")
    op.drop_index("ix_reports_h3", table_name="reports")
    op.drop_index("ix_reports_county", table_name="reports")
    op.drop_index("ix_reports_area", table_name="reports")
    op.drop_table("reports")
    op.drop_index(op.f("ix_handling_units_area_code"), table_name="handling_units")
    op.drop_table("handling_units")
    op.drop_table("category_revisions")
    op.drop_table("categories")
