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
