"""an index of the characters of open cases, for lists and counters with a word.

Revision: 20261122chars, after 20261122asked.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122chars"
down_revision = "20261122asked"
branch_labels = None
depends_on = None

_NAME = "ix_reports_characters"
_CHARACTERS = "string_to_array(lower((description || ' ') || address), NULL)"
_WHERE = "state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn') AND is_confidential IS false"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            _NAME,
            "reports",
            [sa.text(_CHARACTERS)],
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 256},
            postgresql_where=_WHERE,
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.drop_index(_NAME, table_name="reports", postgresql_concurrently=True)
        op.execute("RESET lock_timeout")
