"""A case's photos at the desk under a clerk's fingers, and what the public sees then; in a real browser."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.models import PersonalDataRead, Photo, PhotoRole
from app.ports import Hides
from app.services.photos.desk import copy_of
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.photos import jpeg
from tests.factories.reports import make_case_photo, make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped
from tests.web.test_manage_photos import copied

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = Path(__file__).parent / "fingers" / "case_photos.js"


async def test_a_clerk_says_what_the_public_sees_of_a_case(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        rider = await make_account(session)
        case = await make_report(session, reporter_id=rider.id, submitted_at=utc_now())
        face = await make_case_photo(session, case, rider.id, is_gallery=True)
        clean = await make_case_photo(session, case, rider.id, role=PhotoRole.AFTER)
    for photo in (face, clean):
        for kind in ("large", "thumb"):
            key = copy_of(photo.id, kind, photo.version)
            await own_runtime.outside.objects.put(key, jpeg(), media_type="image/jpeg")
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)
    taps = TAPS.read_text()
    for name, value in {"CASE": case.id, "FACE": face.id, "CLEAN": clean.id}.items():
        taps = taps.replace(f'"{name}"', f'"{value}"')

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    async with served(own_runtime, own_url, "desk", script) as url, copied(own_runtime, face.id):
        told = await tapped(f"{url}/fingers#{case.id}", tmp_path)

    assert told == [
        "上报时 未公开拍摄时间或地点与上报不符",
        "notice good: 已遮住,请再看一遍后公开",
        "notice good: 这张照片可以公开了",
        "上报时 可公开:案件公开时大家看得到拍摄时间或地点与上报不符",
        "notice good: 这张照片不再公开",
        "上报时 未公开拍摄时间或地点与上报不符",
        "notice good: 这张照片可以公开了",
        "notice good: 已标记,不得公开",
        "处置后 不得公开:有儿童、伤者或住宅",
        False,
        "notice good: 标记已取消,仍须查看后才公开",
        "notice good: 这张照片可以公开了",
        "下载原图(几分钟内有效)",
        True,
        "notice good: 已公开",
        "路面坑洞",
        1,
        True,
        "notice good: 已不再公开",
        404,
    ]
    async with own_runtime.db.reading() as session:
        covered, shown = await session.get_one(Photo, face.id), await session.get_one(Photo, clean.id)
        assert [each["hides"] for each in covered.covered] == [Hides.PLATE]
        assert (covered.version, covered.approved_at) == (2, None)
        assert shown.approved_at is not None
        assert (await session.scalars(select(PersonalDataRead.reason))).all() == ["核对车牌"]
