"""The address at which a member of staff reads mail."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.deps import Now, ReadDep, RuntimeDep, SessionDep, allow
from app.api.errors import problems
from app.api.notifications.schemas import MailboxCodeIn, MailboxIn, MailboxOut
from app.core.actor import Actor, Role
from app.core.errors import NotFound, RoleMissing, SignInRequired, TooMany
from app.core.urgency import PushChannel
from app.services.accounts import CodeSpent, CodeWrong
from app.services.notifications import MailUnavailable, mailboxes

router = APIRouter(prefix="/notifications/mailbox", tags=["notifications"])
Staff = Annotated[Actor, Depends(allow(*(role for role in Role if role is not Role.WORKER)))]


@router.get("", responses=problems(SignInRequired, RoleMissing, NotFound))
async def get_mailbox(by: Staff, runtime: RuntimeDep, session: ReadDep) -> MailboxOut:
    """Return where the caller's mail goes; ``confirmed_at`` is null until the code came back."""
    found = await mailboxes.own(session, vault=runtime.vault, by=by)
    if found is None:
        raise NotFound
    address, confirmed_at = found
    return MailboxOut(address=address, confirmed_at=confirmed_at)


@router.put("", status_code=202, responses=problems(SignInRequired, RoleMissing, TooMany, MailUnavailable))
async def name_mailbox(given: MailboxIn, by: Staff, runtime: RuntimeDep, now: Now) -> None:
    """Have a code sent to an address; with the code it becomes the caller's, in place of the one before.

    Mail is for staff whom no app and no WeChat reaches, and for what belongs into a calendar.
    """
    sender = runtime.outside.push.get(PushChannel.EMAIL)
    await mailboxes.name(runtime.db, sender, given.address, vault=runtime.vault, by=by, now=now)


@router.post(
    "/confirm", status_code=204, responses=problems(SignInRequired, RoleMissing, CodeWrong, CodeSpent)
)
async def confirm_mailbox(
    given: MailboxCodeIn, by: Staff, runtime: RuntimeDep, session: SessionDep, now: Now
) -> None:
    """Prove the address by the code, within 30 minutes and five tries."""
    await mailboxes.confirm(session, given.code, vault=runtime.vault, by=by, now=now)


@router.delete("", status_code=204, responses=problems(SignInRequired, RoleMissing))
async def forget_mailbox(by: Staff, session: SessionDep) -> None:
    """Get no more mail."""
    await mailboxes.forget(session, by=by)
