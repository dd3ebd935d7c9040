"""Every job with its hour (in China), in the order of the day."""

from datetime import timedelta

from app.jobs.schedule import Job
from app.jobs.tidying import forget_answers, forget_counters, forget_events
from app.services import accounts, stations

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

JOBS: tuple[Job, ...] = (
    Job("end_expired_shelters", stations.end_expired_shelters, every=_MINUTE),
    Job("forget_answers", forget_answers, every=_HOUR),
    Job("forget_counters", forget_counters, every=_HOUR),
    Job("forget_codes", accounts.forget_codes, every=_HOUR),
    Job("forget_sessions", accounts.forget_sessions, every=_DAY, after=3 * _HOUR),
    Job("forget_events", forget_events, every=_DAY, after=3 * _HOUR),
)
