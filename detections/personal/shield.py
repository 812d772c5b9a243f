"""Events without the personal data that stood in them: masked before they are stored, counted beside.

What carries text from others is searched: bodies, queries, messages, raw records, a source's own fields.
Names that events are told apart by (accounts, hosts, domains) are left alone. Masked are the kinds of
`grade.PERSONAL`; an organisation's code is public, and addresses of e-mail stay outside of bodies, where they
are accounts that detections need. Ids of events are made before, so they stay the same.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.personal.catalogue import find
from detections.personal.found import ITEM_TYPES, Found, ItemType
from detections.personal.grade import PERSONAL
from detections.personal.sieve import passing, windows
from taishi.core.event import Batch, Json

#: Content that somebody sent, and what else carries text from others, as far as a kind has the column.
BODIES = ("http.request.body.content", "http.response.body.content")
_OTHERS = (
    "url.original", "url.full", "url.path", "url.query", "http.request.referrer", "taishi.http.headers",
    "message", "process.command_line", "process.parent.command_line", "file.path", "file.name",
    "event.original",
)  # fmt: skip
_EXTRA = "taishi.extra"
#: What stands for the whole event where a recording is searched.
_TOLD = ("event.original", *BODIES, "url.original", "message", _EXTRA)
#: What was found, as `id_card:3`; nothing where nothing was.
STAMP = "taishi.personal"
#: A body is searched further than it is kept (signs).
KEPT_BODY = {"http.request.body.content": 4096, "http.response.body.content": 2048}
#: Content of a file that crossed the wire, under this name among a source's own fields: searched, not kept.
CONTENT = "content"

#: In records of machines, long numbers are many: only what is surer than this is taken for a person's.
_SURE = 0.65

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
Counts = Counter[ItemType]


def shield(batch: Batch) -> Batch:
    """The same events, masked and stamped; the very same batch where there was nothing."""
    if STAMP not in batch.rows.schema.names:
        return batch
    changed: dict[str, pa.Array] = {}
    counts: dict[int, Counts] = {}
    for name in (*BODIES, *_OTHERS, _EXTRA):
        if name in batch.rows.schema.names:
            column = _shielded(batch.rows.column(name), name, counts)
            if column is not None:
                changed[name] = column
    if counts:
        stamps = [_stamp(counts[row]) if row in counts else None for row in range(len(batch))]
        changed[STAMP] = pa.array(stamps, pa.list_(pa.string()))
    return batch.with_columns(changed) if changed else batch


def counted(stamp: list[str] | None) -> Counts:
    """A stamp as numbers."""
    found: Counts = Counter()
    for one in stamp or ():
        kind, _, number = one.partition(":")
        if kind in ITEM_TYPES and number.isdecimal():
            found[kind] = int(number)
    return found


def texts_of(batch: Batch) -> Iterator[tuple[int, str]]:
    """What each event says, with its place in the recording from 1: for a search that stores nothing."""
    names = [name for name in _TOLD if name in batch.rows.schema.names]
    for row in batch.rows.select([*names, "taishi.record"]).to_pylist():
        whole = row.get("event.original")
        texts = [whole] if whole else [row[name] for name in names if row[name]]
        for text in texts:
            yield int(row["taishi.record"] or 0) + 1, " ".join(text.splitlines())


def masked_text(text: str, *, emails: bool = True) -> tuple[str, Counts]:
    """A text with every value masked, and how many of each kind there were."""
    parts: list[str] = []
    counts: Counts = Counter()
    last = 0
    for begin, end in windows(text, emails=emails):
        begin = max(begin, last)
        piece = text[begin:end]
        taken = [one for one in find(piece) if one.confidence >= _SURE and (emails or one.type != "email")]
        if taken:
            parts += (text[last:begin], _replaced(piece, taken))
            counts.update(one.type for one in taken)
            last = end
    return ("".join([*parts, text[last:]]) if parts else text), counts


def _shielded(column: pa.Array, name: str, counts: dict[int, Counts]) -> pa.Array | None:
    """The column masked, None where nothing in it is changed. Counts of several columns are of the same
    values, told twice: the greatest counts."""
    if column.null_count == len(column):
        return None
    rows = passing(column, emails=name in BODIES)
    kept = KEPT_BODY.get(name)
    if kept is not None:
        longer = pc.greater(pc.fill_null(pc.utf8_length(column), 0), kept)
        rows = sorted({*rows, *pc.indices_nonzero(longer).to_pylist()})
    values: list[str | None] | None = None
    for row in rows:
        text = column[row].as_py()
        new, found = _masked_extra(text) if name == _EXTRA else masked_text(text, emails=name in BODIES)
        new = new if kept is None else new[:kept]
        if found:
            counts[row] = counts.get(row, Counter()) | found
        if new != text:
            values = column.to_pylist() if values is None else values
            values[row] = new
    return None if values is None else pa.array(values, column.type)


def _stamp(found: Counts) -> list[str]:
    return [f"{kind}:{found[kind]}" for kind in ITEM_TYPES if found[kind]]


def _replaced(text: str, taken: list[Found]) -> str:
    parts: list[str] = []
    last = 0
    for one in taken:
        if one.type in PERSONAL:
            parts += (text[last : one.start], one.masked)
            last = one.end
    return "".join([*parts, text[last:]])


def _masked_extra(text: str) -> tuple[str, Counts]:
    """JSON stays JSON: values are masked one by one, each under its own name."""
    found: Counts = Counter()
    whole = _decode(text)
    new = _masked_json(whole, "", found)
    return (text if new == whole else _encode(new).decode()), found


def _masked_json(value: Json, name: str, found: Counts) -> Json:
    if isinstance(value, dict):
        return {
            key: _masked_json(one, key, found)
            for key, one in value.items()
            if key != CONTENT or not _count(one, found)
        }
    if isinstance(value, list):
        return [_masked_json(one, name, found) for one in value]
    if not isinstance(value, str) and (isinstance(value, bool) or not isinstance(value, int)):
        return value
    head = f"{name.rpartition('.')[2]}: "
    new, more = masked_text(f"{head}{value}", emails=False)
    found.update(more)
    return new[len(head) :] if new[len(head) :] != str(value) else value


def _count(content: Json, found: Counts) -> bool:
    """Counts what content holds; it is not kept."""
    found.update(masked_text(str(content))[1])
    return True
