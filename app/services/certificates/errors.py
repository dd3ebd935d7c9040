"""Why no certificate is issued."""

from app.core.errors import AppError, NotFound


class NameNeeded(AppError):
    """A certificate certifies somebody: say first under which name."""

    code = "certificate.name_needed"
    status = 409
    zh = "开具证明需要先登记姓名"
    en = "A certificate needs a name: register it first"


class NothingToCertify(AppError):
    """The book holds no minutes of that time that count."""

    code = "certificate.nothing_to_certify"
    status = 409
    zh = "该时段内没有已生效的服务时长"
    en = "There are no hours of that time that count"


class NameUnprintable(AppError):
    """The name has characters that no typeface of the printed page has; never a box in a name."""

    code = "certificate.unprintable"
    status = 422
    zh = "“{characters}”暂无法打印,请联系出具单位手工出具"
    en = "These characters cannot be printed: {characters}. Ask the organisation for a paper by hand"


class CertificateVoid(AppError):
    """It was drawn from entries that were corrected since: it is not printed again."""

    code = "certificate.void"
    status = 409
    zh = "该证明自 {since} 起失效,请重新开具"
    en = "This certificate is void since {since}: issue a new one"


class CertificateUnknown(NotFound):
    """No certificate has this code: it may have been made up."""

    code = "certificate.unknown"
    zh = "没有这份证明,请核对编号,谨防伪造"
    en = "There is no such certificate: beware of forgeries"
