"""`taishi notice summary`: the last week, another one, and as a file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from taishi.kit.spreadsheets import read_tables
from tests.app.conftest import NOW, verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


def test_a_week_is_listed_counted_and_written(taishi: Taishi, tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    for n in range(3):
        desk.alerts.record(verdict(f"192.0.2.{n}", "risk", "low", unit="县教育局" if n else None))
    desk.alerts.record(verdict("192.0.2.9", "risk", "low", first=NOW - timedelta(days=9)))
    desk.close()
    act = ("notice", "summary", "--week", "2026-11-17", "--data", tmp_path / "data")
    told = taishi(*act, "--json").json
    assert (told["total"], told["adds_up"]) == (3, True)
    assert [line["subject"] for line in told["lines"]] == ["192.0.2.1", "192.0.2.2", "192.0.2.0"]  # type: ignore[index, union-attr]
    assert "3 lines + 0 in letters + 0 ownerless + 0 waiting = 3 risk events: adds up" in taishi(*act).out
    for name in ("week.xlsx", "week.csv"):
        assert taishi(*act, "--out", tmp_path / name).status == 0
        [sheet] = read_tables(tmp_path / name)
        assert len(sheet.rows) == 1 + 3
    for day, lines in (("2026-11-16", 3), ("2026-11-22", 3), ("2026-11-23", 0)):  # Monday to Sunday
        told = taishi("notice", "summary", "--week", day, "--data", tmp_path / "data", "--json").json
        assert told["total"] == lines
    assert_one_line(taishi(*act, "--out", tmp_path / "week.pdf"), "week.pdf")
    assert_one_line(taishi("notice", "summary", "--week", "soon", "--data", tmp_path / "data"), "--week soon")
