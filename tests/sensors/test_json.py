"""ECS documents, and JSON whose keys only resemble it."""

import json
from collections.abc import Callable

import pytest

NOW = "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"event": {"dataset": "flow"}, "source": {"ip": "192.0.2.1", "bytes": 5},
          "destination": {"ip": "198.51.100.2"}}, "flow"),
        ({"dns": {"question": {"name": "a.example"}}}, "dns"),
        ({"http.request.method": "GET", "url.path": "/"}, "http"),
        ({"tls": {"client": {"server_name": "a.example"}}}, "tls"),
        ({"event": {"category": ["authentication"], "outcome": "failure"}, "user": {"name": "bob"}}, "logon"),
        ({"event": {"category": ["process"]}, "process": {"command_line": "id"}}, "process"),
        ({"event": {"category": "file"}, "file": {"path": "/x"}}, "file"),
        ({"event": {"kind": "alert"}, "rule": {"name": "x"}}, "alert"),
        ({"event": {"dataset": "auditd.log"}}, "other"),
    ],
)  # fmt: skip
def test_ecs_goes_to_its_kind(read: Callable, fields: dict[str, object], kind: str) -> None:
    made = read(json.dumps({"@timestamp": NOW, **fields}))
    assert made.sensor == "ecs_json"
    assert made.only.kind == kind


def test_ecs_keeps_id_original_and_what_has_no_column(read: Callable) -> None:
    document = {
        "@timestamp": NOW,
        "event": {"id": "given-1", "original": "raw text", "category": ["network", "session"]},
        "source": {"ip": "2001:DB8::1", "port": "4000"},
        "agent": {"name": "beat"},
        "tags": ["a", "b"],
        "taishi": {"source": {"unit": "claimed"}},
    }
    event = read(json.dumps(document)).only
    assert event.id == "given-1"
    assert event.text("event.original") == "raw text"
    assert (event.text("source.ip"), event.number("source.port")) == ("2001:db8::1", 4000)
    assert event.text("event.category") == "network"
    assert "taishi.source.unit" not in event.fields
    assert event.extra == {
        "event.category": ["network", "session"],
        "agent.name": "beat",
        "tags": ["a", "b"],
        "taishi.source.unit": "claimed",
    }


def test_wrong_types_are_rejected_with_the_field(read: Callable) -> None:
    bad = [{"source.ip": "nowhere"}, {"source.port": "x"}, {"source.port": -1}, {"user.name": {"a": {}}}, {}]
    lines = [json.dumps({"@timestamp": NOW, "source.ip": "192.0.2.1"})]
    lines += [json.dumps({"@timestamp": NOW, **one}) for one in bad[:3]]
    made = read("\n".join([*lines, '{"source.ip":"192.0.2.1"}', "[1]", "{torn"]))
    assert len(made.events) == 1
    assert [reason.split(" ")[0] for reason in made.reasons] == [
        "source.ip", "source.port", "source.port", "@timestamp", "a", "no"
    ]  # fmt: skip


def test_our_own_export_comes_back(read: Callable) -> None:
    row = {"@timestamp": NOW, "event.id": "x", "taishi.flow.state": "S0", "taishi.extra": {"uid": "C1"},
           "source.ip": "192.0.2.1", "destination.ip": "198.51.100.2"}  # fmt: skip
    event = read(json.dumps(row)).only
    assert (event.kind, event.id, event.extra) == ("flow", "x", {"uid": "C1"})
    assert event.text("taishi.flow.state") == "S0"


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        ({"ts": 1700000000, "src_ip": "192.0.2.1", "dst_ip": "198.51.100.2", "dst_port": 53,
          "dns_query": "a.example"},
         "dns", {"dns.question.name": "a.example", "destination.port": 53}),
        ({"timestamp": NOW, "client_ip": "192.0.2.1", "method": "GET", "url": "/a?b", "status": 404,
          "host": "h.example"},
         "http", {"url.path": "/a", "url.query": "b", "url.domain": "h.example",
                  "http.response.status_code": 404}),
        ({"time": 1700000000000, "src": "192.0.2.1:99", "dst": "198.51.100.2", "protocol": "TCP"},
         "flow", {"source.port": 99, "network.transport": "tcp"}),
        ({"ts": NOW, "src_ip": "192.0.2.1", "user": "bob", "success": False},
         "logon", {"user.name": "bob", "event.outcome": "failure"}),
    ],
)  # fmt: skip
def test_loose_keys(
    read: Callable, record: dict[str, object], kind: str, expected: dict[str, object]
) -> None:
    made = read(json.dumps(record))
    assert made.sensor == "loose_json"
    event = made.only
    assert event.kind == kind
    assert event.text("source.ip") == "192.0.2.1"
    assert {name: event.fields.get(name) for name in expected} == expected
