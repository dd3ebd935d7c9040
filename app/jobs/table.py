"""Every job with its hour (in China), in the order of the day."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.schedule import Job
from app.jobs.tidying import forget_answers, forget_counters, forget_events, forget_queue_log
from app.ports import Outside
from app.services import (
    accounts,
    activities,
    broadcasts,
    ledger,
    mergers,
    notifications,
    open311,
    photos,
    points,
    reports,
    robots,
    stations,
    statistics,
    telling,
    weather,
    webhooks,
)
from app.services.checkins import upkeep
from app.services.duty import ladder
from app.services.reports import closing, map_counts, originals, reminders, succession, taken_out
from app.services.reports.identity import Forgetter

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))

JOBS: tuple[Job, ...] = (
    Job("end_expired_shelters", stations.end_expired_shelters, every=_MINUTE),
    Job("end_due_visits", upkeep.end_due_visits, every=_MINUTE),
    Job("reset_after_closing", upkeep.reset_after_closing, every=_MINUTE),
    Job("settle_below_zero", upkeep.settle_below_zero, every=_HOUR, after=17 * _MINUTE),
    Job("work_off_batches", reports.work_off_batches, every=_SECOND),
    Job("climb_ladders", ladder.climb_due, every=5 * _SECOND),
    Job("begin_missed_ladders", ladder.begin_missed, every=_MINUTE),
    Job("adopt_pushes", notifications.adopt, every=_MINUTE),
    Job("send_digests", notifications.send_digests, every=_MINUTE),
    Job("fold_report_counts", reports.fold_counts, every=_MINUTE),
    Job("fold_map_counts", map_counts.fold, every=_MINUTE),
    Job("settle_ended_units", succession.settle, every=_MINUTE),
    Job("remind_of_deadlines", reminders.remind, every=_MINUTE),
    Job("sweep_sendings", open311.sweep, every=_MINUTE),
    Job("rest_sendings", open311.rest, every=_MINUTE),
    Job("tell_overdue", reminders.tell_overdue, every=_MINUTE),
    Job("end_suspensions", reminders.end_suspensions, every=_MINUTE),
    Job("count_failing_rules", reminders.count_failing_rules, every=_MINUTE),
    Job("tend_waiting", activities.tend_waiting, every=_MINUTE),
    Job("remind_of_shifts", activities.remind, every=_MINUTE),
    Job("adopt_late", mergers.adopt_late, every=_MINUTE),
    Job("record_quarter", upkeep.record_quarter, every=upkeep.QUARTER),
    Job("reconcile", upkeep.reconcile, every=_HOUR, after=7 * _MINUTE),
    Job("purge_positions", upkeep.purge_positions, every=_HOUR, after=37 * _MINUTE),
    Job("publish_ledger_heads", ledger.publish_heads, every=_DAY),
    Job("close_last_month", statistics.close_last_month, every=_DAY, after=_HOUR),
    Job("sweep_nightly", upkeep.sweep_nightly, every=_DAY, after=4 * _HOUR),
    Job("doubt_same_fixes", upkeep.doubt_same_fixes, every=_DAY, after=2 * _HOUR),
    Job("expire_satisfaction", closing.expire_questions, every=_HOUR, after=11 * _MINUTE),
    Job("lapse_holds", points.lapse, every=_MINUTE),
    Job("expire_points", points.expire, every=5 * _MINUTE),
    Job("forget_queue_log", forget_queue_log, every=_HOUR, after=31 * _MINUTE),
    Job("forget_answers", forget_answers, every=_HOUR),
    Job("forget_counters", forget_counters, every=_HOUR),
    Job("forget_codes", accounts.forget_codes, every=_HOUR),
    Job("lift_bans_over", accounts.lift_over, every=_DAY),
    Job("forget_banned_numbers", accounts.forget_banned_numbers, every=_DAY),
    Job("forget_reads", accounts.forget_reads, every=_DAY, after=3 * _HOUR),
    Job("forget_taken_out", taken_out.forget, every=_DAY, after=3 * _HOUR),
    Job("forget_sessions", accounts.forget_sessions, every=_DAY, after=3 * _HOUR),
    Job("measure_reach", notifications.measure_reach, every=_HOUR, after=21 * _MINUTE),
    Job("keep_broadcast_figures", broadcasts.keep_figures, every=_HOUR, after=43 * _MINUTE),
    Job("forget_pushes", notifications.forget_done, every=_HOUR, after=51 * _MINUTE),
    Job("forget_devices", notifications.forget_devices, every=_DAY, after=3 * _HOUR),
    Job("forget_notifications", notifications.forget_old, every=_MINUTE),
    Job("forget_batches", reports.forget_batches, every=_DAY, after=3 * _HOUR),
    Job("forget_events", forget_events, every=_DAY, after=3 * _HOUR),
    Job("remind_of_reviews", telling.remind_of_reviews, every=_HOUR, after=3 * _MINUTE),
    Job("forget_taken_back", weather.forget_taken_back, every=_DAY, after=3 * _HOUR),
    Job("forget_robot_news", robots.forget, every=_DAY, after=3 * _HOUR),
    Job("forget_deliveries", webhooks.forget, every=_DAY, after=3 * _HOUR),
)


def jobs_with(outside: Outside, secret: str) -> tuple[Job, ...]:
    """Return every job, those that need more than the database included."""

    async def purge_photos(session: AsyncSession, *, now: datetime) -> int:
        return await photos.purge_loose(session, outside.objects, now=now)

    async def forget_originals(session: AsyncSession, *, now: datetime) -> int:
        return await originals.forget(session, outside.objects, now=now)

    async def forget_station_originals(session: AsyncSession, *, now: datetime) -> int:
        return await stations.album.forget_originals(session, outside.objects, now=now)

    cut = Forgetter(secret).cut
    return (
        *JOBS,
        Job("purge_photos", purge_photos, every=_HOUR, after=17 * _MINUTE),
        Job("forget_originals", forget_originals, every=_HOUR, after=19 * _MINUTE),
        Job("forget_station_originals", forget_station_originals, every=_HOUR, after=23 * _MINUTE),
        Job("forget_reporters", cut, every=_HOUR, after=27 * _MINUTE),
    )
