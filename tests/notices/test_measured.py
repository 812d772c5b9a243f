"""`notices.measured` sees on the drawn page what is wrong, and nothing wrong where nothing is."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import numpy as np
import pytest

from notices.content import LetterContent, Paragraph
from notices.docx import layout, render
from notices.letters import letters
from notices.measured import Measure, measures
from notices.specimen import specimen
from notices.texts import Texts
from taishi.core.records import Bureau
from taishi.kit.documents import convert_all
from taishi.kit.pages import Glyph, Page, pages

#: The full length is measured by scripts/soak.
ROWS = 500 if os.environ.get("TAISHI_SOAK") else 50
RARE = "堃喆䶮㛃镕祎"
Wrong = dict[str, tuple[str, str, str]]

#: What is spoilt in the DOCX (part, old, new), and the measure that must tell.
SPOILT: Wrong = {
    "mark: ink from": ("document", f'w:y="{round(30 * layout.MM * 20) - 18}"', 'w:y="1900"'),
    "title: size": ("document", '<w:sz w:val="44"/>', '<w:sz w:val="40"/>'),
    "upper red line: thick above thin": ("document", "thickThinSmallGap", "thinThickSmallGap"),
    "text: left edge": ("document", 'w:left="1587" w:header', 'w:left="1700" w:header'),
    "annex 1: on a new page": ("document", "<w:pageBreakBefore/>", ""),
    "page number: left, one character in": ("footer3", '<w:jc w:val="left"/>', '<w:jc w:val="right"/>'),
}


def spoil(docx: bytes, part: str, old: str, new: str) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(docx)) as before, ZipFile(made, "w") as after:
        for name in before.namelist():
            said = before.read(name)
            if name == f"word/{part}.xml":
                assert old.encode() in said, f"{old} is not in {name}"
                said = said.replace(old.encode(), new.encode())
            after.writestr(name, said)
    return made.getvalue()


@pytest.fixture(scope="module")
def content(letter, make_notice, make_item, bureau: Bureau) -> LetterContent:
    """Long enough that pages two and three are full of ideographs alone; a unit with rare characters."""
    host = "a" * 40 + "-0001.example.invali"
    items = [
        make_item(asset=host, address=f"192.0.2.{n % 250}", what=f"主机 {host} 外联")
        for n in range(1, ROWS + 1)
    ]
    made = letter.content(make_notice(*items, unit=f"示例县{RARE}局"), bureau)
    return msgspec.structs.replace(
        made,
        number="示数资函〔2026〕37号",
        date="2026年5月20日",
        body=(made.body[0], Paragraph("body", "国" * 2000), *made.body[1:]),
    )


@pytest.fixture(scope="module")
def measured(office: None, content, letter, make_notice, bureau, tmp_path_factory) -> Callable[[str], list]:
    """The measures of the good letter ("") and of each spoilt one: LibreOffice starts once."""
    folder = tmp_path_factory.mktemp("measured")
    short = render(letter.content(make_notice(), bureau))
    papers = [render(content), *(spoil(short, *wrong) for wrong in SPOILT.values())]
    made: dict[str, Path] = {}
    for name, pdf in zip(["", *SPOILT], convert_all(papers), strict=True):
        made[name] = folder / f"{len(made)}.pdf"
        made[name].write_bytes(pdf.content)
    return lambda name: measures(pages(made[name]))


def failing(found: list[Measure]) -> set[str]:
    return {each.name for each in found if not each.ok}


MARKS = ("甲县数据局", "示例省示例自治州示例县数据资源管理和政务服务局")


@pytest.mark.office
def test_every_type_holds_every_measure_under_short_and_long_names(
    office: None, make_notice, bureau: Bureau, tmp_path: Path
) -> None:
    at = make_notice().created_at
    papers = {
        f"{type_}-{len(mark)}": render(
            specimen(letters()[type_], msgspec.structs.replace(bureau, name=mark), Texts(), at)
        )
        for mark, type_ in [(MARKS[0], name) for name in letters()] + [(MARKS[1], "disposal")]
    }
    for name, pdf in zip(papers, convert_all(list(papers.values())), strict=True):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(pdf.content)
        assert failing(measures(pages(path))) == set(), name


@pytest.mark.office
def test_the_letter_holds_every_measure(measured) -> None:
    found = measured("")
    assert failing(found) == set()
    by_name = {each.name: each for each in found}
    assert by_name["text: lines a page"].remark == "fullest page: 22"
    assert by_name["text: characters a line"].remark == "longest line of ideographs alone: 28"
    assert sum(each.name.startswith("annex: left") for each in found) > 10
    assert {each.page for each in found if each.name == "ideographs without ink"} >= set(range(1, 15))


@pytest.mark.office
@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_is_named(measured, name: str) -> None:
    assert any(each.startswith(name) for each in failing(measured(name)))


def test_a_character_that_prints_blank_is_named() -> None:
    white = np.full((2339, 1654, 3), 255, dtype=np.uint8)
    glyph = Glyph("堃", 50, 50, 55.6, 55.6, 55)
    found = measures([Page(1, 210, 297, (glyph,), white)])
    told = next(each for each in found if each.name == "ideographs without ink")
    assert not told.ok
    assert told.remark == "堃"
    inked = white.copy()
    inked[400:430, 405:425] = 0
    found = measures([Page(1, 210, 297, (glyph,), inked)])
    assert next(each for each in found if each.name == "ideographs without ink").ok
