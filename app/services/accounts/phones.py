"""Mobile numbers of mainland China, the only ones that sign in."""

import re

_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")


def parse_phone(text: str) -> str:
    """Return a mobile number in E.164 form; spaces and hyphens between its digits are fine.

    Raises:
        ValueError: it is no mobile number of mainland China.
    """
    match = _MOBILE.fullmatch(text.strip().replace(" ", "").replace("-", ""))
    if match is None:
        raise ValueError("must be a mainland mobile number, e.g. 13812345678")
    return f"+86{match[1]}"
