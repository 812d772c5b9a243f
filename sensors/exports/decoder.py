"""Export datagrams of any exporter, one after the other, become flow events; everything else is counted."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sensors.exports.flow_row import flow_row, plain
from sensors.exports.looks import IPFIX, V5, V9, is_sflow
from sensors.exports.memory import Memory
from sensors.exports.message import Damaged, Message, read_message
from sensors.exports.moments import span
from sensors.exports.sequence import Sequences
from sensors.exports.sflow import SFLOW, read_sflow
from taishi.core.ecs import Kind
from taishi.core.event import Json, Value

_NAMES = {V5: "netflow-v5", V9: "netflow-v9", IPFIX: "ipfix", SFLOW: "sflow-v5"}

#: Kind, row, and the exporter's own fields.
Made = tuple[Kind, dict[str, Value], dict[str, Json]]


#: Called with the reason for each thing that was left out.
Reject = Callable[[str], None]


def _nobody(_: str) -> None:
    """Who only looks at the tally."""


@dataclass
class Tally:
    """Sums over all datagrams. `lost` is what never arrived, in the unit that the exporter counts."""

    datagrams: int = 0
    bytes: int = 0
    records: int = 0
    options: int = 0
    damaged: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class ExportDecoder:
    """Templates, sampling and sequences are kept apart by exporter and observation domain."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.tally = Tally()
        self._sequences = Sequences()

    def decode(
        self, data: bytes, exporter: str, received: datetime, name: str = "", reject: Reject = _nobody
    ) -> Iterator[Made]:
        """Every record of one datagram; what cannot be used is told to `reject` and in the tally.

        `exporter`: the address it came from, empty where nobody knows; `name`: what that is called.
        """
        self.tally.datagrams += 1
        self.tally.bytes += len(data)
        try:
            message = self._message(data, exporter, received)
        except Damaged as damaged:
            self._reject(reject, str(damaged))
            return
        for number in message.waiting:
            self._reject(reject, f"template {number} of domain {message.stream[1]} has not been sent yet")
        for reason in message.damage:
            self._reject(reject, reason)
        missing, unit = self._sequences.missing(message)
        if missing:
            self.tally.lost[unit] += missing
        yield from self._events(message, exporter, name)

    def _message(self, data: bytes, exporter: str, received: datetime) -> Message:
        if is_sflow(data):
            return read_sflow(data, exporter, received.timestamp())
        return read_message(data, exporter, self.memory)

    def _reject(self, reject: Reject, reason: str) -> None:
        reject(reason)
        self.tally.damaged += 1
        self.tally.reasons[reason] += 1

    def _events(self, message: Message, exporter: str, name: str) -> Iterator[Made]:
        about: dict[str, Json] = {"exporter.domain": message.stream[1], "exporter.sequence": message.sequence}
        if exporter:
            about["exporter.ip"] = exporter
        if name:
            about["exporter.name"] = name
        booted = self.memory.booted(message.stream)
        dataset = _NAMES[message.version]
        self.tally.records += len(message.flows)
        self.tally.options += len(message.options)
        for record in message.options:
            when = span({}, message, None)
            yield "other", _option_row(when, dataset), {**about, **plain(record)}
        for record in message.flows:
            rate = self.memory.rate(message.stream, record)
            row = flow_row(record, span(record, message, booted), rate)
            row |= {"event.module": "exports", "event.dataset": dataset}
            yield "flow", row, {**about, "sampling.rate": rate, **plain(record)}


def _option_row(when: tuple[float, float], dataset: str) -> dict[str, Value]:
    """What an exporter says of itself: interface names, applications, sampling, its own counters."""
    row = flow_row({}, when, 1)
    return {
        "@timestamp": row["@timestamp"],
        "event.kind": "state",
        "event.category": "network",
        "event.type": "info",
        "event.action": "exporter_options",
        "event.module": "exports",
        "event.dataset": dataset,
    }
