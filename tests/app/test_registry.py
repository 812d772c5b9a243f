"""The register at work: sheets taken over and undone, single acts, and open matters that follow."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from taishi.app.desk import Desk, open_desk
from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice
from taishi.core.ports import Find
from taishi.core.problems import Problem, Refused
from taishi.core.records import Alert, Asset, Reason, RiskEvent, RiskVersion, Unit, Verdict
from taishi.core.text import Text
from tests.enrichment.test_sheets import Rows, workbook

NOW = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
HEAD = ["单位", "联系人", "IP", "资产名称", "等级"]
SHEET: Rows = [
    HEAD,
    ["县教育局", "王某", "10.34.2.0/24", "办公网", None],
    ["县教育局", "王某", "10.34.2.15", "学籍系统", "三级"],
    ["县卫健局", "李某", "10.34.3.0/24", "门诊", None],
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield desk
    desk.close()


@pytest.fixture
def filled(desk: Desk, tmp_path: Path) -> Desk:
    desk.register.take(
        desk.register.preview(workbook(tmp_path / "a.xlsx", 台账=SHEET)), "system", "a.xlsx", "first"
    )
    return desk


def alert(desk: Desk, subject: str, unit: str | None, seen: datetime = NOW) -> Alert:
    said = Text("外联", "beacon")
    reason = Reason(
        "r", said, "behaviour", "compromised", "high", 3, seen, seen, said, advice=Text("查", "look")
    )
    verdict = Verdict(subject, "ip", "compromised", "high", unit, None, seen, seen, 3, (), (), (reason,))
    made = desk.alerts.record(verdict)
    assert made is not None
    return made


def unit_of(desk: Desk, made: Alert) -> str | None:
    risk = desk.alerts.risk_event(made.id)
    assert risk is not None
    assert risk.unit == desk.alerts.get(made.id).verdict.unit
    return risk.unit


def test_a_preview_writes_nothing_and_a_second_import_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 台账=SHEET)
    preview = desk.register.preview(path)
    assert len(preview.added) == 5
    assert desk.state.find(Unit) == []
    done = desk.register.take(preview, "system", "a.xlsx", "yearly")
    assert (done.added, done.changed) == (5, 0)
    assert desk.state.decisions()[-1].why == "yearly"
    again = desk.register.preview(path)
    assert (again.added, again.changed, again.unchanged) == ((), (), 5)


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_export_then_import_changes_nothing(filled: Desk, tmp_path: Path, name: str) -> None:
    filled.register.export(tmp_path / name, "system")
    again = filled.register.preview(tmp_path / name)
    assert (again.added, again.changed, again.refused) == ((), (), ())
    assert filled.state.decisions()[-1].action == "register.export"


def test_good_lines_are_taken_and_bad_ones_told(filled: Desk, tmp_path: Path) -> None:
    rows: Rows = [
        HEAD,
        ["县教育局", None, "10.34.2.16", "新", None],
        ["县教育局", None, "10.34.2", "错", None],
    ]
    preview = filled.register.preview(workbook(tmp_path / "b.xlsx", 台账=rows))
    assert [one.zh for one in preview.refused] == [
        "台账 第3行 C列: '10.34.2' 不是地址,请写 192.0.2.1、192.0.2.0/24 或 192.0.2.1-192.0.2.9"
    ]
    done = filled.register.take(preview, "system", "b.xlsx")
    assert (done.added, done.refused) == (1, 1)


def test_undo_of_the_last_import_leaves_the_register_as_it_was(filled: Desk, tmp_path: Path) -> None:
    before = filled.state.find(Unit), filled.state.find(Asset)
    rows: Rows = [
        HEAD,
        ["县教育局", "赵某", "10.34.2.15", "学籍", "二级"],
        ["县档案馆", None, "10.34.9.1", "x", None],
    ]
    filled.register.take(
        filled.register.preview(workbook(tmp_path / "b.xlsx", 台账=rows)), "system", "b.xlsx"
    )
    assert filled.state.find(Asset) != before[1]
    filled.register.undo("system")
    assert (filled.state.find(Unit), filled.state.find(Asset)) == before
    filled.register.undo("system")
    assert filled.state.find(Asset) == []
    with pytest.raises(Refused, match="没有可以撤销的导入"):
        filled.register.undo("system")


def test_undo_is_refused_where_a_record_was_changed_since(filled: Desk) -> None:
    asset = filled.edits.asset("10.34.2.15")
    filled.edits.set_asset(asset, {"grade": "二级"}, "system")
    with pytest.raises(Refused, match="学籍系统"):
        filled.register.undo("system")
    assert filled.edits.asset("10.34.2.15").grade == 2


def test_a_preview_that_has_grown_old_is_refused(filled: Desk, tmp_path: Path) -> None:
    rows: Rows = [HEAD, ["县教育局", None, "10.34.2.15", "学籍", None]]
    preview = filled.register.preview(workbook(tmp_path / "b.xlsx", 台账=rows))
    filled.edits.set_asset(filled.edits.asset("10.34.2.15"), {"grade": "二级"}, "system")
    with pytest.raises(Refused, match="重新预览"):
        filled.register.take(preview, "system", "b.xlsx")


def test_a_transfer_keeps_whose_it_was(filled: Desk) -> None:
    asset = filled.edits.asset("10.34.2.15")
    moment = NOW - timedelta(days=1)
    moved, _ = filled.edits.transfer(asset, filled.edits.unit("县卫健局"), moment, "system", "机房移交")
    assert [one.valid_from for one in filled.edits.history(moved)] == [moment, None]
    register = filled.register.current.now().register
    owners = [register.owner("10.34.2.15", moment + timedelta(seconds=n)) for n in (-1, 0)]
    assert [owner.unit for owner in owners if owner] == ["县教育局", "县卫健局"]
    with pytest.raises(Refused, match="理由"):
        filled.edits.transfer(moved, filled.edits.unit("县教育局"), NOW, "system", "")


def test_ending_and_forgetting(filled: Desk) -> None:
    asset = filled.edits.asset("10.34.2.15")
    filled.edits.end(asset, NOW, "system", "下线")
    register = filled.register.current.now().register
    after = register.owner("10.34.2.15", NOW)
    before = register.owner("10.34.2.15", NOW - timedelta(hours=1))
    assert after is not None
    assert before is not None
    assert (before.asset, after.asset) == ("学籍系统", "办公网")
    with pytest.raises(Refused, match="还有 2 项资产"):
        filled.edits.remove_unit(filled.edits.unit("县教育局"), "system", "撤并")


def test_what_makes_no_sense_is_told(filled: Desk) -> None:
    with pytest.raises(Problem, match="不是等保级别"):
        filled.edits.set_asset(filled.edits.asset("10.34.2.15"), {"grade": "九"}, "system")
    with pytest.raises(Problem, match="没有登记"):
        filled.edits.add({"unit": "县气象局", "address": "10.34.7.1"}, "system")
    with pytest.raises(Refused, match="已登记属于 县教育局"):
        filled.edits.add({"unit": "县卫健局", "address": "10.34.2.15"}, "system")


def test_only_who_triages_may_change_the_register(filled: Desk) -> None:
    auditor, _ = filled.people.first_person() or ("", "")
    filled.people.create("审计", ["auditor"], auditor)
    with pytest.raises(Refused, match="无权"):
        filled.edits.set_unit(filled.edits.unit("县教育局"), {"phone": "1"}, "审计")
    assert filled.edits.unit("县教育局").phone is None


def test_open_alerts_follow_and_closed_ones_stay(filled: Desk) -> None:
    open_one, closed = alert(filled, "10.34.2.15", "县教育局"), alert(filled, "10.34.2.16", "县教育局")
    risk = filled.alerts.risk_event(closed.id)
    assert risk is not None
    filled.state.put(replace(risk, state="closed"))
    for asset in filled.register.assets():
        if asset.value.startswith("10.34.2."):
            filled.edits.forget(asset, "system", "登记有误")
    assert unit_of(filled, open_one) is None
    assert unit_of(filled, closed) == "县教育局"
    moved = filled.alerts.risk_event(open_one.id)
    assert moved is not None
    assert moved.version == 2
    assert [one.event.unit for one in filled.state.find(RiskVersion, Find({"risk_id": moved.id}))] == [
        "县教育局",
        None,
    ], "figures as of a moment before still name the unit of then"
    lines = [line for line in filled.state.decisions() if line.action == "restamp"]
    assert [(line.object_id, line.why) for line in lines] == [(moved.id, "登记有误")]
    assert filled.state.verify() == []


def test_an_alert_from_before_a_transfer_stays_with_the_unit_it_was_of(filled: Desk) -> None:
    old = alert(filled, "10.34.2.15", "县教育局", NOW - timedelta(days=3))
    filled.edits.transfer(
        filled.edits.asset("10.34.2.15"),
        filled.edits.unit("县卫健局"),
        NOW - timedelta(days=1),
        "system",
        "移交",
    )
    assert unit_of(filled, old) == "县教育局"


def test_drafts_follow_and_approved_letters_hold(filled: Desk) -> None:
    moving, staying = alert(filled, "10.34.2.15", "县教育局"), alert(filled, "10.34.2.16", "县教育局")
    draft = filled.letters.draft([moving.id, staying.id], "system")
    whole = timedelta(days=30)
    filled.edits.transfer(
        filled.edits.asset("10.34.2.15"), filled.edits.unit("县卫健局"), NOW - whole, "system", "登记有误"
    )
    drafts = {one.unit: one for one in filled.state.find(Notice, Find({"state": "drafted"}))}
    assert [item.alert_id for item in drafts["县教育局"].items] == [staying.id]
    assert drafts["县教育局"].id == draft.id
    assert [item.alert_id for item in drafts["县卫健局"].items] == [moving.id]
    filled.state.put(replace(drafts["县教育局"], state="approved"))
    network = filled.edits.asset("10.34.2.0/24")
    _, followed = filled.edits.transfer(
        network, filled.edits.unit("县卫健局"), NOW - whole, "system", "登记有误"
    )
    assert (followed.alerts, followed.held) == (0, 1)
    assert unit_of(filled, staying) == "县教育局"


def test_a_new_name_is_known_everywhere_at_once(filled: Desk) -> None:
    made = alert(filled, "10.34.2.15", "县教育局")
    filled.edits.set_unit(filled.edits.unit("县教育局"), {}, "system", "机构改革", "县教育体育局")
    assert unit_of(filled, made) == "县教育体育局"
    assert filled.state.count(RiskEvent, Find({"unit": "县教育局"})) == 0


def test_a_state_of_before_opens_with_what_it_had(tmp_path: Path) -> None:
    """Documents as 0.1.0 wrote them: without the fields that came later."""
    import sqlite3

    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    desk.close()
    with sqlite3.connect(tmp_path / "data" / "state.sqlite") as state:
        state.execute("DROP TABLE asset")
        state.execute("CREATE TABLE asset (id TEXT PRIMARY KEY, unit TEXT, doc TEXT NOT NULL)")
        doc = '{"id":"a","unit":"u","kind":"cidr","value":"10.34.2.0/24","name":"办公网"}'
        state.execute("INSERT INTO asset VALUES ('a', 'u', ?)", (doc,))
    state.close()
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    assert [(one.value, one.addressing, one.tags) for one in desk.register.assets()] == [
        ("10.34.2.0/24", "static", ())
    ]
    desk.close()
