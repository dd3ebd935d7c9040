"""Opening hours in plain Chinese: translated when certain, refused when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import validate

from app.services.stations.exchange.plain_hours import (
    HoursNotUnderstood,
    check_spans,
    looks_like_osm,
    to_osm,
)

UNDERSTOOD = {
    "周一至周五 8:30-18:00": "Mo-Fr 08:30-18:00",
    "周一到周五8:30~18:00;周六、周日9:00-17:00": "Mo-Fr 08:30-18:00; Sa,Su 09:00-17:00",
    "周一至周五：上午8点半至12点，下午14点30分至18点；周六日休息": "Mo-Fr 08:30-12:00,14:30-18:00; Sa,Su off",
    "周一至周四8:30-18:00,周五8:30-17:00": "Mo-Th 08:30-18:00; Fr 08:30-17:00",
    "工作日 8:30-12:00,14:30-18:00": "Mo-Fr 08:30-12:00,14:30-18:00",
    "周六、日 9-17点": "Sa,Su 09:00-17:00",
    "周一三五 9:00-11:00": "Mo,We,Fr 09:00-11:00",
    "星期一至星期日 8:00-22:00": "Mo-Su 08:00-22:00",
    "每天8:00—20:00": "Mo-Su 08:00-20:00",
    "08：30－17：30": "Mo-Su 08:30-17:30",
    "营业时间: 8:00-24:00": "Mo-Su 08:00-24:00",
    "早8点至晚6点": "Mo-Su 08:00-18:00",
    "早上8:00-晚上6:00": "Mo-Su 08:00-18:00",
    "上午8:30-12:00 下午2:30-6:00": "Mo-Su 08:30-12:00,14:30-18:00",
    "中午12点-下午2点": "Mo-Su 12:00-14:00",
    "下午2:30-18:00": "Mo-Su 14:30-18:00",
    "22:00-次日6:00": "Mo-Su 22:00-06:00",
    "晚上10点至早上6点": "Mo-Su 22:00-06:00",
    "晚8点-凌晨2点": "Mo-Su 20:00-02:00",
    "晚6点-晚12点": "Mo-Su 18:00-24:00",
    "每天 22:00-6:00": "Mo-Su 22:00-06:00",
    "下午1点-次日凌晨1点": "Mo-Su 13:00-01:00",
    "24小时": "24/7",
    "全天": "24/7",
    "全天24小时开放": "24/7",
    "星期一至星期日 全天": "24/7",
    "周末24小时": "Sa-Su 00:00-24:00",
    "5月1日至9月30日 8:00-20:00；10月1日至4月30日 9:00-17:00": (
        "May 01-Sep 30 Mo-Su 08:00-20:00; Oct 01-Apr 30 Mo-Su 09:00-17:00"
    ),
    "5月-9月 每天 8:00-20:00": "May-Sep Mo-Su 08:00-20:00",
    "夏季 9:00-21:00 冬季 10:00-18:00": "May-Sep Mo-Su 09:00-21:00; Oct-Apr Mo-Su 10:00-18:00",
    "夏令作息:每天8点至20点;冬令作息:工作日9点至17点": "May-Sep Mo-Su 08:00-20:00; Oct-Apr Mo-Fr 09:00-17:00",
    "夏季（6月至8月）8:00-20:00,冬季（9月至5月）9:00-17:00": (
        "Jun-Aug Mo-Su 08:00-20:00; Sep-May Mo-Su 09:00-17:00"
    ),
    "全年无休 8:00-20:00": "Mo-Su 08:00-20:00",
    "周一至周日 8:00-20:00,节假日不休": "Mo-Su 08:00-20:00",
    "周日休息;周一至周六 8:00-18:00": "Su off; Mo-Sa 08:00-18:00",
}
REFUSED = [
    "", "8:30-6:00", "8:30-5:00", "8:30-12:00,2:30-6:00", "夏季8:00-20:00", "春季9:00-18:00", "全年无休",
    "节假日休息", "周一至周五",
    "25:00-26:00", "9:00-17:60", "9:00-17:00(周一闭馆)", "周五至周一 8:00-9:00", "全天 8:00-9:00", "休息",
    "9:00", "9:00-", "早上20:00-22:00", "晚上12:30-早上6:00", "晚上12点-早上6点", "13月-14月 8:00-9:00",
    "5月至9月30日 8:00-9:00", "法定工作日9:00-17:00", "电话预约", "8:00-12:00,11:00-13:00", "九点至五点",
    "8:00-20:00" * 60,
]  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), UNDERSTOOD.items())
def test_plain_hours_are_translated(said, meant):
    assert to_osm(said) == meant
    assert validate(meant)


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_certain_is_refused_with_a_sentence(said):
    with pytest.raises(HoursNotUnderstood) as refusal:
        to_osm(said)
    assert refusal.value.problem


@given(st.text(alphabet="周一二五六日至到、,;:- 0123456789点半上下午晚次24小时休息每天工作日月", max_size=30))
def test_any_text_is_translated_to_valid_hours_or_refused(said):
    try:
        meant = to_osm(said)
    except HoursNotUnderstood:
        return
    assert validate(meant)


@pytest.mark.parametrize("text", ["24/7", "Mo-Fr 08:30-18:00", "08:00-12:00,14:00-18:00", "22:00-06:00"])
def test_the_syntax_of_the_map_is_recognised(text):
    assert looks_like_osm(text)
    check_spans(text)


def test_bare_times_that_can_be_meant_in_two_ways_are_refused():
    with pytest.raises(HoursNotUnderstood):
        check_spans("08:00-06:00")
