"""Certificates of service (志愿服务记录证明), the entries each was drawn from, and who looked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PII, Base, Id, OnErasure, subject


class Certificate(Base):
    """What an organisation certified of a person's hours, as it was printed.

    Whether it still holds is not kept but asked of the ledger: an entry of it that was voided voids it, from
    that instant. Who is erased leaves a certificate that names nobody and certifies nothing any more.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="has_minutes"),
        CheckConstraint("until >= since", name="lasts"),
        Index("ix_certificates_account", "account_id", "id"),
        Index("ix_certificates_batch", "batch_id", postgresql_where="batch_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client; in a batch by us
    serial: Mapped[int] = mapped_column(BigInteger, Identity(start=1), unique=True)
    # 128 random bits: whoever holds the paper may look, nobody else finds it.
    token: Mapped[str] = mapped_column(unique=True)
    batch_id: Mapped[UUID | None]
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    holder_name: Mapped[str | None] = mapped_column(info=PII)
    volunteer_number: Mapped[str | None] = mapped_column(info=PII)
    since: Mapped[date]
    until: Mapped[date]
    minutes: Mapped[int]
    manual_minutes: Mapped[int]
    issuer: Mapped[str]
    responsible: Mapped[str]
    phone: Mapped[str]
    handler: Mapped[str | None]  # who printed it for the organisation; null: the volunteer themselves
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class CertificateEntry(Base):
    """One ledger entry that a certificate was drawn from."""

    __tablename__ = "certificate_entries"

    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True, index=True)


class CertificateLook(Base):
    """Somebody looked whether a certificate holds; not who: the paper says nothing of its readers."""

    __tablename__ = "certificate_looks"
    __table_args__ = (Index("ix_certificate_looks_certificate", "certificate_id", "looked_at"),)

    id: Mapped[Id]
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificates.id"))
    looked_at: Mapped[datetime]
