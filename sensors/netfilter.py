"""Packets that the Linux kernel logged for a firewall rule (nf_log_syslog.c): a flow of one packet."""

import re

from sensors.values import filled, parsed_address
from taishi.core.event import Value

_PAIR = re.compile(r"\b([A-Z]+)=(\S*)")
_PACKET = re.compile(r"\bSRC=\S+ DST=\S+ .*\bPROTO=")


def packet(message: str) -> dict[str, Value] | None:
    """Flow columns of a logged packet, None for any other message of the kernel.

    A lone SYN counts as a connection nobody answered (S0): the log shows no more.
    """
    if not _PACKET.search(message):
        return None
    pairs: dict[str, str] = {}
    for name, value in _PAIR.findall(message):
        pairs.setdefault(name, value)
    source, destination = parsed_address(pairs["SRC"]), parsed_address(pairs["DST"])
    if source is None or destination is None:
        return None
    words = frozenset(message.split())
    tcp = pairs["PROTO"] == "TCP"
    return filled(
        {
            "event.category": "network",
            "event.type": "connection",
            "source.ip": source,
            "source.port": _whole(pairs.get("SPT"), 65535),
            "source.bytes": _whole(pairs.get("LEN"), 2**32),
            "source.packets": 1,
            "destination.ip": destination,
            "destination.port": _whole(pairs.get("DPT"), 65535),
            "network.transport": pairs["PROTO"].lower(),
            "network.type": "ipv6" if ":" in source else "ipv4",
            "taishi.flow.state": "S0" if tcp and "SYN" in words and "ACK" not in words else "OTH",
        }
    )


def _whole(text: str | None, most: int) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and int(text[:12]) <= most else None
