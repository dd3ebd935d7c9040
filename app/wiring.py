"""The one place that reads the settings and picks adapters."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.adapters.sms.console import ConsoleSms
from app.core import spans
from app.core.db import Database, create_engine
from app.core.settings import Settings, SmsProvider
from app.jobs.runner import Runner
from app.ports import Outside, SmsSender
from app.realtime.listener import Listener
from app.realtime.process import Realtime
from app.runtime import Runtime
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids
from app.services.checkins import CheckinDesk, CheckinWriter
from app.services.outbox import Channel

_JOB_STATEMENT_TIMEOUT_MS = 60_000


def build_runtime(settings: Settings) -> Runtime:
    """Return a runtime for these settings; the caller closes its database."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    if settings.trace:
        spans.start_exporting()
        spans.watch(engine)
    return assemble(settings, Database(engine), Outside(sms=_sms(settings)))


@asynccontextmanager
async def working(settings: Settings) -> AsyncGenerator[None]:
    """Run jobs and deliver events while the block lasts, on connections of their own.

    They are few, and have more patience than a request has.
    """
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    url = settings.database_url.get_secret_value()
    db = Database(create_engine(url, pool_size=2, statement_timeout_ms=_JOB_STATEMENT_TIMEOUT_MS))
    listener, runner = Listener(url), Runner(db)
    runner.listen(listener)
    listener.start()
    runner.start()
    try:
        yield
    finally:
        await runner.stop()
        await listener.stop()
        await db.close()


def assemble(settings: Settings, db: Database, outside: Outside) -> Runtime:
    """Return a runtime over a database and adapters that somebody else picked."""
    secret = settings.secret_key.get_secret_value()
    callers, grids, realtime = Callers(db), LiveGrids(db), Realtime(db)
    realtime.listener.on(Channel.GRANTS, callers.hear)
    realtime.listener.on(Channel.GRIDS, grids.refresh, catch_up=grids.catch_up)
    return Runtime(
        settings=settings,
        db=db,
        outside=outside,
        tokens=AccessTokens(secret, minutes=settings.access_token_minutes),
        callers=callers,
        vault=_vault(settings),
        grids=grids,
        realtime=realtime,
        checkins=CheckinDesk(db, CheckinWriter(db), known=realtime.board.get),
    )


def _vault(settings: Settings) -> Vault:
    return Vault(
        secret_key=settings.secret_key.get_secret_value(),
        phone_keys=[key.get_secret_value() for key in settings.phone_keys],
        phone_hash_key=settings.phone_hash_key.get_secret_value(),
    )


def _sms(settings: Settings) -> SmsSender:
    if settings.sms_provider is SmsProvider.CONSOLE:
        return ConsoleSms()
    try:
        # Only who uses it has its client installed.
        from app.adapters.sms.aliyun import AliyunAccount, AliyunSms  # noqa: PLC0415
    except ImportError as error:
        raise ValueError("NUANFENG_SMS_PROVIDER=aliyun needs the extra 'aliyun-sms' installed") from error
    return AliyunSms(
        AliyunAccount(
            key_id=settings.aliyun_access_key_id,
            key_secret=settings.aliyun_access_key_secret.get_secret_value(),
            sign_name=settings.aliyun_sms_sign_name,
            template_code=settings.aliyun_sms_template_code,
        )
    )
