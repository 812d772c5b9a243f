"""`taishi sensor`: set up, listed, removed; and flow records through `analyze` and `flows`."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from taishi.app.desk import open_desk
from taishi.core.records import Heartbeat
from tests.cli.ran import Ran
from tests.sensors.exports import crafted as made

Taishi = Callable[..., Ran]
SYSLOG = ("--kind", "syslog", "--listen", "127.0.0.1:5514", "--sender", "192.0.2.0/24=机房")
PORT = ("--kind", "port", "--listen", "127.0.0.1:2055", "--exporter", "192.0.2.1=核心路由器")


def test_a_log_shipper_gets_its_token(taishi: Taishi, tmp_path: Path) -> None:
    ran = taishi(
        "sensor", "add", "siem", "--kind", "bulk", "--unit", "县教育局", "--data", tmp_path, "--json"
    )
    assert ran.status == 0
    assert set(ran.json) == {"name", "token"}
    desk = open_desk(tmp_path, read_only=True)
    entry = desk.sensors.of_token(str(ran.json["token"]))
    desk.close()
    assert entry is not None
    assert (entry.name, entry.unit) == ("siem", "县教育局")


def test_what_was_added_is_listed_and_removed(taishi: Taishi, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    assert taishi("sensor", "add", "core", *PORT, "--data", tmp_path).status == 0
    assert (
        taishi("sensor", "add", "logs", "--kind", "folder", "--path", folder, "--data", tmp_path).status == 0
    )
    listed = taishi("sensor", "list", "--data", tmp_path, "--json").json["sensors"]
    assert isinstance(listed, list)
    core, logs = listed
    assert (core["name"], core["kind"], core["place"]) == ("core", "port", "127.0.0.1:2055")
    assert (core["state"], core["exporters"], core["events"]) == ("waiting", ["192.0.2.1 核心路由器"], 0)
    assert logs["place"] == str(folder)
    assert "等待数据 waiting" in taishi("sensor", "list", "--data", tmp_path).out
    assert taishi("sensor", "remove", "core", "--why", "gone", "--data", tmp_path).status == 0
    assert "core" not in taishi("sensor", "list", "--data", tmp_path).out


def test_status_holds_only_where_all_are_live(taishi: Taishi, tmp_path: Path) -> None:
    taishi("sensor", "add", "core", *PORT, "--silent-after", "10m", "--data", tmp_path)
    assert taishi("sensor", "status", "core", "--data", tmp_path).status == 1
    desk = open_desk(tmp_path)
    (entry,), now = desk.sensors.entries(), desk.clock.now()
    beat = Heartbeat(entry.id, now, now, now, received=3, lost=2, senders={"192.0.2.1 核心路由器": 3})
    desk.state.put(beat)
    ran = taishi("sensor", "status", "core", "--data", tmp_path)
    assert ran.status == 0
    for told in ("在线 live", "received 3", "lost 2", "192.0.2.1 核心路由器: 3"):
        assert told in ran.out
    old = now - timedelta(minutes=11)
    desk.state.put(Heartbeat(entry.id, now, old, old))
    desk.close()
    ran = taishi("sensor", "status", "--data", tmp_path, "--json")
    assert (ran.status, ran.json["sensors"][0]["state"]) == (1, "silent")  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "port", "--listen", "127.0.0.1:2055"), "name who may send with --sender"),
        (("--kind", "port", "--exporter", "192.0.2.1"), "--listen is missing"),
        (("--kind", "port", "--listen", "x:1", "--exporter", "192.0.2.1"), "give HOST:PORT"),
        (("--kind", "port", "--listen", "127.0.0.1:1", "--exporter", "router"), "is no address or network"),
        (("--kind", "folder", "--path", "/nonexistent/x"), "is no folder"),
        (("--kind", "folder", "--path", "/tmp", "--exporter", "192.0.2.1"), "is for --kind port"),  # noqa: S108
        (("--kind", "interface", "--interface", "none9"), "interface none9: there is none"),
        (("--kind", "bulk", "--listen", "127.0.0.1:1"), "is for --kind port or syslog, not bulk"),
        (("--kind", "bulk", "--silent-after", "soon"), "--silent-after soon"),
        (("--kind", "syslog", "--listen", "127.0.0.1:5514"), "name who may send with --sender"),
        (("--kind", "bulk", "--transport", "tcp"), "are for --kind syslog, not bulk"),
        ((*SYSLOG, "--transport", "tls"), "--tls-cert and --tls-key"),
        ((*SYSLOG, "--transport", "udp", "--tls-cert", "x"), "are for --transport tls, not udp"),
        ((*SYSLOG, "--tls-cert", "/nonexistent/x", "--tls-key", "/nonexistent/y"), "are no certificate"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: tuple[str, ...], told: str, taishi: Taishi, tmp_path: Path
) -> None:
    ran = taishi("sensor", "add", "x", *words, "--data", tmp_path)
    assert ran.status == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_a_name_is_given_once(taishi: Taishi, tmp_path: Path) -> None:
    taishi("sensor", "add", "core", *PORT, "--data", tmp_path)
    assert taishi("sensor", "add", "core", *PORT, "--data", tmp_path).status == 1
    assert taishi("sensor", "remove", "other", "--data", tmp_path).status == 2


def test_raw_datagrams_in_the_order_given(taishi: Taishi, tmp_path: Path) -> None:
    template, data = tmp_path / "z.dat", tmp_path / "a.dat"
    template.write_bytes(made.v9(made.template()))
    data.write_bytes(made.v9(made.data(made.record(), made.record(dport=80))))
    out = tmp_path / "events.jsonl"
    ran = taishi("analyze", template, data, "--json", "--events-out", out)
    assert (ran.status, ran.json["events"], ran.json["quarantined"]) == (0, 2, 0)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["destination.port"] for line in lines] == [443, 80]
    assert all(line["event.original"] for line in lines)
    ran = taishi("analyze", data, template, "--json")
    assert (ran.json["events"], ran.json["quarantined"]) == (0, 1)


def test_flows_of_exporters_beside_those_of_captures(taishi: Taishi, tmp_path: Path) -> None:
    records, capture = tmp_path / "v5.dat", tmp_path / "x.pcap"
    records.write_bytes(made.v5(made.v5_flow(), made.v5_flow(dport=80), sampling=100))
    capture.write_bytes(made.capture(made.ethernet(made.tcp(40000, 22, 2), 6)))
    out = tmp_path / "flows.parquet"
    ran = taishi("flows", records, capture, "--out", out, "--json")
    assert (ran.status, ran.json["flows"], ran.json["packets"]) == (0, 3, 2001)
    assert sorted(pq.read_table(out).column("destination.port").to_pylist()) == [22, 80, 443]
