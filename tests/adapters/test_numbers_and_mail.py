"""Text messages and calls by Alibaba Cloud's protocol, mail by SMTP, each against a local stand-in."""

import asyncio
import email
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest
from icalendar import Calendar

from app.adapters.push.mail import Mail, MailAccount
from app.adapters.push.vendor import each
from app.core.push_settings import SmtpSecurity
from app.ports import (
    Accepted,
    Appointment,
    DeadTarget,
    Parcel,
    PushResult,
    PushSender,
    Refused,
    RetryLater,
)
from tests.adapters.vendors import MailServer, Reply, Vendors
from tests.adapters.ways import ID, LOCKED, MINUTE, SECRET, message

PHONE = "+8613812345678"


def aliyun(fake: Vendors, way: str) -> PushSender:
    pytest.importorskip("alibabacloud_dyvmsapi20170525", reason="the extra 'aliyun-sms' is not installed")
    from app.adapters.aliyun import AliyunLogin  # noqa: PLC0415 - an optional extra
    from app.adapters.push.phone_calls import AliyunCalls, AliyunNotices, NoticeTemplate  # noqa: PLC0415

    login = AliyunLogin("key", SECRET, fake.address.removeprefix("http://"), protocol="http")
    if way == "text":
        return AliyunNotices(login, NoticeTemplate("SMS_2", link_code="SMS_3", sign_name="暖蜂"))
    return AliyunCalls(login, NoticeTemplate("TTS_2", shown_number="05710000"))


async def test_a_number_gets_a_text_message_and_a_call(fake: Vendors):
    parcel = Parcel(message(body="有紧急事项，请打开暖蜂查看" * 3), PHONE)
    (text,) = await aliyun(fake, "text").send([parcel])
    (call,) = await aliyun(fake, "call").send([parcel])

    assert [text, call] == [Accepted("1"), Accepted("2^1")]
    sms, voice = fake.seen
    assert (sms.headers["x-acs-action"], voice.headers["x-acs-action"]) == ("SendSms", "SingleCallByTts")
    assert sms.query["PhoneNumbers"] == voice.query["CalledNumber"] == PHONE.removeprefix("+86")
    assert (sms.query["SignName"], sms.query["TemplateCode"]) == ("暖蜂", "SMS_2")
    assert (voice.query["TtsCode"], voice.query["CalledShowNumber"]) == ("TTS_2", "05710000")
    notice = {"notice": parcel.message.body[:35]}
    assert json.loads(sms.query["TemplateParam"]) == json.loads(voice.query["TtsParam"]) == notice
    assert len(voice.query["OutId"]) == 15
    assert SECRET not in str(fake.seen)

    linked = message(link="https://city.example/duty#the-end")
    await aliyun(fake, "text").send([Parcel(linked, PHONE)])
    asked = fake.seen[-1].query
    assert asked["TemplateCode"] == "SMS_3"
    assert json.loads(asked["TemplateParam"]) == {"notice": "有新回复", "link": "the-end"}


@pytest.mark.parametrize("way", ["text", "call"])
async def test_what_alibaba_says_means(fake: Vendors, way: str):
    sender = aliyun(fake, way)
    said: dict[PushResult, Reply] = {
        DeadTarget(): Reply(200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": PHONE}),
        RetryLater("isv.BUSINESS_LIMIT_CONTROL", MINUTE): Reply(200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}),
        LOCKED: Reply(200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}),
        RetryLater("isp.SYSTEM_ERROR", is_vendor_down=True): Reply(200, {"Code": "isp.SYSTEM_ERROR"}),
        Refused("isv.TEMPLATE_MISSING_PARAMETERS"): Reply(200, {"Code": "isv.TEMPLATE_MISSING_PARAMETERS"}),
        RetryLater("Throttling.User", MINUTE): Reply(400, {"Code": "Throttling.User", "Message": PHONE}),
    }
    for expected, reply in said.items():
        fake.answer("/", reply)
        assert await sender.send([Parcel(message(), PHONE)]) == [expected]

    for bad in (Reply(503, "down"), Reply(200, "<html>"), Reply(200, {"Code": f"about {PHONE}"})):
        fake.answer("/", bad)
        (result,) = await sender.send([Parcel(message(), PHONE)])
        assert isinstance(result, RetryLater)
        assert result.is_vendor_down
        assert PHONE not in str(result)
    await sender.close()


@pytest.fixture
async def server() -> AsyncGenerator[MailServer]:
    async with MailServer().running() as running:
        yield running


def mail_to(server: MailServer, *, patience_s: float = 20, **given) -> Mail:
    account = MailAccount("127.0.0.1", server.port, "bee@city.example", security=SmtpSecurity.NONE)
    return Mail(replace(account, **given), public_url="https://city.example", patience_s=patience_s)


async def test_a_letter_is_neutral_and_carries_the_appointment(server: MailServer):
    begins = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    appointment = Appointment(begins, begins + timedelta(hours=2), "值班", "城关区")
    sender = mail_to(server, user="bee", password=SECRET)
    parcels = [Parcel(message(appointment=appointment), "a@x.example"), Parcel(message(), "b@x.example")]
    results = await sender.send(parcels)
    await sender.close()

    assert results == [Accepted(f"<{ID}@city.example>")] * 2
    letter = email.message_from_bytes(server.letters[0].removesuffix(b".\r\n"), policy=default)
    assert isinstance(letter, EmailMessage)
    assert (letter["Subject"], letter["To"], letter["Auto-Submitted"]) == (
        "暖蜂",
        "a@x.example",
        "auto-generated",
    )
    body, (file,) = letter.get_body(), letter.iter_attachments()
    assert body is not None
    assert body.get_content().split() == ["有新回复", "https://city.example/inbox"]
    assert file.get_content_type() == "text/calendar"
    (event,) = Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")
    assert (event.decoded("dtstart"), str(event["summary"])) == (begins, "值班")
    assert b"text/calendar" not in server.letters[1]


async def test_what_a_mail_server_says_means(server: MailServer):
    server.says = {
        "RCPT TO:<gone@": "550 no such user gone@x.example",
        "RCPT TO:<full@": "452 full",
        "RCPT TO:<spam@": "554 spam",
    }
    people = ["gone", "full", "spam", "fine"]
    results = await mail_to(server).send([Parcel(message(), f"{who}@x.example") for who in people])

    assert results[:3] == [DeadTarget(), RetryLater("smtp_452"), Refused("smtp_554")]
    assert isinstance(results[3], Accepted)
    assert "x.example" not in str(results[:3])


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"AUTH": "535 who are you"}, LOCKED),
        ({"EHLO": ""}, RetryLater("no_answer", is_vendor_down=True)),
        ({"LO": "garbage"}, RetryLater("no_answer", is_vendor_down=True)),
    ],
)
async def test_a_mail_servers_bad_day_is_no_exception(server: MailServer, says, expected):
    server.says = says
    sender = mail_to(server, user="bee", password=SECRET)

    assert await sender.send([Parcel(message(), "a@x.example")] * 2) == [expected] * 2
    assert await sender.send([]) == []


async def test_a_connection_that_breaks_leaves_what_was_sent_as_sent(server: MailServer):
    server.says = {"RCPT TO:<two@": ""}
    results = await mail_to(server).send(
        [Parcel(message(), f"{who}@x.example") for who in ("one", "two", "three")]
    )

    assert isinstance(results[0], Accepted)
    assert results[1:] == [RetryLater("no_answer", is_vendor_down=True)] * 2


async def test_a_title_of_two_lines_is_one_and_takes_no_other_letter_along(server: MailServer):
    results = await mail_to(server).send(
        [Parcel(message(), "a@x.example"), Parcel(message(title="停水\n通知"), "b@x.example")]
    )

    assert results == [Accepted(f"<{ID}@city.example>")] * 2
    letter = email.message_from_bytes(server.letters[1], policy=default)
    assert letter["Subject"] == "停水 通知"


async def test_what_went_before_a_slow_servers_time_was_over_stays_sent(server: MailServer, monkeypatch):
    monkeypatch.setattr("app.adapters.push.mail._DEADLINE_S", 2)
    server.silent_about = "two@"
    results = await mail_to(server, patience_s=3).send(
        [Parcel(message(), f"{who}@x.example") for who in ("one", "two", "three")]
    )

    assert isinstance(results[0], Accepted)
    assert results[1:] == [RetryLater("no_answer", is_vendor_down=True)] * 2


async def test_who_answers_about_one_and_not_about_the_other(monkeypatch):
    monkeypatch.setattr("app.adapters.push.vendor.DEADLINE_S", 0.05)

    async def send(parcel: Parcel) -> PushResult:
        if parcel.target == "never":
            await asyncio.Event().wait()
        return Accepted(parcel.target)

    results = await each([Parcel(message(), target) for target in ("never", "one")], send)

    assert results == [RetryLater("no_answer", is_vendor_down=True), Accepted("one")]
