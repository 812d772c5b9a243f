"""The address in a SOCKADDR record: `struct sockaddr` in hexadecimal, the family in the machine's order."""

from ipaddress import IPv4Address, IPv6Address

from sensors.values import parsed_address

#: bits/socket.h of Linux.
_INET, _INET6 = 2, 10


def socket_address(text: str) -> tuple[str, int] | None:
    """Address and port, None for a path or what is no address."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    if len(raw) < 8:
        return None
    family = raw[0] or raw[1]  # little endian, else big endian
    port = int.from_bytes(raw[2:4], "big")
    if family == _INET:
        return str(IPv4Address(raw[4:8])), port
    if family == _INET6 and len(raw) >= 24:
        return parsed_address(str(IPv6Address(raw[8:24]))) or "", port
    return None
