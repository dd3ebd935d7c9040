"""What the service needs of the outside world, as protocols; ``wiring`` picks who fulfils them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.core.urgency import PushChannel, RobotVendor, Urgency


class SmsSender(Protocol):
    """Carries a sign-in code to a phone."""

    async def send_code(self, phone: str, code: str) -> None:
        """Send a code to a number in E.164 form (``+8613…``).

        Raises:
            OutsideError: the provider refused or did not answer.
        """


class OutsideError(RuntimeError):
    """The outside world refused, failed, or did not answer in time."""


class ObjectMissing(Exception):
    """There is no object under this key."""


class ObjectStore(Protocol):
    """Keeps bytes under keys such as ``photos/<id>/thumb-1.jpg``; what is put stays put."""

    async def put(self, key: str, data: bytes, *, media_type: str) -> None:
        """Keep bytes, in the place of those that had the key; when this returns they survive a crash.

        Raises:
            OutsideError: the store failed or did not answer.
        """

    async def get(self, key: str) -> bytes:
        """Return the bytes.

        Raises:
            ObjectMissing: nothing has this key.
            OutsideError: the store failed or did not answer.
        """

    async def delete_under(self, folder: str) -> None:
        """Delete every object whose key begins with the folder and a slash; none is fine.

        Raises:
            OutsideError: the store failed or did not answer.
        """

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are fine.

        Raises:
            OutsideError: the store failed or did not answer.
        """

    async def address(self, key: str, *, lives: timedelta) -> str | None:
        """Return an address from which anybody can fetch the object for a while.

        ``None`` says that the store has no addresses: the service serves the bytes itself.
        """


class Hides(StrEnum):
    """What a painted rectangle keeps from being seen."""

    FACE = "face"
    PLATE = "plate"
    DOOR = "door"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cover:
    """A rectangle to be painted over, in fractions (0 to 1) of the picture as it is seen."""

    x: float
    y: float
    width: float
    height: float
    hides: Hides = Hides.OTHER


@dataclass(frozen=True, slots=True)
class Developed:
    """A picture's copies, without any of its metadata, and what it said of itself.

    ``width`` and ``height`` are those of the picture as it is seen, ``phash`` is ``None`` where it has no
    structure to compare. ``exif_taken_at`` without a zone means the camera's own clock. ``plates`` is the
    large copy with its number plates left legible, empty where none is covered.
    """

    media_type: str
    width: int
    height: int
    phash: int | None
    exif_lat: float | None
    exif_lon: float | None
    exif_taken_at: datetime | None
    large: bytes
    thumb: bytes
    plates: bytes = b""


class PictureRefusedError(Exception):
    """The bytes are no picture that is taken; ``code`` says why, without the feature's name."""

    def __init__(self, code: str) -> None:
        """Keep the code: ``truncated``, ``too_many_pixels``, …."""
        super().__init__(code)
        self.code = code


class PressBrokenError(RuntimeError):
    """The press died over a picture, or took too long."""


class PicturePress(Protocol):
    """Turns what a phone sent into copies that may be shown; hostile bytes harm nobody else."""

    async def develop(
        self, data: bytes, *, declared_type: str | None = None, covered: Sequence[Cover] = ()
    ) -> Developed:
        """Make the copies.

        Raises:
            PictureRefusedError: it is no picture, or one that is not taken.
            PressBrokenError: it took the press with it; another try may fare better.
        """


class NotReachedError(OutsideError):
    """Nothing that was to be sent has arrived: the address is not allowed, or nobody is there."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request to a server whose address somebody gave us; of the answer ``most_bytes`` are read."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    most_bytes: int = 0


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the server said; ``body`` is empty when nothing of it was wanted."""

    status: int
    body: bytes = b""


class Web(Protocol):
    """Asks other people's servers, and never our own network; redirects are answers, not orders."""

    async def ask(self, request: WebRequest) -> WebAnswer:
        """Send a request and return the answer.

        Raises:
            NotReachedError: surely nothing arrived.
            OutsideError: nobody answered in time, or more than was wanted: it may have arrived.
        """


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a message is an appointment for, where the way can carry one: two instants and neutral words.

    One that ``is_off`` takes an earlier one with the message's collapse key back.
    """

    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class PushMessage:
    """What is shown on a locked screen: neutral words, never a name, a place or a text of anybody's.

    ``id`` names the notification: the app opens it by that after sign-in, and drops a second copy with the
    same. ``kind`` is the notification's kind, by which a channel with templates of its own picks one. A
    message with the same ``collapse_key`` as an earlier one takes its place. It is worth nothing after
    ``expires_at``. ``link`` is for who has no app at hand; what follows its ``#`` is a secret of theirs.
    """

    id: UUID
    kind: str
    title: str
    body: str
    urgency: Urgency
    expires_at: datetime
    collapse_key: str | None = None
    appointment: Appointment | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message and where it goes: the vendor's token of a phone, an openid, a number in E.164 form, …."""

    message: PushMessage
    target: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor took it; ``provider_id`` is its name for it, empty when it gives none."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class DeadTarget:
    """The target is no more, or never was: nothing is sent to it again."""


@dataclass(frozen=True, slots=True)
class NoConsent:
    """The person agreed to no more messages this way (WeChat 43101); another way may be open."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The vendor will never take this message; ``reason`` is its code, without anything of the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class RetryLater:
    """It may go later, at the earliest ``after`` if the vendor named a time.

    ``reason`` is a code such as ``429``; ``is_vendor_down`` says that the fault is the vendor's (no answer,
    5xx, garbage, our access refused), so that every message would fare alike for now.
    """

    reason: str
    after: timedelta | None = None
    is_vendor_down: bool = False


PushResult = Accepted | DeadTarget | NoConsent | Refused | RetryLater


class PushSender(Protocol):
    """One vendor's way to people. It logs no token and no text."""

    @property
    def most_at_once(self) -> int:
        """How many parcels one call of :meth:`send` takes (500 with FCM)."""

    @property
    def most_per_second(self) -> float:
        """How many parcels a second the vendor bears from one process of ours."""

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[PushResult]:
        """Send parcels and return what became of each, in their order.

        Raises:
            OutsideError: nothing is known of any of them; all count as ``RetryLater`` of a vendor down.
        """

    async def close(self) -> None:
        """Give its connections back; nothing is sent after that."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a vendor says of a copy that it took under a name (:attr:`Accepted.provider_id`)."""

    provider_id: str
    is_delivered: bool


class ReceiptForgedError(Exception):
    """A receipt does not prove that it is the vendor's."""


class ReceiptGarbledError(Exception):
    """A receipt is nothing that the vendor writes."""


class ReceiptReader(Protocol):
    """Reads one vendor's receipts, and believes nothing that is not proved."""

    def read(self, body: bytes, *, authorization: str, token: str) -> Sequence[Arrival]:
        """Return what a vendor's call says.

        Args:
            body: as it came.
            authorization: the header of this name.
            token: the end of the address that was called.

        Raises:
            ReceiptForgedError: it is not the vendor's.
            ReceiptGarbledError: it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class Outside:
    """Every adapter of one running process."""

    sms: SmsSender
    objects: ObjectStore
    pictures: PicturePress
    web: Web
    push: Mapping[PushChannel, PushSender]  # the channels that this process can send by
    robots: Mapping[RobotVendor, PushSender] = field(default_factory=dict)  # in group chats of staff
    receipts: Mapping[PushChannel, ReceiptReader] = field(default_factory=dict)

    async def close(self) -> None:
        """Give back what the adapters hold open."""
        for sender in (*self.push.values(), *self.robots.values()):
            await sender.close()
