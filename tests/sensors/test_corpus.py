"""Real files: read without an exception, by the sensor they call for."""

import re
from collections.abc import Callable
from pathlib import Path

INTAKE = Path("network/intake")


def test_every_windows_event_log(corpus: Path, read_path: Callable) -> None:
    paths = sorted((corpus / "evtx").rglob("*.evtx"))
    assert len(paths) == 156
    events = 0
    for path in paths:
        made = read_path(path)
        assert made.sensor == "evtx"
        assert not made.rejected, (path, made.reasons[:3])
        assert all(event.extra["EventID"] and event.text("host.name") for event in made.events), path
        events += len(made.events)
    assert events > 3000


def test_sigma_regression_json_is_as_its_evtx(corpus: Path, read_path: Callable) -> None:
    for path in sorted((corpus / "sigma/regression_data").rglob("*.evtx"))[::4]:
        written = path.with_suffix(".json")
        if not written.exists():
            continue
        binary, text = read_path(path), read_path(written)
        ids = {event.text("winlog.record_id") for event in binary.events}
        assert {event.text("winlog.record_id") for event in text.events} <= ids, path


def test_zeek_logs(corpus: Path, read_path: Callable) -> None:
    paths = [*(corpus / "otrf-apt29-day1-zeek").glob("*.log"), *(corpus / INTAKE / "zeek-logs").iterdir()]
    paths += (corpus / INTAKE / "zeek-labelled").glob("*.labeled")
    for path in sorted(paths):
        made = read_path(path)
        assert made.sensor == "zeek", path
        timeless = "loaded_scripts" in path.name
        assert len(made.rejected) <= (1000 if timeless else 1), (path, made.reasons[:3])
        if re.search(r"_conn\.", path.name):
            assert {event.kind for event in made.events} == {"flow"}, path


def test_suricata_and_argus(corpus: Path, read_path: Callable) -> None:
    for folder, sensor in (("suricata-eve", "suricata_eve"), ("argus-binetflow", "binetflow")):
        for path in sorted((corpus / INTAKE / folder).iterdir()):
            made = read_path(path)
            assert made.sensor == sensor, path
            assert made.events
            assert not made.rejected, (path, made.reasons[:3])


def test_web_and_ssh_logs(corpus: Path, read_path: Callable) -> None:
    web = re.compile(rb'\[\d\d/\w{3}/\d{4}:[^\]]+\] "')
    ssh = re.compile(rb"^[A-Z][a-z]{2} +\d+ \S+ \S+ sshd[^ ]*\[")
    seen = {"access_log": 0, "syslog": 0}
    for path in sorted((corpus / "crowdsec").rglob("*.log")):
        first = path.read_bytes().split(b"\n", 1)[0]
        wanted = "access_log" if web.search(first) else "syslog" if ssh.match(first) else None
        if wanted is None:
            continue
        made = read_path(path)
        assert made.sensor == wanted, path
        assert made.events, path
        assert not made.rejected, (path, made.reasons[:3])
        seen[wanted] += 1
    assert seen["access_log"] > 20
    assert seen["syslog"] > 5
