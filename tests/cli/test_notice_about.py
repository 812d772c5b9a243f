"""`taishi notice draft --about`: a paper about a letter that has left."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.records import Person
from tests.app.conftest import verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    desk = open_desk(tmp_path / "data")
    desk.state.put(
        Person("p1", "张三", ("analyst", "approver"), "-"), Person("p2", "李四", ("approver",), "-")
    )
    desk.alerts.record(verdict("192.0.2.5", "compromised", "high"))
    desk.close()
    return tmp_path / "data"


def test_a_reminder_is_drafted_about_a_letter_that_left(taishi: Taishi, data: Path) -> None:
    act = ("--data", data, "--json", "--as")
    letter = taishi("notice", "draft", "A-2026-000001", "--type", "disposal", *act, "张三").json["id"]
    early = taishi("notice", "draft", "--about", letter, "--type", "reminder", *act, "张三")
    assert_one_line(early, letter, status=1)
    for name in ("approve", "issue"):
        assert taishi("notice", name, letter, *act, "李四").status == 0
    paper = taishi("notice", "draft", "--about", letter, "--type", "reminder", *act, "张三").json
    assert (paper["type"], paper["about"], paper["items"]) == ("reminder", letter, [])
    assert taishi("notice", "show", paper["id"], "--data", data).out.split()[:2] == [paper["id"], "drafted"]
    wrong = taishi("notice", "draft", "--about", letter, "--type", "disposal", *act, "张三")
    assert_one_line(wrong, "about alerts", status=1)
