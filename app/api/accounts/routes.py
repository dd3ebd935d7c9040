"""Signing in and out, and one's own account."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.api.accounts.schemas import (
    AccountOut,
    CodeIn,
    CodeOut,
    ExportOut,
    MergerIn,
    MergerOut,
    NumberIn,
    OwnGrantOut,
    OwnGrantsOut,
    ProfilePatch,
    RebindingIn,
    RefreshIn,
    SignInIn,
    SignInOut,
    SignOutIn,
    TokensOut,
)
from app.api.deps import Now, Officer, OnceDep, Person, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.core.errors import EditConflict, InvalidInput, NotFound, SignInRequired, TooMany
from app.models import Account
from app.runtime import Runtime
from app.services import accounts, mergers
from app.services.accounts import Asker, BothNumbers, Guardian, Rebinding, SignIn
from app.services.accounts.sessions import Session

router = APIRouter(prefix="/accounts", tags=["accounts"])

_CODE = (accounts.CodeWrong, accounts.CodeSpent)


@router.post(
    "/codes",
    status_code=202,
    response_model=CodeOut,
    responses=problems(TooMany, accounts.SmsUnavailable),
)
async def send_code(given: CodeIn, request: Request, runtime: RuntimeDep, now: Now) -> dict[str, int]:
    """Send a sign-in code by SMS; the answer is the same whether the number is known or not."""
    await accounts.send_code(
        runtime.db,
        runtime.outside.sms,
        given.phone,
        asker=_asker(request, given.device_id),
        vault=runtime.vault,
        now=now,
    )
    return {
        "expires_in_s": int(accounts.CODE_LIVES.total_seconds()),
        "resend_after_s": int(accounts.RESEND_AFTER.total_seconds()),
    }


@router.post(
    "/sign-in",
    response_model=SignInOut,
    responses=problems(*_CODE, accounts.AccountIdle, accounts.GuardianNeeded, TooMany),
)
async def sign_in(
    *,
    given: SignInIn,
    request: Request,
    response: Response,
    runtime: RuntimeDep,
    session: SessionDep,
    now: Now,
) -> dict[str, Any]:
    """Open the number's account, or a new one, on this device."""
    opened = await accounts.sign_in(
        session,
        SignIn(
            given.phone,
            given.code,
            given.display_name,
            given.start_fresh,
            given.age_band,
            None if given.guardian is None else Guardian(given.guardian.phone, given.guardian.code),
        ),
        asker=_asker(request, given.device_id),
        vault=runtime.vault,
        lifetime=_lifetime(runtime),
        now=now,
    )
    tokens = _tokens(runtime, response, opened.session, now)
    return {**tokens, "is_new": opened.is_new, "account": opened.account}


@router.post("/refresh", response_model=TokensOut, responses=problems(accounts.SessionEnded))
async def refresh(
    given: RefreshIn, response: Response, runtime: RuntimeDep, session: SessionDep, now: Now
) -> dict[str, Any]:
    """Exchange a refresh token for the next pair; within a minute a lost answer can be asked for again."""
    renewed = await accounts.renew(
        session,
        given.refresh_token,
        device_id=given.device_id,
        vault=runtime.vault,
        lifetime=_lifetime(runtime),
        now=now,
    )
    return _tokens(runtime, response, renewed, now)


@router.post("/sign-out", status_code=204, responses=problems(SignInRequired))
async def sign_out(given: SignOutIn, by: Person, session: SessionDep, now: Now) -> None:
    """Sign out here, or everywhere; the tokens open nothing any more."""
    await accounts.sign_out(session, everywhere=given.everywhere, by=by, now=now)


@router.get("/me", response_model=AccountOut, responses=problems(SignInRequired))
async def get_me(by: Person, session: ReadDep) -> Account:
    """Return the caller's own account."""
    return await accounts.get_own(session, by=by)


@router.patch(
    "/me",
    response_model=AccountOut,
    responses=problems(
        SignInRequired, accounts.AccountBanned, accounts.GuardianNeeded, EditConflict, InvalidInput
    ),
)
async def edit_me(given: ProfilePatch, by: Worker, session: SessionDep) -> Account:
    """Change the caller's own profile."""
    changes = given.model_dump(exclude_unset=True, exclude={"version"})
    return await accounts.edit(session, changes, version=given.version, by=by)


@router.get("/me/grants", responses=problems(SignInRequired))
async def list_own_grants(by: Person) -> OwnGrantsOut:
    """Return what the caller may look after today, so that an app knows which stations to offer."""
    return OwnGrantsOut(grants=[OwnGrantOut.model_validate(grant) for grant in by.grants])


@router.get("/me/export", response_model=ExportOut, responses=problems(SignInRequired))
async def export_me(
    by: Person, response: Response, runtime: RuntimeDep, session: ReadDep
) -> accounts.PersonalData:
    """Return everything held about the caller."""
    response.headers["Cache-Control"] = "no-store"
    return await accounts.export(session, by=by, vault=runtime.vault)


@router.delete("/me", status_code=204, responses=problems(SignInRequired, accounts.LastSysadmin))
async def delete_me(by: Person, session: SessionDep, now: Now) -> None:
    """Delete the caller's account: profile, number and tokens at once; visits stay and name nobody.

    The last sysadmin hands the role over first.

    The token dies with the account, so a phone that lost the answer and asks again gets a 401.
    """
    await accounts.erase(session, by=by, now=now)


@router.put(
    "/me/phone",
    status_code=204,
    responses=problems(SignInRequired, accounts.AccountBanned, *_CODE, accounts.PhoneTaken),
)
async def change_number(
    given: NumberIn, by: Worker, runtime: RuntimeDep, session: SessionDep, now: Now
) -> None:
    """Bind the caller's account to a new number, with a code sent to each of the two."""
    await accounts.change_number(
        session,
        given.new_phone,
        old_code=given.old_code,
        new_code=given.new_code,
        by=by,
        vault=runtime.vault,
        now=now,
    )


@router.post(
    "/me/mergers",
    response_model=MergerOut,
    responses=problems(
        SignInRequired,
        accounts.AccountBanned,
        *_CODE,
        accounts.NothingToMerge,
        accounts.AccountIdle,
        InvalidInput,
    ),
)
async def merge(
    *, given: MergerIn, by: Worker, runtime: RuntimeDep, session: SessionDep, once: OnceDep, now: Now
) -> Response:
    """Take over the account of one's other number, with a code sent to each of the two.

    Visits and roles become this account's and keep their origin; the other one's sign-ins end, and its number
    begins anew. Of two open visits the later stays open.
    """
    numbers = BothNumbers(given.own_code, given.other_phone, given.other_code)

    async def run() -> MergerOut:
        merger = await mergers.merge(session, numbers, by=by, vault=runtime.vault, now=now)
        return MergerOut.model_validate(merger)

    return await once(run)


@router.post(
    "/rebindings",
    status_code=204,
    responses=problems(NotFound, *_CODE, accounts.PhoneTaken, TooMany),
)
async def rebind(given: RebindingIn, by: Officer, runtime: RuntimeDep, session: SessionDep, now: Now) -> None:
    """Bind a person's account to another number, or reopen it, with the person present; it is logged."""
    rebinding = Rebinding(given.phone, given.new_phone, given.code, given.reason)
    await accounts.rebind(session, rebinding, by=by, vault=runtime.vault, now=now)


def _asker(request: Request, device_id: UUID) -> Asker:
    return Asker(device_id, request.client.host if request.client else "")


def _lifetime(runtime: Runtime) -> timedelta:
    return timedelta(days=runtime.settings.refresh_token_days)


def _tokens(runtime: Runtime, response: Response, opened: Session, now: datetime) -> dict[str, Any]:
    response.headers["Cache-Control"] = "no-store"
    return {
        "access_token": runtime.tokens.issue(opened.account_id, opened.id, now=now),
        "token_type": "Bearer",
        "expires_in_s": int(runtime.tokens.lifetime.total_seconds()),
        "refresh_token": opened.refresh_token,
        "refresh_expires_at": opened.expires_at,
    }
