"""Data of Windows events that come as a list get the names that the event has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from evtx import PyEvtxParser

from sensors.windows_inserts import named
from sensors.winlog_json import SENSOR
from taishi.core.event import Event
from taishi.core.source import Source

_NAME, _EVENT = re.compile(r'<Data Name="([^"]*)"'), re.compile(r"<EventID[^>]*>(\d+)<")
_CHANNEL = re.compile(r"<Channel>([^<]+)<")
#: As Fluent Bit's `winevtlog` writes it.
FAILED: dict[str, Any] = {
    "@timestamp": "2026-11-17T06:00:01Z",
    "ProviderName": "Microsoft-Windows-Security-Auditing",
    "EventID": 4625,
    "Version": 0,
    "Task": 12544,
    "Keywords": "0x8010000000000000",
    "TimeCreated": "2026-11-17 14:00:01 +0800",
    "EventRecordID": 7,
    "ProcessID": 700,
    "Channel": "Security",
    "Computer": "dc-1",
    "Message": "An account failed to log on.",
    "StringInserts": [
        *(
            "S-1-0-0",
            "-",
            "-",
            0,
            "S-1-0-0",
            "eve",
            "DOM",
            "0xc000006d",
            "%%2313",
            "0xc0000064",
            3,
            "NtLmSsp ",
        ),
        *("NTLM", "WS-1", "-", "-", 0, 0, "-", "203.0.113.9", "4022"),
    ],
}


def read(record: dict[str, Any], folder: Path) -> Event:
    path = folder / "events.json"
    path.write_text(json.dumps(record) + "\n")
    (event,) = [event for batch in SENSOR.read(Source.of(path), _never) for event in batch.events()]
    return event


def _never(_record: int, why: str, _raw: bytes) -> None:
    raise AssertionError(why)


def test_a_logon_that_failed(tmp_path: Path) -> None:
    event = read(FAILED, tmp_path)
    assert (event.text("event.code"), event.text("host.name"), event.text("user.name")) == (
        "4625",
        "dc-1",
        "eve",
    )
    assert (event.text("source.ip"), event.text("event.outcome")) == ("203.0.113.9", "failure")
    assert (event.extra["WorkstationName"], event.extra["LogonType"]) == ("WS-1", 3)
    assert "StringInserts" not in event.extra


def test_many_of_them(tmp_path: Path) -> None:
    """Alike lines are read as a table; these are not lost in it."""
    path = tmp_path / "events.json"
    path.write_text((json.dumps(FAILED) + "\n") * 100)
    tables = [event for batch in SENSOR.read(Source.of(path), _never) for event in batch.events()]
    flat = [row for records in SENSOR.flat(Source.of(path), _never) for row in records.rows()]
    assert [event.text("user.name") for event in tables] == ["eve"] * 100
    assert [row["TargetUserName"] for row in flat] == ["eve"] * 100


@pytest.mark.parametrize(
    "odd",
    [{"StringInserts": ["a", "b"]}, {"StringInserts": "a"}, {"EventID": 1}, {"Channel": "Nobody's"}],
    ids=["another number", "no list", "another event", "another channel"],
)
def test_what_is_not_known_stays_as_it_is(odd: dict[str, Any], tmp_path: Path) -> None:
    record = {**FAILED, **odd}
    assert named(record) == record
    assert read(record, tmp_path).kind == "windows"


def test_the_names_are_those_of_real_events(corpus: Path) -> None:
    """Of every event that the table knows: in the order in which Windows has them."""
    seen = 0
    for path in sorted((corpus / "evtx").rglob("*.evtx"))[::4]:
        for record in PyEvtxParser(str(path)).records():
            text = record["data"]
            names, event, channel = _NAME.findall(text), _EVENT.search(text), _CHANNEL.search(text)
            if not names or event is None or channel is None:
                continue
            given = {"Channel": channel[1], "EventID": int(event[1]), "StringInserts": [*range(len(names))]}
            told = named(given)
            if "StringInserts" not in told:
                seen += 1
                assert list(told)[2:] == names
    assert seen > 100
