"""maps and names of any size.

Revision: 20261122maps, after 20261122volunteers.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122maps"
down_revision = "20261122volunteers"
branch_labels = None
depends_on = None

# A cell's parent of a resolution: H3 keeps the resolution in four bits and three for each step below it.
_PARENT = """
CREATE FUNCTION map_cell(cell bigint, resolution int) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT cell & ~((15::bigint << 52) | ((1::bigint << (3 * (15 - resolution))) - 1))
        | (resolution::bigint << 52) | ((1::bigint << (3 * (15 - resolution))) - 1)
$$
"""
# A case is on the map when it is published, not confidential, and did not come to nothing.
_COUNT = """
CREATE FUNCTION count_map() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was boolean := TG_OP = 'UPDATE' AND OLD.public_at IS NOT NULL AND NOT OLD.is_confidential
        AND OLD.state NOT IN ('rejected', 'duplicate', 'withdrawn');
    is_now boolean := NEW.public_at IS NOT NULL AND NOT NEW.is_confidential
        AND NEW.state NOT IN ('rejected', 'duplicate', 'withdrawn');
BEGIN
    IF was AND is_now AND (OLD.category_id, OLD.state, map_cell(OLD.h3, 8)) =
        (NEW.category_id, NEW.state, map_cell(NEW.h3, 8)) THEN
        RETURN NULL;
    END IF;
    IF was THEN
        INSERT INTO report_map_deltas (category_id, state, cell, delta)
        VALUES (OLD.category_id, OLD.state, map_cell(OLD.h3, 8), -1);
    END IF;
    IF is_now THEN
        INSERT INTO report_map_deltas (category_id, state, cell, delta)
        VALUES (NEW.category_id, NEW.state, map_cell(NEW.h3, 8), 1);
    END IF;
    RETURN NULL;
END
$$
"""
_ON_INSERT = """
CREATE TRIGGER count_map_new AFTER INSERT ON reports
FOR EACH ROW WHEN (NEW.public_at IS NOT NULL) EXECUTE FUNCTION count_map()
"""
_ON_UPDATE = """
CREATE TRIGGER count_map AFTER UPDATE OF state, category_id, h3, public_at, is_confidential ON reports
FOR EACH ROW WHEN (OLD.public_at IS NOT NULL OR NEW.public_at IS NOT NULL) EXECUTE FUNCTION count_map()
"""
# One statement sees one state of the tables: what the triggers wrote until then is in it already.
_FILL = """
WITH told AS (DELETE FROM report_map_deltas)
INSERT INTO report_map_counts (category_id, state, cell, count)
SELECT coalesce(category_id, ''), coalesce(state, ''), map_cell(cell, resolution), sum(count)
FROM (
    SELECT category_id, state, map_cell(h3, 8) AS cell, count(*) AS count FROM reports
    WHERE public_at IS NOT NULL AND is_confidential IS false
        AND state NOT IN ('rejected', 'duplicate', 'withdrawn')
    GROUP BY 1, 2, 3
) AS published, unnest(ARRAY[2, 4, 6, 8]) AS resolution
GROUP BY map_cell(cell, resolution), CUBE (category_id, state)
"""
# One and two characters of a name: what any part of it is made of. Core PostgreSQL, no extension.
_GRAMS = """
CREATE FUNCTION name_grams(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(name, at, size))
    FROM generate_series(1, length(name)) AS at, generate_series(1, 2) AS size
    WHERE at + size <= length(name) + 1
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "report_map_counts",
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", "state", "cell", name=op.f("pk_report_map_counts")),
    )
    op.create_table(
        "report_map_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_map_deltas")),
    )
    for statement in (_PARENT, _COUNT, _ON_INSERT, _ON_UPDATE):
        op.execute(statement)
    op.execute(_GRAMS)
    with op.get_context().autocommit_block():
        # Nobody waits for it: some ten seconds a million cases.
        op.execute(_FILL)
        op.execute("SET lock_timeout = '4s'")
        op.create_index(
            "ix_areas_name_grams",
            "areas",
            [sa.text("name_grams(name)")],
            postgresql_using="gin",
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_areas_name_grams", table_name="areas", postgresql_using="gin")
    op.execute("DROP TRIGGER count_map ON reports")
    op.execute("DROP TRIGGER count_map_new ON reports")
    op.drop_table("report_map_deltas")
    op.drop_table("report_map_counts")
    for function in ("count_map()", "map_cell(bigint, int)", "name_grams(text)"):
        op.execute(f"DROP FUNCTION {function}")
