"""What is said about tablets and papers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas import In, Out, ShortText


class ScreenIn(In):
    """A tablet to be let in; the label tells one from another."""

    label: Annotated[ShortText, Field(min_length=1)]


class ScreenOut(Out):
    """A tablet that may show the rotating code, until it is revoked."""

    id: UUID
    label: str
    issued_at: datetime
    revoked_at: datetime | None


class IssuedScreenOut(ScreenOut):
    """A tablet just let in: open ``link`` on it. The link holds the secret and is not shown again."""

    link: str
    secret: str


class ScreensOut(Out):
    """A station's tablets, the newest first."""

    screens: list[ScreenOut]


class PrintedCodeOut(Out):
    """A paper with the station's code, until it is revoked."""

    id: UUID
    issued_at: datetime
    revoked_at: datetime | None


class PrintedCodesOut(Out):
    """A station's papers, the newest first."""

    printed_codes: list[PrintedCodeOut]
