"""What Open311 refuses."""

from app.core.errors import AppError


class KeyRefused(AppError):
    """The call needs the key of a partner, and there is none or it is no longer good."""

    code = "open311.key_refused"
    status = 403
    zh = "缺少有效的 api_key"
    en = "A valid api_key is needed"


class ServiceUnknown(AppError):
    """There is no service of this code that may be asked for here."""

    code = "open311.service_unknown"
    status = 404
    zh = "没有这个 service_code"
    en = "There is no service of this service_code"


class ArgumentMissing(AppError):
    """An argument that the call needs was not given, or is empty."""

    code = "open311.argument_missing"
    status = 400
    zh = "缺少参数:{argument}"
    en = "An argument is missing: {argument}"


class ArgumentWrong(AppError):
    """An argument cannot be read."""

    code = "open311.argument_wrong"
    status = 400
    zh = "参数有误:{argument}"
    en = "An argument cannot be right: {argument}"


class OutsideJurisdiction(AppError):
    """The place does not lie in the area that the partner's key is for."""

    code = "open311.outside_jurisdiction"
    status = 403
    zh = "该位置不在此 api_key 的辖区内"
    en = "The place does not lie in the area of this api_key"
