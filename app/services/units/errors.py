"""What handling units refuse, each with its code."""

from app.core.errors import AppError


class UnitEnded(AppError):
    """The unit is no more; its successor, where there is one, is in ``successor_id``."""

    code = "unit.ended"
    status = 409
    zh = "该承办单位已撤销"
    en = "This handling unit is no more"


class SuccessorInvalid(AppError):
    """A successor is another unit that is still in being."""

    code = "unit.successor_invalid"
    status = 422
    zh = "承接单位须是另一个在用的承办单位"
    en = "The successor must be another unit that is in being"


class CodeTaken(AppError):
    """Another unit of the county has this number."""

    code = "unit.code_taken"
    status = 409
    zh = "本区县已有单位使用这个编号"
    en = "Another unit of this county has this number"
