"""Why a request about a station was refused."""

from app.core.errors import AppError


class HoursInvalid(AppError):
    """The opening hours are not OSM syntax; ``position`` is the first character that does not fit."""

    code = "hours.invalid"
    status = 422
    zh = "开放时间第 {position} 个字符处无法识别:{hint}"
    en = "The opening hours cannot be read at character {position}: {hint}"


class HoursUnsupported(AppError):
    """The opening hours say something that their readers would understand differently."""

    code = "hours.unsupported"
    status = 422
    zh = "开放时间中的 {found} 不能使用:{hint}"
    en = "The opening hours may not contain {found}: {hint}"


class HoursCutShort(AppError):
    """A rule for one day would cut off the night that began the evening before."""

    code = "hours.cut_short"
    status = 422
    zh = "{day} 的时段会截断前一晚的开放时间,请把分号改为逗号或写全凌晨时段"
    en = "The rule for {day} cuts off the night before it: join it by a comma, or spell out the small hours"
