"""Writes small MMDB files, as https://maxmind.github.io/MaxMind-DB/ lays them out."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

#: What a record may hold here; bytes are laid down as they are.
Told = str | int | bytes | tuple[()] | Mapping[str, "Told"]
_MARK = b"\xab\xcd\xefMaxMind.com"
_NOTHING = -1


def write_mmdb(path: Path, networks: Mapping[str, Told], made_at: int = 1_780_000_000) -> Path:
    """A tree of 24-bit records over IPv6, in which IPv4 lies below ::/96; the narrower network goes last."""
    nodes: list[list[int]] = [[_NOTHING, _NOTHING]]
    leaves: list[Told] = []
    for text in sorted(networks, key=lambda text: ip_network(text).prefixlen):
        leaves.append(networks[text])
        _insert(nodes, _bits(text), -2 - (len(leaves) - 1))
    data, places = b"", []
    for leaf in leaves:
        places.append(len(data))
        data += _encoded(leaf)
    tree = b"".join(_record(value, len(nodes), places) for node in nodes for value in node)
    told: Mapping[str, Told] = {
        "node_count": len(nodes), "record_size": _short(24), "ip_version": _short(6), "database_type": "test",
        "binary_format_major_version": _short(2), "binary_format_minor_version": _short(0),
        "build_epoch": bytes([8, 9 - 7]) + made_at.to_bytes(8, "big"),
        "languages": (), "description": {},
    }  # fmt: skip
    path.write_bytes(tree + b"\0" * 16 + data + _MARK + _encoded(told))
    return path


def _bits(text: str) -> str:
    net = ip_network(text)
    bits = f"{int(net.network_address):0{net.max_prefixlen}b}"[: net.prefixlen]
    return "0" * 96 + bits if net.version == 4 else bits


def _insert(nodes: list[list[int]], bits: str, leaf: int) -> None:
    at = 0
    for bit in map(int, bits[:-1]):
        below = nodes[at][bit]
        if below < 0:
            nodes.append([below, below])
            nodes[at][bit] = len(nodes) - 1
        at = nodes[at][bit]
    nodes[at][int(bits[-1])] = leaf


def _record(value: int, count: int, places: list[int]) -> bytes:
    number = count if value == _NOTHING else count + 16 + places[-2 - value] if value < 0 else value
    return number.to_bytes(3, "big")


def _short(value: int) -> bytes:
    return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")


def _encoded(value: Told) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([2 << 5 | len(raw)]) if len(raw) < 29 else bytes([2 << 5 | 29, len(raw) - 29])) + raw
    if isinstance(value, int):
        return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")
    if isinstance(value, tuple):
        return bytes([0, 11 - 7])  # an extended type: an empty array
    pairs = b"".join(_encoded(name) + _encoded(held) for name, held in value.items())
    return bytes([7 << 5 | len(value)]) + pairs
