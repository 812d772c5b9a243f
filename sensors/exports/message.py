"""One export datagram of NetFlow v5, v9 (RFC 3954) or IPFIX (RFC 7011) becomes records.

The walk over sets is ours: NetFlow v9 with fields of variable length (H3C), scope fields that must not be
taken for counters, and a reason for everything that is left out. Fields and values are netflume's.
"""

import struct
from dataclasses import dataclass, field

from sensors.exports.elements import ELEMENTS, SCOPES
from sensors.exports.looks import IPFIX, V5, V9
from sensors.exports.memory import Memory, Stream, Template
from sensors.exports.parsing import read_fields, read_record, read_v5
from sensors.exports.record import Field, Record, Value

#: Version, count, uptime, seconds, nanoseconds, sequence, engine type, engine, sampling (Cisco).
_V5 = struct.Struct("!HHIIIIBBH")
#: Version, count, uptime, seconds, sequence, source id.
_V9 = struct.Struct("!HHIIII")
#: Version, length, export time, sequence, observation domain.
_IPFIX = struct.Struct("!HHIII")
_PAIR = struct.Struct("!HH")
_TRIPLE = struct.Struct("!HHH")
#: Sets that hold templates, and templates of options.
_TEMPLATES = {V9: (0, 1), IPFIX: (2, 3)}
_FIRST_DATA = 256
#: Elements without meaning: reserved, and paddingOctets.
_PADDINGS = frozenset({"ie0", "ie210"})
#: A set is padded to four bytes.
_PADDING = 3
_V5_RECORD = 48
#: The two high bits of the v5 sampling field are the mode; Juniper leaves them clear and samples anyway.
_V5_INTERVAL = 0x3FFF


class Damaged(Exception):
    """Nothing of the datagram can be used; says why."""


@dataclass
class Message:
    """What one datagram holds. `exported`: seconds since 1970. `uptime`: milliseconds, None in IPFIX.

    `waiting` lists ids of data sets whose template nobody has sent yet, `damage` what could not be read.
    """

    version: int
    stream: Stream
    sequence: int
    exported: float
    uptime: int | None = None
    flows: list[Record] = field(default_factory=list)
    options: list[Record] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


def read_message(data: bytes, exporter: str, memory: Memory) -> Message:
    """Templates and what options say go to `memory`. Raises Damaged where the header is no export header."""
    version = int.from_bytes(data[:2], "big")
    if version == V5:
        return _v5(data, exporter, memory)
    if version == V9:
        return _v9(data, exporter, memory)
    if version == IPFIX:
        return _ipfix(data, exporter, memory)
    raise Damaged("no NetFlow v5, v9, IPFIX or sFlow v5 header")


def _v5(data: bytes, exporter: str, memory: Memory) -> Message:
    if len(data) < _V5.size:
        raise Damaged("NetFlow v5 header cut")
    _, count, uptime, seconds, nanoseconds, sequence, kind, engine, sampling = _V5.unpack_from(data)
    if not count:
        raise Damaged("NetFlow v5 datagram without records")
    found = Message(V5, (exporter, kind << 8 | engine), sequence, seconds + nanoseconds / 1e9, uptime)
    found.flows = read_v5(data, exporter)[1]
    interval = sampling & _V5_INTERVAL
    memory.note(found.stream, {"sampling_interval": max(1, interval)})
    if len(found.flows) != count or len(data) != _V5.size + _V5_RECORD * count:
        found.damage.append("NetFlow v5 header tells another number of records than there are")
    return found


def _v9(data: bytes, exporter: str, memory: Memory) -> Message:
    if len(data) < _V9.size:
        raise Damaged("NetFlow v9 header cut")
    _, _, uptime, seconds, sequence, domain = _V9.unpack_from(data)
    found = Message(V9, (exporter, domain), sequence, seconds, uptime)
    _Sets(data, found, memory).walk(_V9.size, len(data))
    return found


def _ipfix(data: bytes, exporter: str, memory: Memory) -> Message:
    if len(data) < _IPFIX.size:
        raise Damaged("IPFIX header cut")
    _, length, seconds, sequence, domain = _IPFIX.unpack_from(data)
    if length < _IPFIX.size:
        raise Damaged("IPFIX length is wrong")
    found = Message(IPFIX, (exporter, domain), sequence, seconds)
    if length > len(data):
        found.damage.append("IPFIX message cut")
    elif any(data[length:]):
        found.damage.append("IPFIX message ends before its datagram does")
    _Sets(data, found, memory).walk(_IPFIX.size, min(length, len(data)))
    return found


class _Sets:
    """The sets of one message, in their order."""

    def __init__(self, data: bytes, found: Message, memory: Memory) -> None:
        self._data, self._found, self._memory = data, found, memory
        self._ipfix = found.version == IPFIX
        self._name = "IPFIX" if self._ipfix else "NetFlow v9"
        self._plain, self._optional = _TEMPLATES[found.version]
        self._learned: set[int] = set()

    def walk(self, at: int, end: int) -> None:
        while at + 4 <= end:
            number, length = _PAIR.unpack_from(self._data, at)
            if length < 4:
                if any(self._data[at:end]):  # some send zeros up to the size of their buffer
                    self._say("set length is wrong")
                return
            if at + length > end:
                self._say("set cut")
            self._set(number, at + 4, min(at + length, end))
            at += length
        if 0 < end - at <= _PADDING and any(self._data[at:end]):
            self._say("set cut")

    def _say(self, what: str) -> None:
        self._found.damage.append(f"{self._name} {what}")

    def _set(self, number: int, at: int, end: int) -> None:
        if number == self._plain:
            self._templates(at, end)
        elif number == self._optional:
            self._options_templates(at, end)
        elif number >= _FIRST_DATA:
            self._records(number, at, end)

    def _templates(self, at: int, end: int) -> None:
        while at + 4 <= end:
            number, count = _PAIR.unpack_from(self._data, at)
            at += 4
            if number < _FIRST_DATA:  # padding
                return
            if not count:  # withdrawn (RFC 7011 8.1), which has no use over UDP
                continue
            fields, at = read_fields(self._data, at, end, self._ipfix, count)
            if len(fields) != count:
                self._say("template cut")
                return
            self._learn(number, fields, options=False)

    def _options_templates(self, at: int, end: int) -> None:
        while at + 6 <= end:
            number, first, second = _TRIPLE.unpack_from(self._data, at)
            if number < _FIRST_DATA:
                return
            # RFC 7011 counts all fields, then those of scope; RFC 3954 tells the bytes of each part.
            scopes, count = (second, first) if self._ipfix else (first // 4, (first + second) // 4)
            fields, at = read_fields(self._data, at + 6, end, self._ipfix, count)
            if len(fields) != count or (not self._ipfix and (first % 4 or second % 4)):
                self._say("options template cut")
                return
            if not self._ipfix:
                fields[:scopes] = [
                    (SCOPES.get(name, name), "auto", size) for name, _, size in fields[:scopes]
                ]
            self._learn(number, fields, options=True)

    def _learn(self, number: int, fields: list[Field], *, options: bool) -> None:
        named = tuple((*ELEMENTS.get(name, (name, kind)), length) for name, kind, length in fields)
        self._memory.learn(self._found.stream, number, named, options)
        self._learned.add(number)

    def _records(self, number: int, at: int, end: int) -> None:
        template = self._memory.template(self._found.stream, number)
        if template is None:
            self._found.waiting.append(number)
            return
        if number not in self._learned and not self._fits(template, at, end):
            self._say(f"records do not fit template {number}")
            return
        into = self._found.options if template.options else self._found.flows
        while end - at >= template.shortest:
            record, after = read_record(
                self._data, at, end, template.fields, template.variable, template.repeats
            )
            if record is None or after <= at:
                break
            at = after
            _make_readable(record, template.fields)
            into.append(record)
            if template.options:
                self._memory.note(self._found.stream, record)
        if end - at > _PADDING and any(self._data[at:end]):
            self._say(f"record of template {number} cut")

    def _fits(self, template: Template, at: int, end: int) -> bool:
        """Whether the set is so many records and padding; not so where the template is an older one."""
        rest = (end - at) % template.shortest
        return template.variable or rest <= _PADDING or not any(self._data[end - rest : end])


def _make_readable(record: Record, fields: tuple[Field, ...]) -> None:
    """What netflume leaves as bytes: text of elements that it does not know, and application ids."""
    for name, kind, length in fields:
        value: Value | None = record.get(name)
        if kind == "application" and value is not None:
            record[name] = _application(value, length)
        elif kind == "auto" and isinstance(value, str):
            if name in _PADDINGS:
                record.pop(name)
                continue
            text = bytes.fromhex(value).rstrip(b"\0").decode("utf-8", "replace")
            if text.isprintable() and "\ufffd" not in text:
                record[name] = text


def _application(value: Value, length: int) -> str:
    """An application id as `engine..selector`, or `20..enterprise..selector` (RFC 6759 4)."""
    if isinstance(value, int) and 0 < length <= 8:
        data = value.to_bytes(length, "big")
    else:
        data = bytes.fromhex(str(value)) if isinstance(value, str) else b""
    if data[:1] == b"\x14" and len(data) > 5:
        return f"20..{int.from_bytes(data[1:5], 'big')}..{int.from_bytes(data[5:], 'big')}"
    return f"{data[0]}..{int.from_bytes(data[1:], 'big')}" if data else ""
