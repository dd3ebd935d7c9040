"""What photos need of their process: the database, the store, the press, and the key that signs addresses."""

from dataclasses import dataclass
from uuid import UUID

from app.core.db import Database
from app.ports import ObjectStore, PicturePress
from app.services.photos.addresses import Signer


@dataclass(frozen=True, slots=True)
class PhotoDesk:
    """One process's way to keep photos and to show them."""

    db: Database
    store: ObjectStore
    press: PicturePress
    signer: Signer


def folder_of(photo_id: UUID) -> str:
    """Return the folder of the store that holds everything of a photo."""
    return f"photos/{photo_id}"


def pieces_of(photo_id: UUID) -> str:
    """Return the folder of the pieces that an upload came in."""
    return f"{folder_of(photo_id)}/pieces"


def original_of(photo_id: UUID) -> str:
    """Return the key of what the phone sent."""
    return f"{folder_of(photo_id)}/original"


def plain_of(photo_id: UUID) -> str:
    """Return the key of the 1920 px copy before anything was covered, once something is."""
    return f"{folder_of(photo_id)}/plain.jpg"


def copy_of(photo_id: UUID, kind: str, version: int) -> str:
    """Return the key of a copy: ``large`` or ``thumb``, of one version."""
    return f"{folder_of(photo_id)}/{kind}-{version}.jpg"
