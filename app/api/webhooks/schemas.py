"""Addresses that are told, and what they were told."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas import AreaCodeText, In, Instant, Out, PageOut, Text
from app.models import WebhookDeliveryState

EventName = Literal["report.submitted", "report.moved", "report.promised"]


class WebhookIn(In):
    """An address to be told of an area's events."""

    area_code: AreaCodeText
    url: Annotated[Text, Field(min_length=8, max_length=1000)]
    events: Annotated[list[EventName], Field(min_length=1, max_length=10)]


class WebhookOut(Out):
    """An address that is told; ``disabled_at`` says since when it is not, because it took nothing."""

    id: UUID
    area_code: str
    url: str
    events: list[str]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None


class NewWebhookOut(Out):
    """An address that was just set; ``secret`` signs what it is told and is not told again."""

    webhook: WebhookOut
    secret: str


class WebhookList(Out):
    """The addresses of the caller's areas."""

    items: list[WebhookOut]


class DeliveryOut(Out):
    """One telling."""

    id: UUID
    event: str
    data: dict[str, Any]
    state: WebhookDeliveryState
    tries: int
    next_try_at: datetime
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


class DeliveryPage(PageOut):
    """A page of what an address was told."""

    items: list[DeliveryOut]


class ReplayIn(In):
    """From when on everything is to be told again."""

    since: Instant


class ReplayOut(Out):
    """How much will be told again."""

    deliveries: int
