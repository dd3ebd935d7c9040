"""Why a tap at a shift is refused; each has a sentence for the app."""

from app.core.errors import AppError, NotFound


class NotBooked(NotFound):
    """The caller has no place in this shift."""

    code = "attendance.not_booked"
    zh = "您未报名或未获得该班次的名额"
    en = "You have no place in this shift"


class NotNow(AppError):
    """Signing in is open from an hour before the shift until it ends."""

    code = "attendance.not_now"
    status = 409
    zh = "签到时间为班次开始前 1 小时至班次结束"
    en = "Signing in is open from an hour before the shift until its end"


class EvidenceNeeded(AppError):
    """Neither the organiser's code nor a position at the place: scan the code, or ask to be listed."""

    code = "attendance.evidence_needed"
    status = 409
    zh = "请扫描组织者出示的现场码,或在活动地点打开定位;没有手机请组织者登记"
    en = "Scan the organiser's code or be at the place; without a phone the organiser lists you"


class NotSignedIn(AppError):
    """Who signs out has signed in before, at an earlier instant."""

    code = "attendance.not_signed_in"
    status = 409
    zh = "请先签到再签退"
    en = "Sign in before you sign out"


class AlreadySettled(AppError):
    """The attendance is over and its hours are in the ledger: correct them there."""

    code = "attendance.already_settled"
    status = 409
    zh = "该出勤已结束并计入时长,请在时长记录中更正"
    en = "This attendance is over and in the ledger: correct it there"


class ListedLate(AppError):
    """A shift's list is taken for a week: what is remembered later is typed in, for a second person."""

    code = "attendance.listed_late"
    status = 409
    zh = "班次结束已超过 7 天,不能再登记名单;请补录时长,由另一人审批"
    en = "The shift ended over 7 days ago: type the hours in, somebody else approves them"


class TimesImpossible(AppError):
    """The listed times cannot be meant: in the future, out of order, or not of this shift."""

    code = "attendance.times_impossible"
    status = 422
    zh = "登记的时间有误:须在班次前后一小时内,不能在未来"
    en = "The times cannot be right: within an hour of the shift, and not in the future"
