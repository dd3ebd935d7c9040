"""The classes under which phones' makers let messages through, where an aggregator carries them.

Each maker grants an app its own: what was granted is a setting. Without a class a message may be counted as
advertising, shown silently, limited to a few a day, or (Xiaomi, new apps at OPPO) not shown at all.

Sources: docs.jiguang.cn/jpush/client/Android/android_channel_id (2025-04-07), docs.getui.com rest_v2
third_party, docs.goeasy.io notification/channel_category.
"""

from dataclasses import dataclass

from app.ports import PushMessage

# Announcements to many: what the makers call news or marketing, whatever the urgency we give them.
_NEWS = frozenset({"broadcast", "digest"})


@dataclass(frozen=True, slots=True)
class MakerClasses:
    """What the makers granted this app; empty where nothing was."""

    huawei_category: str = ""
    xiaomi_channel_id: str = ""
    oppo_category: str = ""
    oppo_channel_id: str = ""
    vivo_category: str = ""


def is_personal(message: PushMessage) -> bool:
    """Tell whether a message is about something of the person's own (服务与通讯), not news (资讯营销)."""
    return message.kind.partition(".")[0] not in _NEWS
