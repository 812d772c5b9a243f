"""The packets behind an alert: who may take them, what the page says where there are none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sensors.pcap.pcap_file import pcap_bytes
from taishi.app.desk import Desk
from taishi.core.event import BatchBuilder
from taishi.core.records import Alert, Evidence, SensorEntry
from tests.dashboards.conftest import NOW, Login, alert_of
from tests.sensors.exports import crafted as made

SUBJECT, OUTSIDE = "10.34.0.10", "198.51.100.7"
BUTTON = "下载报文（pcap）"


def _us(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


def _frames(sport: int) -> list[bytes]:
    there = made.ethernet(made.tcp(sport, 443, 2), 6, SUBJECT, OUTSIDE)
    return [there, made.ethernet(made.tcp(443, sport, 18), 6, OUTSIDE, SUBJECT)]


def _ring(tmp_path: Path, at: datetime, sport: int = 50_000) -> Path:
    """What a sensor kept: two packets of the flow, one of another."""
    frames = [*_frames(sport), *_frames(9)[:1]]
    folder = tmp_path / "data" / "sensors" / "s1" / "ring"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_us(at):020d}.pcap"
    path.write_bytes(pcap_bytes(1, [(_us(at) + n, frame) for n, frame in enumerate(frames)]))
    return path


def _sensor(ring_bytes: int | None = None) -> SensorEntry:
    return SensorEntry("s1", "mirror", "interface", "eth1", NOW, 300, ring_bytes=ring_bytes)


@pytest.fixture
def alert(county: Desk) -> Alert:
    """The beacon, with evidence of its newest flow, a minute before NOW."""
    return alert_of(county, SUBJECT)


def test_packets_come_with_a_line_in_the_audit(
    county: Desk, alert: Alert, login: Login, tmp_path: Path
) -> None:
    _ring(tmp_path, NOW - timedelta(minutes=1))
    visitor = login("analyst")
    assert BUTTON in visitor.get(f"/alerts/{alert.id}")
    answer = visitor.ask("POST", f"/alerts/{alert.id}/packets", data={"csrf": visitor.csrf})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f"{alert.id}.pcap")
    frames = [(_us(NOW - timedelta(minutes=1)) + n, frame) for n, frame in enumerate(_frames(50_000))]
    assert answer.content == pcap_bytes(1, frames)
    line = county.state.decisions(1)[0]
    assert (line.action, line.object_id) == ("take_packets", alert.id)
    assert line.result.startswith("2 packets, ")
    page = visitor.get(f"/alerts/{alert.id}")
    assert "已留存 2 个报文" in page
    assert "下载报文</span>" in page or "下载报文 <span" in page


def test_without_the_forms_token_nothing_leaves(
    county: Desk, alert: Alert, login: Login, tmp_path: Path
) -> None:
    _ring(tmp_path, NOW - timedelta(minutes=1))
    visitor = login("analyst")
    assert visitor.ask("POST", f"/alerts/{alert.id}/packets", data={"csrf": "x"}).status_code == 403
    assert visitor.ask("GET", f"/alerts/{alert.id}/packets").status_code in (404, 405)
    assert [line for line in county.state.decisions() if line.action == "take_packets"] == []


def test_an_auditor_does_not_see_them(county: Desk, alert: Alert, login: Login, tmp_path: Path) -> None:
    _ring(tmp_path, NOW - timedelta(minutes=1))
    visitor = login("auditor")
    answer = visitor.ask("POST", f"/alerts/{alert.id}/packets", data={"csrf": visitor.csrf})
    assert answer.status_code == 403
    assert [line for line in county.state.decisions() if line.action == "take_packets"] == []


def test_what_is_kept_outlives_the_ring(county: Desk, alert: Alert, login: Login, tmp_path: Path) -> None:
    path = _ring(tmp_path, NOW - timedelta(minutes=1))
    assert county.packets.keep_new() >= 1
    path.unlink()
    assert "已留存 2 个报文" in login("analyst").get(f"/alerts/{alert.id}")
    kept = tmp_path / "data" / "evidence" / f"{alert.id}.pcap"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_later_evidence_is_added_to_what_is_kept(
    county: Desk, alert: Alert, login: Login, tmp_path: Path
) -> None:
    path = _ring(tmp_path, NOW - timedelta(minutes=1))
    county.packets.keep_new()
    path.unlink()
    _ring(tmp_path, NOW - timedelta(seconds=30), sport=60_000)
    flows = BatchBuilder("flow", "pcap", "later")
    flows.add(
        0,
        {
            "@timestamp": NOW - timedelta(seconds=30),
            "event.id": "event-later",
            "event.end": NOW - timedelta(seconds=29),
            "source.ip": SUBJECT,
            "source.port": 60_000,
            "destination.ip": OUTSIDE,
            "destination.port": 443,
            "network.transport": "tcp",
        },
    )
    batch = flows.take()
    assert batch is not None
    county.events.write([batch])
    reason = alert.verdict.because[0]
    more = (*reason.evidence, Evidence("event-later", NOW - timedelta(seconds=30), "later"))
    verdict = replace(alert.verdict, because=(replace(reason, evidence=more),))
    county.state.put(replace(alert, verdict=verdict))
    visitor = login("analyst")
    visitor.get(f"/alerts/{alert.id}")
    visitor.ask("POST", f"/alerts/{alert.id}/packets", data={"csrf": visitor.csrf})
    assert "已留存 4 个报文" in visitor.get(f"/alerts/{alert.id}")


def test_the_page_says_why_there_are_none(county: Desk, alert: Alert, login: Login, tmp_path: Path) -> None:
    visitor = login("analyst")

    def told() -> str:
        page = visitor.get(f"/alerts/{alert.id}")
        assert BUTTON not in page
        return page

    assert "没有抓包的传感器" in told()
    county.state.put(_sensor(0))
    assert "传感器已关闭报文留存" in told()
    county.state.put(_sensor())
    path = _ring(tmp_path, NOW + timedelta(hours=1))
    assert "报文已超出留存期" in told()
    path.unlink()
    other = next(
        one
        for one in county.alerts.list(limit=None).alerts
        if not any(reason.evidence for reason in one.verdict.because)
    )
    assert "证据不是网络流量" in visitor.get(f"/alerts/{other.id}")
    answer = visitor.post(f"/alerts/{other.id}/packets", 409)
    assert "没有可下载的报文" in answer


def test_what_is_too_old_or_too_much_goes(
    county: Desk, alert: Alert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ring(tmp_path, NOW - timedelta(minutes=1))
    county.packets.keep_new()
    county.packets.prune()
    assert county.packets.kept(alert.id) is not None
    monkeypatch.setattr("taishi.app.packets.KEPT_BYTES", 10)
    county.packets.prune()
    assert county.packets.kept(alert.id) is None
    assert list((tmp_path / "data" / "evidence").iterdir()) == []
