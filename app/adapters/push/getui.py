"""Getui (个推), RestAPI V2: its own channel while the app runs, the phone maker's while it does not.

Sources: docs.getui.com/getui/server/rest_v2/code (codes 0, 10001, 10003, 10005, 20001 "target user is
invalid") and …/token (``expire_time`` in milliseconds, a day ahead); a copy of its push page
(``request_id`` of 10 to 32 characters, doubled ones are dropped; ttl in milliseconds, three days at most;
``$taskid: {$cid: $status}``); the vendor's own client, GetuiLaboratory/getui-pushapi-java-client-v2, for
field names and click types; dcloudio/unidocs-zh ``uni-cloud-push/options.md`` for the paths of makers'
options (importance at HW, channel_id at XM and OP, classification at VV). Not confirmed: ``category`` at
HW, OP and VV; importance at HO (built like HW's); the status ``successed_ignore`` (long inactive).
"""

import asyncio
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.adapters.push.classes import MakerClasses, is_personal
from app.adapters.push.vendor import (
    PATIENCE_S,
    Answer,
    Vendor,
    VendorBusyError,
    each,
    garbage,
    lives_s,
    locked_out,
)
from app.core.clock import utc_now
from app.core.urgency import Urgency
from app.ports import Accepted, DeadTarget, Parcel, PushMessage, PushResult, Refused, RetryLater

_LONGEST_S = 3 * 86_400
_OK, _FAILED, _STARTING = 0, 1, 2
_STALE_TOKEN, _NOT_ADMITTED, _TOO_OFTEN, _BAD_PARAMETER = 10001, 10002, (10003, 10005), 20001
_MINUTE = timedelta(minutes=1)
_EARLY, _UNSAID = timedelta(minutes=10), timedelta(hours=1)
# Android's importance of a channel: from 3 on with sound, 4 pops up.
_LEVELS = {Urgency.NORMAL: "3", Urgency.URGENT: "4", Urgency.EMERGENCY: "4"}


@dataclass(frozen=True, slots=True)
class GetuiAccount:
    """Who we are there."""

    app_id: str
    app_key: str
    master_secret: str = field(repr=False)
    base_url: str = "https://restapi.getui.com"
    per_second: float = 50


class Getui:
    """Sends to cids with a token that lives a day and is renewed by one task at a time."""

    most_at_once = 100

    def __init__(
        self, account: GetuiAccount, classes: MakerClasses, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Take the account; nothing is asked yet."""
        self.most_per_second = account.per_second
        self._account, self._classes = account, classes
        self._vendor = Vendor(f"{account.base_url}/v2/{account.app_id}", patience_s=patience_s)
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._renewal = asyncio.Lock()

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own; a token that died early is renewed once."""

        async def one(parcel: Parcel) -> PushResult:
            token = await self._valid_token()
            answer = await self._push(parcel, token)
            if answer.code("code") == _STALE_TOKEN:
                answer = await self._push(parcel, await self._valid_token(instead_of=token))
            return _result(answer, parcel.target)

        return await each(parcels, one)

    async def close(self) -> None:
        """Close the connections."""
        await self._vendor.close()

    async def _push(self, parcel: Parcel, token: str) -> Answer:
        return await self._vendor.post("/push/single/cid", self._body(parcel), headers={"token": token})

    async def _valid_token(self, *, instead_of: str = "") -> str:
        async with self._renewal:
            # Whoever waited here finds the token that another task got.
            now = utc_now()
            if self._token and self._token != instead_of and now < self._until:
                return self._token
            answer = await self._vendor.post("/auth", _credentials(self._account, now))
            if answer.code("code") in (*_TOO_OFTEN, _STARTING, None):
                raise VendorBusyError("auth", _MINUTE)
            if not answer.text("data", "token"):
                raise VendorBusyError(locked_out("getui").reason, _MINUTE)
            self._token = answer.text("data", "token")
            self._until = _end(answer.text("data", "expire_time"), now) - _EARLY
            return self._token

    def _body(self, parcel: Parcel) -> dict[str, Any]:
        message, shown = parcel.message, _shown(parcel.message)
        # The same message to the same phone has the same id, and they drop the second.
        request_id = hashlib.sha256(f"{message.id} {parcel.target}".encode()).hexdigest()[:32]
        ups = {"notification": shown, "options": self._makers(personal=is_personal(message))}
        return {
            "request_id": request_id,
            "audience": {"cid": [parcel.target]},
            "settings": {"ttl": lives_s(message, longest=_LONGEST_S) * 1000, "strategy": {"default": 1}},
            "push_message": {"notification": {**shown, "channel_level": _LEVELS[message.urgency]}},
            "push_channel": {
                "android": {"ups": ups},
                "ios": _ios(message),
                "harmony": {"notification": self._harmony(message)},
            },
        }

    def _harmony(self, message: PushMessage) -> dict[str, Any]:
        shown = {"title": message.title, "body": message.body, "click_type": "startapp"}
        if is_personal(message) and self._classes.huawei_category:
            shown["category"] = self._classes.huawei_category
        return shown

    def _makers(self, *, personal: bool) -> dict[str, dict[str, Any]]:
        """Return each maker's class, by the paths of its own API; what was not granted is left out."""
        importance, granted = "NORMAL" if personal else "LOW", self._classes
        makers: dict[str, dict[str, Any]] = {
            "HW": {"/message/android/notification/importance": importance},
            "HO": {"/android/notification/importance": importance},
            "VV": {"/classification": int(personal)},
        }
        wanted = [
            ("HW", "/message/android/category", granted.huawei_category),
            ("XM", "/extra.channel_id", granted.xiaomi_channel_id),
            ("OP", "/category", granted.oppo_category),
            ("OP", "/channel_id", granted.oppo_channel_id),
            ("VV", "/category", granted.vivo_category),
        ]
        for maker, path, value in wanted:
            if personal and value:
                makers.setdefault(maker, {})[path] = value
        return makers


def _shown(message: PushMessage) -> dict[str, Any]:
    shown = {
        "title": message.title[:50],
        "body": message.body[:256],
        "click_type": "payload",
        "payload": json.dumps({"id": str(message.id)}),
    }
    if message.collapse_key:
        shown["notify_id"] = str(zlib.crc32(message.collapse_key.encode()) & 0x7FFF_FFFF)
    return shown


def _ios(message: PushMessage) -> dict[str, Any]:
    aps: dict[str, Any] = {"alert": {"title": message.title, "body": message.body}, "sound": "default"}
    ios = {"type": "notify", "payload": json.dumps({"id": str(message.id)}), "aps": aps}
    if message.collapse_key:
        aps["thread-id"] = ios["apns-collapse-id"] = message.collapse_key
    return ios


def _credentials(account: GetuiAccount, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp() * 1000))
    signed = f"{account.app_key}{timestamp}{account.master_secret}"
    sign = hashlib.sha256(signed.encode()).hexdigest()
    return {"sign": sign, "timestamp": timestamp, "appkey": account.app_key}


def _end(expire_time: str, now: datetime) -> datetime:
    """Return when a token ends; one whose end cannot be read is taken for an hour."""
    if not expire_time.isdecimal():
        return now + _UNSAID
    return min(datetime.fromtimestamp(min(int(expire_time) / 1000, 2**32), UTC), now + timedelta(days=1))


def _result(answer: Answer, cid: str) -> PushResult:
    code = answer.code("code")
    if code == _OK:
        return _taken(answer, cid)
    if code in (_STALE_TOKEN, _NOT_ADMITTED):
        return locked_out("getui")
    if code in (*_TOO_OFTEN, _FAILED, _STARTING):
        return RetryLater(f"getui_{code}", _MINUTE if code in _TOO_OFTEN else None)
    if code == _BAD_PARAMETER and "target user is invalid" in answer.text("msg"):
        return DeadTarget()
    return garbage() if code is None else Refused(f"getui_{code}")


def _taken(answer: Answer, cid: str) -> PushResult:
    tasks = answer.body.get("data")
    for task_id, statuses in tasks.items() if isinstance(tasks, dict) else ():
        if isinstance(statuses, dict) and cid in statuses:
            return DeadTarget() if statuses[cid] == "successed_ignore" else Accepted(str(task_id))
    return garbage()
