"""LibreOffice in its own room: honest about fonts, bounded in time, clear when it is not there."""

import os
from io import BytesIO

import pytest
from docx import Document

from taishi.core.problems import Problem
from taishi.kit import documents


@pytest.fixture(scope="module")
def paper() -> bytes:
    made = BytesIO()
    document = Document()
    document.add_paragraph("态势")
    document.save(made)
    return made.getvalue()


@pytest.fixture
def office() -> None:
    if documents.office() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is missing, and CI must have it")
        pytest.skip("LibreOffice is missing: apt-get install libreoffice-writer-nogui fonts-noto-cjk")


def test_missing_office_names_the_package(monkeypatch: pytest.MonkeyPatch, paper: bytes) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert documents.office() is None
    with pytest.raises(Problem, match="libreoffice-writer-nogui"):
        documents.to_pdf(paper)


@pytest.mark.office
def test_pdf_tells_which_fonts_stood_in(office: None, paper: bytes) -> None:
    pdf = documents.convert(paper)
    assert pdf.content.startswith(b"%PDF-")
    for each in pdf.substituted:
        known = {name.partition(":")[0] for name in documents.FALLBACKS[each.wanted]}
        assert each.used in known


@pytest.mark.office
def test_gives_up_in_time(office: None, paper: bytes) -> None:
    with pytest.raises(Problem, match="no answer"):
        documents.convert(paper, timeout_s=0.05)


@pytest.mark.office
def test_unreadable_paper_is_a_problem(office: None) -> None:
    with pytest.raises(Problem, match="no DOCX"):
        documents.convert(b"\x00\x01\x02")


@pytest.mark.office
def test_no_chinese_font_is_a_problem(office: None, monkeypatch: pytest.MonkeyPatch, paper: bytes) -> None:
    monkeypatch.setattr(documents, "_FONT_FOLDERS", ("/usr/share/fonts/truetype/dejavu",))
    with pytest.raises(Problem, match="fonts-noto-cjk"):
        documents.convert(paper)
