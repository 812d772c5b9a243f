"""DCE/RPC associations (C706 chapter 12, MS-RPCE): bindings, calls and their results, over a pipe or TCP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sensors.pcap import rpc_names
from sensors.pcap.little import u16, u32, wide_strings

REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_ACK = 0, 2, 3, 11, 12, 13, 14, 15
#: Version 5.0, a packet type, flags, little-endian integers: every PDU of Windows begins so.
PDU = re.compile(rb"\x05[\x00\x01][\x00\x02\x03\x0b-\x13].\x10\x00\x00\x00", re.DOTALL)
_HEADER = 16
_FIRST, _LAST, _OBJECT = 0x01, 0x02, 0x80
_PRIVACY = 6
_STUB_BYTES = 8192
_HELD_BYTES = 1 << 17
_CALLS = 2000
_ARGUMENT = 512
#: Same calls (interface, operation, result, arguments) are told once, with their number.
_Same = tuple[str, int, str | None, str | None, bool]


@dataclass(slots=True)
class Call:
    """Calls of one operation with the same result; time and record are those of the first request.

    `result`: the operation's return value or `fault:` and the fault's code, None where no answer was seen
    or it is encrypted. `weak`: a Netlogon challenge or credential that only the Zerologon attack sends.
    """

    interface: str
    number: int
    time: int
    record: int
    pipe: str | None = None
    result: str | None = None
    argument: str | None = None
    answered: bool = False
    sealed: bool = False
    weak: bool = False
    count: int = 1

    @property
    def operation(self) -> str | None:
        return rpc_names.operation(self.interface, self.number)


@dataclass(slots=True)
class _Asked:
    call: Call
    stub: bytearray = field(default_factory=bytearray)


class Association:
    """One client and server that speak RPC; feed it bytes, then ask for `calls`."""

    def __init__(self, pipe: str | None = None) -> None:
        self._pipe = pipe
        self._held = {True: bytearray(), False: bytearray()}
        self._contexts: dict[int, str] = {}
        self._asked: dict[int, _Asked] = {}
        self._calls: dict[_Same, Call] = {}
        self.bound: dict[str, int] = {}
        self.refused = 0

    def feed(self, of_client: bool, data: bytes, time: int, record: int) -> None:
        """Takes what one side said next; whole PDUs are read at once."""
        held = self._held[of_client]
        held += data
        while len(held) >= _HEADER:
            if PDU.match(held) is None:
                held.clear()
                return
            size = u16(bytes(held[:_HEADER]), 8)
            if size < _HEADER:
                held.clear()
                return
            if size > len(held):
                break
            self._pdu(bytes(held[:size]), time, record)
            del held[:size]
        if len(held) > _HELD_BYTES:
            held.clear()

    def calls(self) -> Iterator[Call]:
        """What was asked, in its order; calls without an answer too."""
        for asked in list(self._asked.values()):
            self._finish(asked, None)
        self._asked.clear()
        yield from sorted(self._calls.values(), key=lambda call: (call.record, call.time))

    def _pdu(self, pdu: bytes, time: int, record: int) -> None:
        kind = pdu[2]
        if kind in (BIND, ALTER):
            self._bind(pdu, record)
        elif kind == BIND_NAK:
            self.refused += 1
        elif kind == REQUEST:
            self._request(pdu, time, record)
        elif kind == RESPONSE:
            self._response(pdu)
        elif kind == FAULT:
            asked = self._asked.pop(u32(pdu, 12), None)
            if asked is not None:
                asked.call.answered = True
                self._finish(asked, f"fault:0x{u32(pdu, 24):08x}")

    def _bind(self, pdu: bytes, record: int) -> None:
        """Presentation contexts: identifier, number of transfer syntaxes, interface, its version."""
        at = 28
        for _ in range(min(pdu[24] if len(pdu) > 24 else 0, 32)):
            raw = pdu[at + 4 : at + 20]
            if len(raw) < 16:
                return
            name = rpc_names.interface(str(UUID(bytes_le=raw)))
            self._contexts[u16(pdu, at)] = name
            self.bound.setdefault(name, record)
            at += 24 + 20 * pdu[at + 2]

    def _request(self, pdu: bytes, time: int, record: int) -> None:
        begin = 40 if pdu[3] & _OBJECT else 24
        stub, sealed = _stub(pdu, begin)
        number = u32(pdu, 12)
        asked = self._asked.get(number)
        if pdu[3] & _FIRST or asked is None:
            name = self._contexts.get(u16(pdu, 20)) or rpc_names.PIPES.get(self._pipe or "") or "unknown"
            call = Call(name, u16(pdu, 22), time, record, self._pipe, sealed=sealed)
            if len(self._asked) >= _CALLS:
                self._finish(self._asked.pop(next(iter(self._asked))), None)
            asked = self._asked[number] = _Asked(call)
        if len(asked.stub) < _STUB_BYTES:
            asked.stub += stub

    def _response(self, pdu: bytes) -> None:
        asked = self._asked.get(u32(pdu, 12))
        if asked is None:
            return
        asked.call.answered = True
        if pdu[3] & _LAST:
            del self._asked[u32(pdu, 12)]
            stub, sealed = _stub(pdu, 24)
            self._finish(asked, None if sealed or len(stub) < 4 else f"0x{u32(stub, len(stub) - 4):08x}")

    def _finish(self, asked: _Asked, result: str | None) -> None:
        call, stub = asked.call, bytes(asked.stub[:_STUB_BYTES])
        call.result = result
        if not call.sealed:
            call.argument = " | ".join(wide_strings(stub))[:_ARGUMENT] or None
            call.weak = call.interface == "netlogon" and _is_weak(call.number, stub)
        same = (call.interface, call.number, call.result, call.argument, call.weak)
        known = self._calls.get(same)
        if known is not None:
            known.count += 1
            known.answered = known.answered or call.answered
        elif len(self._calls) < _CALLS:
            self._calls[same] = call


def _stub(pdu: bytes, begin: int) -> tuple[bytes, bool]:
    """Arguments without the authentication trailer, and whether they are encrypted."""
    length = u16(pdu, 10)
    if not length:
        return pdu[begin:], False
    trailer = len(pdu) - length - 8
    if trailer < begin:
        return b"", True
    return pdu[begin : trailer - pdu[trailer + 2]], pdu[trailer + 1] == _PRIVACY


def _is_weak(number: int, stub: bytes) -> bool:
    """Whether a challenge or credential fits CVE-2020-1472.

    AES-CFB8 with a zero vector turns a constant challenge into a zero credential once in 256 keys. Servers
    that are mended refuse a challenge whose first five bytes are alike (MS-NRPC 3.1.4.1).
    """
    if number == 4:
        challenge = stub[-8:]
        return len(challenge) == 8 and len(set(challenge[:5])) == 1
    if number in (15, 26):
        # Credential, then the flags, which stand on a multiple of four.
        return len(stub) > 32 and (not any(stub[-12:-4]) or not any(stub[-14:-6]))
    if number == 5:
        return len(stub) > 32 and not any(stub[-8:])
    return False
