"""Which facts are told to whom: reactions to events, above everything that facts come from.

Nothing here is called by a feature; :mod:`app.jobs.reactions` registers it.
"""

from app.services.telling.activities import ACTIVITIES
from app.services.telling.broadcasts import BROADCASTS
from app.services.telling.cases import CASES
from app.services.telling.hours import HOURS
from app.services.telling.points import POINTS
from app.services.telling.reviews import remind_of_reviews
from app.services.telling.stations import STATIONS
from app.services.telling.teams import TEAMS

TOLD = {**ACTIVITIES, **BROADCASTS, **CASES, **HOURS, **POINTS, **STATIONS, **TEAMS}

__all__ = ["TOLD", "remind_of_reviews"]
