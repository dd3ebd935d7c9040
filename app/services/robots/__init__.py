"""Robots in group chats of staff: an area's or a unit's group hears what is to be done, by number alone."""

from app.services.robots.errors import RobotAddressRefused, RobotVendorMissing
from app.services.robots.keeping import NewRobot, create, enable, end, list_robots, rotate_keys
from app.services.robots.news import EVENTS, enqueue, forget
from app.services.robots.outgoing import Spoken, list_said
from app.services.robots.sending import Speaker, say_next

__all__ = [
    "EVENTS",
    "NewRobot",
    "RobotAddressRefused",
    "RobotVendorMissing",
    "Speaker",
    "Spoken",
    "create",
    "enable",
    "end",
    "enqueue",
    "forget",
    "list_robots",
    "list_said",
    "rotate_keys",
    "say_next",
]
