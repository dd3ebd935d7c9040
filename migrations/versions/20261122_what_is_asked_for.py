"""indices for what is asked: steps by their instant, who acts for a unit, originals by age.

Revision: 20261122asked, after 20261122points.
"""

from alembic import op

revision = "20261122asked"
down_revision = "20261122points"
branch_labels = None
depends_on = None

_ORIGINALS = "has_original AND attached_at IS NOT NULL"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index("ix_report_steps_at", "report_steps", ["at", "id"], postgresql_concurrently=True)
        op.create_index("ix_role_grants_unit_id", "role_grants", ["unit_id"], postgresql_concurrently=True)
        op.create_index(
            "ix_photos_originals",
            "photos",
            ["attached_at"],
            postgresql_where=_ORIGINALS,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_photos_originals", table_name="photos", postgresql_where=_ORIGINALS)
    op.drop_index("ix_role_grants_unit_id", table_name="role_grants")
    op.drop_index("ix_report_steps_at", table_name="report_steps")
