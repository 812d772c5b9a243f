"""A sheet against the register: added, changed field by field, unchanged, refused with its place."""

from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from enrichment.difference import Difference, compare
from enrichment.sheets import read_rows, write_register
from taishi.core.clock import ZONE
from taishi.core.records import Asset, Contact, Unit
from tests.enrichment.test_sheets import Rows, registers, workbook

UNITS = (Unit("u1", "县教育局", contact="王某", phone="1"), Unit("u2", "县卫健局"))
ASSETS = (
    Asset("a1", "u1", "address", "192.0.2.1", "门户", grade=2),
    Asset("a2", "u1", "cidr", "192.0.2.64/26", "办公网"),
)
HEAD = ["单位", "IP", "资产名称", "等级", "启用日期"]


def difference(path: Path, rows: Rows) -> Difference:
    return compare(UNITS, ASSETS, read_rows(workbook(path / "a.xlsx", 资产=rows)))


def test_every_kind_of_line(tmp_path: Path) -> None:
    found = difference(
        tmp_path,
        [
            HEAD,
            ["县教育局", "192.0.2.1", "门户网站", "三级", None],
            ["县教育局", "192.0.2.64/26", None, None, None],
            ["县教育局", "192.0.2.7", "新", None, None],
            ["县卫健局", "192.0.2.1", "抢占", None, None],
            ["县卫健局", "192.0.2.300", "错", None, None],
        ],
    )
    [changed] = found.changed
    assert (changed.before, changed.fields) == (ASSETS[0], ("name", "grade"))
    assert changed.after == replace(ASSETS[0], name="门户网站", grade=3)
    assert [one.after.name for one in found.added] == ["新"]
    assert found.unchanged == 3  # the two units and the network of which nothing new is said
    assert [text.zh.partition(":")[0] for text in found.refused] == ["资产 第5行 B列", "资产 第6行 B列"]


def test_a_later_beginning_with_another_unit_ends_the_first(tmp_path: Path) -> None:
    found = difference(tmp_path, [HEAD, ["县卫健局", "192.0.2.1", "门户", None, "2026-05-01"]])
    moment = datetime(2026, 5, 1, tzinfo=ZONE)
    assert [one.fields for one in found.changed] == [("valid_to",)]
    assert [one.after for one in found.changed] == [replace(ASSETS[0], valid_to=moment)]
    [added] = found.added
    assert isinstance(added.after, Asset)
    assert (added.after.unit, added.after.valid_from) == ("u2", moment)


def test_a_sheet_without_dates_after_a_transfer_changes_nothing(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 1, tzinfo=ZONE)
    held = (
        replace(ASSETS[0], valid_to=moment),
        replace(ASSETS[0], id="a3", unit="u2", valid_from=moment),
    )
    for owner in ("县教育局", "县卫健局"):
        path = workbook(tmp_path / "a.xlsx", 资产=[HEAD, [owner, "192.0.2.1", "门户", None, None]])
        found = compare(UNITS, held, read_rows(path))
        assert (found.added, found.changed, found.refused) == ((), (), ())


def test_nothing_is_cleared_by_a_blank_but_by_the_word_for_none(tmp_path: Path) -> None:
    head = ["单位", "联系人", "联系电话", "联系人2", "电话2"]
    path = workbook(tmp_path / "a.xlsx", 单位=[head, ["县教育局", None, "无", "李某", "2"]])
    [changed] = compare(UNITS, ASSETS, read_rows(path)).changed
    assert changed.after == replace(UNITS[0], phone=None, others=(Contact("李某", "2"),))


def test_terminals_without_a_unit_column(tmp_path: Path) -> None:
    rows: Rows = [["使用人", "IP地址", "电话"], ["张某", "192.0.2.66", 13800000000]]
    sheet = read_rows(workbook(tmp_path / "a.xlsx", 终端=rows), owner="县教育局")
    [added] = compare(UNITS, ASSETS, sheet).added
    assert isinstance(added.after, Asset)
    assert (added.after.unit, added.after.user, added.after.phone) == ("u1", "张某", "13800000000")
    assert "张某" not in added.after.name, "the name of an asset goes into events"


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(registers(), st.sampled_from(["xlsx", "csv"]), st.booleans())
def test_export_and_import_change_nothing(
    tmp_path: Path, register: tuple[dict[str, Unit], dict[str, Asset]], suffix: str, foreign: bool
) -> None:
    units, assets = list(register[0].values()), list(register[1].values())
    if foreign:  # ids that were not made from names and values, as after an edit
        assets = [replace(asset, id=f"a{n}") for n, asset in enumerate(assets)]
    path = tmp_path / f"out.{suffix}"
    write_register(units, assets, path)
    found = compare(units, assets, read_rows(path))
    assert (found.added, found.changed, found.refused) == ((), (), ())
    assert found.unchanged == len(units) + len(assets)
