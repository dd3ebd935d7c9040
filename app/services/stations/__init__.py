"""Stations: where they are, when they open, what they have, and what riders say of them."""

from app.services.stations import album
from app.services.stations.album import StationPhoto
from app.services.stations.commands import create, merge, remove, revise
from app.services.stations.conditions import (
    ExceptionDraft,
    add_exception,
    close,
    confirm,
    declare_shelter,
    drop_exception,
    end_expired_shelters,
    end_shelter,
    reopen,
    set_amenity_state,
)
from app.services.stations.directory import Changes, Gone, GoneReason, changes
from app.services.stations.drafts import GivenPosition, Operator, StationChanges, StationDraft
from app.services.stations.errors import (
    AreaUnknown,
    ClosedNow,
    CodeTaken,
    HolidayHoursMissing,
    HoursCutShort,
    HoursInvalid,
    HoursUnsupported,
    MergeImpossible,
    MovedFar,
    NoSuchAmenity,
    PeriodInvalid,
    StationElsewhere,
    StationGone,
    StationMoved,
    TooManyStationPhotos,
)
from app.services.stations.facts import StationFacts, load_facts
from app.services.stations.flags import FlagCount, flag, recent_flags, sender_hash
from app.services.stations.lists import create_all, keep_all
from app.services.stations.queries import Moved, get, page
from app.services.stations.recompile import calendar_changed

__all__ = [
    "AreaUnknown",
    "Changes",
    "ClosedNow",
    "CodeTaken",
    "ExceptionDraft",
    "FlagCount",
    "GivenPosition",
    "Gone",
    "GoneReason",
    "HolidayHoursMissing",
    "HoursCutShort",
    "HoursInvalid",
    "HoursUnsupported",
    "MergeImpossible",
    "Moved",
    "MovedFar",
    "NoSuchAmenity",
    "Operator",
    "PeriodInvalid",
    "StationChanges",
    "StationDraft",
    "StationElsewhere",
    "StationFacts",
    "StationGone",
    "StationMoved",
    "StationPhoto",
    "TooManyStationPhotos",
    "add_exception",
    "album",
    "calendar_changed",
    "changes",
    "close",
    "confirm",
    "create",
    "create_all",
    "declare_shelter",
    "drop_exception",
    "end_expired_shelters",
    "end_shelter",
    "flag",
    "get",
    "keep_all",
    "load_facts",
    "merge",
    "page",
    "recent_flags",
    "remove",
    "reopen",
    "revise",
    "sender_hash",
    "set_amenity_state",
]
