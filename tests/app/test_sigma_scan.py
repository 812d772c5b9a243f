"""Many lines are read as tables and few one by one: `taishi detect` finds the same either way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from detections.engine.load import Options
from sensors import flat_intake
from taishi.app.sigma_scan import Scan, scan
from taishi.core.event import Json

RULES = """
title: A tool
id: 7d4c0f5e-2f5a-4f0e-9a39-0000000000a1
logsource: {product: windows, category: process_creation}
detection: {s: {CommandLine|contains: [' /grab', 'Élan']}, f: {User|re: '^SVC.*'}, condition: s and not f}
level: high
---
title: A word anywhere
id: 7d4c0f5e-2f5a-4f0e-9a39-0000000000a2
logsource: {product: windows, service: security}
detection: {words: ['needle\\\\in'], condition: words}
level: low
---
title: Logons from outside
id: 7d4c0f5e-2f5a-4f0e-9a39-0000000000a3
name: outside
logsource: {product: windows, service: security}
detection: {s: {EventID: 4624, LogonType: 10}, f: {IpAddress|cidr: 10.0.0.0/8}, condition: s and not f}
level: low
---
title: Many logons from outside
id: 7d4c0f5e-2f5a-4f0e-9a39-0000000000a4
correlation: {type: event_count, rules: [outside], group-by: [Computer], timespan: 1h, condition: {gte: 5}}
level: high
"""


def line(number: int) -> bytes:
    """One of a dozen sorts of lines, most of them plain."""
    logon = number % 2
    fields: dict[str, Json] = {
        "EventID": 4624 if logon else 1,
        "Channel": "Security" if logon else "Microsoft-Windows-Sysmon/Operational",
        "Provider_Name": "Microsoft-Windows-Security-Auditing" if logon else "Microsoft-Windows-Sysmon",
        "Hostname": f"pc{number % 3}.example.org",
        "EventTime": f"2026-03-02 08:{number // 60 % 60:02}:{number % 60:02}",
        "CommandLine": ["c:\\x.exe /GRAB", "notepad", "un élan", "UN ÉLAN"][number // 2 % 4],
        "User": ["svc-1", "SVC-2", "alice"][number // 2 % 3],
        "LogonType": 10 if number % 5 else "10",
        "IpAddress": ["10.1.2.3", "192.0.2.7", "-"][number % 3],
    }
    odd: dict[int, Json] = {11: ["a", 'Needle\\In "it"'], 12: 1.5, 13: None, 14: "a needle\\in it", 15: "\0"}
    if number % 17 in odd:
        fields["More"] = odd[number % 17]
    raw = json.dumps(fields, ensure_ascii=number % 4 == 0).encode()
    return raw[:-5] if number % 97 == 0 else raw


def scanned(paths: list[Path], rules: Path, worth: int) -> Scan:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat_intake, "_WORTH", worth)
        return scan(paths, [rules], Options())


def test_tables_and_single_lines_find_the_same(tmp_path: Path) -> None:
    rules, paths = tmp_path / "rules", [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    rules.mkdir()
    (rules / "rules.yml").write_text(RULES, "utf-8")
    for place, path in enumerate(paths):
        path.write_bytes(b"\n".join(map(line, range(place * 900, place * 900 + 900))))
    tables, single = (scanned(paths, rules, worth) for worth in (1, 1 << 30))
    assert tables.hits == single.hits
    assert {hit.title for hit in tables.hits} == {"A tool", "A word anywhere"}  # the third is silent
    assert tables.correlated == single.correlated
    assert tables.correlated
    assert [(one.events, one.reasons, one.quarantined) for one in tables.inputs] == [
        (one.events, one.reasons, one.quarantined) for one in single.inputs
    ]
    assert all(one.quarantined for one in tables.inputs)


def test_a_settled_process_ends_without_complaints(tmp_path: Path) -> None:
    """DuckDB's bindings complain at exit about objects of theirs that the collector was told to keep."""
    program = (
        "from pathlib import Path\n"
        "from taishi.app.desk import open_desk\n"
        "from taishi.app.sigma_scan import settle\n"
        f"desk = open_desk(Path({str(tmp_path / 'data')!r}))\nsettle()\ndesk.events.ledger()\ndesk.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
