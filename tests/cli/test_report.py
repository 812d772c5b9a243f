"""`taishi report` as its users see it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from taishi.app.desk import Desk, open_desk
from taishi.app.window import Window
from taishi.core.clock import FixedClock
from taishi.core.records import Person
from tests.app.conftest import verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")
DAY = timedelta(days=1)


def lines(path: Path, *events: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events), "utf-8")
    return path


def event(identity: str, time: str, **more: object) -> dict[str, object]:
    return {"id": identity, "time": time, "class": "attempted", "level": "low", "unit": "县教育局", **more}


def test_an_export_is_counted_by_hand(taishi: Taishi, tmp_path: Path) -> None:
    """Midnight in Asia/Shanghai, a repeated id, words in Chinese, nobody's address, a year before."""
    file = lines(
        tmp_path / "events.jsonl",
        event("1", "2026-10-31T16:00:00Z", **{"class": "主机失陷", "level": "高危"}),
        event("2", "2026-11-30T23:59:59+08:00", unit=None),
        event("3", "2026-12-01T00:00:00+08:00"),
        event("1", "2026-10-31T16:00:00Z", **{"class": "主机失陷", "level": "中危"}),
        event("0", "2025-11-05T00:00:00+08:00"),
    )
    told = taishi("report", "--events", file, *NOVEMBER, "--json").json
    assert told["total"] == 2
    assert told["by_class"] == {"compromised": 1, "attempted": 1, "risk": 0}
    assert told["by_level"] == {"high": 0, "medium": 1, "low": 1}
    assert told["matrix"]["compromised"]["medium"] == 1  # type: ignore[index]
    assert told["by_unit"] == {"县教育局": 1, "未登记": 1}
    days = told["by_day"]
    assert isinstance(days, dict)
    assert (len(days), days["2026-11-01"], days["2026-11-30"], days["2026-11-02"]) == (30, 1, 1, 0)
    assert (told["base"]["total"], told["comparable"], told["yoy_pct"]) == (1, True, 100.0)  # type: ignore[index]
    assert told["window"]["zone"] == "Asia/Shanghai"  # type: ignore[index]


def test_bad_lines_are_named(taishi: Taishi, tmp_path: Path) -> None:
    file = lines(
        tmp_path / "events.jsonl",
        event("1", "2026-11-01T00:00:00Z"),
        event("2", "2026-11-01T00:00:00"),
        event("3", "2026-11-01T00:00:00Z", level="严重"),
    )
    with file.open("a") as more:
        more.write("{\n")
    ran = taishi("report", "--events", file, *NOVEMBER, "--json")
    assert_one_line(ran, "line 2: time", "line 3: level '严重'", "line 4")


def test_check_tells_by_its_exit(taishi: Taishi, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{"total": 10, "by_level": {"high": 11}, "by_class": {"risk": 10}}')
    ran = taishi("report", "--check", path, "--json")
    assert (ran.status, ran.json) == (1, {"residuals": {"by_level": 1, "by_class-by_level": -1}})
    path.write_text('{"total": 10, "by_level": {"high": 10}}')
    assert taishi("report", "--check", path).status == 0
    path.write_text('{"total": 10')
    assert_one_line(taishi("report", "--check", path), "r.json")
    assert_one_line(taishi("report", "--json"), "--from")


@pytest.fixture
def data(tmp_path: Path) -> tuple[Path, Desk, FixedClock]:
    clock = FixedClock(datetime(2026, 12, 1, 1, tzinfo=UTC))
    found = open_desk(tmp_path / "data", clock=clock)
    found.state.put(Person("approver", "张审批", ("approver", "analyst"), "-"))
    return tmp_path / "data", found, clock


def seen(day: int, month: int = 11, year: int = 2026) -> dict[str, datetime]:
    moment = datetime(year, month, day, 4, tzinfo=UTC)
    return {"first": moment, "last": moment}


def test_a_published_report_stays_and_is_corrected_later(
    taishi: Taishi, data: tuple[Path, Desk, FixedClock]
) -> None:
    path, office, clock = data
    office.alerts.record(verdict("192.0.2.1", **seen(3)))  # type: ignore[arg-type]
    office.alerts.record(verdict("192.0.2.2", **seen(4)))  # type: ignore[arg-type]
    number = office.reports.publish(Window.parse("2026-11-01", "2026-11-30"), "approver", "月报").id
    clock.advance(DAY)
    office.alerts.record(verdict("192.0.2.3", unit=None, **seen(5)))  # type: ignore[arg-type]
    office.alerts.dismiss("A-2026-000002", "approver", "误报")
    office.alerts.record(verdict("192.0.2.1", "compromised", "high", rules=("r2",), **seen(3)))  # type: ignore[arg-type]
    office.close()
    told = taishi("report", "--published", number, "--data", path).json
    assert (told["total"], told["by_level"]) == (2, {"high": 0, "medium": 2, "low": 0})
    assert taishi("report", "--reproduce", number, "--data", path).status == 0
    now = taishi("report", *NOVEMBER, "--data", path, "--json").json
    assert (now["total"], now["by_unit"]) == (2, {"县教育局": 1, "未登记": 1})
    correction = now["corrections"][0]  # type: ignore[index]
    assert correction == {**correction, "published": 2, "now": 2, "late": 1, "dropped": 1, "moved": 1}
    assert now["counters"] == {"alerts": 3, "risk_events": 2, "hosts": 2, "units": 1, "notices": 0}
    then = taishi("report", *NOVEMBER, "--as-of", "2026-12-01T10:00:00+08:00", "--data", path, "--json").json
    assert (then["total"], then["corrections"]) == (2, [])
    assert (then["comparable"], then["why_not"]) == (False, "去年同期没有数据")


def test_an_export_gives_the_same_figures_as_the_store(
    taishi: Taishi, data: tuple[Path, Desk, FixedClock], tmp_path: Path
) -> None:
    path, office, clock = data
    office.alerts.record(verdict("192.0.2.1", **seen(3)))  # type: ignore[arg-type]
    office.alerts.record(verdict("192.0.2.9", **seen(9, year=2025)))  # type: ignore[arg-type]
    clock.advance(DAY)
    office.alerts.record(verdict("192.0.2.1", "risk", "high", rules=("r2",), **seen(2)))  # type: ignore[arg-type]
    office.close()
    export = tmp_path / "export.jsonl"
    parts = ("total", "matrix", "by_unit", "by_day", "by_kind", "yoy_pct")
    for more in ((), ("--as-of", "2026-12-01T12:00:00+08:00")):
        kept = taishi("report", *NOVEMBER, "--data", path, "--export", export, "--json", *more).json
        again = taishi("report", *NOVEMBER, "--events", export, "--json", *more).json
        assert [kept[part] for part in parts] == [again[part] for part in parts]
        assert kept["total"] == 1


def test_nobody_publishes_without_the_right(taishi: Taishi, data: tuple[Path, Desk, FixedClock]) -> None:
    path, office, _ = data
    office.state.put(Person("clerk", "李研判", ("analyst",), "-"))
    office.close()
    ran = taishi("report", *NOVEMBER, "--publish", "--as", "李研判", "--data", path)
    assert_one_line(ran, "lacks the role", status=1)
    assert_one_line(taishi("report", "--published", "R-1", "--data", path), "R-1")


@pytest.mark.parametrize("suffix", ["docx", "xlsx", "html"])
def test_papers_say_the_figures(taishi: Taishi, tmp_path: Path, suffix: str) -> None:
    file = lines(
        tmp_path / "events.jsonl",
        event("1", "2026-11-03T00:00:00Z", unit="=县<教育>局"),
        event("2", "2026-11-04T00:00:00Z"),
    )
    out = tmp_path / f"report.{suffix}"
    assert taishi("report", "--events", file, *NOVEMBER, "--out", out).status == 0
    text = said(out.read_bytes(), suffix)
    for words in (
        "网络和数据安全态势报告",
        "2026年11月1日至2026年11月30日",
        "不可比",
        "没有数据",
        "县教育局",
    ):
        assert words in text


def said(content: bytes, suffix: str) -> str:
    if suffix == "docx":
        with ZipFile(BytesIO(content)) as parts:
            assert "word/charts/chart1.xml" in parts.namelist()
            return parts.read("word/document.xml").decode()
    if suffix == "xlsx":
        sheets = load_workbook(BytesIO(content)).worksheets
        return "\n".join(str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row)
    text = content.decode()
    assert "<教育>" not in text
    return text


def test_a_kind_of_paper_that_there_is_not(taishi: Taishi, tmp_path: Path) -> None:
    file = lines(tmp_path / "events.jsonl")
    ran = taishi("report", "--events", file, *NOVEMBER, "--out", tmp_path / "r.odt")
    assert_one_line(ran, ".docx")
