"""Text messages that stay in memory, for tests."""


class MemorySms:
    """Keeps what would have been sent, newest last."""

    def __init__(self) -> None:
        """Start with nothing sent."""
        self.sent: list[tuple[str, str]] = []

    async def send_code(self, phone: str, code: str) -> None:
        """Keep the number and its code."""
        self.sent.append((phone, code))
