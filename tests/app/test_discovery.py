"""Addresses that nobody registered: seen, guessed, accepted or ignored; and the register against reality."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from detections.networks import Networks
from taishi.app.desk import Desk, open_desk
from taishi.app.discovery import Discovery
from taishi.core.clock import FixedClock
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Value
from taishi.core.problems import Problem, Refused
from taishi.core.records import Asset, Unit
from taishi.core.register_records import Sighting

NOW = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OUTSIDE = "203.0.113.9"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    desk.state.put(Unit("u1", "县教育局"), Unit("u2", "县卫健局"))
    desk.state.put(
        Asset("a1", "u1", "address", "10.34.2.15", "学籍"),
        Asset("a2", "u1", "address", "10.34.2.16", "门户"),
        Asset("a3", "u2", "address", "10.34.3.15", "门诊"),
        Asset("a4", "u2", "domain", "wjw.example.gov.cn", "卫健网站"),
    )
    yield desk
    desk.close()


def batch(kind: Kind, *rows: dict[str, Value]) -> Batch:
    builder = BatchBuilder(kind, "test", "test")
    for number, row in enumerate(rows):
        builder.add(number, {"@timestamp": NOW, **row})
    built = builder.take()
    assert built is not None
    return built


def flow(
    source: str, target: str, port: int = 443, state: str = "SF", at: datetime = NOW
) -> dict[str, Value]:
    return {
        "@timestamp": at,
        "source.ip": source,
        "destination.ip": target,
        "destination.port": port,
        "network.transport": "tcp",
        "taishi.flow.state": state,
    }


def discovery(desk: Desk, room: int = 100) -> Discovery:
    return Discovery(desk.state, Networks().inside, room)


def seen(desk: Desk, *batches: Batch) -> dict[str, Sighting]:
    found = discovery(desk)
    for one in batches:
        found.see(one)
    found.flush()
    return {one.id: one for one in desk.state.find(Sighting)}


def test_only_hosts_inside_that_show_themselves_count(desk: Desk) -> None:
    found = seen(
        desk,
        batch(
            "flow",
            flow("10.34.2.77", OUTSIDE),
            flow(OUTSIDE, "10.34.2.88", 22, "S0"),  # tried, never answered
            flow(OUTSIDE, "10.34.2.89", 22, "REJ"),
            flow("10.34.2.77", "239.255.255.250", 1900),
            flow("169.254.3.4", "10.34.2.255", 138, "S0"),
            flow("fe80::1", "ff02::1", 5353, "S0"),
        ),
    )
    assert set(found) == {"10.34.2.77"}


def test_services_names_systems_and_who_was_served_outside(desk: Desk) -> None:
    found = seen(
        desk,
        batch("flow", flow(OUTSIDE, "10.34.2.77", 8080), flow("10.34.2.15", "10.34.2.77", 22)),
        batch(
            "http",
            {
                "source.ip": "10.34.2.15",
                "destination.ip": "10.34.2.77",
                "destination.port": 80,
                "network.transport": "tcp",
                "network.protocol": "http",
                "http.response.status_code": 200,
                "url.domain": "xj.example.gov.cn",
                "user_agent.original": "Mozilla/5.0 (Windows NT 6.1; Win64) Gecko",
            },
        ),
    )
    one = found["10.34.2.77"]
    assert one.services == ("tcp/22", "tcp/80 http", "tcp/8080")
    assert one.names == ("xj.example.gov.cn",)
    assert [(each.service, each.client) for each in one.exposures] == [("tcp/8080", OUTSIDE)]
    assert found["10.34.2.15"].banners == ("Windows NT 6.1",)
    assert found["10.34.2.15"].servers == ("10.34.2.77",)


def test_the_maker_of_the_card_tells_what_stands_there(desk: Desk) -> None:
    camera, router = "44-19-B6-00-00-01", "00-E0-FC-00-00-01"
    rows = [
        {**flow("10.34.2.77", OUTSIDE), "source.mac": camera, "destination.mac": router},
        {**flow("10.34.2.15", "10.34.2.78"), "destination.mac": "02-00-00-00-00-07"},
        *({**flow(f"10.34.9.{n}", OUTSIDE), "source.mac": router} for n in range(1, 5)),
    ]
    seen(desk, batch("flow", *rows))
    found = {one.sighting.id: one.device for one in desk.check.unregistered()}
    made = found.pop("10.34.2.77")
    assert made is not None
    assert made.zh == "Hangzhou Hikvision Digital Technology Co.,Ltd.（视频监控设备）"
    assert set(found.values()) == {None}, "a router's card, or one that was made up"


def test_it_goes_on_after_a_restart_and_twice_is_once(desk: Desk) -> None:
    first = batch("flow", flow("10.34.2.77", OUTSIDE, at=NOW - DAY))
    later = batch("flow", flow("10.34.2.77", OUTSIDE), flow("10.34.2.77", "10.34.2.15", 22))
    once = seen(desk, first)["10.34.2.77"]
    again = seen(desk, later, first)["10.34.2.77"]
    assert (once.first_seen, again.first_seen, again.last_seen) == (NOW - DAY, NOW - DAY, NOW)
    assert seen(desk, first, later)["10.34.2.77"] == again


def test_memory_is_bounded_the_oldest_goes(desk: Desk) -> None:
    found = discovery(desk, room=32)
    for n in range(100):
        found.see(batch("flow", flow(f"10.34.9.{n + 1}", OUTSIDE, at=NOW + timedelta(minutes=n))))
        found.flush()
    kept = {one.id for one in desk.state.find(Sighting)}
    assert len(kept) <= 32
    assert "10.34.9.100" in kept


def test_the_guess_names_its_reasons(desk: Desk) -> None:
    seen(
        desk,
        batch("flow", flow("10.34.2.15", OUTSIDE), flow("10.34.2.16", OUTSIDE), flow("10.34.3.15", OUTSIDE)),
        batch("flow", flow("10.34.2.77", OUTSIDE), flow("10.34.9.9", OUTSIDE), flow("10.34.7.7", OUTSIDE)),
        batch("flow", flow("10.34.3.15", "10.34.8.8"), flow("10.34.7.7", "10.34.8.8")),
        batch(
            "dns",
            {
                "source.ip": "10.34.3.15",
                "dns.question.name": "yy.wjw.example.gov.cn",
                "dns.resolved_ip": ["10.34.9.9"],
                "dns.response_code": "NOERROR",
            },
        ),
    )
    guessed = {one.sighting.id: one.guess for one in desk.check.unregistered()}
    assert set(guessed) == {"10.34.2.77", "10.34.9.9", "10.34.7.7", "10.34.8.8"}
    neighbour, named, client = (guessed[key] for key in ("10.34.2.77", "10.34.9.9", "10.34.7.7"))
    assert neighbour is not None
    assert (neighbour.unit, neighbour.reasons[0].zh) == (
        "县教育局",
        "同网段 10.34.2.0/24 已登记 2 台，其中 2 台属于该单位",
    )
    assert named is not None
    assert named.unit == "县卫健局"
    assert "yy.wjw.example.gov.cn" in named.reasons[0].zh
    assert client is not None
    assert (client.unit, "10.34.8.8" in client.reasons[0].zh) == ("县卫健局", True)
    assert guessed["10.34.8.8"] is None
    assert desk.check.accuracy().share == pytest.approx(3 / 7)


def test_accept_assign_and_ignore(desk: Desk) -> None:
    seen(
        desk, batch("flow", *(flow(f"10.34.{n}", OUTSIDE) for n in ("2.15", "2.16", "2.77", "2.78", "2.79")))
    )
    desk.edits.accept("10.34.2.77", None, "system")
    desk.edits.accept("10.34.2.78", "县卫健局", "system", "借用")
    desk.check.ignore("10.34.2.79", NOW + 30 * DAY, "system", "打印机")
    owners = {one.value: one.unit for one in desk.register.assets()}
    assert (owners["10.34.2.77"], owners["10.34.2.78"]) == ("u1", "u2")
    assert desk.check.unregistered() == []
    assert isinstance(desk.clock, FixedClock)
    desk.clock.advance(29 * DAY + timedelta(hours=2))
    assert desk.check.unregistered() == []
    desk.clock.advance(timedelta(hours=23))
    seen(desk, batch("flow", flow("10.34.2.79", OUTSIDE, at=desk.clock.now())))
    assert [one.sighting.id for one in desk.check.unregistered()] == ["10.34.2.79"]
    with pytest.raises(Problem, match="不在未登记清单"):
        desk.edits.accept("10.34.2.77", None, "system")
    with pytest.raises(Refused, match="一年以内"):
        desk.check.ignore("10.34.2.79", desk.clock.now() + 400 * DAY, "system", "x")


def test_silence_counts_only_where_somebody_watches(desk: Desk) -> None:
    watched = [flow("10.34.2.15", OUTSIDE, at=NOW - n * DAY) for n in range(30)]
    seen(desk, batch("flow", *watched))
    silent = {one.asset.value: one.state for one in desk.check.silent()}
    assert silent == {"10.34.2.16": "silent", "10.34.3.15": "unwatched"}
    with_dead_sensor = [flow("10.34.3.99", OUTSIDE, at=NOW - n * DAY) for n in range(3, 30)]
    seen(desk, batch("flow", *with_dead_sensor))
    assert {one.asset.value: one.state for one in desk.check.silent()}["10.34.3.15"] == "unwatched"


def test_what_is_exposed_or_lacks_its_papers_is_a_risk_once(desk: Desk) -> None:
    day = date(2026, 11, 17)
    system = Asset("s", "u1", "address", "10.34.2.40", "x", grade=3, system="选课系统", filing="123")
    desk.state.put(
        replace(system, assessed=day - timedelta(days=366)),
        replace(
            system, id="t", value="10.34.2.41", system="食堂", grade=2, assessed=day - 2 * timedelta(days=360)
        ),
        replace(system, id="v", value="10.34.2.42", system="校史", grade=2, filing=None, assessed=day),
        replace(system, id="w", value="10.34.2.43", system="浇花", grade=1, filing=None),
    )
    seen(desk, batch("flow", flow(OUTSIDE, "10.34.2.77", 3389), flow(OUTSIDE, "10.34.2.15", 443)))
    found = {(one.rule, one.subject): one for one in desk.check.hits()}
    assert set(found) == {
        ("taishi.register.exposed", "10.34.2.77"),
        ("taishi.register.overdue", "10.34.2.40"),
        ("taishi.register.unfiled", "10.34.2.42"),
    }
    exposed = found["taishi.register.exposed", "10.34.2.77"]
    assert (exposed.threat, exposed.peers, exposed.unit) == ("risk", (OUTSIDE,), None)
    desk.state.put(*found.values())
    assert isinstance(desk.clock, FixedClock)
    desk.clock.advance(DAY)
    assert [one for one in desk.check.gaps() if one not in found.values()]
    assert desk.check.hits() == [], "the next day says nothing new"
