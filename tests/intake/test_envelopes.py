"""Lines in shippers' envelopes, whole or taken apart, become the events that file sensors make of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.choose import sense
from taishi.core.event import Event
from taishi.core.source import Source
from tests.intake.conftest import Sender, desk, sender

__all__ = ["desk", "sender"]

ACCESS = (
    '203.0.113.9 - - [17/Nov/2026:14:00:01 +0800] "GET /?id=1%27%20or%201=1 HTTP/1.1" 200 5 "-" "sqlmap/1.7"'
)
FAILED = "Failed password for root from 203.0.113.9 port 4022 ssh2"
LINES = {
    "access log": ACCESS,
    "error log of nginx": '2026/11/17 14:00:01 [error] 12#12: *7 open() "/x.php" failed (2: No such file), '
    'client: 203.0.113.9, server: a.example, request: "GET /x.php HTTP/1.1", host: "a.example"',
    "error log of Apache": "[Tue Nov 17 14:00:01.123456 2026] [core:error] [pid 1] [client 203.0.113.9:4022] "
    "AH00126: Invalid URI in request GET /../etc HTTP/1.1",
    "syslog as in a file": f"Nov 17 14:00:01 web-7 sshd[811]: {FAILED}",
    "syslog by RFC 5424": f"<38>1 2026-11-17T14:00:01.123+08:00 web-7 sshd 811 - - {FAILED}",
    "auditd": 'type=EXECVE msg=audit(1795000001.123:456): argc=3 a0="nc" a1="-e" a2="/bin/sh"',
    "Suricata": json.dumps(
        {
            "timestamp": "2026-11-17T15:00:00.000000+0800",
            "event_type": "alert",
            "src_ip": "203.0.113.9",
            "dest_ip": "192.0.2.1",
            "proto": "TCP",
            "alert": {"signature": "ET SCAN", "signature_id": 1, "severity": 2, "category": "x"},
        }
    ),
    "Windows event": (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        '<Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4625</EventID>'
        '<TimeCreated SystemTime="2026-11-17T07:00:00.123Z"/><EventRecordID>7</EventRecordID>'
        "<Channel>Security</Channel><Computer>dc-1</Computer></System><EventData>"
        '<Data Name="TargetUserName">eve</Data><Data Name="IpAddress">203.0.113.9</Data></EventData></Event>'
    ),
    "journal": json.dumps(
        {
            "__REALTIME_TIMESTAMP": "1795000001000000",
            "_HOSTNAME": "web-7",
            "SYSLOG_IDENTIFIER": "sshd",
            "_PID": "811",
            "PRIORITY": "6",
            "MESSAGE": FAILED,
        }
    ),
}
AT = "2026-11-17T06:00:01Z"
HOST = {"name": "web-1", "hostname": "web-1", "os": {"type": "linux"}, "ip": ["192.0.2.50"]}
BEAT = {
    "@timestamp": AT,
    "agent": {"id": "i", "name": "web-1", "type": "filebeat", "version": "8.19.0"},
    "ecs": {"version": "8.0.0"},
    "host": HOST,
    "input": {"type": "filestream"},
    "log": {"file": {"path": "/var/log/x.log", "inode": "1", "device_id": "2"}, "offset": 0},
}
MODULE = {
    "event": {"dataset": "nginx.access", "module": "nginx"},
    "fileset": {"name": "access"},
    "labels": {"a": "b"},
}
POD = {"pod_name": "a", "namespace_name": "b", "labels": {"app": "x"}}
#: What stands around a line, and where it stands.
ENVELOPES: dict[str, tuple[dict[str, Any], str]] = {
    "Filebeat": (BEAT, "message"),
    "Filebeat with a module and processors": (
        {**BEAT, **MODULE, "service": {"type": "nginx"}, "cloud": {"region": "a"}, "tags": ["a"]},
        "message",
    ),
    "Filebeat of containers": (
        {**BEAT, "container": {"id": "x"}, "kubernetes": POD, "stream": "stdout"},
        "message",
    ),
    "Vector": (
        {"timestamp": AT, "host": "web-1", "source_type": "file", "file": "/var/log/x.log"},
        "message",
    ),
    "Vector of containers": (
        {
            "timestamp": AT,
            "host": "web-1",
            "source_type": "docker_logs",
            "container_name": "n",
            "label": {},
            "image": "i",
        },
        "message",
    ),
    "Logstash": (
        {"@timestamp": AT, "@version": "1", "host": HOST, "event": {"original": "x"}, "tags": []},
        "message",
    ),
    "Logstash without ECS": (
        {"@timestamp": AT, "@version": "1", "host": "web-1", "path": "/var/log/x.log"},
        "message",
    ),
    "Fluent Bit": ({"@timestamp": AT}, "log"),
    "Fluent Bit of containers": (
        {"@timestamp": AT, "stream": "stdout", "_p": "F", "time": AT, "kubernetes": POD},
        "log",
    ),
}


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_line_is_what_it_is_in_a_file(envelope: str, sender: Sender, tmp_path: Path) -> None:
    around, name = ENVELOPES[envelope]
    answer = sender.bulk(*({**around, name: line} for line in LINES.values()))
    assert answer["errors"] is False
    found = {event.id: event for event in sender.events()}
    assert len(found) == len(LINES)
    for (kind, line), item in zip(LINES.items(), answer["items"], strict=True):
        assert _said(found[item["create"]["_id"]]) == _said(_in_file(line, tmp_path / kind)), kind


#: The parts of one line of syslog, as shippers name them.
TAKEN_APART: dict[str, dict[str, Any]] = {
    "Filebeat's syslog input": {
        **BEAT,
        "hostname": "web-7",
        "input": {"type": "syslog"},
        "log": {"source": {"address": "192.0.2.9:4000"}},
        "process": {"program": "sshd", "pid": 811},
        "syslog": {"priority": 38, "facility": 4, "severity": 6, "facility_label": "security/authorization"},
        "event": {"severity": 6},
        "message": FAILED,
    },
    "Filebeat's syslog processor": {
        **BEAT,
        "log": {"syslog": {"priority": 38, "hostname": "web-7", "appname": "sshd", "procid": "811"}},
        "message": FAILED,
    },
    "Filebeat's journald input": {
        **BEAT,
        "host": {"hostname": "web-7", "id": "x"},
        "event": {"kind": "event", "created": AT},
        "journald": {"uid": 0, "process": {"name": "sshd"}},
        "log": {"syslog": {"facility": {"code": 4}, "priority": 6, "identifier": "sshd", "pid": 811}},
        "process": {"name": "sshd", "pid": 811},
        "systemd": {"unit": "ssh.service"},
        "message": FAILED,
    },
    "Fluent Bit's syslog": {
        "@timestamp": AT,
        "pri": "38",
        "host": "web-7",
        "ident": "sshd",
        "pid": "811",
        "message": FAILED,
    },
    "Fluent Bit's journal": {
        "@timestamp": AT,
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "sshd",
        "_HOSTNAME": "web-7",
        "_PID": "811",
        "_SYSTEMD_UNIT": "ssh.service",
        "MESSAGE": FAILED,
    },
    "Vector's syslog": {
        "appname": "sshd",
        "facility": "auth",
        "host": "web-7",
        "hostname": "web-7",
        "message": FAILED,
        "procid": 811,
        "severity": "info",
        "source_ip": "192.0.2.9",
        "source_type": "syslog",
        "timestamp": AT,
        "version": 1,
    },
    "Vector's journal": {
        "timestamp": AT,
        "source_type": "journald",
        "host": "web-7",
        "message": FAILED,
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "811",
        "_HOSTNAME": "web-7",
        "_TRANSPORT": "syslog",
    },
    "Logstash's syslog": {
        "@timestamp": AT,
        "@version": "1",
        "host": {"hostname": "web-7", "ip": "192.0.2.9"},
        "event": {"original": "x"},
        "process": {"name": "sshd", "pid": 811},
        "log": {"syslog": {"priority": 38, "facility": {"code": 4}, "severity": {"code": 6}}},
        "service": {"type": "system"},
        "message": FAILED,
    },
    "Logstash's syslog without ECS": {
        "@timestamp": AT,
        "@version": "1",
        "host": "192.0.2.9",
        "logsource": "web-7",
        "program": "sshd",
        "pid": "811",
        "priority": 38,
        "facility": 4,
        "severity": 6,
        "timestamp": "Nov 17 14:00:01",
        "message": FAILED + "\n",
    },
    "rsyslog": {
        "@timestamp": AT,
        "host": "web-7",
        "severity": "info",
        "facility": "auth",
        "syslogtag": "sshd[811]:",
        "message": " " + FAILED,
    },
    "syslog-ng": {
        "PROGRAM": "sshd",
        "PRIORITY": "info",
        "PID": "811",
        "MESSAGE": FAILED,
        "HOST": "web-7",
        "FACILITY": "auth",
        "DATE": "Nov 17 14:00:01",
    },
}


@pytest.mark.parametrize("shipper", TAKEN_APART)
def test_a_line_that_was_taken_apart(shipper: str, sender: Sender) -> None:
    assert sender.bulk(TAKEN_APART[shipper])["errors"] is False
    (event,) = sender.events()
    assert (event.kind, event.text("event.outcome"), event.text("user.name")) == ("logon", "failure", "root")
    assert (event.text("source.ip"), event.text("host.name")) == ("203.0.113.9", "web-7")
    assert (event.text("process.name"), event.time.isoformat()) == ("sshd", "2026-11-17T06:00:01+00:00")
    assert json.loads(event.text("event.original")) == TAKEN_APART[shipper]


#: One request, as parsers of shippers name what they found in the line.
REQUESTS: dict[str, dict[str, Any]] = {
    "Fluent Bit's apache2": {
        "@timestamp": AT,
        "host": "203.0.113.9",
        "user": "-",
        "method": "GET",
        "path": "/?id=1%27%20or%201=1",
        "code": "200",
        "size": "5",
        "referer": "-",
        "agent": "sqlmap/1.7",
    },
    "Logstash's grok without ECS": {
        "@timestamp": AT,
        "host": "web-1",
        "clientip": "203.0.113.9",
        "ident": "-",
        "auth": "-",
        "timestamp": "17/Nov/2026:14:00:01 +0800",
        "verb": "GET",
        "request": "/?id=1%27%20or%201=1",
        "httpversion": "1.1",
        "response": "200",
        "bytes": "5",
        "referrer": '"-"',
        "agent": '"sqlmap/1.7"',
    },
    "Logstash's grok": {
        "@timestamp": AT,
        "host": {"name": "web-1"},
        "event": {"original": ACCESS},
        "message": ACCESS,
        "source": {"address": "203.0.113.9"},
        "http": {"version": "1.1", "request": {"method": "GET"}, "response": {"status_code": 200}},
        "url": {"original": "/?id=1%27%20or%201=1"},
        "user_agent": {"original": "sqlmap/1.7"},
    },
}


@pytest.mark.parametrize("shipper", REQUESTS)
def test_a_request_that_was_taken_apart(shipper: str, sender: Sender) -> None:
    assert sender.bulk(REQUESTS[shipper])["errors"] is False
    (event,) = sender.events()
    assert (event.kind, event.text("source.ip")) == ("http", "203.0.113.9")
    assert event.text("url.original") == "/?id=1%27%20or%201=1"
    assert (event.fields["http.response.status_code"], event.text("user_agent.original")) == (
        200,
        "sqlmap/1.7",
    )
    assert event.text("host.name") == ("" if "Fluent" in shipper else "web-1")


def test_a_programs_own_record_of_a_request_stays_its_own(sender: Sender) -> None:
    said = {"method": "GET", "path": "/a", "code": 500, "host": "web-1", "message": "no such page"}
    sender.bulk({"@timestamp": AT, "client_ip": "203.0.113.9", **said})
    (event,) = sender.events()
    assert (event.kind, event.text("url.original"), event.text("source.ip")) == ("http", "/a", "203.0.113.9")
    assert event.text("message") == "no such page"


@pytest.mark.parametrize(
    "named",
    [
        {"SourceName": "Microsoft-Windows-Security-Auditing", "ComputerName": "dc-1", "RecordNumber": 7},
        {"ProviderName": "Microsoft-Windows-Security-Auditing", "Computer": "dc-1", "EventRecordID": 7},
    ],
    ids=["winlog", "winevtlog"],
)
def test_events_of_windows_by_fluent_bit(named: dict[str, Any], sender: Sender) -> None:
    sender.bulk({"@timestamp": AT, "Channel": "Security", "EventID": 4625, "TimeCreated": AT, **named})
    (event,) = sender.events()
    assert (event.kind, event.text("event.code"), event.text("host.name")) == ("windows", "4625", "dc-1")
    assert event.text("event.provider") == "Microsoft-Windows-Security-Auditing"


def test_objects_that_filebeat_put_aside(sender: Sender) -> None:
    assert sender.bulk({**BEAT, "json": json.loads(LINES["Suricata"])})["errors"] is False
    (event,) = sender.events()
    assert (event.kind, event.text("rule.name"), event.text("host.name")) == ("alert", "ET SCAN", "web-1")


def test_lines_of_all_sorts_from_one_place(sender: Sender) -> None:
    """Without a name of their file, mixed, and some that nobody knows: none is lost."""
    known = [*LINES.values()] * 3
    unknown = ["something happened", "-----", "\u4e00\u5207\u6b63\u5e38", "# a remark"]
    answer = sender.bulk(*({"@timestamp": AT, "message": line} for line in [*known, *unknown]))
    assert answer["errors"] is False
    found = sender.events()
    assert len(found) == len(known) + len(unknown)
    told = sorted(event.text("message") for event in found if event.text("message") in unknown)
    assert told == sorted(unknown)
    assert sum(event.kind == "logon" for event in found) == 9
    assert sum(event.kind == "http" for event in found) == 3


def test_the_file_that_an_envelope_names_is_the_events(sender: Sender) -> None:
    sender.bulk({**BEAT, "message": ACCESS})
    (event,) = sender.events()
    assert (event.text("log.file.path"), event.text("event.original")) == ("/var/log/x.log", ACCESS)


_NAMES = st.sampled_from(
    [
        *(
            "@timestamp",
            "timestamp",
            "time",
            "DATE",
            "ISODATE",
            "message",
            "log",
            "MESSAGE",
            "json",
            "host",
            "path",
        ),
        *(
            "file",
            "process",
            "syslog",
            "pri",
            "ident",
            "pid",
            "programname",
            "syslogtag",
            "PROGRAM",
            "HOST",
            "event",
        ),
        *(
            "method",
            "code",
            "size",
            "remote",
            "clientip",
            "verb",
            "request",
            "response",
            "source",
            "_TRANSPORT",
        ),
        *(
            "_COMM",
            "__REALTIME_TIMESTAMP",
            "SYSLOG_IDENTIFIER",
            "_PID",
            "log.syslog.appname",
            "host.name",
            "x",
        ),
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from([AT, FAILED, ACCESS, "sshd", "811", "38", "-", "", "\n", "{}"])
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(_NAMES, st.sampled_from(["name", "syslog", "file", "priority"])), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(_NAMES, _VALUES, max_size=8), min_size=1, max_size=6))
def test_whatever_comes_each_document_has_its_fate(sender: Sender, documents: list[dict[str, Any]]) -> None:
    answer = sender.bulk(*documents)
    told = [item["create"] for item in answer["items"]]
    assert len(told) == len(documents)
    assert all(one["status"] == 201 or one["error"]["reason"] for one in told)


def test_what_nests_deeper_than_may_be_written_costs_nobody_else(sender: Sender) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"a": deep}
    entry = {"@timestamp": AT, "_TRANSPORT": "journal", "MESSAGE": FAILED, "deep": deep}
    answer = sender.bulk({**BEAT, "json": deep}, entry, {**BEAT, "message": ACCESS})
    assert answer["items"][2]["create"]["status"] == 201
    assert [event.kind for event in sender.events()].count("http") == 1


@pytest.mark.parametrize("name", ["path", "file", "filename"])
def test_the_name_of_a_file_is_no_address_of_a_page(name: str, sender: Sender) -> None:
    sender.bulk({"@timestamp": AT, "host": "web-1", name: "/var/log/x.log", "message": "something happened"})
    (event,) = sender.events()
    assert (event.kind, event.text("host.name"), event.text("message")) == (
        "other",
        "web-1",
        "something happened",
    )
    assert event.text("log.file.path") == "/var/log/x.log"


def _in_file(line: str, path: Path) -> Event:
    path.write_text(line + "\n")
    source = Source.of(path)
    (event,) = [event for batch in sense(source).read(source, _never) for event in batch.events()]
    return event


def _never(_record: int, why: str, _raw: bytes) -> None:
    raise AssertionError(why)


def _said(event: Event) -> dict[str, object]:
    """What the line says: neither id and place, nor what was stamped, nor what only the envelope names."""
    ours = ("event.id", "host.name", "log.file.path", "taishi.record", "taishi.sender", "taishi.sensor")
    stamped = (".unit", ".asset", ".country", ".net")
    kept = {
        name: value for name, value in event.fields.items() if name not in ours and not name.endswith(stamped)
    }
    return {"kind": event.kind, **kept}
