"""What a segment shows, as one Bloom filter a row group: a rare value costs no look at the rows.

Parquet's own filters know a column's whole values; these know every observable of an event
(`taishi.core.observables.keys_of`), names above a name included, and the addresses of hosts, whatever
column they stand in. A filter has 10 bits a value and 7 probes: one look in a hundred is for nothing. A
segment without one may hold anything.
"""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.observables import key, keys_of

Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]

_VERSION = 2
_BITS, _PROBES = 10, 7


class _Sketch(msgspec.Struct, array_like=True):
    version: int
    groups: list[bytes]


def sketch_path(segment: Path) -> Path:
    return segment.parent.parent / "sketches" / f"{segment.stem}.sketch"


def write_sketch(segment: Path, kind: Kind, rows: pa.Table, group_rows: int) -> None:
    """Beside a segment that is about to be written. Losing it costs time and nothing else."""
    groups = []
    for start in range(0, rows.num_rows, group_rows):
        part = rows.slice(start, group_rows).combine_chunks().to_batches()
        keys = set().union(*(keys_of(Batch(kind, one)) | _hosts(one) for one in part))
        groups.append(_filter(np.fromiter(keys, np.uint64, len(keys))))
    path = sketch_path(segment)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(msgspec.msgpack.encode(_Sketch(_VERSION, groups)))
    os.replace(temporary, path)


def _hosts(rows: pa.RecordBatch) -> set[int]:
    texts = rows.column("host.ip").flatten().unique().to_pylist()
    return {key("address", text) for text in texts if text}


def groups_with(segment: Path, keys: Collection[int], count: int) -> Iterator[int]:
    """The row groups, of `count`, that may show one of the keys."""
    try:
        found = msgspec.msgpack.decode(sketch_path(segment).read_bytes(), type=_Sketch)
    except (OSError, msgspec.DecodeError):
        found = None
    if found is None or found.version != _VERSION or len(found.groups) != count:
        yield from range(count)
        return
    asked = np.fromiter(keys, np.uint64, len(keys))
    for number, bits in enumerate(found.groups):
        if _has_any(bits, asked):
            yield number


def _filter(keys: Numbers) -> bytes:
    size = max(1, (len(keys) * _BITS + 7) // 8)
    bits = np.zeros(size * 8, np.bool_)
    for place in _places(keys, size * 8):
        bits[place] = True
    return np.packbits(bits).tobytes()


def _has_any(packed: bytes, keys: Numbers) -> bool:
    held = np.frombuffer(packed, np.uint8)
    there = np.ones(len(keys), np.bool_)
    for place in _places(keys, len(held) * 8):
        there &= (
            held[place >> np.uint64(3)] >> (np.uint64(7) - (place & np.uint64(7))).astype(np.uint8)
        ) & 1 == 1
    return bool(there.any())


def _places(keys: Numbers, size: int) -> Iterator[Numbers]:
    """Kirsch and Mitzenmacher, "Less hashing, same performance": two halves of one hash make all probes."""
    first, second = keys & np.uint64(0xFFFFFFFF), keys >> np.uint64(32)
    for probe in range(_PROBES):
        yield (first + np.uint64(probe) * second) % np.uint64(size)
