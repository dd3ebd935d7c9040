"""A manager photographs the station and what is broken there, in a real browser."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from app.api.photos.routes import SMALL_BYTES
from app.core.actor import Role
from app.models import Account, Amenity, AmenityState, Photo, PhotoPurpose, StationAmenity
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_grant
from tests.factories.stations import make_station
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  const photograph = async (input) => {
    const paper = Object.assign(document.createElement("canvas"), { width: 2400, height: 1600 });
    const noise = paper.getContext("2d").createImageData(paper.width, paper.height);
    noise.data.forEach((_, at) => { noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256; });
    paper.getContext("2d").putImageData(noise, 0, 0);
    const blob = await new Promise((resolve) => paper.toBlob(resolve, "image/jpeg", 1));
    const given = new DataTransfer();
    given.items.add(new File([blob], "a.jpg", { type: "image/jpeg" }));
    input.files = given.files;
    input.dispatchEvent(new Event("change"));
  };
  await tap(".states button");
  await photograph(await one("#picker input"));
  told.push((await one(".states .off")).textContent);
  const opened = () => {
    document.querySelector("#photos").open = true;
    return document.querySelector("#photos input");
  };
  await photograph(await until(opened));
  told.push((await one("#photos figcaption")).textContent);
"""


async def test_a_manager_photographs_the_station_and_what_is_broken(
    own_phone, own_runtime, own_url, tmp_path
):
    account = (await own_phone.sign_in())["account"]
    async with own_runtime.db.writing() as session:
        station = await make_station(session, amenities={Amenity.MICROWAVE: AmenityState.WORKS})
        person = await session.get_one(Account, UUID(account["id"]))
        await make_grant(session, person, Role.STATION_MANAGER, station_id=station.id)
    kept = {
        "account": {"id": account["id"], "display_name": "王站长"},
        "device": str(own_phone.device_id),
        "refresh": own_phone.tokens["refresh_token"],
    }

    script = FINGERS % {"kept": json.dumps(kept), "page": "manage", "taps": TAPS}
    async with served(own_runtime, own_url, "manage", script) as url:
        told = await tapped(f"{url}/fingers#{station.id}", tmp_path)

    assert told == ["微波炉 · 坏了", "正在处理"]
    async with own_runtime.db.reading() as session:
        sent = (await session.scalars(select(Photo))).all()
        broken = (await session.scalars(select(StationAmenity))).one()
    assert {each.purpose: each.about_id for each in sent} == {
        PhotoPurpose.STATION: station.id,
        PhotoPurpose.AMENITY: None,
    }
    # As large as a good phone makes them: each went in pieces.
    assert min(each.size_bytes for each in sent) > SMALL_BYTES
    assert broken.state is AmenityState.BROKEN
    # What is broken was said before the bytes came: the photo finds it once its copies are made.
    assert broken.photo_id in {each.id for each in sent if each.purpose is PhotoPurpose.AMENITY}
