"""What the inbox's rooms refuse."""

from app.core.errors import AppError


class ChannelHasNoDevice(AppError):
    """A channel was named that reaches a person by their number or address, not by a device."""

    code = "notification.channel_has_no_device"
    status = 422
    zh = "该推送方式不需要登记设备"
    en = "This channel needs no device"
