"""craft.py alone: what it imports, and what it makes of one conversation."""

import ast
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import taishi.sample
from taishi.sample.conversation import Conversation, Noise, Repeat, Spec, Tcp, Udp, Wire, answer, ask

CRAFT = Path(taishi.sample.__file__).with_name("craft.py")
AT = datetime(2026, 11, 16, 1, tzinfo=UTC)
CLIENT, SERVER = "192.0.2.1", "192.0.2.2"


def test_it_imports_nothing_but_the_standard_library_and_scapy() -> None:
    tree = ast.parse(CRAFT.read_text("utf-8"))
    roots = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert roots <= sys.stdlib_module_names | {"scapy"}


def craft(tmp_path: Path, *conversations: Conversation) -> list[bytes]:
    """The frames of the conversations."""
    hosts = {CLIENT: Wire("02:00:5e:00:53:01", 64), SERVER: Wire("02:00:5e:00:53:02", 128)}
    spec, pcap = tmp_path / "spec.json", tmp_path / "out.pcap"
    spec.write_bytes(msgspec.json.encode(Spec(hosts, list(conversations))))
    subprocess.run(
        [sys.executable, "-I", str(CRAFT), str(spec), str(pcap)], check=True, env={"HOME": str(tmp_path)}
    )
    data, frames, place = pcap.read_bytes(), [], 24
    while place < len(data):
        size = int.from_bytes(data[place + 8 : place + 12], "little")
        frames.append(data[place + 16 : place + 16 + size])
        place += 16 + size
    return frames


def numbers(frame: bytes) -> tuple[int, int, int]:
    """Sequence, acknowledgement, flags."""
    return int.from_bytes(frame[38:42], "big"), int.from_bytes(frame[42:46], "big"), frame[47]


def folded(data: bytes) -> int:
    """The ones' complement sum (RFC 1071): 0xffff over data that holds its right checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_a_connection_opens_speaks_and_closes_by_the_book(tmp_path: Path) -> None:
    says = (ask(b"question"), answer(b"answer, ", Noise(3, 2000), Repeat(b"ab", 5)))
    frames = craft(tmp_path, Tcp(AT, CLIENT, 50000, SERVER, 80, says))
    flags = [numbers(frame)[2] for frame in frames]
    assert flags == [0x02, 0x12, 0x10, 0x18, 0x10, 0x18, 0x11, 0x11, 0x10]
    client, server = numbers(frames[0])[0], numbers(frames[1])[0]
    assert numbers(frames[3])[:2] == (client + 1, server + 1)
    assert numbers(frames[5])[:2] == (server + 1 + 1460, client + 9)
    assert numbers(frames[6])[:2] == (client + 9, server + 1 + 2013)
    assert numbers(frames[8])[:2] == (client + 10, server + 2 + 2013)
    assert frames[5].endswith(b"ababa")


@pytest.mark.parametrize(
    ("end", "flags"),
    [
        ("silent", [0x02]),
        ("refused", [0x02, 0x14]),
        ("probed", [0x02, 0x12, 0x04]),
        ("rst", [0x02, 0x12, 0x10, 0x14]),
    ],
)
def test_connections_may_end_otherwise(tmp_path: Path, end: str, flags: list[int]) -> None:
    frames = craft(tmp_path, Tcp(AT, CLIENT, 50000, SERVER, 80, end=end))
    assert [numbers(frame)[2] for frame in frames] == flags


def test_checksums_and_lengths_hold(tmp_path: Path) -> None:
    udp = Udp(AT, CLIENT, 50001, SERVER, 53, (ask(b"odd"), answer(Noise(1, 700))))
    for frame in craft(tmp_path, udp, Tcp(AT, CLIENT, 50000, SERVER, 80, (ask(b"x" * 1461),))):
        assert folded(frame[14:34]) == 0xFFFF
        pseudo = frame[26:34] + bytes([0, frame[23]]) + (len(frame) - 34).to_bytes(2, "big")
        assert folded(pseudo + frame[34:]) == 0xFFFF
        if frame[23] == 17:
            assert int.from_bytes(frame[38:40], "big") == len(frame) - 34


def test_frames_stand_in_time_order(tmp_path: Path) -> None:
    later = Udp(AT.replace(minute=1), CLIENT, 1024, SERVER, 7, (ask(b"later"),))
    sooner = Udp(AT, CLIENT, 1025, SERVER, 7, (ask(b"sooner"),))
    assert [frame[42:] for frame in craft(tmp_path, later, sooner)] == [b"sooner", b"later"]
