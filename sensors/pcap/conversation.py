"""What a dissector gets and gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sensors.pcap.flow import Flow
from sensors.pcap.stream import Side
from taishi.core.ecs import Kind
from taishi.core.event import Json, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """Microseconds since 1970 as a zone-aware time (UTC)."""
    return _EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Both directions of a flow in their order; `flow` tells who, when and over what."""

    flow: Flow
    client: Side
    server: Side


@dataclass(frozen=True, slots=True)
class Found:
    """One event inside a flow. `row` has what the protocol says; addresses and ports are added later.

    `time` in microseconds since 1970; `record` is the number of the packet in which it began.
    `answering`: it was sent by the flow's destination, so source and destination change places.
    """

    kind: Kind
    time: int
    record: int
    row: Mapping[str, Value]
    extra: Mapping[str, Json] = field(default_factory=dict)
    answering: bool = False


class Dissector(Protocol):
    """One application protocol. One file in `sensors/pcap/dissectors/` with a module-level `DISSECTOR`."""

    @property
    def name(self) -> str:
        """The protocol as `network.protocol` says it."""

    @property
    def wants(self) -> int:
        """How many bytes of each direction it can use."""

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        """Whether these beginnings of the two directions are of this protocol; ports are only a hint."""

    def events(self, talk: Conversation) -> Iterator[Found]: ...
