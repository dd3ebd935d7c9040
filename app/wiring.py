"""The one place that reads the settings and picks adapters."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from app.adapters.objects.disk import DiskObjects
from app.adapters.objects.s3 import S3Account, S3Objects
from app.adapters.pictures.press import SubprocessPress
from app.adapters.push.classes import MakerClasses
from app.adapters.push.getui import Getui, GetuiAccount
from app.adapters.push.jpush import JPush, JPushAccount
from app.adapters.push.mail import Mail, MailAccount
from app.adapters.push.memory import MemoryPush
from app.adapters.push.receipts import AliyunReports, GetuiReceipts, JPushReceipts
from app.adapters.push.robots import Robots
from app.adapters.push.wechat import WeChat, WeChatAccount
from app.adapters.sms.console import ConsoleSms
from app.adapters.web.guarded import GuardedWeb
from app.core import spans
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.settings import Environment, ObjectsProvider, Settings, SmsProvider
from app.core.turns import Turns
from app.core.urgency import PushChannel, RobotVendor
from app.jobs.darkroom import Darkroom
from app.jobs.postman import Postman
from app.jobs.pushing import Pusher
from app.jobs.queue import QueueWorker
from app.jobs.runner import Runner
from app.jobs.table import jobs_with
from app.ports import ObjectStore, Outside, PushSender, ReceiptReader, SmsSender
from app.realtime.listener import Listener
from app.realtime.process import Realtime
from app.runtime import Runtime
from app.services import broadcasts, open311, robots, webhooks
from app.services.accounts.callers import Callers
from app.services.accounts.tokens import AccessTokens
from app.services.accounts.vault import Vault
from app.services.areas import LiveGrids
from app.services.attendance import ShiftCodes
from app.services.checkins import CheckinDesk, CheckinWriter
from app.services.couriers import Courier
from app.services.duty.links import CallLinks, sms_links
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
    db = Database(engine)
    return assemble(settings, db, outside_of(settings, db))


@asynccontextmanager
async def working(settings: Settings) -> AsyncGenerator[None]:
    """Run jobs and deliver events while the block lasts, on connections of their own.

    They are few, and have more patience than a request has.
    """
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    url, secret = settings.database_url.get_secret_value(), settings.secret_key.get_secret_value()
    db = Database(create_engine(url, pool_size=8, statement_timeout_ms=_JOB_STATEMENT_TIMEOUT_MS))
    outside = outside_of(settings, db)
    listener, runner = (
        Listener(url),
        Runner(db, jobs=jobs_with(outside, secret)),
    )
    darkroom = Darkroom(_photos(settings, db, outside), slots=settings.photo_slots)
    postmen = _postmen(settings, db, outside)
    pusher = Pusher(
        db, outside.push, _vault(settings), links=sms_links(CallLinks(secret), settings.public_url)
    )
    queue = QueueWorker(url, pusher.errands())
    runner.listen(listener)
    darkroom.listen(listener)
    listener.start()
    runner.start()
    darkroom.start()
    queue.start()
    for postman in postmen:
        postman.start()
    try:
        yield
    finally:
        pusher.stop()
        await asyncio.gather(queue.stop(), *(postman.stop() for postman in postmen))
        await darkroom.stop()
        await runner.stop()
        await listener.stop()
        await outside.close()
        await db.close()


def _postmen(settings: Settings, db: Database, outside: Outside) -> list[Postman]:
    courier = Courier(outside.web, _vault(settings), settings.public_url, utc_now)
    speaker = robots.Speaker(outside.robots, _vault(settings), utc_now)
    return [
        Postman("robots", partial(robots.say_next, db, speaker), hands=_HANDS),
        Postman("webhooks", partial(webhooks.send_next, db, courier), hands=_HANDS),
        Postman("open311-sending", partial(open311.send_next, db, courier), hands=_HANDS),
        Postman("open311-asking", partial(open311.ask_next, db, courier), hands=1),
        Postman("broadcasts", partial(broadcasts.send_next, db, utc_now), hands=1),
    ]


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
        shift_codes=ShiftCodes(secret),
        turns=Turns(),
    )


def outside_of(settings: Settings, db: Database) -> Outside:
    """Return the adapters that the settings name; what processes must share they keep in the database."""
    return Outside(
        sms=_sms(settings),
        objects=_objects(settings),
        pictures=SubprocessPress(),
        web=GuardedWeb(inside_allowed=settings.outgoing_inside),
        push=push_senders(settings, db),
        robots=robot_senders(settings),
        receipts=receipt_readers(settings),
    )


def receipt_readers(settings: Settings) -> dict[PushChannel, ReceiptReader]:
    """Return who reads the receipts of the vendors that are configured and send any."""
    readers: dict[PushChannel, ReceiptReader] = {}
    if settings.is_set("getui_app_id"):
        secret = settings.getui_master_secret.get_secret_value()
        readers[PushChannel.GETUI] = GetuiReceipts(app_id=settings.getui_app_id, master_secret=secret)
    if settings.is_set("jpush_app_key"):
        secret = settings.jpush_master_secret.get_secret_value()
        readers[PushChannel.JPUSH] = JPushReceipts(app_key=settings.jpush_app_key, master_secret=secret)
    if settings.is_set("aliyun_report_token"):
        token = settings.aliyun_report_token.get_secret_value()
        readers[PushChannel.SMS] = AliyunReports.of_texts(token=token)
        readers[PushChannel.VOICE] = AliyunReports.of_calls(token=token)
    return readers


def robot_senders(settings: Settings) -> dict[RobotVendor, PushSender]:
    """Return the ways to group chats; in a demo what they say stays in memory, unless an address is set."""
    is_real = settings.environment is Environment.PRODUCTION
    return {
        vendor: Robots(vendor, base_url=base)
        if is_real or f"{vendor.value}_robot_base_url" in settings.model_fields_set
        else MemoryPush()
        for vendor, base in settings.robot_bases.items()
    }


def push_senders(settings: Settings, db: Database) -> dict[PushChannel, PushSender]:
    """Return the ways to phones that are configured; in a demo the others keep their messages in memory.

    Raises:
        ValueError: a way needs an extra that is not installed, or its key cannot be read.
    """
    makers: dict[PushChannel, tuple[str, Callable[[], PushSender]]] = {
        PushChannel.JPUSH: ("jpush_app_key", lambda: _jpush(settings)),
        PushChannel.GETUI: ("getui_app_id", lambda: _getui(settings)),
        PushChannel.WECHAT: ("wechat_app_id", lambda: _wechat(settings, db)),
        PushChannel.FCM: ("fcm_project_id", lambda: _fcm(settings)),
        PushChannel.WEB_PUSH: ("vapid_private_key", lambda: _web_push(settings)),
        PushChannel.SMS: ("aliyun_notice_template_code", lambda: _notices(settings)),
        PushChannel.VOICE: ("aliyun_call_template_code", lambda: _calls(settings)),
        PushChannel.EMAIL: ("smtp_host", lambda: _mail(settings)),
    }
    real = {channel: make() for channel, (name, make) in makers.items() if settings.is_set(name)}
    if settings.environment is Environment.PRODUCTION:
        return real
    return {channel: MemoryPush() for channel in makers} | real


def _notices(settings: Settings) -> PushSender:
    with _extra("aliyun-sms"):
        from app.adapters.aliyun import AliyunLogin  # noqa: PLC0415
        from app.adapters.push.phone_calls import AliyunNotices, NoticeTemplate  # noqa: PLC0415
    template = NoticeTemplate(
        settings.aliyun_notice_template_code,
        link_code=settings.aliyun_link_template_code,
        sign_name=settings.aliyun_sms_sign_name,
    )
    return AliyunNotices(AliyunLogin(*_aliyun_key(settings), settings.aliyun_sms_endpoint), template)


def _calls(settings: Settings) -> PushSender:
    with _extra("aliyun-sms"):
        from app.adapters.aliyun import AliyunLogin  # noqa: PLC0415
        from app.adapters.push.phone_calls import AliyunCalls, NoticeTemplate  # noqa: PLC0415
    code, number = settings.aliyun_call_template_code, settings.aliyun_call_shown_number
    login = AliyunLogin(*_aliyun_key(settings), settings.aliyun_call_endpoint)
    return AliyunCalls(login, NoticeTemplate(code, shown_number=number))


def _mail(settings: Settings) -> PushSender:
    account = MailAccount(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        security=settings.smtp_security,
    )
    return Mail(account, public_url=settings.public_url)


def _jpush(settings: Settings) -> PushSender:
    account = JPushAccount(
        app_key=settings.jpush_app_key,
        master_secret=settings.jpush_master_secret.get_secret_value(),
        base_url=settings.jpush_base_url,
        apns_production=settings.jpush_apns_production,
        per_second=settings.jpush_per_second,
    )
    return JPush(account, _maker_classes(settings))


def _getui(settings: Settings) -> PushSender:
    account = GetuiAccount(
        app_id=settings.getui_app_id,
        app_key=settings.getui_app_key,
        master_secret=settings.getui_master_secret.get_secret_value(),
        base_url=settings.getui_base_url,
        per_second=settings.getui_per_second,
    )
    return Getui(account, _maker_classes(settings))


def _maker_classes(settings: Settings) -> MakerClasses:
    return MakerClasses(
        huawei_category=settings.push_huawei_category,
        xiaomi_channel_id=settings.push_xiaomi_channel_id,
        oppo_category=settings.push_oppo_category,
        oppo_channel_id=settings.push_oppo_channel_id,
        vivo_category=settings.push_vivo_category,
    )


def _wechat(settings: Settings, db: Database) -> PushSender:
    account = WeChatAccount(
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret.get_secret_value(),
        template_id=settings.wechat_template_id,
        title_field=settings.wechat_title_field,
        body_field=settings.wechat_body_field,
        time_field=settings.wechat_time_field,
        page=settings.wechat_page,
        state=settings.wechat_state,
        base_url=settings.wechat_base_url,
    )
    return WeChat(account, db, secret_key=settings.secret_key.get_secret_value())


def _fcm(settings: Settings) -> PushSender:
    with _extra("fcm"):
        from app.adapters.push.fcm import Fcm, service_account  # noqa: PLC0415
    credential = service_account(settings.fcm_credentials_file)
    return Fcm(credential, project_id=settings.fcm_project_id, base_url=settings.fcm_base_url)


def _web_push(settings: Settings) -> PushSender:
    with _extra("web-push"):
        from app.adapters.push.web_push import VapidAccount, WebPush  # noqa: PLC0415
    key, contact = settings.vapid_private_key.get_secret_value(), settings.vapid_contact
    return WebPush(VapidAccount(private_key=key, contact=contact, hosts=settings.web_push_hosts))


@contextmanager
def _extra(name: str) -> Generator[None]:
    """Say in words that a vendor's kit is missing: only who uses it has it installed."""
    try:
        yield
    except ImportError as error:
        raise ValueError(
            f"a vendor is set whose kit is not installed: it needs the extra '{name}'"
        ) from error


def _aliyun_key(settings: Settings) -> tuple[str, str]:
    return settings.aliyun_access_key_id, settings.aliyun_access_key_secret.get_secret_value()


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
    with _extra("aliyun-sms"):
        from app.adapters.aliyun import AliyunLogin  # noqa: PLC0415
        from app.adapters.sms.aliyun import AliyunSms  # noqa: PLC0415
    return AliyunSms(
        AliyunLogin(*_aliyun_key(settings), settings.aliyun_sms_endpoint),
        sign_name=settings.aliyun_sms_sign_name,
        template_code=settings.aliyun_sms_template_code,
    )
