"""What confidential cases refuse, each with its code."""

from app.core.errors import AppError


class NotConfidential(AppError):
    """The case is an ordinary one; this is for confidential cases."""

    code = "report.not_confidential"
    status = 409
    zh = "这不是保密案件"
    en = "This case is not a confidential one"


class DeskUnfit(AppError):
    """A confidential desk is two different people of the area's staff, both in office."""

    code = "report.desk_unfit"
    status = 422
    zh = "承办人和督办人须是本区划在任的两位不同工作人员"
    en = "Name two different people, both of the area's staff"


class RecipientUnfit(AppError):
    """There is no such person to show a case to, or they sent it themselves."""

    code = "report.recipient_unfit"
    status = 422
    zh = "没有可以告知的此人"
    en = "There is nobody like this to show the case to"


class DisclosureAnswered(AppError):
    """The reporter has given another answer; take a consent back by deleting the report's content."""

    code = "report.disclosure_answered"
    status = 409
    zh = "您已经作出过答复"
    en = "You have answered this already"


class ReporterForgotten(AppError):
    """Who sent the report is not known any more: the case ended half a year ago, or the account is gone."""

    code = "report.reporter_forgotten"
    status = 409
    zh = "上报人信息已按期去标识化或已注销"
    en = "Who sent this report is not known any more"
