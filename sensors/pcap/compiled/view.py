"""A row of the compiled table as the `Flow` that dissectors and people look at."""

from sensors.pcap.compiled.layout import TUNNELS, Tables
from sensors.pcap.flow import Flow, Half

_LETTERS = "shadfr"


def flow_of(tables: Tables, slot: int) -> Flow:
    """A copy; `Half.flags` by packet is not kept there and stays empty."""
    row = tables.flows[slot]
    width = 4 if row["version"] == 4 else 16
    ends = [
        (int(row["a_high"]) << 64 | int(row["a_low"]), int(row["ports"]) >> 16),
        (int(row["b_high"]) << 64 | int(row["b_low"]), int(row["ports"]) & 0xFFFF),
    ]
    if row["swapped"]:
        ends.reverse()
    first, second = (
        _half(tables, slot, side, address.to_bytes(width, "big"), port)
        for side, (address, port) in enumerate(ends)
    )
    flow = Flow((b"", 0, b"", 0, 0), first, second)
    flow.start, flow.end, flow.index = int(row["start"]), int(row["end"]), int(row["index"])
    flow.transport, flow.version, flow.vlan = int(row["transport"]), int(row["version"]), int(row["vlan"])
    flow.closed = bool(row["closed"])
    flow.tunnel = _tunnels(int(row["tunnel"]))
    letters = row["history"][: row["history_size"]].tolist()
    flow.history = "".join(
        _LETTERS[one >> 1].upper() if not one & 1 else _LETTERS[one >> 1] for one in letters
    )
    sign = -1 if row["turned"] else 1
    flow.lengths = [sign * length for length in row["lengths"][: row["lengths_size"]].tolist()]
    if row["turned"]:
        flow.turn()
    if row["corrected"]:
        flow.turn()
    return flow


def _half(tables: Tables, slot: int, side: int, address: bytes, port: int) -> Half:
    row = tables.halves[slot, side]
    half = Half(address, port, int(row["mac"]).to_bytes(6, "big"))
    half.packets, half.bytes, half.payload = int(row["packets"]), int(row["bytes"]), int(row["payload"])
    half.loaded, half.smallest, half.largest = int(row["loaded"]), int(row["smallest"]), int(row["largest"])
    half.seen, half.retransmitted = int(row["seen"]), int(row["retransmitted"])
    size = int(row["head_size"])
    if size:
        half.head = tables.heads[int(row["head"])].tobytes()[:size]
    return half


def _tunnels(number: int) -> str:
    names = []
    while number:
        names.append(TUNNELS[number & 7])
        number >>= 3
    return " ".join(reversed(names))
