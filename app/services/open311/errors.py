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


class AddressUnknown(AppError):
    """There is no point, and the address names no division of the key's area, or not one alone."""

    code = "open311.address_unknown"
    status = 400
    zh = "没有坐标(lat、long),且地址未写明本辖区内唯一的区县、乡镇街道或社区(村):请补充坐标或区划全称"
    en = (
        "There is no lat and long, and the address does not name one county, town or community of this "
        "jurisdiction: send coordinates, or the division's full name"
    )


class OutsideJurisdiction(AppError):
    """The place does not lie in the area that the partner's key is for."""

    code = "open311.outside_jurisdiction"
    status = 403
    zh = "该位置不在此 api_key 的辖区内"
    en = "The place does not lie in the area of this api_key"


class UnitSpeaksNoOpen311(AppError):
    """Only a unit in being of the kind ``open311`` is another city's endpoint."""

    code = "open311.unit_speaks_none"
    status = 422
    zh = "只有“open311”类的在用承办单位可以设置对接地址"
    en = "Only a handling unit in being of the kind open311 has an endpoint"


class EndpointAddressRefused(AppError):
    """The address is no endpoint's: https, without a user's name, ending with a slash."""

    code = "open311.endpoint_address_refused"
    status = 422
    zh = "对接地址必须以 https 开头、以斜杠结尾,且不含用户名或密码"
    en = "The endpoint's address must be https, end with a slash, and hold no user's name or password"


class SendingNotStuck(AppError):
    """There is nothing to try again: it arrived, is under way, or the case has left the unit."""

    code = "open311.sending_not_stuck"
    status = 409
    zh = "无需重发:案件已送达、正在发送或已离开该单位"
    en = "There is nothing to send again: it arrived, is under way, or the case has left the unit"
