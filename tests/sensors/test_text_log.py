"""Lines of programs that only say when: every usual way to write a time."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.lines import Damaged
from sensors.stamped import stamped

LATEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time", "level", "message"),
    [
        ("2026-02-12 14:10:21,500 WARN [x] (y) words", "06:10:21.500000", "warning", "WARN [x] (y) words"),
        ("[2026-02-12T06:10:21Z] words", "06:10:21", None, "words"),
        ("[2026-02-12 14:10:21 +0800] info [x] words", "06:10:21", "info", "info [x] words"),
        ("[ERROR|auth|L83] 2026-02-12T14:10:21: words", "06:10:21", "error", "ERROR|auth|L83] words"),
        ('time="2026-02-12T06:10:21Z" level=error msg="x"', "06:10:21", "error", 'time level=error msg="x"'),
        ("12-Feb-2026 14:10:21.042 SEVERE [main] words", "06:10:21.042000", "error", "SEVERE [main] words"),
        ("[Thu Feb 12 14:10:21.5 2026] [core:error] x", "06:10:21.500000", "error", "Thu [core:error] x"),
        ("WARN: [Feb 12 14:10:21.643] words", "06:10:21.643000", "warning", "WARN: words"),
        ("Feb 12, 2026 2:10:21 PM org.x.Y log", "06:10:21", None, "org.x.Y log"),
        ("02/12/26 14:10:21.5 web[1].ERR words", "06:10:21.500000", "error", "web[1].ERR words"),
        ("198.51.100.7 2026-02-12 06:10:21.5 UTC [5] FATAL:  words", "06:10:21.500000", "fatal",
         "198.51.100.7 [5] FATAL:  words"),
    ],
)  # fmt: skip
def test_times(text: str, time: str, level: str | None, message: str) -> None:
    line = stamped(text, LATEST)
    assert line.time.isoformat() == f"2026-02-12T{time}+00:00"
    assert (line.level, line.message) == (level, message)


def test_a_container_is_named_and_lines_without_a_time_are_rejected(read: Callable) -> None:
    made = read("guacamole  | 2026-02-12T06:10:21,820Z [x] WARN  words\nmore words\n")
    assert made.sensor == "text_log"
    event = made.only
    assert (event.text("event.provider"), event.text("message")) == ("guacamole", "[x] WARN  words")
    assert event.extra == {"log.level": "warning"}
    assert made.reasons == ["no time near the beginning of the line"]


def test_a_stack_stays_with_its_entry(read: Callable) -> None:
    stack = "\norg.x.SomeException: no\n\tat org.x.Y(Y.java:5)\nCaused by: z"
    made = read(f"2026-02-12 14:10:21,500 ERROR [x] words{stack}\n2026-02-12 14:10:22,500 INFO [x] words\n")
    assert [event.text("message") for event in made.events] == [f"ERROR [x] words{stack}", "INFO [x] words"]
    assert made.rejected == []


@given(st.text(max_size=80), st.sampled_from(["", "2026-02-30 10:00:00 ", "[Thu Feb 12 14:10:21 2026] "]))
def test_whatever_stands_there_is_a_line_or_damaged(rest: str, start: str) -> None:
    with suppress(Damaged):
        line = stamped(start + rest, LATEST)
        assert line.time.tzinfo is not None
        assert line.before.strip() in start + rest
        assert line.after.strip() in start + rest
