"""Everything one running process holds; built by ``wiring``, handed to routes and jobs."""

from dataclasses import dataclass

from app.core.db import Database
from app.core.settings import Settings
from app.core.turns import Turns
from app.ports import Outside
from app.realtime.process import Realtime
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids
from app.services.attendance import ShiftCodes
from app.services.checkins import CheckinDesk
from app.services.duty.links import CallLinks
from app.services.photos import PhotoDesk
from app.services.reports import LiveBook


@dataclass(slots=True)
class Runtime:
    """The process's settings, database, ways to the outside world, and what it remembers."""

    settings: Settings
    db: Database
    outside: Outside
    tokens: AccessTokens
    callers: Callers
    vault: Vault
    grids: LiveGrids
    rules: LiveBook
    realtime: Realtime
    checkins: CheckinDesk
    photos: PhotoDesk
    call_links: CallLinks
    shift_codes: ShiftCodes
    turns: Turns

    async def start(self) -> None:
        """Begin what runs beside the requests."""
        await self.realtime.start()

    async def stop(self) -> None:
        """End it, and give every connection back."""
        await self.realtime.stop()
        await self.checkins.writer.close()
        await self.outside.close()
        await self.db.close()
