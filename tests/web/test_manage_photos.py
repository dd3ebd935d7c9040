"""Photos of a station in a real browser: its manager takes them, its community covers and publishes them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.api.photos.routes import SMALL_BYTES
from app.core.actor import Role
from app.models import Account, Amenity, AmenityState, Photo, PhotoPurpose, PhotoState, StationAmenity
from app.runtime import Runtime
from app.services.photos.desk import copy_of
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_grant
from tests.factories.photos import jpeg
from tests.factories.stations import COMMUNITY, make_area, make_station, make_station_photo
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
  await until(() => all("#photos figcaption").length === 2);
  told.push(all("#photos figcaption")[1].textContent);

  // As the community: what waits stands on the page that lists stations; the third button covers.
  const buttons = () => all("#waiting [data-photo] button");
  location.hash = "";
  told.push((await one("#waiting h2")).textContent);
  buttons()[1].click();
  await one("#waiting .stage img");
  const [middle, keep] = all(".covering .row button");
  middle.click();
  middle.click();
  const patch = await one(".patch");
  patch.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
  patch.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", shiftKey: true, bubbles: true }));
  all(".patch")[1].click();
  told.push(all(".patch").length);
  keep.click();
  await until(() => !document.querySelector(".covering"));
  buttons()[0].click();
  await until(() => !document.querySelector("#waiting h2"));
"""


@asynccontextmanager
async def copied(runtime: Runtime, photo_id: UUID) -> AsyncGenerator[None]:
    """Stand for the darkroom where one photo is concerned: what else was sent stays as it came."""

    async def work() -> None:
        received = (Photo.id == photo_id, Photo.state == PhotoState.RECEIVED)
        while True:
            async with runtime.db.writing() as session:
                await session.execute(update(Photo).where(*received).values(state=PhotoState.READY))
            await asyncio.sleep(0.1)

    working = asyncio.create_task(work())
    yield
    working.cancel()


async def test_a_manager_photographs_a_station_and_its_community_covers_and_publishes(
    own_phone, own_runtime, own_url, tmp_path
):
    account = (await own_phone.sign_in())["account"]
    async with own_runtime.db.writing() as session:
        station = await make_station(session, amenities={Amenity.MICROWAVE: AmenityState.WORKS})
        person = await session.get_one(Account, UUID(account["id"]))
        await make_grant(session, person, Role.STATION_MANAGER, station_id=station.id)
        await make_area(session, COMMUNITY)
        await make_grant(session, person, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
        waits = await make_station_photo(session, station, None, has_original=False)
    for kind in ("large", "thumb"):
        key = copy_of(waits.id, kind, waits.version)
        await own_runtime.outside.objects.put(key, jpeg(), media_type="image/jpeg")
    kept = {
        "account": {"id": account["id"], "display_name": "王站长"},
        "device": str(own_phone.device_id),
        "refresh": own_phone.tokens["refresh_token"],
    }

    script = FINGERS % {"kept": json.dumps(kept), "page": "manage", "taps": TAPS}
    async with served(own_runtime, own_url, "manage", script) as url, copied(own_runtime, waits.id):
        told = await tapped(f"{url}/fingers#{station.id}", tmp_path)

    assert told == ["微波炉 · 坏了", "正在处理", "等您看的照片：1", 1]
    async with own_runtime.db.reading() as session:
        sent = (await session.scalars(select(Photo).where(Photo.id != waits.id))).all()
        looked_at = await session.get_one(Photo, waits.id)
        broken = (await session.scalars(select(StationAmenity))).one()
    assert {each.purpose: each.about_id for each in sent} == {
        PhotoPurpose.STATION: station.id,
        PhotoPurpose.AMENITY: None,
    }
    assert (looked_at.version, looked_at.approved_by) == (2, UUID(account["id"]))
    (patch,) = looked_at.covered
    assert [round(patch[each], 6) for each in ("x", "y", "width", "height")] == [0.38, 0.4, 0.2, 0.22]
    # As large as a good phone makes them: each went in pieces.
    assert min(each.size_bytes for each in sent) > SMALL_BYTES
    assert broken.state is AmenityState.BROKEN
    # What is broken was said before the bytes came: the photo finds it once its copies are made.
    assert broken.photo_id in {each.id for each in sent if each.purpose is PhotoPurpose.AMENITY}
