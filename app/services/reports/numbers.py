"""A case's number as people say it: ``NF`` and digits; read back in any case of the letters, or without."""

_PREFIX = "NF"
_MOST_DIGITS = 18  # what a bigint surely holds


def write(number: int) -> str:
    """Return a number as people say it."""
    return f"{_PREFIX}{number}"


def read(said: str) -> int | None:
    """Return the number that somebody said, if it is one."""
    digits = said.strip().upper().removeprefix(_PREFIX)
    is_one = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_one else None
