"""Refusals of this feature."""

from app.core.errors import AppError


class OlderEdition(AppError):
    """The list is older than what is stored for the same divisions."""

    code = "area.older_edition"
    status = 409
    zh = "库中 {area_code} 等区划取自 {stored} 版,不能用更早的 {given} 版覆盖"
    en = "{area_code} and others are stored from the edition of {stored}: {given} is older"


class TooManyEndings(AppError):
    """The list would end a large part of the divisions it is said to cover."""

    code = "area.too_many_endings"
    status = 409
    zh = "该文件将停用 {ending} 个区划(范围内共 {total} 个);如只含部分地区,请用 --covers 说明范围"
    en = "This would end {ending} of {total} divisions: name the covered codes, or confirm many endings"


class GridsRefused(AppError):
    """Some grids cannot be drawn so; ``problems`` names each with the reason, and each overlapping pair."""

    code = "area.grids_refused"
    status = 422
    zh = "有 {count} 处问题,网格未写入"
    en = "{count} problems: no grid was written"


class NoticeInvalid(AppError):
    """The days cannot be a year's notice of holidays; ``problems`` names every one that is wrong."""

    code = "calendar.invalid"
    status = 422
    zh = "节假日安排有误,未写入:{problems}"
    en = "These days cannot be a year's holidays, nothing was written: {problems}"
