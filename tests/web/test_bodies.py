"""An organisation is changed and ended by its area's staff, under their fingers in a real browser."""

import json

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.models import OrganisationKind, VolunteerOrganisation
from tests.accounts.conftest import own_phone
from tests.factories.stations import COMMUNITY, make_area
from tests.factories.volunteering import make_organisation
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  location.hash = "teams";
  await import("/web/organise.js");
  const part = (place, label) =>
    [...place.querySelectorAll("summary")].find((each) => each.textContent === label)?.parentNode;
  const put = (place, values) => {
    for (const [label, value] of Object.entries(values))
      [...place.querySelectorAll("label")]
        .find((each) => each.textContent.startsWith(label))
        .querySelector("input, select").value = value;
  };
  const shown = (words) =>
    until(() => all("[data-body]").find((each) => each.querySelector("summary").textContent.includes(words)));
  (await until(() => part(document.querySelector("#view"), "单位和组织"))).open = true;
  const body = await shown("区税务局");
  body.open = true;
  const fold = part(body, "修改");
  fold.open = true;
  const form = await until(() => fold.querySelector("form"));
  told.push([...form.querySelectorAll("input, select")].map(({ value }) => value));
  put(form, { 名称: "区税务局新址", 类型: "party_org", 负责人: "孙科长", 办公电话: "0937-2610001" });
  form.requestSubmit();
  const changed = await shown("区税务局新址");
  told.push(changed.querySelector("summary").textContent, changed.querySelector("p").textContent);
  changed.open = true;
  const end = [...changed.querySelectorAll("button")].find((each) => each.textContent === "停用");
  end.click();
  told.push(end.textContent);
  end.click();
  await until(() => all("[data-body]").length === 0);
  told.push(all("[data-subject=failed]").length);
"""


async def test_an_organisation_is_changed_and_ended(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        body = await make_organisation(
            session, area_code=COMMUNITY, name="区税务局", responsible="钱科长", phone="0937-2610000"
        )
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "dom", "taps": TAPS}
    async with served(own_runtime, own_url, "organise", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [
        ["区税务局", body.kind.value, COMMUNITY, "钱科长", "0937-2610000"],
        "区税务局新址 · 党组织",
        "孙科长 · 0937-2610001",
        "停用后不能再建队。再点一次",
        0,
    ]
    async with own_runtime.db.reading() as session:
        [row] = (await session.scalars(select(VolunteerOrganisation))).all()
    assert (row.name, row.kind, row.phone) == ("区税务局新址", OrganisationKind.PARTY_ORG, "0937-2610001")
    assert (row.area_code, row.ended_at is None) == (COMMUNITY, False)
