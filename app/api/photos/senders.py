"""Who sends a photo: somebody who signed in, or a contractor who holds a pass."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from app.api.deps import Anyone, Now, RuntimeDep
from app.api.schemas import Text
from app.core.actor import ANONYMOUS, Actor
from app.core.errors import SignInRequired


@dataclass(frozen=True, slots=True)
class SenderOfPhotos:
    """An account, or the link that stands for one. A banned person may still report an emergency."""

    by: Actor
    link_id: UUID | None


async def get_sender(
    actor: Anyone,
    runtime: RuntimeDep,
    now: Now,
    photo_pass: Annotated[
        Text | None,
        Header(max_length=200, description="of a contractor's link; instead of a sign-in"),
    ] = None,
) -> SenderOfPhotos:
    """Return who sends or asks."""
    if photo_pass is not None:
        return SenderOfPhotos(ANONYMOUS, runtime.photos.signer.read_pass(photo_pass, now=now))
    if actor.is_anonymous:
        raise SignInRequired
    return SenderOfPhotos(actor, None)


Sender = Annotated[SenderOfPhotos, Depends(get_sender)]
