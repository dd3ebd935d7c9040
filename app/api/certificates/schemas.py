"""What is said of certificates: to their holders, to who issued them, to whoever holds the paper."""

from datetime import date, datetime
from uuid import UUID

from pydantic import model_validator

from app.api.schemas import Day, In, Out, PageOut
from app.core.pages import Page
from app.services import certificates
from app.services.certificates import Standing, Status
from app.services.certificates.naming import hours_of, initials_of, number_of


class CertificateIn(In):
    """Which hours to certify: of one book, of some days or of all; ``id`` is made by the client."""

    id: UUID
    book_id: UUID
    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "CertificateIn":
        if self.since and self.until and self.until < self.since:
            raise ValueError("until must not be before since")
        return self

    def read(self) -> certificates.Wanted:
        """Return it."""
        return certificates.Wanted(self.book_id, self.since, self.until)


class BatchIn(CertificateIn):
    """Certify everybody's hours of some days who lets the organisation print theirs."""

    since: Day
    until: Day


class CertificateOut(Out):
    """A certificate, whether it holds, and how often somebody looked."""

    id: UUID
    number: str
    book_id: UUID
    issuer: str
    since: date
    until: date
    minutes: int
    manual_minutes: int
    hours: str
    issued_at: datetime
    status: Status
    void_since: datetime | None
    verify_url: str
    verify_token: str
    looks: int
    last_look_at: datetime | None

    @classmethod
    def of(cls, standing: Standing, public_url: str) -> "CertificateOut":
        """Return it with the address that its printed code leads to."""
        certificate = standing.certificate
        columns = {column.key: getattr(certificate, column.key) for column in certificate.__table__.columns}
        return cls.model_validate(
            {
                **columns,
                "number": number_of(certificate.serial, certificate.issued_at),
                "hours": hours_of(certificate.minutes),
                "status": standing.status,
                "void_since": standing.void_since,
                "verify_url": verify_url(public_url, certificate.token),
                "verify_token": certificate.token,
                "looks": standing.looks,
                "last_look_at": standing.last_look_at,
            }
        )


class CertificatesOut(PageOut):
    """One's certificates."""

    items: list[CertificateOut]

    @classmethod
    def of(cls, page: Page[Standing], public_url: str) -> "CertificatesOut":
        """Return them."""
        items = [CertificateOut.of(each, public_url) for each in page.items]
        return cls(items=items, next_cursor=page.next_cursor)


class BatchOut(Out):
    """What a batch issued: how many, and their numbers; nobody's name."""

    id: UUID
    count: int
    numbers: list[str]
    minutes: int

    @classmethod
    def of(cls, batch_id: UUID, made: list[Standing]) -> "BatchOut":
        """Return it."""
        numbers = [number_of(each.certificate.serial, each.certificate.issued_at) for each in made]
        minutes = sum(each.certificate.minutes for each in made)
        return cls(id=batch_id, count=len(made), numbers=numbers, minutes=minutes)


class VerifiedOut(Out):
    """What whoever holds a certificate is told, and nothing else (志愿服务条例 art. 20)."""

    number: str
    initials: str
    hours: str
    since: date
    until: date
    issuer: str
    status: Status
    void_since: datetime | None

    @classmethod
    def of(cls, standing: Standing) -> "VerifiedOut":
        """Return it."""
        certificate = standing.certificate
        return cls(
            number=number_of(certificate.serial, certificate.issued_at),
            initials=initials_of(certificate.holder_name),
            hours=hours_of(certificate.minutes),
            since=certificate.since,
            until=certificate.until,
            issuer=certificate.issuer,
            status=standing.status,
            void_since=standing.void_since,
        )


def verify_url(public_url: str, token: str) -> str:
    """Return the page for people; the code stands behind the ``#``, so that no log on the way has it."""
    return f"{public_url.rstrip('/')}/verify#{token}"
