"""Keys for single purposes, derived from the settings' secrets, so that no key serves two ends."""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MIN_SECRET_LENGTH = 32


def derive(secret: str, purpose: str) -> bytes:
    """Return 32 bytes that serve one purpose (HMAC-SHA256 of its name under the secret).

    Raises:
        ValueError: the secret is shorter than 32 characters.
    """
    if len(secret) < MIN_SECRET_LENGTH:
        raise ValueError(f"a secret needs {MIN_SECRET_LENGTH}+ characters")
    return keyed_hash(secret.encode(), purpose.encode())


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """Return HMAC-SHA256 over parts; each is preceded by its length, so that no two lists collide."""
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()


def public_point(private: str) -> str:
    """Return the public half of a P-256 key as browsers take it (RFC 8292 §3.2); both in URL-safe base64.

    ``private`` are the 32 bytes of its number; the answer is an uncompressed point, without padding.

    Raises:
        ValueError: that is no such key.
    """
    number = int.from_bytes(base64.urlsafe_b64decode(private + "=" * (-len(private) % 4)))
    point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    encoded = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(encoded).rstrip(b"=").decode()
