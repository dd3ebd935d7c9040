"""Points (积分): double entry, given by rules for what happened; off unless an area switches them on."""

from app.services.points.books import keep_one_current
from app.services.points.earning import reward_case, reward_decided, reward_recorded, take_back
from app.services.points.errors import (
    CodeUnknown,
    EnoughOfIt,
    HoldOver,
    NotEnough,
    NotOffered,
    OwnHold,
    PointsOff,
    RuleInPast,
    RuleOverlaps,
    SoldOut,
    StockTooLow,
)
from app.services.points.holds import Kept, lapse
from app.services.points.offers import OfferDraft
from app.services.points.queries import Balance, Figures, Line
from app.services.points.schemes import NewRule, SchemeDraft
from app.services.points.upkeep import expire

__all__ = [
    "Balance",
    "CodeUnknown",
    "EnoughOfIt",
    "Figures",
    "HoldOver",
    "Kept",
    "Line",
    "NewRule",
    "NotEnough",
    "NotOffered",
    "OfferDraft",
    "OwnHold",
    "PointsOff",
    "RuleInPast",
    "RuleOverlaps",
    "SchemeDraft",
    "SoldOut",
    "StockTooLow",
    "expire",
    "keep_one_current",
    "lapse",
    "reward_case",
    "reward_decided",
    "reward_recorded",
    "take_back",
]
