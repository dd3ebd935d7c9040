"""the ledger of service minutes.

Revision: 20261122ledger, after 20261122broadcasts.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122ledger"
down_revision = "20261122broadcasts"
branch_labels = None
depends_on = None

# Lines of a book are written once. Whoever turns this off has the hash chain and the published heads left.
_REFUSE = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$
"""
_TABLES = ("ledger_entries", "ledger_heads")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "ledger_books",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_ledger_books_area_code_areas")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_ledger_books_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["ledger_books.id"], name=op.f("fk_ledger_books_parent_id_ledger_books")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_books")),
    )
    op.create_index(op.f("ix_ledger_books_area_code"), "ledger_books", ["area_code"], unique=False)
    op.create_table(
        "ledger_subjects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("volunteer_number", sa.Text(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("lets_organiser_print", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_subjects_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_subjects")),
    )
    op.create_index("ix_ledger_subjects_account", "ledger_subjects", ["account_id"], unique=False)
    op.create_index(
        "uq_ledger_subjects_current",
        "ledger_subjects",
        ["account_id"],
        unique=True,
        postgresql_where="is_current",
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "record",
                "approval",
                "refusal",
                "voiding",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("points_to", sa.Uuid(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column(
            "provenance",
            sa.Enum(
                "code",
                "geofence",
                "organiser_list",
                "manual",
                "imported",
                name="provenance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "grade",
            sa.Enum(
                "A", "B", "C", "D", name="evidencegrade", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column(
            "needs",
            sa.Enum(
                "none",
                "second",
                "parent",
                "district",
                name="approvallevel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind = 'record' OR points_to IS NOT NULL",
            name=op.f("ck_ledger_entries_points_to_what_it_is_about"),
        ),
        sa.CheckConstraint(
            "abs(counted) IN (0, minutes)", name=op.f("ck_ledger_entries_counts_all_or_nothing")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_ledger_entries_has_minutes")),
        sa.ForeignKeyConstraint(
            ["book_id"], ["ledger_books.id"], name=op.f("fk_ledger_entries_book_id_ledger_books")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_ledger_entries_entered_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["points_to"], ["ledger_entries.id"], name=op.f("fk_ledger_entries_points_to_ledger_entries")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["ledger_subjects.id"], name=op.f("fk_ledger_entries_subject_id_ledger_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("book_id", "seq", name=op.f("uq_ledger_entries_book_id_seq")),
    )
    op.create_index(
        "ix_ledger_entries_asking",
        "ledger_entries",
        ["book_id", "id"],
        unique=False,
        postgresql_where="kind = 'record' AND needs <> 'none'",
    )
    op.create_index("ix_ledger_entries_book_day", "ledger_entries", ["book_id", "served_on"], unique=False)
    op.create_index(op.f("ix_ledger_entries_points_to"), "ledger_entries", ["points_to"], unique=False)
    op.create_index(
        "ix_ledger_entries_total",
        "ledger_entries",
        ["subject_id", "served_on"],
        unique=False,
        postgresql_include=["counted", "provenance", "book_id"],
    )
    op.create_index(
        "uq_ledger_entries_decision",
        "ledger_entries",
        ["points_to"],
        unique=True,
        postgresql_where="kind IN ('approval', 'refusal')",
    )
    op.create_index(
        "uq_ledger_entries_recording",
        "ledger_entries",
        ["recording_id", "part"],
        unique=True,
        postgresql_where="kind = 'record'",
    )
    op.create_index(
        "uq_ledger_entries_voiding",
        "ledger_entries",
        ["points_to"],
        unique=True,
        postgresql_where="kind = 'voiding'",
    )
    op.create_table(
        "ledger_heads",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["ledger_books.id"], name=op.f("fk_ledger_heads_book_id_ledger_books")
        ),
        sa.PrimaryKeyConstraint("book_id", "published_on", name=op.f("pk_ledger_heads")),
    )
    op.create_index(op.f("ix_ledger_heads_published_on"), "ledger_heads", ["published_on"], unique=False)
    op.create_table(
        "ledger_disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(answered_at, is_upheld, answer) IN (0, 3)",
            name=op.f("ck_ledger_disputes_answered_as_a_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["ledger_books.id"], name=op.f("fk_ledger_disputes_book_id_ledger_books")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_ledger_disputes_changed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_disputes_entry_id_ledger_entries")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["ledger_subjects.id"], name=op.f("fk_ledger_disputes_subject_id_ledger_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_disputes")),
    )
    op.create_index(
        "ix_ledger_disputes_open",
        "ledger_disputes",
        ["book_id", "due_at"],
        unique=False,
        postgresql_where="answered_at IS NULL",
    )
    op.create_index("ix_ledger_disputes_subject", "ledger_disputes", ["subject_id"], unique=False)
    op.create_index(
        "uq_ledger_disputes_entry_open",
        "ledger_disputes",
        ["entry_id"],
        unique=True,
        postgresql_where="answered_at IS NULL",
    )
    op.execute(_REFUSE)
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("ledger_disputes")
    op.drop_table("ledger_heads")
    op.drop_table("ledger_entries")
    op.drop_table("ledger_subjects")
    op.drop_table("ledger_books")
    op.execute("DROP FUNCTION refuse_ledger_change()")
