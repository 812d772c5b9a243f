"""The paper: its fields in DOCX, its measures on the page (GB/T 9704-2012)."""

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from docx import Document

from notices.content import LetterContent, Paragraph
from notices.docx import layout, render
from notices.docx.tables import cell_texts
from notices.letters import Letter
from taishi.core.records import Bureau
from taishi.kit.documents import convert

DPI = 200
MM = 25.4 / DPI


@pytest.fixture(scope="module")
def content(letter: Letter, make_notice, make_item, bureau: Bureau) -> LetterContent:
    made = letter.content(
        make_notice(make_item(), make_item("attempted", "medium", address="192.0.2.40")), bureau
    )
    # Long enough that pages two and three are full of ideographs alone.
    return LetterContent(
        made.mark, made.number, made.addressee, made.title,
        (made.body[0], Paragraph("body", "国" * 2000), *made.body[1:]),
        made.annexes, made.signature, made.date, made.contact,
    )  # fmt: skip


def test_docx_has_every_field_in_order(content: LetterContent) -> None:
    document = Document(BytesIO(render(content)))
    lines = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert lines[:4] == [content.mark, content.number, content.title, content.addressee]
    assert [f"附件{n}" for n in (1, 2, 3)] == [line for line in lines if line in ("附件1", "附件2", "附件3")]
    end = lines.index("附件：1. 网络安全风险清单")
    assert lines[end + 1 : end + 7] == [
        "2. 网络安全风险处置报告单",
        "3. 承诺函",
        content.signature,
        content.date,
        content.contact,
        "附件1",
    ]
    listed, form = (cell_texts(table._tbl) for table in document.tables)
    assert listed[:11] == list(content.annexes[0].columns)
    assert listed[11:22] == list(content.annexes[0].rows[0])
    assert form[form.index("函件编号") + 1] == content.number
    for label in ("二、处置过程", "三、原因分析", "四、整改情况", "五、防范措施", "经办人", "单位负责人"):
        assert form[form.index(label) + 1] == ""


def test_docx_names_the_official_fonts_and_bears_no_picture(content: LetterContent) -> None:
    document = Document(BytesIO(render(content)))
    xml = document.element.xml
    for font in (layout.FANGSONG, layout.XIAOBIAOSONG, layout.HEITI):
        assert f'w:eastAsia="{font}"' in xml
    assert "w:drawing" not in xml
    assert "w:pict" not in xml
    assert len(document.inline_shapes) == 0
    assert all(grid.getchildren() for grid in document.element.body.iter("{*}tblGrid"))


@pytest.fixture(scope="module")
def pdf(office: None, content: LetterContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("letter") / "letter.pdf"
    path.write_bytes(convert(render(content)).content)
    return path


def tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: apt-get install poppler-utils"
    return found


def lines_of(pdf: Path, page: int) -> list[str]:
    command = [tool("pdftotext"), "-layout", "-f", str(page), "-l", str(page), str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.strip() for line in text.splitlines() if line.strip()]


def raster(pdf: Path, page: int) -> np.ndarray:
    """One page as rows × columns × RGB."""
    command = [tool("pdftoppm"), "-r", str(DPI), "-f", str(page), "-l", str(page), str(pdf)]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    _, wide, high, _, _ = made.split(None, 4)
    size = int(wide) * int(high) * 3
    return np.frombuffer(made[-size:], dtype=np.uint8).reshape(int(high), int(wide), 3).astype(int)


def bands(rows: np.ndarray) -> Iterator[tuple[float, float]]:
    """Top and bottom in millimetres of every stretch of rows with ink."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(int)))
    for begin, end in edges.reshape(-1, 2):
        yield begin * MM, end * MM


@pytest.mark.office
def test_red_head_and_lines_stand_where_the_standard_has_them(pdf: Path) -> None:
    first = raster(pdf, 1)
    red = (first[..., 0] > 180) & (first[..., 1] < 120) & (first[..., 2] < 120)
    mark, thick, thin, lower_thin, lower_thick = bands(red.any(axis=1))
    assert mark[0] == pytest.approx(30, abs=0.5)
    assert thick[0] - mark[1] == pytest.approx(4, abs=0.4)
    assert thick[1] - thick[0] > 1.5 * (thin[1] - thin[0])
    assert lower_thick[1] - lower_thick[0] > 1.5 * (lower_thin[1] - lower_thin[0])
    assert (lower_thin[0] + lower_thick[1]) / 2 == pytest.approx(297 - 20, abs=0.5)
    for top, bottom in (thick, thin, lower_thin, lower_thick):
        columns = np.flatnonzero(red[round(top / MM) : round(bottom / MM)].any(axis=0)) * MM
        assert columns[0] == pytest.approx(20, abs=0.4)
        assert columns[-1] == pytest.approx(190, abs=0.4)
    assert not ((raster(pdf, 2)[..., 0] > 180) & (raster(pdf, 2)[..., 1] < 120)).any()


@pytest.mark.office
def test_22_lines_of_28_characters_and_the_number_below_them(pdf: Path) -> None:
    full = [line for line in lines_of(pdf, 3) if line.startswith("国")]
    assert [len(line) for line in full] == [layout.CHARACTERS] * layout.LINES
    *lines, folio = bands((raster(pdf, 3).sum(axis=2) < 380).any(axis=1))
    assert len(lines) == layout.LINES
    assert lines[0][0] >= layout.TOP_MM
    assert lines[-1][1] <= layout.TOP_MM + layout.BODY_MM[1]
    assert (folio[0] + folio[1]) / 2 == pytest.approx(262 + 7, abs=1.0)


@pytest.mark.office
def test_page_numbers_odd_right_even_left_and_none_on_the_first(pdf: Path) -> None:
    assert not any("—" in line for line in lines_of(pdf, 1))
    for page in (2, 3):
        assert lines_of(pdf, page)[-1].replace(" ", "") == f"—{page}—"
        ink = (raster(pdf, page).sum(axis=2) < 380)[round(266 / MM) :].any(axis=0)
        middle = np.flatnonzero(ink).mean() * MM
        assert (middle > 105) == (page % 2 == 1)


@pytest.mark.office
def test_pdf_says_every_word_in_embedded_chinese_fonts(pdf: Path, content: LetterContent) -> None:
    fonts = subprocess.run([tool("pdffonts"), str(pdf)], check=True, capture_output=True, text=True).stdout
    for line in fonts.splitlines()[2:]:
        assert line.split()[-5] == "yes", f"not embedded: {line}"
        assert "DejaVu" not in line, f"a font without Chinese was used: {line}"
    command = [tool("pdftotext"), str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    missing = set("".join(content.texts())) - set(text) - set("　 ")
    assert not missing


@pytest.mark.office
def test_each_annex_begins_a_page_and_the_form_keeps_to_one(pdf: Path) -> None:
    firsts = []
    page = 1
    while True:
        lines = lines_of(pdf, page) if page <= 20 else []
        if not lines:
            break
        firsts.append(lines[0].replace(" ", ""))
        page += 1
        if firsts[-1] == "附件3":
            break
    assert firsts[-2:] == ["附件2", "附件3"]
    assert "附件1" in firsts
