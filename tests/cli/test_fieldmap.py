"""`taishi fieldmap`: listed, shown, tried on lines, kept, undone."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.ran import Ran, assert_one_line
from tests.sensors.test_fieldmaps import LINES, OWN, TABLE

Taishi = Callable[..., Ran]


def test_a_map_from_file_to_use(taishi: Taishi, tmp_path: Path) -> None:
    path, log, data = tmp_path / "gate.yml", tmp_path / "gate.csv", tmp_path / "data"
    path.write_text(OWN, "utf-8")
    log.write_text(TABLE, "utf-8")
    tried = taishi("fieldmap", "try", path, "--lines", log, "--data", data, "--json").json["lines"]
    assert isinstance(tried, list)
    assert [(one["line"], one["reason"]) for one in tried] == [(1, None), (2, None)]
    assert tried[1]["event"]["event.action"] == "deny"
    assert taishi("fieldmap", "add", path, "--why", "new gate", "--data", data).out == "county_gate: saved\n"
    assert "county_gate" in taishi("fieldmap", "list", "--data", data).out
    assert taishi("fieldmap", "show", "county_gate", "--data", data).out == OWN
    read = taishi("analyze", log, "--field-maps", data / "fieldmaps", "--json").json
    assert (read["events"], read["inputs"][0]["kind"]) == (1, "fieldmap")  # type: ignore[index]
    assert taishi("fieldmap", "undo", "county_gate", "--data", data).status == 0
    assert_one_line(taishi("fieldmap", "show", "county_gate", "--data", data), "no field map of that name")
    assert_one_line(taishi("fieldmap", "undo", "county_gate", "--data", data), "没有更早的版本", status=1)


def test_shipped_maps_need_no_data_directory(
    taishi: Taishi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = taishi("fieldmap", "list", "--data", tmp_path / "none", "--json").json["maps"]
    assert {one["name"] for one in listed} >= {"sangfor_af", "fortigate", "cef"}  # type: ignore[attr-defined]
    monkeypatch.setattr("sys.stdin", io.StringIO(LINES["sangfor_af"][0] + "\nwords\n"))
    ran = taishi("fieldmap", "try", "sangfor_af", "--data", tmp_path / "none")
    assert ran.status == 1
    assert "  event.action: deny" in ran.out
    assert "! line 2: no field map fits this line" in ran.out


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"\xff\xfe", "is not UTF-8"), (b"name: [", "no YAML"), (b"[]", "object")],
)
def test_what_is_no_map_is_said_in_one_line(
    content: bytes | None, words: str, taishi: Taishi, tmp_path: Path
) -> None:
    path = tmp_path / "x.yml"
    if content is not None:
        path.write_bytes(content)
    assert_one_line(taishi("fieldmap", "add", path, "--data", tmp_path / "data"), words)
