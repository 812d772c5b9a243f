"""systemd's journal as JSON: what syslog would have had."""

import json
from collections.abc import Callable


def entry(**more: object) -> bytes:
    fields = {
        "__REALTIME_TIMESTAMP": "1772445600000000",
        "_HOSTNAME": "srv",
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "71",
        "PRIORITY": "6",
        "MESSAGE": "Failed password for li from 203.0.113.7 port 4711 ssh2",
        **more,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode() + b"\n"


def test_a_failed_logon(read: Callable) -> None:
    (event,) = read(entry()).events
    assert (event.kind, event.text("event.outcome"), event.text("user.name")) == ("logon", "failure", "li")
    assert (event.text("source.ip"), event.text("host.name")) == ("203.0.113.7", "srv")
    assert event.time.isoformat() == "2026-03-02T10:00:00+00:00"


def test_bytes_are_words_too(read: Callable) -> None:
    (event,) = read(entry(MESSAGE=list("Grüße".encode()), SYSLOG_IDENTIFIER="app")).events
    assert event.text("message") == "Grüße"


def test_what_cannot_be_read_is_set_aside(read: Callable) -> None:
    lines = entry() + entry(__REALTIME_TIMESTAMP="yesterday") + entry(MESSAGE=[1, "x"]) + b"{\n" + entry()
    found = read(lines)
    assert len(found.events) == 2
    assert len(found.rejected) == 3
