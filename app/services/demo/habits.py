"""What each kind of station is like: its hours, what it offers, how people get in."""

from dataclasses import dataclass

from app.models import Amenity, EntryRequirement, HolidayPolicy, MakeupPolicy, StationKind


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours with what holidays and make-up workdays do to them."""

    text: str
    on_holidays: HolidayPolicy = HolidayPolicy.SAME
    holiday_text: str = ""
    on_makeup_days: MakeupPolicy = MakeupPolicy.AS_WEEKEND
    entry: tuple[EntryRequirement, ...] = ()


_WORKDAYS = {"on_holidays": HolidayPolicy.CLOSED, "on_makeup_days": MakeupPolicy.AS_WORKDAY}
OFFICE = Hours("Mo-Fr 08:30-12:00,14:30-18:00", **_WORKDAYS)  # type: ignore[arg-type]
OFFICE_LONG = Hours("Mo-Fr 08:30-18:00; Sa 09:00-12:00", **_WORKDAYS)  # type: ignore[arg-type]
DAILY = Hours("Mo-Su 08:00-22:00")
SEASONS = Hours("Nov-Mar 07:30-20:00; Apr-Oct 07:00-22:00")
SHOP = Hours("Mo-Su 09:30-21:30", HolidayPolicy.OWN_HOURS, "Mo-Su 11:00-20:00")
EVENING = Hours("Mo-Su 10:00-02:00")
NIGHT = Hours("Mo-Su 22:00-06:00", entry=(EntryRequirement.RING_BELL,))
ALWAYS = Hours("24/7")
ALWAYS_BY_CODE = Hours("24/7", entry=(EntryRequirement.DOOR_CODE,))
ALWAYS_BY_QR = Hours("24/7", entry=(EntryRequirement.QR_SCAN,))
BY_PHONE = Hours('Mo-Su 00:00-24:00 unknown "电话预约", Mo-Fr 09:00-17:00')


@dataclass(frozen=True, slots=True)
class Habit:
    """One kind of station; numbers are weights, shares and seats."""

    kind: StationKind
    zh: str
    weight: float
    hours: tuple[tuple[Hours, float], ...]
    seats: tuple[int, int]
    extras: tuple[tuple[Amenity, float], ...]
    holds_always: tuple[Amenity, ...] = ()
    indoors_high: bool = False  # in a mall or an office building: has a floor


_BASICS = (Amenity.SEATS, Amenity.HOT_WATER, Amenity.PHONE_CHARGING)
_USUAL = (
    (Amenity.MICROWAVE, 0.85),
    (Amenity.FIRST_AID, 0.59),
    (Amenity.HEATING, 0.7),
    (Amenity.AC, 0.4),
    (Amenity.WIFI, 0.5),
    (Amenity.UMBRELLA, 0.6),
    (Amenity.TYRE_PUMP, 0.35),
    (Amenity.READING, 0.5),
    (Amenity.TOILET, 0.5),
    (Amenity.COLD_WATER, 0.3),
    (Amenity.EBIKE_PARKING, 0.5),
    (Amenity.EBIKE_CHARGING, 0.2),
    (Amenity.FRIDGE, 0.2),
    (Amenity.AED, 0.05),
    (Amenity.LEGAL, 0.1),
    (Amenity.CHEAP_MEAL, 0.02),
    (Amenity.BATTERY_SWAP, 0.02),
)
_OFFICE_EXTRAS = (*_USUAL, (Amenity.TV_LIVE, 0.5), (Amenity.PSYCHOLOGY, 0.1), (Amenity.NURSING_ROOM, 0.1))
_ROAD_EXTRAS = ((Amenity.BEDS, 0.6), (Amenity.LAUNDRY, 0.5), (Amenity.SHOWER, 0.8), *_USUAL)

HABITS = (
    Habit(StationKind.PARTY_SERVICE_CENTER, "党群服务中心", 0.55,
          ((OFFICE, 0.55), (OFFICE_LONG, 0.3), (DAILY, 0.1), (BY_PHONE, 0.05)), (8, 40), _OFFICE_EXTRAS,
          (Amenity.READING, Amenity.TOILET)),
    Habit(StationKind.UNION_STATION, "工会驿站", 0.15,
          ((DAILY, 0.3), (ALWAYS_BY_CODE, 0.25), (ALWAYS_BY_QR, 0.15), (EVENING, 0.2), (SEASONS, 0.1)),
          (6, 20), _USUAL, (Amenity.MICROWAVE, Amenity.FIRST_AID)),
    Habit(StationKind.WARM_STATION, "暖心驿站", 0.1,
          ((DAILY, 0.5), (SHOP, 0.2), (SEASONS, 0.2), (NIGHT, 0.1)), (6, 24), _USUAL),
    Habit(StationKind.RED_STATION, "红色驿站", 0.06,
          ((DAILY, 0.6), (OFFICE_LONG, 0.4)), (6, 16), _USUAL, (Amenity.READING,)),
    Habit(StationKind.DRIVER_HOME, "司机之家", 0.03,
          ((ALWAYS, 0.8), (EVENING, 0.2)), (10, 40), _ROAD_EXTRAS, (Amenity.TRUCK_PARKING, Amenity.TOILET)),
    Habit(StationKind.FLOATING_MEMBER_STATION, "流动党员驿站", 0.02,
          ((OFFICE, 1.0),), (6, 12), _OFFICE_EXTRAS),
    Habit(StationKind.COMMUNITY_ROOM, "社区歇脚点", 0.05,
          ((OFFICE_LONG, 0.6), (DAILY, 0.4)), (4, 16), _USUAL),
    Habit(StationKind.MERCHANT_PARTNER, "爱心商家", 0.04,
          ((SHOP, 0.7), (EVENING, 0.3)), (2, 8), _USUAL, indoors_high=True),
)  # fmt: skip
# 肃州's 31 are warm stations in shopping malls.
MALL = Habit(
    StationKind.WARM_STATION, "暖心驿站", 1.0, ((SHOP, 0.6), (DAILY, 0.4)), (8, 30), _USUAL, indoors_high=True
)
BASICS = _BASICS
