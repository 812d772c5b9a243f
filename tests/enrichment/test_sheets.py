"""Registers as people keep them: what is read, what is said where it cannot be."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl import Workbook

from enrichment.rows import asset_id, unit_id
from enrichment.sheets import RegisterSheet, read_register, write_register
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.core.records import Addressing, Asset, AssetKind, Contact, Tier, Unit
from taishi.kit.spreadsheets import Cell

Rows = list[list[Cell]]


def workbook(path: Path, **sheets: Rows) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def by_value(sheet: RegisterSheet) -> dict[str, Asset]:
    return {asset.value: asset for asset in sheet.assets}


def test_a_combined_sheet_with_a_title_and_repeated_units(tmp_path: Path) -> None:
    rows: Rows = [
        ["某县电子政务外网资产台账"],
        ["单位", "上级单位", "区域", "联系人", "联系电话(必填)", "邮箱",
         "IP 地址", "域名", "系统名称", "层级", "等保级别", "启用日期", "停用日期", "机房"],
        ["县教育局", "县政府", "城关镇", "王某", 13800000000, "a@example.cn",
         "192.0.2.1、192.0.2.2", "oa.example.cn", "学籍系统", "业务系统", "三级",
         datetime(2026, 1, 1), "2026年6月30日", "x"],  # noqa: DTZ001
        ["县教育局", None, None, None, None, None,
         "192.0.2.64-192.0.2.127", None, "云桌面", "云平台", 2, None, None, None],
    ]  # fmt: skip
    sheet = read_register(workbook(tmp_path / "台账.xlsx", 台账=rows))
    unit = next(unit for unit in sheet.units if unit.name == "县教育局")
    assert (unit.phone, unit.contact, unit.district) == ("13800000000", "王某", "城关镇")
    assert next(one.name for one in sheet.units if one.id == unit.parent) == "县政府"
    assets = by_value(sheet)
    assert set(assets) == {"192.0.2.1", "192.0.2.2", "oa.example.cn", "192.0.2.64/26"}
    first = assets["192.0.2.1"]
    assert (first.name, first.system, first.tier, first.grade) == ("学籍系统", "学籍系统", "business", 3)
    assert first.valid_from == datetime(2026, 1, 1, tzinfo=ZONE)
    assert first.valid_to == datetime(2026, 7, 1, tzinfo=ZONE), "the last day belongs to the span"
    assert (assets["192.0.2.64/26"].tier, assets["192.0.2.64/26"].grade) == ("cloud", 2)
    assert assets["oa.example.cn"].kind == "domain"
    assert [remark.zh for remark in sheet.remarks] == ["台账 第2行: 这些列没有读: 机房"]


def test_merged_cells_count_for_every_row(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["单位名称", "IP"], ["县教育局", "192.0.2.1"], [None, "192.0.2.2"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    assert set(by_value(read_register(tmp_path / "a.xlsx"))) == {"192.0.2.1", "192.0.2.2"}


def test_a_sheet_of_units_and_a_sheet_of_assets(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "two.xlsx",
        资产=[
            ["单位名称", "资产名称", "IP"],
            ["县教育局", "网关", "192.0.2.1"],
            ["县教肓局", "x", "192.0.2.2"],
        ],
        单位=[["单位名称", "电话"], ["县教育局", "0730-1234567"]],
        说明=[["请如实填写"]],
    )
    with pytest.raises(Problem) as caught:
        read_register(path)
    assert "资产 第3行 A列: '县教肓局' 不在单位表里" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_in_every_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["单位名称", "网段", "资产名称"], ["县卫健局", '"192.0.2.0/24\n192.0.3.0/24"', "门诊"]]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    sheet = read_register(path)
    assert [unit.name for unit in sheet.units] == ["县卫健局"]
    assert set(by_value(sheet)) == {"192.0.2.0/24", "192.0.3.0/24"}


def test_every_error_is_told_by_sheet_row_and_column(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "bad.xlsx",
        资产=[
            ["单位", "资产名称", "IP", "层级", "等级", "启用日期", "停用日期"],
            ["县教育局", "a", "10.34.300.1", "楼层", "九级", "去年", None],
            [None, "b", "192.0.2.1", None, None, None, None],
            ["县教育局", "c", "192.0.2.5", None, None, "2026-05-02", "2026-05-01"],
            ["县教育局", "d", "192.0.2.6", None, None, None, None],
            ["县卫健局", "d", "192.0.2.6", None, None, None, None],
        ],
    )
    with pytest.raises(Problem) as caught:
        read_register(path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{path}: 7 处有误")
    assert lines[1].startswith("资产 第2行 D列: '楼层' 不是层级")
    assert lines[2].startswith("资产 第2行 E列: '九级' 不是等保级别")
    assert lines[3].startswith("资产 第2行 F列: '去年' 不是日期")
    assert lines[4].startswith("资产 第2行 C列: '10.34.300.1' 不是地址")
    assert "资产 row 2 column C: '10.34.300.1' is no address" in lines[4]
    assert lines[5].startswith("资产 第3行 A列: 没有写单位名称")
    assert lines[6].startswith("资产 第4行 G列: 停用不晚于启用")
    assert lines[7].startswith("资产 第6行 C列: '192.0.2.6' 已属于 县教育局 (资产 第5行 C列)")


def test_twenty_errors_are_spelt_out_and_the_rest_counted(tmp_path: Path) -> None:
    wrong: Rows = [["县教育局", f"300.1.1.{n}"] for n in range(25)]
    rows: Rows = [["单位", "IP"], *wrong]
    with pytest.raises(Problem) as caught:
        read_register(workbook(tmp_path / "bad.xlsx", 资产=rows))
    lines = str(caught.value).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "还有 5 处 / 5 more"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"  \n", "空的"),
        (b"PK\x03\x04 broken", "不是完好的 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "既不是 XLSX 也不是 CSV"),
        ("姓名,电话\n张三,1\n".encode(), "单位名称"),
        ("单位名称,IP\n".encode(), "只有表头"),
    ],
)
def test_a_file_that_is_no_register_gets_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        read_register(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_an_empty_workbook(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="打不开"):
        read_register(tmp_path / "none.xlsx")
    with pytest.raises(Problem, match="单位名称"):
        read_register(workbook(tmp_path / "empty.xlsx", Sheet=[]))


def test_reading_twice_gives_the_same_and_repeats_are_told(tmp_path: Path) -> None:
    rows: Rows = [["单位", "IP"], ["县教育局", "192.0.2.1"], ["县教育局", "192.0.2.1"]]
    path = workbook(tmp_path / "a.xlsx", 资产=rows)
    sheet = read_register(path)
    assert sheet == read_register(path)
    assert len(sheet.assets) == 1
    assert [remark.zh for remark in sheet.remarks] == ["资产 第3行 B列: '192.0.2.1' 与资产 第2行 B列重复"]


_words = st.text("县教育局卫健Ab9 =+-@'\"<&\n", min_size=1, max_size=12).map(str.strip)
_names = _words.filter(lambda word: word not in {"", "-", "--"})
_maybe = st.none() | _names
_values: st.SearchStrategy[tuple[AssetKind, str]] = st.one_of(
    st.integers(0, 255).map(lambda n: ("address", f"192.0.2.{n}")),
    st.integers(0, 15).map(lambda n: ("cidr", f"198.51.100.{n * 16}/28")),
    st.integers(1, 99).map(lambda n: ("address", f"2001:db8::{n:x}")),
    st.integers(1, 99).map(lambda n: ("domain", f"w{n}.example.gov.cn")),
    st.integers(1, 99).map(lambda n: ("url", f"https://w{n}.example.gov.cn:8443/App,{n}")),
    _names.map(lambda name: ("system", name)),
)  # fmt: skip
_tiers: st.SearchStrategy[Tier] = st.sampled_from(["access", "cloud", "business"])
_moments = st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)) | st.dates(  # noqa: DTZ001
    datetime(1995, 1, 1).date(), datetime(2100, 1, 1).date()  # noqa: DTZ001
).map(lambda day: datetime(day.year, day.month, day.day, tzinfo=ZONE))  # fmt: skip


_contacts = st.builds(Contact, _names, _maybe, _maybe)


@st.composite
def registers(draw: st.DrawFn) -> tuple[dict[str, Unit], dict[str, Asset]]:
    names = draw(st.lists(_names, min_size=1, max_size=4, unique=True))
    units = {}
    for name in names:
        parent = draw(st.sampled_from([None, *(other for other in names if other != name)]))
        made = Unit(
            unit_id(name), name, unit_id(parent) if parent else None, *(draw(_maybe) for _ in range(4))
        )
        head = draw(st.none() | st.builds(Contact, _names, _maybe))
        others = tuple(draw(st.lists(_contacts, max_size=2)))
        tier, weight = draw(st.none() | _tiers), draw(st.sampled_from([1.0, 0.5, 3.0, 100.0]))
        units[made.id] = replace(made, head=head, others=others, tier=tier, weight=weight)
    assets: dict[str, Asset] = {}
    held: set[tuple[str, datetime | None]] = set()
    for kind, value in draw(st.lists(_values, max_size=6)):
        owner, name = draw(st.sampled_from(sorted(units))), draw(_names)
        since, days = draw(st.none() | _moments), draw(st.none() | st.integers(1, 999))
        until = (since or datetime(2020, 5, 1, tzinfo=ZONE)) + timedelta(days=days) if days else None
        if (value, since) not in held:
            held.add((value, since))
            key = asset_id(owner, value, name, since and since.astimezone(UTC))
            grade, system = draw(st.none() | st.integers(1, 5)), draw(_maybe)
            made_asset = Asset(key, owner, kind, value, name, draw(_tiers), grade, system, since, until)
            assets[key] = replace(
                made_asset,
                filing=draw(_maybe),
                assessed=draw(st.none() | st.dates(date(1995, 1, 1), date(2100, 1, 1))),
                tags=tuple(sorted(draw(st.sets(st.sampled_from(["重要", "互联网", "A+", "=b"]))))),
                vendor=draw(_maybe),
                addressing=draw(st.sampled_from(get_args(Addressing))),
                note=draw(_maybe),
                user=draw(_maybe),
                phone=draw(_maybe),
            )
    return units, assets


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(registers())
def test_what_is_written_is_read_back(
    tmp_path: Path, register: tuple[dict[str, Unit], dict[str, Asset]]
) -> None:
    units, assets = register
    path = tmp_path / "out.xlsx"
    write_register(units.values(), assets.values(), path)
    sheet = read_register(path)
    assert {unit.id: unit for unit in sheet.units} == units
    assert {asset.id: asset for asset in sheet.assets} == assets
    assert msgspec.json.encode(sheet.assets)  # times are zoned


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200) | st.text(alphabet="单位名称,IP;\t\n\"'192.0/-=", max_size=120).map(str.encode)
)
def test_any_bytes_are_a_register_or_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        read_register(path)
    except Problem as problem:
        assert str(problem).startswith(str(path))  # noqa: PT017
