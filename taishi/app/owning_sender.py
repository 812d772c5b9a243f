"""Events of which nobody's address or host is registered belong to the unit whose sender brought them."""

import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch

_SIDES = ("taishi.source.unit", "taishi.destination.unit", "taishi.host.unit")


def owned_by(batch: Batch, unit: str | None) -> Batch:
    """The stamped events; those without an owner are the unit's, if one is named: their host is."""
    if not unit or not len(batch):
        return batch
    columns = [batch.rows.column(side) for side in _SIDES]
    known = pc.coalesce(*columns)
    if not known.null_count:
        return batch
    own = pc.if_else(pc.is_null(known), pa.scalar(unit, pa.string()), columns[-1])
    return batch.with_columns({_SIDES[-1]: own})
