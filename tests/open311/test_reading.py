"""What everybody may read by GeoReport v2, in both formats, and what nobody may."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from app.core.clock import utc_now
from app.core.pages import encode_cursor
from app.models import Move, Outcome, ReportState, ReportStep, StepActor
from tests.factories.open311 import make_approved_photo, make_public
from tests.factories.reports import make_category, make_unit
from tests.factories.stations import COMMUNITY

V2 = "/open311/v2"
# What FixMyStreet's adapter takes for a date.
ADAPTER_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
QUESTIONS = [
    {"id": "size", "type": "choice", "zh": "多大", "en": "How big", "required": True,
     "choices": [{"id": "s", "zh": "小", "en": "Small"}, {"id": "l", "zh": "大", "en": "Large"}]},
    {"id": "depth", "type": "number", "zh": "多深", "en": "How deep", "min": 0, "max": 300},
    {"id": "water", "type": "bool", "zh": "有水", "en": "Water"},
    {"id": "more", "type": "text", "zh": "其他", "en": "More", "max_length": 50},
]  # fmt: skip


@pytest.fixture
def fetch(client, session):
    async def get(path: str, status: int = 200):
        await session.commit()
        response = await client.get(path)
        assert response.status_code == status, response.text
        kind = "application/json" if path.split("?", maxsplit=1)[0].endswith("json") else "text/xml"
        assert response.headers["content-type"] == f"{kind}; charset=utf-8"
        return response.json() if kind == "application/json" else ET.fromstring(response.text)

    return get


async def recent(session, **given):
    at = utc_now() - timedelta(hours=2)
    return await make_public(session, **{"submitted_at": at, "state_at": at, "changed_at": at, **given})


async def test_discovery_leads_to_an_address_with_a_slash_in_both_formats(fetch):
    found, tree = await fetch("/open311/discovery.json"), await fetch("/open311/discovery.xml")

    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2/")
    assert (endpoint["type"], endpoint["formats"]) == ("test", ["text/xml", "application/json"])
    assert ADAPTER_DATE.fullmatch(found["changeset"])
    assert tree.tag == "discovery"
    assert tree.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [each.text for each in tree.iter("format")] == endpoint["formats"]


async def test_services_are_a_bare_array_and_never_confidential(fetch, session):
    await make_category(session, questions=QUESTIONS)
    await make_category(session, "wages", is_confidential=True)
    await make_category(session, "retired", is_active=False)

    found, tree = await fetch(f"{V2}/services.json"), await fetch(f"{V2}/services.xml")

    (service,) = [each for each in found if each["service_code"] in {"road_damage", "wages", "retired"}]
    assert service["service_code"] == "road_damage"
    assert (service["metadata"], service["type"]) == (True, "realtime")
    assert "private" not in service["keywords"]
    assert tree.tag == "services"
    assert [each.findtext("service_code") for each in tree] == [each["service_code"] for each in found]
    assert tree.find("service").findtext("metadata") == "true"


async def test_a_services_questions_become_attributes(fetch, session):
    await make_category(session, questions=QUESTIONS)

    found = await fetch(f"{V2}/services/road_damage.json")
    tree = await fetch(f"{V2}/services/road_damage.xml")

    size, depth, water, more = found["attributes"]
    assert [each["order"] for each in found["attributes"]] == [1, 2, 3, 4]
    assert (size["datatype"], size["required"]) == ("singlevaluelist", True)
    assert size["values"] == [{"key": "s", "name": "小"}, {"key": "l", "name": "大"}]
    assert (depth["datatype"], depth["datatype_description"]) == ("number", ">= 0 <= 300")
    assert [each["key"] for each in water["values"]] == ["true", "false"]
    assert (more["datatype"], more["values"]) == ("text", [])
    assert tree.tag == "service_definition"
    assert [each.text for each in tree.findall("attributes/attribute/code")] == [
        "size", "depth", "water", "more",
    ]  # fmt: skip
    assert tree.findtext("attributes/attribute/values/value/key") == "s"


async def test_a_request_has_the_standards_members_and_dates_without_fractions(fetch, session):
    unit = await make_unit(session)
    due_at = utc_now() + timedelta(days=3)
    report = await recent(session, unit_id=unit.id, due_at=due_at, description="坑<很深>,电话13712345678")

    (found,) = await fetch(f"{V2}/requests/NF{report.number}.json")
    tree = await fetch(f"{V2}/requests/NF{report.number}.xml")

    assert found["service_request_id"] == f"NF{report.number}"
    assert (found["status"], found["service_code"]) == ("open", "road_damage")
    assert found["description"] == "坑<很深>,电话***"
    assert found["agency_responsible"] == unit.name
    assert (found["lat"], found["long"]) == (round(report.lat, 6), round(report.lon, 6))
    assert (found["media_url"], found["zipcode"]) == (None, None)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert ADAPTER_DATE.fullmatch(found[name]), name
    assert tree.tag == "service_requests"
    assert [each.tag for each in tree.find("request")] == list(found)
    assert tree.findtext("request/zipcode") == ""
    assert "notes" not in found


async def test_extensions_come_when_asked_for(fetch, session):
    report = await recent(session, answers={"size": "s"})
    photo = await make_approved_photo(session, report.id)

    (found,) = await fetch(f"{V2}/requests/{report.number}.json?extensions=true")
    tree = await fetch(f"{V2}/requests/{report.number}.xml?extensions=true")

    assert found["extended_attributes"]["state"] == "submitted"
    assert found["extended_attributes"]["media_urls"] == [found["media_url"]]
    assert found["media_url"].endswith(f"/open311/v2/media/{photo.id}.jpg")
    assert found["attributes"] == [{"label": "size", "value": "s"}]
    assert [each["type"] for each in found["notes"]] == ["submit"]
    assert tree.findtext("request/notes/note/type") == "submit"


async def test_words_that_staff_kept_back_are_kept_back_everywhere(fetch, session):
    """Typed answers are the reporter's words, too; how the desk put a case right is its own."""
    await make_category(session, questions=QUESTIONS)
    answers = {"size": "s", "depth": 3.0, "more": "张三家门口"}
    report = await recent(session, answers=answers, public_text="")
    for move in (Move.MOVE_PIN, Move.CHANGE_CATEGORY, Move.REHOME):
        step = {"move": move, "from_state": report.state, "to_state": report.state, "at": utc_now()}
        said = {"actor": StepActor.STAFF, "actor_name": "小李", "reason": "张三说的", "details": {}}
        session.add(ReportStep(report_id=report.id, **step, **said))

    (found,) = await fetch(f"{V2}/requests/{report.number}.json?extensions=true")
    updates = await fetch(f"{V2}/servicerequestupdates.json")

    shown = [{"label": "size", "value": "s"}, {"label": "depth", "value": "3.0"}]
    assert (found["description"], found["attributes"]) == ("", shown)
    assert [each["type"] for each in found["notes"]] == ["submit"]
    assert updates == []


async def test_a_jurisdiction_may_be_written_with_the_zeros_that_fill_it(fetch, session):
    await recent(session)

    for code in (COMMUNITY[:6], f"{COMMUNITY[:6]}000000"):
        assert len(await fetch(f"{V2}/requests.json?jurisdiction_id={code}")) == 1, code


async def test_only_approved_pictures_are_shown(fetch, session, client):
    report = await recent(session)
    hidden = await make_approved_photo(session, report.id, approved_at=None, approved_by=None)
    restricted = await make_approved_photo(session, report.id, is_restricted=True)

    (found,) = await fetch(f"{V2}/requests/{report.number}.json")

    assert found["media_url"] is None
    for photo in (hidden, restricted):
        assert (await client.get(f"{V2}/media/{photo.id}.jpg")).status_code == 404
    shown = await make_approved_photo(session, report.id)
    await session.commit()
    assert (await client.get(f"{V2}/media/{shown.id}.jpg")).status_code == 302


@pytest.mark.parametrize(
    "hidden",
    [{"is_confidential": True}, {"public_at": None}],
    ids=["confidential", "not approved"],
)
async def test_what_is_not_public_is_nowhere(fetch, session, client, hidden):
    report = await recent(session, **hidden)
    photo = await make_approved_photo(session, report.id)

    assert await fetch(f"{V2}/requests.json") == []
    assert await fetch(f"{V2}/requests.json?service_request_id={report.number}") == []
    assert await fetch(f"{V2}/servicerequestupdates.json") == []
    await fetch(f"{V2}/requests/NF{report.number}.xml", 404)
    await fetch(f"{V2}/tokens/{report.id}.json", 404)
    assert (await client.get(f"{V2}/media/{photo.id}.jpg")).status_code == 404


@pytest.mark.parametrize(
    ("given", "notes"),
    [
        ({"state": ReportState.CLOSED, "outcome": Outcome.NOT_FOUND}, "未发现问题 Nothing found"),
        ({"state": ReportState.REJECTED}, "不予受理 Rejected"),
    ],
)
async def test_closed_says_how_it_ended(fetch, session, given, notes):
    ended_at = utc_now() - timedelta(hours=1)
    report = await recent(session, **given, state_at=ended_at)

    (found,) = await fetch(f"{V2}/requests/{report.number}.json")

    assert (found["status"], found["status_notes"]) == ("closed", notes)
    assert found["updated_datetime"] == ended_at.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_duplicate_is_closed_and_says_so(fetch, session):
    parent = await recent(session)
    child = await recent(session, state=ReportState.DUPLICATE, parent_id=parent.id)

    (found,) = await fetch(f"{V2}/requests/{child.number}.json")

    assert (found["status"], found["status_notes"]) == ("closed", "Duplicate request")


async def test_lists_are_the_newest_of_90_days_and_filter_by_commas(fetch, session):
    now = utc_now()
    old = await recent(session, submitted_at=now - timedelta(days=91))
    first = await recent(session, submitted_at=now - timedelta(days=2))
    await make_category(session, "lamp")
    last = await recent(session, category_id="lamp", state=ReportState.REJECTED)

    async def ids(query: str) -> list[str]:
        return [each["service_request_id"] for each in await fetch(f"{V2}/requests.json{query}")]

    n_old, n_first, n_last = (f"NF{each.number}" for each in (old, first, last))
    assert await ids("") == [n_last, n_first]
    assert await ids("?status=&service_code=&start_date=") == [n_last, n_first]
    assert await ids("?status=open") == [n_first]
    assert await ids("?status=open,closed") == [n_last, n_first]
    assert await ids("?service_code=lamp,nothing") == [n_last]
    assert await ids(f"?service_request_id={old.number},{n_last}&status=open") == [n_last, n_old]
    assert await ids("?page_size=1&page=2") == [n_first]
    after = (now - timedelta(days=100)).isoformat().replace("+", "%2B")
    assert await ids(f"?updated_after={after}") == [n_last, n_first, n_old]
    assert await ids(f"?jurisdiction_id={COMMUNITY}&status=open") == [n_first]
    tree = await fetch(f"{V2}/requests.xml")
    assert [each.findtext("service_request_id") for each in tree] == [n_last, n_first]


async def test_a_page_leads_to_the_next_by_where_it_ended(client, session):
    rows = [await recent(session, submitted_at=utc_now() - timedelta(days=day)) for day in (3, 2, 1)]
    await session.commit()
    first = await client.get(f"{V2}/requests.json?page_size=2&service_code=lamp,road_damage&page=1")
    way = first.headers["link"]
    await recent(session)  # comes meanwhile, and shifts nothing
    await session.commit()

    behind = await client.get(way.removeprefix("<").split(">")[0])

    assert way.endswith('>; rel="next"')
    assert "service_code=lamp%2Croad_damage" in way
    assert [each["service_request_id"] for each in behind.json()] == [f"NF{rows[0].number}"]
    assert "link" not in behind.headers


async def test_updates_have_pages_and_those_of_one_instant_are_told_apart(client, session):
    report, at = await recent(session), utc_now() - timedelta(minutes=30)
    for reason in ("一", "二", "三", "四", "五"):
        step = {"actor": StepActor.STAFF, "actor_name": "", "reason": reason, "details": {}}
        states = {"from_state": report.state, "to_state": ReportState.ACCEPTED}
        session.add(ReportStep(report_id=report.id, move=Move.ACCEPT, at=at, **states, **step))
        await session.flush()
    await session.commit()
    url, said = f"{V2}/servicerequestupdates.json?page_size=2&jurisdiction_id={COMMUNITY}", []

    while url:
        page = await client.get(url)
        said.append([each["description"] for each in page.json()])
        url = page.headers.get("link", "").removeprefix("<").split(">")[0]
    numbered = await client.get(f"{V2}/servicerequestupdates.json?page_size=2&page=2")

    assert said == [["一", "二"], ["三", "四"], ["五"]]
    assert [each["description"] for each in numbered.json()] == ["三", "四"]


NO_ID = encode_cursor(["2026-11-20T00:00:00+00:00", "x"])
ERRORS = (
    ("servicerequestupdates.{}?page=0", 400),
    ("servicerequestupdates.{}?page_size=1001", 400),
    ("servicerequestupdates.{}?page=12", 400),  # too deep by its number
    ("servicerequestupdates.{}?after=nonsense", 400),
    (f"servicerequestupdates.{{}}?after={NO_ID}", 400),
    ("requests/NF999999999.{}", 404),
    ("requests/nonsense.{}", 404),
    ("services/nothing.{}", 404),
    ("tokens/nothing.{}", 404),
    ("services.{}?jurisdiction_id=city.gov", 404),
    ("requests.{}?jurisdiction_id=99", 404),
    ("requests.{}?status=fixed", 400),
    ("requests.{}?start_date=yesterday", 400),
    ("requests.{}?start_date=2026-01-01T00:00:00", 400),
    ("requests.{}?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
    ("requests.{}?page=0", 400),
    ("requests.{}?page_size=1001", 400),
    ("requests.{}?page=12", 400),  # too deep by its number
    ("requests.{}?after=nowhere", 400),
    ("requests.{}?service_code=%00", 400),
    ("nothing.{}", 404),
)


async def test_errors_are_a_list_of_codes_and_descriptions(fetch):
    for path, status in ERRORS:
        found = await fetch(f"{V2}/{path.format('json')}", status)
        tree = await fetch(f"{V2}/{path.format('xml')}", status)

        assert [set(each) for each in found] == [{"code", "description"}], path
        assert found[0]["code"] == status
        assert found[0]["description"]
        assert (tree.tag, tree.findtext("error/code")) == ("errors", str(status))
        assert tree.findtext("error/description") == found[0]["description"]


async def test_updates_have_stable_ids_and_no_word_of_the_reporter(fetch, session):
    report = await recent(session)
    at = utc_now() - timedelta(minutes=30)
    for move, to, actor, reason in (
        (Move.ACCEPT, ReportState.ACCEPTED, StepActor.STAFF, "请打13712345678"),
        (Move.REOPEN, ReportState.DISPATCHED, StepActor.REPORTER, "我叫张三"),
    ):
        session.add(
            ReportStep(
                report_id=report.id,
                move=move,
                from_state=report.state,
                to_state=to,
                at=at,
                actor=actor,
                actor_name="",
                reason=reason,
                details={},
            )
        )
    await session.flush()

    first, again = [await fetch(f"{V2}/servicerequestupdates.json") for _ in range(2)]
    tree = await fetch(f"{V2}/servicerequestupdates.xml")

    assert first == again
    assert [(each["status"], each["description"]) for each in first] == [
        ("INVESTIGATING", "请打***"),
        ("REOPEN", ""),
    ]
    assert len({each["update_id"] for each in first}) == 2
    assert ADAPTER_DATE.fullmatch(first[0]["updated_datetime"])
    assert tree.tag == "service_request_updates"
    assert [each.findtext("update_id") for each in tree.findall("request_update")] == [
        each["update_id"] for each in first
    ]
    start = at - timedelta(hours=3)
    window = f"start_date={start:%Y-%m-%dT%H:%M:%SZ}&end_date={start:%Y-%m-%dT%H:%M:%SZ}"
    assert await fetch(f"{V2}/servicerequestupdates.json?{window}") == []


async def test_controls_that_xml_cannot_carry_do_not_break_it(fetch, session):
    report = await recent(session, description="a\x0bb\x1f]]>&<c")

    tree = await fetch(f"{V2}/requests/{report.number}.xml")

    assert tree.findtext("request/description") == "ab]]>&<c"


async def test_a_token_leads_to_its_request(fetch, session):
    report = await recent(session)

    found = await fetch(f"{V2}/tokens/{report.id}.json")

    assert found == [{"service_request_id": f"NF{report.number}", "token": str(report.id)}]
