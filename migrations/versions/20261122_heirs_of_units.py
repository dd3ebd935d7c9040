"""cases go to the heirs of units; all photos of a case say what they show.

What was attached to cases before is entered where their other photos are named.

Revision: 20261122heirs, after 20261122ladders.
"""

from alembic import op

from app.core.migrate import allow_values

revision = "20261122heirs"
down_revision = "20261122ladders"
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
    "publish",
    "unpublish",
)
_HOLD_MOVES = ("report_steps", "answer_templates", "report_batches")

_ENTER = """
INSERT INTO report_photos (report_id, photo_id, role, position, added_at)
SELECT r.id, p.id,
  CASE p.purpose WHEN 'resolution' THEN 'after' ELSE p.purpose END,
  row_number() OVER (PARTITION BY r.id, p.purpose ORDER BY p.attached_at, p.id) - 1,
  p.attached_at
FROM photos p JOIN reports r ON r.id = p.about_id
WHERE p.attached_at IS NOT NULL AND p.purpose IN ('resolution', 'verification', 'update')
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.execute(_ENTER)
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, "hand_over", column="move")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM report_photos WHERE role <> 'before'")
    op.execute("DELETE FROM report_steps WHERE move = 'hand_over'")
    for table in _HOLD_MOVES:
        allow_values(table, f"ck_{table}_move", *_MOVES, column="move")
