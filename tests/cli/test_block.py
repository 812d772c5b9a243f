"""`taishi block simulate` and `truth`: before a decision, and after it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playbooks.enforcers.nftables import Nftables
from taishi.app.desk import open_desk
from taishi.core.event import BatchBuilder
from taishi.core.ports import Enforced, Standing
from taishi.core.records import Asset, Person, Unit
from tests.app.conftest import verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
SOURCE, OTHER = "203.0.113.9", "203.0.113.10"
UNITS = ("县教育局", "县水利局", "县卫健局")


@dataclass
class Router:
    """What the device said last, in place of asking nft on this machine."""

    standing: Standing = field(default_factory=Standing)


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Router:
    said = Router()
    monkeypatch.setattr(Nftables, "standing", lambda _: said.standing)
    return said


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three units with a host each; one source had 41 sessions with them, the other one 2 of those."""
    folder = tmp_path / "data"
    desk = open_desk(folder)
    for number, unit in enumerate(UNITS):
        desk.state.put(Unit(unit, unit), Asset(unit, unit, "cidr", f"10.34.{number}.0/24", "办公网"))
    desk.state.put(Person("a", "甲", ("analyst",), "-"), Person("b", "乙", ("approver",), "-"))
    desk.state.put(Person("c", "管理员", ("admin",), "-"))
    flows = BatchBuilder("flow", "test", "x")
    for number in range(41):
        source = OTHER if number in (7, 8) else SOURCE
        flows.add(number, _flow(source, number % 3, datetime.now(UTC) - timedelta(minutes=number)))
    flows.add(99, _flow(SOURCE, 0, datetime.now(UTC) - timedelta(hours=25)))  # too long ago
    batch = flows.take()
    assert batch is not None
    desk.events.write([batch])
    desk.alerts.record(verdict("10.34.0.5", unit=UNITS[0]))
    desk.settings.set_protected(["203.0.113.53 政务云DNS"], "c")
    desk.close()
    return folder


def _flow(source: str, unit: int, at: datetime) -> dict[str, object]:
    return {
        "@timestamp": at,
        "source.ip": source,
        "destination.ip": f"10.34.{unit}.5",
        "destination.port": 443,
        "network.transport": "tcp",
        "taishi.destination.unit": UNITS[unit],
    }


def test_what_a_block_would_cut_is_said_before_it(taishi: Taishi, data: Path) -> None:
    ran = taishi("block", "simulate", SOURCE, "--data", data)
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("将断开 3 个单位的 39 条会话")
    one = taishi("block", "simulate", SOURCE, "--data", data, "--json").json
    assert (one["sessions"], one["units"], one["complete"]) == (39, sorted(UNITS), True)
    assert (one["addresses"][0]["allowed"], one["addresses"][0]["unit"]) == (True, None)


def test_a_list_is_added_up_and_the_protected_named(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    listed = tmp_path / "sources.txt"
    listed.write_text(
        f"# 攻击源\n{SOURCE} 扫描\n{OTHER}\n\n203.0.113.53\n10.34.1.5\n203.0.113.0/24\n10.99.0.1\n"
    )
    ran = taishi("block", "simulate", listed, "--data", data, "--json")
    assert (ran.status, ran.json["sessions"]) == (1, 41)
    said = {one["address"]: one for one in ran.json["addresses"]}
    assert [address for address, one in said.items() if one["allowed"]] == [SOURCE, OTHER]
    assert "受保护（203.0.113.53 政务云DNS）" in said["203.0.113.53"]["why"]
    assert "受保护" in said["203.0.113.0/24"]["why"]
    assert "须先起草致该单位" in said["10.34.1.5"]["why"]
    assert (said["10.34.1.5"]["unit"], said["10.34.1.5"]["asset"]) == ("县水利局", "办公网")
    assert "未登记归属单位" in said["10.99.0.1"]["why"]
    assert said[OTHER]["sessions"] == 2


def test_a_line_that_is_no_address_is_named(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    listed = tmp_path / "sources.txt"
    listed.write_text(f"{SOURCE}\nnonsense\n")
    assert_one_line(taishi("block", "simulate", listed, "--data", data), "sources.txt:2", "nonsense")
    listed.write_bytes(b"\xff\xfe\x00")
    assert_one_line(taishi("block", "simulate", listed, "--data", data), "sources.txt")


def test_a_rehearsal_drops_nothing_and_says_so(taishi: Taishi, data: Path, router: Router) -> None:
    blocked(taishi, data)
    ran = taishi("block", "truth", "--data", data, "--json")
    assert (ran.status, ran.json) == (0, {"ok": True, "rehearsed": 1, "devices": []})


def test_what_the_device_really_drops_is_held_against_it(
    taishi: Taishi, data: Path, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Nftables, "_carry_out", lambda *_: Enforced(True, False, ()))
    desk = open_desk(data)
    desk.settings.set_enforcer("nftables", "c")
    desk.close()
    router.standing = Standing({SOURCE: datetime.now(UTC) + timedelta(days=7)})
    assert blocked(taishi, data) == "applied"
    assert taishi("block", "truth", "--data", data).status == 0
    router.standing = Standing({OTHER: None})
    ran = taishi("block", "truth", "--data", data, "--json")
    assert ran.status == 1
    (device,) = ran.json["devices"]
    assert (device["device"], device["missing"], device["extra"]) == ("nftables", [SOURCE], [OTHER])
    assert f"缺少 {SOURCE}" in taishi("block", "truth", "--data", data).out


def blocked(taishi: Taishi, data: Path) -> str:
    """Proposed by one and approved by another, on the command line; its state."""
    year = f"{datetime.now(UTC) + timedelta(hours=8):%Y}"
    named = ("--alert", f"A-{year}-000001", "--as", "甲", "--data", data, "--json")
    block = taishi("block", "propose", SOURCE, *named).json["id"]
    return str(taishi("block", "approve", block, "--as", "乙", "--data", data, "--json").json["state"])


def test_blocks_are_listed_by_unit_class_and_day_and_prolonged(
    taishi: Taishi, data: Path, router: Router
) -> None:
    blocked(taishi, data)
    for words, n in (
        (("--class", "attempted", "--since", "2020-01-01", "--state", "applied"), 1),
        (("--class", "risk"), 0),
        (("--unit", UNITS[0]), 0),
        (("--since", "2999-01-01"), 0),
    ):
        assert len(taishi("block", "list", *words, "--data", data, "--json").json["blocks"]) == n, words
    act = (
        "block",
        "prolong",
        f"B-{datetime.now(UTC) + timedelta(hours=8):%Y}-000001",
        "--as",
        "乙",
        "--data",
        data,
    )
    assert taishi(*act, "--for", "30d", "--why", "尚未复核", "--json").json["ttl_s"] >= 30 * 86_400
    assert_one_line(taishi(*act, "--for", "1h", "--why", "x"), "不能缩短", status=1)
    assert_one_line(taishi(*act, "--for", "soon", "--why", "x"), "--for soon")
