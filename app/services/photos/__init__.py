"""Photos: resumable uploads, copies without metadata, short-lived addresses, covering and approval.

This room knows nothing of what its photos belong to. Who may see or edit one is decided by the feature
that owns the thing (``about_id``), before it asks for addresses or edits.
"""

from app.services.photos.addresses import PhotoAddresses, Signer, Variant, Viewer
from app.services.photos.commands import (
    LOOSE_LIVES,
    MOST_BYTES,
    NewPhoto,
    approve,
    attach,
    begin,
    cover,
    release,
    restrict,
    withdraw,
)
from app.services.photos.darkroom import develop_next
from app.services.photos.desk import PhotoDesk
from app.services.photos.errors import (
    PICTURE_REFUSALS,
    AddressExpired,
    ChecksumUnsupported,
    ChecksumWrong,
    InPieces,
    NotReady,
    OffsetWrong,
    PassExpired,
    PhotoEmpty,
    PhotoInUse,
    PhotoTooLarge,
    PhotoUnknown,
    PictureRefused,
    Restricted,
    TooManyLoose,
    TusContent,
    TusVersion,
)
from app.services.photos.evidence import are_alike, distance, exif_place, is_from_gallery
from app.services.photos.queries import belonging_to, get_many, get_own, near_duplicates
from app.services.photos.showing import Asked, addresses, fetch, is_public
from app.services.photos.upkeep import forget_originals, purge_loose
from app.services.photos.uploads import CHECKSUMS, Checksum, append, put, take_back

__all__ = [
    "CHECKSUMS",
    "LOOSE_LIVES",
    "MOST_BYTES",
    "PICTURE_REFUSALS",
    "AddressExpired",
    "Asked",
    "Checksum",
    "ChecksumUnsupported",
    "ChecksumWrong",
    "InPieces",
    "NewPhoto",
    "NotReady",
    "OffsetWrong",
    "PassExpired",
    "PhotoAddresses",
    "PhotoDesk",
    "PhotoEmpty",
    "PhotoInUse",
    "PhotoTooLarge",
    "PhotoUnknown",
    "PictureRefused",
    "Restricted",
    "Signer",
    "TooManyLoose",
    "TusContent",
    "TusVersion",
    "Variant",
    "Viewer",
    "addresses",
    "append",
    "approve",
    "are_alike",
    "attach",
    "begin",
    "belonging_to",
    "cover",
    "develop_next",
    "distance",
    "exif_place",
    "fetch",
    "forget_originals",
    "get_many",
    "get_own",
    "is_from_gallery",
    "is_public",
    "near_duplicates",
    "purge_loose",
    "put",
    "release",
    "restrict",
    "take_back",
    "withdraw",
]
