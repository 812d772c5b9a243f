"""Windows event logs in their binary form, EVTX (MS-EVEN6 2.2.17 BinXml in 64 KiB chunks)."""

from collections.abc import Iterator
from pathlib import Path

from sensors.lines import Intake, Seen
from sensors.unpacked import plain_file
from sensors.values import json_object, part
from sensors.windows import from_event_tree
from taishi.core.event import Batch
from taishi.core.source import Reject, Source

_MAGIC, _CHUNK = b"ElfFile\x00", b"ElfChnk\x00"
#: The file header's block; the first chunk stands behind it.
_HEADER_BYTES = 4096


class Evtx:
    """One event a record; a damaged record or chunk is rejected, the next one goes on."""

    name = "evtx"

    def recognizes(self, source: Source) -> int:
        return 100 if source.head.startswith(_MAGIC) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake = Intake(self.name, source, reject)
        if not source.head.startswith(_CHUNK, _HEADER_BYTES):
            intake.refuse("no chunk where the first one should be", source.head[:128])

        def torn(reason: str) -> None:
            intake.refuse(f"{reason}; records before that place are kept", b"")

        with plain_file(source, torn) as path:
            for raw in _records(path, source, intake):
                yield from intake.take(raw, _parse)
        yield from intake.rest()


def _parse(raw: bytes) -> list[Seen]:
    return [from_event_tree(part(json_object(raw), "Event"), raw.decode())]


def _records(path: Path, source: Source, intake: Intake) -> Iterator[bytes]:
    """The JSON of every record; what the parser cannot read is refused with its own words."""
    from evtx import PyEvtxParser  # a compiled library: loaded only when there is such a file

    try:
        found = PyEvtxParser(str(path)).records_json()
    except (RuntimeError, OSError, ValueError, EOFError) as error:
        intake.refuse(f"no readable EVTX header ({_one_line(error)})", source.head[:128])
        return
    while True:
        try:
            record = next(found)
            yield record["data"].encode() if record else b""
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            intake.refuse(_one_line(error), b"")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


SENSOR = Evtx()
