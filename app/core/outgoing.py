"""Which addresses of other systems may be kept at all; where a name leads is looked at when it is used."""

import ipaddress
import socket
from urllib.parse import urlsplit

# The part of IPv6 that is given out. Outside it lie, among others, addresses that stand for private IPv4
# ones (IPv4-compatible, NAT64), which Python calls global.
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
# Names that lead nowhere but into the own house (RFC 6761, RFC 6762, RFC 9476 and ICANN's for inside use).
_INSIDE = ("localhost", "local", "internal", "alt", "home.arpa")


def may_be_asked(url: str, *, may_be_plain: bool) -> bool:
    """Tell whether an address is an https one outside our own network, without a user's name.

    ``may_be_plain`` allows http, and what lies inside.
    """
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    if may_be_plain:
        return is_whole and parts.scheme in {"https", "http"}
    return is_whole and parts.scheme == "https" and _may_lie_outside(parts.hostname or "")


def _may_lie_outside(host: str) -> bool:
    """Tell whether a host is a public address, in whatever writing, or a name that may lead to one."""
    try:
        return is_public(host)
    except ValueError:
        pass
    try:
        return is_public(socket.inet_ntoa(socket.inet_aton(host)))  # 127.1, 0x7f000001, 2130706433
    except OSError:
        name = host.rstrip(".")
        return not any(name == inside or name.endswith(f".{inside}") for inside in _INSIDE)


def is_public(address: str) -> bool:
    """Tell whether an IP address, as the system writes it, belongs to the open Internet.

    Raises:
        ValueError: it is no such address.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return is_public(str(parsed.ipv4_mapped))
        return parsed in _GIVEN_OUT and parsed.is_global and parsed.sixtofour is None
    return parsed.is_global and not parsed.is_multicast
