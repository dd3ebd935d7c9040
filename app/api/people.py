"""Types by which requests name people and bodies: numbers, names, credit codes, versions."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from app.services import accounts

_ZERO_WIDTH_JOINER = "\u200d"  # family emoji are joined by it
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_BASE = 31
_CREDIT_LENGTH = 18


def _credit_code(text: str) -> str:
    """Check a unified social credit code (GB 32100-2015): 18 signs, the last one a check of the others."""
    values = [_CREDIT_SIGNS.find(sign) for sign in text]
    if len(values) != _CREDIT_LENGTH or -1 in values:
        raise ValueError("must be 18 signs of GB 32100")
    weighed = sum(value * pow(3, at, _CREDIT_BASE) for at, value in enumerate(values[:-1]))
    if (weighed + values[-1]) % _CREDIT_BASE:
        raise ValueError("the check sign does not fit")
    return text


def _visible(name: str) -> str:
    """Refuse what would not show, or show as somebody else's text: control and direction characters."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name.replace(_ZERO_WIDTH_JOINER, ""):
        raise ValueError("must not be blank")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} for char in name if char != "\u200d"):
        raise ValueError("must be one line of visible characters")
    return name


Phone = Annotated[
    str,
    Field(max_length=30, description="a mainland mobile number", examples=["13812345678"]),
    AfterValidator(accounts.parse_phone),
]
DisplayName = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_visible)]
CreditCode = Annotated[
    str, AfterValidator(_credit_code), Field(description="统一社会信用代码, GB 32100-2015")
]
Version = Annotated[int, Field(ge=1, le=2**53, strict=True)]
