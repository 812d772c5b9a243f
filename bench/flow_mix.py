"""One large capture out of many small ones: every trace again and again, with fresh addresses and times.

Nothing of a trace but addresses and times is changed; header checksums are left as they were. The copies of
all traces begin at seeded moments and lie over one another, at the same mean rate whatever the size is.
"""

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sensors.pcap import SENSOR
from sensors.pcap.capture import opened
from sensors.pcap.links import IPV4, IPV6, NotIP, Undecodable, ethernet
from taishi.core.problems import Problem
from taishi.core.source import Source

SEED = 20260301
#: Mean packets a second of capture time.
RATE = 20_000
_ETHERNET = 1
_BEGIN_US = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z
_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, _ETHERNET)
#: Octets of an address that a copy changes: the second and third of IPv4, the third group of IPv6.
_CHANGED = {IPV4: (12 + 1, 16 + 1), IPV6: (8 + 4, 24 + 4)}

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trace:
    """Packets of one capture: frames back to back, times from the first on, where addresses change."""

    frames: Bytes
    begins: Numbers
    sizes: Numbers
    times_us: Numbers
    high: Numbers

    def copy(self, number: int) -> Bytes:
        """The frames with the addresses of copy `number` (below 65,536)."""
        frames = self.frames.copy()
        frames[self.high] ^= number >> 8
        frames[self.high + 1] ^= number & 0xFF
        return frames


def traces(folder: Path) -> Iterator[Trace]:
    """The Ethernet captures below a folder, by name."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            source = Source.of(path)
        except Problem:
            continue
        if SENSOR.recognizes(source):
            found = _trace(source)
            if found is not None:
                yield found


def _trace(source: Source) -> Trace | None:
    frames, begins, sizes, times, high = bytearray(), [], [], [], list[int]()
    with opened(source, lambda *_: None) as capture:
        if capture is None or capture.link != _ETHERNET:
            return None
        for chunk in capture.chunks(lambda *_: None):
            for seconds, micros, at, size in struct.iter_unpack("=IIII", chunk.meta):
                begins.append(len(frames))
                sizes.append(size)
                times.append(seconds * 1_000_000 + micros)
                high += (len(frames) + place for place in _addresses(chunk.data[at : at + size]))
                frames += chunk.data[at : at + size]
    if not times:
        return None
    moments = np.array(times)
    return Trace(
        np.frombuffer(bytes(frames), np.uint8), np.array(begins), np.array(sizes),
        moments - moments.min(), np.array(high, np.int64),
    )  # fmt: skip


def _addresses(frame: bytes) -> list[int]:
    """Where the changing octets of both addresses stand."""
    try:
        kind, at, _, _ = ethernet(frame, 0, len(frame))
    except (NotIP, Undecodable):
        return []
    places = [at + place for place in _CHANGED.get(kind, ())]
    return [place for place in places if place + 1 < len(frame)]


def write(found: Sequence[Trace], packets: int, path: Path, seed: int = SEED) -> int:
    """Writes at least that many packets; gives how many there are."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, no secret
    copies = -(-packets // sum(len(trace.times_us) for trace in found))
    span_us = packets * 1_000_000 // RATE
    plan = [(trace, number, draw.randrange(span_us)) for trace in found for number in range(1, copies + 1)]
    times = np.concatenate([trace.times_us + begin for trace, _, begin in plan])
    sizes = np.concatenate([trace.sizes for trace, _, _ in plan])
    order = np.argsort(times, kind="stable")
    ends = np.zeros(len(order), np.int64)
    ends[order] = np.cumsum(sizes[order] + 16)
    target = np.memmap(path, np.uint8, "w+", shape=(len(_HEADER) + int(ends.max()),))
    target[: len(_HEADER)] = np.frombuffer(_HEADER, np.uint8)
    at = 0
    for trace, number, begin in plan:
        places = ends[at : at + len(trace.sizes)] - trace.sizes - 16 + len(_HEADER)
        _place(target, trace, trace.copy(number), places, begin)
        at += len(trace.sizes)
    target.flush()
    return len(order)


def _place(target: Bytes, trace: Trace, frames: Bytes, places: Numbers, begin: int) -> None:
    moments = trace.times_us + begin + _BEGIN_US
    heads = np.stack([moments // 1_000_000, moments % 1_000_000, trace.sizes, trace.sizes], 1).astype("<u4")
    raw = heads.view(np.uint8).reshape(-1, 16)
    for place, head, at, size in zip(
        places.tolist(), raw, trace.begins.tolist(), trace.sizes.tolist(), strict=True
    ):
        target[place : place + 16] = head
        target[place + 16 : place + 16 + size] = frames[at : at + size]
