"""Everything one running process holds; built by ``wiring``, handed to routes and jobs."""

from dataclasses import dataclass

from app.core.db import Database
from app.core.settings import Settings
from app.ports import Outside
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids


@dataclass(slots=True)
class Runtime:
    """The process's settings, database, ways to the outside world, and who is known to be calling."""

    settings: Settings
    db: Database
    outside: Outside
    tokens: AccessTokens
    callers: Callers
    vault: Vault
    grids: LiveGrids
