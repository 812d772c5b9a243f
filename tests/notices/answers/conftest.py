"""The report form of a real letter, and LibreOffice as the program a clerk saves it with."""

import io
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from notices.answers.docx_form import read_form
from notices.answers.filling import filled
from notices.content import Annex
from notices.docx import render_annex
from notices.letters import Letter
from taishi.core.records import Bureau
from taishi.kit import documents
from tests.notices.conftest import MakeNotice

ANSWERS = {
    "started": "2026-05-20 14:00",
    "finished": "2026-05-21 09:30",
    "process": "断开网络，全盘查杀。\n更换管理员口令。",
    "cause": "使用弱口令，被猜中。",
    "rectification": "已重装系统并修补漏洞。",
    "prevention": "启用双因素登录，每季度检查一次。",
    "outcome": "cleaned",
    "data": "no",
    "handler": "李某",
    "phone": "0555-7654321",
    "head": "赵某某",
    "sealed": "2026-05-21",
}


@pytest.fixture(scope="session")
def form(letter: Letter, make_notice: MakeNotice, bureau: Bureau) -> Annex:
    return next(each for each in letter.content(make_notice(), bureau).annexes if each.kind == "form")


def paper(form: Annex, answers: Mapping[str, str]) -> bytes:
    return render_annex(filled(form, answers), "示例县教育局")


def read(docx: bytes) -> dict[str, str]:
    return read_form(zipfile.ZipFile(io.BytesIO(docx)).read("word/document.xml"))


def answers_in(docx: bytes) -> dict[str, str]:
    """What the unit wrote, without what was printed before."""
    printed = ("number", "unit", "assets", "addresses", "threats", "levels", "alarm")
    return {key: value for key, value in read(docx).items() if key not in printed}


def saved_again(papers: Sequence[bytes], room: Path) -> list[bytes]:
    """Each opened and saved by LibreOffice, in one run of it."""
    program = documents.office()
    assert program is not None
    for n, each in enumerate(papers):
        (room / f"{n}.docx").write_bytes(each)
    subprocess.run(
        [
            str(program),
            f"-env:UserInstallation=file://{room}/profile",
            "--headless",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            str(room / "saved"),
            *(str(room / f"{n}.docx") for n in range(len(papers))),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return [(room / "saved" / f"{n}.docx").read_bytes() for n in range(len(papers))]
