"""Events for the store's benchmark: of four kinds, over two years, as skewed as a county's are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from taishi.core.ecs import Kind, schema
from taishi.core.event import Batch

#: The span that events stand in.
BEGIN, DAYS = datetime(2024, 12, 1, tzinfo=UTC), 730
UNITS = [f"第{n}局" for n in range(60)]
HOSTS, SOURCES, DESTINATIONS = 2_000, 30_000, 20_000
#: Stands in one command line of so many.
RARE, RARITY = "zq9xvault", 50_000
_SHARES: tuple[tuple[Kind, float], ...] = (("flow", 0.6), ("dns", 0.2), ("process", 0.1), ("logon", 0.1))
_SIZE = 10_000


def batches(count: int, seed: int = 1) -> Iterator[Batch]:
    """In the order in which they happened."""
    rng = np.random.default_rng(seed)
    for first in range(0, count, _SIZE):
        at = first
        for kind, share in _SHARES:
            size = int(_SIZE * share)
            yield _batch(kind, at, size, count, rng)
            at += size


def address(number: int, net: int) -> str:
    return f"{net}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


_SOURCE = pa.array([address(n, 10) for n in range(SOURCES)])
_DESTINATION = pa.array([address(n, 203) for n in range(DESTINATIONS)])
_HOST = pa.array([f"host-{n}" for n in range(HOSTS)])
_UNIT = pa.array(UNITS)
_PROGRAMS = [
    "svchost.exe -k netsvcs",
    "cmd.exe /c dir",
    "powershell.exe -File a.ps1",
    "chrome.exe --type=renderer",
]


def _batch(kind: Kind, first: int, size: int, count: int, rng: np.random.Generator) -> Batch:
    place = np.arange(first, first + size)
    step = timedelta(days=DAYS) / count
    begin = np.datetime64(BEGIN.replace(tzinfo=None), "us")
    times = begin + (place * (step / timedelta(microseconds=1))).astype("timedelta64[us]")
    source = rng.integers(0, SOURCES, size)
    host = source % HOSTS
    columns: dict[str, pa.Array] = {
        "event.id": pa.array([f"{n * 0x9E3779B97F4A7C15 % (1 << 128):032x}" for n in place.tolist()]),
        "@timestamp": pa.array(times, pa.timestamp("us", tz="UTC")),
        "source.ip": _SOURCE.take(pa.array(source)),
        "host.name": _HOST.take(pa.array(host)),
        "taishi.source.unit": _UNIT.take(pa.array(host % len(UNITS))),
    }
    columns |= _OF[kind](place, rng)
    of = schema(kind)
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in of
    ]
    return Batch(kind, pa.RecordBatch.from_arrays(arrays, schema=of))


def _flow(place: "np.ndarray", rng: np.random.Generator) -> dict[str, pa.Array]:
    size = len(place)
    destination = np.minimum(rng.zipf(1.3, size), DESTINATIONS) - 1
    return {
        "destination.ip": _DESTINATION.take(pa.array(destination)),
        "destination.port": pa.array(rng.choice([443, 80, 53, 22, 3389], size)),
        "source.port": pa.array(rng.integers(1024, 65535, size)),
        "source.bytes": pa.array(rng.integers(60, 10**6, size)),
        "destination.bytes": pa.array(rng.integers(60, 10**7, size)),
        "network.transport": pa.array(["tcp"] * size),
    }


def _dns(place: "np.ndarray", rng: np.random.Generator) -> dict[str, pa.Array]:
    names = rng.integers(0, 50_000, len(place)).tolist()
    return {"dns.question.name": pa.array([f"www{n % 7}.site{n}.example" for n in names])}


def _process(place: "np.ndarray", rng: np.random.Generator) -> dict[str, pa.Array]:
    which = rng.integers(0, len(_PROGRAMS), len(place)).tolist()
    lines = [
        f"{_PROGRAMS[one]} {n}{f' {RARE}' if n % RARITY == 0 else ''}"
        for one, n in zip(which, (place // 10).tolist(), strict=True)
    ]
    return {"process.command_line": pa.array(lines)}


def _logon(place: "np.ndarray", rng: np.random.Generator) -> dict[str, pa.Array]:
    users = rng.integers(0, 5_000, len(place)).tolist()
    return {
        "user.name": pa.array([f"user{n}" for n in users]),
        "event.outcome": pa.array(["success"] * len(place)),
    }


_OF = {"flow": _flow, "dns": _dns, "process": _process, "logon": _logon}
