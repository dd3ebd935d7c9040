"""The one place that reads the settings and picks adapters."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from app.adapters.objects.disk import DiskObjects
from app.adapters.objects.s3 import S3Account, S3Objects
from app.adapters.pictures.press import SubprocessPress
from app.adapters.sms.console import ConsoleSms
from app.adapters.web.guarded import GuardedWeb
from app.core import spans
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.settings import ObjectsProvider, Settings, SmsProvider
from app.jobs.darkroom import Darkroom
from app.jobs.postman import Postman
from app.jobs.runner import Runner
from app.jobs.table import jobs_with
from app.ports import ObjectStore, Outside, SmsSender
from app.realtime.listener import Listener
from app.realtime.process import Realtime
from app.runtime import Runtime
from app.services import webhooks
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids
from app.services.checkins import CheckinDesk, CheckinWriter
from app.services.duty.links import CallLinks
from app.services.outbox import Channel
from app.services.photos import PhotoDesk, Signer
from app.services.reports import LiveBook

_JOB_STATEMENT_TIMEOUT_MS = 60_000
# How many other systems are spoken to at once: a slow one keeps its own news waiting, not the others'.
_HANDS = 4


def build_runtime(settings: Settings) -> Runtime:
    """Return a runtime for these settings; the caller closes its database."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
    if settings.trace:
        spans.start_exporting()
        spans.watch(engine)
    return assemble(settings, Database(engine), outside_of(settings))


@asynccontextmanager
async def working(settings: Settings) -> AsyncGenerator[None]:
    """Run jobs and deliver events while the block lasts, on connections of their own.

    They are few, and have more patience than a request has.
    """
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    url = settings.database_url.get_secret_value()
    db = Database(create_engine(url, pool_size=4, statement_timeout_ms=_JOB_STATEMENT_TIMEOUT_MS))
    outside = outside_of(settings)
    listener, runner = (
        Listener(url),
        Runner(db, jobs=jobs_with(outside, settings.secret_key.get_secret_value())),
    )
    darkroom = Darkroom(_photos(settings, db, outside), slots=settings.photo_slots)
    postmen = _postmen(settings, db, outside)
    runner.listen(listener)
    darkroom.listen(listener)
    listener.start()
    runner.start()
    darkroom.start()
    for postman in postmen:
        postman.start()
    try:
        yield
    finally:
        await asyncio.gather(*(postman.stop() for postman in postmen))
        await darkroom.stop()
        await runner.stop()
        await listener.stop()
        await db.close()


def _postmen(settings: Settings, db: Database, outside: Outside) -> list[Postman]:
    teller = webhooks.Sender(outside.web, _vault(settings), settings.public_url, utc_now)
    return [Postman("webhooks", partial(webhooks.send_next, db, teller), hands=_HANDS)]


def assemble(settings: Settings, db: Database, outside: Outside) -> Runtime:
    """Return a runtime over a database and adapters that somebody else picked."""
    secret = settings.secret_key.get_secret_value()
    callers, grids, realtime = Callers(db), LiveGrids(db), Realtime(db)
    rules = LiveBook(db)
    realtime.listener.on(Channel.GRANTS, callers.hear)
    realtime.listener.on(Channel.GRIDS, grids.refresh, catch_up=grids.catch_up)
    realtime.listener.on(Channel.RULES, rules.refresh, catch_up=rules.catch_up)
    realtime.listener.on(Channel.CALENDAR, rules.refresh)
    return Runtime(
        settings=settings,
        db=db,
        outside=outside,
        tokens=AccessTokens(secret, minutes=settings.access_token_minutes),
        callers=callers,
        vault=_vault(settings),
        grids=grids,
        rules=rules,
        realtime=realtime,
        checkins=CheckinDesk(db, CheckinWriter(db), known=realtime.board.get),
        photos=_photos(settings, db, outside),
        call_links=CallLinks(secret),
    )


def outside_of(settings: Settings) -> Outside:
    """Return the adapters that the settings name."""
    return Outside(
        sms=_sms(settings),
        objects=_objects(settings),
        pictures=SubprocessPress(),
        web=GuardedWeb(inside_allowed=settings.outgoing_inside),
        push={},
    )


def _photos(settings: Settings, db: Database, outside: Outside) -> PhotoDesk:
    signer = Signer(settings.secret_key.get_secret_value())
    return PhotoDesk(db, outside.objects, outside.pictures, signer)


def _objects(settings: Settings) -> ObjectStore:
    if settings.objects_provider is ObjectsProvider.DISK:
        return DiskObjects(settings.objects_dir or settings.data_dir / "objects")
    return S3Objects(
        S3Account(
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            bucket=settings.s3_bucket,
            key_id=settings.s3_access_key_id,
            key_secret=settings.s3_secret_access_key.get_secret_value(),
            path_style=settings.s3_path_style,
        )
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
