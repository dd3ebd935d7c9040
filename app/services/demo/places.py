"""Where the invented stations stand: which counties, how many, and around which point.

The points are the county seats to about a kilometre, typed in by hand; a circle of the stated radius lies
inside the county. Positions in it are drawn by lot: nothing stands there.
"""

import math
import random
from dataclasses import dataclass

from app.core.geo import Point
from app.services.areas.planar import metres_per_degree


@dataclass(frozen=True, slots=True)
class District:
    """A county with its invented stations; ``landline`` is the prefecture's real dialling code."""

    code: str
    name: str
    seat: Point
    radius_m: float
    stations: int
    landline: str


DISTRICTS = (
    District("620802", "崆峒区", Point(35.543, 106.665), 4000, 120, "0933"),
    District("620821", "泾川县", Point(35.333, 107.365), 3000, 50, "0933"),
    District("620822", "灵台县", Point(35.066, 107.620), 3000, 45, "0933"),
    District("620823", "崇信县", Point(35.302, 107.035), 2500, 30, "0933"),
    District("620825", "庄浪县", Point(35.203, 106.037), 3000, 55, "0933"),
    District("620826", "静宁县", Point(35.519, 105.732), 3000, 60, "0933"),
    District("620881", "华亭市", Point(35.218, 106.653), 3000, 43, "0933"),
    District("620902", "肃州区", Point(39.745, 98.508), 4000, 31, "0937"),
    District("620503", "麦积区", Point(34.570, 105.890), 2500, 40, "0938"),
    District("620302", "金川区", Point(38.521, 102.194), 3500, 26, "0935"),
)
GRIDDED = next(district for district in DISTRICTS if district.code == "620503")
GRIDS = 144
GRID_SCHEME = "civil"


def somewhere_in(district: District, dice: random.Random) -> Point:
    """Draw a position, denser towards the seat's middle as towns are."""
    distance_m = district.radius_m * dice.random()
    angle = dice.uniform(0, 2 * math.pi)
    north_m, east_m = metres_per_degree(district.seat.lat)
    return Point(
        round(district.seat.lat + distance_m * math.sin(angle) / north_m, 6),
        round(district.seat.lon + distance_m * math.cos(angle) / east_m, 6),
    )
