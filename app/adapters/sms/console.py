"""The demo's text messages: printed on the server's console, for its operator's eyes."""

from rich.console import Console


class ConsoleSms:
    """Prints codes instead of sending them; production refuses to start with it."""

    def __init__(self) -> None:
        """Open the console."""
        self._console = Console(stderr=True)

    async def send_code(self, phone: str, code: str) -> None:
        """Print the code."""
        self._console.print(f"[bold]SMS[/bold] {phone}: {code}")
