"""The worker process: scheduled jobs and reactions to events, without HTTP."""

import asyncio
import signal

from app.core.logs import configure_logs
from app.core.settings import Settings
from app.wiring import working


async def work(settings: Settings) -> None:
    """Work until the process is asked to end; what is being done is finished first."""
    configure_logs(settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with working(settings):
        await stop.wait()
