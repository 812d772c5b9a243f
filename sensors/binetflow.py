"""Argus flows as CSV, as `ra -c ,` prints them and as the CTU data sets carry them (`.binetflow`)."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta

from sensors.lines import Damaged, Seen, first_lines, read_lines, shown
from sensors.values import count, filled, left, moment, nanoseconds, number, parsed_address
from taishi.core.event import Batch, Value
from taishi.core.source import Reject, Source

_NEEDED = frozenset({"StartTime", "Proto", "SrcAddr", "DstAddr"})
#: Argus states of its own (argus man page, "state") in Zeek's words.
_STATES = {
    "CON": "SF",
    "INT": "S0",
    "REQ": "S0",
    "TIM": "S0",
    "ACC": "S1",
    "EST": "S1",
    "CLO": "SF",
    "FIN": "SF",
    "RST": "RSTO",
    "ECO": "SF",
    "ECR": "SF",
}
_ZEEK = frozenset(
    ("S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH")
)
_USED = (
    *_NEEDED,
    *("Dur", "Sport", "Dport", "TotPkts", "TotBytes", "SrcBytes", "SrcPkts"),
)


class Binetflow:
    """One flow a line; the header names the columns."""

    name = "binetflow"

    def recognizes(self, source: Source) -> int:
        head = first_lines(source)[:1]
        return 95 if head and set(re.split(r"\s*[,\t]\s*", shown(head[0]).strip())) >= _NEEDED else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        names: list[str] = []

        def parse(line: bytes) -> list[Seen]:
            values = _fields(line)
            if set(values) >= _NEEDED:
                names[:] = values
                return []
            if len(values) != len(names):
                raise Damaged(f"{len(values)} values for {len(names)} columns")
            return [_seen(dict(zip(names, values, strict=True)), shown(line))]

        return read_lines(self.name, source, reject, parse)


def _fields(line: bytes) -> list[str]:
    text = shown(line)
    try:
        return [value.strip() for value in next(csv.reader([text], delimiter="\t" if "\t" in text else ","))]
    except (csv.Error, StopIteration) as error:
        raise Damaged(f"no CSV: {error}") from None


def _seen(record: dict[str, str], original: str) -> Seen:
    start = moment(record["StartTime"], "StartTime")
    span = nanoseconds(record.get("Dur"), "Dur") or 0
    try:
        end = start + timedelta(microseconds=span / 1000)
    except OverflowError:
        raise Damaged("Dur is longer than time") from None
    row: dict[str, Value] = {
        "@timestamp": start,
        "event.kind": "event",
        "event.category": "network",
        "event.type": "connection",
        "event.module": "argus",
        "event.dataset": "argus.flow",
        "event.start": start,
        "event.end": end,
        "event.duration": span,
        "network.transport": record["Proto"] or None,
        "taishi.flow.state": _state(record.get("State", "")),
        **_volumes(record),
        **_ends(record),
    }
    return Seen(
        "flow", filled(row), left({name: value or None for name, value in record.items()}, _USED), original
    )


def _volumes(record: dict[str, str]) -> dict[str, Value]:
    """Argus gives the total and the source's part; the rest is the destination's."""
    row: dict[str, Value] = {}
    for what, whole, part in (("bytes", "TotBytes", "SrcBytes"), ("packets", "TotPkts", "SrcPkts")):
        every, sent = count(record.get(whole), whole), count(record.get(part), part)
        answered = every - sent if every is not None and sent is not None else None
        if answered is not None and answered < 0:
            raise Damaged(f"{part} is more than {whole}")
        row |= {
            f"network.{what}": every,
            f"source.{what}": sent,
            f"destination.{what}": answered,
        }
    return row


def _ends(record: dict[str, str]) -> dict[str, Value]:
    """Addresses with ports; below IP there are MAC addresses, and ICMP has type and code in their place."""
    row: dict[str, Value] = {}
    ports = record["Proto"] in ("tcp", "udp", "sctp")
    for side, end, place in (("source", "SrcAddr", "Sport"), ("destination", "DstAddr", "Dport")):
        text = record[end]
        ip = parsed_address(text)
        if ip:
            row[f"{side}.ip"] = ip
            row["network.type"] = "ipv6" if ":" in ip else "ipv4"
        elif text.count(":") == 5:
            row[f"{side}.mac"] = text.upper().replace(":", "-")
        elif text not in ("", "0"):
            raise Damaged(f"{end} is no address: {text[:60]!r}")
        if ports:
            row[f"{side}.port"] = _port(record.get(place, ""), place)
    return row


def _port(text: str, name: str) -> int | None:
    """Decimal or, as Argus writes ports that have no meaning, hexadecimal."""
    try:
        found = int(text, 16) if text.startswith("0x") else number(text, name)
    except ValueError:
        raise Damaged(f"{name} is no port: {text[:20]!r}") from None
    if found is not None and not 0 <= found <= 65535:
        raise Damaged(f"{name} is no port: {text[:20]!r}")
    return found


def _state(text: str) -> str | None:
    """Argus writes the TCP flags of both sides, `FSPA_FSPA`: Zeek's word for how that connection went."""
    if text in _ZEEK:
        return text
    out, mark, back = text.partition("_")
    if not mark:
        return _STATES.get(text, "OTH") if text else None
    if "S" not in back:
        rejected = "R" in back and "S" in out
        return "REJ" if rejected else "S0" if "S" in out and not back else "OTH"
    if "R" in out or "R" in back:
        return "RSTO" if "R" in out else "RSTR"
    return "SF" if "F" in out and "F" in back else "S1"


SENSOR = Binetflow()
