"""What points refuse."""

from app.core.errors import AppError


class PointsOff(AppError):
    """Nobody has switched points on there: see first to the area's scheme."""

    code = "points.off"
    status = 409
    zh = "该地区未启用积分"
    en = "Points are not switched on in this area"


class RuleInPast(AppError):
    """Rules begin today or later: what was done was done under the rules of its day."""

    code = "points.rule_in_past"
    status = 422
    zh = "积分规则只能从今天或以后生效"
    en = "A rule begins today or later"


class RuleOverlaps(AppError):
    """Another rule says something about the same on one of these days: replace or end it."""

    code = "points.rule_overlaps"
    status = 409
    zh = "与现行规则的有效期重叠,请先替换或终止原规则"
    en = "Another rule is in force on these days: replace or end it"
