"""Zeek's logs, tab-separated or JSON lines, any stream; kinds by stream."""

from collections.abc import Iterator

from sensors.json_records import first_object
from sensors.lines import Seen, first_lines, read_lines, shown
from sensors.values import json_object
from sensors.zeek.streams import seen, stream_by_fields, stream_by_name
from sensors.zeek.tables import Tables, is_header
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

#: Keys that only Zeek writes.
_OWN = frozenset({"id.orig_h", "id_orig_h", "uid", "uids", "fuid", "conn_uids", "_path", "@stream"})


class Zeek:
    """One event a line. The stream is what the log says it is, else what the file name or fields say."""

    name = "zeek"

    def recognizes(self, source: Source) -> int:
        if any(is_header(line) for line in first_lines(source)[:3]):
            return 96
        record = first_object(source)
        if "ts" in record and _OWN & record.keys():
            return 94
        known = stream_by_name(source.path.name)
        return 60 if "ts" in record and known else 35 if record and known and "name" in record else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        named = stream_by_name(source.path.name)
        tables = Tables()

        def parse(line: bytes) -> list[Seen]:
            if line.lstrip().startswith(b"{"):
                record = json_object(line)
                return [seen(_stream(record) or named or stream_by_fields(record), record, shown(line))]
            row = tables.feed(line)
            if row is None:
                return []
            return [seen(tables.path or named or stream_by_fields(row), row, shown(line))]

        return read_lines(self.name, source, reject, parse)


def _stream(record: dict[str, Json]) -> str | None:
    declared = record.get("_path") or record.get("@stream")
    return declared if isinstance(declared, str) else None


SENSOR = Zeek()
