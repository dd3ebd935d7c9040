"""What the service needs of the outside world, as protocols; ``wiring`` picks who fulfils them."""

from dataclasses import dataclass
from typing import Protocol


class SmsSender(Protocol):
    """Carries a sign-in code to a phone."""

    async def send_code(self, phone: str, code: str) -> None:
        """Send a code to a number in E.164 form (``+8613…``).

        Raises:
            OutsideError: the provider refused or did not answer.
        """


class OutsideError(RuntimeError):
    """The outside world refused, failed, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Every adapter of one running process."""

    sms: SmsSender
