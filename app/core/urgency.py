"""How long a thing may wait, and by which channels people are reached about it."""

from enum import StrEnum


class Urgency(StrEnum):
    """How long a case, or a message, may wait."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


class PushChannel(StrEnum):
    """A way to a person outside the app; the inbox is the truth, what goes this way is a copy of it."""

    GETUI = "getui"  # aggregators: they reach Huawei, Xiaomi, OPPO, vivo, Honor and Apple phones
    JPUSH = "jpush"
    FCM = "fcm"
    WEB_PUSH = "web_push"
    WECHAT = "wechat"  # subscribe messages of a mini-program
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"


class RobotVendor(StrEnum):
    """Whose group chat a robot speaks in."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
