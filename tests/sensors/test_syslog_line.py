"""Frames of syslog: what each says, and nothing lost where it is broken."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.lines import Damaged
from sensors.octets import split
from sensors.syslog_line import frames, unframed

LATEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time", "host", "app", "message"),
    [
        ("<190>Feb 12 2026 14:10:21 fw-1 %%01POLICY/6/DENY(l)[3]:words", "06:10:21", "fw-1",
         "%%01POLICY/6/DENY(l)", "words"),
        ("<190>Feb 12 14:10:21 2026 fw-1 %%10FILTER/6/DENY: words", "06:10:21", "fw-1", "%%10FILTER/6/DENY",
         "words"),
        ("<134>2026-02-12 14:10:21 fw-1 app: words", "06:10:21", "fw-1", "app", "words"),
        ("Feb 12 14:10:21 kernel: [1.5] words", "06:10:21", "", "kernel", "[1.5] words"),
        ("<13>Feb 12 14:10:21 sshd[7]: words", "06:10:21", "", "sshd", "words"),
        ("<134>Feb 12 14:10:21 fw-1 日志类型:流量, 源IP:1", "06:10:21", "fw-1", "", "日志类型:流量, 源IP:1"),
        ("<13>Feb 12 14:10:21 1305(root) traffic: words", "06:10:21", "1305(root)", "traffic", "words"),
        ("2026-02-12T14:10:21,5+08:00 fe80::1 app[7]: words", "06:10:21.500000", "fe80::1", "app", "words"),
        ("41 <13>1 2026-02-12T06:10:21Z - - - - - words", "06:10:21", "", "", "words"),
    ],
)  # fmt: skip
def test_frames_of_devices(text: str, time: str, host: str, app: str, message: str) -> None:
    assert frames(text)
    line = unframed(text, LATEST)
    assert line.time.isoformat() == f"2026-02-12T{time}+00:00"
    assert (line.host, line.app, line.message) == (host, app, message)


def test_priority_and_structured_data() -> None:
    text = '<165>1 2026-02-12T06:10:21Z web-1 app 7 ID47 [x@1 a="b \\"c\\" \\]" n="1"][meta sequenceId="3"] x'
    line = unframed(text, LATEST)
    assert line.frame == {
        "log.syslog.priority": 165,
        "log.syslog.facility.code": 20,
        "log.syslog.facility.name": "local4",
        "log.syslog.severity.code": 5,
        "log.syslog.severity.name": "Notice",
        "log.syslog.msgid": "ID47",
        "log.syslog.structured_data": {"x@1": {"a": 'b "c" ]', "n": "1"}, "meta": {"sequenceId": "3"}},
    }
    assert unframed("<999>Feb 12 14:10:21 web-1 app: words", LATEST).priority is None


def test_an_event_keeps_what_its_frame_says(read: Callable) -> None:
    event = read("<11>Feb 12 14:10:21 web-1 app[7]: words\n").only
    assert event.number("event.severity") == 3
    assert event.extra["log.syslog.severity.name"] == "Error"
    assert event.extra["process.pid"] == 7


def test_messages_behind_their_count_of_octets(read: Callable) -> None:
    first = "<13>1 2026-02-12T06:10:21Z web-1 app - - - one\nand two"
    second = "<13>1 2026-02-12T06:10:22Z web-1 app - - - 三"
    counted = "".join(f"{len(text.encode())} {text}" for text in (first, second))
    made = read(counted)
    assert made.sensor == "syslog"
    assert [event.text("message") for event in made.events] == ["one\nand two", "三"]
    made = read(counted + "\nno frame\n" + f"{len(first)} {first}")
    assert [event.text("message") for event in made.events] == ["one\nand two", "三", "one\nand two"]
    assert len(made.rejected) == 1


@given(st.lists(st.binary(max_size=12)), st.integers(1, 40))
def test_octets_are_the_same_however_they_come(pieces: list[bytes], size: int) -> None:
    messages = [b"<1>" + piece.strip() + b"." for piece in pieces]
    content = b"".join(b"%d %s" % (len(text), text) for text in messages)
    found, rest = [], b""
    for start in range(0, len(content), size):
        more, rest = split(rest + content[start : start + size], last=False)
        found += more
    assert found + split(rest)[0] == messages


@given(st.text(max_size=80), st.sampled_from(["<13>Feb 12 14:10:21 ", "<13>1 2026-02-12T06:10:21Z ", ""]))
def test_whatever_follows_is_a_line_or_damaged(rest: str, start: str) -> None:
    with suppress(Damaged):
        line = unframed(start + rest, LATEST)
        assert line.time.tzinfo is not None
        assert line.message.strip() in rest
