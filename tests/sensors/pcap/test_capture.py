"""Capture files: read directly where they are plain, by libpcap where not; the same packets either way."""

import struct
from pathlib import Path

import pcapy
import pytest

from sensors.pcap.capture import opened
from taishi.core.source import Source

NOW = 1_700_000_000
FRAMES = [bytes([at]) * (60 + at) for at in range(5)]


def written(path, order="<", magic=0xA1B2C3D4, fraction=7, longest=65535, version=(2, 4), frames=FRAMES):
    body = struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, longest, 1)
    for at, frame in enumerate(frames):
        body += struct.pack(f"{order}IIII", NOW + at, fraction, len(frame), len(frame)) + frame
    path.write_bytes(body)
    return path


def read(path, rejects=None):
    told = [] if rejects is None else rejects
    with opened(Source.of(path), lambda *one: told.append(one)) as capture:
        return [
            chunk.frame(number)
            for chunk in capture.chunks(lambda *one: told.append(one))
            for number in range(len(chunk.meta))
        ]


def by_libpcap(path: Path):
    reader = pcapy.open_offline(str(path))
    data, meta = reader.next_batch(1000)
    return [
        (data[at : at + size], seconds * 1_000_000 + micros)
        for seconds, micros, at, size in struct.iter_unpack("=IIII", meta)
    ]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "fraction"), [(0xA1B2C3D4, 123_456), (0xA1B23C4D, 123_456_789)])
def test_either_byte_order_and_either_fraction_of_a_second(tmp_path, order, magic, fraction):
    path = written(tmp_path / "x.pcap", order, magic, fraction)
    assert (
        read(path)
        == by_libpcap(path)
        == [(frame, (NOW + at) * 1_000_000 + 123_456) for at, frame in enumerate(FRAMES)]
    )


@pytest.mark.parametrize("version", [(2, 4), (2, 3)])
@pytest.mark.parametrize("longest", [0, 62, 262_144, 1 << 31])
def test_a_snapshot_length_that_is_not_kept_is_for_libpcap(tmp_path, longest, version):
    path = written(tmp_path / "x.pcap", longest=longest, version=version)
    assert read(path) == by_libpcap(path)


def test_packets_that_lie_across_blocks(tmp_path):
    frames = [bytes([at % 251]) * (1000 + 37 * at % 3000) for at in range(2000)]
    path = written(tmp_path / "x.pcap", frames=frames)
    assert [frame for frame, _ in read(path)] == frames


@pytest.mark.parametrize("cut", [1, 10, 70])
def test_a_torn_end_is_told(tmp_path, cut):
    path = written(tmp_path / "x.pcap")
    path.write_bytes(path.read_bytes()[:-cut])
    rejects = []
    assert [frame for frame, _ in read(path, rejects)] == FRAMES[:4]
    assert [number for number, _ in rejects] == [4]
    assert "truncated" in rejects[0][1]
