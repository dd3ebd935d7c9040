"""Keys may change: numbers stay readable, and found."""

from uuid import uuid4

import pytest
from cryptography.fernet import InvalidToken

from app.services.accounts.limits import network_of
from app.services.accounts.phones import parse_phone
from app.services.accounts.vault import Vault

PHONE = "+8613812345678"
OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32


def vault(*phone_keys: str, secret: str = "s" * 32, hash_key: str = "h" * 32) -> Vault:
    return Vault(secret_key=secret, phone_keys=phone_keys or (OLD,), phone_hash_key=hash_key)


def test_a_number_outlives_its_key():
    kept = vault(OLD).encrypt_phone(PHONE)

    both = vault(NEW, OLD)
    assert both.decrypt_phone(kept) == PHONE
    assert vault(NEW).decrypt_phone(both.rotate_phone(kept)) == PHONE
    with pytest.raises(InvalidToken):
        vault(NEW).decrypt_phone(kept)


def test_an_account_is_found_whatever_other_key_changes():
    found_by = vault().phone_hash(PHONE)

    assert vault(NEW, OLD, secret=OTHER).phone_hash(PHONE) == found_by
    assert vault(hash_key=OTHER).phone_hash(PHONE) != found_by


def test_two_encryptions_of_a_number_look_unlike():
    assert vault().encrypt_phone(PHONE) != vault().encrypt_phone(PHONE)


def test_a_codes_hash_fits_one_sending_and_one_key():
    sending = uuid4()
    kept = vault().code_hash(sending, "123456")

    assert vault().code_hash(sending, "123456") == kept
    assert vault().code_hash(uuid4(), "123456") != kept
    assert vault(secret=OTHER).code_hash(sending, "123456") != kept


def test_purposes_do_not_share_a_key():
    same = vault(OLD, secret=OLD, hash_key=OLD)

    assert same.counter_key(PHONE) != same.phone_hash(PHONE).hex()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_ipv6_household_counts_as_one(address, counted):
    assert network_of(address) == counted


@pytest.mark.parametrize("text", ["13812345678", "+86 138 1234 5678", "86-138-1234-5678", " 13812345678 "])
def test_a_number_has_one_form(text):
    assert parse_phone(text) == PHONE


@pytest.mark.parametrize(
    "text", ["12812345678", "+1 3812345678", "138123456789", "１３８１２３４５６７８", ""]
)
def test_what_is_no_mobile_number_is_refused(text):
    with pytest.raises(ValueError, match="mobile"):
        parse_phone(text)
