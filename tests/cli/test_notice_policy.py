"""`taishi notice policy`: shown, printed, set."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from taishi.core.records import Person
from tests.app.conftest import NOW, verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    desk = open_desk(tmp_path / "data")
    desk.state.put(Person("p1", "张三", ("admin",), "-"), Person("p2", "李四", ("analyst",), "-"))
    desk.close()
    return tmp_path / "data"


def test_the_policy_is_printed_edited_and_set(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    shown = taishi("notice", "policy", "--data", data, "--json").json
    high = shown["cells"]["compromised"]["high"]
    assert high == {
        "letter": "disposal", "installed": True, "when": "at_once", "days": 3, "block": ["subject", "peers"],
    }  # fmt: skip
    own = tmp_path / "own.yml"
    text = taishi("notice", "policy", "--text", "--data", data).out.replace("days: 3,", "days: 2,")
    own.write_text(text, "utf-8")
    ran = taishi("notice", "policy", "--set", own, "--as", "张三", "--why", "局务会决定", "--data", data)
    assert ran.status == 0
    assert "otherwise" not in ran.err
    assert taishi("notice", "policy", "--text", "--data", data).out == text
    assert taishi("verify", "--data", data).status == 0


def test_what_may_not_be_set_is_refused_in_one_line(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    act = ("notice", "policy", "--set", own, "--data", data, "--why", "理由")
    assert_one_line(taishi(*act, "--as", "张三"), "own.yml", "cannot be read")
    own.write_text(taishi("notice", "policy", "--text", "--data", data).out, "utf-8")
    assert_one_line(taishi(*act), "--as")
    assert_one_line(taishi(*act, "--as", "李四"), "lacks the role", status=1)
    own.write_text("cells: {}\notherwise_days: 5\n", "utf-8")
    assert_one_line(taishi(*act, "--as", "张三"), "own.yml: cells.compromised.high: is missing")


def test_another_policy_is_tried_over_a_window(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    """Two matters of one unit a day apart: one letter that takes in the second, or two."""
    desk = open_desk(data, clock=FixedClock(NOW))
    for n in range(2):
        at = NOW - timedelta(days=5 - n)
        desk.alerts.record(verdict(f"192.0.2.{n}", "compromised", "high", first=at, last=at))
    desk.alerts.record(verdict("192.0.2.9", "risk", "low", unit=None))
    desk.close()
    own = tmp_path / "own.yml"
    text = taishi("notice", "policy", "--text", "--data", data).out
    own.write_text(text.replace("append_days: 30", "append_days: 0"), "utf-8")
    act = ("notice", "policy", "--try", own, "--data", data)
    tried = taishi(*act, "--from", "2026-11-01", "--to", "2026-11-30", "--json").json
    assert (tried["now"]["letters"], tried["other"]["letters"]) == ({"disposal": 1}, {"disposal": 2})
    for given in (tried["now"], tried["other"]):
        assert given["alerts"] == 3 == given["told"] + given["ownerless"]
        assert given["blocks"] == 3
    assert tried["sent"] == {}
    assert "letters disposal" in taishi(*act, "--from", "2026-11-01", "--to", "2026-11-30").out
    assert taishi("notice", "policy", "--text", "--data", data).out == text
    assert_one_line(taishi(*act, "--from", "2026-11-01"), "--from and --to")
    own.write_text("cells: {}", "utf-8")
    assert_one_line(taishi(*act), "own.yml")
