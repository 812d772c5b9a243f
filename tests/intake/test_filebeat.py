"""Filebeat, unchanged, set up as it comes: first its templates and policies, then lines, over TLS and packed.

Winlogbeat runs on Windows only; what it writes with (libbeat) is what Filebeat writes with.
"""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from taishi.core.event import Event
from taishi.core.ports import Query
from taishi.store import open_event_store
from tests.app.running import free_port, service, wait_for
from tests.intake.test_service import added, figures, settled
from tests.sensors.syslog_port.authority import Authority
from tests.servers import filebeat

#: Lines that Filebeat is given, and how many of them before the service is killed.
LINES, BEFORE = 10_000, 8_000
FILE = """
- type: filestream
  id: file
  paths: ["{path}"]
  prospector.scanner.check_interval: 1s
"""
ACCESS = (
    '203.0.113.9 - - [17/Nov/2026:14:00:01 +0800] "GET /?id=1%27%20or%201=1 HTTP/1.1" 200 5 "-" "sqlmap/1.7"'
)
SSHD = "Nov 17 14:00:01 web-7 sshd[811]: Failed password for root from 203.0.113.9 port 4022 ssh2"


@pytest.fixture(params=[str(one) for one in filebeat.built()] or ["none"], ids=lambda one: Path(one).name)
def program(request: pytest.FixtureRequest) -> Path:
    if request.param == "none":
        pytest.skip("Filebeat is not built: run scripts/get-filebeat")
    return Path(request.param)


class Place(NamedTuple):
    """Where the service is, and how it is known."""

    data: Path
    port: int
    tls: tuple[str, ...]
    authority: Path

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def figures(self) -> dict[str, float]:
        return figures(self.address, ssl.create_default_context(cafile=self.authority))

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[bytes]]:
        with service(self.data, *self.tls, port=self.port) as (process, _):
            wait_for(self._listens, "service listens")
            yield process

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def about(self, token: str) -> dict[str, object]:
        return {"address": self.address, "token": token, "authority": self.authority}

    def events(self) -> list[Event]:
        store = open_event_store(str(self.data / "events"), read_only=True)
        found = store.search(Query(limit=100)).events
        store.close()
        return list(found)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue("127.0.0.1")
    tls = ("--tls-cert", certificate, "--tls-key", key)
    return Place(tmp_path / "data", free_port(), tls, authority.certificate)


def lines(path: Path, first: int, last: int) -> None:
    with path.open("a") as file:
        file.writelines(
            f"Nov 17 14:00:01 web-7 app[{n % 7}]: entry {n} of many\n" for n in range(first, last)
        )


def test_through_a_kill_every_line_is_there_once(program: Path, place: Place, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lines(log, 0, BEFORE)
    with place.up() as process:
        about = place.about(added(place.data))
        with filebeat.running(program, tmp_path / "beat", FILE.format(path=log), **about):
            while place.figures().get("taishi_events_stored_total", 0) < BEFORE / 8:
                time.sleep(0.01)
            process.kill()
            process.wait()
            lines(log, BEFORE, LINES)
            with place.up():
                wait_for(
                    lambda: place.figures()["taishi_events_stored_total"] >= LINES, "all lines are there"
                )
                received, acknowledged, stored, quarantined, duplicate = settled(place.figures())
    assert (stored, quarantined) == (LINES, 0)
    assert acknowledged == stored + duplicate == received
    store = open_event_store(str(place.data / "events"), read_only=True)
    assert store.count(Query()) == LINES
    assert store.count(Query(text=f"entry {LINES - 1} of many")) == 1
    store.close()


def test_what_its_inputs_bring_is_what_their_files_hold(program: Path, place: Place, tmp_path: Path) -> None:
    access, eve, port = tmp_path / "access.log", tmp_path / "eve.json", free_port()
    access.write_text(ACCESS + "\n")
    alert = {
        "timestamp": "2026-11-17T15:00:00.000000+0800",
        "event_type": "alert",
        "src_ip": "203.0.113.7",
        "dest_ip": "192.0.2.1",
        "proto": "TCP",
        "alert": {
            "signature": "ET SCAN",
            "signature_id": 1,
            "severity": 2,
            "category": "x",
            "action": "allowed",
        },
    }
    eve.write_text(json.dumps(alert) + "\n")
    inputs = (
        FILE.format(path=access)
        + FILE.format(path=eve).replace("id: file", "id: eve")
        + '  parsers: [{ndjson: {target: ""}}]\n'
        + f'- type: udp\n  host: "127.0.0.1:{port}"\n'
    )
    with place.up():
        about = place.about(added(place.data))
        with filebeat.running(program, tmp_path / "beat", inputs, **about) as told:
            wait_for(lambda: "Started listening for UDP" in told.read_text(), "it listens")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(f"<38>{SSHD}\n".encode(), ("127.0.0.1", port))
            wait_for(lambda: place.figures().get("taishi_events_stored_total", 0) >= 3, "all is there")
    found = {event.kind: event for event in place.events()}
    assert sorted(found) == ["alert", "http", "logon"]
    assert found["http"].text("user_agent.original") == "sqlmap/1.7"
    assert (found["logon"].text("user.name"), found["logon"].text("host.name")) == ("root", "web-7")
    assert (found["alert"].text("rule.name"), found["alert"].text("source.ip")) == ("ET SCAN", "203.0.113.7")


#: Each reads one file; a module knows only what its own format is.
MODULES = """
- module: nginx
  access: {{enabled: true, var.paths: ["{folder}/access.log"]}}
  error: {{enabled: false}}
  ingress_controller: {{enabled: false}}
- module: system
  auth: {{enabled: true, var.paths: ["{folder}/auth.log"], {files}}}
  syslog: {{enabled: false}}
- module: auditd
  log: {{enabled: true, var.paths: ["{folder}/audit.log"]}}
"""


def test_its_modules_bring_what_their_files_hold(program: Path, place: Place, tmp_path: Path) -> None:
    """They load pipelines first, and do not begin where a node lacks what these need."""
    (tmp_path / "access.log").write_text(ACCESS + "\n")
    (tmp_path / "auth.log").write_text(SSHD + "\n")
    (tmp_path / "audit.log").write_text(
        'type=EXECVE msg=audit(1795000001.123:456): argc=3 a0="nc" a1="-e" a2="/bin/sh"\n'
    )
    files = "var.use_files: true" if "filebeat-9" in program.name else "var.convert_timezone: true"
    modules = MODULES.format(folder=tmp_path, files=files)
    with place.up():
        about = place.about(added(place.data))
        with filebeat.running(program, tmp_path / "beat", modules=modules, **about):
            wait_for(lambda: place.figures().get("taishi_events_stored_total", 0) >= 3, "all is there")
    found = {event.kind: event for event in place.events()}
    assert sorted(found) == ["http", "logon", "process"]
    assert found["http"].text("user_agent.original") == "sqlmap/1.7"
    assert found["http"].text("log.file.path") == str(tmp_path / "access.log")
    assert (found["logon"].text("user.name"), found["logon"].text("host.name")) == ("root", "web-7")
    assert found["process"].text("process.command_line") == "nc -e /bin/sh"


def test_a_wrong_token_is_told(program: Path, place: Place, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    lines(log, 0, 10)
    with place.up():
        added(place.data)
        with filebeat.running(
            program, tmp_path / "beat", FILE.format(path=log), **place.about("wrong")
        ) as told:
            wait_for(lambda: "401 Unauthorized" in told.read_text(), "it says so")
            assert "unknown token: make one with `taishi sensor add NAME --kind bulk`" in told.read_text()
    assert place.events() == []


def test_what_is_refused_is_told_and_does_not_hold_up_the_rest(
    program: Path, place: Place, tmp_path: Path
) -> None:
    """A line too long for us, between two others: Filebeat gives it up, quarantine has where it begins."""
    log = tmp_path / "app.log"
    lines(log, 0, 1)
    with log.open("a") as file:
        file.write("x" * (5 << 20) + "\n")
    lines(log, 1, 2)
    with place.up():
        about = place.about(added(place.data))
        with filebeat.running(program, tmp_path / "beat", FILE.format(path=log), **about) as told:
            wait_for(lambda: place.figures().get("taishi_events_acknowledged_total", 0) >= 3, "all is told")
            assert settled(place.figures()) == (3, 3, 2, 1, 0)
    assert '"dropped":1' in told.read_text()
    assert len(place.events()) == 2
    (kept,) = (place.data / "quarantine").glob("*.jsonl")
    assert "longer than 4194304 bytes" in kept.read_text()
