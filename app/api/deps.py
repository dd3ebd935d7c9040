"""What routes ask for by annotation: a transaction, the clock, the caller, a retry's first answer."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from app.core.actor import ANONYMOUS, Actor, Role
from app.core.clock import utc_now
from app.core.db import after_commit
from app.core.errors import RoleMissing, SignInRequired
from app.runtime import Runtime
from app.services import idempotency, outbox
from app.services.accounts import AccountBanned
from app.services.outbox import Channel


async def get_runtime(request: Request) -> Runtime:
    """Return the process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(get_runtime)]


async def open_transaction(runtime: RuntimeDep) -> AsyncGenerator[AsyncSession]:
    """Open the request's one transaction; it commits after the answer is made, before it leaves."""
    async with runtime.db.writing() as session:
        # What this request changes about callers counts for the next one, notice or not.
        after_commit(session, lambda: _forget(runtime, session))
        yield session


def _forget(runtime: Runtime, session: AsyncSession) -> None:
    runtime.callers.forget(outbox.announced(session, Channel.GRANTS))
    if any(outbox.announced(session, channel) is None for channel in (Channel.RULES, Channel.CALENDAR)):
        runtime.rules.forget()


async def open_reading(runtime: RuntimeDep) -> AsyncGenerator[AsyncSession]:
    """Open a transaction that PostgreSQL keeps from writing."""
    async with runtime.db.reading() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(open_transaction, scope="function")]
ReadDep = Annotated[AsyncSession, Depends(open_reading, scope="function")]


async def get_now() -> datetime:
    """Return the instant at which the request is judged."""
    return utc_now()


Now = Annotated[datetime, Depends(get_now)]

_bearer = HTTPBearer(auto_error=False, description="an access token from /v1/accounts/sign-in")


async def current_actor(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    runtime: RuntimeDep,
    now: Now,
) -> Actor:
    """Return the caller: who signed in, with the grants in force, or nobody.

    Ask for the caller before asking for a ``ReadDep``: what this reads must not wait for a connection
    while the request already holds one.
    """
    if credentials is None:
        return ANONYMOUS
    return await runtime.callers.actor(runtime.tokens.read(credentials.credentials, now=now), now=now)


Anyone = Annotated[Actor, Depends(current_actor)]


async def signed_in(actor: Anyone) -> Actor:
    """Return the caller, who must have signed in; a banned account may still look after its own data."""
    if actor.is_anonymous:
        raise SignInRequired
    return actor


Person = Annotated[Actor, Depends(signed_in)]


async def allowed_to_act(actor: Person) -> Actor:
    """Return the caller, who must have signed in and must not be banned."""
    if actor.is_banned:
        raise AccountBanned
    return actor


Worker = Annotated[Actor, Depends(allowed_to_act)]


def allow(*roles: Role, sysadmin: bool = True) -> Callable[[Actor], Awaitable[Actor]]:
    """Return a dependency that lets only holders of a role pass; scope is the query's.

    Sysadmins pass too, unless the route is about cases: they run the system and read no case.
    """
    passing = (*roles, Role.SYSADMIN) if sysadmin else roles

    async def check(actor: Worker) -> Actor:
        if not actor.holds(*passing):
            raise RoleMissing
        return actor

    return check


StationStaff = Annotated[
    Actor, Depends(allow(Role.STATION_MANAGER, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER))
]
AreaStaff = Annotated[Actor, Depends(allow(Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER))]
Officer = Annotated[Actor, Depends(allow(Role.DISTRICT_OFFICER))]
PrivacyOfficer = Annotated[Actor, Depends(allow(Role.PRIVACY_OFFICER))]
CaseStaff = Annotated[Actor, Depends(allow(Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=False))]
CaseOfficer = Annotated[Actor, Depends(allow(Role.DISTRICT_OFFICER, sysadmin=False))]
CaseHandler = Annotated[Actor, Depends(allow(Role.HANDLING_UNIT, sysadmin=False))]
CaseParty = Annotated[
    Actor,
    Depends(allow(Role.HANDLING_UNIT, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=False)),
]
CaseVerifier = Annotated[
    Actor,
    Depends(
        allow(
            Role.PART_TIME_GRID_MEMBER,
            Role.FOOD_SAFETY_SUPERVISOR,
            Role.CIVILITY_DEMONSTRATOR,
            Role.ROAD_SAFETY_SUPERVISOR,
            Role.COMMUNITY_STAFF,
            Role.DISTRICT_OFFICER,
            sysadmin=False,
        )
    ),
]
Sysadmin = Annotated[Actor, Depends(allow())]


class Once(Protocol):
    """Runs a write once per ``Idempotency-Key``; without the header it just runs it."""

    async def __call__(
        self, work: Callable[[], Awaitable[BaseModel | None]], *, status: int = 200
    ) -> Response:
        """Return the work's answer, or the first answer again (header ``Idempotency-Replayed: true``)."""


async def get_once(
    request: Request,
    session: SessionDep,
    actor: Anyone,
    now: Now,
    idempotency_key: Annotated[
        UUID | None, Header(description="a UUID made by the client; a retry with it gets the first answer")
    ] = None,
) -> Once:
    """Return the runner that keeps the answer in the request's own transaction."""

    async def run(work: Callable[[], Awaitable[BaseModel | None]], *, status: int = 200) -> Response:
        async def answer() -> idempotency.Answer:
            result = await work()
            return status, None if result is None else result.model_dump(mode="json")

        if idempotency_key is None:
            return _respond(await answer(), replayed=False)
        kept, replayed = await idempotency.once(
            session,
            answer,
            actor=str(actor.account_id or (request.client.host if request.client else "")),
            key=idempotency_key,
            fingerprint=await _fingerprint(request),
            now=now,
        )
        return _respond(kept, replayed=replayed)

    return run


OnceDep = Annotated[Once, Depends(get_once, scope="function")]


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.digest()


def _respond(answer: tuple[int, dict[str, Any] | None], *, replayed: bool) -> Response:
    status, body = answer
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if body is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(body, status_code=status, headers=headers)
