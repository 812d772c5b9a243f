"""One sample week for all tests of it."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pcapy
import pytest

from taishi.core.clock import ZONE
from taishi.sample.week import SampleWeek, make_week

START = datetime(2026, 11, 16, tzinfo=ZONE)


class Packet(NamedTuple):
    """A frame's time (seconds since the epoch) and its fields as read from its bytes; UDP has no flags."""

    at: float
    protocol: int
    source: str
    source_port: int
    target: str
    target_port: int
    flags: int
    payload: bytes


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample") / "week"


@pytest.fixture(scope="session")
def week(folder: Path) -> SampleWeek:
    return make_week(folder, start=START)


@pytest.fixture(scope="session")
def packets(week: SampleWeek) -> list[Packet]:
    return list(read_packets(week.pcap))


@pytest.fixture(scope="session")
def truth(week: SampleWeek) -> list[dict]:
    return json.loads(week.truth.read_text("utf-8"))["scenes"]


def read_packets(path: Path) -> Iterator[Packet]:
    capture = pcapy.open_offline(str(path))
    assert capture.datalink() == pcapy.DLT_EN10MB
    while True:
        header, frame = capture.next()
        if header is None:
            return
        second, microsecond = header.getts()
        yield parse(second + microsecond / 1e6, frame)


def parse(at: float, frame: bytes) -> Packet:
    assert frame[12:14] == b"\x08\x00", "every frame is IPv4"
    size = int.from_bytes(frame[16:18], "big")
    assert 14 + size == len(frame)
    protocol = frame[23]
    flags, start = (frame[47], 34 + (frame[46] >> 4) * 4) if protocol == 6 else (0, 42)
    return Packet(
        at,
        protocol,
        ".".join(map(str, frame[26:30])),
        int.from_bytes(frame[34:36], "big"),
        ".".join(map(str, frame[30:34])),
        int.from_bytes(frame[36:38], "big"),
        flags,
        frame[start:],
    )
