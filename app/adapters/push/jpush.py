"""JPush (极光推送), Push API v3: Huawei, Xiaomi, OPPO, vivo, Honor, HarmonyOS and APNs through one vendor.

Sources: docs.jiguang.cn/jpush/server/push/rest_api_v3_push (2025-10-14) for address, authentication and
objects; http_status_code there for statuses; the vendor's own client, jpush/jiguang-sdk-java, for field
names, the ``x-rate-limit-reset`` header (seconds) and ``options.classification``; a copy of the code table
for 1003 and 1011 (nobody fits); jpush/jpush-api-php-client issue 94 for vivo's ``classification`` (0
marketing, 1 system). Not confirmed: ``importance`` and ``category`` inside ``third_party_channel``, 2002
(too often), and that 1003 names a bad registration id. Batches of different messages are for paying
accounts, so each message is a call: free accounts get 600 a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.adapters.push.classes import MakerClasses, is_personal
from app.adapters.push.vendor import PATIENCE_S, Answer, Vendor, each, garbage, lives_s, locked_out
from app.core.urgency import Urgency
from app.ports import Accepted, DeadTarget, Parcel, PushMessage, PushResult, Refused, RetryLater

_LONGEST_S = 10 * 86_400
_COLLAPSE_BYTES = 64
_OK, _UNKNOWN_TO_THEM = 200, 401
_BAD_VALUE, _WRONG_KEYS, _NOBODY, _TOO_OFTEN = 1003, 1004, 1011, 2002


@dataclass(frozen=True, slots=True)
class JPushAccount:
    """Who we are there; APNs has a second world for apps under test."""

    app_key: str
    master_secret: str = field(repr=False)
    base_url: str = "https://api.jpush.cn"
    apns_production: bool = True
    per_second: float = 10


class JPush:
    """Sends to registration ids."""

    most_at_once = 100

    def __init__(
        self, account: JPushAccount, classes: MakerClasses, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Take the account; nothing is asked yet."""
        self.most_per_second = account.per_second
        self._account, self._classes = account, classes
        self._vendor = Vendor(
            account.base_url, patience_s=patience_s, auth=(account.app_key, account.master_secret)
        )

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own."""

        async def one(parcel: Parcel) -> PushResult:
            return _result(await self._vendor.post("/v3/push", self._body(parcel)))

        return await each(parcels, one)

    async def close(self) -> None:
        """Close the connections."""
        await self._vendor.close()

    def _body(self, parcel: Parcel) -> dict[str, Any]:
        return {
            "platform": "all",
            "audience": {"registration_id": [parcel.target]},
            "notification": self._notification(parcel.message),
            "options": self._options(parcel.message),
        }

    def _notification(self, message: PushMessage) -> dict[str, Any]:
        shown = {"alert": message.body, "title": message.title, "extras": {"id": str(message.id)}}
        android: dict[str, Any] = dict(shown)
        hmos = {**shown, "intent": {"url": "action.system.home"}}
        if not is_personal(message):
            android["priority"] = -2
        elif self._classes.huawei_category:
            android["category"] = hmos["category"] = self._classes.huawei_category
        return {"alert": message.body, "android": android, "ios": _ios(message), "hmos": hmos}

    def _options(self, message: PushMessage) -> dict[str, Any]:
        options: dict[str, Any] = {
            "time_to_live": lives_s(message, longest=_LONGEST_S),
            "apns_production": self._account.apns_production,
            "classification": int(is_personal(message)),
            "third_party_channel": self._makers(personal=is_personal(message)),
        }
        if message.collapse_key:
            start = message.collapse_key.encode()[:_COLLAPSE_BYTES]
            options["apns_collapse_id"] = start.decode(errors="ignore")
        return options

    def _makers(self, *, personal: bool) -> dict[str, dict[str, Any]]:
        """Return each maker's class; what was not granted is left out."""
        importance, granted = "NORMAL" if personal else "LOW", self._classes
        makers: dict[str, dict[str, Any]] = {
            "huawei": {"importance": importance},
            "honor": {"importance": importance},
            "vivo": {"classification": int(personal)},
        }
        wanted = [
            ("huawei", "category", granted.huawei_category),
            ("xiaomi", "channel_id", granted.xiaomi_channel_id),
            ("oppo", "category", granted.oppo_category),
            ("oppo", "channel_id", granted.oppo_channel_id),
            ("vivo", "category", granted.vivo_category),
        ]
        for maker, name, value in wanted:
            if personal and value:
                makers.setdefault(maker, {})[name] = value
        return makers


def _ios(message: PushMessage) -> dict[str, Any]:
    ios: dict[str, Any] = {
        "alert": {"title": message.title, "body": message.body},
        "extras": {"id": str(message.id)},
        "sound": "default",
    }
    if message.urgency is Urgency.EMERGENCY:
        ios["interruption-level"] = "time-sensitive"
    if message.collapse_key:
        ios["thread-id"] = message.collapse_key
    return ios


def _result(answer: Answer) -> PushResult:
    code = answer.code("error", "code")
    if answer.status == _OK and answer.text("msg_id"):
        return Accepted(answer.text("msg_id"))
    if answer.status == _UNKNOWN_TO_THEM or code == _WRONG_KEYS:
        return locked_out("jpush")
    if code == _TOO_OFTEN:
        return RetryLater("2002", answer.retry_after or timedelta(minutes=1))
    if code == _NOBODY or (code == _BAD_VALUE and "registration_id" in answer.text("error", "message")):
        return DeadTarget()
    return garbage() if code is None else Refused(f"jpush_{code}")
