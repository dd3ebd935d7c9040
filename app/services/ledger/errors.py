"""What the ledger refuses."""

from app.core.errors import AppError, NotFound


class NotRegistered(AppError):
    """The caller has no place in any ledger yet: say first under which name hours are recorded."""

    code = "ledger.not_registered"
    status = 409
    zh = "请先登记志愿者姓名"
    en = "Register as a volunteer first"


class VolunteerUnknown(NotFound):
    """No volunteer is known by this id."""

    code = "ledger.volunteer_unknown"
    zh = "没有这位志愿者"
    en = "There is no such volunteer"


class ReasonNeeded(AppError):
    """Whoever types minutes in, refuses them or takes them away says why."""

    code = "ledger.reason_needed"
    status = 422
    zh = "请写明理由"
    en = "Give a reason"


class OwnHours(AppError):
    """Nobody records, approves or answers for hours of their own."""

    code = "ledger.own_hours"
    status = 403
    zh = "不能办理本人的服务时长"
    en = "Nobody may record or approve their own hours"


class SecondPersonNeeded(AppError):
    """Who recorded minutes cannot be the one who approves them, nor answer a dispute about them."""

    code = "ledger.second_person_needed"
    status = 403
    zh = "须由录入人以外的人员办理"
    en = "This needs another person than the one who recorded it"


class LevelTooHigh(AppError):
    """Over 8 hours a day the parent organisation decides, over 12 hours the district: see ``needs``."""

    code = "ledger.level_too_high"
    status = 403
    zh = "当日超过 8 小时由上级组织审批,超过 12 小时由区级审批"
    en = "Over 8 hours a day the parent organisation decides, over 12 hours the district"


class NothingToDecide(AppError):
    """The entry counts already, was refused, or was voided."""

    code = "ledger.nothing_to_decide"
    status = 409
    zh = "该条记录无需审批或已处理"
    en = "There is nothing to decide about this entry"


class AlreadyVoided(AppError):
    """The entry was voided before; an entry that voids or decides cannot be voided itself."""

    code = "ledger.already_voided"
    status = 409
    zh = "该条记录已作废,不能再次更正"
    en = "This entry was voided already"


class HoursImpossible(AppError):
    """The times cannot be meant: in the future, or longer than the stretch in which they were served."""

    code = "ledger.hours_impossible"
    status = 422
    zh = "服务时间有误:不能在未来,时长不能超过起止时间"
    en = "These hours cannot be right: not in the future, not longer than from start to end"


class RemarkImpossible(AppError):
    """A training, commendation or evaluation of a day to come."""

    code = "ledger.remark_impossible"
    status = 422
    zh = "日期不能在未来"
    en = "The day cannot be in the future"


class DisputeLate(AppError):
    """An entry can be disputed for thirty days after it was recorded."""

    code = "ledger.dispute_late"
    status = 409
    zh = "已超过 30 天的异议期"
    en = "An entry can be disputed for thirty days"


class DisputeOpen(AppError):
    """There is a dispute about this entry that waits for its answer."""

    code = "ledger.dispute_open"
    status = 409
    zh = "该条记录的异议正在处理"
    en = "A dispute about this entry is open already"


class DisputeAnswered(AppError):
    """The dispute was answered."""

    code = "ledger.dispute_answered"
    status = 409
    zh = "该异议已答复"
    en = "This dispute was answered already"


class ParentUnfit(AppError):
    """The organisation above is none of ours, or stands below."""

    code = "ledger.parent_unfit"
    status = 422
    zh = "上级组织不存在或不合适"
    en = "There is no such organisation above"
