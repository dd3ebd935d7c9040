"""What robots refuse."""

from app.core.errors import AppError


class RobotAddressRefused(AppError):
    """The address is none that the vendor gives to robots, or the secret has blanks in it."""

    code = "robot.address_refused"
    status = 422
    zh = "地址不是该平台群机器人的 Webhook 地址,或密钥有误"
    en = "This is no address that the vendor gives to robots, or the secret is none"


class RobotVendorMissing(AppError):
    """Robots of this vendor are not set up on this server."""

    code = "robot.vendor_missing"
    status = 422
    zh = "本系统未启用该平台的群机器人"
    en = "Robots of this vendor are not set up here"
