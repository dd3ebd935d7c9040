"""Why a check-in, a check-out or a tap on the counter is refused; each has a sentence for the app."""

from app.core.errors import AppError, NotFound, Unavailable


class TooOld(AppError):
    """It waited in the phone's queue for more than a day."""

    code = "checkin.too_old"
    status = 409
    zh = "这条记录已超过24小时,不再受理"
    en = "This was recorded more than 24 hours ago and is no longer accepted"


class InTheFuture(AppError):
    """The phone's clock is more than five minutes ahead of the server's."""

    code = "checkin.in_the_future"
    status = 409
    zh = "手机时间比服务器快5分钟以上,请校准手机时间后再打卡"
    en = "Your phone's clock is more than 5 minutes ahead: set it and check in again"


class StationClosed(AppError):
    """The station was closed at the instant of the tap; ``opens_at`` says when it opens, if known."""

    code = "checkin.station_closed"
    status = 409
    zh = "驿站当时未开放,不能打卡"
    en = "The station was closed at that time"


class StationUnknown(NotFound):
    """There is no such station."""

    code = "checkin.station_unknown"
    zh = "没有这个驿站"
    en = "There is no such station"


class NotInService(AppError):
    """The station is planned, or was removed."""

    code = "checkin.station_not_in_service"
    status = 409
    zh = "该驿站尚未启用或已停用"
    en = "This station is not in service"


class StationMoved(AppError):
    """Another station took this one's place, elsewhere: ``moved_to_id`` and ``moved_to_name`` say which."""

    code = "checkin.station_moved"
    status = 409
    zh = "该驿站已并入或迁到“{moved_to_name}”,请到那里打卡"
    en = "This station moved to {moved_to_name}: check in there"


class CodeNeeded(AppError):
    """The position is too coarse to say anything, so the station's code must speak."""

    code = "checkin.code_needed"
    status = 409
    zh = "定位误差太大,请扫描驿站二维码打卡"
    en = "Your position is too imprecise: scan the code at the station"


class VisitUnknown(NotFound):
    """The caller has no such visit."""

    code = "checkin.visit_unknown"
    zh = "没有找到这次打卡"
    en = "You have no such visit"


class Busy(Unavailable):
    """More check-ins wait than the server can promise to write soon."""

    code = "checkin.busy"
    zh = "打卡人数较多,请 {retry_after_s} 秒后重试"
    en = "Many people are checking in: try again in {retry_after_s} s"


class CheckInFirst(AppError):
    """A door's code is for who is at the station: it is shown after checking in."""

    code = "door_code.check_in_first"
    status = 403
    zh = "门锁密码在到站打卡后显示"
    en = "The door's code is shown once you have checked in"


class DoorEvidenceNeeded(AppError):
    """A door's code is for who is at the station: their own word alone shows nobody there."""

    code = "door_code.evidence_needed"
    status = 403
    zh = "请扫驿站的二维码,或允许定位后在门口重新打卡,再看门锁密码"
    en = "Scan the station's code, or check in at the door with your position, to be shown the door's code"


class Unprintable(AppError):
    """The station's name or address has characters that no typeface of the printed page has."""

    code = "station.name_unprintable"
    status = 422
    zh = "站名或地址中的“{characters}”无法打印,请改用常用字,或下载不带文字的二维码"
    en = "The station's name or address has characters that cannot be printed: {characters}"
