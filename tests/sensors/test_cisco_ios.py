import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

MESSAGE = "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)"


def test_a_command_that_was_logged(read: Callable) -> None:
    made = read(
        "192.0.2.10 6705: Feb 17 13:40:03.673: %PARSER-5-CFGLOG_LOGGEDCMD: "
        "User:li  logged command:no access-session port-control\n"
    )
    event = made.only
    assert (made.sensor, event.kind, event.text("event.module")) == ("cisco_ios", "other", "cisco")
    assert (event.text("event.code"), event.number("event.severity")) == ("CFGLOG_LOGGEDCMD", 5)
    assert (event.fields["host.ip"], event.text("user.name")) == (["192.0.2.10"], "li")
    assert event.text("message") == "User:li  logged command:no access-session port-control"
    assert event.extra == {
        "header": "%PARSER-5-CFGLOG_LOGGEDCMD:",
        "sequence": "6705",
        "command": "no access-session port-control",
    }


@pytest.mark.parametrize(
    ("line", "host", "time"),
    [
        (f"*Feb 17 2025 13:40:03.673: {MESSAGE}", "", "2025-02-17T05:40:03.673000+00:00"),
        (f"<189>46: sw-1: Feb 17 2025 13:40:03 UTC: {MESSAGE}", None, None),
        (f"<189>sw-1 46: Feb 17 2025 13:40:03 UTC: {MESSAGE}", "sw-1", "2025-02-17T13:40:03+00:00"),
        (f"Feb 17 13:40:04 sw 46: .Feb  7 2025 13:40:03 CST: {MESSAGE}", "sw", "2025-02-07T05:40:03+00:00"),
        (f"2001:db8::1 46: Feb 17 2025 00:40:03: {MESSAGE}", "2001:db8::1", "2025-02-16T16:40:03+00:00"),
    ],
)  # fmt: skip
def test_what_may_stand_before_the_message(
    line: str, host: str | None, time: str | None, read: Callable
) -> None:
    good = f"sw-9 1: Feb 17 2025 13:40:03: {MESSAGE}"
    made = read(f"{good}\n{line}\n")
    assert made.sensor == "cisco_ios"
    if time is None:
        assert made.reasons == ["no Cisco IOS message (time: %FACILITY-SEVERITY-MNEMONIC: text)"]
        return
    event = made.events[1]
    assert (event.text("host.name"), event.time.isoformat()) == (host, time)


def test_a_utc_time_without_a_year_is_not_after_the_file(tmp_path: Path, read_path: Callable) -> None:
    path = tmp_path / "ios.log"
    path.write_text(f"sw-1 1: Jan  1 00:30:00 UTC: {MESSAGE}\n")
    written = datetime(2026, 1, 1, 1, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    assert read_path(path).only.time.isoformat() == "2026-01-01T00:30:00+00:00"
