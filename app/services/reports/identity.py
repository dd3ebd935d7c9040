"""Who sent a report: told for a reason, each time kept; forgotten half a year after the case has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.keys import derive, keyed_hash
from app.models import ENDED, Account, Photo, Report, ReportFollower, ReportOrigin
from app.services import authority
from app.services.accounts import log_read
from app.services.accounts.absorbing import forget_brought
from app.services.accounts.vault import Vault
from app.services.reports import queries, scope
from app.services.reports.trust_errors import ReporterForgotten

CUT_AFTER = timedelta(days=180)
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Reporter:
    """Enough to speak to somebody: the name they show, and their number but for its middle."""

    display_name: str
    phone: str | None


def may_know(by: Actor, report: Report) -> bool:
    """Tell whether the caller, who has a case on their desk, may learn who sent it."""
    if report.is_confidential:
        return report.case_worker_id == by.account_id
    return authority.may(scope.of_cases(by), roles=(Role.DISTRICT_OFFICER,), area_code=report.area_code)


async def reporter_of(
    session: AsyncSession, report_id: UUID, *, reason: str, by: Actor, vault: Vault, now: datetime
) -> Reporter:
    """Return who sent a report, to the district's officer or a confidential case's worker; it is kept.

    Raises:
        NotFound: the case is not one whose reporter the caller may know.
        ReporterForgotten: nobody knows any more.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    if not may_know(by, report):
        raise NotFound
    account = await session.get_one(Account, await _read(session, report, "reporter", reason, by=by, now=now))
    kept = account.phone_encrypted
    phone = None if kept is None else _masked(vault.decrypt_phone(kept))
    return Reporter(account.display_name, phone)


async def words_of(
    session: AsyncSession, report_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Report:
    """Return a case of the caller's desk whose words nobody covered; it is kept, as of personal data.

    Raises:
        NotFound: the case is not of the caller's desk.
        ReporterForgotten: the link to its reporter is cut, and with it goes what they wrote of people.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    await _read(session, report, "words", reason, by=by, now=now)
    return report


async def _read(
    session: AsyncSession, report: Report, what: str, reason: str, *, by: Actor, now: datetime
) -> UUID:
    """Keep that somebody reads of a report's sender, and return whose account that is."""
    origin = await queries.origin_of(session, report.id)
    if origin is None or origin.account_id is None:
        raise ReporterForgotten
    subject = origin.account_id
    log_read(session, subject, by=by, what=what, reason=reason, area_code=report.area_code, now=now)
    return subject


def _masked(phone: str) -> str:
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}"


class Forgetter:
    """Cuts the links between ended cases and their reporters; a key makes the pseudonyms."""

    def __init__(self, secret: str) -> None:
        """Derive the key of the pseudonyms from the service's secret."""
        self._key = derive(secret, "reporter-pseudonym")

    async def cut(self, session: AsyncSession, *, now: datetime) -> int:
        """Cut the links of cases that ended 180 days ago and return how many; for a job.

        The reporter's own row among the followers goes too: kept, it would be the same link by another
        name. So do the names on the photos, and what a merger says of both. The rider's list ends there;
        what they sent stays a fact.
        """
        over = (
            select(ReportOrigin)
            .join(Report, Report.id == ReportOrigin.report_id)
            .where(ReportOrigin.cut_at.is_(None), Report.state.in_(ENDED), Report.state_at < now - CUT_AFTER)
            .limit(_AT_ONCE)
            .with_for_update(of=ReportOrigin, skip_locked=True)
        )
        origins = (await session.scalars(over)).all()
        people = {origin.account_id for origin in origins if origin.account_id is not None}
        for origin in origins:
            if origin.account_id is not None:
                origin.pseudonym = keyed_hash(self._key, origin.account_id.bytes)
            origin.account_id = origin.device_lat = origin.device_lon = origin.device_accuracy_m = None
            origin.device_coord_type = origin.content_hash = None
            origin.cut_at = now
        ids = [origin.report_id for origin in origins]
        await session.execute(
            delete(ReportFollower).where(ReportFollower.report_id.in_(ids), ReportFollower.is_reporter)
        )
        theirs = update(Photo).where(Photo.about_id.in_(ids), Photo.owner_id.in_(people))
        photo_ids = await session.scalars(theirs.values(owner_id=None).returning(Photo.id))
        await forget_brought(session, people, [*ids, *photo_ids])
        return len(ids)
