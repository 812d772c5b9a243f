"""The rows that compiled functions work on. Every table is an array of one of these types."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: Bytes of the first payload that are kept to tell the protocol, and payload lengths in their order.
HEAD_BYTES, LENGTHS = 256, 8
#: What a side can do in a history (see `sensors.pcap.flow`), for two sides.
HISTORY = 12
#: No flow, or no place.
NONE = -1
#: Which row of `STATE.oldest` and its neighbours a flow belongs to.
TCP_LIST, OTHER_LIST = 0, 1

#: A decoded packet; addresses as two numbers (IPv4 in the low one), MAC addresses as one, 0 for none.
PACKET = np.dtype(
    [
        ("source_high", "u8"),
        ("source_low", "u8"),
        ("destination_high", "u8"),
        ("destination_low", "u8"),
        ("source_mac", "u8"),
        ("destination_mac", "u8"),
        ("time", "i8"),
        ("index", "i8"),
        ("length", "i8"),
        ("size", "i8"),
        ("begin", "i8"),
        ("end", "i8"),
        ("count", "i8"),
        ("sequence", "i8"),
        ("source_port", "i8"),
        ("destination_port", "i8"),
        ("protocol", "i8"),
        ("version", "i8"),
        ("flags", "i8"),
        ("vlan", "i8"),
        ("tunnel", "i8"),
        ("one_way", "i8"),
        # Where it belongs: the key's parts, its hash, and whether its destination is the key's `a`.
        ("hash", "u8"),
        ("ports", "i8"),
        ("tag", "i8"),
        ("backwards", "i8"),
    ]
)
#: Packets that are decoded before the first of them is counted: their flows' memory arrives meanwhile.
BATCH = 64

#: What one side sent. `flags` counts FIN, SYN, RST, PSH, ACK, URG, and packets with none of them.
HALF = np.dtype(
    [
        ("packets", "i8"),
        ("bytes", "i8"),
        ("payload", "i8"),
        ("loaded", "i8"),
        ("mac", "u8"),
        ("smallest", "i4"),
        ("largest", "i4"),
        ("flags", "u4", (7,)),
        ("retransmitted", "u4"),
        ("base", "u4"),
        ("following", "u4"),
        ("head", "i4"),
        ("head_size", "i2"),
        ("seen", "u1"),
        ("based", "u1"),
        ("follows", "u1"),
        ("full", "u1"),
    ],
    align=True,
)

#: A flow. Side 0 sent the first packet; `a` and `b` are the ends in the order of the key, and `swapped`
#: says that side 0 is `b`; `turned` that side 1 was taken for the flow's source.
FLOW = np.dtype(
    [
        ("a_high", "u8"),
        ("a_low", "u8"),
        ("b_high", "u8"),
        ("b_low", "u8"),
        ("hash", "u8"),
        ("tag", "i8"),
        ("ports", "i8"),
        ("end", "i8"),
        ("start", "i8"),
        ("serial", "i8"),
        ("chain", "i4"),
        ("list", "i4"),
        ("index", "i8"),
        ("lengths", "i4", (LENGTHS,)),
        ("vlan", "i4"),
        ("tunnel", "i2"),
        ("history", "u1", (HISTORY,)),
        ("history_size", "u1"),
        ("lengths_size", "u1"),
        ("transport", "u1"),
        ("version", "u1"),
        ("swapped", "u1"),
        ("turned", "u1"),
        ("closed", "u1"),
        ("lingering", "u1"),
        ("heard", "u1"),
        # Said from outside: content shows that the other side asked; a secret was sent.
        ("corrected", "u1"),
        ("secret", "u1"),
    ],
    align=True,
)

#: A flow that has ended in TCP's way waits for stragglers until `due`.
CLOSING = np.dtype([("due", "i8"), ("serial", "i8"), ("flow", "i8")])

#: Payload that dissectors want (`side` 0 or 1; `base`: the first sequence number of the side), or the end
#: of a flow that had some (`side` -1).
HEARD = np.dtype(
    [
        ("flow", "i8"),
        ("side", "i8"),
        ("begin", "i8"),
        ("end", "i8"),
        ("sequence", "i8"),
        ("time", "i8"),
        ("index", "i8"),
        ("base", "i8"),
        ("transport", "i8"),
    ]
)

#: Counters and limits, one row. Times in microseconds.
STATE = np.dtype(
    [
        ("now", "i8"),
        ("strange", "i8"),
        ("serial", "i8"),
        ("seed", "u8"),
        ("free", "i8"),
        ("free_heads", "i8"),
        ("done", "i8"),
        ("heard", "i8"),
        ("odd", "i8"),
        ("arp", "i8"),
        ("llc", "i8"),
        ("closing_first", "i8"),
        ("closing_last", "i8"),
        ("size", "i8", (2,)),
        ("oldest", "i8", (2,)),
        ("newest", "i8", (2,)),
        ("idle", "i8", (2,)),
        ("linger", "i8"),
        ("active", "i8"),
        ("touched", "i8"),
        ("most", "i8"),
        ("listening", "i8"),
        ("keeping", "i8"),
    ]
)

Rows = npt.NDArray[np.void]
Numbers = npt.NDArray[np.int32]
#: Numbers of tunnels, three bits each in `PACKET.tunnel`, the outermost highest.
TUNNELS = ("", "ipip", "6in4", "gre", "erspan", "vxlan", "teredo")
#: `taishi.flow.state`, by number.
STATES = (
    "OTH", "SF", "S0", "SHR", "REJ", "RSTOS0", "SH", "RSTRH", "RSTO", "RSTR", "S1", "S2", "S3",
)  # fmt: skip
#: Rows of numbers, and of text, in this order.
NUMBERS = (
    "event.start", "event.end", "event.duration", "network.bytes", "network.packets",
    "source.bytes", "source.packets", "destination.bytes", "destination.packets",
    "taishi.flow.source_payload", "taishi.flow.destination_payload",
    "source.port", "destination.port", "taishi.record", "transport", "version", "state",
    "source_head", "source_head_size", "destination_head", "destination_head_size",
)  # fmt: skip
TEXTS = (
    "source.ip", "destination.ip", "source.mac", "destination.mac", "network.vlan.id",
    "taishi.flow.history", "network.community_id", "event.id", "taishi.extra",
)  # fmt: skip
#: Bytes that one flow's texts may take: addresses, MACs, hashes, first payloads in hex with their figures.
ROOM = 1536

Quantities = npt.NDArray[np.int64]
#: Of packets: seconds, microseconds, where the packet begins, how many bytes it has.
Stamps = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]


class Tables(NamedTuple):
    """Everything a compiled function may touch. `free`, `done` and the like are stacks counted in `state`."""

    state: Rows
    packet: Rows
    flows: Rows
    halves: Rows
    #: The flow heard before and the one heard after each, by list.
    neighbours: Numbers
    heads: Bytes
    buckets: Numbers
    free: Numbers
    free_heads: Numbers
    done: Numbers
    odd: Numbers
    closing: Rows
    heard: Rows
