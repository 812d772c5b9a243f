"""`taishi notice check-layout`: exit 0, 1 with what fails, 2 for what is no PDF."""

import json
from pathlib import Path

import pytest
from pypdf import PdfWriter

from taishi.cli import main


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    writer = PdfWriter()
    writer.add_blank_page(width=595.3, height=841.9)
    path = tmp_path / "blank.pdf"
    writer.write(path)
    return path


def test_a_page_without_a_letter_fails_and_says_what(blank: Path, capsys) -> None:
    assert main(["notice", "check-layout", str(blank), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    mark = next(each for each in told["measures"] if each["name"].startswith("mark"))
    assert (mark["wanted"], mark["found"], mark["ok"]) == (30, None, False)
    assert next(each for each in told["measures"] if each["name"] == "paper: width")["ok"] is True


def test_lines_for_people_name_the_clause(blank: Path, capsys) -> None:
    assert main(["notice", "check-layout", str(blank)]) == 1
    out = capsys.readouterr().out
    assert "title: size" in out
    assert "paper: width" not in out
    assert out.splitlines()[-1].endswith("fail")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no PDF"),
        (b"a letter", "no PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9, "no readable PDF"),
        (None, "No such file"),
    ],
)
def test_what_is_no_pdf_is_one_line(content: bytes | None, why: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "letter.pdf"
    if content is not None:
        path.write_bytes(content)
    assert main(["notice", "check-layout", str(path)]) == 2
    told = capsys.readouterr().err.strip()
    assert why in told
    assert len(told.splitlines()) == 1
