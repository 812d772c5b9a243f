import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.sshd import syslog_events

LATEST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(message: str, app: str = "sshd[77]") -> dict[str, object]:
    (seen,) = syslog_events(f"Feb 12 14:10:21 web-1 {app}: {message}", LATEST)
    return {"kind": seen.kind, **seen.row, "extra": seen.extra}


@pytest.mark.parametrize(
    ("message", "action", "outcome", "user"),
    [
        ("Failed password for root from 192.0.2.1 port 4000 ssh2", "ssh-login", "failure", "root"),
        ("Failed password for invalid user a b from 192.0.2.1 port 4000 ssh2", "ssh-login", "failure", "a b"),
        ("Failed none for x from 203.0.113.7 port 1 ssh2 from 192.0.2.1 port 4000 ssh2",
         "ssh-login", "failure", "x from 203.0.113.7 port 1 ssh2"),
        ("Accepted publickey for bob from 192.0.2.1 port 4000 ssh2: RSA SHA256:x",
         "ssh-login", "success", "bob"),
        ("Invalid user pascal from 192.0.2.1 port 4000", "ssh-invalid-user", "failure", "pascal"),
        ("error: maximum authentication attempts exceeded for root from 192.0.2.1 port 4000 ssh2 [preauth]",
         "ssh-too-many-attempts", "failure", "root"),
        ("Disconnected from authenticating user root 192.0.2.1 port 4000 [preauth]",
         "ssh-disconnected", "failure", "root"),
        ("Connection closed by invalid user x 192.0.2.1 port 4000 [preauth]",
         "ssh-disconnected", "failure", "x"),
        ("fatal: Timeout before authentication for 192.0.2.1 port 4000", "ssh-timeout", "failure", None),
    ],
)  # fmt: skip
def test_sshd_messages(message: str, action: str, outcome: str, user: str | None) -> None:
    row = said(message)
    assert row["kind"] == "logon"
    assert (row["event.action"], row["event.outcome"], row.get("user.name")) == (action, outcome, user)
    assert (row["source.ip"], row["source.port"]) == ("192.0.2.1", 4000)
    assert (row["host.name"], row["process.name"], row["process.pid"]) == ("web-1", "sshd", 77)


def test_pam_sudo_su_and_useradd() -> None:
    pam = said(
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh ruser= rhost=192.0.2.1  user=bob"
    )
    assert (pam["event.outcome"], pam["user.name"], pam["source.ip"]) == ("failure", "bob", "192.0.2.1")
    sudo = said("     bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow", "sudo")
    assert (sudo["event.action"], sudo["event.outcome"], sudo["user.name"]) == ("sudo", "success", "bob")
    assert sudo["extra"] == {"TTY": "pts/0", "PWD": "/", "USER": "root", "COMMAND": "/bin/cat /etc/shadow"}
    refused = said(
        "bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/su", "sudo"
    )
    assert refused["event.outcome"] == "failure"
    su = said("FAILED SU (to root) bob on pts/0", "su")
    assert (su["event.outcome"], su["user.name"], su["extra"]) == ("failure", "bob", {"target": "root"})
    added = said("new user: name=eve, UID=0, GID=0, home=/root", "useradd[9]")
    assert (added["event.action"], added["user.name"], added["event.category"]) == (
        "user-added",
        "eve",
        "iam",
    )


def test_a_repeated_message_is_that_many_events(read: Callable) -> None:
    made = read(
        "2026-02-12T14:10:21+08:00 web-1 sshd[77]: message repeated 3 times: "
        "[ Failed password for root from 192.0.2.1 port 4000 ssh2]\n"
        "2026-02-12T14:10:22+08:00 web-1 sshd[77]: message repeated 99999999 times: [ x]\n"
    )
    assert len({event.id for event in made.events}) == 3
    assert {event.text("user.name") for event in made.events} == {"root"}
    assert made.reasons == ["a message repeated 99999999 times is not believed"]


def test_three_frames(read: Callable) -> None:
    made = read(
        "<34>Feb 12 14:10:21 web-1 app: one\n"
        '<34>1 2026-02-12T06:10:21.5Z web-1 app 7 ID1 [x@1 a="]"] two\n'
        "2026-02-12T14:10:21.5+08:00 web-1 app[7]: three\n"
        "no frame at all\n"
    )
    assert [event.text("message") for event in made.events] == ["one", "two", "three"]
    assert {event.text("host.name") for event in made.events} == {"web-1"}
    assert len(made.rejected) == 1


def test_the_year_is_the_last_one_before_the_file_was_written(tmp_path: Path, read_path: Callable) -> None:
    path = tmp_path / "auth.log"
    path.write_text(
        "Dec 31 23:59:59 web-1 app: old\nJan  1 00:00:01 web-1 app: new\nFeb 29 00:00:00 web-1 app: leap\n"
    )
    written = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    times = [event.time.isoformat() for event in read_path(path).events]
    assert times == ["2025-12-31T15:59:59+00:00", "2025-12-31T16:00:01+00:00", "2024-02-28T16:00:00+00:00"]


def test_a_packet_that_the_firewall_logged(read: Callable) -> None:
    event = read(
        "2026-02-12T14:10:21+08:00 gw kernel: [1.5] IN=eth0 OUT= MAC=x SRC=192.0.2.1 DST=198.51.100.2 LEN=44 "
        "TTL=43 PROTO=TCP SPT=52220 DPT=80 WINDOW=1024 RES=0x00 SYN URGP=0"
    ).only
    assert event.kind == "flow"
    assert (event.text("source.ip"), event.number("destination.port")) == ("192.0.2.1", 80)
    assert event.text("taishi.flow.state") == "S0"


def test_a_file_that_was_touched_a_year_later_holds_the_same_events(
    tmp_path: Path, read_path: Callable
) -> None:
    path = tmp_path / "auth.log"
    path.write_text(
        "Feb 12 14:10:21 web-1 app: one\nFeb 12 14:10:21 web-1 app: message repeated 2 times: [ x]\n"
    )
    ids, years = [], []
    for year in (2025, 2026):
        written = datetime(year, 6, 1, tzinfo=UTC).timestamp()
        os.utime(path, (written, written))
        events = read_path(path).events
        ids.append([event.id for event in events])
        years.append({event.time.year for event in events})
    assert years == [{2025}, {2026}]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3
