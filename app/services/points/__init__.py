"""Points (积分): double entry, given by rules for what happened; off unless an area switches them on."""

from app.services.points.books import keep_one_current
from app.services.points.earning import reward_case, reward_decided, reward_recorded, take_back
from app.services.points.errors import PointsOff, RuleInPast, RuleOverlaps
from app.services.points.queries import Balance, Figures, Line
from app.services.points.schemes import NewRule, SchemeDraft
from app.services.points.upkeep import expire

__all__ = [
    "Balance",
    "Figures",
    "Line",
    "NewRule",
    "PointsOff",
    "RuleInPast",
    "RuleOverlaps",
    "SchemeDraft",
    "expire",
    "keep_one_current",
    "reward_case",
    "reward_decided",
    "reward_recorded",
    "take_back",
]
