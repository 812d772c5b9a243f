"""An inspection: systems rated, findings with stage and advice, on paper and as a workbook."""

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from detections.personal.kinds.id_card import check_sign
from taishi.app.data_inspection import Inspection, inspect
from taishi.app.data_paper import paper, workbook
from taishi.app.data_scan import scan
from taishi.core.clock import ZONE
from tests.app.conftest import NOW


def identity(n: int) -> str:
    body = f"340521{1950 + n % 50}0101{n % 1000:03}"
    return body + check_sign(body)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A share of two systems, a file beside them, and one that cannot be read."""
    root = tmp_path / "共享盘"
    for name in ("学籍", "报送"):
        (root / name).mkdir(parents=True)
    rows = "\n".join(f"张三,{identity(n)}" for n in range(120))
    (root / "学籍" / "学生_导出.csv").write_text(f"姓名,身份证号\n{rows}", "utf-8")
    (root / "报送" / "名单.txt").write_text(f"身份证{identity(1)}", "utf-8")
    (root / "说明.txt").write_text("联系电话 13912345678", "utf-8")
    (root / "旧.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return root


@pytest.fixture
def inspection(share: Path) -> Inspection:
    return inspect(scan([share]), [share])


def test_systems_are_rated_worst_first(inspection: Inspection) -> None:
    assert [(one.name, one.level) for one in inspection.systems] == [
        ("共享盘/学籍", "high"),
        ("共享盘/报送", "medium"),
        ("共享盘", "low"),
    ]
    assert inspection.systems[0].graded.grade == "important"


def test_findings_have_stage_and_advice(inspection: Inspection) -> None:
    assert [(one.system, one.stage) for one in inspection.findings] == [
        ("共享盘/学籍", "output"),
        ("共享盘/报送", "intake"),
        ("共享盘", "storage"),
    ]
    assert "审批" in inspection.findings[0].advice
    (unread,) = inspection.unread
    assert unread.path.endswith("旧.xls")


def test_a_stage_that_is_known_is_not_guessed(share: Path) -> None:
    assert {one.stage for one in inspect(scan([share]), [share], "use").findings} == {"use"}


def test_the_paper_says_all_and_no_value_whole(inspection: Inspection) -> None:
    document = Document(BytesIO(paper(inspection, "县教育局", NOW.astimezone(ZONE).date())))
    text = "\n".join(one.text for one in document.paragraphs)
    cells = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "2026年11月17日，对县教育局的 3 个系统或共享、3 个文件" in text
    assert "参照 GB/T 43697-2024" in text
    assert "共享盘/学籍" in cells
    assert "旧.xls" in cells
    assert f"{identity(0)[:4]}**********{identity(0)[-4:]}" in cells
    assert all(identity(n) not in text + cells for n in range(120))


def test_the_workbook_has_a_sheet_for_each(inspection: Inspection) -> None:
    book = load_workbook(BytesIO(workbook(inspection)))
    assert book.sheetnames == ["系统评级", "问题清单", "未读文件"]
    assert [row[1].value for row in book["系统评级"].iter_rows(min_row=2)] == [
        "共享盘/学籍",
        "共享盘/报送",
        "共享盘",
    ]
