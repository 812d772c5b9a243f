"""Protocols that no parser here reads, read by tshark: chosen flows only, bounded in time and memory.

tshark (GPL-2.0) runs as a process of its own on packets that were carved into a file. It reads some thousands
of packets a second, so flows are chosen by their name or port, and there is a limit to everything: flows and
bytes a batch, batches a capture, seconds, memory, and what it may write (prlimit, util-linux).
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from sensors.pcap.carving import Carved, Wanted, carve
from sensors.pcap.conversation import moment
from sensors.pcap.pcap_file import pcap_bytes
from taishi.core.event import Batch, BatchBuilder, Json, Value
from taishi.core.problems import Problem

#: Flows and bytes a batch, batches a capture; seconds, memory and output of one run.
FLOWS, BATCH_BYTES, BATCHES = 64, 8 << 20, 8
SECONDS, MEMORY, OUTPUT = 20, 2 << 30, 64 << 20
#: Fields of one event, and characters of each.
_FIELDS, _LETTERS = 48, 200
#: By what `network.protocol` says: the layers that tshark is asked for.
_BY_NAME = {
    "sip": ("sip", "sdp"),
    "rtsp": ("rtsp",),
    "dnp3": ("dnp3",),
    "bacnet": ("bvlc", "bacnet", "bacapp"),
    "radius": ("radius",),
    "dhcp": ("dhcp",),
    "dhcpv6": ("dhcpv6",),
    "tftp": ("tftp",),
    "amqp": ("amqp",),
    "ike": ("isakmp",),
    "snmp": ("snmp",),
}
#: By IANA's port where the bytes have no name here.
_BY_PORT = {
    102: ("mms", "goose"),
    111: ("portmap",),
    179: ("bgp",),
    2049: ("nfs",),
    2404: ("iec60870_104", "iec60870_asdu"),
    3260: ("iscsi",),
    3868: ("diameter",),
    4840: ("opcua",),
    5683: ("coap",),
    8009: ("ajp13",),
    20000: ("dnp3",),
    34962: ("pn_io",),
    44818: ("enip", "cip"),
    47808: ("bvlc", "bacnet", "bacapp"),
}
_SECRET = re.compile(r"(?i)pass|secret|auth|response|community|cookie|msg_hdr|key|nonce")


@dataclass(frozen=True)
class Chosen:
    """One flow, and the layers to read in it."""

    wanted: Wanted
    layers: tuple[str, ...]


def layers_of(protocol: str, ports: tuple[int, int]) -> tuple[str, ...]:
    """What tshark is to be asked of a flow; nothing where a parser here reads it or nobody does."""
    if protocol:
        return _BY_NAME.get(protocol, ())
    return next((_BY_PORT[port] for port in ports if port in _BY_PORT), ())


def require() -> None:
    """Raises Problem where the programs are not there."""
    for name, package in (("tshark", "tshark"), ("prlimit", "util-linux")):
        if shutil.which(name) is None:
            raise Problem(f"{name} is not there: apt-get install {package}, or leave out --deep")


def decode(path: Path, identity: str, chosen: Sequence[Chosen], problem: list[str]) -> Iterator[Batch]:
    """Events of these flows of a capture, a batch at a time; what went wrong is added to `problem`."""
    for at in range(0, min(len(chosen), FLOWS * BATCHES), FLOWS):
        part = chosen[at : at + FLOWS]
        packets = carve([[path]], [one.wanted for one in part], BATCH_BYTES)
        layers = sorted({layer for one in part for layer in one.layers})
        builder = BatchBuilder("other", "tshark", identity)
        for number, (row, extra) in enumerate(_read(packets, layers, problem)):
            builder.add(at * 100_000 + number, row, extra)
        if (batch := builder.take()) is not None:
            yield batch
    if len(chosen) > FLOWS * BATCHES:
        problem.append(f"deep: {len(chosen) - FLOWS * BATCHES} flows beyond the limit were not read")


def _read(
    packets: Carved, layers: Sequence[str], problem: list[str]
) -> Iterator[tuple[dict[str, Value], dict[str, Json]]]:
    with tempfile.TemporaryDirectory() as folder:
        capture, out = Path(folder) / "chosen.pcap", Path(folder) / "out.json"
        capture.write_bytes(pcap_bytes(packets.link, packets.packets))
        told = _run(capture, out, layers)
        if told:
            problem.append(told)
        with out.open("rb") as lines:
            for line in lines:
                if (found := _event(line, layers)) is not None:
                    yield found


def _run(capture: Path, out: Path, layers: Sequence[str]) -> str | None:
    """Runs tshark; why it did not come to its end, None where it did."""
    limits = [f"--as={MEMORY}", f"--cpu={SECONDS}", f"--fsize={OUTPUT}"]
    asked = ["tshark", "-n", "-r", str(capture), "-T", "ek", "-Y", " or ".join(layers)]
    shown = ["-J", " ".join(["frame", "ip", "ipv6", "tcp", "udp", *layers])]
    with out.open("wb") as file:
        try:
            done = subprocess.run(  # noqa: S603 - the arguments are ours
                ["prlimit", *limits, *asked, *shown],  # noqa: S607 - found on the path by `require`
                stdout=file,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                timeout=SECONDS * 2,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"deep: tshark took longer than {SECONDS * 2} s and was stopped"
    return f"deep: tshark ended with {done.returncode}" if done.returncode else None


def _event(line: bytes, layers: Sequence[str]) -> tuple[dict[str, Value], dict[str, Json]] | None:
    """One packet as the columns of an event; None for the index lines between, and for a torn last line."""
    try:
        told = orjson.loads(line)
        parts = told["layers"]
        time = moment(int(told["timestamp"]) * 1000)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    name = next((layer for layer in reversed(layers) if layer in parts), None)
    if name is None:
        return None
    row: dict[str, Value] = {
        "@timestamp": time,
        "event.kind": "event",
        "event.category": "network",
        "event.type": "protocol",
        "event.module": "tshark",
        "event.dataset": f"tshark.{name}",
        "network.protocol": name,
        **_ends(parts),
    }
    return row, dict(_fields(parts, layers))


def _ends(parts: dict[str, dict[str, Json]]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for side, short in (("source", "src"), ("destination", "dst")):
        for network in ("ip", "ipv6"):
            if isinstance(at := parts.get(network, {}).get(f"{network}_{network}_{short}"), str):
                found[f"{side}.ip"] = at
        for transport in ("tcp", "udp"):
            port = parts.get(transport, {}).get(f"{transport}_{transport}_{short}port")
            if isinstance(port, str) and port.isdecimal():
                found |= {f"{side}.port": int(port), "network.transport": transport}
    return found


def _fields(parts: dict[str, dict[str, Json]], layers: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """The layers' fields under tshark's own names, the repeated layer left out; secrets masked."""
    left = _FIELDS
    for layer in layers:
        for name, value in parts.get(layer, {}).items():
            if not isinstance(value, str) or not left:
                continue
            left -= 1
            shown = name.removeprefix(f"{layer}_").replace(f"{layer}_", f"{layer}.", 1)
            yield shown, "***" if _SECRET.search(shown) else value[:_LETTERS]
