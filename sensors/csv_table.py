"""Tables with a head line, exported by whatever device: columns whose names say enough become ECS fields.

What a field map explains is read by that; here the names are those that loose JSON knows, Chinese ones too.
"""

import csv
from collections.abc import Iterator, Sequence

from sensors.ecs_rows import ecs_event
from sensors.fieldmaps.splitting import cells
from sensors.lines import Damaged, Seen, first_lines, read_lines, shown
from sensors.loose_json import ENOUGH, renamed
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_SEPARATORS = ",\t;|"


class CsvTable:
    """One event a row; asks for a column of time and for an address, a name asked for, or a URL."""

    name = "csv_table"

    def recognizes(self, source: Source) -> int:
        lines = first_lines(source)[:2]
        if len(lines) < 2:
            return 0
        found = _head(shown(lines[0]))
        if found is None:
            return 0
        names, separator = found
        return 45 if len(_row(shown(lines[1]), separator)) == len(names) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        found = _head(shown(first_lines(source)[0]))
        names, separator = found if found is not None else ([], ",")
        head_seen: list[bool] = []

        def parse(line: bytes) -> list[Seen]:
            text = shown(line)
            if not head_seen:
                head_seen.append(True)
                return []
            values = cells(text, separator)
            if len(values) != len(names):
                raise Damaged(f"{len(values)} values for {len(names)} columns")
            return [ecs_event(renamed(_filled(names, values)), text)]

        return read_lines(self.name, source, reject, parse)


def _filled(names: Sequence[str], values: Sequence[str]) -> dict[str, Json]:
    return {
        name: value.strip()
        for name, value in zip(names, values, strict=True)
        if value.strip() not in ("", "-")
    }


def _head(text: str) -> tuple[list[str], str] | None:
    """The names of the columns and what stands between them, where they say enough."""
    for separator in _SEPARATORS:
        names = [name.strip().strip("﻿") for name in _row(text, separator)]
        if len(names) < 3 or len(set(names)) < len(names):
            continue
        fields = renamed({name: "192.0.2.1" for name in names if name})
        if "@timestamp" in fields and ENOUGH & fields.keys():
            return names, separator
    return None


def _row(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator))
    except (csv.Error, StopIteration):
        return []


SENSOR = CsvTable()
