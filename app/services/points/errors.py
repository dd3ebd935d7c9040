"""What points refuse."""

from app.core.errors import AppError, NotFound


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


class NotOffered(AppError):
    """The offer has not begun, is over, or its station is not in service."""

    code = "points.not_offered"
    status = 409
    zh = "该兑换项目当前不可兑换"
    en = "This is not offered now"


class SoldOut(AppError):
    """Nothing of it is left; what somebody does not fetch comes back."""

    code = "points.sold_out"
    status = 409
    zh = "已兑完"
    en = "There is nothing of it left"


class NotEnough(AppError):
    """The caller has fewer points of this scheme: see ``missing``."""

    code = "points.not_enough"
    status = 409
    zh = "积分不足,还差 {missing} 分"
    en = "Not enough points: {missing} are missing"


class EnoughOfIt(AppError):
    """One person gets so many of it and no more."""

    code = "points.enough_of_it"
    status = 409
    zh = "每人限兑 {per_person} 件"
    en = "One person gets at most {per_person} of it"


class HoldOver(AppError):
    """It was handed over, cancelled, or the term is over: nothing is kept any more."""

    code = "points.hold_over"
    status = 409
    zh = "该兑换已结束"
    en = "This is not kept any more"


class CodeUnknown(NotFound):
    """No such code waits at this station."""

    code = "points.code_unknown"
    zh = "本站没有此兑换码"
    en = "No such code waits at this station"


class OwnHold(AppError):
    """Nobody hands anything over to themselves."""

    code = "points.own_hold"
    status = 403
    zh = "不能核销本人的兑换"
    en = "Somebody else has to hand this over"


class StockTooLow(AppError):
    """So much is not there to be taken away: what is kept for somebody is not."""

    code = "points.stock_too_low"
    status = 409
    zh = "库存不足,现有 {stock} 件"
    en = "There is not so much left: {stock}"
