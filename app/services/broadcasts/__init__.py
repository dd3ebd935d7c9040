"""Broadcasts: what officers say to many at once, with a second person's word where it is very many."""

from app.services.broadcasts.audience import MOST_DAYS, USUAL_DAYS, Audience
from app.services.broadcasts.commands import (
    Draft,
    approve,
    audience_of,
    cancel,
    edit,
    hand_back,
    submit,
    write,
)
from app.services.broadcasts.errors import BroadcastInvalid, BroadcastMoved, SecondPersonNeeded
from app.services.broadcasts.figures import Figures, figures_of, keep_figures
from app.services.broadcasts.lifecycle import MOST_ALONE
from app.services.broadcasts.preview import Preview, preview
from app.services.broadcasts.queries import (
    Step,
    area_of_station,
    area_of_team,
    get,
    list_broadcasts,
    steps_of,
)
from app.services.broadcasts.sending import send_next

__all__ = [
    "MOST_ALONE",
    "MOST_DAYS",
    "USUAL_DAYS",
    "Audience",
    "BroadcastInvalid",
    "BroadcastMoved",
    "Draft",
    "Figures",
    "Preview",
    "SecondPersonNeeded",
    "Step",
    "approve",
    "area_of_station",
    "area_of_team",
    "audience_of",
    "cancel",
    "edit",
    "figures_of",
    "get",
    "hand_back",
    "keep_figures",
    "list_broadcasts",
    "preview",
    "send_next",
    "steps_of",
    "submit",
    "write",
]
