"""S7comm of Siemens controllers over ISO on TCP: what a session asked of a controller, and what was granted.

Siemens does not publish it; fields are those that Wireshark's dissector (packet-s7comm.c) names. S7-300 and
S7-400 ask nobody who he is unless a password is set on the CPU: whoever reaches port 102 can stop it.
"""

import re
from collections import Counter
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.iso_transport import CONFIRM, CONNECT, DATA, called_selector, units
from taishi.core.event import Json, Value

_CLASSIC, _PLUS = 0x32, 0x72
_JOB, _ACKNOWLEDGED, _USER_DATA = 1, (2, 3), 7
_SETUP, _READ, _WRITE, _DOWNLOAD, _UPLOAD, _PROGRAM, _STOP = 0xF0, 0x04, 0x05, 0x1A, 0x1D, 0x28, 0x29
_NAMES = {
    0x00: "cpu services", _READ: "read var", _WRITE: "write var", _DOWNLOAD: "request download",
    0x1B: "download block", 0x1C: "download ended", _UPLOAD: "start upload", 0x1E: "upload",
    0x1F: "end upload", _PROGRAM: "plc control", _STOP: "plc stop", _SETUP: "setup communication",
}  # fmt: skip
#: Groups of functions of user data: what is asked beside the jobs.
_GROUPS = {
    0: "mode transition", 1: "programmer commands", 2: "cyclic data", 3: "block functions",
    4: "cpu functions", 5: "security", 7: "time functions",
}  # fmt: skip
#: First byte of the called selector: what the caller says he is; rack and slot are in the second.
_STATIONS = {1: "programmer", 2: "operator panel", 3: "basic"}
_BLOCKS = {"08": "OB", "0A": "DB", "0B": "SDB", "0C": "FC", "0D": "SFC", "0E": "FB", "0F": "SFB"}
#: A block's place: a mark, its kind, its number, and whether it goes to the passive or active file system.
_BLOCK = re.compile(rb"_(0[0-9A-F])(\d{5})[ABP]")
#: Services of the control function: start, warm start and stop are asked of P_PROGRAM, the rest of blocks.
_SERVICE = re.compile(rb"(?:P_PROGRAM|_INSE|_INS2|_DELE|_GARB|_MODU|_OVST|_RESET)")
_SHOWN = 40


class S7comm:
    name = "s7comm"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or 102 not in (flow.source.port, flow.destination.port):
            return False
        said = [list(units(data)) for data in (client, server) if data]
        if not said or not all(said):
            return False
        kinds = {unit.kind for side in said for unit in side}
        marks = {unit.body[:1] for side in said for unit in side if unit.kind == DATA}
        # MMS (IEC 61850) uses the same port and transport; without data the selectors must tell.
        return bool(marks & {bytes([_CLASSIC]), bytes([_PLUS])}) or (
            not marks and bool(kinds & {CONNECT, CONFIRM}) and len(_called(client)) == 2
        )

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked, granted = _requests(talk.client.data), _granted(talk.server.data)
        done = [one for one in asked if granted.get(one[0], True)]
        functions: list[Json] = [*sorted({_NAMES.get(code, f"0x{code:02x}") for _, code, _ in asked})]
        groups: list[Json] = [*sorted(_groups(talk.client.data))]
        services: list[Json] = [*_services(done)]
        blocks: list[Json] = [*_blocks(done)]
        counted = Counter(code for _, code, _ in done)
        extra: dict[str, Json] = {
            "s7comm.functions": functions,
            "s7comm.groups": groups,
            "s7comm.requests": len(asked),
            "s7comm.writes": counted[_WRITE],
            "s7comm.stops": counted[_STOP],
            "s7comm.downloads": counted[_DOWNLOAD],
            "s7comm.uploads": counted[_UPLOAD],
            "s7comm.services": services,
            "s7comm.blocks": blocks,
            "s7comm.refused": sum(not good for good in granted.values()),
            "s7comm.plus": any(unit.body[:1] == bytes([_PLUS]) for unit in units(talk.client.data)),
            **_station(_called(talk.client.data)),
        }
        first = talk.client if talk.client.data else talk.server
        row: dict[str, Value] = {"event.action": "commands", "event.dataset": "pcap.s7comm"}
        yield Found("other", *first.moment(0), row, extra)


def _called(data: bytes) -> bytes:
    return next((called_selector(unit) for unit in units(data) if unit.kind == CONNECT), b"")


def _station(called: bytes) -> dict[str, Json]:
    if len(called) != 2:
        return {}
    told: dict[str, Json] = {"s7comm.rack": called[1] >> 5, "s7comm.slot": called[1] & 0x1F}
    return told | {"s7comm.station": _STATIONS.get(called[0], "other")}


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind (ROSCTR) of each S7 message and its bytes from the mark 0x32 on."""
    for unit in units(data):
        if unit.kind == DATA and unit.body[:1] == bytes([_CLASSIC]) and len(unit.body) >= 10:
            yield unit.body[1], unit.body


def _requests(data: bytes) -> list[tuple[int, int, bytes]]:
    """Reference, function and parameters of each job."""
    found = []
    for kind, body in _messages(data):
        parameters = body[10 : 10 + int.from_bytes(body[6:8], "big")]
        if kind == _JOB and parameters:
            found.append((int.from_bytes(body[4:6], "big"), parameters[0], parameters))
    return found


def _granted(data: bytes) -> dict[int, bool]:
    """By reference, whether the controller did it: error class and code are zero, and so is no item's."""
    granted = {}
    for kind, body in _messages(data):
        if kind in _ACKNOWLEDGED and len(body) >= 12:
            size = int.from_bytes(body[6:8], "big")
            items = body[12 + size :] if body[12:13] == bytes([_WRITE]) else b""
            # 0xFF: written. One item that was written is enough.
            good = body[10:12] == b"\0\0" and (not items or 0xFF in items)
            granted[int.from_bytes(body[4:6], "big")] = good
    return granted


def _groups(data: bytes) -> set[str]:
    """Of user data: mark 00 01 12, length, method, then kind of request (4) and group in one byte."""
    return {
        _GROUPS.get(body[15] & 0x0F, f"0x{body[15] & 0x0F:02x}")
        for kind, body in _messages(data)
        if kind == _USER_DATA and body[10:13] == b"\0\1\x12" and len(body) > 15 and body[15] >> 4 == 4
    }


def _services(asked: list[tuple[int, int, bytes]]) -> list[str]:
    """Distinct services of start and control, in their order; a stop is told by its count."""
    found = [
        service[0].decode()
        for _, code, parameters in asked
        if code == _PROGRAM and (service := _SERVICE.search(parameters))
    ]
    return [*dict.fromkeys(found)][:_SHOWN]


def _blocks(asked: list[tuple[int, int, bytes]]) -> list[str]:
    """Blocks that were sent to the controller: OB1, DB20 …"""
    found = [
        f"{_BLOCKS.get(block[1].decode(), block[1].decode())}{int(block[2])}"
        for _, code, parameters in asked
        if code == _DOWNLOAD and (block := _BLOCK.search(parameters))
    ]
    return [*dict.fromkeys(found)][:_SHOWN]


DISSECTOR = S7comm()
