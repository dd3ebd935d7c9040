"""What the inbox's routes take and answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas import In, Instant, Out, PageOut, ShortText, Text
from app.core.urgency import PushChannel, Urgency
from app.models import Language, NotificationPreference
from app.services import notifications
from app.services.notifications import Mode

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class SaidOut(Out):
    """A title and a text."""

    title: str
    body: str


class SubjectOut(Out):
    """What the app opens."""

    type: str
    id: UUID


class NotificationOut(Out):
    """One thing the caller was told, in both languages."""

    id: UUID
    kind: str
    topic: str
    zh: SaidOut
    en: SaidOut
    subject: SubjectOut | None
    urgency: Urgency
    created_at: datetime
    expires_at: datetime | None
    read_at: datetime | None


class InboxOut(PageOut):
    """A page of the inbox, the newest first."""

    notifications: list[NotificationOut]


class UnreadOut(Out):
    """How many notifications are unread."""

    unread: int


class AllReadIn(In):
    """Up to which notification the caller has seen everything; all of them when it is null."""

    until: UUID | None


class MarkedOut(Out):
    """How many were unread before."""

    marked: int


class DeviceIn(In):
    """What an app says of itself at every start; ``consents`` are WeChat messages agreed to since then."""

    channel: PushChannel
    token: Annotated[Text, Field(min_length=1, max_length=4096)]
    consents: Annotated[int, Field(ge=0, le=20, strict=True)] = 0


class DeviceOut(Out):
    """A phone or browser of the caller's; its token is not told again."""

    id: UUID
    channel: PushChannel
    credits: int | None
    registered_at: datetime
    seen_at: datetime


class DevicesOut(Out):
    """The caller's phones and browsers."""

    devices: list[DeviceOut]


class WebPushKeyOut(Out):
    """The key of RFC 8292, an uncompressed point of P-256 in URL-safe base64."""

    public_key: str | None


class QuietIn(In):
    """When nothing is pushed, in China's time; it may cross midnight."""

    start: Clock
    end: Clock


class PreferenceIn(In):
    """The caller's say; topics that are not named come at once."""

    topics: dict[ShortText, Mode] = Field(max_length=50)
    quiet: QuietIn | None
    language: Language
    version: Annotated[int, Field(ge=1, le=2**31, strict=True)]


class QuietOut(Out):
    """When nothing is pushed, in China's time."""

    start: str
    end: str


class TopicOut(Out):
    """A topic and how its copies go out."""

    topic: str
    zh: str
    en: str
    mode: Mode


class PreferenceOut(Out):
    """The caller's say about what reaches their phone; the inbox has everything in any case."""

    topics: list[TopicOut]
    quiet: QuietOut | None
    riding_until: datetime | None
    language: Language
    version: int

    @classmethod
    def of(cls, row: NotificationPreference, topics: Sequence[str]) -> Self:
        """Show a person's say, each of some topics with its mode."""
        names = notifications.catalogue().topics
        quiet = None
        if row.quiet_from is not None and row.quiet_to is not None:
            quiet = QuietOut(start=_clock(row.quiet_from), end=_clock(row.quiet_to))
        return cls(
            topics=[
                TopicOut(
                    topic=topic,
                    zh=names[topic][Language.ZH],
                    en=names[topic][Language.EN],
                    mode=Mode(row.topics.get(topic, Mode.AT_ONCE)),
                )
                for topic in topics
            ],
            quiet=quiet,
            riding_until=row.riding_until,
            language=row.language,
            version=row.version,
        )


def minutes_of(clock: str) -> int:
    """Return the minutes of a day that ``22:30`` names."""
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


class RidingIn(In):
    """Until when only emergencies are pushed; null ends it."""

    until: Instant | None


class HeldOut(Out):
    """A copy that was tried too often; whose it is stays unsaid."""

    id: UUID
    notification_id: UUID
    channel: PushChannel
    tries: int
    error: str | None
    created_at: datetime


class HeldPageOut(PageOut):
    """Copies that a person has to look at, oldest first."""

    held: list[HeldOut]


class ReleaseIn(In):
    """Which held copies are tried again; none named means all."""

    ids: list[UUID] = Field(max_length=500)


class ReleasedOut(Out):
    """How many are on their way again."""

    released: int


class ChannelFiguresOut(Out):
    """What became of a channel's copies; seconds run from the event to the vendor's taking the copy.

    `delivered` and `undelivered` are what the vendor said afterwards, where it says anything; `people` have a
    device on it and were told something, `reached` are those whose newest copy arrived; null stands for one
    to four.
    """

    channel: PushChannel
    sent: int
    delivered: int
    undelivered: int
    opened: int
    failed: int
    skipped: int
    held: int
    p50_s: float | None
    p99_s: float | None
    failures: dict[str, int]
    people: int | None
    reached: int | None


class FiguresOut(Out):
    """The last seven days, by channel; nothing in them names anybody."""

    since: datetime
    channels: list[ChannelFiguresOut]


class MailboxIn(In):
    """An address; letters, digits and signs of ASCII, as every mail server takes them."""

    address: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}$")
    ]


class MailboxCodeIn(In):
    """The code that was sent to the address."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class MailboxOut(Out):
    """Where the caller's mail goes, and since when it is proved."""

    address: str
    confirmed_at: datetime | None


class ReceiptTakenOut(Out):
    """What vendors want to hear: 0 says that nothing has to be said again."""

    code: int
    msg: str
