"""Vendors' calls about copies that they took: signed by them, or with a secret of ours in the address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Now, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.notifications.schemas import ReceiptTakenOut
from app.core.errors import NotFound
from app.core.metrics import PUSH_RECEIPTS
from app.core.urgency import PushChannel
from app.ports import Arrival, ReceiptForgedError, ReceiptGarbledError
from app.runtime import Runtime
from app.services.notifications import ReceiptForged, ReceiptGarbled, receipts

router = APIRouter(prefix="/push-receipts", tags=["notifications"])
_PROBLEMS = problems(NotFound, ReceiptForged, ReceiptGarbled)


@router.get("/jpush", response_class=PlainTextResponse)
async def echo_to_jpush(echostr: Annotated[str, Query(pattern="^[A-Za-z0-9]{1,64}$")]) -> str:
    """Say after JPush what it says: so it checks that an address is ours."""
    return echostr


@router.post("/{channel}", responses=_PROBLEMS)
async def take_receipts(
    *,
    channel: PushChannel,
    request: Request,
    authorization: Annotated[str, Header(max_length=1000)] = "",
    runtime: RuntimeDep,
    session: SessionDep,
    now: Now,
) -> ReceiptTakenOut:
    """Take what Getui or JPush says of copies; what is not known here is counted, and taken all the same."""
    arrivals = _read(runtime, channel, await request.body(), authorization=authorization)
    return await _note(session, channel, arrivals, now=now)


@router.post("/{channel}/{_token}", responses=_PROBLEMS)
async def take_receipts_by_secret(
    *,
    channel: PushChannel,
    token: Annotated[str, Path(alias="_token", max_length=200)],
    request: Request,
    runtime: RuntimeDep,
    session: SessionDep,
    now: Now,
) -> ReceiptTakenOut:
    """Take what a vendor says that signs nothing: the address that we told it ends in a secret."""
    arrivals = _read(runtime, channel, await request.body(), token=token)
    return await _note(session, channel, arrivals, now=now)


def _read(
    runtime: Runtime, channel: PushChannel, body: bytes, *, authorization: str = "", token: str = ""
) -> Sequence[Arrival]:
    reader = runtime.outside.receipts.get(channel)
    if reader is None:
        raise NotFound
    try:
        return reader.read(body, authorization=authorization, token=token)
    except ReceiptForgedError:
        PUSH_RECEIPTS.labels(channel.value, "forged").inc()
        raise ReceiptForged from None
    except ReceiptGarbledError:
        raise ReceiptGarbled from None


async def _note(
    session: AsyncSession, channel: PushChannel, arrivals: Sequence[Arrival], *, now: datetime
) -> ReceiptTakenOut:
    unknown = await receipts.note(session, channel, arrivals, now=now)
    delivered = sum(each.is_delivered for each in arrivals)
    PUSH_RECEIPTS.labels(channel.value, "delivered").inc(delivered)
    PUSH_RECEIPTS.labels(channel.value, "failed").inc(len(arrivals) - delivered)
    PUSH_RECEIPTS.labels(channel.value, "unknown").inc(unknown)
    return ReceiptTakenOut(code=0, msg="ok")
