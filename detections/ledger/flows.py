"""A batch of flows as rows to add up: one a source, destination, port and protocol."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detections.ledger.tally import Layout
from taishi.core.event import Batch

_TEXT, _NUMBER = pa.string(), pa.int64()

#: `vain`: tries that came to nothing; `unseen`: their beginning was not seen; `refused`: answered by a reset;
#: `answered`: payload came back; `up`, `down`: payload, else bytes; `longest`, `held` (with payload both
#: ways): microseconds; `first`, `last`: microseconds since 1970; `example`, `latest`: see `exhibits`.
FLOWS = Layout(
    {"src": _TEXT, "dst": _TEXT, "port": _NUMBER, "transport": _TEXT, "protocol": _TEXT},
    (
        "n", "vain", "unseen", "refused", "answered", "both",
        "up", "down", "sent", "received", "packets_up", "packets_down",
    ),
    least=("first",), most=("last", "longest", "held"),
    early=("example",), late=("latest", "sunit", "sasset", "dunit", "dasset"),
)  # fmt: skip

#: TCP states (Zeek's words) of a try that came to nothing: no answer, refused, reset at once.
_VAIN = pa.array(["S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"])


def text(batch: Batch, name: str) -> pa.Array:
    """A column of text, empty where it has no value."""
    return pc.fill_null(batch.rows.column(name), "")


def number(batch: Batch, name: str) -> NDArray[np.int64]:
    """A column of whole numbers, 0 where it has no value."""
    return np.asarray(pc.fill_null(batch.rows.column(name), 0))


def micros(batch: Batch) -> NDArray[np.int64]:
    """`@timestamp`, microseconds since 1970."""
    return np.asarray(batch.rows.column("@timestamp").cast(pa.int64()))


def example(batch: Batch, *names: str) -> pa.Array:
    """Time, id and more of each event in one text that sorts by time (from 2001 on)."""
    parts = [text(batch, "event.id"), *(pc.cast(text_of(batch, name), _TEXT) for name in names)]
    return pc.binary_join_element_wise(pa.array(micros(batch)).cast(_TEXT), *parts, "|")


def text_of(batch: Batch, name: str) -> pa.Array:
    """Any column as text, empty where it has no value."""
    column = batch.rows.column(name)
    return pc.fill_null(column if column.type == _TEXT else column.cast(_TEXT), "")


def flow_rows(batch: Batch) -> pa.Table:
    """Rows of the layout `FLOWS`, one a flow."""
    up_payload, down_payload = number(batch, "taishi.flow.source_payload"), _payload_down(batch)
    sent, received = number(batch, "source.bytes"), number(batch, "destination.bytes")
    packets_down = number(batch, "destination.packets")
    answered, tcp = down_payload > 0, _is(text(batch, "network.transport"), "tcp")
    state = text(batch, "taishi.flow.state")
    stated = tcp & ~_is(state, "")
    # One-way records of flow exporters tell nothing of an answer, which is a record of its own.
    one_way = _untold(batch, "destination.packets") & _untold(batch, "destination.bytes")
    unseen = ((stated & _is(state, "OTH")) | (~stated & one_way)) & ~answered
    reset = np.asarray(pc.starts_with(state, "RST")) & (up_payload == 0)
    vain = np.where(
        stated,
        np.asarray(pc.is_in(state, _VAIN)) | reset,
        (packets_down == 0) & (received == 0),
    )
    vain = vain & ~answered & ~unseen
    both = answered & (up_payload > 0)
    lasted = number(batch, "event.duration") // 1000
    moments, shown = micros(batch), example(batch, "source.port", "taishi.flow.state")
    columns = {
        "src": text(batch, "source.ip"),
        "dst": text(batch, "destination.ip"),
        "port": number(batch, "destination.port"),
        "transport": text(batch, "network.transport"),
        "protocol": text(batch, "network.protocol"),
        "n": np.ones(len(batch), np.int64),
        "vain": vain,
        "unseen": unseen,
        "refused": vain & (_is(state, "REJ") | reset),
        "answered": answered,
        "both": both,
        "up": _or(batch, "taishi.flow.source_payload", sent),
        "down": _or(batch, "taishi.flow.destination_payload", received),
        "sent": sent,
        "received": received,
        "packets_up": number(batch, "source.packets"),
        "packets_down": packets_down,
        "first": moments,
        "example": shown,
        "sunit": batch.rows.column("taishi.source.unit"),
        "sasset": batch.rows.column("taishi.source.asset"),
        "dunit": batch.rows.column("taishi.destination.unit"),
        "dasset": batch.rows.column("taishi.destination.asset"),
        "last": moments + lasted,
        "latest": shown,
        "longest": lasted,
        "held": np.where(both, lasted, 0),
    }
    return as_table(columns, FLOWS)


def _untold(batch: Batch, name: str) -> NDArray[np.bool_]:
    return np.asarray(batch.rows.column(name).is_null())


def as_table(columns: dict[str, pa.Array | NDArray[np.int64]], layout: Layout) -> pa.Table:
    """Columns by name as rows of a layout."""
    arrays = [
        one.astype(np.int64) if isinstance(one, np.ndarray) and one.dtype == np.bool_ else one
        for one in (columns[name] for name in layout.schema.names)
    ]
    return pa.table(arrays, schema=layout.schema)


def _payload_down(batch: Batch) -> NDArray[np.int64]:
    return number(batch, "taishi.flow.destination_payload")


def _or(batch: Batch, name: str, otherwise: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column of numbers, or another where the source does not tell."""
    column = batch.rows.column(name)
    return np.where(np.asarray(column.is_null()), otherwise, number(batch, name))


def _is(column: pa.Array, value: str) -> NDArray[np.bool_]:
    return np.asarray(pc.equal(column, value))
