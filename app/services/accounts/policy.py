"""What people are told about their data, version by version; a consent names the version that was read.

A new text is a new entry at the end; what stands is never edited, because somebody agreed to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from app.core.errors import NotFound
from app.models import Purpose


@dataclass(frozen=True, slots=True)
class PurposeText:
    """What one purpose needs, for how long, and what is lost without it; in Chinese, English beside."""

    purpose: Purpose
    zh: str
    en: str
    kept_days: int | None  # None: as long as the account


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the notice (PIPL arts. 17, 30) with its purposes."""

    version: str
    effective_on: date
    zh: str
    en: str
    purposes: Mapping[Purpose, PurposeText]


_FIRST = Policy(
    version="2026-11",
    effective_on=date(2026, 11, 22),
    zh=(
        "查找驿站不需要账号,也不收集个人信息。登录只需手机号(加密保存),不需要实名;"
        "称呼、职业、所在区域和年龄段可以不填。打卡记录保存驿站和时间。您可以随时导出全部数据、更正、撤回同意或注销账号;工作人员查看您的信息会留下记录,"
        "记录保存约半年,您导出的数据中可以看到。数据存放在中国大陆境内。"
    ),
    en=(
        "Finding stations needs no account and collects nothing about you. Signing in takes a mobile number, "
        "kept encrypted, and no real name; name, work, area and age band are up to you. A check-in keeps "
        "the station and the time. You may export, correct, withdraw and delete at any time; whoever of the "
        "staff reads your data leaves an entry, kept for half a year, that your export shows. Data stay in "
        "mainland China."
    ),
    purposes={
        Purpose.PRECISE_LOCATION: PurposeText(
            Purpose.PRECISE_LOCATION,
            zh=(
                "打卡时用一次手机定位,判断您是否在驿站附近。只在您点按时取一次,不记录轨迹;"
                "坐标 30 天后删除,只留驿站和时间。不同意也能打卡,可改用现场二维码。"
            ),
            en=(
                "At a check-in your phone's position is used once, to see whether you are at the station. It "
                "is taken when you tap, never as a track; the coordinates go after 30 days, station and time "
                "stay. Without it you can check in all the same, by the code on site."
            ),
            kept_days=30,
        ),
        Purpose.GUARDIAN: PurposeText(
            Purpose.GUARDIAN,
            zh="未满 14 周岁的用户须由监护人同意后才能使用账号。监护人的手机号只用于核验,不保存号码本身。",
            en=(
                "Under 14 an account needs a guardian's consent. The guardian's number serves to verify that "
                "and is not kept."
            ),
            kept_days=None,
        ),
    },
)

_SECOND = replace(
    _FIRST,
    version="2026-11-23",
    effective_on=date(2026, 11, 23),
    zh=(
        f"{_FIRST.zh}账号在停用期间注销的,仅保留手机号的加密摘要、停用截止日和作出决定的单位,到期即删(未定期限的保留一年),"
        "用于防止注销后重新注册规避停用。"
    ),
    en=(
        f"{_FIRST.en} Of an account that is deleted while suspended, a keyed hash of the number, the last "
        "day of the suspension and the office that decided it are kept until that day (a year when there is "
        "none), so that signing up anew does not undo it."
    ),
)

_THIRD = replace(
    _FIRST,
    version="2026-11-23-2",
    effective_on=date(2026, 11, 23),
    zh=(
        f"{_FIRST.zh}账号在停用期间注销或换绑手机号的,仅为原号码保留其加密摘要、停用截止日和作出决定的单位,到期即删"
        "(未定期限的保留一年),用于防止用原号码重新注册规避停用。"
    ),
    en=(
        f"{_FIRST.en} Of a number that leaves a suspended account, because that is deleted or given another "
        "number, a keyed hash, the last day of the suspension and the office that decided it are kept until "
        "that day (a year when there is none), so that signing up anew does not undo it."
    ),
)

POLICIES: tuple[Policy, ...] = (_FIRST, _SECOND, _THIRD)


def current() -> Policy:
    """Return the version in force."""
    return POLICIES[-1]


def get(version: str | None) -> Policy:
    """Return a version, the one in force when none is named.

    Raises:
        NotFound: there was never such a version.
    """
    if version is None:
        return current()
    for policy in POLICIES:
        if policy.version == version:
            return policy
    raise NotFound
