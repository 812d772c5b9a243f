"""Files that units send become papers: checked, read where they are the form, and judged complete or not."""

import io

import pytest
from pypdf import PdfWriter

from notices.answers.filling import filled
from notices.docx import render_annex
from taishi.core.notice_records import Notice, Paper, PaperKind
from taishi.core.problems import Problem
from tests.app.conftest import Office, verdict
from tests.app.loop.conftest import UNIT, issued
from tests.notices.answers.conftest import ANSWERS


def scan() -> bytes:
    writer, made = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(made)
    return made.getvalue()


def form(desk: Office, notice: Notice, **changed: str) -> bytes:
    """The report form of the letter, filled in and saved as a clerk does."""
    [printed] = [one for one in desk.letters.content(notice.id).annexes if one.kind == "form"]
    answers = {**ANSWERS, "started": "2026-11-17 09:00", "finished": "2026-11-17 09:30"}
    return render_annex(filled(printed, {**answers, **changed}), UNIT)


def take(desk: Office, notice: Notice, kind: PaperKind, body: bytes) -> Paper:
    path = desk.folder / "upload"
    path.write_bytes(body)
    return desk.loop.papers.take(notice, kind, path, "上传", "unit:u1", desk.clock.now())


def test_a_filled_form_and_a_scanned_commitment_are_an_answer(desk: Office) -> None:
    notice = issued(desk)
    report = take(desk, notice, "disposal_report", form(desk, notice))
    assert (report.problems, report.fields["process"]) == ((), ANSWERS["process"])
    commitment = take(desk, notice, "commitment_letter", scan())
    assert (commitment.media_type, commitment.pages) == ("application/pdf", 1)
    assert len(commitment.sm3) == 64
    assert desk.loop.answer(notice.id, [report, commitment], "unit:u1").state == "answered"


def test_a_form_with_a_gap_goes_back_naming_it(desk: Office) -> None:
    notice = issued(desk)
    report = take(desk, notice, "disposal_report", form(desk, notice, cause=""))
    back = desk.loop.answer(notice.id, [report, take(desk, notice, "commitment_letter", scan())], "unit:u1")
    assert back.state == "rectifying"
    assert "处置报告单：“原因分析”没有填写" in desk.loop.history(notice.id)[-1].why


def test_a_commitment_without_a_stamp_goes_back(desk: Office) -> None:
    notice = issued(desk)
    commitment = take(desk, notice, "commitment_letter", form(desk, notice))
    assert [why.zh for why in commitment.problems] == ["须加盖公章后扫描或拍照"]


def test_what_is_no_paper_is_not_kept(desk: Office) -> None:
    notice = issued(desk)
    with pytest.raises(Problem, match="没有接收"):
        take(desk, notice, "other", b"#!/bin/sh\n")
    assert not (desk.folder / "papers").exists()


def test_an_advisory_letter_asks_for_no_commitment(desk: Office) -> None:
    desk.alerts.record(verdict("192.0.2.7", "attempted", "high"))
    notice = issued(desk, "A-2026-000002", type_="advisory")
    report = take(desk, notice, "disposal_report", form(desk, notice))
    assert desk.loop.answer(notice.id, [report], "unit:u1").state == "answered"
