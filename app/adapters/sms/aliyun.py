"""Text messages by Alibaba Cloud (extra ``aliyun-sms``).

The template carries one parameter, ``code``; sign name and template are what the provider approved.
"""

import asyncio
import json
from dataclasses import dataclass

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

from app.ports import OutsideError

_CONNECT_MS, _READ_MS = 2000, 4000
_DEADLINE_S = 8
_SENT = "OK"


@dataclass(frozen=True, slots=True)
class AliyunAccount:
    """What the provider knows us by; ``endpoint`` and ``protocol`` differ in tests alone."""

    key_id: str
    key_secret: str
    sign_name: str
    template_code: str
    endpoint: str = "dysmsapi.aliyuncs.com"
    protocol: str = "https"


class AliyunSms:
    """Sends codes through Alibaba Cloud's SMS service; its client is synchronous, so in a thread."""

    def __init__(self, account: AliyunAccount) -> None:
        """Prepare the client; nothing is sent yet."""
        self._account = account
        self._client = Client(
            Config(
                access_key_id=account.key_id,
                access_key_secret=account.key_secret,
                endpoint=account.endpoint,
                protocol=account.protocol,
            )
        )
        self._options = RuntimeOptions(autoretry=False, connect_timeout=_CONNECT_MS, read_timeout=_READ_MS)

    async def send_code(self, phone: str, code: str) -> None:
        """Send a code to a number in E.164 form.

        Raises:
            OutsideError: the provider refused, failed, or did not answer in time.
        """
        try:
            async with asyncio.timeout(_DEADLINE_S):
                answer = await asyncio.to_thread(self._send, phone, code)
        # Some of the texts hold the number, so only the type is told.
        except Exception as error:  # noqa: BLE001 - its layers have no common base
            raise OutsideError(f"Alibaba Cloud SMS: {type(error).__name__}") from None
        if answer != _SENT:
            raise OutsideError(f"Alibaba Cloud SMS: {answer}")

    def _send(self, phone: str, code: str) -> str:
        request = SendSmsRequest(
            phone_numbers=phone.removeprefix("+86"),
            sign_name=self._account.sign_name,
            template_code=self._account.template_code,
            template_param=json.dumps({"code": code}),
        )
        body = self._client.send_sms_with_options(request, self._options).body
        return str(body.code)
