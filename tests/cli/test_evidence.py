"""`taishi evidence`: the packets behind an alert, or why there are none."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sensors.pcap.pcap_file import pcap_bytes
from taishi.app.desk import open_desk
from taishi.core.event import BatchBuilder
from taishi.core.records import Evidence, Reason, SensorEntry, Verdict
from taishi.core.text import Text
from tests.cli.ran import Ran, assert_one_line
from tests.sensors.exports import crafted as made

Taishi = Callable[..., Ran]
AT = datetime(2026, 3, 2, tzinfo=UTC)
US = int(AT.timestamp()) * 1_000_000
FRAME = made.ethernet(made.tcp(40_000, 443, 2), 6)


def alerted(data: Path) -> str:
    """A data directory with one alert about one flow; the alert's id."""
    desk = open_desk(data)
    flows = BatchBuilder("flow", "pcap", "x")
    flows.add(
        0,
        {
            "@timestamp": AT,
            "event.id": "e1",
            "source.ip": made.CLIENT,
            "destination.ip": made.SERVER,
            "source.port": 40_000,
            "destination.port": 443,
            "network.transport": "tcp",
            "event.module": "pcap",
        },
    )
    batch = flows.take()
    assert batch is not None
    desk.events.write([batch])
    title = Text("扫描", "Scan")
    told = (Evidence("e1", AT, "x"),)
    reason = Reason("r", title, "behaviour", "risk", "low", 1, AT, AT, title, evidence=told)
    verdict = Verdict(made.CLIENT, "ip", "risk", "low", None, None, AT, AT, 1, (), (), (reason,))
    alert = desk.alerts.record(verdict)
    desk.close()
    assert alert is not None
    return alert.id


def test_the_file_is_written_and_audited(taishi: Taishi, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out.pcap"
    alert = alerted(data)
    ring = data / "sensors" / "s1" / "ring"
    ring.mkdir(parents=True)
    (ring / f"{US:020d}.pcap").write_bytes(pcap_bytes(1, [(US, FRAME), (US + 1, FRAME)]))
    ran = taishi("evidence", alert, "--out", out, "--data", data, "--why", "case 7", "--json")
    assert (ran.status, ran.json["packets"], ran.json["cut"]) == (0, 1, False)
    assert out.read_bytes() == pcap_bytes(1, [(US, FRAME)])
    assert out.stat().st_mode & 0o777 == 0o600
    desk = open_desk(data, read_only=True)
    line = desk.state.decisions(1)[0]
    desk.close()
    assert (line.actor, line.action, line.object_id, line.why) == ("system", "take_packets", alert, "case 7")


def test_why_there_is_none_is_one_line(taishi: Taishi, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out.pcap"
    alert = alerted(data)
    ran = taishi("evidence", alert, "--out", out, "--data", data)
    assert_one_line(ran, "there are no packets", "no sensor captures", status=1)
    desk = open_desk(data)
    desk.state.put(SensorEntry("s1", "m", "interface", "eth1", AT, 300, ring_bytes=0))
    desk.close()
    ran = taishi("evidence", alert, "--out", out, "--data", data)
    assert_one_line(ran, "switched off", status=1)
    assert list(tmp_path.iterdir()) == [data]


def test_the_ring_is_set_when_a_sensor_is_added(taishi: Taishi, tmp_path: Path) -> None:
    lo = ("sensor", "add", "mirror", "--kind", "interface", "--interface", "lo", "--data", tmp_path)
    assert_one_line(taishi(*lo, "--ring", "much"), "--ring much")
    assert_one_line(taishi(*lo, "--ring", "1MiB"), "at least 16 MiB")
    other = ("sensor", "add", "siem", "--kind", "bulk", "--ring", "1GiB", "--data", tmp_path)
    assert_one_line(taishi(*other), "are for --kind interface")
    assert taishi(*lo, "--ring", "64MiB", "--ring-age", "12h").status == 0
    desk = open_desk(tmp_path, read_only=True)
    (entry,) = desk.sensors.entries()
    desk.close()
    assert (entry.ring_bytes, entry.ring_age_s) == (64 << 20, 43_200)
