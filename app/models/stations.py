"""Warm stations (驿站): where they are, when they open, what they have, what riders say of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.geo import CoordType
from app.models.base import PII, AreaCode, Base, Id


class StationKind(StrEnum):
    """What sort of place it is."""

    UNION_STATION = "union_station"
    WARM_STATION = "warm_station"
    PARTY_SERVICE_CENTER = "party_service_center"
    RED_STATION = "red_station"
    DRIVER_HOME = "driver_home"
    FLOATING_MEMBER_STATION = "floating_member_station"
    COMMUNITY_ROOM = "community_room"
    MERCHANT_PARTNER = "merchant_partner"


class Amenity(StrEnum):
    """What a station can offer."""

    HOT_WATER = "hot_water"
    COLD_WATER = "cold_water"
    MICROWAVE = "microwave"
    FRIDGE = "fridge"
    PHONE_CHARGING = "phone_charging"
    EBIKE_CHARGING = "ebike_charging"
    BATTERY_SWAP = "battery_swap"
    TYRE_PUMP = "tyre_pump"
    SEATS = "seats"
    BEDS = "beds"
    AC = "ac"
    HEATING = "heating"
    TOILET = "toilet"
    SHOWER = "shower"
    LAUNDRY = "laundry"
    FIRST_AID = "first_aid"
    AED = "aed"
    UMBRELLA = "umbrella"
    WIFI = "wifi"
    READING = "reading"
    TV_LIVE = "tv_live"
    NURSING_ROOM = "nursing_room"
    EBIKE_PARKING = "ebike_parking"
    TRUCK_PARKING = "truck_parking"
    CHEAP_MEAL = "cheap_meal"
    HAIRCUT = "haircut"
    LEGAL = "legal"
    PSYCHOLOGY = "psychology"


class AmenityState(StrEnum):
    """Whether it works now; broken is not the same as not there."""

    WORKS = "works"
    BROKEN = "broken"
    SHORT = "short"


class StationStatus(StrEnum):
    """Whether the place exists for riders."""

    PLANNED = "planned"
    IN_SERVICE = "in_service"
    REMOVED = "removed"


class EntryRequirement(StrEnum):
    """What a rider needs to get in; an empty list means: just walk in."""

    DOOR_CODE = "door_code"
    QR_SCAN = "qr_scan"
    APP = "app"
    UNION_CARD = "union_card"
    ID_CARD = "id_card"
    RING_BELL = "ring_bell"
    PURCHASE = "purchase"


class Accessibility(StrEnum):
    """What makes a station usable with a wheelchair, a cane or a pram."""

    STEP_FREE = "step_free"
    LIFT = "lift"
    WIDE_DOOR = "wide_door"
    ACCESSIBLE_TOILET = "accessible_toilet"
    TACTILE_PAVING = "tactile_paving"
    SIGN_LANGUAGE = "sign_language"


class HolidayPolicy(StrEnum):
    """What a public holiday does to the weekly hours."""

    CLOSED = "closed"
    SAME = "same"
    OWN_HOURS = "own_hours"


class MakeupPolicy(StrEnum):
    """What a make-up workday (调休上班) on a weekend does to the weekly hours."""

    AS_WORKDAY = "as_workday"
    AS_WEEKEND = "as_weekend"


class FlagKind(StrEnum):
    """What a rider found at the door."""

    WAS_CLOSED = "was_closed"
    WAS_FULL = "was_full"
    NO_HOT_WATER = "no_hot_water"


class Station(Base):
    """One place where workers rest. Coordinates are WGS-84; the pair as it was given is kept beside.

    ``code`` is the office's stable key for imports. Occupancy is not here but in ``checkins``: it
    exists, it is open by schedule, and what was observed are three facts.
    """

    __tablename__ = "stations"
    __table_args__ = (
        CheckConstraint("seats IS NULL OR seats >= 0", name="seats_not_negative"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        # What the office's lists and scopes read: an area's stations by name.
        Index("ix_stations_area_name", "area_code", "name", "id"),
        # What the offline directory and every process's index read.
        Index("ix_stations_changed", "changed_at", "id"),
        # What a report asks where no grid is drawn: which stations stand around it.
        Index("ix_stations_lat_lon", "lat", "lon"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[StationKind]
    status: Mapped[StationStatus] = mapped_column(default=StationStatus.IN_SERVICE)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("stations.id"), index=True)
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    address: Mapped[str]
    lat: Mapped[float] = mapped_column(Double)
    lon: Mapped[float] = mapped_column(Double)
    given_lat: Mapped[float] = mapped_column(Double)
    given_lon: Mapped[float] = mapped_column(Double)
    given_coord_type: Mapped[CoordType]
    floor_text: Mapped[str] = mapped_column(default="")
    indoor_note: Mapped[str] = mapped_column(default="")
    entry_requirements: Mapped[list[str]] = mapped_column(default=list)
    accessibility: Mapped[list[str]] = mapped_column(default=list)
    photo_urls: Mapped[list[str]] = mapped_column(default=list)
    operators: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    service_items: Mapped[list[str]] = mapped_column(default=list)
    phone: Mapped[str] = mapped_column(default="")
    seats: Mapped[int | None]
    geofence_m: Mapped[int] = mapped_column(default=120)

    opening_hours: Mapped[str]
    holiday_policy: Mapped[HolidayPolicy] = mapped_column(default=HolidayPolicy.CLOSED)
    holiday_hours: Mapped[str] = mapped_column(default="")
    makeup_policy: Mapped[MakeupPolicy] = mapped_column(default=MakeupPolicy.AS_WEEKEND)

    shelter_until: Mapped[datetime | None]
    shelter_seats: Mapped[int | None]
    shelter_reason: Mapped[str] = mapped_column(default="")

    code_secret: Mapped[bytes] = mapped_column(LargeBinary)  # signs the rotating and the printed QR
    is_invented: Mapped[bool] = mapped_column(default=False)
    confirmed_on: Mapped[date | None]  # when somebody last said that these data are right
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]

    amenities: Mapped[list["StationAmenity"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    closures: Mapped[list["StationClosure"]] = relationship(lazy="raise")
    exceptions: Mapped[list["HoursException"]] = relationship(lazy="raise")


class StationAmenity(Base):
    """One thing a station has, and whether it works now."""

    __tablename__ = "station_amenities"
    __table_args__ = (
        # For which fault a photo has come that was named before it did.
        Index("ix_station_amenities_photo", "photo_id", postgresql_where="photo_id IS NOT NULL"),
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    amenity: Mapped[Amenity] = mapped_column(primary_key=True)
    state: Mapped[AmenityState] = mapped_column(default=AmenityState.WORKS)
    note: Mapped[str] = mapped_column(default="")
    photo_url: Mapped[str] = mapped_column(default="")
    photo_id: Mapped[UUID | None]  # of what is broken; its bytes may still be coming
    state_at: Mapped[datetime]
    state_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class StationClosure(Base):
    """Closed from–to with a reason; without an end, until somebody reopens it."""

    __tablename__ = "station_closures"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        Index("ix_station_closures_station_ends", "station_id", "ends_at"),
    )

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class HoursException(Base):
    """Other hours on given days; of two that overlap the later entry wins. Empty hours mean closed."""

    __tablename__ = "hours_exceptions"
    __table_args__ = (CheckConstraint("to_on >= from_on", name="ends_after_start"),)

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date]
    hours: Mapped[str]
    note: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class StationHours(Base):
    """What a station promised from one instant to another; the version in force has no end.

    Written whenever the station's own hours change, so that a month gone by keeps the promise it had.
    """

    __tablename__ = "station_hours"
    __table_args__ = (
        Index("uq_station_hours_current", "station_id", unique=True, postgresql_where="valid_to IS NULL"),
        Index("ix_station_hours_station_from", "station_id", "valid_from"),
    )

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    opening_hours: Mapped[str]
    holiday_policy: Mapped[HolidayPolicy]
    holiday_hours: Mapped[str]
    makeup_policy: Mapped[MakeupPolicy]
    seats: Mapped[int | None]


class StationFlag(Base):
    """One tap of a rider at the door: it was closed, full, or had no hot water."""

    __tablename__ = "station_flags"
    __table_args__ = (Index("ix_station_flags_station_at", "station_id", "flagged_at"),)

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    kind: Mapped[FlagKind]
    flagged_at: Mapped[datetime]
    sender_hash: Mapped[bytes] = mapped_column(LargeBinary, info=PII)  # tells two senders apart, no more
    raised_alarm: Mapped[bool] = mapped_column(default=False)  # the tap that told the manager


class StationDeparture(Base):
    """A station left an area for another; phones that keep the old area's directory must hear of it."""

    __tablename__ = "station_departures"
    __table_args__ = (Index("ix_station_departures_left", "left_at", "area_code"),)

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), index=True)
    area_code: Mapped[AreaCode]
    left_at: Mapped[datetime]
