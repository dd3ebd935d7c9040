"""The keyed secrets of accounts: numbers kept encrypted, hashes that mean nothing without the key."""

import base64
import hashlib
from collections.abc import Sequence
from uuid import UUID

from cryptography.fernet import Fernet, MultiFernet

from app.core.keys import derive, keyed_hash


class Vault:
    """Encrypts and hashes what identifies a person, codes of doors, and secrets shared with other systems.

    Args:
        secret_key: for codes and tokens; a change voids what is on its way, no more.
        phone_keys: for encryption of what is kept; the first encrypts, each may decrypt.
        phone_hash_key: finds accounts by number; a change would lose them all.
    """

    def __init__(self, *, secret_key: str, phone_keys: Sequence[str], phone_hash_key: str) -> None:
        """Derive a key for each purpose."""
        self._codes = derive(secret_key, "sign-in-code")
        self._chain = derive(secret_key, "refresh-token-chain")
        self._counters = derive(secret_key, "rate-counter")
        self._numbers = derive(phone_hash_key, "phone-hash")
        self._fernet = _cipher(phone_keys, "phone-encryption")
        self._doors = _cipher(phone_keys, "door-code-encryption")
        self._shared = _cipher(phone_keys, "shared-secret-encryption")

    def phone_hash(self, phone: str) -> bytes:
        """Return what a number (E.164) is found by."""
        return keyed_hash(self._numbers, phone.encode())

    def encrypt_phone(self, phone: str) -> bytes:
        """Return a number as it is kept."""
        return self._fernet.encrypt(phone.encode())

    def decrypt_phone(self, kept: bytes) -> str:
        """Return a kept number.

        Raises:
            cryptography.fernet.InvalidToken: none of the keys made it.
        """
        return self._fernet.decrypt(kept).decode()

    def rotate_phone(self, kept: bytes) -> bytes:
        """Return a kept number encrypted anew, by the first key."""
        return self._fernet.rotate(kept)

    def encrypt_door_code(self, code: str) -> bytes:
        """Return a door's code as it is kept."""
        return self._doors.encrypt(code.encode())

    def decrypt_door_code(self, kept: bytes) -> str:
        """Return a kept code.

        Raises:
            cryptography.fernet.InvalidToken: none of the keys made it.
        """
        return self._doors.decrypt(kept).decode()

    def rotate_door_code(self, kept: bytes) -> bytes:
        """Return a kept code encrypted anew, by the first key."""
        return self._doors.rotate(kept)

    def encrypt_shared(self, secret: str) -> bytes:
        """Return a secret that we share with another system, as it is kept."""
        return self._shared.encrypt(secret.encode())

    def decrypt_shared(self, kept: bytes) -> str:
        """Return a kept secret.

        Raises:
            cryptography.fernet.InvalidToken: none of the keys made it.
        """
        return self._shared.decrypt(kept).decode()

    def rotate_shared(self, kept: bytes) -> bytes:
        """Return a kept secret encrypted anew, by the first key."""
        return self._shared.rotate(kept)

    def code_hash(self, code_id: UUID, code: str) -> bytes:
        """Return what a sign-in code is compared by; it fits one sending alone."""
        return keyed_hash(self._codes, code_id.bytes, code.encode())

    def counter_key(self, of: str) -> str:
        """Return the name under which uses of a number, device or address are counted."""
        return keyed_hash(self._counters, of.encode()).hex()

    def token_after(self, token: str) -> str:
        """Return the one refresh token that follows another, always the same."""
        return base64.urlsafe_b64encode(keyed_hash(self._chain, token.encode())).decode().rstrip("=")


def _cipher(keys: Sequence[str], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, purpose))) for key in keys])


def token_hash(token: str) -> bytes:
    """Return what a refresh token is found by; it is random, so a plain hash suffices."""
    return hashlib.sha256(token.encode()).digest()
