"""Batches as messages: the rows of a host always in the same partition, in their order."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.kit.packed_rows import packed, unpacked

#: Bytes that a message should not pass, and those that it never may: one event may be heavy by itself.
SIZE, MOST = 1 << 20, 20 << 20
#: Whose event it is: the first of these that it has.
_HOST = ("host.name", "source.ip", "destination.ip")


@dataclass(frozen=True)
class Message:
    """`key`: the kind of the events in it."""

    partition: int
    key: bytes
    value: bytes


def messages(batch: Batch, partitions: int) -> Iterator[Message]:
    """All rows of the batch, each once."""
    places = _partitions(batch, partitions)
    for partition in np.unique(places).tolist():
        rows = batch.rows.filter(pa.array(places == partition))
        for value in _values(rows):
            yield Message(partition, batch.kind.encode(), value)


def batch_of(key: bytes | None, value: bytes | None) -> Batch:
    """Raises ValueError where it is no message of ours."""
    kind = cast(Kind, (key or b"").decode("ascii", "replace"))
    if kind not in ecs.KINDS or value is None:
        raise ValueError(f"no events of a known kind ({kind!r})")
    try:
        return Batch(kind, unpacked(value, kind))
    except (pa.ArrowException, StopIteration, OSError) as error:
        raise ValueError(str(error)) from None


def _partitions(batch: Batch, partitions: int) -> NDArray[np.int64]:
    """The partition of each row, from a hash that is the same on every machine."""
    hosts = pc.coalesce(*(batch.rows.column(name) for name in _HOST), pa.scalar("")).dictionary_encode()
    hashed = [zlib.crc32(host.encode()) % partitions for host in hosts.dictionary.to_pylist()]
    numbered: NDArray[np.int64] = np.array(hashed, np.int64)[hosts.indices.to_numpy()]
    return numbered


def _values(rows: pa.RecordBatch) -> Iterator[bytes]:
    """Halved until each is small enough, or one row."""
    value = packed(rows)
    if len(value) <= SIZE or rows.num_rows == 1:
        yield value
        return
    half = rows.num_rows // 2
    yield from _values(rows.slice(0, half))
    yield from _values(rows.slice(half))
