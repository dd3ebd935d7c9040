"""one event may tell a platform of many cases.

Revision: 20261122manycases, after 20261122album.
"""

from alembic import op

revision = "20261122manycases"
down_revision = "20261122album"
branch_labels = None
depends_on = None

_TABLE = "webhook_deliveries"
_OLD = "uq_webhook_deliveries_webhook_id_event_id"
_NEW = "uq_webhook_deliveries_of_case"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            _NEW, _TABLE, ["webhook_id", "event_id", "report_id"], unique=True, postgresql_concurrently=True
        )
        op.execute("RESET lock_timeout")
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The comment is for the linter: an event was of one case, and the new index keeps that out.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {_TABLE} DROP CONSTRAINT {_OLD}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(
        "DELETE FROM webhook_deliveries AS later USING webhook_deliveries AS first "
        "WHERE later.id > first.id AND later.webhook_id = first.webhook_id "
        "AND later.event_id = first.event_id"
    )
    op.create_unique_constraint(_OLD, _TABLE, ["webhook_id", "event_id"])
    op.drop_index(_NEW, table_name=_TABLE)
