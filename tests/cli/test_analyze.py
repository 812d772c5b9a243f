"""`taishi analyze` on real logs."""

import json
from collections.abc import Callable
from pathlib import Path

from taishi.sample.week import SampleWeek
from tests.cli.ran import Ran

Taishi = Callable[..., Ran]


def test_apt29_hosts_are_compromised(taishi: Taishi, corpus: Path) -> None:
    ran = taishi("analyze", *sorted((corpus / "otrf-apt29-day1-zeek").glob("*.log")), "--json")
    compromised = {one["subject"]: one for one in ran.json["verdicts"] if one["class"] == "compromised"}
    assert compromised.keys() == {"10.0.1.4", "10.0.1.6"}
    assert "192.168.0.4" in compromised["10.0.1.6"]["peers"]


def test_nothing_in_the_network_corpus_crashes(taishi: Taishi, corpus: Path) -> None:
    ran = taishi("analyze", corpus / "network", "--json")
    assert ran.status == 0
    assert len(ran.json["inputs"]) > 200
    reasons = [reason for one in ran.json["inputs"] for reason in one["reasons"]]
    assert not [reason for reason in reasons if " failed (" in reason]


def test_events_out_can_be_read_again(taishi: Taishi, week: SampleWeek, tmp_path: Path) -> None:
    log, out = next(path for path in week.logs if path.suffix == ".jsonl"), tmp_path / "events.jsonl"
    first = taishi("analyze", log, "--events-out", out, "--json").json
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert len(lines) == first["events"]
    assert all(line["event.original"] and line["@timestamp"] for line in lines)
    again = taishi("analyze", out, "--json").json
    assert again["events"] == first["events"]
    assert [(one["subject"], one["class"]) for one in again["verdicts"]] == [
        (one["subject"], one["class"]) for one in first["verdicts"]
    ]


def test_titles_in_english(taishi: Taishi, week: SampleWeek) -> None:
    log = next(path for path in week.logs if "zrzy" in path.name)
    ran = taishi("analyze", log, "--lang", "en", "--json")
    assert (
        ran.json["verdicts"][0]["because"][0]["title"] == "Password guessed: logon succeeded after failures"
    )


def test_correlations_are_analyzed_whatever_the_order_of_files(taishi: Taishi, tmp_path: Path) -> None:
    line = '{ip} - - [02/Mar/2026:08:0{n}:00 +0800] "GET /{n} HTTP/1.1" 404 5 "-" "x"\n'
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    for log, minutes in zip(logs, ((4, 5), (0, 1), (2, 3)), strict=True):
        log.write_text("".join(line.format(ip="203.0.113.9", n=n) for n in minutes))
    (tmp_path / "rules.yml").write_text("""title: Not found
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0501
name: not_found
status: test
logsource: {category: webserver}
detection:
  selection: {sc-status: 404}
  condition: selection
level: low
---
title: Many not found
id: 6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0502
correlation:
  type: value_count
  rules: [not_found]
  group-by: [c-ip]
  timespan: 10m
  condition: {gte: 6, field: cs-uri-stem}
level: medium
""")
    told = taishi("analyze", *logs, "--rules", tmp_path / "rules.yml", "--json").json
    reasons = {reason["rule"]: reason for one in told["verdicts"] for reason in one["because"]}
    assert reasons["6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0502"]["count"] == 6
    assert "6f0b9a2c-6d5c-4e53-a6f0-0e0f4d6a0501" not in reasons
    assert [one["ip"] for one in told["attackers"]] == ["203.0.113.9"]
