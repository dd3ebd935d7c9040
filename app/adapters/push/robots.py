r"""Robots in the group chats of staff: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书), by their webhooks.

A parcel's target is the robot's key, and after a space its signing secret where it has one. Sources, as
stored copies: the vendors' pages for addresses, bodies, ``errcode`` 0 or ``code`` 0 inside a 200 and
WeCom's 2048 bytes. DingTalk: its page on robots' security (``timestamp\nsecret`` in milliseconds,
HMAC-SHA256 keyed by the secret, base64) and its global codes (-1 busy); answers that people quote for
130101 ("send too fast, exceed 20 times per minute", ten minutes), 90030 ("webhook over limit"), 300001 and
300005 ("token is not exist", of groups inside and outside). Feishu: open.larkoffice.com, "自定义机器人"
for the signature (HMAC-SHA256 of nothing, keyed by ``timestamp\nsecret``, seconds) and 11232 (too often);
answers that people quote for 19001 ("param invalid: incoming webhook access token invalid").
WeCom: developer.work.weixin.qq.com/document/path/90455 for -1 (busy); quoted answers for 45009, 45033 (too
often) and 93000 ("invalid webhook url"). Rates are kept by who sends (:mod:`app.services.robots.sending`).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.adapters.push.vendor import PATIENCE_S, Answer, Vendor, each, garbage
from app.core.clock import utc_now
from app.core.urgency import RobotVendor
from app.ports import Accepted, DeadTarget, Parcel, PushResult, Refused, RetryLater

# Who sends too fast is not heard for ten minutes (DingTalk); the others forget sooner.
_PENALTY = timedelta(minutes=10)
_TEXT_BYTES = 2048


@dataclass(frozen=True, slots=True)
class _Post:
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Dialect:
    write: Callable[[str, str, str], _Post]
    code: str
    later: frozenset[int]
    gone: frozenset[int]


def _wecom(text: str, key: str, _: str) -> _Post:
    return _Post("/cgi-bin/webhook/send", {"key": key}, {"msgtype": "text", "text": {"content": text}})


def _dingtalk(text: str, key: str, secret: str) -> _Post:
    query = {"access_token": key}
    if secret:
        timestamp = str(int(utc_now().timestamp() * 1000))
        query |= {"timestamp": timestamp, "sign": _hmac(secret, f"{timestamp}\n{secret}")}
    return _Post("/robot/send", query, {"msgtype": "text", "text": {"content": text}})


def _feishu(text: str, key: str, secret: str) -> _Post:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        timestamp = str(int(utc_now().timestamp()))
        body |= {"timestamp": timestamp, "sign": _hmac(f"{timestamp}\n{secret}", "")}
    return _Post(f"/open-apis/bot/v2/hook/{key}", {}, body)


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


_DIALECTS = {
    RobotVendor.WECOM: _Dialect(_wecom, "errcode", frozenset({-1, 45009, 45033}), frozenset({93000})),
    RobotVendor.DINGTALK: _Dialect(
        _dingtalk, "errcode", frozenset({-1, 130101, 90030}), frozenset({300001, 300005})
    ),
    RobotVendor.FEISHU: _Dialect(_feishu, "code", frozenset({11232}), frozenset({19001})),
}


class Robots:
    """Posts to groups of one vendor."""

    most_at_once = 20
    most_per_second = 20.0

    def __init__(self, vendor: RobotVendor, *, base_url: str, patience_s: float = PATIENCE_S) -> None:
        """Take the vendor's address; nothing is asked yet."""
        self._name, self._dialect = vendor.value, _DIALECTS[vendor]
        self._vendor = Vendor(base_url, patience_s=patience_s)

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Post each parcel by a call of its own."""
        return await each(parcels, self._one)

    async def close(self) -> None:
        """Close the connections."""
        await self._vendor.close()

    async def _one(self, parcel: Parcel) -> PushResult:
        key, _, secret = parcel.target.partition(" ")
        said = f"{parcel.message.title}\n{parcel.message.body}".encode()[:_TEXT_BYTES].decode(errors="ignore")
        post = self._dialect.write(said, key, secret)
        answer = await self._vendor.post(post.path, post.body, params=dict(post.query))
        return self._result(answer)

    def _result(self, answer: Answer) -> PushResult:
        code = answer.code(self._dialect.code)
        if code is None:
            return garbage()
        if code == 0:
            return Accepted()
        if code in self._dialect.gone:
            return DeadTarget()
        reason = f"{self._name}_{code}"
        return RetryLater(reason, _PENALTY) if code in self._dialect.later else Refused(reason)
