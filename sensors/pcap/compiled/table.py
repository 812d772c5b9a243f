"""The tables that compiled functions work on: made, grown, emptied."""

import secrets
from typing import TypeVar, cast

import numpy as np

from sensors.pcap import links
from sensors.pcap.compiled.layout import (
    BATCH,
    CLOSING,
    FLOW,
    HALF,
    HEAD_BYTES,
    HEARD,
    NONE,
    OTHER_LIST,
    PACKET,
    STATE,
    TCP_LIST,
    TUNNELS,
    Bytes,
    Numbers,
    Quantities,
    Rows,
    Stamps,
    Tables,
)
from sensors.pcap.compiled.order import Orders
from sensors.pcap.compiled.view import flow_of
from sensors.pcap.flow import Flow
from sensors.pcap.limits import Limits
from sensors.pcap.packet import Packet

#: Memory for so many is asked for at once: the system gives what is touched, and nothing is copied later.
_START = 1 << 18
_SECOND = 1_000_000
Array = TypeVar("Array", Rows, Numbers, Bytes)


class Table:
    """The flows of one capture.

    `listening`: payload is noted in `heard` until a side is full; `keeping`: first payloads are kept, without
    which flows can be counted and no more.
    """

    def __init__(self, limits: Limits, listening: bool, keeping: bool = True) -> None:
        state = np.zeros(1, STATE)
        state["oldest"] = state["newest"] = NONE
        state["seed"] = secrets.randbits(64)
        state["idle"][0, TCP_LIST] = limits.idle_tcp * _SECOND
        state["idle"][0, OTHER_LIST] = limits.idle_other * _SECOND
        state["linger"] = limits.linger * _SECOND
        state["active"] = (limits.active or 0) * _SECOND
        state["most"], state["listening"], state["keeping"] = limits.flows, listening, keeping
        empty = np.zeros(0, np.int32)
        self._tables = Tables(
            state, np.zeros(BATCH + 2, PACKET), np.zeros(0, FLOW), np.zeros((0, 2), HALF),
            np.zeros((0, 2), np.int32), np.zeros((0, HEAD_BYTES), np.uint8),
            np.full(2 * _START, NONE, np.int32),
            empty, empty, empty, empty, np.zeros(0, CLOSING), np.zeros(0, HEARD),
        )  # fmt: skip

    @property
    def alive(self) -> int:
        return int(self._state["size"].sum())

    @property
    def not_ip(self) -> dict[str, int]:
        """Sound frames that are in no flow and never came to the slow lane, by what they are."""
        return {links.name(links.ARP): int(self._state["arp"]), links.LLC: int(self._state["llc"])}

    @property
    def _state(self) -> np.void:
        return self._tables.state[0]  # type: ignore[no-any-return] # numpy cannot say what a row of these is

    def run(self, data: Bytes, meta: Stamps, at: int, first: int, link: int) -> int:
        """Meters packets of a chunk from number `at` on; the number of the one for the slow lane."""
        self._make_room(len(meta) - at)
        return self._orders.run(data, meta, at, first, link)

    def take(self, packet: Packet) -> None:
        """A packet of the slow lane."""
        self._make_room(1)
        row = self._tables.packet[0]
        for name in ("time", "index", "length", "size", "begin", "end", "count", "source_port"):
            row[name] = getattr(packet, name)
        for name in ("destination_port", "protocol", "version", "flags", "vlan", "one_way"):
            row[name] = getattr(packet, name)
        row["sequence"] = packet.sequence if packet.protocol == 6 else 0
        row["tunnel"] = _tunnel_number(packet.tunnel)
        row["source_high"], row["source_low"] = divmod(int.from_bytes(packet.source, "big"), 1 << 64)
        row["destination_high"], row["destination_low"] = divmod(
            int.from_bytes(packet.destination, "big"), 1 << 64
        )
        row["destination_mac"] = int.from_bytes(packet.macs[:6], "big")
        row["source_mac"] = int.from_bytes(packet.macs[6:12], "big")
        self._orders.take(np.frombuffer(packet.data or b"\0", np.uint8))

    def odd(self) -> list[int]:
        """Numbers within the chunk of packets that could not be metered, since the last call."""
        count = int(self._state["odd"])
        self._state["odd"] = 0
        return self._tables.odd[:count].tolist()  # type: ignore[no-any-return]

    def heard(self) -> Rows:
        """What was noted since the last call."""
        count = int(self._state["heard"])
        self._state["heard"] = 0
        return self._tables.heard[:count]

    def sweep(self, now: int) -> None:
        """Ends what has been silent for too long at `now`, in microseconds."""
        self._orders.sweep(now)

    def close(self) -> None:
        """Ends every flow, the one that was silent for longest first."""
        slots = np.concatenate([self._listed(which) for which in (TCP_LIST, OTHER_LIST)])
        ends = self._tables.flows["end"][slots]
        self._orders.finish(slots[np.argsort(ends, kind="stable")])

    def fill(self, slot: int, side: int) -> None:
        """No more payload of that side (0: who sent the first packet) is wanted."""
        self._tables.halves["full"][slot, side] = 1

    def correct(self, slot: int) -> None:
        """Content shows that the flow's destination is its source."""
        self._tables.flows["corrected"][slot] ^= 1

    def hide(self, slot: int) -> None:
        """A secret was sent: no payload of this flow is shown."""
        self._tables.flows["secret"][slot] = 1

    def flow(self, slot: int) -> Flow:
        """One flow as it stands, for those who look into it."""
        return flow_of(self._tables, slot)

    def ended(self) -> Numbers:
        """The slots of flows that have ended, in that order, until they are released."""
        return self._tables.done[: int(self._state["done"])]

    def release(self) -> None:
        """Gives up what has ended."""
        state, tables = self._state, self._tables
        slots = self.ended()
        used = tables.halves["head"][slots].ravel()
        _push(tables.free, state, "free", slots)
        _push(tables.free_heads, state, "free_heads", used[used >= 0])
        state["done"] = 0

    def head(self, slot: int, side: int) -> bytes:
        """The first payload of one side."""
        size = int(self._tables.halves["head_size"][slot, side])
        return self._tables.heads[self._tables.halves["head"][slot, side]].tobytes()[:size] if size else b""

    @property
    def heads(self) -> Bytes:
        """First payloads, a row each; `numbers` says whose they are."""
        return self._tables.heads

    def numbers(self, slots: Numbers) -> Quantities:
        """Columns of numbers, in the order of `layout.NUMBERS`."""
        return self._orders.numbers(slots)

    def texts(self, slots: Numbers, prefix: bytes) -> tuple[Bytes, Numbers]:
        """Columns of text one behind the other, in the order of `layout.TEXTS`, and where each ends."""
        return self._orders.texts(slots, prefix)

    def _listed(self, which: int) -> Numbers:
        return self._orders.listed(which, int(self._state["size"][which]))

    @property
    def _tables(self) -> Tables:
        return self._now

    @_tables.setter
    def _tables(self, tables: Tables) -> None:
        self._now, self._orders = tables, Orders(tables)

    def _make_room(self, packets: int) -> None:
        """So much that no compiled function ever lacks a slot."""
        state, tables = self._state, self._tables
        if int(state["free"]) < packets:
            self._grow_flows(packets)
        if state["keeping"] and int(state["free_heads"]) < packets:
            self._grow_heads(packets)
        tables = self._tables
        if len(tables.odd) < packets:
            self._tables = tables = tables._replace(odd=np.zeros(packets, np.int32))
        if len(tables.closing) < int(state["closing_last"] - state["closing_first"]) + packets:
            self._grow_closing(packets)
        if state["listening"] and len(self._tables.heard) < packets + len(self._tables.flows):
            self._tables = self._tables._replace(heard=np.zeros(packets + len(self._tables.flows), HEARD))

    def _grow_flows(self, packets: int) -> None:
        tables, state = self._tables, self._state
        old = len(tables.flows)
        new = max(2 * old, old + packets, _START)
        free = np.zeros(new, np.int32)
        free[: int(state["free"])] = tables.free[: int(state["free"])]
        buckets = tables.buckets
        self._tables = tables = tables._replace(
            flows=_longer(tables.flows, new), halves=_longer(tables.halves, new), free=free,
            done=_longer(tables.done, new),
            neighbours=_longer(tables.neighbours, new),
        )  # fmt: skip
        _push(free, state, "free", np.arange(new - 1, old - 1, -1, dtype=np.int32))
        if len(buckets) < 2 * new:
            size = 1 << (2 * new - 1).bit_length()
            self._tables = tables._replace(buckets=np.full(size, NONE, np.int32))
            self._orders.rehash()

    def _grow_heads(self, packets: int) -> None:
        tables, state = self._tables, self._state
        old = len(tables.heads)
        new = max(2 * old, old + packets, _START)
        free = np.zeros(new, np.int32)
        free[: int(state["free_heads"])] = tables.free_heads[: int(state["free_heads"])]
        _push(free, state, "free_heads", np.arange(new - 1, old - 1, -1, dtype=np.int32))
        self._tables = tables._replace(heads=_longer(tables.heads, new), free_heads=free)

    def _grow_closing(self, packets: int) -> None:
        tables, state = self._tables, self._state
        first, last = int(state["closing_first"]), int(state["closing_last"])
        closing = np.zeros(max(2 * (last - first), last - first + packets, _START), CLOSING)
        if last > first:
            closing[: last - first] = tables.closing[np.arange(first, last) % len(tables.closing)]
        state["closing_first"], state["closing_last"] = 0, last - first
        self._tables = tables._replace(closing=closing)


def _longer(rows: Array, size: int) -> Array:
    new = np.zeros((size, *rows.shape[1:]), rows.dtype)
    # As bytes: rows of fields would be copied field by field.
    new.reshape(-1).view(np.uint8)[: rows.nbytes] = rows.reshape(-1).view(np.uint8)
    return cast(Array, new)


def _push(stack: Numbers, state: np.void, counter: str, values: Numbers) -> None:
    top = int(state[counter])
    stack[top : top + len(values)] = values
    state[counter] = top + len(values)


def _tunnel_number(names: str) -> int:
    number = 0
    for name in names.split():
        number = number << 3 | TUNNELS.index(name)
    return number
