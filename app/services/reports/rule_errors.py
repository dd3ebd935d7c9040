"""What the room of rules and promises refuses, each with its code."""

from app.core.errors import AppError


class RuleInvalid(AppError):
    """A rule names a category that is not used or a unit that is no more, or can never fit; see ``hint``."""

    code = "report.rule_invalid"
    status = 422
    zh = "规则有误:{hint}"
    en = "The rule cannot be meant: {hint}"


class HoursInvalid(AppError):
    """Office hours are periods of one day that follow one another."""

    code = "report.office_hours_invalid"
    status = 422
    zh = "办公时间须为同一天内先后相接、互不重叠的时段"
    en = "Office hours must be periods of one day, one after the other"


class LimitTaken(AppError):
    """This area has a limit for this step, category and urgency: change that one."""

    code = "report.limit_taken"
    status = 409
    zh = "该区划对此环节已有时限,请直接修改"
    en = "The area has a limit for this already: change that one"


class CaseEnded(AppError):
    """The case is closed, refused, merged or withdrawn: nothing about it changes any more."""

    code = "report.case_ended"
    status = 409
    zh = "案件已办结,不能再修改"
    en = "The case has ended and is not changed any more"


class PlacedByGrid(AppError):
    """A grid says whose case this is; its pin can be moved, or the grid drawn anew."""

    code = "report.placed_by_grid"
    status = 409
    zh = "案件归属由网格确定,请移动位置或调整网格"
    en = "A grid says whose case this is: move its pin, or draw the grid anew"


class ExtensionTooLate(AppError):
    """More time is asked for before the time is over; ``due_at`` says when that was."""

    code = "report.extension_too_late"
    status = 409
    zh = "时限已过,不能再申请延期"
    en = "The time is over: an extension cannot be asked for any more"


class ExtensionUsed(AppError):
    """A case is given more time once, and one request waits at a time."""

    code = "report.extension_used"
    status = 409
    zh = "每个案件只能延期一次,已有申请待批或已获批准"
    en = "A case is extended once: a request waits or was granted"


class ExtensionInvalid(AppError):
    """An extension ends after the present due time (``due_at``), and not later than half a year from now."""

    code = "report.extension_invalid"
    status = 422
    zh = "延期时间须晚于现有时限,且不超过半年"
    en = "An extension ends after the present due time and within half a year"


class ExtensionDecided(AppError):
    """Somebody has decided this request."""

    code = "report.extension_decided"
    status = 409
    zh = "该延期申请已经处理"
    en = "This request was decided before"


class ExtensionOver(AppError):
    """The instant that was asked for has passed while nobody decided."""

    code = "report.extension_over"
    status = 409
    zh = "申请延到的时间已过,只能不予延期"
    en = "The time that was asked for has passed: it can only be refused"


class OwnRequest(AppError):
    """Who asks does not decide."""

    code = "report.own_request"
    status = 403
    zh = "申请人不能审批自己的申请"
    en = "Who asks for more time cannot grant it"


class ReviewInvalid(AppError):
    """A suspended case is looked at again: in the future, and within a year."""

    code = "report.review_invalid"
    status = 422
    zh = "挂账须填写复核日期:在今后一年之内"
    en = "Say when the suspended case is looked at again: within a year from now"
