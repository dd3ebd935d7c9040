"""Who does what about which event. Services never call each other upwards; they are told here."""

from app.jobs.delivery import Reactions
from app.services.checkins import upkeep
from app.services.stations.events import StationClosed

REACTIONS: Reactions = {StationClosed.name: (upkeep.tell_occupants,)}
