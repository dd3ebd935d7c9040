"""Whom a shift as it stands does not suit: it overlaps another of theirs, or asks for what they lack."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.clock import local_day
from app.models import Account, ActivityShift, AgeBand, Qualification, ShiftRole, SignUp, SignUpState
from app.services.activities.lifecycle import LIVE


class Concern(StrEnum):
    """Why somebody who has signed up may not be able to come."""

    OVERLAPPING = "overlapping"
    UNFIT = "unfit"


def missing(role: ShiftRole, age_band: AgeBand | None, good_until: date | None, day: date) -> str | None:
    """Return what somebody lacks for a role on a day: an age, a certificate, or nothing.

    ``good_until`` is the last day of the certificate that the role asks for, if it was shown.
    """
    if age_band is AgeBand.UNDER_14:
        return "age_14"
    if role.adults_only and age_band is not AgeBand.ADULT:
        return "adult"
    if role.qualification is not None and (good_until is None or good_until < day):
        return role.qualification
    return None


async def at(session: AsyncSession, shift: ActivityShift) -> Mapping[UUID, Concern]:
    """Return the sign-ups of a shift that it does not suit, with the reason; what is unfit goes first."""
    other, its_shift = aliased(SignUp), aliased(ActivityShift)
    overlaps = (
        select(other.id)
        .join(its_shift, its_shift.id == other.shift_id)
        .where(
            other.account_id == SignUp.account_id,
            other.shift_id != shift.id,
            other.state.in_((SignUpState.BOOKED, SignUpState.OFFERED)),
            its_shift.starts_at < shift.ends_at,
            its_shift.ends_at > shift.starts_at,
        )
        .exists()
    )
    shown = and_(Qualification.account_id == SignUp.account_id, Qualification.name == ShiftRole.qualification)
    query = (
        select(SignUp.id, ShiftRole, Account.age_band, Qualification.valid_to, overlaps)
        .join(ShiftRole, ShiftRole.id == SignUp.role_id)
        .join(Account, Account.id == SignUp.account_id)
        .outerjoin(Qualification, shown)
        .where(SignUp.shift_id == shift.id, SignUp.state.in_(LIVE))
    )
    day, found = local_day(shift.ends_at), {}
    for sign_up_id, role, age_band, good_until, is_double in await session.execute(query):
        if missing(role, age_band, good_until, day) is not None:
            found[sign_up_id] = Concern.UNFIT
        elif is_double:
            found[sign_up_id] = Concern.OVERLAPPING
    return found
