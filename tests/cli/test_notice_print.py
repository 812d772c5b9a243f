"""`taishi notice print`: many letters into a folder, each under its number and unit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.records import Person
from taishi.kit.documents import office
from tests.app.conftest import verdict
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two issued letters and a draft."""
    desk = open_desk(tmp_path / "data")
    desk.state.put(Person("p1", "张三", ("analyst",), "-"), Person("p2", "李四", ("approver",), "-"))
    for n, unit in enumerate(("县教育局", "县水利局", "县林业局"), 1):
        alert = desk.alerts.record(verdict(f"192.0.2.{n}", unit=unit))
        assert alert is not None
        notice = desk.letters.draft([alert.id], "p1")
        if n < 3:
            desk.letters.approve(notice.id, "p2", desk.letters.text_hash(notice.id))
            desk.letters.issue(notice.id, "p2")
    desk.close()
    return tmp_path / "data"


@pytest.mark.office
@pytest.mark.skipif(office() is None, reason="apt-get install libreoffice-writer-nogui")
def test_issued_letters_are_printed_under_number_and_unit(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    ran = taishi("notice", "print", "--out", tmp_path / "out", "--data", data, "--json")
    made = [Path(name) for name in ran.json["files"]]
    assert sorted(path.name.split("〕")[1] for path in made) == ["1号-县教育局.pdf", "2号-县水利局.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in made)


def test_what_cannot_be_printed_is_told(taishi: Taishi, data: Path, tmp_path: Path) -> None:
    act = ("notice", "print", "--out", tmp_path / "out", "--data", data)
    assert_one_line(taishi(*act, "N-2026-000099"), "N-2026-000099", status=1)
    taken = tmp_path / "file"
    taken.write_text("x")
    assert_one_line(taishi("notice", "print", "--out", taken, "--data", data), str(taken))
