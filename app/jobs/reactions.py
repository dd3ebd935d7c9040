"""Who does what about which event. Services never call each other upwards; they are told here."""

from app.jobs.delivery import Reactions
from app.services.accounts.events import ConsentWithdrawn
from app.services.checkins import closing, upkeep
from app.services.stations.events import StationClosed, StationReopened

REACTIONS: Reactions = {
    ConsentWithdrawn.name: (upkeep.forget_positions,),
    StationClosed.name: (closing.tell_occupants,),
    StationReopened.name: (closing.let_occupants_stay,),
}
