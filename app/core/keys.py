"""Keys for single purposes, derived from the settings' secrets, so that no key serves two ends."""

import hashlib
import hmac

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
