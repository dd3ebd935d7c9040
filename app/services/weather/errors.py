"""What weather alerts refuse."""

from app.core.errors import AppError


class AlertInvalid(AppError):
    """An alert ends after it begins and after now, and lasts seven days at most."""

    code = "weather.alert_invalid"
    status = 422
    zh = "预警起止时间有误:结束须晚于开始和现在,最长 7 天"
    en = "An alert ends after it begins and after now, and lasts seven days at most"


class AlertOver(AppError):
    """The alert has ended: it stays as it was."""

    code = "weather.alert_over"
    status = 409
    zh = "该预警已结束"
    en = "This alert is over"


class CapUnreadable(AppError):
    """The bytes are no CAP 1.2 alert that can be taken; ``what`` names the element."""

    code = "weather.cap_unreadable"
    status = 422
    zh = "不是可识别的 CAP 1.2 预警:{what}"
    en = "This is no CAP 1.2 alert that can be taken: {what}"


class TooManyWatches(AppError):
    """A person watches twenty areas at most."""

    code = "weather.too_many_watches"
    status = 409
    zh = "最多关注 20 个地区的预警"
    en = "At most 20 areas can be watched"
