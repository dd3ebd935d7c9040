"""Everything one running process holds; built by ``wiring``, handed to routes and jobs."""

from dataclasses import dataclass

from app.core.db import Database
from app.core.settings import Settings
from app.ports import Outside


@dataclass(slots=True)
class Runtime:
    """The process's settings, database, and ways to the outside world."""

    settings: Settings
    db: Database
    outside: Outside
