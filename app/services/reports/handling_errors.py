"""What handling a case refuses, each with its code. Every refused move says which ones are possible."""

from app.core.errors import AppError
from app.services.reports.errors import IllegalMove


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
