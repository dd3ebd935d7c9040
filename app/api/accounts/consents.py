"""What people are told about their data, and what they agree to."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.accounts.schemas import (
    AccountOut,
    ConsentIn,
    ConsentOut,
    ConsentsOut,
    GuardianIn,
    PolicyOut,
    PurposeOut,
)
from app.api.deps import Now, Person, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.etag import tagged
from app.core.errors import InvalidInput, NotFound, SignInRequired
from app.models import Account, Consent, Purpose
from app.services import accounts
from app.services.accounts import Guardian

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.get("/policy", response_model=PolicyOut, responses=problems(NotFound))
async def get_policy(
    request: Request,
    version: Annotated[str | None, Query(max_length=20, description="an earlier version")] = None,
) -> Response:
    """Return what people are told about their data: the text in force, or the version that was agreed to."""
    policy = accounts.get_policy(version)
    return tagged(
        request,
        PolicyOut(
            version=policy.version,
            effective_on=policy.effective_on,
            zh=policy.zh,
            en=policy.en,
            purposes=[PurposeOut.model_validate(each) for each in policy.purposes.values()],
        ),
    )


@router.get("/me/consents", responses=problems(SignInRequired))
async def list_consents(by: Person, session: ReadDep) -> ConsentsOut:
    """Return all that the caller ever agreed to or refused."""
    kept = await accounts.list_own(session, by=by)
    return ConsentsOut(consents=[ConsentOut.model_validate(each) for each in kept])


@router.put(
    "/me/consents/{purpose}",
    response_model=ConsentOut,
    responses=problems(SignInRequired, accounts.AccountBanned, accounts.PolicyChanged, InvalidInput),
)
async def agree(purpose: Purpose, given: ConsentIn, by: Worker, session: SessionDep, now: Now) -> Consent:
    """Agree to a purpose, having read the text in force; agreeing twice changes nothing."""
    return await accounts.agree(session, purpose, text_version=given.text_version, by=by, now=now)


@router.delete("/me/consents/{purpose}", status_code=204, responses=problems(SignInRequired, InvalidInput))
async def withdraw(purpose: Purpose, by: Person, session: SessionDep, now: Now) -> None:
    """Take a consent back, or refuse it; what it allowed stops at once, and what rests on it goes."""
    await accounts.withdraw(session, purpose, by=by, now=now)


@router.put(
    "/me/guardian",
    response_model=AccountOut,
    responses=problems(
        SignInRequired,
        accounts.AccountBanned,
        accounts.GuardianNeeded,
        accounts.CodeWrong,
        accounts.CodeSpent,
    ),
)
async def declare_child(
    given: GuardianIn, by: Worker, runtime: RuntimeDep, session: SessionDep, now: Now
) -> Account:
    """Say that the caller is under 14, with a code that was sent to a guardian's number."""
    guardian = Guardian(given.phone, given.code)
    return await accounts.declare_child(session, guardian, by=by, vault=runtime.vault, now=now)
