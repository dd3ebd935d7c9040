"""volunteering: organisations, teams, appointments, activities and who signed up.

Revision: 20261122volunteers, after 20261122weather.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrate import allow_values

revision = "20261122volunteers"
down_revision = "20261122weather"
branch_labels = None
depends_on = None

_ROLES = (
    "worker",
    "station_manager",
    "part_time_grid_member",
    "handling_unit",
    "community_staff",
    "district_officer",
    "privacy_officer",
    "sysadmin",
)
_APPOINTED = ("food_safety_supervisor", "civility_demonstrator", "road_safety_supervisor")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "calendar_feeds",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_calendar_feeds_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feeds_secret_hash")),
    )
    op.create_table(
        "volunteer_organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "unit",
                "community",
                "party_org",
                "society",
                "company",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_volunteer_organisations_parent_is_another")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_volunteer_organisations_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_volunteer_organisations_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["volunteer_organisations.id"],
            name=op.f("fk_volunteer_organisations_parent_id_volunteer_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_organisations")),
    )
    op.create_index(
        op.f("ix_volunteer_organisations_area_code"), "volunteer_organisations", ["area_code"], unique=False
    )
    op.create_table(
        "volunteer_policies",
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("most_shifts_a_week", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_volunteer_policies_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_volunteer_policies_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_volunteer_policies")),
    )
    op.create_table(
        "volunteer_qualifications",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_volunteer_qualifications_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["accounts.id"], name=op.f("fk_volunteer_qualifications_confirmed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_volunteer_qualifications")),
    )
    op.create_table(
        "appointments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "part_time_grid_member",
                "food_safety_supervisor",
                "civility_demonstrator",
                "road_safety_supervisor",
                name="appointmentkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuing_body", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointed_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_appointments_term")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_appointments_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["appointed_by"], ["accounts.id"], name=op.f("fk_appointments_appointed_by_accounts")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_appointments_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["role_grants.id"], name=op.f("fk_appointments_grant_id_role_grants")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_appointments_grid_id_grids")),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["accounts.id"], name=op.f("fk_appointments_revoked_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    op.create_index("ix_appointments_account", "appointments", ["account_id"], unique=False)
    op.create_index(op.f("ix_appointments_area_code"), "appointments", ["area_code"], unique=False)
    op.create_table(
        "dual_reportings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("community_code", sa.Text(collation="C"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(organisation_id, account_id) >= 1", name=op.f("ck_dual_reportings_somebody_reports")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_dual_reportings_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["areas.code"], name=op.f("fk_dual_reportings_community_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["volunteer_organisations.id"],
            name=op.f("fk_dual_reportings_organisation_id_volunteer_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dual_reportings")),
    )
    op.create_index(
        "ix_dual_reportings_community",
        "dual_reportings",
        ["community_code"],
        unique=False,
        postgresql_where="ended_at IS NULL",
    )
    op.create_index(
        "uq_dual_reportings_person",
        "dual_reportings",
        ["account_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_index(
        "uq_dual_reportings_unit",
        "dual_reportings",
        ["organisation_id", "community_code"],
        unique=True,
        postgresql_where="account_id IS NULL AND ended_at IS NULL",
    )
    op.create_table(
        "organisation_liaisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_organisation_liaisons_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["named_by"], ["accounts.id"], name=op.f("fk_organisation_liaisons_named_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["volunteer_organisations.id"],
            name=op.f("fk_organisation_liaisons_organisation_id_volunteer_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_liaisons")),
    )
    op.create_index("ix_organisation_liaisons_account", "organisation_liaisons", ["account_id"], unique=False)
    op.create_index(
        "uq_organisation_liaisons_in_force",
        "organisation_liaisons",
        ["organisation_id", "account_id"],
        unique=True,
        postgresql_where="revoked_at IS NULL",
    )
    op.create_table(
        "volunteer_teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pioneer_riders",
                "red_stewards",
                "party_members",
                "community",
                "youth",
                "professional",
                "other",
                name="teamkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("takes_requests", sa.Boolean(), nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_volunteer_teams_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_volunteer_teams_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["volunteer_organisations.id"],
            name=op.f("fk_volunteer_teams_organisation_id_volunteer_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_teams")),
    )
    op.create_index(op.f("ix_volunteer_teams_area_code"), "volunteer_teams", ["area_code"], unique=False)
    op.create_index("ix_volunteer_teams_organisation", "volunteer_teams", ["organisation_id"], unique=False)
    op.create_table(
        "team_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("most_uses", sa.SmallInteger(), nullable=False),
        sa.Column("uses", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("uses BETWEEN 0 AND most_uses", name=op.f("ck_team_invitations_uses")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["accounts.id"], name=op.f("fk_team_invitations_made_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_teams.id"], name=op.f("fk_team_invitations_team_id_volunteer_teams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_team_invitations_code_hash")),
    )
    op.create_index(op.f("ix_team_invitations_team_id"), "team_invitations", ["team_id"], unique=False)
    op.create_table(
        "volunteer_activities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "kind",
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
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("service_objects", sa.Text(), nullable=False),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column(
            "place_kind",
            sa.Enum(
                "station",
                "area",
                "point",
                "online",
                name="placekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("place_text", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("given_lat", sa.Double(), nullable=True),
        sa.Column("given_lon", sa.Double(), nullable=True),
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
            nullable=True,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "first_come",
                "approval",
                name="signupmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_dangerous", sa.Boolean(), nullable=False),
        sa.Column("insurer", sa.Text(), nullable=True),
        sa.Column("policy_number", sa.Text(), nullable=True),
        sa.Column("insured_from", sa.Date(), nullable=True),
        sa.Column("insured_to", sa.Date(), nullable=True),
        sa.Column("is_on_the_way", sa.Boolean(), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("withdraw_minutes", sa.BigInteger(), nullable=False),
        sa.Column("least_presence_percent", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "published",
                "cancelled",
                name="activitystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(place_kind <> 'station' OR station_id IS NOT NULL)"
            " AND (place_kind <> 'point' OR num_nulls(lat, lon) = 0)",
            name=op.f("ck_volunteer_activities_has_its_place"),
        ),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180",
            name=op.f("ck_volunteer_activities_position"),
        ),
        sa.CheckConstraint(
            "least_presence_percent BETWEEN 0 AND 100", name=op.f("ck_volunteer_activities_least_presence")
        ),
        sa.CheckConstraint(
            "num_nulls(insurer, policy_number, insured_from, insured_to) IN (0, 4)",
            name=op.f("ck_volunteer_activities_insurance"),
        ),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_volunteer_activities_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_volunteer_activities_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_volunteer_activities_decided_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_volunteer_activities_station_id_stations")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_teams.id"], name=op.f("fk_volunteer_activities_team_id_volunteer_teams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_activities")),
    )
    op.create_index(
        "ix_volunteer_activities_area", "volunteer_activities", ["area_code", "state"], unique=False
    )
    op.create_index(
        "ix_volunteer_activities_on_the_way",
        "volunteer_activities",
        ["lat", "lon"],
        unique=False,
        postgresql_where="is_on_the_way AND state = 'published'",
    )
    op.create_index("ix_volunteer_activities_team", "volunteer_activities", ["team_id"], unique=False)
    op.create_table(
        "activity_shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("break_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("break_minutes >= 0", name=op.f("ck_activity_shifts_break")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_shifts_lasts")),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["volunteer_activities.id"],
            name=op.f("fk_activity_shifts_activity_id_volunteer_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["accounts.id"], name=op.f("fk_activity_shifts_cancelled_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_shifts")),
    )
    op.create_index(
        "ix_activity_shifts_activity", "activity_shifts", ["activity_id", "starts_at"], unique=False
    )
    op.create_index("ix_activity_shifts_ends_at", "activity_shifts", ["ends_at"], unique=False)
    op.create_index("ix_activity_shifts_starts_at", "activity_shifts", ["starts_at"], unique=False)
    op.create_table(
        "team_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "active",
                "refused",
                "withdrawn",
                "left",
                "removed",
                "ended",
                name="memberstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_coordinator", sa.Boolean(), nullable=False),
        sa.Column("shares_phone", sa.Boolean(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_team_members_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_team_members_decided_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["team_invitations.id"],
            name=op.f("fk_team_members_invitation_id_team_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["volunteer_teams.id"], name=op.f("fk_team_members_team_id_volunteer_teams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_account", "team_members", ["account_id"], unique=False)
    op.create_index(
        "uq_team_members_open",
        "team_members",
        ["team_id", "account_id"],
        unique=True,
        postgresql_where="state IN ('requested', 'active')",
    )
    op.create_table(
        "shift_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=False),
        sa.Column("taken", sa.SmallInteger(), nullable=False),
        sa.Column("next_in_line", sa.BigInteger(), nullable=False),
        sa.Column("adults_only", sa.Boolean(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=True),
        sa.Column("needs_insurance", sa.Boolean(), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND places", name=op.f("ck_shift_roles_places")),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["activity_shifts.id"], name=op.f("fk_shift_roles_shift_id_activity_shifts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_roles")),
    )
    op.create_index("ix_shift_roles_shift", "shift_roles", ["shift_id"], unique=False)
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "booked",
                "waiting",
                "offered",
                "withdrawn",
                "refused",
                "lapsed",
                "covered",
                "cancelled",
                "no_show",
                name="signupstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("line_no", sa.BigInteger(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("offer_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cover_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'offered') = (offer_ends_at IS NOT NULL)", name=op.f("ck_sign_ups_offer_ends")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sign_ups_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["volunteer_activities.id"],
            name=op.f("fk_sign_ups_activity_id_volunteer_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_sign_ups_decided_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["shift_roles.id"], name=op.f("fk_sign_ups_role_id_shift_roles")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["activity_shifts.id"], name=op.f("fk_sign_ups_shift_id_activity_shifts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_index("ix_sign_ups_account", "sign_ups", ["account_id"], unique=False)
    op.create_index(
        "ix_sign_ups_offers",
        "sign_ups",
        ["offer_ends_at"],
        unique=False,
        postgresql_where="state = 'offered'",
    )
    op.create_index("ix_sign_ups_role", "sign_ups", ["role_id", "line_no"], unique=False)
    op.create_index(
        "uq_sign_ups_live",
        "sign_ups",
        ["shift_id", "account_id"],
        unique=True,
        postgresql_where="state IN ('asked', 'booked', 'waiting', 'offered', 'no_show')",
    )
    op.create_table(
        "activity_feedback",
        sa.Column("sign_up_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_activity_feedback_score")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_activity_feedback_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["volunteer_activities.id"],
            name=op.f("fk_activity_feedback_activity_id_volunteer_activities"),
        ),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_ups.id"], name=op.f("fk_activity_feedback_sign_up_id_sign_ups")
        ),
        sa.PrimaryKeyConstraint("sign_up_id", name=op.f("pk_activity_feedback")),
    )
    op.create_index("ix_activity_feedback_account", "activity_feedback", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_activity_feedback_activity_id"), "activity_feedback", ["activity_id"], unique=False
    )
    op.create_table(
        "no_shows",
        sa.Column("sign_up_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_struck", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_no_shows_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["accounts.id"], name=op.f("fk_no_shows_answered_by_accounts")
        ),
        sa.ForeignKeyConstraint(["marked_by"], ["accounts.id"], name=op.f("fk_no_shows_marked_by_accounts")),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_ups.id"], name=op.f("fk_no_shows_sign_up_id_sign_ups")
        ),
        sa.PrimaryKeyConstraint("sign_up_id", name=op.f("pk_no_shows")),
    )
    op.create_index("ix_no_shows_account", "no_shows", ["account_id"], unique=False)
    op.add_column(
        "categories",
        sa.Column(
            "opened_to",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    allow_values("role_grants", "ck_role_grants_role", *_ROLES, *_APPOINTED, column="role")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("no_shows")
    op.drop_table("activity_feedback")
    op.drop_table("sign_ups")
    op.drop_table("shift_roles")
    op.drop_table("team_members")
    op.drop_table("activity_shifts")
    op.drop_table("volunteer_activities")
    op.drop_table("team_invitations")
    op.drop_table("volunteer_teams")
    op.drop_table("organisation_liaisons")
    op.drop_table("dual_reportings")
    op.drop_table("appointments")
    op.drop_table("volunteer_qualifications")
    op.drop_table("volunteer_policies")
    op.drop_table("volunteer_organisations")
    op.drop_table("calendar_feeds")
    op.drop_column("categories", "opened_to")
    op.execute(
        "DELETE FROM role_grants WHERE role IN"
        " ('food_safety_supervisor', 'civility_demonstrator', 'road_safety_supervisor')"
    )
    allow_values("role_grants", "ck_role_grants_role", *_ROLES, column="role")
