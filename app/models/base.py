"""What every table shares: constraint names, column types, time-ordered ids."""

import enum
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, Enum, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.ids import new_id

# A statistical division's significant digits: 2 province, 4 prefecture, 6 county, 9 town, 12 community.
# Collation "C" lets a plain btree serve prefix ranges.
AreaCode = Annotated[str, mapped_column(Text(collation="C"))]
Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]

# Marks a column that holds personal data; exports and deletion walk these, and tests see that they do.
PII = {"pii": True}


class OnErasure(enum.StrEnum):
    """What becomes of a row about a person who has their account deleted."""

    CUT = "cut"  # it stays as a fact that names nobody
    DROP = "drop"  # it goes
    KEEP = "keep"  # it stays and points to an account that no longer says whose it was


def subject(on_erasure: OnErasure, *, follows: bool = True) -> dict[str, Any]:
    """Return the mark of the column that names the person whom a row is about.

    All columns of such a row are the person's to export, bytes excepted; its other columns marked
    ``PII`` are emptied when it stays. ``follows`` says whether the row becomes the survivor's when two
    accounts of one person merge.
    """
    return {**PII, "on_erasure": on_erasure, "follows": follows}


# Marks a column of a row that stands for no person but was written by one, or told to them.
TOLD = {"told": True}


def brings(*columns: str) -> dict[str, Any]:
    """Return the mark of a column whose value other rows carry in one of ``columns`` ("table.column").

    Of those rows the person whom this row is about exports what is marked ``TOLD``.
    """
    return {"brings": columns}


def text_enum(members: type[enum.Enum], *, name: str | None = None) -> Enum:
    """Return the column type of an enumeration: text with a CHECK; ``name`` when a table has two alike."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda values: [member.value for member in values],
    )


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        str: Text(),
        int: BigInteger(),
        date: Date(),
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
        list[dict[str, Any]]: JSONB(none_as_null=True),
        enum.Enum: text_enum(enum.Enum),
    }
