"""What the duty roster refuses."""

from app.core.errors import AppError


class ShiftInvalid(AppError):
    """A turn must end after it begins and after now, and last no longer than a month (a deputy's: a year)."""

    code = "duty.shift_invalid"
    status = 422
    zh = "值班时间有误:结束须晚于开始和现在,一班最长 31 天,代班最长 366 天"
    en = "A turn ends after it begins and after now, and lasts 31 days at most (a deputy's: 366)"


class PersonUnfit(AppError):
    """Who is on duty holds a role over the area on the day; a deputy stands in for somebody else of it."""

    code = "duty.person_unfit"
    status = 422
    zh = "该人员当日在本区域没有岗位授权,不能排班"
    en = "This person holds no role over the area on that day"


class ShiftOver(AppError):
    """The turn is over or was called off: it stays as it was."""

    code = "duty.shift_over"
    status = 409
    zh = "该班次已结束或已取消,不能修改"
    en = "This turn is over or was called off: it cannot be changed"


class AlreadySeen(AppError):
    """Somebody else was first to say that they have seen the emergency; ``name`` says who."""

    code = "duty.already_seen"
    status = 409
    zh = "{name} 已于 {at} 确认,由其处置"
    en = "{name} acknowledged this first, at {at}"


class EmergencyOver(AppError):
    """The emergency ended before anybody had acknowledged it."""

    code = "duty.over"
    status = 409
    zh = "该紧急情况已结束,无需确认"
    en = "This emergency is over: there is nothing to acknowledge"


class LinkUnknown(AppError):
    """The link opens no call, or no longer: sign in instead."""

    code = "duty.link_unknown"
    status = 404
    zh = "链接无效或已过期,请登录后处理"
    en = "This link is not valid or no longer: sign in instead"
