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
