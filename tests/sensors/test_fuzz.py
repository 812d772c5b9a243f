"""Lines damaged at random, many of them: no parser stops, and each rejection says why.

`scripts/soak` makes 100,000 lines a parser; here a seeded tenth.
"""
# ruff: noqa: E501 - lines as they are written

import json
import os
import random
from pathlib import Path

import pytest

from sensors.choose import sensors
from taishi.core.event import first_batch_error
from taishi.core.source import Source
from tests.sensors.test_auditd import AUDITBEAT, EXEC, GO_AUDIT, LAUREL
from tests.sensors.test_fieldmaps import LINES
from tests.sensors.test_mutations import GOOD
from tests.sensors.test_server_logs import APACHE, MODSECURITY, NGINX, OLD_APACHE, PG_CSV, PG_JSON
from tests.sensors.test_windows_xml import PLAIN, RENDERED, SYSMON

COUNT = 100_000 if os.environ.get("TAISHI_SOAK") else 10_000
#: Lines of each parser, and those that come first.
SEEDS: dict[str, tuple[list[str], list[str]]] = {
    "auditd": (EXEC.strip().split("\n")[:-1], []),
    "auditd_json": ([json.dumps(one) for one in (LAUREL, GO_AUDIT, AUDITBEAT)], []),
    "windows_xml": ([PLAIN, RENDERED, SYSMON], []),
    "fieldmap": ([line for line, _, _ in LINES.values()], []),
    "csv_table": (["2026-03-01 08:00:00,192.0.2.1,198.51.100.7,443,deny"], ["时间,源IP,目的IP,目的端口,动作"]),
    "nginx_error": ([NGINX, MODSECURITY], []),
    "apache_error": ([APACHE, OLD_APACHE], []),
    "catalina": (
        ["01-Mar-2026 08:00:00.123 SEVERE [main] org.x.Y.z words", "\tat org.x.Y.z(Y.java:5)",
         "Mar 01, 2026 8:00:00 AM org.x.Y z", "INFO: words"], [],
    ),
    "postgresql": (
        [PG_JSON, *PG_CSV.split("\n")[:2], "192.0.2.1(1) 2026-03-01 00:00:00 UTC [7] li@shop FATAL:  words",
         '2026-03-01 00:00:00 UTC [7] li@shop LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,p,"select 1",<none>'],
        [],
    ),
    "mysql": (
        ["2026-03-01T00:00:00.1Z\t   12 Connect\tli@192.0.2.1 on shop using TCP/IP", "\t\t   12 Query\tselect 1",
         "2026-03-01T00:00:00.1Z 12 [Note] [MY-010926] [Server] Access denied for user 'li'@'192.0.2.1' (x)",
         "20260301 08:00:00,db-1,li,192.0.2.1,12,7,QUERY,shop,'select 1',0",
         '{"audit_record":{"name":"Connect","timestamp":"2026-03-01T00:00:00Z","status":1045,"user":"li"}}'],
        [],
    ),
    "syslog": (
        ["<34>1 2026-02-12T06:10:21.5Z web-1 app 7 ID1 [x@1 a=\"]\"] words", LINES["cef"][0],
         f"Jan  1 08:00:00 web-1 sysmon: {SYSMON}", f"Jan  1 08:00:00 web-1 audispd: {EXEC.split(chr(10))[0]}",
         "Feb 12 14:10:21 h sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2"],
        [],
    ),
}  # fmt: skip
for _name, (_head, _good) in GOOD.items():
    _heads = [_head.decode().strip()] if _head else []
    _seeds = SEEDS.setdefault(_name, ([], _heads))
    _seeds[0].append(_good.decode())
#: Parsers of which every line is one event or one rejection.
EXACT = {"fieldmap", "csv_table", "nginx_error", "apache_error", "access_log", "loose_json"}
#: What a line is damaged with: structure of the formats, and bytes of no encoding.
PIECES = [
    b"", b"\x00", b"\xff\xfe", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"<", b">", b"|", b"=", b":", b",",
    b"\t", b" ", b"-", b"9" * 40, b"1e999", b"NaN", b"null", b"\xe4\xb8\xad", b"\xd6\xd0", b"%s", b"a" * 300,
    b"<![CDATA[", b"&amp;", b"type=", b"9999-99-99", b"\x1d", b"()", b"CEF:0|", b"0x",
]  # fmt: skip


def damaged(rng: random.Random, good: bytes) -> bytes:
    line = bytearray(good)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        start = rng.randrange(len(line) + 1)
        end = min(len(line), start + rng.choice((0, 1, 3, 12, 60)))
        line[start:end] = rng.choice(PIECES)
    return bytes(line).replace(b"\n", b" ").replace(b"\r", b" ")


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_no_parser_stops_at_damaged_lines(name: str, tmp_path: Path) -> None:
    seeds, heads = SEEDS[name]
    rng = random.Random(f"taishi {name}")
    path = tmp_path / "x.log"
    lines = [damaged(rng, rng.choice(seeds).encode()) for _ in range(COUNT)]
    lines = [line for line in lines if line.strip()]
    path.write_bytes(b"\n".join([*(head.encode() for head in heads), *lines]) + b"\n")
    sensor = next(one for one in sensors() if one.name == name)
    reasons: list[str] = []
    events = 0
    for batch in sensor.read(Source.of(path), lambda _n, why, _raw: reasons.append(why)):
        assert first_batch_error(batch) is None
        events += len(batch)
    assert events > COUNT / 20
    assert all(reasons)
    if name in EXACT:
        assert events + len(reasons) == len(lines)
