"""`taishi scan-data` as a person runs it: what the contract names, and what could not be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detections.personal.kinds.id_card import check_sign
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


def identity(n: int) -> str:
    body = f"340521{1950 + n % 50}0101{n % 1000:03}"
    return body + check_sign(body)


def test_the_document_of_the_contract(taishi: Taishi, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text(f"姓名,身份证号,手机号\n张三,{identity(1)},13912345678\n", "utf-8")
    said = taishi("scan-data", path, "--json")
    assert said.status == 0
    first, second = said.json["items"]
    assert first == {
        "path": str(path),
        "line": 2,
        "type": "id_card",
        "value_masked": f"{identity(1)[:4]}**********{identity(1)[-4:]}",
        "confidence": first["confidence"],
    }
    assert (second["type"], second["value_masked"]) == ("mobile", "139****5678")
    assert said.json["summary"] == {"id_card": 1, "mobile": 1}
    assert said.json["grade"] == "general"
    assert "GB/T 43697" in said.json["why"]
    assert identity(1) not in said.out


def test_folders_are_searched_and_graded_together(taishi: Taishi, tmp_path: Path) -> None:
    for part in range(3):
        lines = "".join(f"{identity(n)}\n" for n in range(part * 50, part * 50 + 50))
        (tmp_path / f"{part}.txt").write_text(f"身份证\n{lines}", "gb18030")
    (tmp_path / "x.bin").write_bytes(b"\0\1\2\3")
    said = taishi("scan-data", tmp_path, "--json")
    assert (said.json["summary"], said.json["grade"]) == ({"id_card": 150}, "important")
    (unread,) = [one for one in said.json["inputs"] if one["kind"] is None]
    assert unread["path"].endswith("x.bin")


def test_people_read_masked_lines(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"身份证{identity(1)}", "utf-8")
    said = taishi("scan-data", tmp_path / "a.txt")
    assert "校验码相符" in said.out
    assert "一般数据" in said.out
    assert identity(1) not in said.out + said.err


def test_nothing_found_is_general(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("关于开展网络安全检查的通知", "utf-8")
    said = taishi("scan-data", tmp_path / "a.txt", "--json").json
    assert (said["items"], said["summary"], said["grade"]) == ([], {}, "general")


@pytest.mark.parametrize("content", [b"\0\1\2\3", b"PK\x03\x04"])
def test_unusable_input_is_one_line(taishi: Taishi, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert_one_line(taishi("scan-data", tmp_path / "x"), "x")
    assert_one_line(taishi("scan-data", tmp_path / "missing"), "missing")


def test_the_inspection_is_written_as_paper_or_workbook(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"身份证{identity(1)}", "utf-8")
    for name in ("out.docx", "out.xlsx"):
        assert taishi("scan-data", tmp_path / "a.txt", "--out", tmp_path / name, "--json").status == 0
        assert (tmp_path / name).read_bytes().startswith(b"PK")
    assert_one_line(taishi("scan-data", tmp_path / "a.txt", "--out", tmp_path / "out.pdf"), "--out", ".docx")
