"""The rows of the spool in memory, a table a kind, for search and for the next segments."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from taishi.core.ecs import Kind
from taishi.store.embedded.duck import schema_with_number
from taishi.store.spool import Frame

#: More pieces than this are joined where they are small, so that single events written one by one stay quick
#: to search.
_PIECES, _SMALL = 256, 1_000


class Pending:
    """Grows frame by frame; what `tables` gave out never changes."""

    def __init__(self) -> None:
        self.rows = 0
        self._pieces: dict[Kind, list[pa.RecordBatch]] = {}

    def add(self, frame: Frame) -> None:
        schema, count = schema_with_number(frame.kind), frame.rows.num_rows
        numbers = pa.array(np.arange(frame.first, frame.first + count, dtype=np.int64))
        piece = pa.RecordBatch.from_arrays([*frame.rows.columns, numbers], schema=schema)
        pieces = self._pieces.setdefault(frame.kind, [])
        pieces.append(piece)
        self.rows += count
        if len(pieces) > _PIECES and sum(map(len, pieces)) < _SMALL * len(pieces):
            self._pieces[frame.kind] = pa.Table.from_batches(pieces).combine_chunks().to_batches()

    def tables(self) -> Mapping[Kind, pa.Table]:
        return {kind: pa.Table.from_batches(pieces) for kind, pieces in self._pieces.items()}
