"""The nearest stations: what a rider in the rain asks first. Answered from memory, without a query."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BeforeValidator, Field
from starlette.responses import Response

from app.api.deps import Now, RuntimeDep
from app.api.errors import problems
from app.api.schemas import In, Out
from app.core.errors import PositionForeign, PositionSwapped, Unavailable
from app.core.geo import CoordType, read_in_china
from app.models import Amenity, EntryRequirement, StationKind
from app.realtime.nearby import Question, answer
from app.services.stations.index import LISTED, OPEN, UNKNOWN_FREE, Wish, traits_of
from app.services.stations.occupancy_level import Level

router = APIRouter(prefix="/stations", tags=["stations"])

JSON = "application/json"
# Where the front leaves a function that takes an accepted question, see ``nearby_front.py``.
REMEMBER = "nuanfeng.remember_question"
Remember = Callable[[Question], None]


def _split(given: Any) -> Any:
    """Read ``a,b`` like ``a`` and ``b`` given one after the other."""
    parts = given if isinstance(given, list) else [given]
    return [word for part in parts for word in (part.split(",") if isinstance(part, str) else [part]) if word]


class NearbyQuery(In):
    """Where the caller is and what a station must offer."""

    lat: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    coord_type: CoordType = Field(description="the datum of lat and lon; answers come in it too")
    limit: Annotated[int, Field(ge=1, le=50)] = 10
    open: Literal["now", "any"] = Field("now", description="only stations that are open now, or any")
    amenities: Annotated[list[Amenity], BeforeValidator(_split)] = Field(
        default=[], description="all of these, working now; separated by commas or repeated"
    )
    kinds: Annotated[list[StationKind], BeforeValidator(_split)] = Field(
        default=[], description="one of these; separated by commas or repeated"
    )
    min_free: Annotated[int, Field(ge=0, le=10_000)] = Field(0, description="seats that must be known free")
    max_distance_m: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    def question(self) -> Question:
        """Return the question without the place."""
        must = LISTED | traits_of(self.amenities, []) | (OPEN if self.open == "now" else 0)
        return Question(
            coord_type=self.coord_type,
            wish=Wish(must, traits_of([], self.kinds), self.min_free or UNKNOWN_FREE),
            within_m=self.max_distance_m,
            limit=self.limit,
        )


class OpeningOut(Out):
    """Open or not by the server's clock, and when that ends; ``provisional``: the calendar is not out yet."""

    state: Literal["open", "closed", "unknown"]
    closes_at: AwareDatetime | None
    opens_at: AwareDatetime | None
    closing_soon: bool = Field(description="closes within 20 minutes")
    provisional: bool


class OccupancyOut(Out):
    """How full it is and how old that news is; past 30 minutes nobody knows.

    ``free_seats`` is a promise ("at least") while fewer than three people are inside.
    """

    age_s: int | None
    level: Level
    free_seats: int | None
    seats: int | None
    observed_at: AwareDatetime | None


class NearbyStationOut(Out):
    """One station as a row: long texts are shortened, the station itself has them in full."""

    distance_m: int = Field(description="in a straight line (直线)")
    occupancy: OccupancyOut
    open: OpeningOut
    lat: float
    lon: float
    id: UUID
    kind: StationKind
    name: str
    floor_text: str
    address: str
    indoor_note: str
    amenities: list[Amenity] = Field(description="those that work now")
    entry_requirements: list[EntryRequirement]


class NearbyOut(Out):
    """The nearest stations first; when nothing open matches, what comes next to that."""

    now: AwareDatetime
    coord_type: CoordType
    stations: list[NearbyStationOut]
    next_to_open: NearbyStationOut | None = Field(
        description="when none within 20 km is open: of those there that match, the first to open"
    )
    nearest_24h: NearbyStationOut | None = Field(description="the nearest that never closes")


@router.get(
    "/nearby",
    response_model=NearbyOut,
    responses=problems(PositionSwapped, PositionForeign, Unavailable),
)
async def nearby(
    query: Annotated[NearbyQuery, Query()], request: Request, runtime: RuntimeDep, now: Now
) -> Response:
    """Return the nearest stations, open ones unless told otherwise, in the order of the ways there."""
    here = read_in_china(query.lat, query.lon, query.coord_type)
    table, question = runtime.realtime.board.table(now), query.question()
    remember: Remember | None = request.scope.get(REMEMBER)
    if remember is not None:
        remember(question)
    return Response(answer(table, question, here), media_type=JSON)
