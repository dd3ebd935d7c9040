"""What activities and sign-ups refuse."""

from app.core.errors import AppError


class ActivityInvalid(AppError):
    """The activity cannot be meant as it is; ``hint`` names the part."""

    code = "activity.invalid"
    status = 422
    zh = "活动信息有误:{hint}"
    en = "The activity cannot be right: {hint}"


class RecurrenceUnreadable(AppError):
    """A rule is RFC 5545's: daily, weekly or monthly, for a year and 200 shifts at most."""

    code = "activity.recurrence_unreadable"
    status = 422
    zh = "重复规则无法识别:限每日、每周、每月,最长一年、最多 200 场"
    en = "This recurrence is not read: daily, weekly or monthly, a year and 200 shifts at most"


class InsuranceNeeded(AppError):
    """A possibly dangerous activity is insured for every one of its days (志愿服务条例 art. 17)."""

    code = "activity.insurance_needed"
    status = 422
    zh = "可能发生人身危险的活动须先购买覆盖全部日期的人身意外伤害保险并填写"
    en = "What may be dangerous needs accident insurance for all its days, entered here"


class IllegalMove(AppError):
    """The activity or sign-up is not, or no longer, in a state in which this can be done to it."""

    code = "activity.illegal_move"
    status = 409
    zh = "当前状态({state})不能执行此操作,请刷新"
    en = "This cannot be done now ({state}): reload"


class ActivityClosed(AppError):
    """Nobody signs up any more: it is not published, was called off, or has begun."""

    code = "activity.closed"
    status = 409
    zh = "该场次未开放报名、已取消或已开始"
    en = "This shift takes no sign-ups: not published, called off, or begun"


class AlreadySignedUp(AppError):
    """The person has signed up for this shift."""

    code = "activity.already_signed_up"
    status = 409
    zh = "您已报名该场次"
    en = "You have signed up for this shift"


class Overlapping(AppError):
    """The person has a place elsewhere at the same time."""

    code = "activity.overlapping"
    status = 409
    zh = "与您已报名的另一场活动时间重叠"
    en = "You have a place elsewhere at that time"


class TooManyInWeek(AppError):
    """The area's limit for one person and week is reached."""

    code = "activity.too_many_in_week"
    status = 409
    zh = "本周已达到 {most} 场上限,请把机会留给自己休息"
    en = "The limit of {most} shifts a week is reached: rest too"


class Unfit(AppError):
    """The role asks for something that the person has not: ``needs`` says what."""

    code = "activity.unfit"
    status = 403
    zh = "该岗位有条件要求({needs})"
    en = "This role has a condition ({needs})"


class PlacesTaken(AppError):
    """A role keeps the places that were given: there are ``taken`` of them."""

    code = "activity.places_taken"
    status = 409
    zh = "已有 {taken} 人获得名额,名额不能少于此数"
    en = "{taken} places are taken: there cannot be fewer"


class ChangeNeedsApproval(AppError):
    """The area approves activities before they are published: its staff makes this change."""

    code = "activity.change_needs_approval"
    status = 409
    zh = "本区域活动须审核后发布,请由社区或区级人员变更"
    en = "This area approves activities: its staff makes this change"


class WithdrawTooLate(AppError):
    """Withdrawal is no longer free; somebody else may be asked to take the place over."""

    code = "activity.withdraw_too_late"
    status = 409
    zh = "已过退出截止时间,可发起顶岗请求"
    en = "Too late to withdraw: ask for cover"


class OfferOver(AppError):
    """The place was offered to the next in line, or the shift has begun."""

    code = "activity.offer_over"
    status = 409
    zh = "名额确认时间已过"
    en = "The offer is over"


class NoCoverAsked(AppError):
    """Nobody looks for cover here, or no longer."""

    code = "activity.no_cover_asked"
    status = 409
    zh = "该名额没有或不再需要顶岗"
    en = "No cover is looked for here, or no longer"


class ObjectionTooLate(AppError):
    """An objection comes once, within fourteen days."""

    code = "activity.objection_too_late"
    status = 409
    zh = "异议须在 14 天内提出,且只能提出一次"
    en = "An objection comes once, within 14 days"


class AnotherPerson(AppError):
    """Somebody else has to do this than who marked, or than whom it is about."""

    code = "activity.another_person"
    status = 409
    zh = "须由另一人处理"
    en = "Somebody else has to do this"


class NotOver(AppError):
    """The shift has not got so far yet."""

    code = "activity.not_over"
    status = 409
    zh = "活动尚未开始或结束"
    en = "The shift has not begun or ended yet"
