"""What the inbox's rooms refuse."""

from app.core.errors import AppError


class ChannelHasNoDevice(AppError):
    """A channel was named that reaches a person by their number or address, not by a device."""

    code = "notification.channel_has_no_device"
    status = 422
    zh = "该推送方式不需要登记设备"
    en = "This channel needs no device"


class WordingInvalid(AppError):
    """New words name exactly what the release's name, and a locked screen's sentence names nothing."""

    code = "notification.wording_invalid"
    status = 422
    zh = "文案占位符须与原文一致,锁屏文字不得含占位符:{what}"
    en = "The words name what the release's name, and the locked screen's nothing: {what}"


class MailUnavailable(AppError):
    """No mail can be sent now: none is set up, or the mail server would not take it."""

    code = "notification.mail_unavailable"
    status = 503
    zh = "暂时无法发送邮件,请稍后再试"
    en = "Mail cannot be sent now: try again later"


class ReceiptForged(AppError):
    """A receipt does not prove that it is the vendor's."""

    code = "notification.receipt_forged"
    status = 403
    zh = "回执签名无效"
    en = "This receipt is not signed by the vendor"


class ReceiptGarbled(AppError):
    """A receipt is nothing that the vendor writes."""

    code = "notification.receipt_garbled"
    status = 422
    zh = "回执格式无法识别"
    en = "This is no receipt of the vendor's"
