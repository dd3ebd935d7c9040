"""words of other cities.

Revision: 20261122words, after 20261122cities.
"""

from alembic import op

from app.core.migrate import allow_values

revision = "20261122words"
down_revision = "20261122cities"
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
    "hand_over",
    "publish",
    "unpublish",
)
_HOLD_MOVES = ("report_steps", "answer_templates", "report_batches")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, "note_progress", column="move")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM report_steps WHERE move = 'note_progress'")
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, column="move")
