"""What an office calls things, and what this service calls them: the first word of each is written out."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.core.geo import CoordType
from app.models import (
    Accessibility,
    Amenity,
    EntryRequirement,
    HolidayPolicy,
    MakeupPolicy,
    StationKind,
    StationStatus,
)

E = TypeVar("E", bound=StrEnum)
Words = Mapping[E, tuple[str, ...]]


class YesNo(StrEnum):
    """An answer to a question of yes or no."""

    YES = "yes"
    NO = "no"


KINDS: Words[StationKind] = {
    StationKind.UNION_STATION: (
        "工会驿站",
        "户外劳动者驿站",
        "劳动者驿站",
        "工会户外劳动者服务站点",
        "户外劳动者服务站点",
    ),
    StationKind.WARM_STATION: ("暖心驿站", "暖新驿站", "爱心驿站", "暖蜂驿站", "温馨驿站"),
    StationKind.PARTY_SERVICE_CENTER: ("党群服务中心", "党群中心", "党群服务站"),
    StationKind.RED_STATION: ("红色驿站", "先锋驿站"),
    StationKind.DRIVER_HOME: ("司机之家", "货车司机之家"),
    StationKind.FLOATING_MEMBER_STATION: ("流动党员驿站", "流动党员服务站", "流动党员之家"),
    StationKind.COMMUNITY_ROOM: ("社区活动室", "社区服务站", "社区用房"),
    StationKind.MERCHANT_PARTNER: ("爱心商家", "爱心商户", "合作商家", "合作商户", "友好商家", "友好商户"),
}

AMENITIES: Words[Amenity] = {
    Amenity.HOT_WATER: ("热水", "开水", "饮用热水"),
    Amenity.COLD_WATER: ("饮水", "冷水", "凉水", "饮用水", "饮水机"),
    Amenity.MICROWAVE: ("微波炉", "热饭"),
    Amenity.FRIDGE: ("冰箱",),
    Amenity.PHONE_CHARGING: ("手机充电", "充电", "充电插座", "手机充电器", "充电器"),
    Amenity.EBIKE_CHARGING: ("电动车充电", "电瓶车充电", "电单车充电", "电动自行车充电"),
    Amenity.BATTERY_SWAP: ("换电", "换电柜"),
    Amenity.TYRE_PUMP: ("打气筒", "打气泵", "充气泵"),
    Amenity.SEATS: ("桌椅", "座椅", "休息座椅"),
    Amenity.BEDS: ("床位", "床铺"),
    Amenity.AC: ("空调", "冷气"),
    Amenity.HEATING: ("暖气", "供暖", "取暖"),
    Amenity.TOILET: ("卫生间", "厕所", "洗手间"),
    Amenity.SHOWER: ("淋浴", "洗澡"),
    Amenity.LAUNDRY: ("洗衣", "洗衣机"),
    Amenity.FIRST_AID: ("急救箱", "药箱", "医药箱", "急救包"),
    Amenity.AED: ("AED", "除颤仪", "自动体外除颤器"),
    Amenity.UMBRELLA: ("雨伞", "雨具", "爱心伞", "雨衣"),
    Amenity.WIFI: ("无线网", "WIFI", "WI-FI", "无线网络", "免费WIFI"),
    Amenity.READING: ("书报", "图书", "报刊", "阅读", "书籍"),
    Amenity.TV_LIVE: ("电视", "直播", "电视直播"),
    Amenity.NURSING_ROOM: ("母婴室", "哺乳室"),
    Amenity.EBIKE_PARKING: ("电动车停放", "电动车停车", "非机动车停车"),
    Amenity.TRUCK_PARKING: ("货车停车", "货车停放", "大车停车"),
    Amenity.CHEAP_MEAL: ("平价餐", "爱心餐", "优惠餐"),
    Amenity.HAIRCUT: ("理发", "义剪"),
    Amenity.LEGAL: ("法律咨询", "法律援助", "法律服务"),
    Amenity.PSYCHOLOGY: ("心理咨询", "心理疏导", "心理服务"),
}

COORD_TYPES: Words[CoordType] = {
    CoordType.WGS84: (
        "WGS-84",
        "WGS84",
        "GPS",
        "大地坐标",
        "4326",
        "EPSG:4326",
        "CGCS2000",
        "国家2000",
        "2000坐标系",
        "天地图",
    ),
    CoordType.GCJ02: (
        "GCJ-02",
        "GCJ02",
        "高德",
        "火星坐标",
        "火星",
        "腾讯",
        "高德地图",
        "腾讯地图",
        "国测局",
        "火星坐标系",
        "高德坐标",
        "微信",
    ),
    CoordType.BD09: ("BD-09", "BD09", "百度", "百度地图", "百度坐标", "BD09LL"),
}

ENTRY: Words[EntryRequirement] = {
    EntryRequirement.DOOR_CODE: ("门禁密码", "密码", "密码锁"),
    EntryRequirement.QR_SCAN: ("扫码", "扫码开门", "扫码进入"),
    EntryRequirement.APP: ("手机应用", "APP", "小程序"),
    EntryRequirement.UNION_CARD: ("工会卡", "工会会员卡"),
    EntryRequirement.ID_CARD: ("身份证", "刷身份证"),
    EntryRequirement.RING_BELL: ("按门铃", "门铃"),
    EntryRequirement.PURCHASE: ("需消费", "消费"),
}

ACCESSIBILITY: Words[Accessibility] = {
    Accessibility.STEP_FREE: ("无台阶", "坡道", "无障碍坡道", "轮椅坡道"),
    Accessibility.LIFT: ("电梯", "无障碍电梯"),
    Accessibility.WIDE_DOOR: ("宽门",),
    Accessibility.ACCESSIBLE_TOILET: ("无障碍卫生间", "无障碍厕所"),
    Accessibility.TACTILE_PAVING: ("盲道",),
    Accessibility.SIGN_LANGUAGE: ("手语", "手语服务"),
}

YES_NO: Words[YesNo] = {YesNo.YES: ("是", "TRUE", "1"), YesNo.NO: ("否", "FALSE", "0")}

HOLIDAY: Words[HolidayPolicy] = {
    HolidayPolicy.CLOSED: ("休息", "不开放", "关闭", "放假"),
    HolidayPolicy.SAME: ("照常", "照常开放", "正常开放", "不休"),
    HolidayPolicy.OWN_HOURS: ("另定时间", "另行安排"),
}

MAKEUP: Words[MakeupPolicy] = {
    MakeupPolicy.AS_WORKDAY: ("按工作日", "工作日"),
    MakeupPolicy.AS_WEEKEND: ("按周末", "周末", "不变"),
}

STATUS: Words[StationStatus] = {
    StationStatus.IN_SERVICE: ("使用中", "已启用", "启用", "运营中", "正常", "在用"),
    StationStatus.PLANNED: ("筹建中", "筹建", "规划", "在建"),
    StationStatus.REMOVED: ("已撤销", "撤销", "停用", "拆除"),
}


_BLANK = re.compile(r"\s+")


def tidy(word: str) -> str:
    """Return a word without what a typist varies: width, blanks, case."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", word)).upper()


def read_word(words: Words[E], said: str) -> E | None:
    """Return what an office's word means, or ``None``; this service's own names count too."""
    wanted = tidy(said)
    for meaning, names in words.items():
        if wanted == meaning.value.upper() or any(wanted == tidy(name) for name in names):
            return meaning
    return None


def write_word(words: Words[E], meaning: E) -> str:
    """Return the word that an office reads."""
    return words[meaning][0]


def all_words(words: Words[E]) -> str:
    """List the words that an office may write, for an error's advice."""
    return "、".join(names[0] for names in words.values())
