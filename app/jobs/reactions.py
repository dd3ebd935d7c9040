"""Who does what about which event. Services never call each other upwards; they are told here."""

from app.jobs.delivery import Reactions

REACTIONS: Reactions = {}
