"""One shape, whoever carried the event."""

import json
from collections.abc import Callable

import pytest

SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
    "EventID": 4625,
    "Keywords": "0x8010000000000000",
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T00:00:00.1234567Z"}},
    "EventRecordID": 7,
    "Channel": "Security",
    "Computer": "dc.example.org",
}
DATA = {
    "TargetUserName": "bob",
    "TargetDomainName": "EX",
    "IpAddress": "192.0.2.1",
    "IpPort": "4000",
    "LogonType": 3,
}
TREE = {"Event": {"System": SYSTEM, "EventData": DATA}}
BEAT = {
    "@timestamp": "2026-03-01T00:00:00.123Z",
    "message": "An account failed to log on.",
    "winlog": {
        "event_id": "4625",
        "channel": "Security",
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "computer_name": "dc.example.org",
        "record_id": 7,
        "keywords": ["Audit Failure"],
        "event_data": DATA,
    },
}
FLAT = {
    "EventID": 4625,
    "Channel": "Security",
    "SourceName": "Microsoft-Windows-Security-Auditing",
    "Hostname": "dc.example.org",
    "@timestamp": "2026-03-01T00:00:00.123Z",
    "RecordNumber": 7,
    "Keywords": "0x8010000000000000",
    **DATA,
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(TREE),
        json.dumps(TREE, indent=2),
        json.dumps([TREE], indent=2),
        json.dumps(BEAT),
        json.dumps(FLAT),
    ],
    ids=["line", "pretty", "array", "winlogbeat", "flat"],
)
def test_every_carrier_gives_the_same_event(read: Callable, content: str) -> None:
    made = read(content)
    event = made.only
    assert made.sensor == "winlog_json"
    expected = {
        "event.code": "4625",
        "event.dataset": "windows.Security",
        "event.outcome": "failure",
        "event.provider": "Microsoft-Windows-Security-Auditing",
        "host.name": "dc.example.org",
        "winlog.channel": "Security",
        "winlog.record_id": "7",
        "user.name": "bob",
        "user.domain": "EX",
        "source.ip": "192.0.2.1",
        "source.port": 4000,
    }
    assert {name: event.fields.get(name) for name in expected} == expected
    assert event.extra["EventID"] == 4625
    assert event.extra["Provider_Name"] == "Microsoft-Windows-Security-Auditing"
    assert event.extra["IpPort"] == "4000"
    assert event.extra["Computer"] == "dc.example.org"


def tree(data: object, **system: object) -> str:
    return json.dumps({"Event": {"System": {**SYSTEM, **system}, **(data if isinstance(data, dict) else {})}})


def test_event_id_with_qualifiers(read: Callable) -> None:
    event = read(
        tree({"EventData": None}, EventID={"#attributes": {"Qualifiers": 16384}, "#text": 7036})
    ).only
    assert event.text("event.code") == "7036"


def test_fields_without_a_name_are_data(read: Callable) -> None:
    event = read(tree({"EventData": {"Data": {"#text": ["one", "two"]}, "Binary": "00FF"}})).only
    assert event.extra["Data"] == "one\ntwo"
    assert event.extra["Binary"] == "00FF"


def test_user_data_is_flat_and_does_not_hide_the_channel(read: Callable) -> None:
    cleared = {
        "UserData": {
            "LogFileCleared": {"#attributes": {"xmlns": "x"}, "Channel": "System", "BackupPath": None}
        }
    }
    event = read(tree(cleared)).only
    assert event.extra["Channel"] == "Security"
    assert "BackupPath" in event.extra


def test_documents_one_after_the_other_and_a_torn_one(read: Callable) -> None:
    whole = json.dumps(TREE, indent=2)
    made = read(f"{whole}\n{whole}\n{whole[:200]}\n{whole}\n")
    assert len(made.events) == 3
    assert len(made.rejected) == 1


def test_what_is_missing_is_named(read: Callable) -> None:
    made = read("\n".join([json.dumps(TREE), tree({}, EventID=None), tree({}, TimeCreated=None)]))
    assert made.reasons == ["EventID is missing", "TimeCreated is missing: when it happened is not known"]


def test_a_file_that_only_begins_like_evtx_is_rejected(read: Callable) -> None:
    made = read(b"ElfFile\x00" + b"\x00" * 5000, "broken.evtx")
    assert made.sensor == "evtx"
    assert not made.events
    assert made.reasons == ["no chunk where the first one should be"]
