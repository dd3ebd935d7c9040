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


class AreaUnknown(AppError):
    """No division with this code is in force."""

    code = "station.area_unknown"
    status = 422
    zh = "区划代码 {area_code} 不存在或已撤销"
    en = "There is no area {area_code} in force"


class CodeTaken(AppError):
    """Another station has this code."""

    code = "station.code_taken"
    status = 409
    zh = "编号 {station_code} 已被其他驿站使用"
    en = "Another station has the code {station_code}"


class HolidayHoursMissing(AppError):
    """The policy is to have own hours on holidays, but none are given."""

    code = "hours.holiday_hours_missing"
    status = 422
    zh = "请填写节假日的开放时间"
    en = "Say what the hours on holidays are"


class PeriodInvalid(AppError):
    """A period ends before it begins, is over already, or is too long."""

    code = "station.period_invalid"
    status = 422
    zh = "起止时间有误:{hint}"
    en = "The period cannot be right: {hint}"


class NoSuchAmenity(AppError):
    """The station does not have this amenity, so it can neither work nor be broken."""

    code = "station.no_such_amenity"
    status = 409
    zh = "该驿站没有登记此设施"
    en = "The station does not have this amenity"


class TooManyStationPhotos(AppError):
    """The station has as many photos as it may."""

    code = "station.too_many_photos"
    status = 409
    zh = "一个驿站最多 {most} 张照片,请先删去旧的"
    en = "A station has {most} photos at most: take an old one away first"


class ClosedNow(AppError):
    """The station is closed by its staff; reopen it first."""

    code = "station.closed_now"
    status = 409
    zh = "驿站处于临时关闭状态,请先恢复开放"
    en = "The station is closed by its staff: reopen it first"


class StationGone(AppError):
    """The station was removed and nothing took its place."""

    code = "station.gone"
    status = 410
    zh = "该驿站已撤销"
    en = "This station was removed"


class MergeImpossible(AppError):
    """A station cannot be merged into itself or into one that is gone."""

    code = "station.merge_impossible"
    status = 409
    zh = "不能并入自身或已撤销的驿站"
    en = "A station cannot be merged into itself or into one that is gone"


class MovedFar(AppError):
    """The new position lies ``kilometres`` from the old one while the division stays the same."""

    code = "station.moved_far"
    status = 422
    zh = "新位置离原位置约 {kilometres} 公里,社区却没有变:请核对经纬度;确实搬迁的请确认后再提交"
    en = "The new position is about {kilometres} km away in the same community: check it, or confirm the move"


class StationElsewhere(AppError):
    """The position lies ``kilometres`` from all that is known of the division it is filed under."""

    code = "station.outside_area"
    status = 422
    zh = "位置离区划 {area_code} 约 {kilometres} 公里:请核对经纬度和社区代码;确实在此处的请确认后再提交"
    en = "The position is about {kilometres} km from area {area_code}: check both, or confirm it"


class StationMoved(AppError):
    """Another station took this one's place; the answer's ``Location`` names it."""

    code = "station.moved"
    status = 308
    zh = "该驿站已迁移或合并"
    en = "This station moved or was merged"
