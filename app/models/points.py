"""Points (积分): off unless an area switches them on; double entry, only ever added to, never ranked."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TOLD, AreaCode, Base, OnErasure, brings, subject
from app.models.volunteering import ActivityKind


class PointsScheme(Base):
    """What an area says about points: on or off, how long they last, how long a hold waits.

    The narrowest area that says something decides, so a lower area inherits unless it says otherwise. Each
    scheme has points of its own: what a district gives is spent at what its stations offer.
    """

    __tablename__ = "points_schemes"
    __table_args__ = (
        CheckConstraint("hold_minutes > 0", name="hold_minutes"),
        CheckConstraint("lasts_months > 0", name="lasts_months"),
    )

    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    is_on: Mapped[bool]
    since: Mapped[date]  # what was done before earns nothing
    hold_minutes: Mapped[int]  # a thing is kept so long for somebody who has not fetched it
    lasts_months: Mapped[int | None] = mapped_column(SmallInteger)  # points end with the month; null: never
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class PointsSource(StrEnum):
    """What points are given for."""

    HOURS = "hours"  # recorded hours that count
    REPORT = "report"  # a report that turned out to be right
    CHECK = "check"  # looking on the spot whether a repair of somebody else's report holds


class CapPer(StrEnum):
    """How long a limit counts before it begins anew."""

    DAY = "day"
    MONTH = "month"


class PointsRule(Base):
    """So many points for something, from a day on; never changed: a new version takes its place."""

    __tablename__ = "points_rules"
    __table_args__ = (
        CheckConstraint("(source = 'hours') = (per_minutes IS NOT NULL)", name="minutes_for_hours"),
        CheckConstraint("source = 'hours' OR activity_kind IS NULL", name="kind_of_hours"),
        CheckConstraint("points > 0 AND per_minutes > 0 AND cap > 0", name="positive"),
        Index("ix_points_rules_scheme", "scheme_code", "source", "valid_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    scheme_code: Mapped[AreaCode] = mapped_column(ForeignKey("points_schemes.area_code"))
    source: Mapped[PointsSource]
    activity_kind: Mapped[ActivityKind | None]  # null: all kinds that have no rule of their own
    includes_typed: Mapped[bool]  # hours that somebody typed in and another person approved
    points: Mapped[int]
    per_minutes: Mapped[int | None]
    cap: Mapped[int]  # no more points a person than this …
    cap_per: Mapped[CapPer]  # … in a day or month in China
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # included; before valid_from: it never was in force
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("points_rules.id"))
    version: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class PointsWallet(Base):
    """The pseudonym under which a person's points of a scheme stand; transfers name it alone.

    When the person is erased the link goes and the books still balance. After a merger of accounts one
    person has several, one of them current: new points go there.
    """

    __tablename__ = "points_wallets"
    __table_args__ = (
        Index(
            "uq_points_wallets_current",
            "account_id",
            "scheme_code",
            unique=True,
            postgresql_where="is_current",
        ),
        Index("ix_points_wallets_account", "account_id"),
        Index("ix_points_wallets_expiry", "look_on", postgresql_where="look_on IS NOT NULL"),
        Index("ix_points_wallets_nameless", "id", postgresql_where="account_id IS NULL"),
    )

    # Random and not by time: it says nothing of when its person came.
    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=uuid4, info=brings("points_transfers.wallet_id", "points_holds.wallet_id")
    )
    scheme_code: Mapped[AreaCode] = mapped_column(ForeignKey("points_schemes.area_code"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    is_current: Mapped[bool] = mapped_column(default=True)
    look_on: Mapped[date | None]  # from this day on something of it may have expired


class PointsAccountKind(StrEnum):
    """Where points stand: with a person, or with the scheme, whose accounts mirror the persons'."""

    AVAILABLE = "available"  # a wallet's; below zero when hours were taken back whose points are spent
    HELD = "held"  # a wallet's, kept for something that was not fetched yet
    ISSUED = "issued"  # the scheme's: all that it gave, as less than zero
    REDEEMED = "redeemed"
    EXPIRED = "expired"


class PointsAccount(Base):
    """One account of the books; its balance is the sum of its transfers, and all balances add up to zero."""

    __tablename__ = "points_accounts"
    __table_args__ = (
        UniqueConstraint("scheme_code", "kind", "wallet_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("(kind IN ('available', 'held')) = (wallet_id IS NOT NULL)", name="whose"),
        CheckConstraint("kind <> 'held' OR balance >= 0", name="held"),
        CheckConstraint("kind NOT IN ('redeemed', 'expired') OR balance >= 0", name="gone"),
        CheckConstraint("kind <> 'issued' OR balance <= 0", name="issued"),
        Index("ix_points_accounts_wallet", "wallet_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    scheme_code: Mapped[AreaCode] = mapped_column(ForeignKey("points_schemes.area_code"))
    kind: Mapped[PointsAccountKind]
    wallet_id: Mapped[UUID | None] = mapped_column(ForeignKey("points_wallets.id"))
    balance: Mapped[int]


class TransferKind(StrEnum):
    """What moved points from one account to another."""

    EARN = "earn"
    TAKE_BACK = "take_back"  # what they were given for was voided
    HOLD = "hold"
    REFUND = "refund"
    REDEEM = "redeem"
    EXPIRE = "expire"
    MERGE = "merge"  # from one wallet of a person to another


class PointsTransfer(Base):
    """Points that went from one account to another, never changed and never removed: a trigger refuses both.

    ``origin`` names what it was for, once a kind: the line of the hours' ledger, the step of a check, the
    hold. A report is never named, and ``at`` is then the beginning of the day: a case does not know its
    reporter, and no second book shall.
    """

    __tablename__ = "points_transfers"
    __table_args__ = (
        Index(
            "uq_points_transfers_origin",
            "kind",
            "source",
            "origin",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="origin IS NOT NULL",
        ),
        UniqueConstraint("points_to"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("(kind = 'take_back') = (points_to IS NOT NULL)", name="takes_back_something"),
        CheckConstraint("(kind = 'earn') = (rule_id IS NOT NULL)", name="earned_by_a_rule"),
        CheckConstraint("source <> 'report' OR origin IS NULL", name="no_case"),
        Index("ix_points_transfers_wallet", "wallet_id", "seq"),
        Index("ix_points_transfers_debit", "debit_id"),
        Index("ix_points_transfers_credit", "credit_id"),
    )

    # Random: a time-ordered one would say when a case was closed.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    scheme_code: Mapped[AreaCode] = mapped_column(ForeignKey("points_schemes.area_code"), info=TOLD)
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("points_wallets.id"))  # of the person it concerns
    kind: Mapped[TransferKind] = mapped_column(info=TOLD)
    debit_id: Mapped[UUID] = mapped_column(ForeignKey("points_accounts.id"))  # from here …
    credit_id: Mapped[UUID] = mapped_column(ForeignKey("points_accounts.id"))  # … to here
    amount: Mapped[int] = mapped_column(info=TOLD)
    source: Mapped[PointsSource | None] = mapped_column(info=TOLD)
    origin: Mapped[str | None]
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("points_rules.id"), index=True)
    points_to: Mapped[UUID | None] = mapped_column(ForeignKey("points_transfers.id"))
    earned_on: Mapped[date | None] = mapped_column(info=TOLD)  # the day that a rule's limit counts
    expires_on: Mapped[date | None] = mapped_column(info=TOLD)  # the last day on which they are good
    at: Mapped[datetime] = mapped_column(info=TOLD)


class PointsRewardedReport(Base):
    """A report that earned its points, so that it does so once; to whom they went it does not say."""

    __tablename__ = "points_rewarded_reports"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)


class OfferKind(StrEnum):
    """What somebody gets for points."""

    GOODS = "goods"
    SERVICE = "service"


class PointsOffer(Base):
    """Something that a station gives for points: how much is left, and from when to when.

    ``stocked`` is all that was ever put there: what is left, waits to be fetched and was handed over.
    """

    __tablename__ = "points_offers"
    __table_args__ = (
        CheckConstraint("stock >= 0 AND stock <= stocked", name="stock"),
        CheckConstraint("price > 0 AND per_person > 0", name="positive"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index("ix_points_offers_station", "station_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    scheme_code: Mapped[AreaCode] = mapped_column(ForeignKey("points_schemes.area_code"), index=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    kind: Mapped[OfferKind]
    name: Mapped[str]
    text: Mapped[str]
    price: Mapped[int]
    per_person: Mapped[int | None]  # nobody gets more of it than this
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # included
    stock: Mapped[int]
    stocked: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class HoldState(StrEnum):
    """What became of something that was kept for somebody."""

    OPEN = "open"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"  # by who asked for it
    REFUSED = "refused"  # by the station
    LAPSED = "lapsed"


class PointsHold(Base):
    """Something that is kept for somebody, and their points with it, until it is fetched or lapses."""

    __tablename__ = "points_holds"
    __table_args__ = (
        Index("uq_points_holds_code", "station_id", "code", unique=True, postgresql_where="state = 'open'"),
        Index("ix_points_holds_due", "expires_at", postgresql_where="state = 'open'"),
        Index("ix_points_holds_wallet", "wallet_id", "held_at"),
        Index("ix_points_holds_offer", "offer_id", "state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("price > 0", name="price"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, info=TOLD)  # made by the client
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("points_offers.id"), info=TOLD)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), info=TOLD)
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("points_wallets.id"))
    price: Mapped[int] = mapped_column(info=TOLD)  # as it was then
    code: Mapped[str] = mapped_column(info=TOLD)  # shown once, to the station's people
    state: Mapped[HoldState] = mapped_column(info=TOLD)
    held_at: Mapped[datetime] = mapped_column(info=TOLD)
    expires_at: Mapped[datetime] = mapped_column(info=TOLD)
    ended_at: Mapped[datetime | None] = mapped_column(info=TOLD)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))  # of the station; else nobody
    reason: Mapped[str] = mapped_column(info=TOLD)
