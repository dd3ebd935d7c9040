"""what the public sees of cases.

Revision: 20261122public, after 20261122webhooks.
"""

import sqlalchemy as sa
from alembic import op

from app.core.migrate import allow_values

revision = "20261122public"
down_revision = "20261122webhooks"
branch_labels = None
depends_on = None

_MOVES = (
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
    "make_safe",
    "resolve",
    "confirm",
    "fail_check",
    "close",
    "reopen",
    "revive",
    "undo",
    "move_pin",
    "change_category",
    "rehome",
    "extend",
    "note_delay",
)
_HOLD_MOVES = ("report_steps", "answer_templates", "report_batches")
_SHOWN = "public_at IS NOT NULL AND is_confidential IS false"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.create_table(
        "publication_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_publication_rules_area_code_areas")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_publication_rules_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_rules")),
    )
    op.create_index(
        "uq_publication_rules_place",
        "publication_rules",
        ["area_code", "category_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("reports", sa.Column("public_text", sa.Text(), nullable=True))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_reports_public",
            "reports",
            ["h3", "submitted_at"],
            postgresql_include=["state", "category_id"],
            postgresql_where=_SHOWN,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, "publish", "unpublish", column="move")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM report_steps WHERE move IN ('publish', 'unpublish')")
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, column="move")
    op.drop_index("ix_reports_public", table_name="reports", postgresql_where=_SHOWN)
    op.drop_column("reports", "public_text")
    op.drop_table("publication_rules")
