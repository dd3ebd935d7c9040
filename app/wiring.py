"""The one place that reads the settings and picks adapters."""

from app.adapters.sms.console import ConsoleSms
from app.core.db import Database, create_engine
from app.core.settings import Settings
from app.ports import Outside, SmsSender
from app.runtime import Runtime


def build_runtime(settings: Settings) -> Runtime:
    """Return a runtime for these settings; the caller closes its database."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    return Runtime(settings=settings, db=Database(engine), outside=Outside(sms=_sms(settings)))


def _sms(_settings: Settings) -> SmsSender:
    return ConsoleSms()
