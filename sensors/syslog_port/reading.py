"""Messages become events by the sensors that read the same lines from files."""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from sensors.choose import sense
from sensors.senders import Senders
from taishi.core.clock import rfc3339
from taishi.core.event import Batch
from taishi.core.ports import Sensor
from taishi.core.problems import Problem
from taishi.core.source import Source

#: Whose line it is, roughly: host and program behind the priority and time. Lines of one program are alike,
#: so one sensor reads them; what it is called matters not.
_WHOSE = re.compile(
    rb"<\d{1,3}>\s?(?:1 \S+ (?P<host>\S+ [^\s\[]+)"
    rb"|[A-Z][a-z]{2}\s+\d{1,2} (?:\d{4} )?[\d:.]+ (?:\d{4} )?(?P<bsd>\S+ [^\s:\[]+)"
    rb"|\d{4}-\S+ (?P<iso>\S+ [^\s:\[]+))"
)
#: What unframed messages of a form of their own begin with: JSON, XML.
_SHAPES = (b"{", b"<")
#: Programs whose sensor is remembered, over all senders.
_REMEMBERED = 2000
#: RFC 3164 4.3.3: a message without a priority is user-level notice.
_FRAME = "<13>1 %s - - - - - "

#: Who sent it, and which program's lines they are.
Whose = tuple[str, bytes]


def whose(message: bytes, sender: str) -> Whose:
    found = _WHOSE.match(message)
    if found is None:
        return sender, message[:1] if message[:1] in _SHAPES else b""
    return sender, found[found.lastgroup or 0]


class MessageReader:
    """Reads the messages of many senders; remembers which sensor knows whose. `damaged` counts by reason
    what none could read."""

    def __init__(self, sensors: Sequence[Sensor], senders: Senders) -> None:
        self._sensors, self._senders = sensors, senders
        self._chosen: OrderedDict[Whose, Sensor] = OrderedDict()
        self._syslog = next(one for one in sensors if one.name == "syslog")
        self.damaged: Counter[str] = Counter()

    def read(self, messages: Mapping[Whose, Sequence[bytes]], at: datetime) -> Iterator[Batch]:
        """Batches of what came until `at`. Every message came once: no two make the same event."""
        for key, of_one in messages.items():
            source = Source.received_as(f"syslog {key[0]}", _content(of_one), at, uuid4().hex)
            sensor = self._sensor(key, source)
            if sensor is None:
                sensor, source = self._syslog, _framed(source, of_one)
            try:
                for batch in sensor.read(source, self._reject):
                    yield self._sent(batch, key[0])
            except Exception as error:  # noqa: BLE001 - one sender's lines must not silence the others
                self.damaged[f"{type(error).__name__} while {sensor.name} read"] += len(of_one)

    def _sensor(self, key: Whose, source: Source) -> Sensor | None:
        """The one that knew such lines before, as long as it does; else whoever knows them best."""
        chosen = self._chosen.get(key)
        if chosen is None or not chosen.recognizes(source):
            try:
                chosen = sense(source, self._sensors)
            except Problem:
                return None
            self._chosen[key] = chosen
            if len(self._chosen) > _REMEMBERED:
                self._chosen.popitem(last=False)
        self._chosen.move_to_end(key)
        return chosen

    def _reject(self, record: int, reason: str, raw: bytes) -> None:  # noqa: ARG002 - a port's shape
        self.damaged[reason] += 1

    def _sent(self, batch: Batch, sender: str) -> Batch:
        """Who sent it; where a line names no host, the sender is the host."""
        hosts, addresses = batch.rows.column("host.name"), batch.rows.column("host.ip")
        nameless = pc.and_(pc.is_null(hosts), pc.is_null(addresses))
        own = pa.array([[sender]] * len(batch), addresses.type)
        name = self._senders.name(sender) or None
        return batch.with_columns(
            {
                "taishi.sender": pa.array([sender] * len(batch), pa.string()),
                "host.ip": pc.if_else(nameless, own, addresses),
                "host.name": pc.if_else(nameless, pa.scalar(name, pa.string()), hosts),
            }
        )


def _content(messages: Sequence[bytes]) -> bytes:
    """As a file would hold them: lines, or with counted octets where a message has several lines."""
    if any(b"\n" in one for one in messages) and all(one.startswith(b"<") for one in messages):
        return b"".join(b"%d %s" % (len(one), one) for one in messages)
    return b"".join(one.replace(b"\n", b"#012") + b"\n" for one in messages)


def _framed(source: Source, messages: Sequence[bytes]) -> Source:
    """Lines that nobody knows, in a frame that says when they came."""
    assert source.received is not None  # noqa: S101 - it is what has just been received
    frame = (_FRAME % rfc3339(source.received.at)).encode()
    content = _content([frame + one for one in messages])
    return Source.received_as(str(source.path), content, source.received.at, source.identity)
