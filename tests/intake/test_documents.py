"""What shippers put into documents becomes what the same records would be in a file."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from sensors.choose import sense, sensors
from sensors.ecs_json import EcsJson
from taishi.app.reception import reading
from taishi.app.reception.documents import Document
from taishi.app.reception.reading import DocumentReader
from taishi.core.event import Event, Json
from taishi.core.ports import Sensor
from taishi.core.source import Source
from tests.intake.conftest import Sender, desk, sender

__all__ = ["desk", "sender"]

ACCESS = (
    '203.0.113.9 - - [17/Nov/2026:14:00:01 +0800] "GET /?id=1%27%20or%201=1 HTTP/1.1" 200 5 "-" "sqlmap/1.7"'
)
SSHD = "<38>Nov 17 14:00:01 web-7 sshd[811]: Failed password for root from 203.0.113.9 port 4022 ssh2"
BEAT = {
    "@timestamp": "2026-11-17T07:00:00Z",
    "agent": {"type": "filebeat", "version": "8.19.0"},
    "ecs": {"version": "8.0.0"},
    "host": {"name": "web-1"},
    "input": {"type": "filestream"},
    "log": {"file": {"path": "/var/log/nginx/access.log"}, "offset": 0},
}


def ids(answer: dict[str, Any]) -> list[str]:
    return [one["create"]["_id"] for one in answer["items"]]


def only(sender: Sender, document: dict[str, Any]) -> Any:
    assert sender.bulk(document)["errors"] is False
    (event,) = sender.events()
    return event


def test_filebeat_with_a_line_of_a_web_server(sender: Sender) -> None:
    event = only(sender, {**BEAT, "message": ACCESS})
    assert event.kind == "http"
    assert (event.text("source.ip"), event.text("user_agent.original")) == ("203.0.113.9", "sqlmap/1.7")
    assert event.text("host.name") == "web-1"


@pytest.mark.parametrize(
    "document",
    [
        {"message": SSHD},
        {"message": SSHD, "host": "web-7", "severity": "info", "facility": "auth", "programname": "sshd"},
        {"@timestamp": 1763362801.5, "log": SSHD + "\n"},
        {**BEAT, "message": SSHD},
    ],
    ids=["line alone", "rsyslog", "Fluent Bit", "Filebeat"],
)
def test_a_line_of_syslog_in_any_envelope(sender: Sender, document: dict[str, Any]) -> None:
    event = only(sender, document)
    assert (event.kind, event.text("user.name"), event.text("source.ip")) == ("logon", "root", "203.0.113.9")
    assert event.text("host.name") == "web-7"
    assert event.text("event.outcome") == "failure"


def test_winlogbeat(sender: Sender) -> None:
    event = only(
        sender,
        {
            "@timestamp": "2026-11-17T07:00:00.123Z",
            "agent": {"type": "winlogbeat"},
            "event": {"code": "4625", "provider": "Microsoft-Windows-Security-Auditing", "kind": "event"},
            "winlog": {
                "channel": "Security",
                "event_id": "4625",
                "provider_name": "Microsoft-Windows-Security-Auditing",
                "computer_name": "dc-1",
                "event_data": {"TargetUserName": "eve", "IpAddress": "203.0.113.9", "LogonType": "3"},
            },
        },
    )
    assert (event.kind, event.text("winlog.channel"), event.text("event.code")) == (
        "windows",
        "Security",
        "4625",
    )
    assert event.extra["TargetUserName"] == "eve"


def test_suricata_as_it_writes(sender: Sender) -> None:
    event = only(
        sender,
        {
            "timestamp": "2026-11-17T15:00:00.000000+0800",
            "event_type": "alert",
            "src_ip": "203.0.113.9",
            "src_port": 4022,
            "dest_ip": "192.0.2.1",
            "dest_port": 80,
            "proto": "TCP",
            "alert": {
                "signature": "ET SCAN",
                "signature_id": 1,
                "severity": 2,
                "category": "x",
                "action": "allowed",
            },
        },
    )
    assert (event.kind, event.text("rule.name")) == ("alert", "ET SCAN")


def test_a_document_of_nobody_is_kept_with_its_own_fields(sender: Sender) -> None:
    event = only(sender, {"door": "north", "opened": True})
    assert event.kind == "other"
    assert event.extra == {"door": "north", "opened": True}
    assert event.time == sender.desk.clock.now()


def test_many_shapes_in_one_request(sender: Sender) -> None:
    documents = [{**BEAT, "message": ACCESS}, {"message": SSHD}, {"door": "north"}] * 5
    answer = sender.bulk(*documents)
    assert answer["errors"] is False
    assert sorted({event.kind for event in sender.events()}) == ["http", "logon", "other"]
    assert len(sender.events()) == 15
    again = sender.bulk(*documents)
    assert [one["create"]["_id"] for one in again["items"]] == [
        one["create"]["_id"] for one in answer["items"]
    ]
    assert len(sender.events()) == 15


def test_a_line_with_line_feeds_in_it(sender: Sender) -> None:
    trace = "2026-11-17 15:00:00 ERROR app failed\n  at a.b.C\n  at d.e.F"
    event = only(sender, {**BEAT, "message": trace})
    assert "d.e.F" in json.dumps(event.extra) + event.text("message") + event.text("event.original")


@pytest.mark.parametrize("deep", [200, 5000])
def test_what_nests_too_deep_is_bad_and_the_rest_goes_on(sender: Sender, deep: int) -> None:
    answer = sender.bulk(b'{"a":' * deep + b"1" + b"}" * deep, {"door": "north"})
    assert [one["create"]["status"] for one in answer["items"]][1] == 201


def test_a_document_that_is_too_long_is_bad_and_the_rest_goes_on(sender: Sender) -> None:
    long = {"@timestamp": "2026-11-17T07:00:00Z", "event": {"kind": "event"}, "message": "x" * (4 << 20)}
    answer = sender.bulk(long, {**long, "message": "short"})
    assert [item["create"]["status"] for item in answer["items"]] == [400, 201]
    assert "longer than 4194304 bytes" in answer["items"][0]["create"]["error"]["reason"]


def test_ecs_documents_are_the_same_events_as_their_file(sender: Sender, tmp_path: Path) -> None:
    """Read from parsed documents, or line by line from a file."""
    ends = {"source": {"ip": "192.0.2.1", "port": "40001"}, "destination": {"ip": "2001:DB8::2", "port": 443}}
    documents: list[dict[str, Any]] = [
        {"@timestamp": "2026-11-17T07:00:00Z", **ends, "network.transport": "TCP", "labels": {"a": [1, 2]}},
        {"@timestamp": 1795000000123, "event": {"category": ["process", ""]}, "process.command_line": "id"},
        {
            "@timestamp": "2026-11-17T07:00:01+08:00",
            "dns": {"question": {"name": "例.cn"}},
            "agent": {"a": ""},
        },
        {"@timestamp": "2026-11-17T07:00:02Z", "host": {"name": ["a", "b"]}, "event": {"outcome": ""}},
    ]
    answer = sender.bulk(*documents)
    assert [item["create"]["status"] for item in answer["items"]] == [201] * 4
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in documents))
    from_file = [event for batch in EcsJson().read(Source.of(path), _never) for event in batch.events()]
    assert sorted(map(_own, sender.events())) == sorted(map(_own, from_file))


def _never(_record: int, why: str, _raw: bytes) -> None:
    raise AssertionError(why)


def _own(event: Event) -> str:
    """What the sensor itself says of an event."""
    ours = ("event.id", "taishi.record", "taishi.sender", "taishi.sensor")
    stamped = (".unit", ".asset", ".country", ".net")
    kept = {
        name: value for name, value in event.fields.items() if name not in ours and not name.endswith(stamped)
    }
    return json.dumps({"kind": event.kind, **kept}, default=str, sort_keys=True)


def test_personal_data_is_masked(sender: Sender) -> None:
    only(sender, {"note": "身份证 11010519491231002X"})
    assert "11010519491231002X" not in json.dumps(
        [event.extra for event in sender.events()], ensure_ascii=False
    ) + "".join(event.text("event.original") for event in sender.events())


def test_documents_in_whatever_order_of_names_are_recognized_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats 7 write each in another: choosing a sensor for each would take a hundred times as long."""
    looked: list[Source] = []

    def counted(source: Source, known: Sequence[Sensor]) -> Sensor:
        looked.append(source)
        return sense(source, known)

    monkeypatch.setattr(reading, "sense", counted)
    parts: list[tuple[str, Json]] = [("@timestamp", "2026-11-17T08:00:00Z"), ("host", {"name": "a"})]
    parts += [("agent", {"type": "filebeat"}), ("source", {"ip": "10.0.0.1"}), ("tags", ["x"])]
    records = [dict(order) for order in permutations(parts)]
    given = [Document(orjson.dumps(one), one, f"n{at}") for at, one in enumerate(records)]
    bad: dict[str, str] = {}
    batches = list(DocumentReader(sensors()).read(given, datetime.now(UTC), bad))
    assert (sum(map(len, batches)), bad, len(looked)) == (120, {}, 1)
