"""by which of a station's codes a visit was made: the door opens by it.

Revision: 20261123codes, after 20261123grams.
"""

import sqlalchemy as sa
from alembic import op

from app.core.migrate import allow_values

revision = "20261123codes"
down_revision = "20261123grams"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    op.add_column("visits", sa.Column("code_kind", sa.String(40), nullable=True))
    allow_values("visits", "ck_visits_codekind", "rotating", "printed", column="code_kind")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("visits", "code_kind")
