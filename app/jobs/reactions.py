"""Who does what about which event. Services never call each other upwards; they are told here."""

from app.jobs.delivery import Reactions
from app.services.accounts.events import ConsentWithdrawn
from app.services.areas import CalendarPublished
from app.services.checkins import closing, upkeep
from app.services.reports import reminders
from app.services.stations.events import StationClosed, StationReopened

REACTIONS: Reactions = {
    CalendarPublished.name: (reminders.count_again,),
    ConsentWithdrawn.name: (upkeep.forget_positions,),
    StationClosed.name: (closing.tell_occupants,),
    StationReopened.name: (closing.let_occupants_stay,),
}
