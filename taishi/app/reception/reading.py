"""Documents become events by the sensors that read the same records from files."""

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sensors.alike_documents import Documents
from sensors.choose import sense
from sensors.ecs_rows import ecs_event
from sensors.json_records import ObjectSensor, TableSensor, read_parsed
from sensors.lines import Damaged, Seen, shown
from sensors.loose_json import renamed
from taishi.app.reception.documents import Document
from taishi.app.reception.messages import Line, is_ecs, line_in, plain, whose
from taishi.core.event import Batch, Builders, Json
from taishi.core.ports import Sensor
from taishi.core.problems import Problem
from taishi.core.source import Source

#: Shapes of documents whose sensor is remembered.
_REMEMBERED = 2000
#: How many of them a sensor is shown.
_SAMPLE = 20
#: Any text with a time is known to these: too little to take a line for more than a message.
_VAGUE = frozenset({"text_log"})
#: Any JSON is known to these: too little to take an envelope's own fields for the event's.
_LOOSE = frozenset({"text_log", "loose_json", "ecs_json"})
#: How many sensors read the lines of one shape, each what those before it did not know.
_SENSORS = 4


class Shape(NamedTuple):
    """What documents have in common that one sensor reads. `whose`: the line that is in them, if one is.

    The order of names says nothing: Beats 7 write each document in another.
    """

    names: frozenset[str]
    whose: bytes | None


#: A document and the line that is in it.
_Carried = tuple[Document, Line]
#: A document becomes an event. Raises Damaged.
_Plain = Callable[[Document, datetime], Seen]


class DocumentReader:
    """Remembers which sensor knows which shape of documents. For one thread at a time."""

    def __init__(self, sensors: Sequence[Sensor]) -> None:
        self._sensors = sensors
        self._chosen: OrderedDict[Shape, Sensor] = OrderedDict()

    def read(self, documents: Sequence[Document], at: datetime, bad: dict[str, str]) -> Iterator[Batch]:
        """Events of what came at a moment, their ids made from the documents' names: `NAME`, `NAME-1` … `bad`
        takes, by name, why a document is none.
        """
        own, carried = _by_shape(documents)
        for shape, lines in carried.items():
            left = yield from self._lines(shape, lines, at)
            if left and is_ecs(left[0].record):
                own.setdefault(Shape(shape.names, None), []).extend(left)
            else:
                yield from self._envelopes(shape, left, at, bad)
        for shape, alike in own.items():
            sensor = self._sensor(shape, _raw(alike[:_SAMPLE]), at)
            if sensor is None or sensor.name in _VAGUE:
                yield from _as_they_are(alike, at, bad, _document)
            else:
                yield from self._read(sensor, alike, None, at, bad)

    def _lines(
        self, shape: Shape, carried: Sequence[_Carried], at: datetime
    ) -> Generator[Batch, None, list[Document]]:
        """Events of the lines; gives the documents whose lines nobody knows."""
        left = list(carried)
        for _ in range(_SENSORS):
            raw = [line.raw for _, line in left]
            sensor = self._sensor(shape, raw, at) if left else None
            if sensor is None or sensor.name in _VAGUE:
                break
            refused = dict[str, str]()
            for batch in self._read(sensor, [one for one, _ in left], raw, at, refused):
                yield _as_brought(batch, left)
            before, left = len(left), [(one, line) for one, line in left if one.name in refused]
            if len(left) == before:
                break
        return [one for one, _ in left]

    def _envelopes(
        self, shape: Shape, documents: Sequence[Document], at: datetime, bad: dict[str, str]
    ) -> Iterator[Batch]:
        """Those whose lines nobody knows: read by a sensor of the user's own, else as messages."""
        if documents:
            sensor = self._sensor(Shape(shape.names, None), _raw(documents[:_SAMPLE]), at)
            if sensor is None or sensor.name in _LOOSE:
                yield from _as_they_are(documents, at, bad, _envelope)
            else:
                yield from self._read(sensor, documents, None, at, bad)

    def _sensor(self, shape: Shape, lines: Sequence[bytes], at: datetime) -> Sensor | None:
        """The one that knew such lines before, as long as it does; else whoever knows them best."""
        source = Source.received_as("documents", b"\n".join(lines[:_SAMPLE]), at, "")
        chosen = self._chosen.get(shape)
        if chosen is None or not chosen.recognizes(source):
            try:
                chosen = sense(source, self._sensors)
            except Problem:
                return None
            self._chosen[shape] = chosen
            if len(self._chosen) > _REMEMBERED:
                self._chosen.popitem(last=False)
        self._chosen.move_to_end(shape)
        return chosen

    def _read(
        self,
        sensor: Sensor,
        documents: Sequence[Document],
        lines: Sequence[bytes] | None,
        at: datetime,
        bad: dict[str, str],
    ) -> Iterator[Batch]:
        """All at once; one by one where the sensor does not take them line by line. `lines`: what is read, if
        not the documents as they are.
        """
        try:
            batches, refused = _read_together(sensor, documents, lines, at)
        except Exception:  # noqa: BLE001 - one document's defect must not cost the others
            batches, refused = [], {}
        if _told(batches) | refused.keys() == {one.name for one in documents}:
            bad |= refused
            yield from batches
            return
        for one, line in zip(documents, lines or _raw(documents), strict=True):
            yield from _read_alone(sensor, one, line, at, bad)


def _by_shape(
    documents: Sequence[Document],
) -> tuple[dict[Shape, list[Document]], dict[Shape, list[_Carried]]]:
    """Those that are what they say, and those that carry a line."""
    own, carried = dict[Shape, list[Document]](), dict[Shape, list[_Carried]]()
    for one in documents:
        line, names = line_in(one.record), frozenset(one.record)
        if line is None:
            own.setdefault(Shape(names, None), []).append(one)
        else:
            carried.setdefault(Shape(names, whose(line)), []).append((one, line))
    return own, carried


def _read_together(
    sensor: Sensor, documents: Sequence[Document], lines: Sequence[bytes] | None, at: datetime
) -> tuple[list[Batch], dict[str, str]]:
    """Batches, and why documents are none."""
    refused, batches = dict[str, str](), list[Batch]()
    if lines is None and isinstance(sensor, TableSensor):
        batches, left = sensor.read_alike(Documents(*zip(*map(_parts, documents), strict=True)))
        documents = [documents[at] for at in left]
    names = [one.name for one in documents]

    def reject(line: int, why: str, _raw: bytes) -> None:
        refused[names[line]] = why

    if lines is None and isinstance(sensor, ObjectSensor):
        records = ((one.record, one.raw) for one in documents)
        source = Source.received_as("documents", b"", at, "", names)
        return [*batches, *read_parsed(sensor, records, source, reject)], refused
    content = b"\n".join([*(lines or _raw(documents)), b""])
    return list(sensor.read(Source.received_as("documents", content, at, "", names), reject)), refused


def _parts(one: Document) -> tuple[dict[str, Json], str, str]:
    return one.record, shown(one.raw), one.name


def _raw(documents: Sequence[Document]) -> list[bytes]:
    return [one.raw for one in documents]


def _told(batches: Sequence[Batch]) -> set[str]:
    """The names of documents that have become events."""
    return {event_id.partition("-")[0] for batch in batches for event_id in _ids(batch)}


def _ids(batch: Batch) -> list[str]:
    ids: list[str] = batch.rows.column("event.id").to_pylist()
    return ids


def _read_alone(
    sensor: Sensor, one: Document, line: bytes, at: datetime, bad: dict[str, str]
) -> Iterator[Batch]:
    source, place = Source.received_as("documents", line + b"\n", at, one.name), 0
    why: list[str] = []
    try:
        for batch in list(sensor.read(source, lambda _line, reason, _raw: why.append(reason))):
            names = [f"{one.name}-{n}" if n else one.name for n in range(place, place + len(batch))]
            place += len(batch)
            yield batch.with_columns({"event.id": pa.array(names, pa.string())})
    except Exception as error:  # noqa: BLE001 - one document's defect must not cost the others
        why.append(f"{type(error).__name__} while {sensor.name} read it")
    if not place:
        bad[one.name] = why[0] if why else "holds no event"


def _as_they_are(
    documents: Sequence[Document], at: datetime, bad: dict[str, str], seen_of: _Plain
) -> Iterator[Batch]:
    """Documents that no sensor knows: their own fields, at the time they say or else came."""
    builders = Builders("documents", "")
    for number, one in enumerate(documents):
        try:
            seen = seen_of(one, at)
        except (Damaged, RecursionError) as error:
            bad[one.name] = str(error)
            continue
        builders.add(seen.kind, number, {**seen.row, "event.id": one.name}, seen.extra, seen.original)
        if builders.ready:
            yield from builders.full()
    yield from builders.rest()


def _document(one: Document, at: datetime) -> Seen:
    fields = renamed(one.record)
    return ecs_event(fields, one.raw.decode("utf-8", "replace"), None if "@timestamp" in fields else at)


def _envelope(one: Document, at: datetime) -> Seen:
    return plain(one.record, one.raw.decode("utf-8", "replace"), at)


def _as_brought(batch: Batch, carried: Sequence[_Carried]) -> Batch:
    """Lines that name no host or file are of those that the envelope names; of what was put together the
    document is the evidence, not the line.
    """
    told = {one.name: (one, line) for one, line in carried}
    of_rows = [told[event_id.partition("-")[0]] for event_id in _ids(batch)]
    columns = {
        "host.name": [line.host for _, line in of_rows],
        "log.file.path": [line.path for _, line in of_rows],
    }
    filled = {name: _filled(batch, name, values) for name, values in columns.items()}
    if not all(line.whole for _, line in of_rows):
        original = batch.rows.column("event.original")
        raw = [None if line.whole else one.raw.decode("utf-8", "replace") for one, line in of_rows]
        filled["event.original"] = pc.coalesce(pa.array(raw, original.type), original)
    return batch.with_columns(filled)


def _filled(batch: Batch, name: str, values: Sequence[str | None]) -> pa.Array:
    column = batch.rows.column(name)
    return pc.coalesce(column, pa.array(values, column.type)) if column.null_count else column
