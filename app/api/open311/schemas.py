"""Partners' keys, as they are asked for and shown."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas import AreaCodeText, In, Out, ShortText


class KeyIn(In):
    """A key to be given: for whom, and in which area their requests may lie."""

    name: Annotated[ShortText, Field(min_length=1)]
    area_code: AreaCodeText


class KeyOut(Out):
    """A key, without its secret."""

    id: UUID
    name: str
    area_code: str
    issued_at: datetime
    revoked_at: datetime | None


class KeyList(Out):
    """All keys."""

    items: list[KeyOut]


class NewKeyOut(Out):
    """A key that was just given; ``api_key`` is not told again."""

    key: KeyOut
    api_key: str
