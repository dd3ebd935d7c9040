"""Text messages and calls to a person's own number by Alibaba Cloud (extra ``aliyun-sms``): for emergencies.

Sources: help.aliyun.com SingleCallByTts (CalledShowNumber only for numbers of one's own, CalledNumber,
TtsCode, TtsParam; a call a minute, five an hour, twenty a day to one number) and the comments of the
provider's own client (PlayTimes 1 to 3, OutId up to 15 bytes). Codes: alibabacloud.com/help doc-detail
116206 (2019-11-22) and 73694 (2018-06-15) name all of text messages' but ``isv.DAY_LIMIT_CONTROL`` and
``isv.PRODUCT_UNSUBSCRIBE``, which others' clients and an older list of the provider's have; the old list says
too that an address belongs into the template (``isv.PARAM_NOT_SUPPORT_URL``), so a variable holds but its
end. Not confirmed: ``isv.INVALID_PARAMETERS_MOBILE`` and that calls answer with the same codes, and that a
variable holds 35 characters. A template has one variable, ``notice``; one for what is to be answered has
``link`` too, the end of an address.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from alibabacloud_dysmsapi20170525.client import Client as SmsClient
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_dyvmsapi20170525.client import Client as VoiceClient
from alibabacloud_dyvmsapi20170525.models import SingleCallByTtsRequest

from app.adapters.aliyun import SENT, AliyunLogin, ask, once
from app.adapters.push.vendor import each, locked_out
from app.ports import Accepted, DeadTarget, Parcel, PushResult, Refused, RetryLater

# What one variable of a text message's template may hold.
_NOTICE = 35
_CHINA = "+86"
_OFTEN = ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling", "Throttling.User")
_NO_NUMBER = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.INVALID_PARAMETERS_MOBILE")
_OURS = (
    "isv.AMOUNT_NOT_ENOUGH",
    "isv.OUT_OF_SERVICE",
    "isv.PRODUCT_UN_SUBSCRIPT",
    "isv.PRODUCT_UNSUBSCRIBE",
    "isv.ACCOUNT_ABNORMAL",
    "isv.ACCOUNT_NOT_EXISTS",
    "isp.RAM_PERMISSION_DENY",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "SignatureDoesNotMatch",
)

# Their own faults: "please retry again".
_THEIRS = ("isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isp.UNKNOWN")


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """What the provider approved; ``sign_name`` for text messages, ``shown_number`` for calls.

    ``link_code`` is the template for messages that have a link.
    """

    code: str
    link_code: str = ""
    sign_name: str = ""
    shown_number: str = ""


class AliyunNotices:
    """Sends notices as text messages to numbers in E.164 form."""

    most_at_once = 20
    most_per_second = 20.0

    def __init__(self, login: AliyunLogin, template: NoticeTemplate) -> None:
        """Prepare the client; nothing is sent yet."""
        self._client, self._template = SmsClient(login.config()), template

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own."""
        return await each(parcels, self._one)

    async def close(self) -> None:
        """Nothing stays open."""

    async def _one(self, parcel: Parcel) -> PushResult:
        _, _, end = parcel.message.link.partition("#")
        has_link = bool(end and self._template.link_code)
        request = SendSmsRequest(
            phone_numbers=parcel.target.removeprefix(_CHINA),
            sign_name=self._template.sign_name,
            template_code=self._template.link_code if has_link else self._template.code,
            template_param=_parameters(parcel, **({"link": end} if has_link else {})),
            out_id=str(parcel.message.id),
        )
        code, body = await ask(lambda: self._client.send_sms_with_options(request, once()))
        return _result(code, getattr(body, "biz_id", None))


class AliyunCalls:
    """Calls numbers in E.164 form and reads the notice out, twice."""

    most_at_once = 20
    most_per_second = 20.0

    def __init__(self, login: AliyunLogin, template: NoticeTemplate) -> None:
        """Prepare the client; nobody is called yet."""
        self._client, self._template = VoiceClient(login.config()), template

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own."""
        return await each(parcels, self._one)

    async def close(self) -> None:
        """Nothing stays open."""

    async def _one(self, parcel: Parcel) -> PushResult:
        request = SingleCallByTtsRequest(
            called_number=parcel.target.removeprefix(_CHINA),
            called_show_number=self._template.shown_number or None,
            tts_code=self._template.code,
            tts_param=_parameters(parcel),
            play_times=2,
            out_id=parcel.message.id.hex[-15:],
        )
        code, body = await ask(lambda: self._client.single_call_by_tts_with_options(request, once()))
        return _result(code, getattr(body, "call_id", None))


def _parameters(parcel: Parcel, **more: str) -> str:
    return json.dumps({"notice": parcel.message.body[:_NOTICE], **more}, ensure_ascii=False)


def _result(code: str, provider_id: Any) -> PushResult:
    if code == SENT:
        return Accepted(str(provider_id or ""))
    if code in _NO_NUMBER:
        return DeadTarget()
    if code in _OFTEN:
        return RetryLater(code, timedelta(minutes=1))
    if code in _OURS:
        return locked_out("aliyun")
    if code in _THEIRS:
        return _no_answer(code)
    return Refused(code) if code.startswith(("isv.", "isp.", "Invalid")) else _no_answer(code)


def _no_answer(code: str) -> RetryLater:
    return RetryLater(code, is_vendor_down=True)
