"""How many published cases lie where: kept for the map, so that a country is drawn as fast as a street."""

from sqlalchemy import BigInteger, Identity, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

# Resolutions of H3 at which counts are kept; a map draws these and the next coarser ones.
KEPT_AT = (2, 4, 6, 8)
# Stands for every category, and for every state.
EVERY = ""


class ReportMapCount(Base):
    """How many published cases of a category in a state lie in a cell; folded from the deltas.

    Rows of :data:`EVERY` category, state, or both hold the sums that are asked for most.
    """

    __tablename__ = "report_map_counts"

    category_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int]


class ReportMapDelta(Base):
    """A case that came onto the map (+1) or left it (-1), written by a trigger; only added to."""

    __tablename__ = "report_map_deltas"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    category_id: Mapped[str]
    state: Mapped[str]
    cell: Mapped[int] = mapped_column(BigInteger)  # of the finest resolution that is kept
    delta: Mapped[int] = mapped_column(SmallInteger)
