"""What speaking to another system needs: the way out, the key to secrets, a clock, patience."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ports import Web
from app.services.accounts.vault import Vault


@dataclass(frozen=True, slots=True)
class Courier:
    """Who brings things there: the way out, the key to the secrets, our own address, a clock."""

    web: Web
    vault: Vault
    public_url: str
    clock: Callable[[], datetime]


def about(pause: timedelta) -> timedelta:
    """Return a pause, up to a fifth longer: what failed together shall not come back together."""
    return pause * (1 + secrets.randbelow(21) / 100)
