"""Sign-in codes as text messages by Alibaba Cloud (extra ``aliyun-sms``).

The template carries one parameter, ``code``; sign name and template are what the provider approved.
"""

import json

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest

from app.adapters.aliyun import SENT, AliyunLogin, ask, once
from app.ports import OutsideError


class AliyunSms:
    """Sends codes through Alibaba Cloud's SMS service."""

    def __init__(self, login: AliyunLogin, *, sign_name: str, template_code: str) -> None:
        """Prepare the client; nothing is sent yet."""
        self._client, self._sign_name, self._template = Client(login.config()), sign_name, template_code

    async def send_code(self, phone: str, code: str) -> None:
        """Send a code to a number in E.164 form.

        Raises:
            OutsideError: the provider refused, failed, or did not answer in time.
        """
        request = SendSmsRequest(
            phone_numbers=phone.removeprefix("+86"),
            sign_name=self._sign_name,
            template_code=self._template,
            template_param=json.dumps({"code": code}),
        )
        answer, _ = await ask(lambda: self._client.send_sms_with_options(request, once()))
        if answer != SENT:
            raise OutsideError(f"Alibaba Cloud SMS: {answer}")
