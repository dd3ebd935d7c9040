"""Contractors: a firm's worker without an account handles one case by a link.

The link's secret is random, told once and kept as a digest. It travels in the page's fragment and in a
header, never in a path: paths are logged by whoever stands between, and a secret there would open the case.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import ANONYMOUS, Actor
from app.core.errors import NotFound
from app.models import Report, ReportLink, ReportState, StepActor
from app.services.accounts import limits
from app.services.accounts.limits import Limit
from app.services.accounts.vault import Vault
from app.services.reports import lifecycle, links, queries, scope
from app.services.reports.handling import Handler
from app.services.reports.handling_errors import LinkUnknown
from app.services.reports.proof import Sender
from app.services.reports.scope import Acting

LIVES = timedelta(days=14)
_SECRET_BYTES = 32
_MOVES = (Limit("report-links/link", timedelta(hours=1), 60),)
_WITH_A_UNIT = (ReportState.DISPATCHED, ReportState.IN_PROGRESS, ReportState.SUSPENDED)


def _of_link_givers(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases to which the caller may let a contractor."""
    return or_(scope.on_desk(by), scope.with_unit(by))


def is_in_hand(report: Report) -> bool:
    """Tell whether a unit has a case, in whose name a contractor can come."""
    return report.unit_id is not None and report.state in _WITH_A_UNIT


async def issue(
    session: AsyncSession, report_id: UUID, *, label: str, by: Actor, now: datetime
) -> tuple[ReportLink, str]:
    """Let a contractor handle a case in its unit's name; the secret is told once and never again.

    Raises:
        NotFound: it is not the caller's case.
        IllegalMove: no unit has it in hand.
    """
    report = await queries.get_to_move(session, report_id, within=_of_link_givers(by))
    if not is_in_hand(report):
        raise lifecycle.refused(report, scope.party_capacity(by, report), now=now)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    link = ReportLink(
        report_id=report.id,
        unit_id=report.unit_id,
        secret_hash=links.hash_of(secret),
        label=label,
        issued_at=now,
        issued_by=by.account_id,
        expires_at=now + LIVES,
    )
    session.add(link)
    await session.flush()
    return link, secret


async def of_case(session: AsyncSession, report_id: UUID, *, by: Actor) -> Sequence[ReportLink]:
    """Return the links to a case, the newest first.

    Raises:
        NotFound: it is not the caller's case.
    """
    await queries.get(session, report_id, within=_of_link_givers(by))
    query = select(ReportLink).where(ReportLink.report_id == report_id)
    return (await session.scalars(query.order_by(ReportLink.issued_at.desc(), ReportLink.id.desc()))).all()


async def revoke(
    session: AsyncSession, report_id: UUID, link_id: UUID, *, by: Actor, now: datetime
) -> ReportLink:
    """Take a link back; again is no error.

    Raises:
        NotFound: it is not the caller's case, or no link of it.
    """
    await queries.get(session, report_id, within=_of_link_givers(by))
    link = await session.get(ReportLink, link_id, with_for_update=True)
    if link is None or link.report_id != report_id:
        raise NotFound
    link.revoked_at = link.revoked_at or now
    return link


async def act(
    session: AsyncSession, secret: str, *, vault: Vault, now: datetime
) -> tuple[ReportLink, Handler]:
    """Return what :func:`by_link` does, for a move; a link makes so many an hour.

    Raises:
        LinkUnknown: the secret opens nothing.
        TooMany: the link was used too often.
    """
    link, handler = await by_link(session, secret, now=now)
    await limits.count(session, limits.uses(_MOVES, str(link.id), vault=vault, now=now))
    return link, handler


async def by_link(session: AsyncSession, secret: str, *, now: datetime) -> tuple[ReportLink, Handler]:
    """Return the link that a secret opens, and who comes by it as a handler of that one case.

    Raises:
        LinkUnknown: none, or no longer.
    """
    link = await links.opened_by(session, secret, now=now)
    if link is None:
        raise LinkUnknown
    is_theirs = (Report.id == link.report_id) & (Report.unit_id == link.unit_id)
    within = is_theirs & Report.is_confidential.is_(False)
    acting = Acting(StepActor.CONTRACTOR, None, link.label)
    return link, Handler(within, acting, Sender(ANONYMOUS, link.id), link.issued_by)
