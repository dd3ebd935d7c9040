"""Partners' keys, given and taken by those who run the system."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Now, ReadDep, SessionDep, Sysadmin
from app.api.errors import problems
from app.api.open311.schemas import KeyIn, KeyList, KeyOut, NewKeyOut
from app.core.errors import NotFound
from app.services import open311
from app.services.open311 import NewKey

router = APIRouter(prefix="/open311/keys", tags=["open311"])


@router.get("")
async def list_open311_keys(_by: Sysadmin, session: ReadDep) -> KeyList:
    """List the partners' keys, revoked ones too."""
    return KeyList(items=[KeyOut.model_validate(each) for each in await open311.list_keys(session)])


@router.post("", status_code=201, responses=problems(NotFound))
async def issue_open311_key(given: KeyIn, by: Sysadmin, session: SessionDep, now: Now) -> NewKeyOut:
    """Give a partner a key; its ``api_key`` is told this once."""
    key, secret = await open311.issue(session, NewKey(given.name, given.area_code), by=by, now=now)
    return NewKeyOut(key=KeyOut.model_validate(key), api_key=secret)


@router.delete("/{key_id:uuid}", status_code=204, responses=problems(NotFound))
async def revoke_open311_key(key_id: UUID, _by: Sysadmin, session: SessionDep, now: Now) -> None:
    """End a key; what the partner sent stays."""
    await open311.revoke(session, key_id, now=now)
