"""The one place that reads the settings and picks adapters."""

from app.adapters.sms.console import ConsoleSms
from app.core.db import Database, create_engine
from app.core.settings import Settings
from app.ports import Outside, SmsSender
from app.runtime import Runtime
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids


def build_runtime(settings: Settings) -> Runtime:
    """Return a runtime for these settings; the caller closes its database."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    return assemble(settings, Database(engine), Outside(sms=_sms(settings)))


def assemble(settings: Settings, db: Database, outside: Outside) -> Runtime:
    """Return a runtime over a database and adapters that somebody else picked."""
    secret = settings.secret_key.get_secret_value()
    return Runtime(
        settings=settings,
        db=db,
        outside=outside,
        tokens=AccessTokens(secret, minutes=settings.access_token_minutes),
        callers=Callers(db),
        vault=_vault(settings),
        grids=LiveGrids(db),
    )


def _vault(settings: Settings) -> Vault:
    return Vault(
        secret_key=settings.secret_key.get_secret_value(),
        phone_keys=[key.get_secret_value() for key in settings.phone_keys],
        phone_hash_key=settings.phone_hash_key.get_secret_value(),
    )


def _sms(_settings: Settings) -> SmsSender:
    return ConsoleSms()
