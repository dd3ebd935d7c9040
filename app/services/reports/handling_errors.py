"""What handling a case refuses, each with its code. Every refused move says which ones are possible."""

from app.core.errors import AppError
from app.services.reports.errors import IllegalMove


class ClerkUnfit(AppError):
    """Cases are assigned to somebody who may act and is staff of their place."""

    code = "report.clerk_unfit"
    status = 422
    zh = "该人员不是案件所在区划的在岗工作人员"
    en = "This person is not staff of the cases' area"


class Designated(IllegalMove):
    """The district named this unit after two returns: it cannot send the case back."""

    code = "report.designated"
    zh = "本案由区级指定承办,不能退回"
    en = "The district named this unit: it cannot send the case back"


class OfficerDecides(IllegalMove):
    """Units sent the case back twice: the district's officer says who does it."""

    code = "report.officer_decides"
    zh = "本案已被退回两次,由区级指定承办单位"
    en = "This case was sent back twice: the district names the unit"


class ReopenTooLate(IllegalMove):
    """A closed case comes back to life for seven days; later a new report is linked to it."""

    code = "report.reopen_too_late"
    zh = "结案超过 7 天,请作为新的上报提交"
    en = "The case was closed over seven days ago: send a new report"


class UnitUnfit(AppError):
    """The unit has ended, or it does not reach where the case is; ``successor_id`` names an heir."""

    code = "report.unit_unfit"
    status = 422
    zh = "该承办单位已撤并或不管辖此地,请选择其他单位"
    en = "This unit has ended or does not reach the place: choose another"


class UnitNeeded(AppError):
    """No unit was named and none was proposed."""

    code = "report.unit_needed"
    status = 422
    zh = "请选择承办单位"
    en = "Choose a handling unit"


class ConfidentialStays(IllegalMove):
    """A confidential case goes to no unit; show it to one more person by its reporter's consent."""

    code = "report.confidential_stays"
    zh = "保密案件不分办,需告知他人请先征得上报人同意"
    en = "A confidential case goes to no unit: ask its reporter before showing it to somebody"


class PhotoNeeded(AppError):
    """This move needs a photo that proves it."""

    code = "report.photo_needed"
    status = 422
    zh = "请附上现场照片"
    en = "Add a photo taken on the spot"


class PhotoNotNew(AppError):
    """The photo is, or nearly is, one that the case had before; ``photo_id`` says which of those sent."""

    code = "report.photo_not_new"
    status = 422
    zh = "这张照片与此前的照片相同,请拍摄现场新照片"
    en = "This photo is the same as an earlier one: take a new one on the spot"


class TasksOpen(IllegalMove):
    """Units still work on their tasks, or returned them: the case is resolved when all are done."""

    code = "report.tasks_open"
    zh = "协办任务尚未全部完成"
    en = "Tasks of co-handling units are not all done"


class LinkUnknown(AppError):
    """No case opens with this secret: it is not one of ours, it is over, or it was taken back."""

    code = "report.link_unknown"
    status = 404
    zh = "链接无效或已过期,请向派单人员索取新链接"
    en = "This link is not valid any more: ask for a new one"


class AnotherPerson(AppError):
    """Who repaired or reported a thing is not the one who judges it."""

    code = "report.another_person"
    status = 403
    zh = "须由另一人办理:处置人不能核查,上报人不能结案"
    en = "Somebody else has to do this: who repaired does not check, who reported does not close"


class TooFar(AppError):
    """The check was not made on the spot: ``distance_m`` metres away, ``most_m`` at most."""

    code = "report.too_far"
    status = 422
    zh = "您距离现场 {distance_m} 米,请到 {most_m} 米以内核查"
    en = "You are {distance_m} m away: check from within {most_m} m"


class NotChecked(IllegalMove):
    """Fixed, or what a unit resolved, is closed only when somebody else than the repairer has seen it."""

    code = "report.not_checked"
    zh = "处置结果尚未核查,不能结案"
    en = "The result is not checked yet: the case cannot be closed"


class SatisfactionNotAsked(AppError):
    """There is nothing to be satisfied with yet."""

    code = "report.satisfaction_not_asked"
    status = 409
    zh = "此上报尚未征询评价"
    en = "You were not asked about this report"


class SatisfactionGiven(AppError):
    """Satisfaction is asked once and answered once."""

    code = "report.satisfaction_given"
    status = 409
    zh = "您已评价过"
    en = "You answered already"


class SatisfactionOver(AppError):
    """The 72 hours in which to answer are over."""

    code = "report.satisfaction_over"
    status = 409
    zh = "评价已截止(72 小时内有效)"
    en = "The 72 hours in which to answer are over"


class NothingSaid(AppError):
    """An update needs a text or a photo."""

    code = "report.nothing_said"
    status = 422
    zh = "请填写文字或附上照片"
    en = "Write something or add a photo"


class TaskUnfit(AppError):
    """The task is not in a state for this; ``state`` says in which."""

    code = "report.task_unfit"
    status = 409
    zh = "该协办任务当前状态不能进行此操作"
    en = "This cannot be done to the task in its present state"
