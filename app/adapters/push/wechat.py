"""WeChat subscribe messages (订阅消息): one for each consent that the person gave in the mini-program.

Sources: developers.weixin.qq.com sendMessage (fields, 40003 openid, 40037 template, 43101 no consent, 47003
field, 41030 page; thing ≤ 20 characters) and getStableAccessToken (POST JSON, 7200 s at most, the same token
while it lives, 10,000 calls a minute). 40001, 40014 and 42001 (token), 45009 and -1 (busy) are from the
vendor's global code list, which could not be read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.adapters.push.shared_token import SharedToken
from app.adapters.push.vendor import PATIENCE_S, Answer, Vendor, VendorBusyError, each, garbage, locked_out
from app.core.clock import SHANGHAI
from app.core.db import Database
from app.ports import Accepted, DeadTarget, NoConsent, Parcel, PushResult, Refused, RetryLater

_THING = 20
_STALE_TOKEN, _BUSY = (40001, 40014, 42001), (-1, 45009)
_BAD_OPENID, _NO_CONSENT = 40003, 43101
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """The mini-program, its one neutral template and which of the template's fields hold what."""

    app_id: str
    app_secret: str = field(repr=False)
    template_id: str
    title_field: str = "thing1"
    body_field: str = "thing2"
    time_field: str = ""
    page: str = "pages/notifications/index"
    state: str = "formal"
    base_url: str = "https://api.weixin.qq.com"


class WeChat:
    """Sends to openids."""

    most_at_once = 100
    most_per_second = 100.0  # ten million a day without payment: 115 a second

    def __init__(
        self, account: WeChatAccount, db: Database, *, secret_key: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Take the account; nothing is asked yet."""
        self._account = account
        self._vendor = Vendor(account.base_url, patience_s=patience_s)
        self._tokens = SharedToken(
            db, vendor=f"wechat:{account.app_id}", secret_key=secret_key, fetch=self._new_token
        )

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own; a token that died early is renewed once."""

        async def one(parcel: Parcel) -> PushResult:
            token = await self._tokens.lend()
            answer = await self._post(parcel, token)
            if answer.code("errcode") in _STALE_TOKEN:
                answer = await self._post(parcel, await self._tokens.lend(instead_of=token))
            return _result(answer)

        return await each(parcels, one)

    async def close(self) -> None:
        """Close the connections."""
        await self._vendor.close()

    async def _post(self, parcel: Parcel, token: str) -> Answer:
        path = "/cgi-bin/message/subscribe/send"
        return await self._vendor.post(path, self._body(parcel), params={"access_token": token})

    def _body(self, parcel: Parcel) -> dict[str, Any]:
        message, account = parcel.message, self._account
        fields = {account.title_field: message.title[:_THING], account.body_field: message.body[:_THING]}
        if account.time_field:
            fields[account.time_field] = f"{message.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        return {
            "touser": parcel.target,
            "template_id": account.template_id,
            "page": f"{account.page}?id={message.id}",
            "miniprogram_state": account.state,
            "lang": "zh_CN",
            "data": {name: {"value": value} for name, value in fields.items()},
        }

    async def _new_token(self) -> tuple[str, timedelta]:
        asked = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.app_secret,
            "force_refresh": False,
        }
        answer = await self._vendor.post("/cgi-bin/stable_token", asked)
        token, lives_s = answer.text("access_token"), answer.code("expires_in")
        if not token or not lives_s:
            raise VendorBusyError(locked_out("wechat").reason, _MINUTE)
        return token, timedelta(seconds=lives_s)


def _result(answer: Answer) -> PushResult:
    code = answer.code("errcode")
    if code == 0:
        return Accepted(str(answer.body.get("msgid", "")))
    if code == _NO_CONSENT:
        return NoConsent()
    if code == _BAD_OPENID:
        return DeadTarget()
    if code in _STALE_TOKEN:
        return locked_out("wechat")
    if code in _BUSY:
        return RetryLater(f"wechat_{code}", _MINUTE)
    return garbage() if code is None else Refused(f"wechat_{code}")
