"""Why a picture is not taken, as the child process says it."""

import re


class Refused(Exception):
    """The picture is not taken; ``code`` is that of the feature's error, without its first part."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


MOST_PIXELS = 60_000_000

# What browsers and readers of other formats would take for their own, outside of compressed pixels.
_FOREIGN = re.compile(
    rb"<(?:!doctype\s+html|html|script|svg|iframe|\?php)\b|%PDF-\d",
    re.IGNORECASE,
)


def check_pixels(width: int, height: int) -> None:
    """Refuse a size that no photo has, before anything is decoded."""
    if width < 1 or height < 1:
        raise Refused("unreadable")
    if width * height > MOST_PIXELS:
        raise Refused("too_many_pixels")


def check_words(data: bytes | memoryview) -> None:
    """Refuse bytes that hold a document of another kind."""
    if _FOREIGN.search(data):
        raise Refused("foreign_content")
