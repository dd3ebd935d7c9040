"""Areas, the calendar and grids."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import ANYONE, Row, for_roles
from tests.factories.areas import FESTIVALS_2027
from tests.factories.grids import collection, drawn, square
from tests.factories.stations import COMMUNITY

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/areas", ANYONE),
    Row("GET", "/v1/areas/{code}", ANYONE, params={"code": COMMUNITY}),
    Row("GET", "/v1/areas/aliases/{scheme}/{code}", ANYONE, params={"scheme": "mca", "code": "620902998"}),
    Row("GET", "/v1/areas/calendar/{year}", ANYONE, params={"year": "2026"}),
    Row(
        "PUT",
        "/v1/areas/calendar/{year}",
        for_roles(),
        params={"year": "2027"},
        json={
            "source": "国办发明电",
            "days": [{"on": f"{day.on}", "kind": "holiday", "name": day.name} for day in FESTIVALS_2027],
        },
    ),
    Row("GET", "/v1/areas/locate", ANYONE, query="lat=39.74&lon=98.5&coord_type=wgs84"),
    Row("GET", "/v1/areas/grids", ANYONE, query="area={area_code}"),
    Row("GET", "/v1/areas/grids/{grid_id}", ANYONE),
    Row(
        "POST",
        "/v1/areas/grids/import",
        for_roles(Role.DISTRICT_OFFICER, outside="area.grids_refused"),
        query="scheme=police&coord_type=wgs84",
        json=collection(drawn(2, square(10, 10))),
    ),
)
