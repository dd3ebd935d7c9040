"""photos by what they are about.

Revision: 20261122about, after 20261122trust.
"""

from alembic import op

revision = "20261122about"
down_revision = "20261122trust"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_photos_about",
            "photos",
            ["about_id"],
            unique=False,
            postgresql_where="attached_at IS NOT NULL",
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_photos_about", table_name="photos")
