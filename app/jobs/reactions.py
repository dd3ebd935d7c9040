"""Who does what about which event. Services never call each other upwards; they are told here."""

from app.jobs.delivery import Reactions
from app.services.checkins import closing
from app.services.stations.events import StationClosed, StationReopened

REACTIONS: Reactions = {
    StationClosed.name: (closing.tell_occupants,),
    StationReopened.name: (closing.let_occupants_stay,),
}
