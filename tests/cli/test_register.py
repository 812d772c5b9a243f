"""The register on the command line: preview, take, change, transfer, export, undo."""

import json
from pathlib import Path

import pytest

from taishi.cli.main import main

SHEET = """单位名称,单位负责人,联系人,联系电话,IP地址,使用人,使用人电话,等保级别
县教育局,张某,王某,0555-1,10.34.2.0/24,,,
县教育局,,,,10.34.2.15,赵某,13800001234,三级
县医保局,,李某,,10.34.4.0/24,,,
县医保局,,,,10.34.4,,,
"""


def run(capsys: pytest.CaptureFixture[str], *words: object, status: int = 0) -> str:
    assert main([str(word) for word in words]) == status
    caught = capsys.readouterr()
    return caught.err if status else caught.out


def test_a_register_from_sheet_to_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, sheet = ("--data", tmp_path / "data"), tmp_path / "台账.csv"
    sheet.write_text(SHEET, encoding="utf-8-sig")
    told = run(capsys, "units", "import", sheet, *data)
    assert "+ 10.34.2.15 10.34.2.15 (县教育局)" in told
    assert "! 台账 第5行 E列: '10.34.4' 不是地址" in told
    assert "nothing is written yet" in told
    assert json.loads(run(capsys, "units", "list", *data, "--json"))["units"] == []
    told = run(capsys, "units", "import", sheet, "--yes", *data, "--json")
    assert json.loads(told)["counts"] == {"added": 5, "changed": 0, "unchanged": 0, "refused": 1}
    warned = {
        one["unit"]: one["warnings"]
        for one in json.loads(run(capsys, "units", "list", *data, "--json"))["units"]
    }
    assert warned["县教育局"] == ["联系人 1 名，至少应有 2 名"]
    assert len(warned["县医保局"]) == 2
    shown = run(capsys, "assets", "show", "10.34.2.15", *data)
    assert "138****1234" in shown
    assert "13800001234" not in shown
    run(capsys, "assets", "set", "10.34.2.15", "--grade", "二级", "--tags", "重要、门户", *data)
    run(
        capsys,
        "assets",
        "transfer",
        "10.34.2.15",
        "--to",
        "县医保局",
        "--at",
        "2026-11-01",
        "--why",
        "移交",
        *data,
    )
    history = json.loads(run(capsys, "assets", "list", "--text", "10.34.2.15", *data, "--json"))["assets"]
    assert sorted((one["unit"], one["grade"]) for one in history) == [("县医保局", 2), ("县教育局", 2)]
    run(capsys, "assets", "add", "10.34.2.77", "--unit", "县教育局", "--name", "打印机", *data)
    for name in ("out.xlsx", "out.csv"):
        run(capsys, "units", "export", tmp_path / name, *data)
        again = json.loads(run(capsys, "units", "import", tmp_path / name, *data, "--json"))
        assert (again["added"], again["changed"], again["refused"]) == ([], [], [])
    assert "changed meanwhile" in run(capsys, "units", "undo", *data, status=1)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("units", "show", "无此局"), 2, "没有登记"),
        (("assets", "add", "10.34.300.1", "--unit", "县教育局"), 2, "不是地址"),
        (("assets", "transfer", "10.34.2.15", "--to", "县医保局"), 1, "请填写理由"),
        (("units", "remove", "县教育局", "--why", "x"), 1, "还有 2 项资产"),
        (("units", "import", "no.xlsx"), 2, "no.xlsx"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    sheet = tmp_path / "台账.csv"
    sheet.write_text(SHEET, encoding="utf-8-sig")
    run(capsys, "units", "import", sheet, "--yes", "--data", tmp_path / "data")
    told = run(capsys, *words, "--data", tmp_path / "data", status=status)
    assert said in told
    assert told.count("\n") == 1
