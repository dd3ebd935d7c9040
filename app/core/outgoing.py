"""Which addresses of other systems may be kept at all; where a name leads is looked at when it is used."""

from urllib.parse import urlsplit


def may_be_asked(url: str, *, may_be_plain: bool) -> bool:
    """Tell whether an address is an https one, without a user's name; ``may_be_plain`` allows http."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return is_whole and (parts.scheme == "https" or (may_be_plain and parts.scheme == "http"))
