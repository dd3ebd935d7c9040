"""the pairs of characters of a name, at a sixteenth of the price.

They were five sevenths of an import of divisions. The function gives the same set as before (an order and
doubles mean nothing to the index), so the index stays as it is.

Revision: 20261123grams, after 20261123towns.
"""

from alembic import op

revision = "20261123grams"
down_revision = "20261123towns"
branch_labels = None
depends_on = None

_HEAD = """
CREATE OR REPLACE FUNCTION name_grams(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
"""
# Each character, the pairs from the first on, and those from the second on: all without a subquery. What
# stands between the pairs while they are taken apart is a control character, which no name holds.
_NEW = r"""
$$
    SELECT nullif(string_to_array(name, NULL) || array_remove(string_to_array(
        regexp_replace(name, '(..)', E'\\1\x1f', 'g') || E'\x1f'
            || regexp_replace(substr(name, 2), '(..)', E'\\1\x1f', 'g'),
        E'\x1f'), ''), '{}')
$$
"""
_OLD = """
$$
    SELECT array_agg(DISTINCT substr(name, at, size))
    FROM generate_series(1, length(name)) AS at, generate_series(1, 2) AS size
    WHERE at + size <= length(name) + 1
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(_HEAD + _NEW)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(_HEAD + _OLD)
