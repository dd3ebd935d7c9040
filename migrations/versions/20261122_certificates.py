"""certificates of service.

Revision: 20261122certificates, after 20261122ledger.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122certificates"
down_revision = "20261122ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.BigInteger(), sa.Identity(always=False, start=1), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("holder_name", sa.Text(), nullable=True),
        sa.Column("volunteer_number", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("manual_minutes", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_certificates_has_minutes")),
        sa.CheckConstraint("until >= since", name=op.f("ck_certificates_lasts")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_certificates_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["ledger_books.id"], name=op.f("fk_certificates_book_id_ledger_books")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["accounts.id"], name=op.f("fk_certificates_issued_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("serial", name=op.f("uq_certificates_serial")),
        sa.UniqueConstraint("token", name=op.f("uq_certificates_token")),
    )
    op.create_index("ix_certificates_account", "certificates", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_certificates_batch",
        "certificates",
        ["batch_id"],
        unique=False,
        postgresql_where="batch_id IS NOT NULL",
    )
    op.create_table(
        "certificate_entries",
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_entries_certificate_id_certificates"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_certificate_entries_entry_id_ledger_entries")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "entry_id", name=op.f("pk_certificate_entries")),
    )
    op.create_index(
        op.f("ix_certificate_entries_entry_id"), "certificate_entries", ["entry_id"], unique=False
    )
    op.create_table(
        "certificate_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_certificate_looks_certificate_id_certificates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_looks")),
    )
    op.create_index(
        "ix_certificate_looks_certificate", "certificate_looks", ["certificate_id", "looked_at"], unique=False
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("certificate_looks")
    op.drop_table("certificate_entries")
    op.drop_table("certificates")
