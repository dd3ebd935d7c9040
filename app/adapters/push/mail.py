"""E-mail by SMTP (aiosmtplib), with the appointment as an iCalendar file where one is told (RFC 5545)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

import aiosmtplib
from icalendar import Calendar, Event

from app.adapters.push.vendor import PATIENCE_S, locked_out
from app.core.clock import utc_now
from app.core.push_settings import SmtpSecurity
from app.ports import Accepted, Appointment, DeadTarget, Parcel, PushMessage, PushResult, Refused, RetryLater

_NO_MAILBOX = range(550, 554)
_FOR_GOOD = 500
# For a batch, and as long again for taking leave: together below what who waits for it has patience for.
_DEADLINE_S = 8.0
_CALENDAR = {"charset": "utf-8", "method": "PUBLISH"}


@dataclass(frozen=True, slots=True)
class MailAccount:
    """The server, who we are there and whom mail comes from."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    security: SmtpSecurity = SmtpSecurity.STARTTLS


class Mail:
    """Sends to addresses, many over one connection."""

    most_at_once = 50
    most_per_second = 10.0

    def __init__(self, account: MailAccount, *, public_url: str, patience_s: float = PATIENCE_S * 2) -> None:
        """Take the account; nothing is asked yet. Below ``public_url`` the reader goes on."""
        self._account, self._patience_s = account, patience_s
        self._inbox = f"{public_url.rstrip('/')}/inbox"

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send parcels one after the other over one connection."""
        if not parcels:
            return []
        results: list[PushResult] = []
        try:
            async with asyncio.timeout(_DEADLINE_S), self._client() as client:
                # One by one: what was sent before a connection broke stays told as sent.
                for parcel in parcels:
                    results += [await self._one(client, parcel)]
        except aiosmtplib.SMTPAuthenticationError:
            rest: PushResult = locked_out("smtp")
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            rest = RetryLater("no_answer", is_vendor_down=True)
        else:
            return results
        return results + [rest] * (len(parcels) - len(results))

    async def close(self) -> None:
        """Nothing stays open between sendings."""

    def _client(self) -> aiosmtplib.SMTP:
        account = self._account
        return aiosmtplib.SMTP(
            hostname=account.host,
            port=account.port,
            username=account.user or None,
            password=account.password or None,
            use_tls=account.security is SmtpSecurity.TLS,
            start_tls=account.security is SmtpSecurity.STARTTLS,
            timeout=self._patience_s,
        )

    async def _one(self, client: aiosmtplib.SMTP, parcel: Parcel) -> PushResult:
        letter = self._letter(parcel)
        try:
            await client.send_message(letter, recipients=[parcel.target])
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0].code)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code)
        except ValueError:  # an address that is none
            return DeadTarget()
        return Accepted(letter["Message-ID"])

    def _letter(self, parcel: Parcel) -> EmailMessage:
        message, letter = parcel.message, EmailMessage()
        letter["From"], letter["To"] = self._account.sender, parcel.target
        letter["Subject"] = " ".join(message.title.split())  # a header is one line
        letter["Message-ID"] = f"<{message.id}@{self._account.sender.rpartition('@')[2].rstrip('>')}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{message.body}\n\n{self._inbox}\n")
        if message.appointment is not None:
            calendar = _calendar(message, message.appointment)
            letter.add_attachment(
                calendar, maintype="text", subtype="calendar", filename="appointment.ics", params=_CALENDAR
            )
        return letter


def _calendar(message: PushMessage, appointment: Appointment) -> bytes:
    event = Event()
    # What has the same key is the same appointment, changed.
    event.add("uid", f"{message.collapse_key or message.id}@nuanfeng")
    event.add("dtstamp", utc_now())
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", appointment.summary)
    if appointment.is_off:
        event.add("status", "CANCELLED")
    if appointment.place:
        event.add("location", appointment.place)
    calendar = Calendar()
    calendar.add("prodid", "-//Nuanfeng//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _refused(code: int) -> PushResult:
    if code in _NO_MAILBOX:
        return DeadTarget()
    return Refused(f"smtp_{code}") if code >= _FOR_GOOD else RetryLater(f"smtp_{code}")
