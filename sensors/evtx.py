"""Windows event logs in their binary form, EVTX (MS-EVEN6 2.2.17 BinXml in 64 KiB chunks)."""

from collections.abc import Iterator
from pathlib import Path

from sensors.flat_intake import FlatIntake, Format
from sensors.flat_windows import TreeFields
from sensors.lines import Intake, Refuse, Seen
from sensors.unpacked import plain_file
from sensors.values import json_object, part
from sensors.windows import ANSWERED, TIME, WindowsRecord, tree_record, windows_event
from taishi.core.event import Batch
from taishi.core.flat import FlatRecords
from taishi.core.source import Reject, Source

_MAGIC, _CHUNK = b"ElfFile\x00", b"ElfChnk\x00"
#: The file header's block; the first chunk stands behind it.
_HEADER_BYTES = 4096


class Evtx:
    """One event a record; a damaged record or chunk is rejected, the next one goes on."""

    name = "evtx"
    answered = ANSWERED

    def recognizes(self, source: Source) -> int:
        return 100 if source.head.startswith(_MAGIC) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake = Intake(self.name, source, reject)
        for raw in _records(source, intake.refuse):
            yield from intake.take(raw, lambda one: [_event(one)])
        yield from intake.rest()

    def flat(self, source: Source, reject: Reject) -> Iterator[FlatRecords]:
        intake = FlatIntake(Format(self.name, "windows", TreeFields(_record), _event, TIME), source, reject)
        for raw in _records(source, intake.refuse):
            intake.add_one(raw)
            if intake.ready:
                yield from intake.rest()
        yield from intake.rest()


def _event(raw: bytes) -> Seen:
    return windows_event(_record(raw), raw.decode())


def _record(raw: bytes) -> WindowsRecord:
    return tree_record(part(json_object(raw), "Event"))


def _records(source: Source, refuse: Refuse) -> Iterator[bytes]:
    """The JSON of every record; what is unreadable is refused, the next one goes on."""
    if not source.head.startswith(_CHUNK, _HEADER_BYTES):
        refuse("no chunk where the first one should be", source.head[:128])

    def torn(reason: str) -> None:
        refuse(f"{reason}; records before that place are kept", b"")

    with plain_file(source, torn) as path:
        yield from _parsed(path, source, refuse)


def _parsed(path: Path, source: Source, refuse: Refuse) -> Iterator[bytes]:
    """What the parser cannot read is refused with its own words."""
    from evtx import PyEvtxParser  # a compiled library: loaded only when there is such a file

    try:
        found = PyEvtxParser(str(path)).records_json()
    except (RuntimeError, OSError, ValueError, EOFError) as error:
        refuse(f"no readable EVTX header ({_one_line(error)})", source.head[:128])
        return
    while True:
        try:
            record = next(found)
            yield record["data"].encode() if record else b""
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            refuse(_one_line(error), b"")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


SENSOR = Evtx()
