"""One contract for every way to send a code; the real provider's against a fake of its endpoint."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from app.adapters.sms.console import ConsoleSms
from app.adapters.sms.memory import MemorySms
from app.core.settings import Settings, SmsProvider
from app.ports import OutsideError, SmsSender
from app.wiring import _sms

PHONE, CODE = "+8613812345678", "042137"


@dataclass
class FakeProvider:
    """Answers as Alibaba Cloud's SMS service does."""

    address: str = ""
    status: int = 200
    code: str = "OK"
    seen: list[tuple[dict[str, str], dict[str, list[str]]]] = field(default_factory=list)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.seen.append((headers, parse_qs(urlsplit(self.path).query)))
            said = {"Code": fake.code, "Message": f"about {PHONE}", "RequestId": "1", "BizId": "2"}
            body = json.dumps(said).encode()
            self.send_response(fake.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.address = f"127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def aliyun_at(address: str) -> SmsSender:
    pytest.importorskip("alibabacloud_dysmsapi20170525", reason="the extra 'aliyun-sms' is not installed")
    from app.adapters.aliyun import AliyunLogin  # noqa: PLC0415 - an optional extra
    from app.adapters.sms.aliyun import AliyunSms  # noqa: PLC0415

    login = AliyunLogin("key", "secret", address, protocol="http")
    return AliyunSms(login, sign_name="暖蜂", template_code="SMS_1")


@pytest.fixture(params=["console", "memory", "aliyun"])
def sender(request, provider) -> SmsSender:
    makers = {"console": ConsoleSms, "memory": MemorySms, "aliyun": lambda: aliyun_at(provider.address)}
    return makers[request.param]()


async def test_a_code_is_sent(sender):
    assert await sender.send_code(PHONE, CODE) is None


async def test_many_are_sent_at_once(sender):
    await asyncio.gather(*(sender.send_code(PHONE, CODE) for _ in range(5)))


async def test_the_console_shows_number_and_code(capsys):
    await ConsoleSms().send_code(PHONE, CODE)

    assert capsys.readouterr().err == f"SMS {PHONE}: {CODE}\n"


async def test_the_provider_gets_number_template_and_code_signed(provider):
    await aliyun_at(provider.address).send_code(PHONE, CODE)

    ((headers, query),) = provider.seen
    assert query["PhoneNumbers"] == [PHONE.removeprefix("+86")]
    assert (query["SignName"], query["TemplateCode"]) == (["暖蜂"], ["SMS_1"])
    assert json.loads(query["TemplateParam"][0]) == {"code": CODE}
    assert headers["x-acs-action"] == "SendSms"
    assert headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=key,")
    assert "secret" not in str(headers)


@pytest.mark.parametrize(
    ("status", "code"),
    [(200, "isv.BUSINESS_LIMIT_CONTROL"), (200, "isv.AMOUNT_NOT_ENOUGH"), (400, "Invalid"), (503, "Down")],
)
async def test_a_refusal_is_an_outside_error_that_names_nobody(provider, status, code):
    provider.status, provider.code = status, code

    with pytest.raises(OutsideError) as caught:
        await aliyun_at(provider.address).send_code(PHONE, CODE)

    assert PHONE.removeprefix("+86") not in str(caught.value)
    assert CODE not in str(caught.value)
    assert len(provider.seen) == 1  # a retry would be a second message


async def test_nobody_at_the_other_end_is_an_outside_error():
    with pytest.raises(OutsideError):
        await aliyun_at("127.0.0.1:9").send_code(PHONE, CODE)


def test_settings_pick_the_provider():
    settings = Settings(
        sms_provider=SmsProvider.ALIYUN,
        aliyun_access_key_id="key",
        aliyun_access_key_secret=SecretStr("secret"),
        aliyun_sms_sign_name="暖蜂",
        aliyun_sms_template_code="SMS_1",
    )
    assert isinstance(_sms(Settings()), ConsoleSms)
    pytest.importorskip("alibabacloud_dysmsapi20170525", reason="the extra 'aliyun-sms' is not installed")

    assert type(_sms(settings)).__name__ == "AliyunSms"


def test_a_provider_whose_client_is_not_installed_is_refused_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "app.adapters.sms.aliyun", None)
    settings = Settings.model_construct(sms_provider=SmsProvider.ALIYUN)

    with pytest.raises(ValueError, match="aliyun-sms"):
        _sms(settings)
