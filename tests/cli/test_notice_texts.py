"""`taishi notice texts`: sentences shown, previewed, set and undone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.records import Person
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    desk = open_desk(tmp_path / "data")
    desk.state.put(Person("p1", "张三", ("admin",), "-"), Person("p2", "李四", ("analyst",), "-"))
    desk.close()
    return tmp_path / "data"


def test_sentences_are_previewed_set_and_undone(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("passages:\n  farewell: 此函。\n", "utf-8")
    act = ("notice", "texts", "--data", data)
    assert taishi(*act, "--preview", own).out.count("此函。") == 5
    assert taishi(*act, "--json").json["sentences"]["passages.farewell"] == {
        "says": "特此函告。",
        "changed": False,
    }
    by = ("--as", "张三", "--why", "局务会决定")
    assert taishi(*act, "--set", own, *by).status == 0
    assert taishi(*act, "--text").out == own.read_text("utf-8")
    assert "此函。" in taishi(*act).out
    assert taishi(*act, "--undo", *by).status == 0
    assert taishi(*act, "--text").out == ""
    assert taishi("verify", "--data", data).status == 0


def test_what_may_not_be_set_is_told_in_one_line(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    act = ("notice", "texts", "--data", data, "--why", "理由")
    assert_one_line(taishi(*act, "--set", own, "--as", "张三"), "own.yml", "cannot be read")
    own.write_text("passages: {farewel: 此函。}", "utf-8")
    assert_one_line(taishi(*act, "--set", own, "--as", "张三"), "own.yml: passages.farewel: there is no such")
    assert_one_line(taishi(*act, "--set", own), "--as")
    own.write_text("passages: {farewell: 此函。}", "utf-8")
    assert_one_line(taishi(*act, "--set", own, "--as", "李四"), "lacks the role", status=1)
